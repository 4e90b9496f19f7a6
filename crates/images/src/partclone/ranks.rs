//! How many used blocks lie before a block: counted page by page of the bitmap, as far as it was needed, and kept.

use std::sync::{Arc, Mutex, PoisonError};

use hivekey_read_at::{ReadAt, narrow};

use crate::error::{Error, Structure};
use crate::offset::{Blocks, FileOffset};
use crate::read::{part, read_vec};

/// The ones of a bitmap in a file.
pub(super) struct Ranks {
    file: Arc<dyn ReadAt>,
    start: FileOffset,
    length: u64,
    /// Ones before each page of the bitmap; the first is 0.
    before: Mutex<Vec<u64>>,
}

/// The ones in `bytes`.
fn ones(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, byte| sum.saturating_add(u64::from(byte.count_ones())))
}

impl Ranks {
    /// Of the bitmap of `length` bytes at `start`.
    pub(super) fn new(file: Arc<dyn ReadAt>, start: FileOffset, length: u64) -> Self {
        Self { file, start, length, before: Mutex::new(vec![0]) }
    }

    fn page(&self, index: u64) -> Result<Vec<u8>, Error> {
        let at = index.saturating_mul(Blocks::PAGES.size());
        let length = self.length.saturating_sub(at).min(Blocks::PAGES.size());
        read_vec(&*self.file, Structure::PartcloneBitmap, self.start.plus(at), narrow(length))
    }

    /// Ones before bit `bit`.
    pub(super) fn before(&self, bit: u64) -> Result<u64, Error> {
        let index = Blocks::PAGES.index(bit / 8);
        let mut sum = {
            let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
            // Each page that is counted is a page of the file: the list cannot outgrow it.
            while before.len() <= narrow(index) {
                let last = before.last().copied().unwrap_or(0);
                let counted = u64::try_from(before.len()).unwrap_or(u64::MAX).saturating_sub(1);
                before.push(last.saturating_add(ones(&self.page(counted)?)));
            }
            before.get(narrow(index)).copied().unwrap_or(0)
        };
        let page = self.page(index)?;
        let byte = narrow(Blocks::PAGES.within(bit / 8));
        sum = sum.saturating_add(ones(part(&page, 0, byte).unwrap_or(&page)));
        let mask = 1u8.checked_shl(u32::try_from(bit % 8).unwrap_or(0)).unwrap_or(0).saturating_sub(1);
        let last = page.get(byte).copied().unwrap_or(0) & mask;
        Ok(sum.saturating_add(u64::from(last.count_ones())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ranks_are_those_of_the_naive_count(seed in prop::collection::vec(any::<u8>(), 1..40), bits in prop::collection::vec(0u64..100_000, 1..8)) {
            let bitmap: Vec<u8> = seed.iter().copied().cycle().take(12_500).collect();
            let mut file = vec![0xFFu8; 110];
            file.extend_from_slice(&bitmap);
            let ranks = Ranks::new(Arc::new(file), FileOffset(110), 12_500);
            for bit in bits {
                let naive = (0..bit).filter(|at| bitmap[narrow(at / 8)] >> (at % 8) & 1 == 1).count();
                prop_assert_eq!(ranks.before(bit).unwrap(), u64::try_from(naive).unwrap());
            }
        }
    }

    #[test]
    fn a_bitmap_that_is_cut_off() {
        let ranks = Ranks::new(Arc::new(vec![0xFFu8; 200]), FileOffset(110), 1 << 40);
        assert!(ranks.before(0).is_err());
        assert!(ranks.before(1 << 42).is_err());
    }
}
