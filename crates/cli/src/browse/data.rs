//! The data of a value for reading.

use std::fmt::Write as _;

/// Types as numbers, as they are stored.
pub const SZ: u32 = 1;
pub const EXPAND_SZ: u32 = 2;
pub const BINARY: u32 = 3;
pub const DWORD: u32 = 4;
pub const DWORD_BIG_ENDIAN: u32 = 5;
pub const LINK: u32 = 6;
pub const MULTI_SZ: u32 = 7;
pub const QWORD: u32 = 11;

/// Data by their type: texts, numbers, else hex. A list of texts is several lines.
pub fn readable(kind: u32, data: &[u8]) -> Vec<String> {
    match kind {
        SZ | EXPAND_SZ | LINK => text(data).map(|text| vec![text]),
        MULTI_SZ => texts(data),
        DWORD => <[u8; 4]>::try_from(data).ok().map(|bytes| vec![number(u32::from_le_bytes(bytes).into())]),
        DWORD_BIG_ENDIAN => <[u8; 4]>::try_from(data).ok().map(|bytes| vec![number(u32::from_be_bytes(bytes).into())]),
        QWORD => <[u8; 8]>::try_from(data).ok().map(|bytes| vec![number(u64::from_le_bytes(bytes))]),
        _ => None,
    }
    .unwrap_or_else(|| vec![hex(data)])
}

fn number(number: u64) -> String {
    format!("{number} ({number:#x})")
}

/// Data in hex, without separators.
pub fn hex(data: &[u8]) -> String {
    let mut out = String::with_capacity(data.len().saturating_mul(2));
    for byte in data {
        // Writing to a String cannot fail.
        _ = write!(out, "{byte:02x}");
    }
    out
}

/// UTF-16 units; `None` where a byte is left over.
pub fn units(data: &[u8]) -> Option<Vec<u16>> {
    let (units, rest) = data.as_chunks();
    rest.is_empty().then(|| units.iter().map(|unit| u16::from_le_bytes(*unit)).collect())
}

/// The text without the NUL at its end; `None` if the data are not one text.
fn text(data: &[u8]) -> Option<String> {
    let text = String::from_utf16(&units(data)?).ok()?;
    Some(text.trim_end_matches('\0').to_owned())
}

fn texts(data: &[u8]) -> Option<Vec<String>> {
    Some(text(data)?.split('\0').map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_are_shown_by_type() {
        assert_eq!(readable(SZ, b"a\0b\0\0\0"), ["ab"]);
        assert_eq!(readable(MULTI_SZ, b"a\0\0\0b\0\0\0\0\0"), ["a", "b"]);
        assert_eq!(readable(DWORD, &[0x10, 0, 0, 0]), ["16 (0x10)"]);
        assert_eq!(readable(DWORD_BIG_ENDIAN, &[0, 0, 0, 0x10]), ["16 (0x10)"]);
        assert_eq!(readable(QWORD, &[0xff; 8]), ["18446744073709551615 (0xffffffffffffffff)"]);
        assert_eq!(readable(BINARY, &[0, 0xff]), ["00ff"]);
    }

    #[test]
    fn data_that_do_not_fit_their_type_are_hex() {
        assert_eq!(readable(DWORD, &[1, 2]), ["0102"]);
        assert_eq!(readable(SZ, &[0x41]), ["41"]);
        assert_eq!(readable(SZ, &[0x00, 0xd8]), ["00d8"]);
        assert_eq!(readable(SZ, &[]), [""]);
    }
}
