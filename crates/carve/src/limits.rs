//! What bounds the memory and the time of a sweep, whatever it meets. A limit that was hit is named in the result.

use std::fmt;

use crate::findings::Certainty;

/// Hits kept of each [`Certainty`] unless [`Options::max_hits`](crate::Options::max_hits) says otherwise: the first ones by offset.
pub const DEFAULT_MAX_HITS: usize = 16_384;

/// Base blocks kept.
pub const MAX_HIVES: usize = 16_384;

/// Runs of hive bins kept, those of found hives included.
pub const MAX_BIN_RUNS: usize = 65_536;

/// Unreadable ranges listed.
pub const MAX_BAD_RANGES: usize = 65_536;

/// Cut blobs whose other half is searched.
pub const MAX_REJOINS: usize = 64;

/// How far before and after a cut the other half of a blob is searched, in bytes.
pub const REJOIN_RADIUS: u64 = 16 << 20;

/// Findings of units that wait for a slower one before them, in bytes; then the faster threads wait too.
pub(crate) const MAX_WAITING_BYTES: usize = 64 << 20;

/// A list that is not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// Of this certainty there were more hits than were kept; see [`Counts`](crate::Counts).
    Hits(Certainty),
    /// More than [`MAX_HIVES`] base blocks.
    Hives,
    /// More than [`MAX_BIN_RUNS`] runs of hive bins.
    BinRuns,
    /// More than [`MAX_BAD_RANGES`] unreadable ranges.
    BadRanges,
    /// More than [`MAX_REJOINS`] cut blobs: the other half was not searched for the later ones.
    Rejoins,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hits(certainty) => write!(f, "{certainty} hits kept"),
            Self::Hives => write!(f, "{MAX_HIVES} base blocks"),
            Self::BinRuns => write!(f, "{MAX_BIN_RUNS} runs of hive bins"),
            Self::BadRanges => write!(f, "{MAX_BAD_RANGES} unreadable ranges"),
            Self::Rejoins => write!(f, "{MAX_REJOINS} searches for the rest of a cut blob"),
        }
    }
}
