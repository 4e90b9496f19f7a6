//! Raw disks: a GUID partition table, and bytes at any offset. No file system is made; a sweep needs none.
//!
//! Layout of the table (UEFI specification 2.10, section 5): the protective master boot record in sector 0, the header in sector 1, the
//! entries in sectors 2 to 33, and copies of entries and header in the last 33 sectors.

pub mod bitlocker;
pub mod ntfs_volume;
mod reformatted;
mod shadow_copies;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

pub use reformatted::{Reformatted, reformatted};
pub use shadow_copies::with_shadow_copies;

/// Bytes of a sector.
pub const SECTOR: u64 = 512;
/// Entries of the table, and bytes of each.
const ENTRIES: (u32, u32) = (128, 128);
/// Sectors that header and entries take.
const TABLE_SECTORS: u64 = 33;
/// Bytes that stay a hole in a sparse file when they are zeros.
const BLOCK: usize = 64 << 10;

/// Type of the EFI system partition.
pub const EFI_SYSTEM: &str = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
/// Type of a partition that Windows keeps files in.
pub const BASIC_DATA: &str = "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7";

/// A partition of the table. Start and end are multiples of [`SECTOR`].
#[derive(Clone, Debug)]
pub struct Partition {
    /// Type, one of the constants.
    pub kind: &'static str,
    /// First byte.
    pub start: u64,
    /// The byte after the last.
    pub end: u64,
    /// Name.
    pub name: &'static str,
}

/// A disk as it lies in an image.
#[derive(Clone, Debug)]
pub struct Disk {
    bytes: Vec<u8>,
}

impl Disk {
    /// A disk of so many bytes, all zeros.
    ///
    /// # Panics
    /// If the memory has no room for it.
    pub fn new(size: u64) -> Self {
        Disk { bytes: vec![0; usize::try_from(size).unwrap()] }
    }

    /// Puts bytes at an offset.
    ///
    /// # Panics
    /// If they reach past the end of the disk.
    pub fn plant(&mut self, offset: u64, bytes: &[u8]) -> &mut Self {
        let start = offset as usize;
        self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
        self
    }

    /// Writes a GUID partition table with both its copies.
    ///
    /// # Panics
    /// If the disk is too small for them.
    pub fn gpt(&mut self, partitions: &[Partition]) -> &mut Self {
        let last = self.bytes.len() as u64 / SECTOR - 1;
        let mut boot_record = [0; SECTOR as usize];
        // One partition of type EE over the whole disk keeps older programs away.
        boot_record[446..462]
            .copy_from_slice(&[0, 0, 2, 0, 0xEE, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
        boot_record[510..].copy_from_slice(&[0x55, 0xAA]);
        let mut entries = Vec::new();
        for (number, partition) in (1u8..).zip(partitions) {
            entries.extend(guid(partition.kind));
            entries.extend([number; 16]);
            entries.extend((partition.start / SECTOR).to_le_bytes());
            entries.extend((partition.end / SECTOR - 1).to_le_bytes());
            entries.extend([0; 8]);
            let mut name: Vec<u8> = partition.name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            name.resize(72, 0);
            entries.extend(name);
        }
        entries.resize((ENTRIES.0 * ENTRIES.1) as usize, 0);
        let (backup, behind) = (last + 1 - TABLE_SECTORS, last);
        self.plant(0, &boot_record);
        self.plant(SECTOR, &header(1, last, 2, last, &entries)).plant(2 * SECTOR, &entries);
        self.plant(backup * SECTOR, &entries).plant(behind * SECTOR, &header(last, 1, backup, last, &entries))
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, given away.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Writes an image in which stretches of zeros are holes.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write_sparse(&self, path: impl AsRef<Path>) -> io::Result<()> {
        let file = File::create(path)?;
        file.set_len(self.bytes.len() as u64)?;
        for (number, block) in self.bytes.chunks(BLOCK).enumerate() {
            if block.iter().any(|byte| *byte != 0) {
                file.write_all_at(block, (number * BLOCK) as u64)?;
            }
        }
        Ok(())
    }
}

/// A header in sector `own`, whose copy is in sector `other` and whose entries begin in sector `first_entry`.
fn header(own: u64, other: u64, first_entry: u64, last: u64, entries: &[u8]) -> Vec<u8> {
    let mut header = b"EFI PART\0\0\x01\0\x5C\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    for sector in [own, other, 2 + (TABLE_SECTORS - 1), last - TABLE_SECTORS] {
        header.extend(sector.to_le_bytes());
    }
    header.extend([0xD1; 16]);
    header.extend(first_entry.to_le_bytes());
    for word in [ENTRIES.0, ENTRIES.1, crc32(entries)] {
        header.extend(word.to_le_bytes());
    }
    let sum = crc32(&header);
    header[16..20].copy_from_slice(&sum.to_le_bytes());
    header
}

/// A GUID's bytes: the first three fields little-endian.
fn guid(text: &str) -> [u8; 16] {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
    let pair = |at: usize| u8::from_str_radix(std::str::from_utf8(&digits[2 * at..2 * at + 2]).unwrap(), 16).unwrap();
    [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map(pair)
}

/// CRC-32 as in Ethernet.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_values_are_the_usual_ones() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b"123456789"), crc32fast::hash(b"123456789"));
        assert_eq!(guid(EFI_SYSTEM)[..6], [0x28, 0x73, 0x2A, 0xC1, 0x1F, 0xF8]);
    }

    #[test]
    fn both_copies_of_the_table_say_the_same() {
        let mut disk = Disk::new(1 << 20);
        disk.gpt(&[Partition { kind: BASIC_DATA, start: 64 << 10, end: 512 << 10, name: "data" }]);
        let bytes = disk.bytes();
        assert_eq!(&bytes[512..520], b"EFI PART");
        assert_eq!(&bytes[(1 << 20) - 512..(1 << 20) - 504], b"EFI PART");
        assert_eq!(bytes[1024..1024 + 16384], bytes[(1 << 20) - 33 * 512..(1 << 20) - 512]);
        assert_eq!(&bytes[1024 + 32..1024 + 48], [128u64.to_le_bytes(), 1023u64.to_le_bytes()].concat());
    }

    #[test]
    fn a_sparse_file_has_the_same_bytes() {
        let mut disk = Disk::new(1 << 20);
        disk.plant(777_777, b"text");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        disk.write_sparse(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), disk.bytes());
    }
}
