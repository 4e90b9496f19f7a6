//! Volume shadow copies: the volume as it was at earlier moments, put together from blocks that were saved before they were
//! overwritten.
//!
//! A volume of Windows Vista or later that has snapshots holds at 0x1E00 a header that names the catalog, a chain of blocks. The
//! catalog has two entries for each snapshot (a *store*): one with its id, size and date, one that says where its tables lie. The
//! block list names, for each 16 KiB block that was overwritten after the snapshot, where the old content was saved. A block that
//! is not in the list is looked for in the next younger snapshot, and after the youngest in the volume itself.
//!
//! | structure | file |
//! |---|---|
//! | volume header | `volume_header.rs` |
//! | catalog and its entries | `catalog.rs` |
//! | header of each block of a table | `block.rs` |
//! | block list: block descriptors | `block_list.rs` |
//! | bitmap | `bitmap.rs` |
//!
//! Source: Joachim Metz, "Volume Shadow Snapshot (VSS) format specification" (libvshadow documentation). Checked byte for byte
//! against libvshadow.

mod bitmap;
mod block;
mod block_list;
mod catalog;
mod view;
mod volume_header;

use std::sync::Arc;

use hivekey_read_at::ReadAt;

use crate::anomaly::Anomaly;
use crate::error::Error;
use crate::limits::{Limit, MAX_SNAPSHOTS};
use crate::ntfs::FileTime;
use crate::offset::DeviceOffset;
use crate::partition::Guid;

use bitmap::Bitmap;
use block_list::BlockList;
use catalog::StorePlaces;
pub use view::SnapshotView;

/// Bytes of the blocks that are saved, and of those that the tables consist of.
pub(crate) const BLOCK: u64 = 0x4000;

/// The snapshots of a volume.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Snapshots {
    /// The snapshots whose tables can be read, oldest first.
    pub found: Vec<Snapshot>,
    /// What is wrong with the tables; snapshots that it hides are missing in `found`.
    pub anomalies: Vec<Anomaly>,
}

/// One snapshot.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Its id in the catalog.
    pub id: Guid,
    /// When it was made.
    pub created: FileTime,
    /// Size of the volume at that time in bytes.
    pub size: u64,
    /// All snapshots of the volume, oldest first: what is not saved in one is looked for in the younger ones.
    stores: Arc<[Store]>,
    /// The number of this one among them.
    index: usize,
}

impl Snapshot {
    /// The bytes of the volume as they were. `device` is the volume as it is now.
    pub fn view<D: ReadAt>(&self, device: D) -> SnapshotView<D> {
        SnapshotView::new(device, Arc::clone(&self.stores), self.index, self.size)
    }
}

/// What was saved for one snapshot.
#[derive(Debug)]
struct Store {
    blocks: BlockList,
    /// The blocks that were not in use, by the two bitmaps of the store; a missing one says nothing.
    unused: [Option<Bitmap>; 2],
}

/// Finds the snapshots of a volume. A volume without any gives none, and no anomaly.
pub fn snapshots<D: ReadAt + ?Sized>(device: &D) -> Snapshots {
    let mut result = Snapshots::default();
    let Some(catalog_offset) = volume_header::catalog_offset(device, &mut result.anomalies) else {
        return result;
    };
    let mut catalog = catalog::read(device, catalog_offset, &mut result.anomalies);
    catalog.sort_by_key(|entry| (entry.created.0, entry.id.0));
    if catalog.len() > MAX_SNAPSHOTS {
        let limit =
            Error::LimitReached { limit: Limit::Snapshots, max: u64::try_from(MAX_SNAPSHOTS).unwrap_or(u64::MAX) };
        result.anomalies.push(Anomaly::damaged(DeviceOffset(catalog_offset), limit));
        // A snapshot needs all younger ones: the oldest are left out.
        catalog.drain(..catalog.len().saturating_sub(MAX_SNAPSHOTS));
    }
    let mut stores = Vec::new();
    let mut usable = Vec::new();
    for entry in &catalog {
        match store(device, &entry.places) {
            Ok(store) => {
                usable.push(entry);
                stores.push(store);
            }
            Err(error) => {
                result.anomalies.push(Anomaly::damaged(DeviceOffset(entry.places.block_list), error));
                // What the older ones lack stood in this one, and would be wrong without it.
                usable.clear();
                stores.clear();
            }
        }
    }
    let stores: Arc<[Store]> = stores.into();
    let snapshot = |(index, entry): (usize, &&catalog::Entry)| Snapshot {
        id: entry.id,
        created: entry.created,
        size: entry.volume_size,
        stores: Arc::clone(&stores),
        index,
    };
    result.found = usable.iter().enumerate().map(snapshot).collect();
    result
}

fn store<D: ReadAt + ?Sized>(device: &D, places: &StorePlaces) -> Result<Store, Error> {
    let bitmap = |offset: u64| (offset != 0).then(|| bitmap::read(device, offset)).transpose();
    Ok(Store {
        blocks: block_list::read(device, places.block_list)?,
        unused: [bitmap(places.bitmap)?, bitmap(places.previous_bitmap)?],
    })
}
