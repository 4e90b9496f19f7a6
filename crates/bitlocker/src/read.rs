//! The checked reads: numbers are taken out of the bytes of one structure, and what is missing is named with its offset.

use hivekey_read_at::wide;

use crate::error::{Error, Structure};
use crate::guid::Guid;

/// The bytes of one structure. Numbers are little-endian.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    bytes: &'a [u8],
    structure: Structure,
    offset: u64,
}

impl<'a> Fields<'a> {
    /// `bytes` belong to a `structure` whose first byte lies at `offset` of the volume.
    pub(crate) const fn new(bytes: &'a [u8], structure: Structure, offset: u64) -> Self {
        Self { bytes, structure, offset }
    }

    /// An error about one field.
    #[cold]
    pub(crate) fn wrong(&self, field: &'static str, actual: impl Into<u64>, expected: &'static str) -> Error {
        Error::Field { structure: self.structure, offset: self.offset, field, actual: actual.into(), expected }
    }

    pub(crate) fn array<const N: usize>(&self, at: usize) -> Result<[u8; N], Error> {
        let bytes = self.bytes.get(at..).and_then(|rest| rest.first_chunk().copied());
        bytes.ok_or_else(|| self.short(at.saturating_add(N)))
    }

    #[cold]
    fn short(&self, needed: usize) -> Error {
        Error::Truncated {
            structure: self.structure,
            offset: self.offset,
            needed: wide(needed),
            available: wide(self.bytes.len()),
        }
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

    pub(crate) fn guid(&self, at: usize) -> Result<Guid, Error> {
        self.array(at).map(Guid)
    }

    /// The bytes from `at` on.
    pub(crate) fn rest(&self, at: usize) -> Result<&'a [u8], Error> {
        self.bytes.get(at..).ok_or_else(|| self.short(at))
    }

    /// A structure in this one, `len` bytes from `at` on.
    pub(crate) fn within(&self, at: usize, len: usize, structure: Structure) -> Result<Self, Error> {
        let bytes = self.rest(at)?.get(..len).ok_or_else(|| self.short(at.saturating_add(len)))?;
        Ok(Self::new(bytes, structure, self.offset.saturating_add(wide(at))))
    }

    pub(crate) const fn len(&self) -> usize {
        self.bytes.len()
    }
}
