//! Chunks whose table is lost, found one after the other from where their section begins.
//!
//! A chunk is a zlib stream, which says itself where it ends, or the bytes themselves and their Adler-32. Both end in a checksum,
//! so that a chunk is taken for one only if it is whole. To find one, all before it are unpacked, once: the walk goes no further
//! than what is asked for, and remembers where the chunks lie. Source: libewf documentation, "Chunks".

use std::sync::{Mutex, PoisonError};

use hivekey_read_at::{ReadAt, narrow, wide};

use super::section::adler;
use super::table::Chunk;
use crate::error::Error;
use crate::limits::LimitName;
use crate::offset::FileOffset;
use crate::read::{array, part, read_vec};
use crate::structure::Structure;
use crate::unpack::{Method, unpack};

/// Bytes that a walk may unpack: what 2^20 chunks of 32 KiB have, the size that most images use.
pub(super) const MAX_BYTES: u64 = 1 << 35;

/// The section with the chunks.
pub(super) struct Walk {
    /// Number of the first chunk in it.
    pub(super) first: u64,
    end: FileOffset,
    /// Chunks that may be remembered.
    limit: u64,
    found: Mutex<Found>,
}

/// The chunks so far.
struct Found {
    chunks: Vec<Step>,
    next: FileOffset,
}

#[derive(Clone, Copy)]
struct Step {
    offset: FileOffset,
    is_compressed: bool,
}

/// What a chunk may have.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    /// Bytes of the chunk itself.
    pub(super) expected: u64,
    /// Bytes in the file, at most.
    pub(super) most: u64,
}

impl Walk {
    /// The chunks from number `first` on, which lie between `start` and `end`.
    pub(super) fn new(first: u64, start: FileOffset, end: FileOffset, limit: u64) -> Self {
        Self { first, end, limit, found: Mutex::new(Found { chunks: Vec::new(), next: start }) }
    }

    /// Where chunk `number` lies; `None` if the walk ends before it. `sizes` gives what a chunk may have.
    pub(super) fn chunk(
        &self,
        file: &dyn ReadAt,
        number: u64,
        sizes: impl Fn(u64) -> Sizes,
    ) -> Result<Option<Chunk>, Error> {
        let Some(index) = number.checked_sub(self.first) else { return Ok(None) };
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        while wide(found.chunks.len()) <= index {
            let next = self.first.saturating_add(wide(found.chunks.len()));
            let Some((is_compressed, length)) = self.step(file, found.next, sizes(next))? else { return Ok(None) };
            Error::check_limit(LimitName::IndexEntries, wide(found.chunks.len()), self.limit)?;
            let offset = found.next;
            found.chunks.push(Step { offset, is_compressed });
            found.next = offset.plus(length);
        }
        let at = |index: u64| usize::try_from(index).ok().and_then(|index| found.chunks.get(index)).copied();
        let end = at(index.saturating_add(1)).map_or(found.next, |step| step.offset);
        Ok(at(index).map(|Step { offset, is_compressed }| Chunk { offset, is_compressed, end: Some(end) }))
    }

    /// Whether the chunk at `offset` is compressed, and how many bytes it has; `None` if no whole one is there.
    fn step(&self, file: &dyn ReadAt, offset: FileOffset, sizes: Sizes) -> Result<Option<(bool, u64)>, Error> {
        let expected = narrow(sizes.expected);
        let room = self.end.get().saturating_sub(offset.get()).min(file.len().saturating_sub(offset.get()));
        let bytes = read_vec(file, Structure::EwfChunk, offset, narrow(room.min(sizes.most)))?;
        if expected == 0 {
            return Ok(None);
        }
        // The header of a zlib stream is a multiple of 31, and names deflate.
        let is_zlib = array::<2>(&bytes, 0).is_some_and(|head| u16::from_be_bytes(head) % 31 == 0 && head[0] & 15 == 8);
        if is_zlib {
            let unpacked = unpack(Method::Zlib, &bytes, expected);
            if unpacked.is_sound && unpacked.bytes.len() == expected {
                return Ok(Some((true, unpacked.taken)));
            }
        }
        let stored = array(&bytes, expected).map(u32::from_le_bytes);
        let is_plain =
            stored.is_some_and(|stored| part(&bytes, 0, expected).is_some_and(|bytes| adler(bytes) == stored));
        Ok(is_plain.then(|| (false, sizes.expected.saturating_add(4))))
    }
}
