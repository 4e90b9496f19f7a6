//! A hive with the pages of its logs laid over it: nothing is written, and only the pages of the logs are in memory.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use crate::read::{ReadAt, ReadError, range, wide};

/// A stretch of the hive that comes from a log.
#[derive(Clone)]
struct Patch {
    /// The bytes of the log that hold it.
    bytes: Arc<[u8]>,
    /// Where in `bytes` it starts.
    from: u64,
    len: u64,
    /// The log, by its place in the list that was given to the replay.
    log: usize,
}

impl Patch {
    /// The part from `start` of `len` bytes.
    fn part(&self, start: u64, len: u64) -> Option<&[u8]> {
        range(&self.bytes, self.from.checked_add(start)?, usize::try_from(len).ok()?)
    }

    fn split(&self, start: u64, len: u64) -> Self {
        Self { bytes: Arc::clone(&self.bytes), from: self.from.saturating_add(start), len, log: self.log }
    }
}

/// A source over which stretches of bytes are laid.
pub struct Overlay<S> {
    base: S,
    /// Stretches by their start; they do not overlap.
    patches: BTreeMap<u64, Patch>,
    len: u64,
}

impl<S> fmt::Debug for Overlay<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overlay").field("patches", &self.patches.len()).field("len", &self.len).finish_non_exhaustive()
    }
}

impl<S: ReadAt> Overlay<S> {
    /// The source as it is.
    pub(crate) fn new(base: S) -> Self {
        Self { len: base.len(), base, patches: BTreeMap::new() }
    }

    /// The source without the logs.
    pub const fn base(&self) -> &S {
        &self.base
    }

    /// The source without the logs, given back.
    pub fn into_base(self) -> S {
        self.base
    }

    /// The stretches that come from logs: their place in the file and the log, by its place in the list that was given
    /// to the replay. The base block is among them after a replay, because its sequence numbers are renewed.
    pub fn patches(&self) -> impl Iterator<Item = (Range<u64>, usize)> + '_ {
        self.patches.iter().map(|(&start, patch)| (start..start.saturating_add(patch.len), patch.log))
    }

    /// The log that one of these `len` bytes at `offset` comes from, by its place in the list that was given to the
    /// replay; the last one if there are several. Logs hold whole pages, so this alone does not mean that the bytes
    /// differ from the file's: [`changes`](Self::changes) tells that.
    pub fn is_from_log(&self, offset: u64, len: u64) -> Option<usize> {
        self.overlapping(offset, len).map(|(_, patch)| patch.log).max()
    }

    /// Whether these `len` bytes at `offset` differ from those of the file without its logs, or are not in it at all.
    ///
    /// # Errors
    /// [`ReadError`] if the source fails, or if the range reaches past the end.
    pub fn changes(&self, offset: u64, len: usize) -> Result<bool, ReadError> {
        if self.is_from_log(offset, wide(len)).is_none() {
            return Ok(false);
        }
        let end = offset.saturating_add(wide(len));
        if end > self.base.len() {
            return Ok(true);
        }
        Ok(self.read_at(offset, len)? != self.base.read_at(offset, len)?)
    }

    /// The stretches that overlap a range, in order.
    fn overlapping(&self, offset: u64, len: u64) -> impl Iterator<Item = (u64, &Patch)> {
        let end = offset.saturating_add(len);
        let before = self
            .patches
            .range(..offset)
            .next_back()
            .filter(move |(start, patch)| len > 0 && start.saturating_add(patch.len) > offset);
        before.into_iter().chain(self.patches.range(offset..end)).map(|(&start, patch)| (start, patch))
    }

    /// Lays `len` bytes of `bytes`, from `from` on, over the source at `offset`; what was there before is hidden.
    pub(crate) fn lay(&mut self, offset: u64, bytes: &Arc<[u8]>, from: u64, len: u64, log: usize) {
        if len == 0 {
            return;
        }
        let end = offset.saturating_add(len);
        let hidden: Vec<u64> = self.overlapping(offset, len).map(|(start, _)| start).collect();
        for start in hidden {
            let Some(old) = self.patches.remove(&start) else { continue };
            let old_end = start.saturating_add(old.len);
            if let Some(kept) = offset.checked_sub(start).filter(|&kept| kept > 0) {
                self.patches.insert(start, old.split(0, kept));
            }
            if let Some(kept) = old_end.checked_sub(end).filter(|&kept| kept > 0) {
                self.patches.insert(end, old.split(end.saturating_sub(start), kept));
            }
        }
        self.patches.insert(offset, Patch { bytes: Arc::clone(bytes), from, len, log });
        self.grow(end);
    }

    /// Makes the source at least `len` bytes long; bytes that nobody gave are zero.
    pub(crate) fn grow(&mut self, len: u64) {
        self.len = self.len.max(len);
    }

    /// Fills `buf` with bytes that no stretch covers.
    fn fill_from_base(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        let there = self.base.len().saturating_sub(offset);
        let split = usize::try_from(there).map_or(buf.len(), |there| there.min(buf.len()));
        let (stored, zeros) = buf.split_at_mut_checked(split).unwrap_or_default();
        zeros.fill(0);
        if stored.is_empty() { Ok(()) } else { self.base.read_into(offset, stored) }
    }
}

impl<S: ReadAt> ReadAt for Overlay<S> {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, len: usize) -> Result<Cow<'_, [u8]>, ReadError> {
        let size = wide(len);
        let end = offset.checked_add(size).filter(|&end| end <= self.len);
        let Some(end) = end else { return Err(ReadError::past_end(offset, len, self.len)) };
        match self.overlapping(offset, size).next() {
            None if end <= self.base.len() => return self.base.read_at(offset, len),
            Some((start, patch)) => {
                let whole = offset.checked_sub(start).filter(|_| end <= start.saturating_add(patch.len));
                if let Some(bytes) = whole.and_then(|skip| patch.part(skip, size)) {
                    return Ok(Cow::Borrowed(bytes));
                }
            }
            None => {}
        }
        let mut bytes = vec![0; len];
        self.read_into(offset, &mut bytes)?;
        Ok(Cow::Owned(bytes))
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        let len = wide(buf.len());
        let end = offset.checked_add(len).filter(|&end| end <= self.len);
        let Some(end) = end else { return Err(ReadError::past_end(offset, buf.len(), self.len)) };
        let mut at = offset;
        let mut rest = buf;
        for (start, patch) in self.overlapping(offset, len) {
            let gap = usize::try_from(start.saturating_sub(at)).unwrap_or(usize::MAX);
            let (uncovered, after) = rest.split_at_mut_checked(gap).unwrap_or_default();
            self.fill_from_base(at, uncovered)?;
            at = at.max(start);
            let skip = at.saturating_sub(start);
            let take = patch.len.saturating_sub(skip).min(end.saturating_sub(at));
            let (covered, after) =
                after.split_at_mut_checked(usize::try_from(take).unwrap_or(usize::MAX)).unwrap_or_default();
            match patch.part(skip, take) {
                Some(bytes) => covered.copy_from_slice(bytes),
                None => return Err(ReadError::past_end(at, covered.len(), self.len)),
            }
            at = at.saturating_add(take);
            rest = after;
        }
        self.fill_from_base(at, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lay(overlay: &mut Overlay<Vec<u8>>, offset: u64, bytes: &[u8], log: usize) {
        overlay.lay(offset, &Arc::from(bytes), 0, wide(bytes.len()), log);
    }

    #[test]
    fn later_stretches_hide_earlier_ones() {
        let mut overlay = Overlay::new(vec![0u8; 10]);
        lay(&mut overlay, 2, &[1; 6], 0);
        lay(&mut overlay, 4, &[2; 2], 1);
        lay(&mut overlay, 9, &[3; 4], 2);
        assert_eq!(overlay.read_at(0, 13).unwrap().as_ref(), [0, 0, 1, 1, 2, 2, 1, 1, 0, 3, 3, 3, 3]);
        assert!(matches!(overlay.read_at(4, 2), Ok(Cow::Borrowed([2, 2]))));
        assert!(matches!(overlay.read_at(0, 2), Ok(Cow::Borrowed([0, 0]))));
        assert_eq!(overlay.is_from_log(0, 2), None);
        assert_eq!(overlay.is_from_log(0, 3), Some(0));
        assert_eq!(overlay.is_from_log(0, 5), Some(1));
        assert_eq!(overlay.is_from_log(8, 1), None);
        assert_eq!(overlay.is_from_log(4, 0), None);
        assert_eq!(overlay.patches().collect::<Vec<_>>(), [(2..4, 0), (4..6, 1), (6..8, 0), (9..13, 2)]);
        assert!(overlay.read_at(12, 2).is_err() && overlay.read_at(u64::MAX, 1).is_err());
    }

    #[test]
    fn changes_are_told_from_pages_that_are_the_same() {
        let mut overlay = Overlay::new(vec![7u8; 4]);
        lay(&mut overlay, 0, &[7, 7, 8], 0);
        overlay.grow(6);
        assert!(!overlay.changes(0, 2).unwrap() && overlay.changes(0, 3).unwrap() && !overlay.changes(3, 1).unwrap());
        assert_eq!(overlay.read_at(2, 4).unwrap().as_ref(), [8, 7, 0, 0]);
        lay(&mut overlay, 5, &[0], 0);
        assert!(overlay.changes(5, 1).unwrap(), "not in the file at all");
    }

    proptest! {
        #[test]
        fn reads_as_if_written(
            base in prop::collection::vec(any::<u8>(), 0..60),
            patches in prop::collection::vec((0u8..80, prop::collection::vec(any::<u8>(), 0..30)), 0..12),
            reads in prop::collection::vec((0usize..110, 0usize..110), 1..20),
        ) {
            let mut written = base.clone();
            let mut overlay = Overlay::new(base);
            for (log, (offset, bytes)) in patches.iter().enumerate() {
                let start = usize::from(*offset);
                if !bytes.is_empty() {
                    let len = written.len().max(start + bytes.len());
                    written.resize(len, 0);
                    written[start..start + bytes.len()].copy_from_slice(bytes);
                }
                lay(&mut overlay, u64::from(*offset), bytes, log);
            }
            prop_assert_eq!(overlay.len(), wide(written.len()));
            for (offset, len) in reads {
                let read = overlay.read_at(wide(offset), len);
                match written.get(offset..offset + len) {
                    Some(expected) => {
                        let read = read.unwrap();
                        prop_assert_eq!(read.as_ref(), expected);
                    }
                    None => prop_assert!(read.is_err()),
                }
            }
        }
    }
}
