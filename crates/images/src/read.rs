//! The checked reads: every byte of an image enters the crate through this module.
//!
//! [`Fields`] takes numbers out of the bytes of one structure and names the structure and the offset when they are too few.

use hivekey_read_at::{ReadAt, ReadError, wide};

use crate::error::{Error, Structure};
use crate::offset::FileOffset;

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
    // Nothing is there everywhere, also past the end.
    if len == 0 {
        return Ok(bytes);
    }
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
