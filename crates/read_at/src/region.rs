//! A part of a source as a source of its own.

use crate::{ReadAt, ReadError, check_range};

/// The bytes `offset..offset + len` of a source: a partition of a disk, a member of an archive.
#[derive(Clone, Debug)]
pub struct Region<D> {
    source: D,
    offset: u64,
    len: u64,
}

impl<D: ReadAt> Region<D> {
    /// A view of `len` bytes from `offset` on. It ends where the source ends, if not before: the image of a disk may be cut
    /// off. Reading past the end is then an error like any other.
    pub fn new(source: D, offset: u64, len: u64) -> Self {
        let len = len.min(source.len().saturating_sub(offset));
        Self { source, offset, len }
    }

    /// Where the view starts in the source, in bytes.
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

impl<D: ReadAt> ReadAt for Region<D> {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.len)?;
        // The view lies within the source, so this cannot wrap.
        self.source.read_into(self.offset.saturating_add(offset), buf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_cut_at_the_end_of_the_source() {
        let source = vec![0u8, 1, 2, 3, 4, 5];
        let mut buf = [0; 3];
        let view = Region::new(&source, 2, 3);
        view.read_into(0, &mut buf).unwrap();
        assert_eq!((buf, view.offset()), ([2, 3, 4], 2));
        assert!(view.read_into(1, &mut buf).is_err());
        let cut = Region::new(&source, 4, u64::MAX);
        assert_eq!(cut.len(), 2);
        assert_eq!(cut.read_available(0, &mut buf).unwrap(), 2);
        assert!(Region::new(&source, 7, 1).is_empty());
        assert!(Region::new(&source, u64::MAX, u64::MAX).is_empty());
    }
}
