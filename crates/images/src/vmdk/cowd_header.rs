//! The header of an ESX server sparse extent, as snapshots on VMFS have them (`-delta.vmdk`).
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | magic | `COWD` |
//! | 4 | 4 | version | 1 |
//! | 8 | 4 | flags | 3 |
//! | 12 | 4 | sectors | capacity |
//! | 16 | 4 | grain size | sectors |
//! | 20 | 4 | grain directory | sector |
//! | 24 | 4 | directory entries | each for a grain table of 4096 entries |
//!
//! All numbers are little-endian. Source: VMware, "Virtual Disk Format 5.0" (2011), "ESX Server Sparse Extent Header".

use hivekey_read_at::ReadAt;

use super::sparse_header::SparseHeader;
use crate::error::{Error, Structure};
use crate::offset::FileOffset;
use crate::read::{Fields, read_array};

/// Entries of a grain table.
const ENTRIES_PER_TABLE: u64 = 4096;

/// The header in the terms of a hosted one.
pub(super) fn read(file: &dyn ReadAt) -> Result<SparseHeader, Error> {
    let (structure, offset) = (Structure::VmdkCowHeader, FileOffset(0));
    let bytes: [u8; 28] = read_array(file, structure, offset)?;
    let fields = Fields::new(&bytes, structure, offset);
    fields.signature(b"COWD")?;
    let version = fields.u32(4)?;
    if version != 1 {
        return Err(fields.wrong("version", version, "1"));
    }
    let grain = u64::from(fields.u32(16)?);
    if grain == 0 {
        return Err(fields.wrong("grain size", grain, "at least 1 sector"));
    }
    Ok(SparseHeader {
        capacity: u64::from(fields.u32(12)?),
        grain,
        descriptor: None,
        entries_per_table: ENTRIES_PER_TABLE,
        directory: u64::from(fields.u32(20)?),
        has_zero_entries: false,
        is_compressed: false,
        has_markers: false,
    })
}
