//! The checked reads: every byte of a device enters the crate through this module.
//!
//! [`ReadAt`] is the positional source; [`Fields`] takes numbers out of the bytes of one structure and names the structure
//! and the offset when they are too few.

use std::sync::Arc;

use crate::error::{Error, Structure, Tag};
use crate::offset::DeviceOffset;

/// Something that is read by position: a device, a partition, a file in a volume.
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
    /// What lies below could not give these bytes: an unreadable sector, a damaged image.
    #[error("cannot read {length:#x} bytes at {offset:#x}: {source}")]
    Device {
        /// First byte asked for.
        offset: u64,
        /// How many bytes were asked for.
        length: u64,
        /// What the device said.
        source: Arc<dyn std::error::Error + Send + Sync>,
    },
    /// The structures of the volume that say where or how these bytes are stored are damaged.
    #[error(transparent)]
    Structure(Box<Error>),
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
            other => Self::Structure(Box::new(other)),
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

impl ReadAt for [u8] {
    fn len(&self) -> u64 {
        wide(self.len())
    }
    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), wide(self.len()))?;
        let part = usize::try_from(offset).ok().and_then(|start| self.get(start..)?.get(..buf.len()));
        if let Some(part) = part {
            buf.copy_from_slice(part);
        }
        Ok(())
    }
}

/// Bytes in memory.
impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        ReadAt::len(self.as_slice())
    }
    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        self.as_slice().read_into(offset, buf)
    }
}

/// A length in memory as a number of the device.
pub(crate) fn wide(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// A number of the device as a length in memory; one that does not fit stays the greatest, so that a check against the
/// bytes at hand refuses it.
pub(crate) fn narrow(len: u64) -> usize {
    usize::try_from(len).unwrap_or(usize::MAX)
}

/// `len` bytes at `offset`. The caller bounds `len`; the range is checked before memory is taken.
pub(crate) fn read_vec<D: ReadAt + ?Sized>(device: &D, offset: u64, len: usize) -> Result<Vec<u8>, ReadError> {
    check_range(offset, len, device.len())?;
    let mut bytes = vec![0u8; len];
    device.read_into(offset, &mut bytes)?;
    Ok(bytes)
}

/// `N` bytes at `at`, if there are so many.
#[inline]
pub(crate) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk::<N>().copied()
}

/// The bytes of one structure, read field by field. Numbers are little-endian.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    bytes: &'a [u8],
    structure: Structure,
    offset: DeviceOffset,
}

impl<'a> Fields<'a> {
    /// `bytes` belong to a `structure` whose first byte lies at `offset` of the device.
    #[inline]
    pub(crate) const fn new(bytes: &'a [u8], structure: Structure, offset: DeviceOffset) -> Self {
        Self { bytes, structure, offset }
    }

    pub(crate) const fn offset(&self) -> DeviceOffset {
        self.offset
    }

    pub(crate) const fn bytes(&self) -> &'a [u8] {
        self.bytes
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

    /// `len` bytes at `at`.
    #[inline]
    pub(crate) fn slice(&self, at: usize, len: usize) -> Result<&'a [u8], Error> {
        self.bytes.get(at..).and_then(|rest| rest.get(..len)).ok_or_else(|| self.short(at, len))
    }

    /// The bytes from `at` on, as those of a structure inside this one.
    #[inline]
    pub(crate) fn within(&self, at: usize, len: usize, structure: Structure) -> Result<Self, Error> {
        let bytes = self.slice(at, len)?;
        Ok(Self::new(bytes, structure, self.offset.plus(wide(at))))
    }

    /// Checks the four-byte signature that opens a record.
    pub(crate) fn signature(&self, expected: [u8; 4]) -> Result<(), Error> {
        let actual = self.array::<4>(0)?;
        if actual == expected {
            return Ok(());
        }
        Err(Error::Signature {
            structure: self.structure,
            offset: self.offset,
            expected: Tag(expected),
            actual: Tag(actual),
        })
    }
}

/// UTF-16 units, little-endian; an odd last byte is dropped.
pub(crate) fn utf16_units(bytes: &[u8]) -> Vec<u16> {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().copied().map(u16::from_le_bytes).collect()
}

/// Text of UTF-16 units; a lone surrogate becomes U+FFFD.
pub(crate) fn utf16_text(bytes: &[u8]) -> String {
    String::from_utf16_lossy(&utf16_units(bytes))
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
    fn bytes_in_memory() {
        let bytes = vec![1u8, 2, 3, 4];
        assert_eq!(read_vec(&bytes, 2, 2).unwrap(), [3, 4]);
        assert!(read_vec(&bytes, 3, 2).is_err());
        assert!(read_vec(&bytes, u64::MAX, usize::MAX).is_err());
        let shared: Arc<dyn ReadAt> = Arc::new(bytes);
        assert_eq!(read_vec(&shared, 0, 4).unwrap(), [1, 2, 3, 4]);
        assert!(!shared.is_empty());
    }

    #[test]
    fn fields_name_what_is_missing() {
        let fields = Fields::new(&[1, 2, 3], Structure::BootSector, DeviceOffset(0x200));
        assert_eq!(fields.u16(1).unwrap(), 0x0302);
        assert_eq!(fields.u32(1).unwrap_err().to_string(), "boot sector at 0x200: needs 5 bytes, has 3");
        assert!(fields.u64(usize::MAX).is_err());
        assert!(fields.slice(usize::MAX, usize::MAX).is_err());
        assert!(fields.slice(3, 0).is_ok());
        assert_eq!(fields.within(1, 2, Structure::MftRecord).unwrap().offset(), DeviceOffset(0x201));
    }

    #[test]
    fn text_of_odd_or_broken_units() {
        assert_eq!(utf16_text(&[0x41, 0, 0x42]), "A");
        assert_eq!(utf16_text(&[0x00, 0xD8]), "\u{FFFD}");
    }
}
