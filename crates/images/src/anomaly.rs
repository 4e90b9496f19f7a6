//! What is wrong with an image that can be read all the same.

use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Structure;
use crate::identity::Identity;
use crate::offset::FileOffset;

/// Something that an intact image does not have. What was read is still what the image holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Anomaly {
    /// A stored checksum is not that of the bytes; the bytes were used.
    #[error("{structure} at {offset}: checksum is {stored:#010x}, computed {computed:#010x}")]
    Checksum {
        /// The structure.
        structure: Structure,
        /// Its first byte.
        offset: FileOffset,
        /// As stored.
        stored: u32,
        /// As computed.
        computed: u32,
    },
    /// The structure, or this copy of it, is damaged or missing; another copy was used.
    #[error("{structure} at {offset} is damaged or missing: another copy was used")]
    OtherCopyUsed {
        /// The structure.
        structure: Structure,
        /// Where it should be.
        offset: FileOffset,
    },
    /// The file is shorter than what it holds needs: it is cut off. What is there is readable.
    #[error("the image is cut off: {structure} needs {needed} bytes, has {available}")]
    CutOff {
        /// What is incomplete.
        structure: Structure,
        /// Bytes needed.
        needed: u64,
        /// Bytes there.
        available: u64,
    },
    /// A table is cut off or missing. What it should lead to is found one after the other, as far as it is there.
    #[error(
        "the {structure} for the data from {offset} on is lost: they are found one after the other, as far as they are there"
    )]
    TableLost {
        /// The table.
        structure: Structure,
        /// Where the data begin.
        offset: FileOffset,
    },
    /// The image stores two hashes of its disk that cannot both be right; the first is the one that is checked.
    #[error("the image stores two different {algorithm} hashes of its disk: {first} and {second}")]
    HashesDiffer {
        /// `MD5`.
        algorithm: &'static str,
        /// The one that stands first, in hex.
        first: String,
        /// The other one.
        second: String,
    },
    /// The image was not closed properly; the changes in its log were applied in memory.
    #[error("the image was not closed properly: {entries} entries of its log were applied in memory")]
    LogReplayed {
        /// Entries applied.
        entries: u64,
    },
    /// The image was not closed properly, and its log cannot be applied: parts of it may be from before the last changes.
    #[error(
        "the image was not closed properly, and its log cannot be applied (it has no usable entry): parts of the disk may be \
         from before the last changes, or damaged"
    )]
    LogUnusable,
    /// The image says of itself that it was not closed properly.
    #[error("the image was not closed properly")]
    NotClosed,
    /// The image says of itself that its tables are damaged.
    #[error("the image is marked as damaged")]
    MarkedCorrupt,
    /// The parent that was used is not the one from which the child was made, or was changed since.
    #[error("the parent {name:?} has the identity {actual}, expected {expected}: the disk may mix two states")]
    WrongParent {
        /// Its name.
        name: String,
        /// The identity that the child names.
        expected: Identity,
        /// The identity that the parent has.
        actual: Identity,
    },
    /// A field contradicts another one, or the format; it was not needed.
    #[error("{structure} at {offset}: {field} is {actual:#x}, expected {expected}")]
    Field {
        /// The structure.
        structure: Structure,
        /// Its first byte.
        offset: FileOffset,
        /// The field.
        field: &'static str,
        /// What it is.
        actual: u64,
        /// What it may be.
        expected: &'static str,
    },
    /// The file is a part of an image: not the first piece of a split one, or one of its extents. Only this part is read.
    #[error("the file is only a part of its image: open the first segment or, of an extent, the descriptor beside it")]
    NotFirstSegment,
    /// A segment that is not the last has another size than the first: a segment may be cut off or missing.
    #[error("segment {name:?} has {actual} bytes, the first has {expected}")]
    SegmentSize {
        /// Its name.
        name: String,
        /// Size of the first.
        expected: u64,
        /// Its size.
        actual: u64,
    },
    /// A later segment of the image is missing: the disk ends early or has a hole that cannot be read.
    #[error("segment {name:?} is missing: put it beside the image")]
    SegmentMissing {
        /// The name that was looked for.
        name: String,
    },
    /// When the disk was imaged, these sectors could not be read; the image holds zeros for them.
    #[error("{count} sectors from {first} on could not be read when the disk was imaged")]
    AcquisitionError {
        /// The first sector.
        first: u64,
        /// How many.
        count: u64,
    },
}

/// Anomalies as they are met, also while reading. All layers of a disk share one.
#[derive(Clone, Debug)]
pub(crate) struct Notes {
    kept: Arc<Mutex<Vec<Anomaly>>>,
    limit: usize,
}

impl Notes {
    /// Keeps at most `limit`.
    pub(crate) fn new(limit: usize) -> Self {
        Self { kept: Arc::default(), limit }
    }

    /// Notes one, once.
    pub(crate) fn add(&self, anomaly: Anomaly) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < self.limit && !kept.contains(&anomaly) {
            kept.push(anomaly);
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Forgets all but the first `count`: those of an image that turned out to be none of the chain.
    pub(crate) fn truncate(&self, count: usize) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).truncate(count);
    }

    /// All so far.
    pub(crate) fn list(&self) -> Vec<Anomaly> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_kept_once_and_bounded() {
        let notes = Notes::new(2);
        let shared = notes.clone();
        shared.add(Anomaly::NotClosed);
        shared.add(Anomaly::NotClosed);
        shared.add(Anomaly::LogUnusable);
        shared.add(Anomaly::MarkedCorrupt);
        assert_eq!(notes.list(), [Anomaly::NotClosed, Anomaly::LogUnusable]);
    }
}
