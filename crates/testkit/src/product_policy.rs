//! Writes the ProductPolicy value of `Control\ProductOptions`.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 4 | size of the whole |
//! | 4 | 4 | size of the entries |
//! | 8 | 4 | size of the end marker: 4 |
//! | 12 | 4 | 0 |
//! | 16 | 4 | version: 1 |
//! | 20 | … | entries, then the end marker 0x45 |
//!
//! | offset | size | field of an entry |
//! |---|---|---|
//! | 0 | 2 | size of the entry |
//! | 2 | 2 | size of the name |
//! | 4 | 2 | type: 1 text, 3 binary, 4 number |
//! | 6 | 2 | size of the data |
//! | 8 | 4 | flags |
//! | 12 | 4 | 0 |
//! | 16 | … | name (UTF-16LE, no NUL), data, and 1 to 4 bytes that bring the size to a multiple of 4 |
//!
//! Source: geoffchappell.com "ProductPolicy"; padding and order (by name) as in real SYSTEM hives of Windows 7 and 10.

use std::collections::BTreeMap;

const HEADER: usize = 20;
const END_MARKER: [u8; 4] = [0x45, 0, 0, 0];

/// Entries by name.
#[derive(Clone, Debug, Default)]
pub struct ProductPolicy {
    entries: BTreeMap<String, (u16, Vec<u8>)>,
}

impl ProductPolicy {
    /// No entries.
    pub fn new() -> Self {
        ProductPolicy::default()
    }

    /// Sets a text; it is stored with a NUL.
    pub fn text(&mut self, name: &str, text: &str) -> &mut Self {
        let units = text.encode_utf16().chain([0]);
        self.entry(name, 1, units.flat_map(u16::to_le_bytes).collect())
    }

    /// Sets bytes.
    pub fn binary(&mut self, name: &str, bytes: impl Into<Vec<u8>>) -> &mut Self {
        self.entry(name, 3, bytes.into())
    }

    /// Sets a number.
    pub fn number(&mut self, name: &str, number: u32) -> &mut Self {
        self.entry(name, 4, number.to_le_bytes().to_vec())
    }

    /// Takes an entry out.
    pub fn remove(&mut self, name: &str) -> &mut Self {
        self.entries.remove(name);
        self
    }

    /// The value's bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut entries = Vec::new();
        for (name, (kind, data)) in &self.entries {
            let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let size = (16 + name.len() + data.len() + 4) & !3;
            let end = entries.len() + size;
            for word in [size as u16, name.len() as u16, *kind, data.len() as u16] {
                entries.extend(word.to_le_bytes());
            }
            entries.extend([0; 8]);
            entries.extend(name);
            entries.extend(data);
            entries.resize(end, 0);
        }
        let total = HEADER + entries.len() + END_MARKER.len();
        let mut value = Vec::with_capacity(total);
        for word in [total, entries.len(), END_MARKER.len(), 0, 1] {
            value.extend((word as u32).to_le_bytes());
        }
        value.extend(entries);
        value.extend(END_MARKER);
        value
    }

    fn entry(&mut self, name: &str, kind: u16, data: Vec<u8>) -> &mut Self {
        self.entries.insert(name.to_owned(), (kind, data));
        self
    }
}
