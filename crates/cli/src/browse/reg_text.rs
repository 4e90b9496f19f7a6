//! The text of .reg files, as regedit writes and reads it ("Windows Registry Editor Version 5.00").
//!
//! Lines are put together as UTF-16 units, since names and data in a hive are UTF-16 and need not be valid. Source of the
//! format: Microsoft, "How to add, modify, or delete registry subkeys and values by using a .reg file" (KB 310516), and
//! exports of regedit: names and texts escape `\` and `"`; every type but REG_SZ, REG_DWORD and REG_BINARY is `hex(type)`;
//! bytes go over several lines of 80 columns, with a backslash at the end and two blanks at the beginning.

use super::data::{BINARY, DWORD, SZ, hex, units};

/// Columns of a line of bytes, the backslash at its end included.
const WIDTH: usize = 80;
/// What a line that continues another begins with.
const INDENT: usize = 2;
/// The units that a quoted text cannot hold.
const NOT_IN_QUOTES: [u16; 3] = [0, 0x0A, 0x0D];

/// The first lines of the file.
pub fn header() -> Vec<u16> {
    encode("Windows Registry Editor Version 5.00\r\n")
}

/// The line that opens a key; `None` for a name that no line can hold.
pub fn key(prefix: &str, names: &[Vec<u16>]) -> Option<Vec<u16>> {
    let mut line = encode("\r\n[");
    line.extend(prefix.encode_utf16());
    for name in names {
        // A backslash inside a name would name two keys.
        if name.iter().any(|unit| NOT_IN_QUOTES.contains(unit) || *unit == u16::from(b'\\')) {
            return None;
        }
        if line.len() > 3 {
            line.push(u16::from(b'\\'));
        }
        line.extend_from_slice(name);
    }
    line.extend(encode("]\r\n"));
    Some(line)
}

/// The lines of a value; `None` for a name that no line can hold.
pub fn value(name: &[u16], kind: u32, data: &[u8]) -> Option<Vec<u16>> {
    let mut out = Vec::new();
    if name.is_empty() {
        out.extend(encode("@"));
    } else {
        quote(&mut out, name)?;
    }
    out.extend(encode("="));
    let text = (kind == SZ).then(|| plain_text(data)).flatten();
    if let Some(text) = text {
        quote(&mut out, &text)?;
        out.extend(encode("\r\n"));
        return Some(out);
    }
    match (kind, <[u8; 4]>::try_from(data)) {
        (DWORD, Ok(bytes)) => out.extend(encode(&format!("dword:{:08x}", u32::from_le_bytes(bytes)))),
        (BINARY, _) => bytes(&mut out, "hex:", data),
        _ => bytes(&mut out, &format!("hex({kind:x}):"), data),
    }
    out.extend(encode("\r\n"));
    Some(out)
}

fn encode(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// The text of a REG_SZ that ends in its only NUL and is valid in every encoding.
fn plain_text(data: &[u8]) -> Option<Vec<u16>> {
    let mut units = units(data)?;
    let ends = units.pop() == Some(0);
    let quotable = !units.iter().any(|unit| NOT_IN_QUOTES.contains(unit));
    (ends && quotable && String::from_utf16(&units).is_ok()).then_some(units)
}

fn quote(out: &mut Vec<u16>, text: &[u16]) -> Option<()> {
    if text.iter().any(|unit| NOT_IN_QUOTES.contains(unit)) {
        return None;
    }
    out.push(u16::from(b'"'));
    for unit in text {
        if [u16::from(b'\\'), u16::from(b'"')].contains(unit) {
            out.push(u16::from(b'\\'));
        }
        out.push(*unit);
    }
    out.push(u16::from(b'"'));
    Some(())
}

fn bytes(out: &mut Vec<u16>, kind: &str, data: &[u8]) {
    out.extend(kind.encode_utf16());
    let mut column = out.len();
    let mut rest = data.iter();
    while let Some(byte) = rest.next() {
        let last = rest.len() == 0;
        // The byte, its comma, and the backslash of a line that goes on.
        let needed = if last { 2 } else { 4 };
        if column + needed > WIDTH {
            out.extend(encode("\\\r\n"));
            out.extend(std::iter::repeat_n(u16::from(b' '), INDENT));
            column = INDENT;
        }
        out.extend(hex(&[*byte]).encode_utf16());
        if !last {
            out.push(u16::from(b','));
        }
        column += 3;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(units: Option<Vec<u16>>) -> String {
        String::from_utf16(&units.unwrap()).unwrap().replace("\r\n", "\n")
    }

    fn wide(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn each_type_has_its_form() {
        let name = encode("N");
        assert_eq!(text(value(&name, SZ, &wide("a\"b\\c\0"))), "\"N\"=\"a\\\"b\\\\c\"\n");
        assert_eq!(text(value(&[], SZ, &wide("\0"))), "@=\"\"\n");
        assert_eq!(text(value(&name, DWORD, &[0x2a, 0, 0, 0x80])), "\"N\"=dword:8000002a\n");
        assert_eq!(text(value(&name, BINARY, &[1, 0xff])), "\"N\"=hex:01,ff\n");
        assert_eq!(text(value(&name, 7, &wide("a\0\0"))), "\"N\"=hex(7):61,00,00,00,00,00\n");
        assert_eq!(text(value(&name, 11, &[0; 8])), "\"N\"=hex(b):00,00,00,00,00,00,00,00\n");
        assert_eq!(text(value(&name, 0xffff_0012, &[1])), "\"N\"=hex(ffff0012):01\n");
        assert_eq!(text(value(&name, 0, &[])), "\"N\"=hex(0):\n");
    }

    #[test]
    fn texts_that_quotes_cannot_hold_are_bytes() {
        let name = encode("N");
        for data in [wide("no end"), wide("a\0b\0"), wide("a\r\nb\0"), vec![0x41], vec![], vec![0x00, 0xd8, 0, 0]] {
            assert!(text(value(&name, SZ, &data)).starts_with("\"N\"=hex(1):"), "{data:?}");
        }
        assert!(text(value(&name, DWORD, &[1])).starts_with("\"N\"=hex(4):01"));
    }

    #[test]
    fn bytes_go_over_lines_of_80_columns() {
        let lines = text(value(&encode("DigitalProductId"), BINARY, &[0xa4; 164]));
        for line in lines.lines() {
            assert!(line.len() <= WIDTH, "{line}");
        }
        let joined: String = lines.lines().map(|line| line.trim_start().trim_end_matches('\\')).collect();
        assert_eq!(joined, format!("\"DigitalProductId\"=hex:{}", vec!["a4"; 164].join(",")));
        insta::assert_snapshot!(lines.lines().take(2).collect::<Vec<_>>().join("\n"), @r#"
        "DigitalProductId"=hex:a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,\
          a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,a4,\
        "#);
    }

    #[test]
    fn keys_are_paths() {
        assert_eq!(text(key(r"HKEY_LOCAL_MACHINE\SOFTWARE", &[])), "\n[HKEY_LOCAL_MACHINE\\SOFTWARE]\n");
        assert_eq!(text(key("HKCU", &[encode("A"), encode("B ]")])), "\n[HKCU\\A\\B ]]\n");
        assert_eq!(key("HKCU", &[encode("A\\B")]), None);
        assert_eq!(key("HKCU", &[encode("A\nB")]), None);
    }
}
