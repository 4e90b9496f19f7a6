//! How a caller watches a sweep and ends it early.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

/// How far a sweep has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Progress {
    /// Everything before this offset is done: swept, skipped as a hole, or given up as unreadable.
    pub done: u64,
    /// Size of the source, where it is known.
    pub total: Option<u64>,
    /// Hits so far, of every certainty.
    pub hits: u64,
    /// Bytes given up as unreadable so far.
    pub bytes_bad: u64,
}

/// Hooks into a running sweep. The default has none.
#[derive(Clone, Copy, Default)]
pub struct Control<'a> {
    /// Called after every stretch that is done (sixteen windows; on a stream, one), in order of offset, by one thread at a time: some
    /// hundred times a second at full speed. A slow callback slows the sweep down.
    pub progress: Option<&'a (dyn Fn(Progress) + Sync)>,
    /// Ends the sweep soon after it becomes true. What was found until then is returned.
    pub cancel: Option<&'a AtomicBool>,
}

impl Control<'_> {
    pub(crate) fn cancelled(&self) -> bool {
        self.cancel.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    pub(crate) fn report(&self, progress: Progress) {
        if let Some(callback) = self.progress {
            callback(progress);
        }
    }
}

impl fmt::Debug for Control<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").field("progress", &self.progress.is_some()).field("cancel", &self.cancel).finish()
    }
}
