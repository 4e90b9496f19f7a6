//! The base block: the first 4096 bytes of a hive, and the first 512 of a log.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 4 | `regf` |
//! | 4 / 8 | 4 / 4 | primary and secondary sequence number; they differ while a write is under way |
//! | 12 | 8 | last written, FILETIME |
//! | 20 / 24 | 4 / 4 | version: major 1, minor 3 to 6 |
//! | 28 | 4 | file type: 0 hive, 1 and 2 old logs, 6 new log |
//! | 32 | 4 | file format: 1 |
//! | 36 | 4 | offset of the root key |
//! | 40 | 4 | size of the bins |
//! | 44 | 4 | clustering factor: 1 |
//! | 48 | 64 | the tail of the file name, UTF-16LE |
//! | 112 | 396 | Windows 10: transaction-manager ids and flags |
//! | 508 | 4 | checksum: XOR of the 127 words before it; 0 becomes 1, 0xFFFFFFFF becomes 0xFFFFFFFE |

use crate::time::Filetime;

/// Bytes before the first bin.
pub const BASE_BLOCK_SIZE: usize = 4096;

/// The fields of a base block that vary.
#[derive(Clone, Debug)]
pub struct BaseBlock {
    /// Primary sequence number.
    pub primary: u32,
    /// Secondary sequence number.
    pub secondary: u32,
    /// Last written.
    pub time: Filetime,
    /// Minor version.
    pub minor: u32,
    /// File type.
    pub file_type: u32,
    /// Offset of the root key from the first bin.
    pub root: u32,
    /// Bytes of bins.
    pub bins_size: u32,
    /// File name; its last 31 characters are stored.
    pub file_name: String,
}

impl BaseBlock {
    /// The first 512 bytes with their checksum.
    pub fn to_bytes(&self) -> [u8; 512] {
        let mut block = [0; 512];
        block[..4].copy_from_slice(b"regf");
        block[12..20].copy_from_slice(&self.time.0.to_le_bytes());
        for (offset, word) in [
            (4, self.primary),
            (8, self.secondary),
            (20, 1),
            (24, self.minor),
            (28, self.file_type),
            (32, 1),
            (36, self.root),
            (40, self.bins_size),
            (44, 1),
        ] {
            block[offset..offset + 4].copy_from_slice(&word.to_le_bytes());
        }
        let units: Vec<u16> = self.file_name.encode_utf16().collect();
        let tail = &units[units.len().saturating_sub(31)..];
        for (slot, unit) in block[48..112].chunks_exact_mut(2).zip(tail) {
            slot.copy_from_slice(&unit.to_le_bytes());
        }
        seal(&mut block);
        block
    }
}

/// The checksum over the first 508 bytes of a base block.
///
/// # Panics
/// If there are fewer bytes.
pub fn checksum(block: &[u8]) -> u32 {
    let sum = block[..508]
        .chunks_exact(4)
        .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
        .fold(0, |sum, word| sum ^ word);
    match sum {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        sum => sum,
    }
}

/// Writes the checksum that the block should have.
pub(crate) fn seal(block: &mut [u8]) {
    let sum = checksum(block);
    block[508..512].copy_from_slice(&sum.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_avoids_its_two_reserved_values() {
        assert_eq!(checksum(&[0; 512]), 1);
        let mut block = [0; 512];
        block[..4].fill(0xFF);
        assert_eq!(checksum(&block), u32::MAX - 1);
    }
}
