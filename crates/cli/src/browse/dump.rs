//! Keys as lines of JSON: `{path, last_written, offset, values [{name, type, size, data, offset}]}`.
//!
//! The line is written value by value: a key may hold more data than should be in memory twice.

use std::io::{self, Write};

use hivekey::browse::BrowsedKey;
use hivekey::report::Timestamp;
use serde::Serialize;

use super::data::hex;
use super::{Troubles, shown};
use crate::render::json;

/// The facts of a key before its values. The braces are those of the line.
#[derive(Serialize)]
struct Head<'k> {
    path: &'k str,
    last_written: Option<Timestamp>,
    offset: u64,
}

#[derive(Serialize)]
struct Value {
    name: String,
    r#type: u32,
    size: u32,
    /// In hex; `null` where they cannot be read.
    data: Option<String>,
    offset: u64,
}

/// Writes the line of a key.
///
/// # Errors
///
/// Those of `out`. What cannot be read goes to `troubles`.
pub fn write(out: &mut impl Write, key: &BrowsedKey<'_>, troubles: &mut Troubles) -> io::Result<()> {
    let head = Head { path: key.path(), last_written: key.last_written(), offset: key.offset() };
    let head = json::line(&head, false)?;
    out.write_all(head.strip_suffix('}').unwrap_or(&head).as_bytes())?;
    out.write_all(b",\"values\":[")?;
    let mut separator: &[u8] = b"";
    for value in key.values() {
        let value = match value {
            Ok(value) => value,
            Err(error) => {
                troubles.tell(&shown(key.path()), &error);
                continue;
            }
        };
        let data = match value.data() {
            Ok(data) => Some(hex(&data)),
            Err(error) => {
                troubles.tell(&format!("{}, value {}", shown(key.path()), value.name()), &error);
                None
            }
        };
        let value =
            Value { name: value.name(), r#type: value.kind(), size: value.size(), data, offset: value.offset() };
        out.write_all(separator)?;
        out.write_all(json::line(&value, false)?.as_bytes())?;
        separator = b",";
    }
    out.write_all(b"]}\n")
}
