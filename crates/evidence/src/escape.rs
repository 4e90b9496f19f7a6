//! Names from the evidence, made safe to show.

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

/// Shows a name or a path of the evidence as text that is safe to print, and from which the exact bytes can
/// still be told.
///
/// Control characters, characters that are invisible or that change the direction of writing, and the
/// backslash are written as Rust escapes (`\n`, `\u{202e}`, `\\`); bytes that are not UTF-8 as `\xNN`.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a> {
    bytes: &'a [u8],
    slash_is_text: bool,
}

impl<'a> Escaped<'a> {
    /// One name: a slash in it (possible in archives) is escaped too.
    #[must_use]
    pub fn name(name: &'a OsStr) -> Self {
        Self { bytes: name.as_encoded_bytes(), slash_is_text: false }
    }

    /// A whole path, whose slashes separate names.
    #[must_use]
    pub fn path(path: &'a Path) -> Self {
        Self { bytes: path.as_os_str().as_encoded_bytes(), slash_is_text: true }
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.bytes.utf8_chunks() {
            for character in chunk.valid().chars() {
                if is_shown(character) && (self.slash_is_text || character != '/') {
                    write!(f, "{character}")?;
                } else if character == '/' {
                    f.write_str("\\x2f")?;
                } else {
                    write!(f, "{}", character.escape_default())?;
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// Whether a character is written as it is. What is refused can steer a terminal, hide text or reverse it.
fn is_shown(character: char) -> bool {
    let hidden = character.is_control()
        || character == '\\'
        || matches!(character,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    !hidden
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn plain_names_stay_as_they_are() {
        for name in ["SOFTWARE", "Windows.old", "Téléchargements", "C%3A", "a b"] {
            assert_eq!(Escaped::name(OsStr::new(name)).to_string(), name);
        }
    }

    #[test]
    fn hostile_names_are_escaped() {
        let cases: [(&[u8], &str); 7] = [
            (b"a\nb", "a\\nb"),
            (b"\x1b[31m", "\\u{1b}[31m"),
            (b"a\\b", "a\\\\b"),
            (b"\xff\xfe", "\\xff\\xfe"),
            (b"a/b", "a\\x2fb"),
            ("x\u{202e}y".as_bytes(), "x\\u{202e}y"),
            ("\u{85}".as_bytes(), "\\u{85}"),
        ];
        for (name, shown) in cases {
            assert_eq!(Escaped::name(OsStr::from_bytes(name)).to_string(), shown);
        }
    }

    #[test]
    fn a_path_keeps_its_slashes() {
        assert_eq!(Escaped::path(Path::new("/mnt/a\tb")).to_string(), "/mnt/a\\tb");
    }
}
