//! A file with some of its bytes replaced in memory: what a log that was never applied would have written.

use std::collections::BTreeMap;
use std::sync::Arc;

use hivekey_read_at::{ReadAt, ReadError, check_range, narrow, wide};

use crate::read::part;

/// What stands in place of the file's bytes.
#[derive(Clone, Debug)]
enum Patch {
    Zeros,
    /// These bytes, from `skip` on.
    Bytes {
        bytes: Arc<[u8]>,
        skip: u64,
    },
}

impl Patch {
    /// The same without its first `count` bytes.
    fn skipping(&self, count: u64) -> Self {
        match self {
            Self::Zeros => Self::Zeros,
            Self::Bytes { bytes, skip } => Self::Bytes { bytes: Arc::clone(bytes), skip: skip.saturating_add(count) },
        }
    }
}

/// The replaced ranges of a file, which do not overlap: start, end, content.
#[derive(Debug, Default)]
pub(crate) struct Patches {
    ranges: BTreeMap<u64, (u64, Patch)>,
}

impl Patches {
    /// How many ranges there are.
    pub(crate) fn count(&self) -> usize {
        self.ranges.len()
    }

    /// Puts `bytes` at `start`, over what was put there before.
    pub(crate) fn put(&mut self, start: u64, bytes: &[u8]) {
        self.insert(start, wide(bytes.len()), Patch::Bytes { bytes: bytes.into(), skip: 0 });
    }

    /// Puts `length` zeros at `start`.
    pub(crate) fn clear(&mut self, start: u64, length: u64) {
        self.insert(start, length, Patch::Zeros);
    }

    fn insert(&mut self, start: u64, length: u64, patch: Patch) {
        let end = start.saturating_add(length);
        if end <= start {
            return;
        }
        // What reaches in from the left is cut there, and goes on behind the new range if it is longer.
        let left =
            self.ranges.range(..start).next_back().map(|(at, (left_end, patch))| (*at, *left_end, patch.clone()));
        if let Some((at, left_end, patch)) = left
            && left_end > start
        {
            if left_end > end {
                self.ranges.insert(end, (left_end, patch.skipping(end.saturating_sub(at))));
            }
            self.ranges.insert(at, (start, patch));
        }
        let covered: Vec<u64> = self.ranges.range(start..end).map(|(at, _)| *at).collect();
        for at in covered {
            if let Some((old_end, patch)) = self.ranges.remove(&at)
                && old_end > end
            {
                self.ranges.insert(end, (old_end, patch.skipping(end.saturating_sub(at))));
            }
        }
        self.ranges.insert(start, (end, patch));
    }

    fn end(&self) -> u64 {
        self.ranges.last_key_value().map_or(0, |(_, (end, _))| *end)
    }
}

/// A file with its patches.
pub(crate) struct Patched {
    file: Arc<dyn ReadAt>,
    patches: Patches,
    len: u64,
}

impl Patched {
    /// `file` with `patches` over it. It ends where the file or the last patch ends; what lies between the two is not there.
    pub(crate) fn new(file: Arc<dyn ReadAt>, patches: Patches) -> Self {
        let len = file.len().max(patches.end());
        Self { file, patches, len }
    }
}

impl ReadAt for Patched {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.len)?;
        let (mut at, mut rest) = (offset, buf);
        while !rest.is_empty() {
            let here = self.patches.ranges.range(..=at).next_back().filter(|(_, (end, _))| *end > at);
            let until = match here {
                Some((_, (end, _))) => *end,
                None => self.patches.ranges.range(at..).next().map_or(u64::MAX, |(start, _)| *start),
            };
            let take = narrow(until.saturating_sub(at)).min(rest.len());
            let Some((now, later)) = rest.split_at_mut_checked(take) else { break };
            match here {
                None => self.file.read_into(at, now)?,
                Some((_, (_, Patch::Zeros))) => now.fill(0),
                Some((start, (_, Patch::Bytes { bytes, skip }))) => {
                    let from = narrow(skip.saturating_add(at.saturating_sub(*start)));
                    match part(bytes, from, now.len()) {
                        Some(bytes) => now.copy_from_slice(bytes),
                        None => self.file.read_into(at, now)?,
                    }
                }
            }
            at = at.saturating_add(wide(take));
            rest = later;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn patches_are_as_if_written(
            writes in prop::collection::vec((0usize..60, 1usize..30, prop::option::of(1u8..)), 0..12),
            from in 0usize..50,
        ) {
            let mut expected = vec![0xEEu8; 50];
            let mut patches = Patches::default();
            let mut reach = 50;
            for (start, length, value) in writes {
                let end = start + length;
                if expected.len() < end {
                    expected.resize(end, 0xAA);
                }
                reach = reach.max(end);
                match value {
                    Some(value) => {
                        let bytes: Vec<u8> = (0..length).map(|at| value.wrapping_add(u8::try_from(at).unwrap())).collect();
                        expected[start..end].copy_from_slice(&bytes);
                        patches.put(wide(start), &bytes);
                    }
                    None => {
                        expected[start..end].fill(0);
                        patches.clear(wide(start), wide(length));
                    }
                }
            }
            let patched = Patched::new(Arc::new(vec![0xEEu8; 50]), patches);
            prop_assert_eq!(patched.len(), wide(reach));
            // Past the file's end there may be gaps between the patches, which cannot be read.
            let mut buf = vec![0u8; 50 - from];
            patched.read_into(wide(from), &mut buf).unwrap();
            prop_assert_eq!(&buf, &expected[from..50]);
        }
    }

    #[test]
    fn a_gap_past_the_end_cannot_be_read() {
        let mut patches = Patches::default();
        patches.put(8, &[1, 2]);
        patches.put(u64::MAX, &[1, 2]);
        patches.clear(4, 0);
        assert_eq!(patches.count(), 1);
        let patched = Patched::new(Arc::new(vec![9u8; 4]), patches);
        assert_eq!(patched.len(), 10);
        let mut buf = [0u8; 2];
        patched.read_into(8, &mut buf).unwrap();
        assert_eq!(buf, [1, 2]);
        assert!(patched.read_into(7, &mut buf).is_err());
    }
}
