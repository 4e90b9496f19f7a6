//! Microsoft Virtual Hard Disk version 2 (VHDX): fixed, dynamic and differencing (AVHDX).
//!
//! | offset | length | structure |
//! |---|---|---|
//! | 0 | 64 KiB | file identifier: `vhdxfile`, then the creator's name |
//! | 64 KiB, 128 KiB | 4 KiB each | [`header`], two copies |
//! | 192 KiB, 256 KiB | 64 KiB each | [`region_table`], two copies |
//! | 1 MiB on | | [`log`], [`metadata`], [`block_table`] and blocks, each on a multiple of 1 MiB |
//!
//! All numbers are little-endian. A file that was not closed properly has a log, which is applied in memory before anything
//! else is read. Source: Microsoft, "\[MS-VHDX\]: Virtual Hard Disk v2 (VHDX) File Format".

mod block_table;
mod header;
mod log;
mod metadata;
mod parent_locator;
mod region_table;

use std::sync::Arc;

use hivekey_read_at::ReadAt;

use crate::anomaly::Notes;
use crate::error::{Error, Structure};
use crate::identity::Identity;
use crate::map::Image;
use crate::open::Context;

/// The identity by which the children of the VHDX in `file` know it.
pub(crate) fn identity(file: &Arc<dyn ReadAt>, notes: &Notes) -> Result<Identity, Error> {
    header::find(file, notes).map(|header| header.data_write)
}

/// Opens a VHDX.
pub(crate) fn open(context: &mut Context<'_>, file: Arc<dyn ReadAt>) -> Result<Image, Error> {
    let header = header::find(&file, context.notes())?;
    let file = log::replay(file, &header, context.limits(), context.notes())?;
    let regions = region_table::find(&file, context.notes())?;
    let metadata = metadata::read(&file, regions.metadata)?;
    let parent = match &metadata.parent_locator {
        Some((offset, bytes)) => Some(parent_locator::parse(bytes, *offset)?),
        None => None,
    };
    let map = block_table::BlockMap::new(Arc::clone(&file), regions.block_table, &metadata, context.limits()).ok_or(
        Error::Missing { structure: Structure::VhdxBlockTable, offset: regions.block_table.offset, item: "blocks" },
    )?;
    let mut image = Image::new(map, vec![file], metadata.disk_size);
    image.identity = header.data_write;
    image.parent = parent;
    Ok(image)
}
