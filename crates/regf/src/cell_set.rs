//! A set of cells: one bit for each place where a cell can start.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::offset::CellOffset;

/// Cells start at multiples of this.
const STEP: u32 = 8;

/// A stretch of 32 KiB has 4096 places: 64 words of 64 bits.
const WORDS: usize = 64;

/// Cells that were met. Memory is 1/64 of the stretches of 32 KiB that were met, and 8 bytes for each up to the last.
#[derive(Clone, Debug, Default)]
pub(crate) struct CellSet {
    stretches: Vec<Option<Box<[u64; WORDS]>>>,
}

impl CellSet {
    /// Adds a cell; whether it was not there before.
    pub(crate) fn insert(&mut self, at: CellOffset) -> bool {
        let (stretch, word, bit) = split(at);
        if stretch >= self.stretches.len() {
            self.stretches.resize(stretch.saturating_add(1), None);
        }
        let Some(place) = self.stretches.get_mut(stretch) else {
            return false;
        };
        let Some(word) = place.get_or_insert_with(|| Box::new([0; WORDS])).get_mut(word) else {
            return false;
        };
        let fresh = *word & bit == 0;
        *word |= bit;
        fresh
    }

    /// The cells from `first` to `last`, in order.
    pub(crate) fn between(&self, first: CellOffset, last: CellOffset) -> impl Iterator<Item = CellOffset> + '_ {
        let start = first.get().checked_next_multiple_of(STEP).unwrap_or(u32::MAX);
        (start..=last.get())
            .step_by(usize::try_from(STEP).unwrap_or(1))
            .filter_map(CellOffset::from_field)
            .filter(|&at| self.contains(at))
    }

    /// Whether a cell is there.
    pub(crate) fn contains(&self, at: CellOffset) -> bool {
        if !at.get().is_multiple_of(STEP) {
            return false;
        }
        let (stretch, word, bit) = split(at);
        let words = self.stretches.get(stretch).and_then(Option::as_ref);
        words.and_then(|words| words.get(word)).is_some_and(|word| word & bit != 0)
    }
}

/// Stretch, word in it, bit in that.
fn split(at: CellOffset) -> (usize, usize, u64) {
    let place = at.get() >> 3;
    let [stretch, word] = [place >> 12, (place >> 6) & 63].map(|n| usize::try_from(n).unwrap_or(0));
    (stretch, word, 1u64 << (place & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_its_own() {
        let mut set = CellSet::default();
        let cell = |n: u32| CellOffset::from_field(n).unwrap();
        for at in [0, 8, 504, 512, 0x7FF8, 0x8000, 0xFFFF_FFF8] {
            assert!(!set.contains(cell(at)), "{at:#x}");
            assert!(set.insert(cell(at)), "{at:#x}");
            assert!(!set.insert(cell(at)), "{at:#x}");
            assert!(set.contains(cell(at)), "{at:#x}");
        }
    }
}
