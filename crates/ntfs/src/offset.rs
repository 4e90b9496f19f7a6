//! Positions and numbers, each in a type of its own, so that clusters are never taken for bytes nor a cluster of a file
//! for a cluster of the volume.

use std::fmt;

/// A position in bytes from the start of the device that was handed in: a disk for the partition tables, a volume for NTFS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceOffset(pub u64);

impl DeviceOffset {
    /// The position as a number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The position `bytes` further on; stays at the last number if there is none.
    #[must_use]
    pub const fn plus(self, bytes: u64) -> Self {
        Self(self.0.saturating_add(bytes))
    }
}

impl fmt::Display for DeviceOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// A cluster, counted from the start of an attribute ("virtual cluster number").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vcn(pub u64);

/// A cluster, counted from the start of the volume ("logical cluster number").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lcn(pub u64);

/// The number of a record of the Master File Table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordNumber(pub u64);

impl RecordNumber {
    /// `$MFT`, the table of all files.
    pub const MFT: Self = Self(0);
    /// `$Volume`, which holds the label and the version.
    pub const VOLUME: Self = Self(3);
    /// The root directory.
    pub const ROOT: Self = Self(5);
    /// `$Bitmap`, which says for each cluster whether it is in use.
    pub const BITMAP: Self = Self(6);
    /// `$UpCase`, the upper case of each UTF-16 unit.
    pub const UPCASE: Self = Self(10);
}

impl fmt::Display for RecordNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A reference to a file: its record, and how often that record has been used anew.
///
/// Layout (8 bytes, all versions; source: Microsoft, "Master File Table", `FILE_REFERENCE`/`MFT_SEGMENT_REFERENCE`):
/// record number in the low 48 bits, sequence number in the high 16 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileReference {
    /// The record in the Master File Table.
    pub record: RecordNumber,
    /// Raised each time the record is given free; 0 in a reference means that it is not to be compared.
    pub sequence: u16,
}

impl FileReference {
    /// Splits the 64-bit field.
    #[must_use]
    pub fn from_field(field: u64) -> Self {
        let [a, b, c, d, e, f, g, h] = field.to_le_bytes();
        Self {
            record: RecordNumber(u64::from_le_bytes([a, b, c, d, e, f, 0, 0])),
            sequence: u16::from_le_bytes([g, h]),
        }
    }

    /// The 64-bit field.
    #[must_use]
    pub fn to_field(self) -> u64 {
        let [a, b, c, d, e, f, _, _] = self.record.0.to_le_bytes();
        let [g, h] = self.sequence.to_le_bytes();
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

impl fmt::Display for FileReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.record, self.sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_split_and_join() {
        for field in [0, 5, 0x0005_0000_0000_0005, u64::MAX, 0xFFFF_0000_0000_0000] {
            assert_eq!(FileReference::from_field(field).to_field(), field);
        }
        let reference = FileReference::from_field(0x0102_0000_0000_0030);
        assert_eq!(reference.record, RecordNumber(0x30));
        assert_eq!(reference.sequence, 0x0102);
        assert_eq!(reference.to_string(), "48-258");
    }

    #[test]
    fn positions_do_not_wrap() {
        assert_eq!(DeviceOffset(u64::MAX).plus(1), DeviceOffset(u64::MAX));
        assert_eq!(DeviceOffset(0x10).plus(0x10).to_string(), "0x20");
    }
}
