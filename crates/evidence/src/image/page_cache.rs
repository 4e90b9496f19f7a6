//! Keeps the pages of the volumes' structures, so that the way down the same directories is read once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use hivekey_read_at::{ReadAt, ReadError, check_range};

/// Bytes of a page: a cluster and an index block of nearly every volume.
const PAGE: u64 = 4096;

/// Reads longer than this are content, and pass.
const LONGEST_KEPT_READ: usize = 16 << 10;

/// Pages that are kept for all volumes of an image together: 4 MiB.
const KEPT_PAGES: usize = 1024;

/// A page, by the number of its volume and its own.
type PageKey = (u32, u64);

/// The pages of all volumes of one image. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Pages(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    /// How many volumes share the pages.
    volumes: u32,
    by_key: HashMap<PageKey, Arc<[u8]>>,
    order: VecDeque<PageKey>,
}

impl Pages {
    /// A volume whose pages are kept here.
    pub(super) fn of<D: ReadAt>(&self, device: D) -> PageCache<D> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.volumes = kept.volumes.wrapping_add(1);
        PageCache { device, number: kept.volumes, pages: self.clone() }
    }

    fn get(&self, key: PageKey) -> Option<Arc<[u8]>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by_key.get(&key).map(Arc::clone)
    }

    fn put(&self, key: PageKey, page: Arc<[u8]>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.order.len() >= KEPT_PAGES
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.by_key.remove(&oldest);
        }
        if kept.by_key.insert(key, page).is_none() {
            kept.order.push_back(key);
        }
    }
}

/// A volume whose pages are kept.
pub(super) struct PageCache<D> {
    device: D,
    number: u32,
    pages: Pages,
}

impl<D: ReadAt> PageCache<D> {
    fn page(&self, index: u64) -> Result<Arc<[u8]>, ReadError> {
        let key = (self.number, index);
        if let Some(page) = self.pages.get(key) {
            return Ok(page);
        }
        let start = index.saturating_mul(PAGE);
        let len = PAGE.min(self.device.len().saturating_sub(start));
        let mut page = vec![0u8; usize::try_from(len).unwrap_or(0)];
        self.device.read_into(start, &mut page)?;
        let page: Arc<[u8]> = page.into();
        self.pages.put(key, Arc::clone(&page));
        Ok(page)
    }

    /// Fills `buf` from pages. `None` if one of them cannot be had as a whole.
    fn take_pages(&self, offset: u64, buf: &mut [u8]) -> Option<()> {
        let mut at = offset;
        let mut rest = buf;
        while !rest.is_empty() {
            let page = self.page(at / PAGE).ok()?;
            let part = page.get(usize::try_from(at % PAGE).ok()?..)?;
            let count = part.len().min(rest.len());
            if count == 0 {
                return None;
            }
            let (now, later) = rest.split_at_mut_checked(count)?;
            now.copy_from_slice(part.get(..count)?);
            at = at.checked_add(u64::try_from(count).ok()?)?;
            rest = later;
        }
        Some(())
    }
}

impl<D: ReadAt> ReadAt for PageCache<D> {
    fn len(&self) -> u64 {
        self.device.len()
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.len())?;
        if buf.len() <= LONGEST_KEPT_READ && self.take_pages(offset, buf).is_some() {
            return Ok(());
        }
        // Beside an unreadable sector these very bytes may still be had, and the error is then theirs.
        self.device.read_into(offset, buf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Counts the reads, and cannot read the byte `bad`.
    struct Disk {
        bytes: Vec<u8>,
        bad: u64,
        reads: AtomicUsize,
    }

    impl ReadAt for Disk {
        fn len(&self) -> u64 {
            ReadAt::len(&self.bytes)
        }
        fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
            self.reads.fetch_add(1, Ordering::Relaxed);
            if (offset..offset + u64::try_from(buf.len()).unwrap()).contains(&self.bad) {
                return Err(ReadError::io(offset, buf.len(), std::io::Error::other("bad sector")));
            }
            self.bytes.read_into(offset, buf)
        }
    }

    fn disk(len: usize, bad: u64) -> PageCache<Disk> {
        let bytes = (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect();
        Pages::default().of(Disk { bytes, bad, reads: AtomicUsize::new(0) })
    }

    #[test]
    fn every_read_gives_the_bytes_of_the_disk() {
        let cache = disk(3 * 4096 + 100, u64::MAX);
        for (offset, len) in [(0, 0), (0, 1), (4095, 2), (4096, 4096), (0, 12388), (12288, 100), (12387, 1), (12388, 0)]
        {
            let mut buf = vec![0u8; len];
            cache.read_into(offset, &mut buf).unwrap();
            let start = usize::try_from(offset).unwrap();
            assert_eq!(buf, cache.device.bytes[start..start + len]);
        }
        assert_eq!(cache.device.reads.load(Ordering::Relaxed), 4);
        assert!(cache.read_into(12388, &mut [0]).is_err());
        assert!(cache.read_into(u64::MAX, &mut [0]).is_err());
    }

    #[test]
    fn a_bad_sector_spoils_only_what_it_holds() {
        let cache = disk(2 * 4096, 5000);
        assert!(cache.read_into(4096, &mut [0; 512]).is_ok());
        assert!(cache.read_into(4900, &mut [0; 512]).is_err());
        assert!(cache.read_into(0, &mut [0; 4096]).is_ok());
    }

    #[test]
    fn few_pages_are_kept_and_long_reads_pass() {
        let cache = disk((KEPT_PAGES + 8) * 4096, u64::MAX);
        for page in 0..u64::try_from(KEPT_PAGES + 8).unwrap() {
            cache.read_into(page * PAGE, &mut [0]).unwrap();
        }
        cache.read_into(0, &mut vec![0; LONGEST_KEPT_READ + 1]).unwrap();
        let kept = cache.pages.0.lock().unwrap();
        assert_eq!((kept.by_key.len(), kept.order.len()), (KEPT_PAGES, KEPT_PAGES));
    }
}
