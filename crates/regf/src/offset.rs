//! Offsets, each in a type of its own, so that one counted from the start of the file is never taken for one counted
//! from the start of the hive bins.

use core::cmp::Ordering;
use core::fmt;
use core::num::NonZeroU32;

/// Length of the base block; the hive bins, and with them all cell offsets, start here.
pub const BINS_START: u64 = 4096;

/// The number that stands for "no cell" in every reference field of the format.
const NO_CELL: u32 = u32::MAX;

/// A position in bytes from the start of the hive file.
///
/// For a key or a value it is the position of the size field of its cell, which is what the reference fields of the
/// format name (reference + 4096).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileOffset(pub u64);

impl FileOffset {
    /// The position as a number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The position `bytes` further on; stays at the last number if there is none.
    #[must_use]
    pub const fn plus(self, bytes: u64) -> Self {
        Self(self.0.saturating_add(bytes))
    }

    /// The same position as a cell reference; `None` inside the base block or beyond 4 GiB.
    #[must_use]
    pub fn cell(self) -> Option<CellOffset> {
        let relative = u32::try_from(self.0.checked_sub(BINS_START)?).ok()?;
        CellOffset::from_field(relative)
    }
}

impl fmt::Display for FileOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// A reference to a cell: bytes from the start of the hive bins (file offset 4096) to the cell's size field.
///
/// It is kept as its complement, which is 0 for "no cell" alone, so that an optional one takes no more room than the
/// field.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CellOffset(NonZeroU32);

impl CellOffset {
    /// Reads a reference field: 0xFFFFFFFF means "no cell". This is the only place that knows so.
    #[must_use]
    pub const fn from_field(field: u32) -> Option<Self> {
        match NonZeroU32::new(field ^ NO_CELL) {
            Some(complement) => Some(Self(complement)),
            None => None,
        }
    }

    /// The reference as it is stored.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0.get() ^ NO_CELL
    }

    /// Where the cell's size field lies in the file.
    #[must_use]
    pub fn file(self) -> FileOffset {
        FileOffset(BINS_START.saturating_add(u64::from(self.get())))
    }
}

impl Ord for CellOffset {
    fn cmp(&self, other: &Self) -> Ordering {
        self.get().cmp(&other.get())
    }
}

impl PartialOrd for CellOffset {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for CellOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CellOffset({:#x})", self.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_none_and_only_that() {
        assert_eq!(CellOffset::from_field(u32::MAX), None);
        assert_eq!(CellOffset::from_field(u32::MAX - 1).map(CellOffset::get), Some(u32::MAX - 1));
        assert_eq!(CellOffset::from_field(0).map(|c| c.file().get()), Some(4096));
    }

    #[test]
    fn cells_are_ordered_as_in_the_file() {
        let cell = |n: u32| CellOffset::from_field(n).unwrap();
        assert!(cell(0) < cell(8) && cell(8) < cell(u32::MAX - 1));
        assert_eq!(size_of::<Option<CellOffset>>(), 4);
        assert_eq!(alloc::format!("{:?}", cell(0x20)), "CellOffset(0x20)");
    }

    #[test]
    fn file_and_cell_offsets_convert_back() {
        assert_eq!(FileOffset(4096).cell(), CellOffset::from_field(0));
        assert_eq!(FileOffset(4095).cell(), None);
        assert_eq!(FileOffset(0).cell(), None);
        assert_eq!(FileOffset(4096 + u64::from(u32::MAX)).cell(), None);
        assert_eq!(FileOffset(u64::MAX).cell(), None);
        assert_eq!(FileOffset(u64::MAX).plus(1), FileOffset(u64::MAX));
        assert_eq!(alloc::format!("{}", FileOffset(0x1020)), "0x1020");
    }
}
