//! The header of a hive bin, and runs of bins that follow each other.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | signature | `hbin` |
//! | 4 | 4 | offset | from the first bin of the hive, a multiple of 4096 |
//! | 8 | 4 | size | of the bin, a multiple of 4096 |
//! | 12 | 8 | reserved | |
//! | 20 | 8 | time stamp | FILETIME, in the first bin only |
//! | 32 | 4 | size of the first cell | negative when in use; a multiple of 8, within the bin |
//!
//! Source: M. Suhanov, "Windows registry file format specification", hive bin.

use crate::base_block::BASE_BLOCK;
use crate::numbers::u32_at;

/// The first bytes.
pub(crate) const SIGNATURE: [u8; 4] = *b"hbin";

const OFFSET: usize = 4;
const SIZE: usize = 8;
const FIRST_CELL: usize = 32;
const HEADER: u32 = 32;
/// Bins are made of pages.
const PAGE: u32 = 4096;
/// The largest cell that Windows makes holds a value of some megabytes; a bin is as large as its cell needs.
const MAX_BIN: u32 = 64 << 20;

/// How many runs are looked at for the one that a bin continues. More than one, as the free space of a bin may hold the remains of
/// older bins.
const OPEN_RUNS: usize = 8;

/// A hive bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bin {
    /// From the start of the source.
    pub(crate) offset: u64,
    /// From the first bin of its hive.
    pub(crate) place: u32,
    pub(crate) size: u32,
}

impl Bin {
    /// Reads a bin header from the bytes at `offset`; `None` unless it is plausible.
    pub(crate) fn read(offset: u64, bytes: &[u8]) -> Option<Self> {
        let (place, size) = (u32_at(bytes, OFFSET)?, u32_at(bytes, SIZE)?);
        let is_paged = |number: u32| number.checked_rem(PAGE) == Some(0);
        let cell = u32_at(bytes, FIRST_CELL)?.cast_signed().unsigned_abs();
        let cell_fits = cell != 0 && cell.checked_rem(8) == Some(0) && cell <= size.saturating_sub(HEADER);
        let plausible = bytes.starts_with(&SIGNATURE)
            && is_paged(place)
            && is_paged(size)
            && (PAGE..=MAX_BIN).contains(&size)
            && cell_fits;
        plausible.then_some(Self { offset, place, size })
    }
}

/// Hive bins that follow each other in the source as they did in their hive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct BinRun {
    /// Where the first bin begins, in bytes from the start of the source.
    pub offset: u64,
    /// Bytes of all bins of the run, by their headers: the last one may reach beyond the end of the source.
    pub size: u64,
    /// Number of bins.
    pub bins: u64,
    /// Where the first bin lies in its hive, in bytes from the hive's first bin. Cell offsets in the run count from there too.
    pub place: u64,
}

impl BinRun {
    fn of(bin: Bin) -> Self {
        Self { offset: bin.offset, size: u64::from(bin.size), bins: 1, place: u64::from(bin.place) }
    }

    /// The offset after the last bin.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.offset.saturating_add(self.size)
    }

    /// Where the base block of this hive would be if the hive were in one piece.
    #[must_use]
    pub fn base(&self) -> Option<u64> {
        self.offset.checked_sub(self.place)?.checked_sub(BASE_BLOCK)
    }

    fn is_continued_by(&self, bin: Bin) -> bool {
        self.end() == bin.offset && self.place.saturating_add(self.size) == u64::from(bin.place)
    }
}

/// Adds a bin to the run that it continues, or begins a new one. `false` when a new one would exceed `limit`.
pub(crate) fn add(runs: &mut Vec<BinRun>, bin: Bin, limit: usize) -> bool {
    let mut open = runs.iter_mut().rev().take(OPEN_RUNS);
    if let Some(run) = open.find(|run| run.is_continued_by(bin)) {
        run.size = run.size.saturating_add(u64::from(bin.size));
        run.bins = run.bins.saturating_add(1);
        return true;
    }
    let has_room = runs.len() < limit;
    if has_room {
        runs.push(BinRun::of(bin));
    }
    has_room
}
