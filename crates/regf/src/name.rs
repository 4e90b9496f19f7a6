//! Names of keys and values, and the rules by which Windows compares them.
//!
//! | storage | bytes per character | told by |
//! |---|---|---|
//! | compressed | 1, the low half of a UTF-16 unit, so Latin-1 | flag 0x20 of a key, 0x1 of a value |
//! | UTF-16LE | 2 | the flag is clear |
//!
//! Names are compared unit by unit in upper case ([`upcase`]), the shorter one first if one begins the other. Subkey
//! lists are sorted by that order; an `lh` list also holds a hash of the name in upper case: `h = 37 * h + unit`.
//!
//! Source: M. Suhanov, "Windows registry file format specification", hash leaf, index leaf.

use alloc::borrow::Cow;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::upcase::upcase;

/// A name as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name<'h> {
    bytes: Cow<'h, [u8]>,
    compressed: bool,
}

impl<'h> Name<'h> {
    pub(crate) fn new(bytes: Cow<'h, [u8]>, compressed: bool) -> Self {
        Self { bytes, compressed }
    }

    /// The stored bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the bytes are Latin-1; otherwise they are UTF-16LE.
    #[must_use]
    pub const fn is_compressed(&self) -> bool {
        self.compressed
    }

    /// The name as UTF-16 units. An odd last byte of a UTF-16 name is not given.
    pub fn units(&self) -> impl Iterator<Item = u16> + '_ {
        let (narrow, wide): (&[u8], &[u8]) = if self.compressed { (&self.bytes, &[]) } else { (&[], &self.bytes) };
        narrow.iter().map(|&byte| u16::from(byte)).chain(utf16_units(wide))
    }

    /// The name as text. Halves of surrogate pairs that stand alone become U+FFFD; [`is_exact`](Self::is_exact) says so.
    #[must_use]
    pub fn to_text(&self) -> String {
        if !self.compressed {
            return utf16_lossy(&self.bytes);
        }
        match core::str::from_utf8(&self.bytes) {
            Ok(text) if text.is_ascii() => text.to_owned(),
            _ => self.bytes.iter().map(|&byte| char::from(byte)).collect(),
        }
    }

    /// Whether [`to_text`](Self::to_text) loses nothing.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.compressed
            || (self.bytes.len().is_multiple_of(2)
                && char::decode_utf16(utf16_units(&self.bytes)).all(|unit| unit.is_ok()))
    }

    /// Compares with a name to be looked up, by the order of subkey lists.
    pub(crate) fn compare(&self, wanted: &WantedName) -> Ordering {
        if self.compressed {
            self.bytes.iter().map(|&byte| upcase(u16::from(byte))).cmp(wanted.units.iter().copied())
        } else {
            utf16_units(&self.bytes).map(upcase).cmp(wanted.units.iter().copied())
        }
    }

    pub(crate) fn matches(&self, wanted: &WantedName) -> bool {
        let units = if self.compressed { self.bytes.len() } else { self.bytes.len() >> 1 };
        units == wanted.units.len() && self.compare(wanted) == Ordering::Equal
    }
}

/// A name that is looked up: its units in upper case.
#[derive(Clone, Debug)]
pub(crate) struct WantedName {
    units: Vec<u16>,
}

impl WantedName {
    pub(crate) fn new(name: &str) -> Self {
        Self { units: name.encode_utf16().map(upcase).collect() }
    }

    /// A stored name as one to be compared with.
    pub(crate) fn of(name: &Name<'_>) -> Self {
        Self { units: name.units().map(upcase).collect() }
    }

    /// The hash of an `lh` list.
    pub(crate) fn hash(&self) -> u32 {
        self.units.iter().fold(0u32, |hash, &unit| hash.wrapping_mul(37).wrapping_add(u32::from(unit)))
    }

    /// Whether a key of this name can have the hint of an `lf` list: its first four characters, 0 for one that is not
    /// Latin-1 and after the end of a shorter name.
    pub(crate) fn fits_hint(&self, hint: [u8; 4]) -> bool {
        hint.iter().enumerate().all(|(at, &byte)| byte == 0 || self.units.get(at) == Some(&upcase(u16::from(byte))))
    }
}

fn utf16_units(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair))
}

/// UTF-16LE as text, lossily; an odd last byte is dropped.
pub(crate) fn utf16_lossy(bytes: &[u8]) -> String {
    char::decode_utf16(utf16_units(bytes)).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// UTF-16LE up to the first NUL, lossily.
pub(crate) fn utf16_until_nul(bytes: &[u8]) -> String {
    let units = utf16_units(bytes).take_while(|&unit| unit != 0);
    char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latin1(bytes: &[u8]) -> Name<'_> {
        Name::new(Cow::Borrowed(bytes), true)
    }

    fn utf16(bytes: &[u8]) -> Name<'_> {
        Name::new(Cow::Borrowed(bytes), false)
    }

    #[test]
    fn text_of_both_storages() {
        assert_eq!(latin1(b"Micro\xE9").to_text(), "Microé");
        assert_eq!(latin1(b"").to_text(), "");
        assert_eq!(utf16(b"a\0\xAC\x20").to_text(), "a€");
        assert_eq!(utf16(b"\x3D\xD8\x00\xDE").to_text(), "😀");
        assert!(latin1(b"\xFF").is_exact() && utf16(b"\x3D\xD8\x00\xDE").is_exact());
    }

    #[test]
    fn lone_surrogates_and_odd_bytes_are_told() {
        assert_eq!(utf16(b"\x3D\xD8a\0").to_text(), "\u{FFFD}a");
        assert!(!utf16(b"\x3D\xD8a\0").is_exact());
        assert_eq!(utf16(b"a\0b").to_text(), "a");
        assert!(!utf16(b"a\0b").is_exact());
    }

    #[test]
    fn comparison_is_by_upper_case_units_then_length() {
        let wanted = WantedName::new("CurrentVersion");
        assert_eq!(latin1(b"currentversion").compare(&wanted), Ordering::Equal);
        assert_eq!(latin1(b"current").compare(&wanted), Ordering::Less);
        assert_eq!(latin1(b"currentversion1").compare(&wanted), Ordering::Greater);
        // '_' is 0x5F: above the capitals, below the small letters.
        assert_eq!(latin1(b"a_").compare(&WantedName::new("ab")), Ordering::Greater);
        assert!(utf16(b"A\0").matches(&WantedName::new("a")));
        assert!(!utf16(b"A\0b\0").matches(&WantedName::new("a")));
        assert!(latin1(b"\xFF").matches(&WantedName::new("\u{178}")));
    }

    #[test]
    fn hashes_are_those_of_windows() {
        // "control panel" in a NTUSER.DAT of Windows 7 has this hash; the rule gives it whatever the case.
        let by_hand = b"AB".iter().fold(0u32, |h, &c| h * 37 + u32::from(c));
        assert_eq!(WantedName::new("ab").hash(), by_hand);
        assert_eq!(WantedName::new("").hash(), 0);
        assert_eq!(WantedName::new(&"\u{FFFF}".repeat(300)).hash(), WantedName::new(&"\u{FFFF}".repeat(300)).hash());
    }

    #[test]
    fn hints_only_exclude() {
        let wanted = WantedName::new("Soft");
        assert!(wanted.fits_hint(*b"Soft") && wanted.fits_hint(*b"sOFT") && wanted.fits_hint([0; 4]));
        assert!(!wanted.fits_hint(*b"Sofa"));
        assert!(WantedName::new("So").fits_hint(*b"So\0\0"));
        assert!(!WantedName::new("So").fits_hint(*b"Sof\0"));
    }
}
