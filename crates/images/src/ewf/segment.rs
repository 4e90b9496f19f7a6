//! The segments of an EWF image: their names, and the 13 bytes that open each.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 8 | signature | `EVF\x09\r\n\xFF\0` |
//! | 8 | 1 | start of fields | 1 |
//! | 9 | 2 | segment number | from 1 on, little-endian |
//! | 11 | 2 | end of fields | 0 |
//!
//! | segment | ending of the name |
//! |---|---|
//! | 1 to 99 | `.E01` to `.E99` (`.s01` to `.s99` from SMART) |
//! | 100 to 775 | `.EAA` to `.EZZ` |
//! | up to 14,971 | `.FAA` to `.ZZZ` |
//!
//! Source: J. Metz, "Expert Witness Compression Format (EWF)", libewf documentation, chapters 2 and 3.

use hivekey_read_at::ReadAt;

use crate::error::{Error, Structure};
use crate::offset::FileOffset;
use crate::read::{Fields, read_array};

/// Bytes before the first section.
pub(super) const HEADER: u64 = 13;

/// The number of the segment that begins at `offset`.
pub(super) fn number(file: &dyn ReadAt, offset: FileOffset) -> Result<u16, Error> {
    let bytes: [u8; 13] = read_array(file, Structure::EwfFileHeader, offset)?;
    let fields = Fields::new(&bytes, Structure::EwfFileHeader, offset);
    fields.signature(b"EVF\x09\x0D\x0A\xFF\x00")?;
    fields.u16(9)
}

/// How the segments of an image are called.
#[derive(Clone, Debug)]
pub(super) struct Naming {
    stem: String,
    letter: u8,
}

impl Naming {
    /// The names that follow that of the first segment; `None` if it does not end in `.E01` or alike.
    pub(super) fn of_first(name: &str) -> Option<Self> {
        let (stem, ending) = name.rsplit_once('.')?;
        match ending.as_bytes() {
            [letter @ (b'E' | b'e' | b'S' | b's'), b'0', b'1'] => Some(Self { stem: stem.to_owned(), letter: *letter }),
            _ => None,
        }
    }

    /// The name of segment `number`; `None` past the last that there can be.
    pub(super) fn name(&self, number: u32) -> Option<String> {
        let Self { stem, letter } = self;
        if number <= 99 {
            return Some(format!("{stem}.{}{number:02}", char::from(*letter)));
        }
        let beyond = number.checked_sub(100)?;
        let first_letter = if letter.is_ascii_lowercase() { b'a' } else { b'A' };
        let letter_at = |from: u8, digit: u32| from.checked_add(u8::try_from(digit).ok()?);
        let first = letter_at(*letter, beyond / (26 * 26))?;
        if first > first_letter.saturating_add(25) {
            return None;
        }
        let rest = [letter_at(first_letter, beyond / 26 % 26)?, letter_at(first_letter, beyond % 26)?];
        let [second, third] = rest.map(char::from);
        Some(format!("{stem}.{}{second}{third}", char::from(first)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_segments() {
        let naming = Naming::of_first("a/disk.v1.E01").unwrap();
        let name = |number| naming.name(number);
        assert_eq!(name(2).as_deref(), Some("a/disk.v1.E02"));
        assert_eq!(name(99).as_deref(), Some("a/disk.v1.E99"));
        assert_eq!(name(100).as_deref(), Some("a/disk.v1.EAA"));
        assert_eq!(name(126).as_deref(), Some("a/disk.v1.EBA"));
        assert_eq!(name(775).as_deref(), Some("a/disk.v1.EZZ"));
        assert_eq!(name(776).as_deref(), Some("a/disk.v1.FAA"));
        assert_eq!(name(14_971).as_deref(), Some("a/disk.v1.ZZZ"));
        assert_eq!(name(14_972), None);
        assert_eq!(name(u32::MAX), None);
        assert_eq!(Naming::of_first("x.s01").unwrap().name(100).as_deref(), Some("x.saa"));
        for other in ["x.E02", "x.001", "x", "E01", "x.E1"] {
            assert!(Naming::of_first(other).is_none(), "{other}");
        }
    }
}
