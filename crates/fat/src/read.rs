//! The checked reads: every byte of a device enters the crate through this module.
//!
//! [`Fields`] takes numbers out of the bytes of one structure and names the structure and the offset when they are too few.

use hivekey_read_at::{ReadAt, ReadError, check_range, wide};

use crate::error::{Error, Structure};
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
}

/// UTF-16 units, little-endian; an odd last byte is dropped.
pub(crate) fn utf16_units(bytes: &[u8]) -> impl Iterator<Item = u16> {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().copied().map(u16::from_le_bytes)
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
    }

    #[test]
    fn fields_name_what_is_missing() {
        let fields = Fields::new(&[1, 2, 3], Structure::BootSector, DeviceOffset(0x200));
        assert_eq!(fields.u16(1).unwrap(), 0x0302);
        assert_eq!(fields.u32(1).unwrap_err().to_string(), "FAT boot sector at 0x200: needs 5 bytes, has 3");
        assert!(fields.u64(usize::MAX).is_err());
        assert!(fields.slice(usize::MAX, usize::MAX).is_err());
        assert!(fields.slice(3, 0).is_ok());
    }

    #[test]
    fn units_of_odd_bytes() {
        assert_eq!(utf16_units(&[0x41, 0, 0x42]).collect::<Vec<_>>(), [0x41]);
    }
}
