//! Positions, each in a type of its own, so that a place on the virtual disk is never taken for a place in the image file.

use std::fmt;

/// A position in bytes from the start of an image file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileOffset(pub u64);

/// A position in bytes from the start of the virtual disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DiskOffset(pub u64);

impl FileOffset {
    /// The position as a number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The position `bytes` further on; stays at the last number if there is none, where nothing can be read.
    #[must_use]
    pub const fn plus(self, bytes: u64) -> Self {
        Self(self.0.saturating_add(bytes))
    }
}

impl DiskOffset {
    /// The position as a number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for FileOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

impl fmt::Display for DiskOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// A disk or a file cut into blocks of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blocks {
    size: u64,
}

impl Blocks {
    /// Pages of tables.
    pub(crate) const PAGES: Self = Self { size: 4096 };

    /// Sectors, as image formats count them.
    pub(crate) const SECTORS: Self = Self { size: 512 };

    /// Blocks of `size` bytes; `None` for 0.
    pub(crate) const fn new(size: u64) -> Option<Self> {
        if size == 0 { None } else { Some(Self { size }) }
    }

    /// Bytes in a block.
    pub(crate) const fn size(self) -> u64 {
        self.size
    }

    /// The block that holds byte `at`.
    pub(crate) const fn index(self, at: u64) -> u64 {
        match at.checked_div(self.size) {
            Some(index) => index,
            None => 0,
        }
    }

    /// Where in its block byte `at` lies.
    pub(crate) const fn within(self, at: u64) -> u64 {
        match at.checked_rem(self.size) {
            Some(within) => within,
            None => 0,
        }
    }

    /// Bytes from `at` to the end of its block; never 0.
    pub(crate) const fn left(self, at: u64) -> u64 {
        self.size.saturating_sub(self.within(at))
    }

    /// Bytes from `at` to the end of the last of `count` blocks, of which the first is that of `at`.
    pub(crate) const fn span(self, at: u64, count: u64) -> u64 {
        count.saturating_mul(self.size).saturating_sub(self.within(at))
    }

    /// Blocks that `bytes` fill or begin.
    pub(crate) const fn count(self, bytes: u64) -> u64 {
        bytes.div_ceil(self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_do_not_wrap() {
        assert_eq!(FileOffset(u64::MAX).plus(1), FileOffset(u64::MAX));
        assert_eq!(FileOffset(0x10).plus(0x10).to_string(), "0x20");
        assert_eq!(DiskOffset(255).to_string(), "0xff");
    }

    #[test]
    fn blocks_at_the_edges() {
        assert_eq!(Blocks::new(0), None);
        let blocks = Blocks::new(3).unwrap();
        assert_eq!((blocks.index(0), blocks.within(0), blocks.left(0)), (0, 0, 3));
        assert_eq!((blocks.index(5), blocks.within(5), blocks.left(5)), (1, 2, 1));
        assert_eq!((blocks.span(5, 1), blocks.span(4, 3), blocks.span(0, u64::MAX)), (1, 8, u64::MAX));
        assert_eq!((blocks.count(0), blocks.count(3), blocks.count(4)), (0, 1, 2));
        let whole = Blocks::new(u64::MAX).unwrap();
        assert_eq!((whole.index(u64::MAX), whole.count(u64::MAX), whole.left(u64::MAX)), (1, 1, u64::MAX));
    }
}
