//! What a sweep looks for, and how.

use std::num::NonZeroUsize;

use crate::limits::DEFAULT_MAX_HITS;

/// Bytes read at once, unless [`Options::window`] says otherwise: so many that calls cost nothing, so few that they stay in a cache.
pub const DEFAULT_WINDOW: usize = 1 << 20;

/// What a sweep looks for, and how. Product-id blobs and MSDM tables are always looked for.
///
/// ```
/// let options = hivekey_carve::Options { text_keys: true, ..Default::default() };
/// assert!(options.hives);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Also look for product keys written as text, ASCII or UTF-16LE: hints of low certainty. They cost a second pass over the
    /// bytes. Off by default.
    pub text_keys: bool,
    /// Also look for lost hives: base blocks and hive bins at sector boundaries. On by default.
    pub hives: bool,
    /// Search for the other half of blobs that a sector or fragment boundary cuts. On by default; never done on a stream.
    pub rejoin: bool,
    /// Threads that sweep. One by default, which is best for a disk that turns; more for what has no seek time. The result does not
    /// depend on it.
    pub threads: NonZeroUsize,
    /// Bytes that a thread reads at once, 512 to 16 MiB; [`DEFAULT_WINDOW`] by default. The result does not depend on it.
    pub window: usize,
    /// Hits kept of each [`Certainty`](crate::Certainty); further ones are only counted.
    pub max_hits: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            text_keys: false,
            hives: true,
            rejoin: true,
            threads: NonZeroUsize::MIN,
            window: DEFAULT_WINDOW,
            max_hits: DEFAULT_MAX_HITS,
        }
    }
}
