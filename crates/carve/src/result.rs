//! What a sweep gives back.

use std::collections::BTreeSet;
use std::io;
use std::ops::Range;

use crate::base_block::LostHive;
use crate::bin::BinRun;
use crate::findings::{Certainty, Hit};
use crate::limits::Limit;

/// Everything that a sweep found, in order of offset.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Carved {
    /// Blobs, tables and key texts. Hits of every certainty: look at [`Hit::certainty`].
    pub hits: Vec<Hit>,
    /// Base blocks of hives and logs.
    pub hives: Vec<LostHive>,
    /// Runs of hive bins that belong to none of the [`hives`](Self::hives).
    pub bins: Vec<BinRun>,
    /// Ranges that could not be read and were taken for zeros.
    pub bad_ranges: Vec<BadRange>,
    /// Size of the source, where it is known.
    pub size: Option<u64>,
    /// Bytes read and looked at.
    pub bytes_swept: u64,
    /// Bytes skipped because the source has a hole there.
    pub bytes_in_holes: u64,
    /// Bytes that could not be read, listed or not.
    pub bytes_bad: u64,
    /// How much was found, kept or not.
    pub counts: Counts,
    /// The lists above that are not complete, and why.
    pub limits: BTreeSet<Limit>,
    /// Whether the sweep reached the end.
    pub outcome: Outcome,
}

impl Carved {
    /// The hive in whose range an offset lies, if all of that hive is there.
    ///
    /// Hives do not overlap unless one lies inside another; then the last one that begins before the offset is meant.
    #[must_use]
    pub fn hive_at(&self, offset: u64) -> Option<&LostHive> {
        let before = self.hives.partition_point(|hive| hive.offset <= offset);
        let mut before = self.hives.iter().take(before).rev();
        before.find(|hive| hive.is_whole() && offset.saturating_sub(hive.offset) < hive.size())
    }
}

/// How much was found, also of what was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Hits of certainty [`Certainty::Verified`].
    pub verified: u64,
    /// Hits of certainty [`Certainty::Rejoined`].
    pub rejoined: u64,
    /// Hits of certainty [`Certainty::Damaged`].
    pub damaged: u64,
    /// Hits of certainty [`Certainty::Hint`].
    pub hints: u64,
    /// Base blocks.
    pub hives: u64,
    /// Hive bins, those of found hives included.
    pub bins: u64,
}

impl Counts {
    /// Hits of every certainty.
    #[must_use]
    pub const fn hits(&self) -> u64 {
        self.verified.saturating_add(self.rejoined).saturating_add(self.damaged).saturating_add(self.hints)
    }

    pub(crate) const fn of(&mut self, certainty: Certainty) -> &mut u64 {
        match certainty {
            Certainty::Verified => &mut self.verified,
            Certainty::Rejoined => &mut self.rejoined,
            Certainty::Damaged => &mut self.damaged,
            Certainty::Hint => &mut self.hints,
        }
    }
}

/// A range that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BadRange {
    /// First byte, and the byte after the last, from the start of the source. Whole sectors of 512 bytes, but for the end.
    pub range: Range<u64>,
    /// Why; [`io::ErrorKind::UnexpectedEof`] where the source ended before its size.
    pub kind: io::ErrorKind,
}

impl BadRange {
    /// Bytes of the range.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }
}

/// How a sweep ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// At the end of the source.
    Complete,
    /// By [`Control::cancel`](crate::Control::cancel). What had been swept until then counts.
    Cancelled,
    /// A stream could not be read any further.
    Broken {
        /// Bytes that came before.
        offset: u64,
        /// Why.
        kind: io::ErrorKind,
    },
}
