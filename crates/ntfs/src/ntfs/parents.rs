//! Which records hold names in which directory, by a search of the whole Master File Table: for directories whose index is damaged.

use hivekey_read_at::wide;

use super::file;
use super::file_name::Namespace;
use super::volume::Ntfs;
use crate::anomaly::Anomaly;
use crate::error::Error;
use crate::limits::{Limit, MAX_SCANNED_NAMES};
use crate::offset::{DeviceOffset, RecordNumber};

/// (directory, record with a name in it), sorted. Windows has at most 2³² records, so 32 bits do.
#[derive(Debug)]
pub(super) struct Parents {
    pairs: Vec<(u32, u32)>,
    complete: bool,
}

impl Parents {
    pub(super) fn search(volume: &Ntfs) -> Self {
        let max = volume.limits().max_scanned_records;
        let mut parents = Self { pairs: Vec::new(), complete: true };
        if volume.record_count() > max {
            parents.stop(volume, Limit::ScannedRecords, max);
        }
        for record in volume.scan(0) {
            if !record.is_in_use() {
                continue;
            }
            for name in file::record_names(&record) {
                if name.namespace == Namespace::Dos {
                    continue;
                }
                let pair = (u32::try_from(name.parent.record.0), u32::try_from(record.number.0));
                let (Ok(parent), Ok(holder)) = pair else {
                    continue;
                };
                if parents.pairs.len() >= MAX_SCANNED_NAMES {
                    parents.stop(volume, Limit::ScannedNames, wide(MAX_SCANNED_NAMES));
                    break;
                }
                parents.pairs.push((parent, holder));
            }
        }
        parents.pairs.sort_unstable();
        parents.pairs.dedup();
        parents
    }

    fn stop(&mut self, volume: &Ntfs, limit: Limit, max: u64) {
        self.complete = false;
        let error = Error::LimitReached { limit, max };
        volume.note(Anomaly::damaged(DeviceOffset(0), error));
    }

    /// Whether every record was looked at.
    pub(super) const fn is_complete(&self) -> bool {
        self.complete
    }

    /// The records with a name that has this record as its parent; whether it means the present file there is yet to be
    /// seen. A name may stand in a further record of its file.
    pub(super) fn holders(&self, parent: RecordNumber) -> impl Iterator<Item = RecordNumber> + '_ {
        let parent = u32::try_from(parent.0).ok();
        let first = parent.map_or(self.pairs.len(), |parent| self.pairs.partition_point(|&(of, _)| of < parent));
        self.pairs
            .get(first..)
            .unwrap_or_default()
            .iter()
            .take_while(move |&&(of, _)| Some(of) == parent)
            .map(|&(_, holder)| RecordNumber(holder.into()))
    }
}
