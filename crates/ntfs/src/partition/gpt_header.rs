//! The header of a GUID partition table: in the second sector of the disk, and a backup in the last.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 8 | signature | `EFI PART` |
//! | 8 | 4 | revision | 0x00010000 |
//! | 12 | 4 | header size | 92 to the size of a sector |
//! | 16 | 4 | header CRC | CRC-32 of the header with this field zero |
//! | 24 | 8 | this | the sector of this header |
//! | 32 | 8 | other | the sector of the other header |
//! | 40 | 8 | first usable | first sector for partitions |
//! | 48 | 8 | last usable | last sector for partitions |
//! | 56 | 16 | disk GUID | |
//! | 72 | 8 | entries | first sector of the entries |
//! | 80 | 4 | count | how many entries |
//! | 84 | 4 | entry size | 128 · 2ⁿ |
//! | 88 | 4 | entries CRC | CRC-32 of count × entry size bytes |
//!
//! Source: UEFI specification 2.10, 5.3.2.

use hivekey_read_at::{ReadAt, narrow};

use crate::error::{Error, Structure, Tag};
use crate::limits::{Limit, MAX_GPT_ENTRIES_LEN};
use crate::offset::DeviceOffset;
use crate::read::{Fields, read_vec};

const MIN_LEN: u32 = 92;

#[derive(Clone, Debug)]
pub(super) struct GptHeader {
    /// First sector of the entries.
    pub(super) entries: u64,
    pub(super) count: u32,
    pub(super) entry_size: u32,
    pub(super) entries_crc: u32,
    /// Sector of the other header.
    pub(super) other: u64,
    /// What is wrong with it although it can be used.
    pub(super) fault: Option<Error>,
}

/// Reads the header at `offset` of a disk with such sectors.
pub(super) fn read<D: ReadAt + ?Sized>(device: &D, offset: u64, sector_size: u64) -> Result<GptHeader, Error> {
    let at = DeviceOffset(offset);
    let bytes = read_vec(device, offset, narrow(sector_size))?;
    let fields = Fields::new(&bytes, Structure::GptHeader, at);
    fields.signature(*b"EFI ")?;
    if fields.array::<4>(4)? != *b"PART" {
        return Err(Error::Signature {
            structure: Structure::GptHeader,
            offset: at.plus(4),
            expected: Tag(*b"PART"),
            actual: Tag(fields.array(4)?),
        });
    }
    let len = fields.u32(12)?;
    if len < MIN_LEN || u64::from(len) > sector_size {
        return Err(fields.wrong("header size", len, "92 to the size of a sector"));
    }
    let entry_size = fields.u32(84)?;
    if entry_size < 128 || !entry_size.is_multiple_of(8) {
        return Err(fields.wrong("entry size", entry_size, "128 or more"));
    }
    let count = fields.u32(80)?;
    if u64::from(count).saturating_mul(entry_size.into()) > MAX_GPT_ENTRIES_LEN {
        return Err(Error::LimitReached { limit: Limit::GptEntriesLen, max: MAX_GPT_ENTRIES_LEN });
    }
    let stored = fields.u32(16)?;
    let mut hashed = fields.slice(0, usize::try_from(len).unwrap_or(0))?.to_vec();
    if let Some(crc) = hashed.get_mut(16..20) {
        crc.fill(0);
    }
    let computed = crc32fast::hash(&hashed);
    let fault = if computed != stored {
        Some(Error::Checksum { structure: Structure::GptHeader, offset: at, stored, computed })
    } else if fields.u64(24)?.checked_mul(sector_size) != Some(offset) {
        Some(fields.wrong("own sector", fields.u64(24)?, "the sector where it lies"))
    } else {
        None
    };
    Ok(GptHeader {
        entries: fields.u64(72)?,
        count,
        entry_size,
        entries_crc: fields.u32(88)?,
        other: fields.u64(32)?,
        fault,
    })
}
