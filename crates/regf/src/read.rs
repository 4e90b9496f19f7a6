//! The checked reads: every byte of a hive or of a log enters the crate through this module.
//!
//! [`ReadAt`] is the positional source (a slice, a mapped file, [`Paged`](crate::Paged), an
//! [`Overlay`](crate::Overlay)); [`Fields`] takes numbers out of the bytes of one structure and names the structure and
//! the offset when they are too few.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::error::{Error, Structure};
use crate::offset::FileOffset;

/// Why a source could not give the bytes that were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadFault {
    /// The range reaches past the end of the source.
    PastEnd {
        /// Length of the source in bytes.
        source_len: u64,
    },
    /// The source has these bytes but could not read them (bad sector, network, damaged image); its own words.
    Source(Box<str>),
}

impl fmt::Display for ReadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PastEnd { source_len } => write!(f, "the source ends at {source_len:#x}"),
            Self::Source(reason) => f.write_str(reason),
        }
    }
}

/// A read that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {len} bytes at {offset:#x}: {fault}")]
pub struct ReadError {
    /// First byte asked for, from the start of the source.
    pub offset: u64,
    /// Number of bytes asked for.
    pub len: usize,
    /// The reason.
    pub fault: ReadFault,
}

impl ReadError {
    /// A read past the end of a source of `source_len` bytes.
    #[must_use]
    pub fn past_end(offset: u64, len: usize, source_len: u64) -> Self {
        Self { offset, len, fault: ReadFault::PastEnd { source_len } }
    }

    /// A read that the source itself refused, with its reason.
    #[must_use]
    pub fn source(offset: u64, len: usize, reason: impl Into<Box<str>>) -> Self {
        Self { offset, len, fault: ReadFault::Source(reason.into()) }
    }
}

/// A source of bytes that is read by position.
///
/// Reads are exact: a source gives all the bytes or an error, never fewer.
pub trait ReadAt {
    /// Length in bytes.
    fn len(&self) -> u64;

    /// Whether there is no byte at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `len` bytes at `offset`: borrowed where the source holds them in one piece, owned otherwise.
    ///
    /// # Errors
    /// [`ReadError`] if the range reaches past the end or the source fails.
    fn read_at(&self, offset: u64, len: usize) -> Result<Cow<'_, [u8]>, ReadError>;

    /// Fills `buf` with the bytes at `offset`. A source that has to copy anyway should implement it without an
    /// allocation.
    ///
    /// # Errors
    /// As [`read_at`](Self::read_at).
    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        let bytes = self.read_at(offset, buf.len())?;
        if bytes.len() != buf.len() {
            return Err(ReadError::past_end(offset, buf.len(), self.len()));
        }
        buf.copy_from_slice(&bytes);
        Ok(())
    }
}

/// The range `offset..offset + len` of a slice, if the slice has it all.
pub(crate) fn range(bytes: &[u8], offset: u64, len: usize) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    bytes.get(start..start.checked_add(len)?)
}

impl ReadAt for [u8] {
    fn len(&self) -> u64 {
        u64::try_from(<[u8]>::len(self)).unwrap_or(u64::MAX)
    }

    #[inline]
    fn read_at(&self, offset: u64, len: usize) -> Result<Cow<'_, [u8]>, ReadError> {
        match range(self, offset, len) {
            Some(bytes) => Ok(Cow::Borrowed(bytes)),
            None => Err(ReadError::past_end(offset, len, ReadAt::len(self))),
        }
    }

    #[inline]
    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        match range(self, offset, buf.len()) {
            Some(bytes) => {
                buf.copy_from_slice(bytes);
                Ok(())
            }
            None => Err(ReadError::past_end(offset, buf.len(), ReadAt::len(self))),
        }
    }
}

impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        ReadAt::len(self.as_slice())
    }

    fn read_at(&self, offset: u64, len: usize) -> Result<Cow<'_, [u8]>, ReadError> {
        self.as_slice().read_at(offset, len)
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        self.as_slice().read_into(offset, buf)
    }
}

macro_rules! read_at_through {
    ($($pointer:ty),+) => {$(
        impl<T: ReadAt + ?Sized> ReadAt for $pointer {
            fn len(&self) -> u64 {
                (**self).len()
            }

            fn read_at(&self, offset: u64, len: usize) -> Result<Cow<'_, [u8]>, ReadError> {
                (**self).read_at(offset, len)
            }

            fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
                (**self).read_into(offset, buf)
            }
        }
    )+};
}

read_at_through!(&T, Box<T>, Arc<T>);

/// Longest piece that [`read_clipped`] asks for at once.
const PIECE: usize = 1 << 20;

/// Up to `len` bytes at `offset`, fewer where the source ends. Big ranges are read in pieces, so that a length that the
/// source cannot hold never becomes an allocation of that size.
///
/// # Errors
/// [`ReadError`] if the source fails.
pub(crate) fn read_clipped<S: ReadAt + ?Sized>(
    source: &S,
    offset: u64,
    len: usize,
) -> Result<Cow<'_, [u8]>, ReadError> {
    let offset = offset.min(source.len());
    let left = source.len().saturating_sub(offset);
    let len = usize::try_from(left).map_or(len, |left| left.min(len));
    source.read_at(offset, len)
}

/// Whether the first `len` bytes of a source are zero.
///
/// # Errors
/// [`ReadError`] if the source fails.
pub(crate) fn all_zero<S: ReadAt + ?Sized>(source: &S, len: u64) -> Result<bool, ReadError> {
    let len = len.min(source.len());
    let mut at = 0u64;
    let mut piece = vec![0u8; PIECE.min(usize::try_from(len).unwrap_or(PIECE))];
    while at < len {
        let step = usize::try_from(len.saturating_sub(at)).map_or(piece.len(), |left| left.min(piece.len()));
        let Some(buf) = piece.get_mut(..step) else {
            break;
        };
        source.read_into(at, buf)?;
        if buf.iter().any(|&b| b != 0) {
            return Ok(false);
        }
        at = at.saturating_add(u64::try_from(step).unwrap_or(u64::MAX));
    }
    Ok(true)
}

/// `N` bytes at `at`, if there are so many.
#[inline]
pub(crate) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk::<N>().copied()
}

/// A little-endian 32-bit number at `at`.
#[inline]
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// A length in memory as a number of the file.
pub(crate) fn wide(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// The bytes of one structure, read field by field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    bytes: &'a [u8],
    structure: Structure,
    offset: FileOffset,
}

impl<'a> Fields<'a> {
    /// `bytes` belong to a `structure` whose first byte lies at `offset` of the file.
    #[inline]
    pub(crate) const fn new(bytes: &'a [u8], structure: Structure, offset: FileOffset) -> Self {
        Self { bytes, structure, offset }
    }

    #[cold]
    fn short(&self, at: usize, len: usize) -> Error {
        Error::Truncated {
            structure: self.structure,
            offset: self.offset,
            needed: wide(at.saturating_add(len)),
            available: wide(self.bytes.len()),
        }
    }

    #[inline]
    pub(crate) fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], Error> {
        array(self.bytes, at).ok_or_else(|| self.short(at, N))
    }

    #[inline]
    pub(crate) fn u8(&self, at: usize) -> Result<u8, Error> {
        self.array::<1>(at).map(|[byte]| byte)
    }

    #[inline]
    pub(crate) fn u16(&self, at: usize) -> Result<u16, Error> {
        self.array(at).map(u16::from_le_bytes)
    }

    #[inline]
    pub(crate) fn u32(&self, at: usize) -> Result<u32, Error> {
        self.array(at).map(u32::from_le_bytes)
    }

    #[inline]
    pub(crate) fn u64(&self, at: usize) -> Result<u64, Error> {
        self.array(at).map(u64::from_le_bytes)
    }

    /// Checks the two-byte signature that opens a record.
    #[inline]
    pub(crate) fn signature(&self, expected: [u8; 2]) -> Result<(), Error> {
        let actual = self.array::<2>(0)?;
        if actual == expected {
            Ok(())
        } else {
            Err(Error::Signature { structure: self.structure, offset: self.offset, actual: actual.into() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slice_reads_are_exact_and_borrowed() {
        let bytes = [1u8, 2, 3, 4];
        let source: &[u8] = &bytes;
        assert!(matches!(source.read_at(1, 3), Ok(Cow::Borrowed([2, 3, 4]))));
        assert!(matches!(source.read_at(4, 0), Ok(Cow::Borrowed([]))));
        assert_eq!(source.read_at(1, 4), Err(ReadError::past_end(1, 4, 4)));
        assert_eq!(source.read_at(u64::MAX, 1), Err(ReadError::past_end(u64::MAX, 1, 4)));
        assert_eq!(source.read_at(1, usize::MAX), Err(ReadError::past_end(1, usize::MAX, 4)));
    }

    #[test]
    fn a_boxed_source_can_be_shared_between_threads() {
        let source: Box<dyn ReadAt + Send + Sync> = Box::new(vec![7u8; 3]);
        let mut buf = [0u8; 2];
        assert_eq!(source.read_into(1, &mut buf), Ok(()));
        assert_eq!(buf, [7, 7]);
        assert_eq!(source.len(), 3);
    }

    #[test]
    fn fields_name_what_is_missing() {
        let fields = Fields::new(&[1, 2, 3], Structure::KeyNode, FileOffset(0x1024));
        assert_eq!(fields.u16(1).ok(), Some(0x0302));
        assert_eq!(
            fields.u32(1),
            Err(Error::Truncated {
                structure: Structure::KeyNode,
                offset: FileOffset(0x1024),
                needed: 5,
                available: 3
            })
        );
        assert!(fields.u64(usize::MAX).is_err());
        assert!(fields.signature(*b"nk").is_err());
    }

    #[test]
    fn zeros_are_told_in_pieces() {
        let mut bytes = vec![0u8; PIECE + 5];
        assert_eq!(all_zero(&bytes, u64::MAX), Ok(true));
        bytes[PIECE + 4] = 1;
        assert_eq!(all_zero(&bytes, u64::MAX), Ok(false));
        assert_eq!(all_zero(&bytes, 16), Ok(true));
    }
}
