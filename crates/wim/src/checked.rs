//! A file's content, compared with its SHA-1 once more than its first bytes are read.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hivekey_read_at::{ReadAt, ReadError, narrow, wide};
use sha1::{Digest as _, Sha1};

use crate::error::Anomaly;

/// Whoever only wants to know what a file is reads no more.
const HEAD: u64 = 512;
/// So many bytes are hashed at once.
const PIECE: u64 = 64 << 10;
/// So many contents that differ are kept.
const MOST: usize = 1024;

/// The contents that were found to differ from their hashes, each with the number of its image.
pub(crate) type Differing = Mutex<Vec<(usize, Anomaly)>>;

pub(crate) struct Checked {
    pub(crate) content: Arc<dyn ReadAt>,
    pub(crate) name: String,
    pub(crate) image: usize,
    pub(crate) expected: [u8; 20],
    pub(crate) done: AtomicBool,
    pub(crate) differing: Arc<Differing>,
}

impl Checked {
    fn check(&self) -> Result<(), ReadError> {
        let mut hash = Sha1::new();
        let mut at = 0;
        while at < self.content.len() {
            let mut piece = vec![0; narrow(PIECE.min(self.content.len().saturating_sub(at)))];
            self.content.read_into(at, &mut piece)?;
            hash.update(&piece);
            at = at.saturating_add(wide(piece.len()));
        }
        let actual: [u8; 20] = hash.finalize().into();
        let mut differing = self.differing.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = |(image, known): &(usize, Anomaly)| {
            matches!(known, Anomaly::Content { name, expected, .. }
                if (*image, name, *expected) == (self.image, &self.name, self.expected))
        };
        if actual != self.expected && differing.len() < MOST && !differing.iter().any(is_known) {
            let anomaly = Anomaly::Content { name: self.name.clone(), actual, expected: self.expected };
            differing.push((self.image, anomaly));
        }
        Ok(())
    }
}

impl ReadAt for Checked {
    fn len(&self) -> u64 {
        self.content.len()
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        self.content.read_into(offset, buf)?;
        // What cannot be read whole has no hash to compare; the part that can be read is an answer.
        if offset.saturating_add(wide(buf.len())) > HEAD && !self.done.swap(true, Ordering::Relaxed) {
            let _ = self.check();
        }
        Ok(())
    }
}
