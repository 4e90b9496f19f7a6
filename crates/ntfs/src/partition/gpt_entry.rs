//! An entry of a GUID partition table.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 16 | type GUID | zero: not used |
//! | 16 | 16 | partition GUID | |
//! | 32 | 8 | first | first sector |
//! | 40 | 8 | last | last sector |
//! | 48 | 8 | attributes | |
//! | 56 | 72 | name | UTF-16, filled up with zeros |
//!
//! Source: UEFI specification 2.10, 5.3.3.

use super::guid::Guid;
use super::{Partition, PartitionType};
use crate::error::Error;
use crate::read::{Fields, utf16_units};

/// The partition of an entry; `None` if the entry is not used.
pub(super) fn read(fields: &Fields<'_>, index: u32, sector_size: u64) -> Result<Option<Partition>, Error> {
    let kind = Guid(fields.array(0)?);
    if kind.is_nil() {
        return Ok(None);
    }
    let first = fields.u64(32)?;
    let last = fields.u64(40)?;
    let count = last
        .checked_sub(first)
        .and_then(|distance| distance.checked_add(1))
        .ok_or_else(|| fields.wrong("last sector", last, "not before the first"))?;
    let offset = first
        .checked_mul(sector_size)
        .filter(|&offset| offset != 0)
        .ok_or_else(|| fields.wrong("first sector", first, "a sector of the disk"))?;
    let name = utf16_units(fields.slice(56, 72)?);
    let name = name.split(|&unit| unit == 0).next().unwrap_or_default();
    Ok(Some(Partition {
        index,
        offset,
        len: count.saturating_mul(sector_size),
        kind: PartitionType::Gpt(kind),
        name: (!name.is_empty()).then(|| String::from_utf16_lossy(name)),
    }))
}
