//! The checked reads: every byte of a device enters the crate through this module.
//!
//! [`Fields`] takes numbers out of the bytes of one structure and names the structure and the offset when they are too few.

use hivekey_read_at::{ReadAt, ReadError, check_range, wide};

use crate::error::{Error, Structure, Tag};
use crate::offset::DeviceOffset;

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
    fn what_a_device_lacks_is_refused() {
        let bytes = vec![1u8, 2, 3, 4];
        assert_eq!(read_vec(&bytes, 2, 2).unwrap(), [3, 4]);
        assert!(read_vec(&bytes, 3, 2).is_err());
        assert!(read_vec(&bytes, u64::MAX, usize::MAX).is_err());
        let shared: std::sync::Arc<dyn ReadAt> = std::sync::Arc::new(bytes);
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
