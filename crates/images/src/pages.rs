//! The tables of an image, read by pages as they are needed. A table is never read whole: a bounded number of pages is kept.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use hivekey_read_at::{ReadAt, narrow, wide};

use crate::error::{Error, Structure};
use crate::limits::Limits;
use crate::offset::{Blocks, FileOffset};
use crate::read::{array, read_array, read_exact};

/// Pages of a table that [`Pages::highest`] looks at.
const LOOKED_AT: usize = 16;

/// A cache of the pages of one file that hold tables.
pub(crate) struct Pages {
    file: Arc<dyn ReadAt>,
    blocks: Blocks,
    cache: Mutex<Cache>,
}

/// The pages that are kept, and the order in which they came.
struct Cache {
    pages: HashMap<u64, Arc<[u8]>>,
    order: VecDeque<u64>,
    limit: usize,
}

impl Cache {
    fn insert(&mut self, index: u64, page: Arc<[u8]>) {
        while self.order.len() >= self.limit.max(1) {
            let Some(oldest) = self.order.pop_front() else { break };
            self.pages.remove(&oldest);
        }
        if self.pages.insert(index, page).is_none() {
            self.order.push_back(index);
        }
    }
}

impl Pages {
    /// Pages of `file`.
    pub(crate) fn new(file: Arc<dyn ReadAt>, limits: &Limits) -> Self {
        let cache = Cache { pages: HashMap::new(), order: VecDeque::new(), limit: limits.cached_table_pages };
        Self { file, blocks: Blocks::PAGES, cache: Mutex::new(cache) }
    }

    /// The file itself.
    pub(crate) fn file(&self) -> &Arc<dyn ReadAt> {
        &self.file
    }

    /// The bytes from `at` to the end of its page or of the file; at least one.
    pub(crate) fn rest_of_page(&self, structure: Structure, at: FileOffset) -> Result<Rest, Error> {
        let within = narrow(self.blocks.within(at.get()));
        let page = self.page(structure, at)?;
        if within < <[u8]>::len(&page) {
            return Ok(Rest { page, within });
        }
        Err(Error::Truncated { structure, offset: at, needed: 1, available: 0 })
    }

    fn page(&self, structure: Structure, at: FileOffset) -> Result<Arc<[u8]>, Error> {
        let index = self.blocks.index(at.get());
        if let Some(page) = self.cache.lock().unwrap_or_else(PoisonError::into_inner).pages.get(&index) {
            return Ok(Arc::clone(page));
        }
        let start = at.get().saturating_sub(self.blocks.within(at.get()));
        let there = self.file.len().saturating_sub(start).min(self.blocks.size());
        if there == 0 {
            return Err(Error::Truncated { structure, offset: at, needed: 1, available: 0 });
        }
        let mut bytes = vec![0; narrow(there)];
        read_exact(&self.file, structure, FileOffset(start), &mut bytes)?;
        let page: Arc<[u8]> = bytes.into();
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).insert(index, Arc::clone(&page));
        Ok(page)
    }

    /// `N` bytes of `structure` at `at`.
    pub(crate) fn array<const N: usize>(&self, structure: Structure, at: FileOffset) -> Result<[u8; N], Error> {
        if at.get() >= self.file.len() {
            return Err(Error::Truncated { structure, offset: at, needed: wide(N), available: 0 });
        }
        let page = self.page(structure, at)?;
        match array(&page, narrow(self.blocks.within(at.get()))) {
            Some(bytes) => Ok(bytes),
            // Over the edge of a page, which only odd table positions reach, or past the end of the file.
            None => read_array(&self.file, structure, at),
        }
    }
}

impl Pages {
    /// How many entries of `N` bytes from `at` on are like the first, up to the end of the page; at least one. So holes are
    /// passed over at once.
    pub(crate) fn repeats<const N: usize>(&self, structure: Structure, at: FileOffset) -> u64 {
        let Ok(rest) = self.rest_of_page(structure, at) else { return 1 };
        let mut entries = rest.bytes().as_chunks::<N>().0.iter();
        let Some(first) = entries.next() else { return 1 };
        wide(entries.take_while(|entry| *entry == first).count()).saturating_add(1)
    }
}

impl Pages {
    /// The highest of what `end` makes of each entry of `N` bytes and its number, of the first pages of the table at `table`. If the
    /// file ends before these, the end that they have.
    pub(crate) fn highest<const N: usize>(
        &self,
        structure: Structure,
        table: FileOffset,
        entries: u64,
        mut end: impl FnMut(u64, [u8; N]) -> u64,
    ) -> u64 {
        let size = wide(N);
        let (mut highest, mut number) = (0, 0u64);
        for _ in 0..LOOKED_AT {
            let at = table.plus(number.saturating_mul(size));
            if number >= entries {
                break;
            }
            let Ok(rest) = self.rest_of_page(structure, at) else { return at.plus(size).get().max(highest) };
            let (whole, left) = rest.bytes().as_chunks::<N>();
            // An entry over the edge of a page, which no table of an honest image has.
            if whole.is_empty() && !left.is_empty() {
                break;
            }
            for entry in whole.iter().take(narrow(entries.saturating_sub(number))) {
                highest = highest.max(end(number, *entry));
                number = number.saturating_add(1);
            }
        }
        highest
    }
}

/// The bytes of a page from some position on.
pub(crate) struct Rest {
    page: Arc<[u8]>,
    within: usize,
}

impl Rest {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.page.get(self.within..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(len: usize, limit: usize) -> Pages {
        let bytes: Vec<u8> = (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let limits = Limits { cached_table_pages: limit, ..Limits::DEFAULT };
        Pages::new(Arc::new(bytes), &limits)
    }

    #[test]
    fn arrays_inside_and_across_pages() {
        let pages = pages(10_000, 2);
        for at in [0u64, 4092, 4093, 8190, 9996, 1, 5000] {
            let expected: Vec<u8> = (at..at + 4).map(|at| u8::try_from(at % 251).unwrap()).collect();
            assert_eq!(pages.array::<4>(Structure::VhdBlockTable, FileOffset(at)).unwrap(), *expected);
        }
        assert!(pages.array::<4>(Structure::VhdBlockTable, FileOffset(9997)).is_err());
        for at in [10_000, 20_000] {
            let error = pages.array::<4>(Structure::VhdBlockTable, FileOffset(at)).unwrap_err();
            assert!(matches!(error, Error::Truncated { needed: 4, available: 0, .. }), "{error}");
        }
        assert!(pages.array::<4>(Structure::VhdBlockTable, FileOffset(u64::MAX)).is_err());
        assert!(pages.cache.lock().unwrap().pages.len() <= 2);
    }

    #[test]
    fn entries_repeat_up_to_the_end_of_the_page() {
        let mut bytes = vec![0u8; 10_000];
        bytes[400] = 1;
        let pages = Pages::new(Arc::new(bytes), &Limits::DEFAULT);
        let count = |at| pages.repeats::<4>(Structure::VhdBlockTable, FileOffset(at));
        assert_eq!((count(0), count(4), count(400), count(404)), (100, 99, 1, (4096 - 404) / 4));
        assert_eq!((count(4094), count(9996), count(9998), count(u64::MAX)), (1, 1, 1, 1));
    }

    #[test]
    fn rests_end_with_the_page_or_the_file() {
        let pages = pages(5000, 8);
        let rest = |at| pages.rest_of_page(Structure::VhdBlockTable, FileOffset(at)).map(|rest| rest.bytes().len());
        assert_eq!(rest(0).unwrap(), 4096);
        assert_eq!(rest(4095).unwrap(), 1);
        assert_eq!(rest(4096).unwrap(), 904);
        assert!(rest(5000).is_err() && rest(u64::MAX).is_err());
    }
}
