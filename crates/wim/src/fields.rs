//! The checked reads: numbers are taken out of the bytes of one structure, and what is missing is named with its offset.

use hivekey_read_at::{ReadAt, ReadError, wide};

use crate::error::{Error, FileOffset, Structure};

/// The bytes of one structure. Numbers are little-endian.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    bytes: &'a [u8],
    structure: Structure,
    offset: FileOffset,
}

impl<'a> Fields<'a> {
    /// `bytes` belong to a `structure` whose first byte lies at `offset`.
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
        self.bytes.get(at..).and_then(|rest| rest.first_chunk().copied()).ok_or_else(|| self.short(at, N))
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
}

/// Fills `buf` with bytes of `structure` from `offset` on; what lies past the end is an error that says that the file is cut off.
pub(crate) fn read_exact(
    source: &dyn ReadAt,
    structure: Structure,
    offset: FileOffset,
    buf: &mut [u8],
) -> Result<(), Error> {
    match source.read_into(offset.0, buf) {
        Err(ReadError::OutOfRange { size, .. }) => Err(Error::Truncated {
            structure,
            offset,
            needed: wide(buf.len()),
            available: size.saturating_sub(offset.0).min(wide(buf.len())),
        }),
        other => other.map_err(Error::Read),
    }
}

/// `len` bytes of `structure` at `offset`. The caller bounds `len`; that they are there is checked before memory is taken.
pub(crate) fn read_vec(
    source: &dyn ReadAt,
    structure: Structure,
    offset: FileOffset,
    len: usize,
) -> Result<Vec<u8>, Error> {
    let available = source.len().saturating_sub(offset.0);
    if available < wide(len) {
        return Err(Error::Truncated { structure, offset, needed: wide(len), available });
    }
    let mut bytes = vec![0u8; len];
    read_exact(source, structure, offset, &mut bytes)?;
    Ok(bytes)
}

/// Text of UTF-16 units, little-endian; a lone surrogate becomes U+FFFD, an odd last byte is dropped.
pub(crate) fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let fields = Fields::new(&[1, 2, 3], Structure::Header, FileOffset(0x200));
        assert_eq!(fields.u16(1).unwrap(), 0x0302);
        assert_eq!(fields.u32(1).unwrap_err().to_string(), "WIM header at 0x200: needs 5 bytes, has 3");
        assert!(fields.u64(usize::MAX).is_err());
        let bytes = vec![1u8, 2, 3, 4];
        let read = |offset, len| read_vec(&bytes, Structure::Chunk, FileOffset(offset), len);
        assert_eq!(read(2, 2).unwrap(), [3, 4]);
        assert_eq!(read(3, 2).unwrap_err().to_string(), "WIM chunk at 0x3: needs 2 bytes, has 1");
        assert!(read(u64::MAX, usize::MAX).is_err());
    }

    #[test]
    fn text_of_broken_units() {
        assert_eq!(utf16(&[0x41, 0, 0x00, 0xD8, 0x42]), "A\u{FFFD}");
    }
}
