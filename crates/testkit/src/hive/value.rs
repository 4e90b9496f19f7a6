//! Values: a type, bytes, and how the bytes are to be stored.

/// How a value's data is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Storage {
    /// As Windows does: up to 4 bytes inside the value record, more in a cell, more than 16344 in segments (1.4 and
    /// up).
    #[default]
    Auto,
    /// In a cell, even if 4 bytes or fewer.
    Cell,
    /// No data: size 0 without the resident bit and data offset 0xFFFFFFFF, as container delta hives have it.
    EmptyNil,
}

/// A registry value without its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Type number: 1 REG_SZ, 3 REG_BINARY, 4 REG_DWORD, …
    pub kind: u32,
    /// The data as stored.
    pub data: Vec<u8>,
    /// Where the data goes.
    pub storage: Storage,
    /// Bytes behind the data in its cell: what an earlier, longer value left there.
    pub slack: Vec<u8>,
}

impl Value {
    /// A value of any type and bytes.
    pub fn new(kind: u32, data: impl Into<Vec<u8>>) -> Self {
        Value { kind, data: data.into(), storage: Storage::Auto, slack: Vec::new() }
    }

    /// REG_SZ with its final NUL.
    pub fn sz(text: &str) -> Self {
        Value::new(1, utf16z(text))
    }

    /// REG_EXPAND_SZ with its final NUL.
    pub fn expand_sz(text: &str) -> Self {
        Value::new(2, utf16z(text))
    }

    /// REG_BINARY.
    pub fn binary(data: impl Into<Vec<u8>>) -> Self {
        Value::new(3, data)
    }

    /// REG_DWORD.
    pub fn dword(number: u32) -> Self {
        Value::new(4, number.to_le_bytes())
    }

    /// REG_LINK: the target of a symbolic-link key, without a final NUL.
    pub fn link(target: &str) -> Self {
        Value::new(6, utf16(target))
    }

    /// REG_MULTI_SZ with the NUL of each string and the final one.
    pub fn multi_sz(texts: &[&str]) -> Self {
        let mut data: Vec<u8> = texts.iter().flat_map(|text| utf16z(text)).collect();
        data.extend([0, 0]);
        Value::new(7, data)
    }

    /// REG_QWORD.
    pub fn qword(number: u64) -> Self {
        Value::new(11, number.to_le_bytes())
    }

    /// The same value, stored in another way.
    pub fn stored(mut self, storage: Storage) -> Self {
        self.storage = storage;
        self
    }

    /// The same value with bytes behind it in its data cell.
    pub fn with_slack(mut self, slack: impl Into<Vec<u8>>) -> Self {
        self.slack = slack.into();
        self
    }
}

/// UTF-16LE without a NUL.
pub(crate) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn utf16z(text: &str) -> Vec<u8> {
    let mut data = utf16(text);
    data.extend([0, 0]);
    data
}
