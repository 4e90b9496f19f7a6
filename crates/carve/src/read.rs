//! Reading around what cannot be read.
//!
//! A read that fails is repeated in smaller pieces, down to a sector. Sectors that still fail are taken for zeros and listed.

use std::io;
use std::ops::Range;

use crate::control::Control;
use crate::cut::SECTOR;
use crate::numbers::{to_u64, to_usize};
use crate::result::BadRange;
use crate::source::RawSource;

/// Sizes of the pieces, each a part of the one before: large ones first, as most of a failing disk can be read.
const GRAINS: [u64; 3] = [64 << 10, 4096, SECTOR];

/// How often a read may be interrupted by a signal before that counts as an error.
const MAX_INTERRUPTIONS: u32 = 100;

/// Why fewer bytes came than were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// All came.
    None,
    /// The source is at its end.
    End,
    /// The sweep was cancelled.
    Cancelled,
}

/// A source together with what could not be read of it.
pub(crate) struct Reader<'a, S: ?Sized> {
    pub(crate) source: &'a S,
    pub(crate) control: Control<'a>,
    pub(crate) bad: Vec<BadRange>,
}

impl<S: RawSource + ?Sized> Reader<'_, S> {
    /// Fills `buf` from `offset` on. Returns the number of bytes that are there, unreadable ones included.
    pub(crate) fn fill(&mut self, offset: u64, buf: &mut [u8]) -> (usize, Stop) {
        self.fill_by(&GRAINS, offset, buf)
    }

    fn fill_by(&mut self, grains: &[u64], offset: u64, buf: &mut [u8]) -> (usize, Stop) {
        let mut done = 0_usize;
        while let Some(rest) = buf.get_mut(done..).filter(|rest| !rest.is_empty()) {
            if self.control.cancelled() {
                return (done, Stop::Cancelled);
            }
            let here = offset.saturating_add(to_u64(done));
            match read_once(self.source, here, rest) {
                Ok(0) => return (done, Stop::End),
                Ok(count) => done = done.saturating_add(count),
                Err(error) => {
                    let (count, stop) = self.salvage(grains, here, rest, error.kind());
                    done = done.saturating_add(count);
                    if stop != Stop::None {
                        return (done, stop);
                    }
                }
            }
        }
        (done, Stop::None)
    }

    /// Reads in pieces of the first grain what could not be read as a whole, and gives it up when there is no finer grain.
    fn salvage(&mut self, grains: &[u64], offset: u64, buf: &mut [u8], kind: io::ErrorKind) -> (usize, Stop) {
        let Some((&grain, finer)) = grains.split_first() else {
            buf.fill(0);
            let end = offset.saturating_add(to_u64(buf.len()));
            note(&mut self.bad, offset..end, kind);
            return (buf.len(), Stop::None);
        };
        let mut done = 0_usize;
        while let Some(rest) = buf.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let here = offset.saturating_add(to_u64(done));
            let past = here.checked_rem(grain).unwrap_or(0);
            let length = to_usize(grain.saturating_sub(past)).min(rest.len());
            let piece = rest.get_mut(..length).unwrap_or_default();
            let (count, stop) = self.fill_by(finer, here, piece);
            done = done.saturating_add(count);
            if stop != Stop::None {
                return (done, stop);
            }
        }
        (done, Stop::None)
    }
}

/// One read, repeated when a signal interrupts it.
fn read_once<S: RawSource + ?Sized>(source: &S, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
    for _ in 0..MAX_INTERRUPTIONS {
        match source.read_at(offset, buf) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // A source that claims more than it was given room for is not believed.
            other => return other.map(|count| count.min(buf.len())),
        }
    }
    Err(io::ErrorKind::Interrupted.into())
}

/// Adds a range to a list in order of offset.
pub(crate) fn note(bad: &mut Vec<BadRange>, range: Range<u64>, kind: io::ErrorKind) {
    match bad.last_mut() {
        Some(last) if last.range.end == range.start && last.kind == kind => {
            last.range.end = range.end;
        }
        _ => bad.push(BadRange { range, kind }),
    }
}
