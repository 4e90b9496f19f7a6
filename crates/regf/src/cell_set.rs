//! A set of cells: one bit for each place where a cell can start.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;

use crate::offset::CellOffset;

/// Cells start at multiples of 8, so a stretch of 32 KiB has 4096 places: 64 words of 64 bits.
const WORDS: usize = 64;

/// Cells that were met. Memory is 1/64 of the parts of the hive that were met, in stretches of 32 KiB.
#[derive(Clone, Debug, Default)]
pub(crate) struct CellSet {
    stretches: BTreeMap<u32, Box<[u64; WORDS]>>,
}

impl CellSet {
    /// Adds a cell; whether it was not there before.
    pub(crate) fn insert(&mut self, at: CellOffset) -> bool {
        let (stretch, word, bit) = split(at);
        let words = self
            .stretches
            .entry(stretch)
            .or_insert_with(|| Box::new([0; WORDS]));
        let Some(word) = words.get_mut(word) else {
            return false;
        };
        let fresh = *word & bit == 0;
        *word |= bit;
        fresh
    }
}

fn split(at: CellOffset) -> (u32, usize, u64) {
    let place = at.get() >> 3;
    let word = usize::try_from((place >> 6) & 63).unwrap_or(0);
    (place >> 12, word, 1u64 << (place & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_is_its_own() {
        let mut set = CellSet::default();
        let cell = |n: u32| CellOffset::from_field(n).unwrap();
        for at in [0, 8, 504, 512, 0x7FF8, 0x8000, 0xFFFF_FFF8] {
            assert!(set.insert(cell(at)), "{at:#x}");
            assert!(!set.insert(cell(at)), "{at:#x}");
        }
    }
}
