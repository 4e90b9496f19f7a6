//! The bytes that are looked at: a buffer that moves over the source.
//!
//! A structure belongs to the position at which it begins. A position is looked at once, when [`OVERLAP`] bytes behind it are in the
//! buffer or the source ends before; until then it stays in the buffer. So a structure is found once, wherever
//! one read ends and the next begins.

use std::ops::Range;

use crate::filter::PADDING;
use crate::findings::HitKind;
use crate::numbers::to_u64;

/// Bytes behind a position that the longest structure needs, rounded up to sectors.
pub(crate) const OVERLAP: usize = 1536;

const _: () = assert!(OVERLAP >= HitKind::Dpid4.length());
const _: () = assert!(OVERLAP >= crate::base_block::HEAD);

pub(crate) struct Window {
    bytes: Vec<u8>,
    /// Offset of the first byte.
    base: u64,
    /// How many bytes are there.
    have: usize,
    /// Bytes read at once.
    step: usize,
}

impl Window {
    pub(crate) fn new(step: usize) -> Self {
        let length = step.saturating_add(OVERLAP).saturating_add(PADDING);
        Self { bytes: vec![0; length], base: 0, have: 0, step }
    }

    /// Drops everything and goes to `base`.
    pub(crate) fn restart(&mut self, base: u64) {
        self.base = base;
        self.have = 0;
    }

    /// Where the next byte to be read lies in the source.
    pub(crate) fn read_offset(&self) -> u64 {
        self.base.saturating_add(to_u64(self.have))
    }

    /// The room for the next read.
    pub(crate) fn room(&mut self, wanted: usize) -> &mut [u8] {
        let end = self.have.saturating_add(wanted.min(self.step));
        self.bytes.get_mut(self.have..end).unwrap_or_default()
    }

    /// Takes `count` bytes of the room as read and clears the padding behind them.
    pub(crate) fn add(&mut self, count: usize) {
        self.have = self.have.saturating_add(count).min(self.bytes.len());
        let end = self.have.saturating_add(PADDING);
        if let Some(padding) = self.bytes.get_mut(self.have..end) {
            padding.fill(0);
        }
    }

    /// Positions that may be looked at now, of those before `end`: all of them when nothing more `is_due`.
    pub(crate) fn ready(&self, end: u64, is_due: bool) -> Range<usize> {
        let owned = crate::numbers::to_usize(end.saturating_sub(self.base));
        let complete = match is_due {
            true => self.have.saturating_sub(OVERLAP),
            false => self.have,
        };
        0..complete.min(owned)
    }

    /// Forgets the first `count` positions.
    pub(crate) fn advance(&mut self, count: usize) {
        let count = count.min(self.have);
        self.bytes.copy_within(count..self.have, 0);
        self.base = self.base.saturating_add(to_u64(count));
        self.have = self.have.saturating_sub(count);
    }

    pub(crate) fn view(&self) -> View<'_> {
        View { padded: &self.bytes, have: self.have, base: self.base }
    }
}

/// The content of a window.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    padded: &'a [u8],
    have: usize,
    base: u64,
}

impl<'a> View<'a> {
    /// The bytes and, behind them, padding and whatever a read before left.
    pub(crate) const fn padded(&self) -> &'a [u8] {
        self.padded
    }

    /// The bytes from a position on.
    pub(crate) fn from(&self, at: usize) -> &'a [u8] {
        self.padded.get(at..self.have).unwrap_or_default()
    }

    /// Offset of a position in the source.
    pub(crate) fn offset(&self, at: usize) -> u64 {
        self.base.saturating_add(to_u64(at))
    }
}
