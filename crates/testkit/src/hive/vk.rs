//! Value records (vk).
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 2 | `vk` |
//! | 2 | 2 | name length in bytes; 0 for the default value |
//! | 4 | 4 | data size in bytes; bit 31: the data is in the next field |
//! | 8 | 4 | offset of the data cell (of a db record for big data), or up to 4 bytes of data |
//! | 12 | 4 | type |
//! | 16 | 2 | flags: 1 = name is one byte a character |
//! | 18 | 2 | spare |
//! | 20 | … | name |

use super::big_data;
use super::bins::{Bins, CellOffset, NIL};
use super::name::Name;
use super::value::{Storage, Value};

const RESIDENT: u32 = 0x8000_0000;

/// Where a value's record and data landed.
pub(super) struct Stored {
    pub(super) cell: CellOffset,
    pub(super) data: Option<CellOffset>,
    /// The segments of big data and their list.
    pub(super) segments: Vec<CellOffset>,
}

/// Writes the data and the record of a value.
pub(super) fn write(bins: &mut Bins, name: &Name, value: &Value, minor: u32) -> Stored {
    let name_bytes = name.bytes();
    let length = value.data.len() as u32;
    let resident = value.data.len() <= 4;
    let mut segments = Vec::new();
    let (size, word, data) = match value.storage {
        Storage::EmptyNil => (0, NIL, None),
        Storage::Auto if resident => {
            let mut word = [0; 4];
            word[..value.data.len()].copy_from_slice(&value.data);
            (length | RESIDENT, u32::from_le_bytes(word), None)
        }
        Storage::Auto | Storage::Cell => {
            let cell = if value.data.len() > big_data::SEGMENT && minor >= 4 {
                let (cell, others) = big_data::write(bins, &value.data);
                segments = others;
                cell
            } else {
                let content = [value.data.as_slice(), &value.slack].concat();
                bins.store(&content)
            };
            (length, cell, Some(cell))
        }
    };

    let mut record = Vec::with_capacity(20 + name_bytes.len());
    record.extend(b"vk");
    record.extend((name_bytes.len() as u16).to_le_bytes());
    record.extend(size.to_le_bytes());
    record.extend(word.to_le_bytes());
    record.extend(value.kind.to_le_bytes());
    record.extend(u16::from(name.is_compressed() && !name_bytes.is_empty()).to_le_bytes());
    record.extend([0, 0]);
    record.extend(name_bytes);
    Stored { cell: bins.store(&record), data, segments }
}
