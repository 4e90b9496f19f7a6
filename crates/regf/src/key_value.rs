//! The value record (`vk`).
//!
//! Offsets count from the content of the cell, 4 bytes after its size field.
//!
//! | offset | length | field | meaning | since |
//! |---|---|---|---|---|
//! | 0 | 2 | signature | `vk` | |
//! | 2 | 2 | name length | bytes; 0 = the default value | |
//! | 4 | 4 | data size | bytes; bit 31 set = the data (4 bytes at most) stand in the next field | |
//! | 8 | 4 | data | the data, or the offset of their cell | |
//! | 12 | 4 | type | see [`ValueType`] | |
//! | 16 | 2 | flags | 1 = name is Latin-1, 2 = tombstone (10 1607) | |
//! | 18 | 2 | spare | | |
//! | 20 | … | name | Latin-1 or UTF-16LE | |
//!
//! Source: M. Suhanov, "Windows registry file format specification", key value.

use crate::error::{Error, Structure};
use crate::offset::{CellOffset, FileOffset};
use crate::read::Fields;
use crate::value_type::ValueType;

/// Length of the fixed part; the name follows.
pub(crate) const LEN: usize = 20;

/// The signature of a value.
pub(crate) const SIGNATURE: [u8; 2] = *b"vk";

/// Where resident data stand in the record.
pub(crate) const RESIDENT_AT: u64 = 8;

/// Most bytes that are stored in the record itself.
pub(crate) const RESIDENT_MAX: u32 = 4;

/// The bit of the size field that says that the data are resident.
const RESIDENT: u32 = 0x8000_0000;

/// The flag for a name in Latin-1.
const COMPRESSED_NAME: u16 = 0x0001;

/// The flag for a tombstone.
const TOMBSTONE: u16 = 0x0002;

/// Where the data of a value are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataPlace {
    /// In the record itself.
    Resident,
    /// In a cell of their own; `None` if the reference is empty, which is valid without data.
    Cell(Option<CellOffset>),
}

/// The fixed part of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyValue {
    /// Bytes of the name.
    pub name_len: u16,
    /// Bytes of the data.
    pub data_size: u32,
    /// Where they are.
    pub data: DataPlace,
    /// Their type.
    pub kind: ValueType,
    /// Flags as stored.
    pub flags: u16,
}

impl KeyValue {
    /// Reads the fixed part from the content of a cell that starts at `offset` of the file.
    ///
    /// # Errors
    /// [`Error::Signature`] or [`Error::Truncated`]; [`Error::Field`] if more than 4 bytes are said to be resident.
    #[inline]
    pub fn parse(content: &[u8], offset: FileOffset) -> Result<Self, Error> {
        let fields = Fields::new(content, Structure::KeyValue, offset);
        fields.signature(SIGNATURE)?;
        // The last field first: what fits to its end fits altogether.
        fields.u16(18)?;
        let size = fields.u32(4)?;
        let resident = size & RESIDENT != 0;
        let data_size = size & !RESIDENT;
        if resident && data_size > RESIDENT_MAX {
            return Err(Error::Field {
                structure: Structure::KeyValue,
                offset,
                field: "size of resident data",
                expected: "at most 4",
                actual: u64::from(data_size),
            });
        }
        let data = if resident { DataPlace::Resident } else { DataPlace::Cell(CellOffset::from_field(fields.u32(8)?)) };
        Ok(Self { name_len: fields.u16(2)?, data_size, data, kind: ValueType(fields.u32(12)?), flags: fields.u16(16)? })
    }

    /// Whether the name is Latin-1.
    #[must_use]
    pub const fn compressed_name(&self) -> bool {
        self.flags & COMPRESSED_NAME != 0
    }

    /// Whether it only says that the value of the layer below is deleted (layered hives).
    #[must_use]
    pub const fn is_tombstone(&self) -> bool {
        self.flags & TOMBSTONE != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(size: u32, data: u32) -> [u8; LEN] {
        let mut v = [0u8; LEN];
        v[..2].copy_from_slice(b"vk");
        v[2..4].copy_from_slice(&3u16.to_le_bytes());
        v[4..8].copy_from_slice(&size.to_le_bytes());
        v[8..12].copy_from_slice(&data.to_le_bytes());
        v[12..16].copy_from_slice(&0xFFFF_0012u32.to_le_bytes());
        v[16..18].copy_from_slice(&1u16.to_le_bytes());
        v
    }

    #[test]
    fn resident_sizes() {
        for size in 0..=4 {
            let v = KeyValue::parse(&value(RESIDENT | size, 0), FileOffset(4)).unwrap();
            assert_eq!((v.data_size, v.data), (size, DataPlace::Resident));
        }
        for size in [5, 0x7FFF_FFFF] {
            assert!(matches!(KeyValue::parse(&value(RESIDENT | size, 0), FileOffset(4)), Err(Error::Field { .. })));
        }
    }

    #[test]
    fn sizes_in_a_cell() {
        let v = KeyValue::parse(&value(0, u32::MAX), FileOffset(4)).unwrap();
        assert_eq!((v.data_size, v.data), (0, DataPlace::Cell(None)));
        let v = KeyValue::parse(&value(0x7FFF_FFFF, 8), FileOffset(4)).unwrap();
        assert_eq!((v.data_size, v.data), (0x7FFF_FFFF, DataPlace::Cell(CellOffset::from_field(8))));
        assert_eq!(
            (v.kind, v.name_len, v.compressed_name(), v.is_tombstone()),
            (ValueType(0xFFFF_0012), 3, true, false)
        );
    }

    #[test]
    fn each_missing_byte_is_an_error() {
        for len in 0..LEN {
            assert!(
                matches!(KeyValue::parse(&value(4, 0)[..len], FileOffset(0)), Err(Error::Truncated { .. })),
                "{len}"
            );
        }
        assert!(matches!(KeyValue::parse(b"nk..................", FileOffset(0)), Err(Error::Signature { .. })));
    }
}
