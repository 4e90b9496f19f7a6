//! The header of a dynamic or differencing VHD: 1024 bytes, where the footer's data offset says.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 8 | cookie | `cxsparse` |
//! | 8 | 8 | data offset | not used, all ones |
//! | 16 | 8 | table offset | where the block allocation table lies |
//! | 24 | 4 | version | 0x00010000 |
//! | 28 | 4 | max table entries | entries of the table |
//! | 32 | 4 | block size | bytes of data in a block, without its bitmap; 2 MiB as a rule |
//! | 36 | 4 | checksum | complement of the sum of all bytes but these four |
//! | 40 | 16 | parent unique id | UUID of the parent |
//! | 56 | 4 | parent time stamp | when the parent was last written, seconds since 2000-01-01 UTC |
//! | 64 | 512 | parent name | UTF-16, big-endian |
//! | 576 | 8 × 24 | parent locators | see [`super::parent_locator`] |
//!
//! All numbers are big-endian. Source: the specification named in the parent module, "Dynamic Disk Header Format".

use hivekey_read_at::ReadAt;

use super::footer::checksum;
use crate::anomaly::{Anomaly, Notes};
use crate::error::{Error, Structure};
use crate::identity::Identity;
use crate::offset::{Blocks, FileOffset};
use crate::read::{Fields, read_vec, utf16_be};

/// Bytes of the header.
const SIZE: usize = 1024;

/// Where the checksum stands.
const CHECKSUM_AT: usize = 36;

/// What is used of a dynamic header.
#[derive(Clone, Debug)]
pub(super) struct DynamicHeader {
    offset: FileOffset,
    pub(super) table_offset: FileOffset,
    pub(super) max_table_entries: u32,
    pub(super) block_size: u64,
    pub(super) parent_id: Identity,
    pub(super) parent_name: String,
    /// The eight parent locators, as they stand.
    pub(super) locators: Vec<u8>,
}

impl DynamicHeader {
    /// The error for a block size that cannot be.
    pub(super) const fn wrong_block_size(&self) -> Error {
        Error::Field {
            structure: Structure::VhdDynamicHeader,
            offset: self.offset,
            field: "block size",
            actual: self.block_size,
            expected: "a multiple of 512",
        }
    }
}

pub(super) fn read(file: &dyn ReadAt, offset: FileOffset, notes: &Notes) -> Result<DynamicHeader, Error> {
    let structure = Structure::VhdDynamicHeader;
    let bytes = read_vec(file, structure, offset, SIZE)?;
    let fields = Fields::new(&bytes, structure, offset);
    fields.signature(b"cxsparse")?;
    let (stored, computed) = (fields.u32_be(CHECKSUM_AT)?, checksum(&bytes, CHECKSUM_AT));
    if stored != computed {
        notes.add(Anomaly::Checksum { structure, offset, stored, computed });
    }
    let header = DynamicHeader {
        offset,
        table_offset: FileOffset(fields.u64_be(16)?),
        max_table_entries: fields.u32_be(28)?,
        block_size: u64::from(fields.u32_be(32)?),
        parent_id: Identity::from_uuid(fields.array(40)?),
        parent_name: utf16_be(fields.slice(64, 512)?),
        locators: fields.slice(576, 192)?.to_vec(),
    };
    if header.block_size == 0 || Blocks::SECTORS.within(header.block_size) != 0 {
        return Err(header.wrong_block_size());
    }
    Ok(header)
}
