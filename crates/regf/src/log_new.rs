//! Transaction logs of the new format (Windows 8.1 and later): entries of whole pages, each with its hashes.
//!
//! Entries start at 512, one behind the other, each at a multiple of 512:
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | signature | `HvLE` |
//! | 4 | 4 | size | bytes of the entry, a multiple of 512 |
//! | 8 | 4 | flags | bit 0 is copied to that of the base block |
//! | 12 | 4 | sequence number | one more than that of the entry before; the first has that of the log |
//! | 16 | 4 | hive bins size | bytes of the hive bins once the entry is applied |
//! | 20 | 4 | number of pages | |
//! | 24 | 8 | hash-1 | Marvin32 of bytes 40 to the end of the entry |
//! | 32 | 8 | hash-2 | Marvin32 of bytes 0 to 31 |
//! | 40 | 8 × n | page references | 4 bytes: offset from the first bin; 4 bytes: size |
//! | … | … | pages | one behind the other, without gaps |
//!
//! What follows the last entry is a remnant of an earlier use of the file.
//!
//! Source: M. Suhanov, "Windows registry file format specification", new format.

use alloc::sync::Arc;
use core::ops::Range;

use crate::base_block::HEAD_LEN;
use crate::log::{EntryFault, Refusal};
use crate::marvin;
use crate::offset::FileOffset;
use crate::read::{ReadAt, array, u32_at, wide};

const HEADER_LEN: usize = 40;
const SIGNATURE: [u8; 4] = *b"HvLE";
const REFERENCE_LEN: usize = 8;
/// Entries lie at multiples of this.
const SECTOR: u32 = 512;
/// Hive bins are a multiple of this.
const BIN_UNIT: u32 = 4096;

/// An entry that passed all checks.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) sequence: u32,
    pub(crate) flags: u32,
    pub(crate) bins_size: u32,
    /// All bytes of the entry.
    pub(crate) bytes: Arc<[u8]>,
    pages: u32,
}

/// A page of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// Its place, from the first bin.
    pub(crate) offset: u32,
    /// Where its bytes are in the entry.
    pub(crate) bytes: Range<u64>,
}

impl Entry {
    /// Reads the entry at `at` of a log, which must have the number `expected`. `None` at the end of the log.
    pub(crate) fn read<L: ReadAt>(log: &L, at: u64, expected: u32) -> Option<Result<Self, Refusal>> {
        let left = log.len().saturating_sub(at);
        if left < wide(HEADER_LEN) {
            return None;
        }
        let refuse = |fault| Refusal::Entry { offset: FileOffset(at), fault };
        let mut header = [0u8; HEADER_LEN];
        if let Err(error) = log.read_into(at, &mut header) {
            return Some(Err(error.into()));
        }
        Some(Header::parse(&header, left, expected).map_err(refuse).and_then(|header| {
            let bytes = log.read_at(at, usize::try_from(header.size).unwrap_or(usize::MAX))?;
            Self::check(&header, Arc::from(bytes.as_ref())).map_err(refuse)
        }))
    }

    fn check(header: &Header, bytes: Arc<[u8]>) -> Result<Self, EntryFault> {
        let computed = marvin::hash(bytes.get(HEADER_LEN..).unwrap_or_default());
        // A fuzzer cannot guess hashes: without the check it reaches what lies behind.
        if computed != header.pages_hash && !cfg!(fuzzing) {
            return Err(EntryFault::PagesHash { stored: header.pages_hash, computed });
        }
        let entry = Self {
            sequence: header.sequence,
            flags: header.flags,
            bins_size: header.bins_size,
            bytes,
            pages: header.pages,
        };
        let mut index = 0u32;
        for page in entry.pages() {
            let end = page.as_ref().map(|page| u64::from(page.offset).saturating_add(page.len()));
            if end.is_none_or(|end| end > u64::from(entry.bins_size)) {
                return Err(EntryFault::Page { index, count: entry.pages });
            }
            index = index.saturating_add(1);
        }
        if entry.pages == 0 {
            return Err(EntryFault::Page { index: 0, count: 0 });
        }
        Ok(entry)
    }

    /// The number of pages.
    pub(crate) const fn page_count(&self) -> u32 {
        self.pages
    }

    /// The pages; `None` for one whose reference or bytes are not all there.
    pub(crate) fn pages(&self) -> impl Iterator<Item = Option<Page>> + '_ {
        let count = usize::try_from(self.pages).unwrap_or(usize::MAX);
        let mut data = HEADER_LEN.saturating_add(count.saturating_mul(REFERENCE_LEN));
        let mut failed = false;
        (0..count).map_while(move |index| {
            if failed {
                return None;
            }
            let page = self.page(index, data);
            match &page {
                Some(page) => data = usize::try_from(page.bytes.end).unwrap_or(usize::MAX),
                None => failed = true,
            }
            Some(page)
        })
    }

    fn page(&self, index: usize, data: usize) -> Option<Page> {
        let at = HEADER_LEN.checked_add(index.checked_mul(REFERENCE_LEN)?)?;
        let offset = u32_at(&self.bytes, at)?;
        let size = u32_at(&self.bytes, at.checked_add(4)?)?;
        let end = data.checked_add(usize::try_from(size).ok()?)?;
        (size > 0 && end <= <[u8]>::len(&self.bytes)).then(|| Page { offset, bytes: wide(data)..wide(end) })
    }
}

impl Page {
    /// Its length in bytes.
    pub(crate) fn len(&self) -> u64 {
        self.bytes.end.saturating_sub(self.bytes.start)
    }
}

struct Header {
    size: u32,
    flags: u32,
    sequence: u32,
    bins_size: u32,
    pages: u32,
    pages_hash: u64,
}

impl Header {
    fn parse(bytes: &[u8; HEADER_LEN], left: u64, expected: u32) -> Result<Self, EntryFault> {
        let number = |at: usize| u32_at(bytes, at).unwrap_or(0);
        let hash = |at: usize| array(bytes, at).map_or(0, u64::from_le_bytes);
        let found = array::<4>(bytes, 0).unwrap_or_default();
        if found != SIGNATURE {
            return Err(EntryFault::Signature { found: found.into() });
        }
        let header = Self {
            size: number(4),
            flags: number(8),
            sequence: number(12),
            bins_size: number(16),
            pages: number(20),
            pages_hash: hash(24),
        };
        let stored = hash(32);
        let computed = marvin::hash(bytes.get(..32).unwrap_or_default());
        if stored != computed && !cfg!(fuzzing) {
            return Err(EntryFault::HeaderHash { stored, computed });
        }
        let size = header.size;
        if size < SECTOR || !size.is_multiple_of(SECTOR) || u64::from(size) > left {
            return Err(EntryFault::Size { size });
        }
        if header.bins_size == 0 || !header.bins_size.is_multiple_of(BIN_UNIT) {
            return Err(EntryFault::BinsSize { size: header.bins_size });
        }
        if header.sequence != expected {
            return Err(EntryFault::Sequence { found: header.sequence, expected });
        }
        Ok(header)
    }
}

/// The entries of a log, from the first on, up to the first that is not as it must be.
#[derive(Debug)]
pub(crate) struct Entries<'l, L> {
    log: &'l L,
    at: u64,
    expected: u32,
}

impl<'l, L: ReadAt> Entries<'l, L> {
    /// The entries of a log whose base block has this sequence number.
    pub(crate) fn new(log: &'l L, sequence: u32) -> Self {
        Self { log, at: wide(HEAD_LEN), expected: sequence }
    }
}

impl<L: ReadAt> Iterator for Entries<'_, L> {
    type Item = Result<Entry, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = Entry::read(self.log, self.at, self.expected)?;
        if let Ok(entry) = &entry {
            self.at = self.at.saturating_add(entry.bytes.len());
            self.expected = self.expected.wrapping_add(1);
        }
        Some(entry)
    }
}
