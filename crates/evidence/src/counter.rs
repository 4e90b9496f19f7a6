//! How many bytes of the evidence were read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the bytes that the readers of one source have handed out.
///
/// Clones share one count: a source gives a clone to everything that it opens. What the kernel reads ahead
/// on its own is not in it.
#[derive(Clone, Debug, Default)]
pub struct ByteCounter(Arc<AtomicU64>);

impl ByteCounter {
    /// A count of its own, at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the length of one successful read, in bytes.
    pub fn add(&self, bytes: usize) {
        // A buffer is never longer than u64::MAX; the count may wrap after 16 EiB.
        self.0.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Bytes handed out so far.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
