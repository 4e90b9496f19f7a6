//! Text of a UTF-16 field, borrowed from the input.

use core::fmt;

use crate::error::{Error, TextKind};
use crate::read::{Field, Source};

/// Well-formed UTF-16, little-endian, up to the first NUL of its field; read in place, whatever its alignment.
///
/// `Display` writes the text as it is: escape it before it reaches a terminal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct WideText<'a> {
    /// Whole code units, checked to be well-formed.
    bytes: &'a [u8],
}

impl<'a> WideText<'a> {
    /// The text of `field` of `source`.
    pub(crate) fn read(source: &Source<'a>, field: &Field) -> Result<Self, Error> {
        let all = source.slice(field)?;
        let refuse = |index: usize, unit: u16| Error::Text {
            structure: source.structure,
            field: field.name,
            offset: field.offset.plus(index.saturating_mul(2)),
            expected: TextKind::Utf16,
            actual: unit,
        };
        let mut length = 0_usize;
        let mut leading = None;
        for unit in code_units(all).take_while(|&unit| unit != 0) {
            match (leading.take(), unit) {
                (None, 0xD800..=0xDBFF) => leading = Some(unit),
                (Some(_), 0xDC00..=0xDFFF) | (None, 0..0xD800 | 0xE000..) => {}
                (None, trailing) => return Err(refuse(length, trailing)),
                (Some(leading), _) => return Err(refuse(length.saturating_sub(1), leading)),
            }
            length = length.saturating_add(1);
        }
        if let Some(leading) = leading {
            return Err(refuse(length.saturating_sub(1), leading));
        }
        Ok(Self { bytes: all.get(..length.saturating_mul(2)).unwrap_or_default() })
    }

    /// The characters of the text.
    pub fn chars(&self) -> impl Iterator<Item = char> + Clone + use<'a> {
        char::decode_utf16(code_units(self.bytes)).filter_map(Result::ok)
    }

    /// Whether the field begins with NUL.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Whether the text equals `other`, letters `a` to `z` and `A` to `Z` being the same.
    #[must_use]
    pub fn eq_ignore_ascii_case(&self, other: &str) -> bool {
        let fold = |c: char| c.to_ascii_lowercase();
        self.chars().map(fold).eq(other.chars().map(fold))
    }
}

fn code_units(bytes: &[u8]) -> impl Iterator<Item = u16> + Clone + use<'_> {
    bytes.chunks_exact(2).map(|unit| match unit {
        [low, high] => u16::from_le_bytes([*low, *high]),
        _ => 0,
    })
}

impl fmt::Display for WideText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        self.chars().try_for_each(|c| f.write_char(c))
    }
}

impl fmt::Debug for WideText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        f.write_char('"')?;
        self.chars().flat_map(char::escape_debug).try_for_each(|c| f.write_char(c))?;
        f.write_char('"')
    }
}

impl PartialEq<str> for WideText<'_> {
    fn eq(&self, other: &str) -> bool {
        self.chars().eq(other.chars())
    }
}

impl PartialEq<&str> for WideText<'_> {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}
