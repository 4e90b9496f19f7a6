//! What is wrong with a volume that can be read all the same.

use std::mem::discriminant;
use std::sync::{Mutex, PoisonError};

use crate::error::Error;
use crate::limits::MAX_ANOMALIES;
use crate::offset::{Cluster, DeviceOffset};

/// Something that the format does not allow, with its place.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{kind} (at {offset})")]
pub struct Anomaly {
    /// Where it lies on the volume.
    pub offset: DeviceOffset,
    /// What it is.
    pub kind: AnomalyKind,
}

impl Anomaly {
    pub(crate) const fn new(offset: DeviceOffset, kind: AnomalyKind) -> Self {
        Self { offset, kind }
    }

    /// Whether it says the same of the same place.
    fn repeats(&self, other: &Self) -> bool {
        let same_error = match (&self.kind, &other.kind) {
            (AnomalyKind::Damaged(own), AnomalyKind::Damaged(other)) => discriminant(&**own) == discriminant(&**other),
            (own, other) => discriminant(own) == discriminant(other),
        };
        self.offset == other.offset && same_error
    }

    /// A part that is damaged and was passed over.
    pub(crate) fn damaged(offset: DeviceOffset, error: Error) -> Self {
        Self::new(offset, AnomalyKind::Damaged(Box::new(error)))
    }
}

/// The kinds of [`Anomaly`].
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnomalyKind {
    /// A part cannot be read; the rest is.
    #[error("passed over: {0}")]
    Damaged(Box<Error>),
    /// The first sector of the volume is damaged; its backup was used.
    #[error("the boot sector is damaged, its backup was used: {0}")]
    BackupBootSector(Box<Error>),
    /// The boot sectors of exFAT were used although their checksum is wrong.
    #[error("used in spite of a wrong checksum: {0}")]
    BootChecksum(Box<Error>),
    /// The volume reaches past the end of the device: the image is cut, or the boot sector is wrong.
    #[error("the volume ends at {end:#x}, the device at {len:#x}")]
    VolumeOutside {
        /// Its end in bytes.
        end: u64,
        /// Length of the device in bytes.
        len: u64,
    },
    /// The table is too short for all clusters; those without an entry are not used.
    #[error("the table has entries for {entries} clusters only, the volume has {clusters}")]
    ShortTable {
        /// Clusters that have an entry.
        entries: u64,
        /// Clusters of the volume.
        clusters: u64,
    },
    /// The entry of a cluster cannot be used in the first copy of the table; that of the second was.
    #[error("the entry of cluster {0} is damaged, the second copy of the table was used")]
    SecondTable(Cluster),
}

/// Anomalies as they are met by many readers; bounded.
#[derive(Debug, Default)]
pub(crate) struct AnomalyLog {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    anomalies: Vec<Anomaly>,
    dropped: u64,
}

impl AnomalyLog {
    pub(crate) fn add(&self, anomaly: Anomaly) {
        // A poisoned lock only means that another reader panicked while it added one.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.anomalies.iter().any(|known| known.repeats(&anomaly)) {
            return;
        }
        if kept.anomalies.len() < MAX_ANOMALIES {
            kept.anomalies.push(anomaly);
        } else {
            kept.dropped = kept.dropped.saturating_add(1);
        }
    }

    pub(crate) fn snapshot(&self) -> (Vec<Anomaly>, u64) {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        (kept.anomalies.clone(), kept.dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_bounded_and_says_each_thing_once() {
        let log = AnomalyLog::default();
        for at in 0..1000u32 {
            for _ in 0..2 {
                log.add(Anomaly::new(DeviceOffset(at.into()), AnomalyKind::SecondTable(Cluster(at))));
            }
        }
        let (kept, dropped) = log.snapshot();
        assert_eq!(kept.len(), MAX_ANOMALIES);
        // What was dropped cannot be compared, so it counts each time.
        assert_eq!(dropped, 2 * (1000 - 256));
    }
}
