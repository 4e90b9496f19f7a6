//! Text of fixed length, for building blobs.

use crate::error::Error;
use crate::read::ascii_text;

/// `N` bytes of an ASCII field, filled up with NUL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AsciiField<const N: usize>([u8; N]);

impl<const N: usize> AsciiField<N> {
    /// Takes a printable ASCII text of at most `N` characters.
    ///
    /// # Errors
    ///
    /// [`Error::NotAscii`] names the first other character, [`Error::FieldOverflow`] the length of a text that is too long.
    pub fn new(text: &str) -> Result<Self, Error> {
        let odd = text.chars().enumerate();
        let mut odd = odd.filter(|(_, c)| !matches!(c, ' '..='~'));
        if let Some((position, actual)) = odd.next() {
            return Err(Error::NotAscii { position, actual });
        }
        let mut bytes = [0; N];
        let place = bytes.get_mut(..text.len()).ok_or(Error::FieldOverflow { expected: N, actual: text.len() })?;
        place.copy_from_slice(text.as_bytes());
        Ok(Self(bytes))
    }

    /// Takes the bytes of a field as they are, text or not.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// The bytes of the field.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; N] {
        &self.0
    }

    /// The text up to the first NUL; `None` when it is not printable ASCII.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        ascii_text(&self.0).ok()
    }
}

impl<const N: usize> Default for AsciiField<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

/// The bytes of a UTF-16 field, little-endian, `N` bytes, filled up with NUL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WideField<const N: usize>([u8; N]);

impl<const N: usize> WideField<N> {
    /// Takes a text of at most `N` / 2 code units.
    ///
    /// # Errors
    ///
    /// [`Error::FieldOverflow`] names the length of a text that is too long, in code units.
    pub fn new(text: &str) -> Result<Self, Error> {
        let mut bytes = [0; N];
        let mut units = text.encode_utf16();
        for (place, unit) in bytes.chunks_exact_mut(2).zip(&mut units) {
            place.copy_from_slice(&unit.to_le_bytes());
        }
        match units.count() {
            0 => Ok(Self(bytes)),
            _ => Err(Error::FieldOverflow { expected: N / 2, actual: text.encode_utf16().count() }),
        }
    }

    /// Takes the bytes of a field as they are, text or not.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; N]) -> Self {
        Self(bytes)
    }

    /// The bytes of the field.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> Default for WideField<N> {
    fn default() -> Self {
        Self([0; N])
    }
}
