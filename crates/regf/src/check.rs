//! A check of the whole hive: bins, cells, lists, links and data.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::anomaly::{Anomaly, AnomalyKind};
use crate::big_data::segments_of;
use crate::budget::Budget;
use crate::cells::CellItem;
use crate::error::Error;
use crate::hive::Hive;
use crate::key::Key;
use crate::name::WantedName;
use crate::offset::{CellOffset, FileOffset};
use crate::read::ReadAt;

/// Anomalies that one check gives back; a hive with more is beyond counting.
const MAX_ANOMALIES: usize = 10_000;

impl<S: ReadAt> Hive<S> {
    /// Reads the whole hive and gives back all that is wrong with it, after what was noted when it was opened: bins and
    /// cells that do not follow each other, keys, values and data that cannot be read, lists that are out of order, keys
    /// that name another parent than the one they are found under. At most 10 000 anomalies.
    pub fn check(&self) -> Vec<Anomaly> {
        let segments = Budget::new(self.options().limits.max_elements);
        let mut check = Check { anomalies: self.anomalies().to_vec(), segments };
        for item in self.cells() {
            if let CellItem::Gap { anomaly, .. } = item {
                check.note(anomaly.offset, anomaly.kind);
            }
        }
        for item in self.walk() {
            match item {
                Ok(item) => check.key(&item.key),
                Err(error) => check.error(error.error),
            }
            if check.anomalies.len() >= MAX_ANOMALIES {
                break;
            }
        }
        check.anomalies
    }
}

struct Check {
    anomalies: Vec<Anomaly>,
    /// Segments of big data that may still be looked at.
    segments: Budget,
}

impl Check {
    fn note(&mut self, offset: FileOffset, kind: AnomalyKind) {
        let anomaly = Anomaly { offset, kind };
        if self.anomalies.len() < MAX_ANOMALIES && !self.anomalies.contains(&anomaly) {
            self.anomalies.push(anomaly);
        }
    }

    fn error(&mut self, error: Error) {
        self.note(error.offset().unwrap_or_default(), AnomalyKind::Unreadable(Box::new(error)));
    }

    fn key<S: ReadAt>(&mut self, key: &Key<'_, S>) {
        let mut before: Option<WantedName> = None;
        let mut subkeys = 0u64;
        let mut whole = true;
        for subkey in key.subkeys() {
            // Errors of the list itself are given by the walk.
            let Ok(subkey) = subkey else {
                whole = false;
                continue;
            };
            subkeys = subkeys.saturating_add(1);
            let parent = subkey.node().parent;
            if parent != Some(key.cell()) {
                let actual = parent.map_or(u32::MAX, CellOffset::get);
                self.note(subkey.offset(), AnomalyKind::ParentLink { expected: key.cell().get(), actual });
            }
            if before.as_ref().is_some_and(|before| subkey.raw_name().compare(before).is_le()) {
                self.note(subkey.offset(), AnomalyKind::ListOrder);
            }
            before = Some(WantedName::of(subkey.raw_name()));
        }
        if whole && subkeys != u64::from(key.subkey_count()) {
            let declared = key.subkey_count();
            self.note(key.offset(), AnomalyKind::SubkeyCount { declared, present: subkeys });
        }
        for value in key.values() {
            let verified = value.and_then(|value| {
                let size = usize::try_from(value.data_size()).unwrap_or(usize::MAX);
                if self.segments.spend(segments_of(size)) { value.verify_data() } else { Ok(()) }
            });
            if let Err(error) = verified {
                self.error(error);
            }
        }
    }
}
