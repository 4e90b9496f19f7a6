//! The catalog: what snapshots there are.
//!
//! Entries of 128 bytes, two for each snapshot, told apart by their first field:
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 8 | type | 0 none, 1 not used, 2 what the snapshot is, 3 where its tables lie |
//! | 16 | 16 | id | of the snapshot; joins the two entries |
//! | 8 | 8 | size | type 2: of the volume in bytes |
//! | 48 | 8 | created | type 2: when the snapshot was made, FILETIME |
//! | 8 | 8 | block list | type 3: offset of its first block |
//! | 32 | 8 | store header | type 3: offset |
//! | 40 | 8 | range list | type 3: offset |
//! | 48 | 8 | bitmap | type 3: offset |
//! | 72 | 8 | previous bitmap | type 3: offset; 0 if there is none |
//!
//! Source: libvshadow documentation, "Catalog entry".

use hivekey_read_at::ReadAt;

use super::block::{self, Table};
use crate::anomaly::Anomaly;
use crate::error::{Error, Structure};
use crate::ntfs::FileTime;
use crate::offset::DeviceOffset;
use crate::partition::Guid;
use crate::read::Fields;

const TABLE: Table = Table { structure: Structure::VssCatalog, record_type: 2 };
const ENTRY: usize = 128;
/// Types of entries.
const DESCRIPTION: u64 = 2;
const PLACES: u64 = 3;

/// A snapshot whose two entries are there.
pub(super) struct Entry {
    pub(super) id: Guid,
    pub(super) volume_size: u64,
    pub(super) created: FileTime,
    pub(super) places: StorePlaces,
}

/// Where the tables of a snapshot lie in the volume.
#[derive(Clone, Copy)]
pub(super) struct StorePlaces {
    pub(super) block_list: u64,
    pub(super) bitmap: u64,
    pub(super) previous_bitmap: u64,
}

/// The snapshots of the catalog, in its order.
pub(super) fn read<D: ReadAt + ?Sized>(device: &D, offset: u64, anomalies: &mut Vec<Anomaly>) -> Vec<Entry> {
    let mut descriptions: Vec<(Guid, u64, FileTime)> = Vec::new();
    let mut places: Vec<(Guid, StorePlaces)> = Vec::new();
    let read = block::each(device, TABLE, offset, |content| {
        let count = content.bytes().len() / ENTRY;
        for index in 0..count {
            let entry = content.within(index.saturating_mul(ENTRY), ENTRY, TABLE.structure)?;
            let id = Guid(entry.array(16)?);
            match entry.u64(0)? {
                DESCRIPTION => descriptions.push((id, entry.u64(8)?, FileTime(entry.u64(48)?))),
                PLACES => places.push((id, store_places(&entry)?)),
                _ => {}
            }
        }
        Ok(())
    });
    if let Err(error) = read {
        anomalies.push(Anomaly::damaged(DeviceOffset(offset), error));
    }
    let joined = descriptions.into_iter().filter_map(|(id, volume_size, created)| {
        let (_, places) = places.iter().find(|(other, _)| *other == id)?;
        Some(Entry { id, volume_size, created, places: *places })
    });
    joined.collect()
}

fn store_places(entry: &Fields<'_>) -> Result<StorePlaces, Error> {
    Ok(StorePlaces { block_list: entry.u64(8)?, bitmap: entry.u64(48)?, previous_bitmap: entry.u64(72)? })
}
