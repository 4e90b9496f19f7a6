//! What is wrong with a disk or a volume that can be read all the same.

use std::mem::discriminant;
use std::sync::{Mutex, PoisonError};

use crate::error::Error;
use crate::limits::MAX_ANOMALIES;
use crate::offset::{DeviceOffset, FileReference};

/// Something that the format does not allow, with its place.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{kind} (at {offset})")]
pub struct Anomaly {
    /// Where it lies on the device: the disk for a partition table, the volume for NTFS.
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
    /// One of the two copies of the GUID partition table cannot be used.
    #[error("{} GPT cannot be used: {error}", if *.backup { "backup" } else { "primary" })]
    GptCopy {
        /// Whether it is the copy at the end of the disk.
        backup: bool,
        /// What is wrong with it.
        error: Box<Error>,
    },
    /// A copy of the GUID partition table was used although a checksum is wrong.
    #[error("GPT used in spite of a wrong checksum: {0}")]
    GptChecksum(Box<Error>),
    /// The master boot record announces a GUID partition table, but there is none.
    #[error("the protective MBR announces a GPT, but neither copy can be read")]
    GptMissing,
    /// A partition reaches past the end of the disk: the image is cut, or the table is wrong.
    #[error("partition {index} ends at {end:#x}, the disk at {len:#x}")]
    PartitionOutside {
        /// The partition's number.
        index: u32,
        /// Its end in bytes.
        end: u64,
        /// Length of the disk in bytes.
        len: u64,
    },
    /// The primary GUID partition table was used; the backup names other partitions.
    #[error("the backup GPT is sound, but differs from the primary, which was used")]
    GptCopiesDiffer,
    /// The GUID partition table is that of a longer disk: the image is cut.
    #[error("the GPT is that of a disk of {disk:#x} bytes at least, the image ends at {len:#x}")]
    DiskOutside {
        /// Length of the disk in bytes by the place of its backup table.
        disk: u64,
        /// Length of the image in bytes.
        len: u64,
    },
    /// A volume without a partition table, or that no table names, reaches past the end of the image.
    #[error("the NTFS volume ends at {end:#x}, the image at {len:#x}")]
    VolumeOutside {
        /// Its end in bytes.
        end: u64,
        /// Length of the image in bytes.
        len: u64,
    },
    /// A volume lies where no table names a partition.
    #[error("it does not name an NTFS volume that was found by its boot sector")]
    LostVolume,
    /// The first sector of the volume is damaged; the backup at its end was used.
    #[error("the boot sector is damaged, its backup was used")]
    BackupBootSector,
    /// The first record of the Master File Table is damaged; its mirror was used.
    #[error("the first MFT record is damaged, $MFTMirr was used")]
    MftMirror,
    /// The fix-up of a sector does not match: the record was half written, or a sector is lost.
    #[error("sector {sector} of the record was not written together with the others")]
    TornRecord {
        /// Which sector of the record, from 0.
        sector: usize,
    },
    /// The entries of an index are not in order, so that a search by name may miss some.
    #[error("the index of directory {0} is not in order")]
    IndexOrder(FileReference),
    /// A directory's index is damaged; its entries were searched in the whole Master File Table.
    #[error(
        "the index of directory {directory} is damaged ({cause}); its files were searched by their parent in {}",
        if *.complete { "the whole Master File Table" } else { "a part of the Master File Table, so that some may be missing" }
    )]
    IndexRebuilt {
        /// The directory.
        directory: FileReference,
        /// Whether all records were looked at.
        complete: bool,
        /// What was met first.
        cause: Box<Self>,
    },
    /// The stream says that it is longer than its runs are.
    #[error("stream of {size:#x} bytes has clusters for {mapped:#x} bytes only")]
    ShortRuns {
        /// Bytes by the size field.
        size: u64,
        /// Bytes that the runs cover.
        mapped: u64,
    },
    /// A run names clusters outside the volume.
    #[error("run of {clusters:#x} clusters at cluster {lcn:#x} leaves the volume")]
    RunOutside {
        /// Its first cluster in the volume.
        lcn: u64,
        /// Its length in clusters.
        clusters: u64,
    },
    /// `$UpCase` cannot be read; plain Unicode upper case is used.
    #[error("$UpCase cannot be used: {0}")]
    UpCase(Box<Error>),
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
        for at in 0..1000u64 {
            for _ in 0..2 {
                log.add(Anomaly::new(DeviceOffset(at), AnomalyKind::GptMissing));
            }
        }
        let (kept, dropped) = log.snapshot();
        assert_eq!(kept.len(), MAX_ANOMALIES);
        // What was dropped cannot be compared, so it counts each time.
        assert_eq!(dropped, 2 * (1000 - 256));
    }
}
