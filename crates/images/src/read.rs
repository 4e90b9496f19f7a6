//! The checked reads: every byte of an image enters the crate through this module.
//!
//! [`ReadAt`] is the positional source; [`Fields`] takes numbers out of the bytes of one structure and names the structure
//! and the offset when they are too few.

use std::sync::Arc;

use crate::error::{Error, Structure};
use crate::offset::FileOffset;

/// Something that is read by position: an image file, a segment of one, the virtual disk.
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
}

/// Why bytes could not be read.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The range asked for does not lie in the source: a fault of the caller, or of the structure it follows.
    #[error("bytes {offset:#x} to {offset:#x}+{length:#x} lie outside of {size:#x} bytes")]
    OutOfRange {
        /// First byte asked for.
        offset: u64,
        /// How many bytes were asked for.
        length: u64,
        /// Length of the source.
        size: u64,
    },
    /// What lies below could not give these bytes: an unreadable sector, a lost network share.
    #[error("cannot read {length:#x} bytes at {offset:#x}: {source}")]
    Device {
        /// First byte asked for.
        offset: u64,
        /// How many bytes were asked for.
        length: u64,
        /// What the device said.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The image does not give these bytes: it is cut off or damaged there.
    #[error(transparent)]
    Image(Box<Error>),
}

impl ReadError {
    /// A failure of what lies below, in its own words.
    pub fn device(offset: u64, length: usize, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Device { offset, length: wide(length), source: Arc::new(source) }
    }
}

impl From<Error> for ReadError {
    fn from(error: Error) -> Self {
        match error {
            Error::Read(error) => error,
            other => Self::Image(Box::new(other)),
        }
    }
}

/// Checks that `length` bytes from `offset` on lie within `size`.
///
/// # Errors
///
/// [`ReadError::OutOfRange`] if they do not.
pub fn check_range(offset: u64, length: usize, size: u64) -> Result<(), ReadError> {
    let length = wide(length);
    match offset.checked_add(length) {
        Some(end) if end <= size => Ok(()),
        _ => Err(ReadError::OutOfRange { offset, length, size }),
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

/// Bytes in memory.
impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        wide(self.as_slice().len())
    }
    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), ReadAt::len(self))?;
        let part = usize::try_from(offset).ok().and_then(|start| part(self, start, buf.len()));
        if let Some(part) = part {
            buf.copy_from_slice(part);
        }
        Ok(())
    }
}

/// A length in memory as a number of the file.
pub(crate) fn wide(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// A number of the file as a length in memory; one that does not fit stays the greatest, so that a check against the
/// bytes at hand refuses it.
pub(crate) fn narrow(len: u64) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}

/// Fills `buf` with bytes of `structure` from `offset` of an image file; what lies past the file's end is an error that
/// says that the file is cut off.
pub(crate) fn read_exact(
    file: &dyn ReadAt,
    structure: Structure,
    offset: FileOffset,
    buf: &mut [u8],
) -> Result<(), Error> {
    match file.read_into(offset.get(), buf) {
        Err(ReadError::OutOfRange { size, .. }) => Err(Error::Truncated {
            structure,
            offset,
            needed: wide(buf.len()),
            available: size.saturating_sub(offset.get()).min(wide(buf.len())),
        }),
        Err(error) => Err(Error::Read(error)),
        Ok(()) => Ok(()),
    }
}

/// `len` bytes of `structure` at `offset` of an image file. The caller bounds `len`; that the file has them is checked
/// before memory is taken.
pub(crate) fn read_vec(
    file: &dyn ReadAt,
    structure: Structure,
    offset: FileOffset,
    len: usize,
) -> Result<Vec<u8>, Error> {
    let available = file.len().saturating_sub(offset.get());
    if available < wide(len) {
        return Err(Error::Truncated { structure, offset, needed: wide(len), available });
    }
    let mut bytes = vec![0u8; len];
    read_exact(file, structure, offset, &mut bytes)?;
    Ok(bytes)
}

/// `N` bytes of `structure` at `offset` of an image file.
pub(crate) fn read_array<const N: usize>(
    file: &dyn ReadAt,
    structure: Structure,
    offset: FileOffset,
) -> Result<[u8; N], Error> {
    let mut bytes = [0u8; N];
    read_exact(file, structure, offset, &mut bytes)?;
    Ok(bytes)
}

/// `N` bytes at `at`, if there are so many.
#[inline]
pub(crate) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk::<N>().copied()
}

/// `len` bytes at `at`, if there are so many.
#[inline]
pub(crate) fn part(bytes: &[u8], at: usize, len: usize) -> Option<&[u8]> {
    bytes.get(at..)?.get(..len)
}

/// The bytes of one structure, read field by field: `u32` and the like are little-endian, `u32_be` big-endian.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    bytes: &'a [u8],
    structure: Structure,
    offset: FileOffset,
}

impl<'a> Fields<'a> {
    /// `bytes` belong to a `structure` whose first byte lies at `offset` of the image file.
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

    /// An error about one field.
    #[cold]
    pub(crate) fn wrong(&self, field: &'static str, actual: impl Into<u64>, expected: &'static str) -> Error {
        Error::Field { structure: self.structure, offset: self.offset, field, actual: actual.into(), expected }
    }

    pub(crate) fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], Error> {
        array(self.bytes, at).ok_or_else(|| self.short(at, N))
    }

    pub(crate) fn u8(&self, at: usize) -> Result<u8, Error> {
        self.array::<1>(at).map(|[byte]| byte)
    }

    pub(crate) fn u16(&self, at: usize) -> Result<u16, Error> {
        self.array(at).map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&self, at: usize) -> Result<u32, Error> {
        self.array(at).map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&self, at: usize) -> Result<u64, Error> {
        self.array(at).map(u64::from_le_bytes)
    }

    pub(crate) fn u32_be(&self, at: usize) -> Result<u32, Error> {
        self.array(at).map(u32::from_be_bytes)
    }

    pub(crate) fn u64_be(&self, at: usize) -> Result<u64, Error> {
        self.array(at).map(u64::from_be_bytes)
    }

    /// `len` bytes at `at`.
    pub(crate) fn slice(&self, at: usize, len: usize) -> Result<&'a [u8], Error> {
        part(self.bytes, at, len).ok_or_else(|| self.short(at, len))
    }

    /// Checks the signature that opens the structure.
    pub(crate) fn signature(&self, expected: &'static [u8]) -> Result<(), Error> {
        let actual = self.slice(0, expected.len())?;
        if actual == expected {
            return Ok(());
        }
        Err(Error::Signature { structure: self.structure, offset: self.offset, expected })
    }
}

/// Text of UTF-16 units, little-endian, up to the first NUL; a lone surrogate becomes U+FFFD, an odd last byte is dropped.
pub(crate) fn utf16_le(bytes: &[u8]) -> String {
    utf16(bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)))
}

/// As [`utf16_le`], of big-endian units.
pub(crate) fn utf16_be(bytes: &[u8]) -> String {
    utf16(bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_be_bytes(*pair)))
}

fn utf16(units: impl Iterator<Item = u16>) -> String {
    char::decode_utf16(units.take_while(|unit| *unit != 0)).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_at_the_edges() {
        assert!(check_range(0, 0, 0).is_ok());
        assert!(check_range(4, 0, 4).is_ok());
        assert!(check_range(1, 4, 4).is_err());
        assert!(check_range(5, 0, 4).is_err());
        assert!(check_range(u64::MAX, 1, u64::MAX).is_err());
        assert!(check_range(u64::MAX, usize::MAX, u64::MAX).is_err());
    }

    #[test]
    fn what_a_file_lacks_is_named() {
        let bytes = vec![1u8, 2, 3, 4];
        let read = |offset, len| read_vec(&bytes, Structure::VhdFooter, FileOffset(offset), len);
        assert_eq!(read(2, 2).unwrap(), [3, 4]);
        assert_eq!(read(3, 2).unwrap_err().to_string(), "VHD footer at 0x3: needs 2 bytes, has 1");
        assert!(read(u64::MAX, usize::MAX).is_err());
        assert!(read_array::<5>(&bytes, Structure::VhdFooter, FileOffset(0)).is_err());
        assert_eq!(read_array(&bytes, Structure::VhdFooter, FileOffset(1)).unwrap(), [2, 3]);
    }

    #[test]
    fn fields_of_both_orders() {
        let fields = Fields::new(&[1, 2, 3, 4], Structure::VhdFooter, FileOffset(0x200));
        assert_eq!((fields.u16(1).unwrap(), fields.u8(3).unwrap()), (0x0302, 4));
        assert_eq!((fields.u32(0).unwrap(), fields.u32_be(0).unwrap()), (0x0403_0201, 0x0102_0304));
        assert!(fields.u64(usize::MAX).is_err() && fields.u64_be(0).is_err());
        assert!(fields.slice(usize::MAX, usize::MAX).is_err());
        assert!(fields.signature(&[1, 2]).is_ok() && fields.signature(&[2]).is_err());
    }

    #[test]
    fn text_ends_at_nul() {
        assert_eq!(utf16_le(b"a\0b\0\0\0c\0"), "ab");
        assert_eq!(utf16_be(b"\0a\0b\xD8"), "ab");
        assert_eq!(utf16_le(&[0x00, 0xD8]), "\u{FFFD}");
    }
}
