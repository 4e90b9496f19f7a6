//! `--mask`: no complete product key leaves the program, wherever in a text it stands.
//!
//! The mask works on finished text and not on single fields, so that a key in an owner's name, in a file name or in the
//! message of an error is found as well.

use std::borrow::Cow;

/// Characters in a group of a key.
const GROUP: usize = 5;
/// Groups in a key.
const GROUPS: usize = 5;
/// A key with its four hyphens.
const KEY: usize = GROUP * GROUPS + GROUPS - 1;
/// A key without hyphens.
const BARE_KEY: usize = GROUP * GROUPS;

/// The text with all but the last five characters of each product key replaced by `*`.
///
/// Everything of the shape `XXXXX-XXXXX-XXXXX-XXXXX-XXXXX` counts as a key, whatever its letters are; without hyphens only
/// 25 characters of the key alphabet do. Nothing else changes, and the length stays.
pub fn mask(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut hidden = Vec::new();
    let mut start = 0;
    while let Some(rest) = bytes.get(start..).filter(|rest| rest.len() >= BARE_KEY) {
        if rest.get(..KEY).is_some_and(is_key) {
            hidden.push((start, KEY - GROUP));
        } else if rest.get(..BARE_KEY).is_some_and(is_bare_key) && stands_alone(bytes, start) {
            hidden.push((start, BARE_KEY - GROUP));
        }
        start += 1;
    }
    if hidden.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = bytes.to_vec();
    for (start, length) in hidden {
        for byte in out.iter_mut().skip(start).take(length).filter(|byte| **byte != b'-') {
            *byte = b'*';
        }
    }
    // Only ASCII was replaced, by ASCII.
    String::from_utf8(out).map_or_else(|_| Cow::Owned(String::new()), Cow::Owned)
}

fn is_key(window: &[u8]) -> bool {
    window
        .iter()
        .enumerate()
        .all(|(index, byte)| if index % (GROUP + 1) == GROUP { *byte == b'-' } else { byte.is_ascii_alphanumeric() })
}

fn is_bare_key(window: &[u8]) -> bool {
    window.iter().all(|byte| b"BCDFGHJKMNPQRTVWXY2346789".contains(&byte.to_ascii_uppercase()))
        // Hexadecimal digits alone are a hash or a blob.
        && !window.iter().all(u8::is_ascii_hexdigit)
}

fn stands_alone(bytes: &[u8], start: usize) -> bool {
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    let after = bytes.get(start + BARE_KEY);
    ![before, after].into_iter().flatten().any(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Microsoft's published KMS client key of Server 2019 Standard.
    const KEY: &str = "N69G4-B89J2-4G8F4-WWYCC-J464C";

    #[test]
    fn keys_are_masked_wherever_they_stand() {
        assert_eq!(mask(KEY), "*****-*****-*****-*****-J464C");
        assert_eq!(mask(&format!("a\\n{KEY}b")), "a\\n*****-*****-*****-*****-J464Cb");
        assert_eq!(mask(&KEY.to_lowercase()), "*****-*****-*****-*****-j464c");
        assert_eq!(mask(&format!("{KEY} {KEY}")), "*****-*****-*****-*****-J464C *****-*****-*****-*****-J464C");
        assert_eq!(mask(&format!("é{KEY}é")), "é*****-*****-*****-*****-J464Cé");
        assert_eq!(mask(&format!("\"{}\"", KEY.replace('-', ""))), "\"********************J464C\"");
    }

    #[test]
    fn a_row_of_groups_hides_every_key_in_it() {
        assert_eq!(mask(&format!("{KEY}-AAAAA")), "*****-*****-*****-*****-*****-AAAAA");
    }

    #[test]
    fn other_text_stays() {
        for text in [
            "00429-70000-00000-AA123",
            "de32eafd-aaee-4662-9444-c1befb41bde2",
            "55041-00172-065-038181-00-1033-7601.0000-0272019",
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "",
        ] {
            assert!(matches!(mask(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
