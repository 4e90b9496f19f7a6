//! Bytes of an XML file to text: byte-order mark, UTF-8 or UTF-16.
//!
//! Microsoft writes the outer file as UTF-8 with a byte-order mark and the inner one as UTF-8 without; UTF-16 is taken as well.
//! What is not valid in the encoding becomes U+FFFD, so that one bad byte does not hide the rest.

use std::borrow::Cow;

const BOM_UTF_8: &[u8] = &[0xEF, 0xBB, 0xBF];
const BOM_UTF_16_LE: &[u8] = &[0xFF, 0xFE];
const BOM_UTF_16_BE: &[u8] = &[0xFE, 0xFF];

/// The text of an XML file.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some(rest) = bytes.strip_prefix(BOM_UTF_8) {
        utf_8(rest)
    } else if let Some(rest) = bytes.strip_prefix(BOM_UTF_16_LE) {
        Cow::Owned(utf_16(rest, u16::from_le_bytes))
    } else if let Some(rest) = bytes.strip_prefix(BOM_UTF_16_BE) {
        Cow::Owned(utf_16(rest, u16::from_be_bytes))
    } else {
        // Without a mark, the zero beside the first `<` or blank tells.
        match bytes {
            [first, 0, ..] if *first != 0 => Cow::Owned(utf_16(bytes, u16::from_le_bytes)),
            [0, second, ..] if *second != 0 => Cow::Owned(utf_16(bytes, u16::from_be_bytes)),
            _ => utf_8(bytes),
        }
    }
}

/// Sound text, which is the rule, is checked several times faster than it is repaired.
fn utf_8(bytes: &[u8]) -> Cow<'_, str> {
    core::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.as_chunks().0.iter().map(|pair| unit(*pair));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "<a>\u{e9}\u{1F511}</a>";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            [b"\xFF\xFE", &le[..]].concat(),
            [b"\xFE\xFF", &be[..]].concat(),
            le.clone(),
            be.clone(),
            [&le[..], b"\0"].concat(),
        ] {
            assert_eq!(decode(&bytes), text, "{bytes:x?}");
        }
    }

    #[test]
    fn bad_bytes_are_replaced() {
        assert_eq!(decode(b"a\xFFb"), "a\u{FFFD}b");
        assert_eq!(decode(b"\xFF\xFE\x00\xD8a\x00"), "\u{FFFD}a");
        for bytes in [&b""[..], b"\0", b"\0\0", b"\xFF", b"\xFF\xFE\x01"] {
            assert!(decode(bytes).len() <= 3);
        }
    }
}
