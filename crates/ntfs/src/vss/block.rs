//! The blocks that the tables of a snapshot consist of: 16 KiB each, with a header that leads to the next.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 16 | identifier | {3808876b-c176-4e48-b7ae-04046e6cc752} |
//! | 16 | 4 | version | 1 or 2 |
//! | 20 | 4 | record type | 2 catalog, 3 block list, 4 store header, 5 range list, 6 bitmap |
//! | 24 | 8 | relative offset | of this block, from the start of the table |
//! | 32 | 8 | offset | of this block in the volume |
//! | 40 | 8 | next | offset of the next block; 0 in the last |
//! | 128 | 16256 | content | |
//!
//! Source: libvshadow documentation, "Catalog block header", "Store block header".

use std::collections::HashSet;

use hivekey_read_at::{ReadAt, narrow, wide};

use super::BLOCK;
use crate::error::{Error, Structure};
use crate::limits::{Limit, MAX_SNAPSHOT_TABLE_BLOCKS};
use crate::offset::DeviceOffset;
use crate::read::{Fields, read_vec};

/// {3808876b-c176-4e48-b7ae-04046e6cc752}, as it lies on the disk.
pub(super) const IDENTIFIER: [u8; 16] =
    [0x6B, 0x87, 0x08, 0x38, 0x76, 0xC1, 0x48, 0x4E, 0xB7, 0xAE, 0x04, 0x04, 0x6E, 0x6C, 0xC7, 0x52];

/// Bytes of the header.
const HEADER: usize = 128;

/// What a chain of blocks is.
#[derive(Clone, Copy)]
pub(super) struct Table {
    pub(super) structure: Structure,
    pub(super) record_type: u32,
}

/// Reads a chain of blocks and hands over the content of each, with its place.
///
/// # Errors
///
/// What cannot be read, a block of another table, a chain that comes back to itself or is longer than any real one.
pub(super) fn each<D: ReadAt + ?Sized>(
    device: &D,
    table: Table,
    start: u64,
    mut content: impl FnMut(Fields<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut next = start;
    let mut seen = HashSet::new();
    while next != 0 {
        let offset = DeviceOffset(next);
        if !seen.insert(next) {
            return Err(Error::Repeated { structure: table.structure, offset });
        }
        if seen.len() > MAX_SNAPSHOT_TABLE_BLOCKS {
            return Err(Error::LimitReached { limit: Limit::SnapshotTable, max: wide(MAX_SNAPSHOT_TABLE_BLOCKS) });
        }
        let bytes = read_vec(device, next, narrow(BLOCK))?;
        let fields = Fields::new(&bytes, table.structure, offset);
        if fields.array::<16>(0)? != IDENTIFIER {
            return Err(fields.wrong("identifier", fields.u32(0)?, "that of a shadow copy's block, 0x3808876b"));
        }
        let kind = fields.u32(20)?;
        if kind != table.record_type {
            return Err(fields.wrong("record type", kind, "that of this table"));
        }
        content(fields.within(HEADER, bytes.len().saturating_sub(HEADER), table.structure)?)?;
        next = fields.u64(40)?;
    }
    Ok(())
}
