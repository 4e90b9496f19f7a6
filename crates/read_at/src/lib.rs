#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod error;
mod memory;
mod region;

use std::sync::Arc;

pub use error::{ReadError, check_range};
pub use region::Region;

/// Something that is read by position: a file, a disk, a file inside an image, a member of an archive.
///
/// Many threads may read at once. A reader never changes what it reads and never remembers a position.
pub trait ReadAt: Send + Sync {
    /// Length in bytes, fixed when it was opened.
    fn len(&self) -> u64;

    /// Whether there is nothing to read.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `buf` with the bytes from `offset` on.
    ///
    /// # Errors
    ///
    /// [`ReadError::OutOfRange`] if the range does not lie within [`len`](Self::len), and the other kinds of
    /// [`ReadError`] if the bytes cannot be had. After an error the content of `buf` means nothing.
    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError>;

    /// Fills as much of `buf` as there is from `offset` on, and says how much that was (0 at or past the end).
    ///
    /// # Errors
    ///
    /// As [`read_into`](Self::read_into), without `OutOfRange`.
    fn read_available(&self, offset: u64, buf: &mut [u8]) -> Result<usize, ReadError> {
        let left = self.len().saturating_sub(offset);
        let count = narrow(left).min(buf.len());
        match buf.get_mut(..count) {
            Some(part) if count > 0 => self.read_into(offset, part).map(|()| count),
            _ => Ok(0),
        }
    }
}

macro_rules! read_at_through {
    ($($pointer:ty),+) => {$(
        impl<T: ReadAt + ?Sized> ReadAt for $pointer {
            fn len(&self) -> u64 {
                (**self).len()
            }
            fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
                (**self).read_into(offset, buf)
            }
        }
    )+};
}

read_at_through!(&T, Box<T>, Arc<T>);

/// A length in memory as a number of the source.
#[must_use]
pub fn wide(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// A number of the source as a length in memory; one that does not fit stays the greatest, so that a check against the
/// bytes at hand refuses it.
#[must_use]
pub fn narrow(len: u64) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}
