//! JSON as it leaves the program: nothing in it can steer a terminal, and with `--mask` it holds no complete key.

use std::borrow::Cow;
use std::fmt::Write as _;

use hivekey::report::{SCHEMA_VERSION, Tool};
use serde::Serialize;

use crate::escape::is_harmless;
use crate::mask::mask;

/// A value on one line, without the line's end.
///
/// # Errors
///
/// None for the types of this program, which serialise to objects with text keys.
pub fn line(value: &impl Serialize, masked: bool) -> Result<String, serde_json::Error> {
    Ok(finished(serde_json::to_string(value)?, masked))
}

/// A value over several lines.
///
/// # Errors
///
/// As [`line`].
pub fn pretty(value: &impl Serialize, masked: bool) -> Result<String, serde_json::Error> {
    Ok(finished(serde_json::to_string_pretty(value)?, masked))
}

/// A value with the version of the contract, as one line of `--format jsonl`.
///
/// # Errors
///
/// As [`line`].
pub fn versioned_line(value: &impl Serialize, masked: bool) -> Result<String, serde_json::Error> {
    line(&Versioned { schema_version: SCHEMA_VERSION, value }, masked)
}

#[derive(Serialize)]
struct Versioned<'a, T> {
    schema_version: u32,
    #[serde(flatten)]
    value: &'a T,
}

/// A document with a list in it, in parts, so that it can be written while sources are still being read.
#[derive(Debug)]
pub struct Stream {
    /// The list's name.
    list: &'static str,
    items: usize,
}

impl Stream {
    /// A document with a list of this name.
    pub fn new(list: &'static str) -> Self {
        Self { list, items: 0 }
    }

    /// The opening, and the item if it is the first one.
    ///
    /// # Errors
    ///
    /// As [`line`].
    pub fn item(&mut self, item: &impl Serialize, masked: bool) -> Result<String, serde_json::Error> {
        let mut text = if self.items == 0 { self.opening()? } else { String::from(",") };
        self.items = self.items.saturating_add(1);
        for line in pretty(item, masked)?.lines() {
            text.push_str("\n    ");
            text.push_str(line);
        }
        Ok(text)
    }

    /// The end.
    ///
    /// # Errors
    ///
    /// As [`line`].
    pub fn finish(self) -> Result<String, serde_json::Error> {
        if self.items == 0 { Ok(self.opening()? + "]\n}\n") } else { Ok(String::from("\n  ]\n}\n")) }
    }

    fn opening(&self) -> Result<String, serde_json::Error> {
        let tool = serde_json::to_string_pretty(&Tool::default())?.replace('\n', "\n  ");
        let list = self.list;
        Ok(format!("{{\n  \"schema_version\": {SCHEMA_VERSION},\n  \"tool\": {tool},\n  \"{list}\": ["))
    }
}

fn finished(json: String, masked: bool) -> String {
    let json = if masked { mask(&json).into_owned() } else { json };
    match escaped(&json) {
        Cow::Borrowed(_) => json,
        Cow::Owned(json) => json,
    }
}

/// Writes what could steer a terminal as `\uXXXX`. Such characters stand only inside JSON's strings, where the escape means
/// the same; a line feed stands only between them.
fn escaped(json: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c == '\n' || is_harmless(c);
    if is_plain_ascii(json) || json.chars().all(is_plain) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_plain(c) {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    Cow::Owned(out)
}

/// Whether there is nothing but printable ASCII and line feeds, as in nearly all JSON: the quick answer for long lines.
fn is_plain_ascii(json: &str) -> bool {
    const TOGETHER: usize = 64;
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n');
    // Without a way out inside it, the inner loop is done for many bytes at a time.
    json.as_bytes().chunks(TOGETHER).all(|bytes| bytes.iter().fold(true, |plain, byte| plain & is_plain(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_mean_the_same() {
        let text = "a\u{202e}b\u{9b}c\u{e0041}d\ne\"\\";
        let json = line(&text, false).unwrap();
        assert_eq!(json, r#""a\u202eb\u009bc\udb40\udc41d\ne\"\\""#);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }

    #[test]
    fn a_report_without_sources_is_json() {
        let text = Stream::new("sources").finish().unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["sources"], serde_json::json!([]));
        assert_eq!(value["schema_version"], 1);
        assert_eq!(value["tool"]["name"], "hivekey");
    }
}
