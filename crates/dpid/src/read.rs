//! Checked reads: the only place that turns bytes of the input into numbers and slices.

use core::fmt;
use core::ops::Range;

use crate::error::{Error, Structure, TextKind};

/// A position in bytes, counted from the start of the structure that an error or anomaly names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset(usize);

impl Offset {
    pub(crate) const fn new(bytes: usize) -> Self {
        Self(bytes)
    }

    /// The offset as a number of bytes.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0
    }

    pub(crate) const fn plus(self, bytes: usize) -> Self {
        Self(self.0.saturating_add(bytes))
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// One line of a layout table: where a field lies and what it is called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) offset: Offset,
    pub(crate) length: usize,
}

impl Field {
    pub(crate) const fn new(name: &'static str, offset: usize, length: usize) -> Self {
        Self { name, offset: Offset::new(offset), length }
    }

    /// The bytes that the field takes, for slices and for error texts.
    pub(crate) const fn range(&self) -> Range<usize> {
        self.offset.get()..self.offset.get().saturating_add(self.length)
    }
}

/// Input bytes together with the name of the structure that they are read as.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Source<'a> {
    pub(crate) structure: Structure,
    pub(crate) bytes: &'a [u8],
}

impl<'a> Source<'a> {
    pub(crate) const fn new(structure: Structure, bytes: &'a [u8]) -> Self {
        Self { structure, bytes }
    }

    pub(crate) fn slice(&self, field: &Field) -> Result<&'a [u8], Error> {
        self.bytes.get(field.range()).ok_or(Error::Truncated {
            structure: self.structure,
            field: field.name,
            offset: field.offset,
            expected: field.length,
            actual: self.bytes.len().saturating_sub(field.offset.get()),
        })
    }

    pub(crate) fn array<const N: usize>(&self, field: &Field) -> Result<[u8; N], Error> {
        let bytes = self.slice(field)?;
        <[u8; N]>::try_from(bytes).map_err(|_| Error::Length {
            structure: self.structure,
            expected: N,
            actual: bytes.len(),
        })
    }

    pub(crate) fn u8(&self, field: &Field) -> Result<u8, Error> {
        self.array(field).map(u8::from_le_bytes)
    }

    pub(crate) fn u16(&self, field: &Field) -> Result<u16, Error> {
        self.array(field).map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&self, field: &Field) -> Result<u32, Error> {
        self.array(field).map(u32::from_le_bytes)
    }

    /// Two consecutive 32-bit numbers in one field.
    pub(crate) fn u32_pair(&self, field: &Field) -> Result<[u32; 2], Error> {
        let [a, b, c, d, e, f, g, h] = self.array::<8>(field)?;
        Ok([u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])])
    }

    /// The text of a field up to its first NUL, refused when it is not printable ASCII.
    pub(crate) fn ascii(&self, field: &Field) -> Result<&'a str, Error> {
        ascii_text(self.slice(field)?).map_err(|(at, found)| Error::Text {
            structure: self.structure,
            field: field.name,
            offset: field.offset.plus(at),
            expected: TextKind::Ascii,
            actual: u16::from(found),
        })
    }
}

/// The bytes up to the first NUL; the first byte that is not printable ASCII, and its index, if one comes before.
pub(crate) fn ascii_text(bytes: &[u8]) -> Result<&str, (usize, u8)> {
    let end = bytes.iter().position(|b| !(0x20..0x7F).contains(b)).unwrap_or(bytes.len());
    let found = bytes.get(end).copied().unwrap_or_default();
    let text = bytes.get(..end).and_then(|text| core::str::from_utf8(text).ok());
    text.filter(|_| found == 0).ok_or((end, found))
}

/// Writes `bytes` into the place of `field`; what does not fit is a bug of the layout table and is left out.
pub(crate) fn store(target: &mut [u8], field: &Field, bytes: &[u8]) {
    if let Some(place) = target.get_mut(field.range())
        && place.len() == bytes.len()
    {
        place.copy_from_slice(bytes);
    }
}
