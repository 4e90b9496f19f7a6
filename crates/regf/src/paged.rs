//! A source that is read in pages, with a bounded cache: for hives inside images, archives and network shares.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::read::{ReadAt, ReadError, wide};

/// The page size that [`Paged::new`] takes: the size of a hive bin's unit.
pub const PAGE_SIZE: usize = 4096;

/// The number of pages that [`Paged::new`] keeps: 4 MiB.
pub const MAX_PAGES: usize = 1024;

/// A plain positional reader: what [`Paged`] is put over.
pub trait ReadPages {
    /// Length in bytes.
    fn len(&self) -> u64;

    /// Whether there is no byte at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buf` with the bytes at `offset`, all or none.
    ///
    /// # Errors
    /// [`ReadError`] if the range reaches past the end or the reader fails.
    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError>;
}

impl<T: ReadPages + ?Sized> ReadPages for &T {
    fn len(&self) -> u64 {
        (**self).len()
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        (**self).read_into(offset, buf)
    }
}

impl<T: ReadPages + ?Sized> ReadPages for alloc::boxed::Box<T> {
    fn len(&self) -> u64 {
        (**self).len()
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        (**self).read_into(offset, buf)
    }
}

/// One page in the cache.
#[derive(Debug)]
struct Slot {
    page: u64,
    bytes: Vec<u8>,
    /// Second chance: the page was used since the hand last passed.
    used: bool,
}

/// The pages in memory, replaced by the clock algorithm.
#[derive(Debug, Default)]
struct Cache {
    slots: Vec<Slot>,
    index: BTreeMap<u64, usize>,
    hand: usize,
}

impl Cache {
    fn get(&mut self, page: u64) -> Option<&[u8]> {
        let slot = self.slots.get_mut(*self.index.get(&page)?)?;
        slot.used = true;
        Some(&slot.bytes)
    }

    /// A buffer for a page that is not in the cache: a new one, or that of a page that was not used of late.
    fn take_slot(&mut self, max_pages: usize) -> (usize, Vec<u8>) {
        if self.slots.len() < max_pages {
            self.slots.push(Slot { page: u64::MAX, bytes: Vec::new(), used: false });
            return (self.slots.len().saturating_sub(1), Vec::new());
        }
        // One round clears every mark, so the second one finds a page.
        for _ in 0..self.slots.len().saturating_mul(2) {
            let at = self.hand;
            self.hand = at.checked_add(1).filter(|&next| next < self.slots.len()).unwrap_or(0);
            if let Some(slot) = self.slots.get_mut(at) {
                if !slot.used {
                    self.index.remove(&slot.page);
                    slot.page = u64::MAX;
                    return (at, core::mem::take(&mut slot.bytes));
                }
                slot.used = false;
            }
        }
        (0, Vec::new())
    }

    fn put(&mut self, at: usize, page: u64, bytes: Vec<u8>) {
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = Slot { page, bytes, used: true };
            self.index.insert(page, at);
        }
    }
}

/// The lock around the cache: one of std where there is std, so that a source can be shared between threads; otherwise a
/// cell for one thread.
#[cfg(feature = "std")]
#[derive(Debug, Default)]
struct Shared(std::sync::Mutex<Cache>);

#[cfg(feature = "std")]
impl Shared {
    fn with<T>(&self, work: impl FnOnce(&mut Cache) -> T) -> T {
        // A reader that panicked has left the cache whole: a page is put in after it was read.
        work(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

#[cfg(not(feature = "std"))]
#[derive(Debug, Default)]
struct Shared(core::cell::RefCell<Cache>);

#[cfg(not(feature = "std"))]
impl Shared {
    fn with<T>(&self, work: impl FnOnce(&mut Cache) -> T) -> T {
        match self.0.try_borrow_mut() {
            Ok(mut cache) => work(&mut cache),
            // A reader that reads from its own cache: it gets an empty one.
            Err(_) => work(&mut Cache::default()),
        }
    }
}

/// A [`ReadAt`] over a plain reader: reads whole pages and keeps the last ones used.
pub struct Paged<R> {
    reader: R,
    page_size: usize,
    max_pages: usize,
    cache: Shared,
    bytes_read: AtomicUsize,
}

impl<R> fmt::Debug for Paged<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Paged");
        out.field("page_size", &self.page_size).field("max_pages", &self.max_pages).finish_non_exhaustive()
    }
}

impl<R: ReadPages> Paged<R> {
    /// Pages of [`PAGE_SIZE`], of which [`MAX_PAGES`] are kept.
    pub fn new(reader: R) -> Self {
        Self::with_cache(reader, PAGE_SIZE, MAX_PAGES)
    }

    /// Pages of `page_size` bytes, of which `max_pages` are kept; 0 counts as 1.
    pub fn with_cache(reader: R, page_size: usize, max_pages: usize) -> Self {
        Self {
            reader,
            page_size: page_size.max(1),
            max_pages: max_pages.max(1),
            cache: Shared::default(),
            bytes_read: AtomicUsize::new(0),
        }
    }

    /// Bytes taken from the reader so far.
    pub fn bytes_read(&self) -> u64 {
        wide(self.bytes_read.load(Ordering::Relaxed))
    }

    /// The reader.
    pub const fn reader(&self) -> &R {
        &self.reader
    }

    fn fetch(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        self.reader.read_into(offset, buf)?;
        self.bytes_read.fetch_add(buf.len(), Ordering::Relaxed);
        Ok(())
    }

    /// Copies the part of one page that starts at `skip` into `buf`.
    fn copy_page(&self, cache: &mut Cache, page: u64, skip: usize, buf: &mut [u8]) -> Result<(), ReadError> {
        let start = page.saturating_mul(wide(self.page_size));
        let source_len = self.reader.len();
        if cache.get(page).is_none() {
            let left = usize::try_from(source_len.saturating_sub(start)).unwrap_or(usize::MAX);
            let (slot, mut bytes) = cache.take_slot(self.max_pages);
            bytes.resize(self.page_size.min(left), 0);
            if self.fetch(start, &mut bytes).is_err() {
                // A bad sector elsewhere in the page must not hide the bytes that were asked for.
                return self.fetch(start.saturating_add(wide(skip)), buf);
            }
            cache.put(slot, page, bytes);
        }
        let cached = cache.get(page).and_then(|bytes| bytes.get(skip..skip.checked_add(buf.len())?));
        match cached {
            Some(bytes) => {
                buf.copy_from_slice(bytes);
                Ok(())
            }
            None => Err(ReadError::past_end(start.saturating_add(wide(skip)), buf.len(), source_len)),
        }
    }
}

impl<R: ReadPages> ReadAt for Paged<R> {
    fn len(&self) -> u64 {
        self.reader.len()
    }

    fn read_at(&self, offset: u64, len: usize) -> Result<Cow<'_, [u8]>, ReadError> {
        let source_len = self.reader.len();
        if offset.checked_add(wide(len)).is_none_or(|end| end > source_len) {
            return Err(ReadError::past_end(offset, len, source_len));
        }
        let mut bytes = vec![0; len];
        self.read_into(offset, &mut bytes)?;
        Ok(Cow::Owned(bytes))
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        let source_len = self.reader.len();
        if offset.checked_add(wide(buf.len())).is_none_or(|end| end > source_len) {
            return Err(ReadError::past_end(offset, buf.len(), source_len));
        }
        let page_size = wide(self.page_size);
        self.cache.with(|cache| {
            let mut at = offset;
            let mut rest = buf;
            while !rest.is_empty() {
                let page = at.checked_div(page_size).unwrap_or(0);
                let skip = usize::try_from(at.checked_rem(page_size).unwrap_or(0)).unwrap_or(0);
                let step = self.page_size.saturating_sub(skip).min(rest.len());
                let (part, more) = rest.split_at_mut_checked(step).unwrap_or_default();
                self.copy_page(cache, page, skip, part)?;
                at = at.saturating_add(wide(step));
                rest = more;
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::boxed::Box;
    use core::sync::atomic::AtomicU64;

    /// Bytes 0, 1, 2 …, with one byte that cannot be read.
    struct Reader {
        len: usize,
        bad: Option<u64>,
        reads: AtomicU64,
    }

    impl Reader {
        fn new(len: usize, bad: Option<u64>) -> Self {
            Self { len, bad, reads: AtomicU64::new(0) }
        }
    }

    impl ReadPages for Reader {
        fn len(&self) -> u64 {
            wide(self.len)
        }

        fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
            self.reads.fetch_add(1, Ordering::Relaxed);
            let end = offset + wide(buf.len());
            if self.bad.is_some_and(|bad| (offset..end).contains(&bad)) {
                return Err(ReadError::source(offset, buf.len(), "bad sector"));
            }
            for (at, byte) in (offset..).zip(buf) {
                *byte = u8::try_from(at % 251).unwrap();
            }
            Ok(())
        }
    }

    fn expected(offset: u64, len: usize) -> Vec<u8> {
        (offset..).take(len).map(|at| u8::try_from(at % 251).unwrap()).collect()
    }

    #[test]
    fn reads_across_pages_and_at_the_end() {
        for (page_size, max_pages) in [(1, 1), (7, 1), (7, 3), (64, 2), (4096, 8), (0, 0)] {
            let paged = Paged::with_cache(Reader::new(1000, None), page_size, max_pages);
            for (offset, len) in [(0, 0), (0, 1), (6, 2), (13, 100), (0, 1000), (999, 1), (1000, 0), (500, 500)] {
                assert_eq!(paged.read_at(offset, len).unwrap(), expected(offset, len), "{page_size} {offset} {len}");
            }
            for (offset, len) in [(1000, 1), (0, 1001), (u64::MAX, 1), (1, usize::MAX)] {
                assert!(matches!(paged.read_at(offset, len), Err(ReadError { .. })), "{offset} {len}");
            }
        }
    }

    #[test]
    fn the_cache_is_used_and_bounded() {
        let paged = Paged::with_cache(Reader::new(1 << 20, None), 4096, 2);
        for _ in 0..10 {
            paged.read_at(10, 100).unwrap();
            paged.read_at(5000, 100).unwrap();
        }
        assert_eq!(paged.bytes_read(), 8192);
        paged.read_at(20_000, 1).unwrap();
        paged.read_at(10, 1).unwrap();
        paged.read_at(5000, 1).unwrap();
        assert!(paged.bytes_read() > 12_288, "a third page has driven one out");
        assert!(paged.cache.with(|cache| cache.slots.len()) <= 2);
    }

    #[test]
    fn a_bad_sector_hides_only_itself() {
        let paged = Paged::with_cache(Reader::new(4096, Some(700)), 1024, 4);
        assert_eq!(paged.read_at(0, 700).unwrap(), expected(0, 700));
        assert_eq!(paged.read_at(701, 2000).unwrap(), expected(701, 2000));
        assert!(matches!(paged.read_at(690, 20), Err(ReadError { .. })));
        assert_eq!(paged.read_at(2048, 10).unwrap(), expected(2048, 10));
    }

    #[cfg(feature = "std")]
    #[test]
    fn can_be_shared_as_a_trait_object() {
        let shared: Box<dyn ReadAt + Send + Sync> = Box::new(Paged::new(Reader::new(9000, None)));
        std::thread::scope(|scope| {
            for start in 0..4 {
                let shared = &shared;
                scope.spawn(move || {
                    assert_eq!(shared.read_at(start * 2000, 1500).unwrap(), expected(start * 2000, 1500))
                });
            }
        });
    }
}
