//! What all members of an archive may be unpacked to, kept or passed over.
//!
//! A small archive can be packed so that it fills hours: 1,000 bytes for one in gzip and zip, 10,000 and more in Zstandard and xz,
//! and the bytes of a zip's member can be those of others too. A large one is honest about being large. So the bound goes
//! with the length of the archive: [`Limits::archive_expansion`] bytes for each of its bytes, but always
//! [`Limits::archive_expanded_bytes`].

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use super::unread::Unread;
use crate::limits::{LimitName, Limits};

/// Counts what comes out of unpackers.
#[derive(Clone)]
pub(super) struct Budget {
    allowed: u64,
    used: Rc<Cell<u64>>,
}

impl Budget {
    /// For an archive of so many bytes.
    pub(super) fn new(limits: &Limits, archive: u64) -> Self {
        let allowed = archive.saturating_mul(limits.archive_expansion).max(limits.archive_expanded_bytes);
        Self { allowed, used: Rc::default() }
    }

    pub(super) fn is_spent(&self) -> bool {
        self.used.get() >= self.allowed
    }

    pub(super) fn exceeded(&self) -> Unread {
        Unread::Limit { limit: LimitName::ArchiveExpandedBytes, value: self.allowed }
    }

    pub(super) fn meter<R: Read>(&self, inner: R) -> Metered<R> {
        Metered { inner, budget: self.clone() }
    }
}

/// What an unpacker gives, counted.
pub(super) struct Metered<R> {
    inner: R,
    budget: Budget,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.budget.is_spent() {
            return Err(self.budget.exceeded().into());
        }
        let read = self.inner.read(buf)?;
        let used = self.budget.used.get().saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        self.budget.used.set(used);
        Ok(read)
    }
}
