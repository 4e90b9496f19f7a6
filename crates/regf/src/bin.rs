//! Hive bins: the pieces that a hive grows by.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | signature | `hbin` |
//! | 4 | 4 | offset | of this bin, from the first bin |
//! | 8 | 4 | size | bytes, a multiple of 4096, this header included |
//! | 12 | 8 | reserved | |
//! | 20 | 8 | timestamp | FILETIME, in the first bin only: a copy of that of the base block |
//! | 28 | 4 | spare | no meaning on disk |
//! | 32 | … | cells | |
//!
//! Source: M. Suhanov, "Windows registry file format specification", hive bin.

use crate::anomaly::{Anomaly, AnomalyKind};
use crate::error::{Error, Structure, Tag};
use crate::offset::FileOffset;
use crate::read::Fields;
use crate::time::FileTime;

/// Length of the header.
pub const LEN: usize = 32;

/// Bins are multiples of this size, and so are the steps in which a damaged chain of bins is searched.
pub const UNIT: u32 = 4096;

/// The signature of a bin.
pub const SIGNATURE: [u8; 4] = *b"hbin";

/// The header of a hive bin.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BinHeader {
    /// The signature as found.
    pub signature: Tag,
    /// Offset of the bin, from the first bin.
    pub offset: u32,
    /// Bytes of the bin.
    pub size: u32,
    /// Time of the last write, in the first bin only.
    pub timestamp: FileTime,
}

impl BinHeader {
    /// Reads the fields; nothing is judged.
    ///
    /// # Errors
    /// [`Error::Truncated`] if there are fewer than 32 bytes.
    pub fn parse(bytes: &[u8], offset: FileOffset) -> Result<Self, Error> {
        let fields = Fields::new(bytes, Structure::HiveBin, offset);
        fields.u32(28)?;
        Ok(Self {
            signature: fields.array::<4>(0)?.into(),
            offset: fields.u32(4)?,
            size: fields.u32(8)?,
            timestamp: FileTime(fields.u64(20)?),
        })
    }

    /// What is wrong with a bin that lies at `expected` from the first bin, with `left` bytes from there to the end.
    #[must_use]
    pub fn anomaly(&self, expected: u32, left: u64) -> Option<Anomaly> {
        let at = |field: u64, kind| {
            let start = crate::offset::BINS_START.saturating_add(u64::from(expected));
            Some(Anomaly { offset: FileOffset(start).plus(field), kind })
        };
        if self.signature.bytes() != SIGNATURE {
            return at(0, AnomalyKind::BinSignature { actual: self.signature });
        }
        if self.offset != expected {
            return at(4, AnomalyKind::BinOffset { expected, actual: self.offset });
        }
        if self.size == 0 || !self.size.is_multiple_of(UNIT) || u64::from(self.size) > left {
            return at(8, AnomalyKind::BinSize { size: self.size });
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bin(offset: u32, size: u32) -> BinHeader {
        let mut b = [0u8; LEN];
        b[..4].copy_from_slice(b"hbin");
        b[4..8].copy_from_slice(&offset.to_le_bytes());
        b[8..12].copy_from_slice(&size.to_le_bytes());
        b[20] = 9;
        BinHeader::parse(&b, FileOffset(4096)).unwrap()
    }

    #[test]
    fn healthy_bins_have_no_anomaly() {
        assert_eq!(bin(0, 4096).anomaly(0, 4096), None);
        assert_eq!(bin(0x8000, 0x3000).anomaly(0x8000, u64::MAX), None);
        assert_eq!(bin(0, 4096).timestamp, FileTime(9));
    }

    #[test]
    fn each_field_is_judged_at_its_place() {
        assert_eq!(bin(1, 4096).anomaly(0, 4096).map(|a| a.offset), Some(FileOffset(4100)));
        for size in [0, 1, 4095, 8192, u32::MAX] {
            let anomaly = bin(0, size).anomaly(0, 4096).unwrap();
            assert_eq!(anomaly, Anomaly { offset: FileOffset(4104), kind: AnomalyKind::BinSize { size } });
        }
        let zero = BinHeader::parse(&[0; LEN], FileOffset(4096)).unwrap();
        assert!(matches!(zero.anomaly(0, 4096).unwrap().kind, AnomalyKind::BinSignature { .. }));
        assert!(BinHeader::parse(&[0; LEN - 1], FileOffset(4096)).is_err());
    }
}
