//! Where the bytes come from.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use crate::numbers::{to_u64, to_usize};

/// Bytes that are read by position: a file, a block device, the inside of an image, a slice of memory.
///
/// Several threads read at once. The bytes should not change during a sweep; if they do, blobs may be missed, and nothing
/// worse happens.
pub trait RawSource: Sync {
    /// Number of bytes, where it is known. Without it the sweep goes on until a read gives nothing.
    fn size(&self) -> Option<u64>;

    /// Reads bytes from `offset` on into the front of `buf` and returns how many; 0 is the end of the source.
    ///
    /// # Errors
    ///
    /// Whatever keeps these bytes from being read. The sweep asks again for smaller pieces, down to a sector of 512 bytes,
    /// leaves out what cannot be read, and lists it.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;

    /// The next stretch at or after `offset` that holds data; `None` when only a hole is left.
    ///
    /// A sparse file tells its holes here (`SEEK_DATA`, `SEEK_HOLE`), a container the blocks that it does not store. Holes read
    /// as zeros and are not swept. The answer may begin before `offset`.
    fn next_data(&self, offset: u64) -> Option<Range<u64>> {
        let end = self.size().unwrap_or(u64::MAX);
        (offset < end).then_some(offset..end)
    }
}

impl RawSource for [u8] {
    fn size(&self) -> Option<u64> {
        Some(to_u64(self.len()))
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let rest = self.get(to_usize(offset)..).unwrap_or_default();
        let count = rest.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }
}

impl RawSource for Vec<u8> {
    fn size(&self) -> Option<u64> {
        self.as_slice().size()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.as_slice().read_at(offset, buf)
    }
}

impl<T: RawSource + ?Sized> RawSource for &T {
    fn size(&self) -> Option<u64> {
        (**self).size()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, buf)
    }

    fn next_data(&self, offset: u64) -> Option<Range<u64>> {
        (**self).next_data(offset)
    }
}

impl<T: RawSource + ?Sized> RawSource for Box<T> {
    fn size(&self) -> Option<u64> {
        (**self).size()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, buf)
    }

    fn next_data(&self, offset: u64) -> Option<Range<u64>> {
        (**self).next_data(offset)
    }
}

impl<T: RawSource + Send + ?Sized> RawSource for Arc<T> {
    fn size(&self) -> Option<u64> {
        (**self).size()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, buf)
    }

    fn next_data(&self, offset: u64) -> Option<Range<u64>> {
        (**self).next_data(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_at_their_edges() {
        let bytes = [1_u8, 2, 3];
        let source = bytes.as_slice();
        let mut buf = [9; 2];
        assert_eq!(source.read_at(0, &mut buf).unwrap(), 2);
        assert_eq!(buf, [1, 2]);
        assert_eq!(source.read_at(2, &mut buf).unwrap(), 1);
        assert_eq!(source.read_at(3, &mut buf).unwrap(), 0);
        assert_eq!(source.read_at(u64::MAX, &mut buf).unwrap(), 0);
        assert_eq!(source.read_at(0, &mut []).unwrap(), 0);
    }

    #[test]
    fn without_holes_there_is_one_stretch_of_data() {
        let bytes = vec![0_u8; 5];
        assert_eq!(bytes.next_data(0), Some(0..5));
        assert_eq!(bytes.next_data(4), Some(4..5));
        assert_eq!(bytes.next_data(5), None);
        assert_eq!(bytes.next_data(u64::MAX), None);
    }
}
