//! A finished hive and where in it everything landed.

use std::collections::HashMap;
use std::path::Path;
use std::{fs, io};

use super::base_block::{self, BASE_BLOCK_SIZE};

/// Where a key landed. All offsets are as stored in hives: of the cell, from the first bin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPlace {
    /// Path from the root; the root itself is `""`.
    pub path: String,
    /// The cell of the key node.
    pub cell: u32,
    /// The cell of the subkey list.
    pub subkey_list: Option<u32>,
    /// The cells of the leaves, if the subkey list is an index root.
    pub leaves: Vec<u32>,
    /// The cell of the value list.
    pub value_list: Option<u32>,
    /// The values in the order of the value list.
    pub values: Vec<ValuePlace>,
}

/// Where a value landed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValuePlace {
    /// Name; `""` is the default value.
    pub name: String,
    /// The cell of the value record.
    pub cell: u32,
    /// The cell of the data, or of the db record; none if the data is in the value record.
    pub data: Option<u32>,
}

impl KeyPlace {
    /// Offset of the key node's cell from the start of the file.
    pub fn file_offset(&self) -> u64 {
        file_offset(self.cell)
    }
}

impl ValuePlace {
    /// Offset of the value record's cell from the start of the file.
    pub fn file_offset(&self) -> u64 {
        file_offset(self.cell)
    }

    /// Offset of the data cell from the start of the file; its content starts 4 bytes further on.
    pub fn data_file_offset(&self) -> Option<u64> {
        self.data.map(file_offset)
    }
}

/// The offset of a cell from the start of the file.
pub(super) fn file_offset(cell: u32) -> u64 {
    BASE_BLOCK_SIZE as u64 + u64::from(cell)
}

/// A hive as bytes, with a map of it.
#[derive(Clone, Debug, Default)]
pub struct BuiltHive {
    pub(super) bytes: Vec<u8>,
    keys: Vec<KeyPlace>,
    by_path: HashMap<String, usize>,
    pub(super) deleted_keys: Vec<KeyPlace>,
    pub(super) deleted_values: Vec<(String, ValuePlace)>,
}

impl BuiltHive {
    /// The file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The file, without its map.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Writes the file.
    ///
    /// # Errors
    /// As of [`fs::write`].
    pub fn write(&self, path: impl AsRef<Path>) -> io::Result<()> {
        fs::write(path, &self.bytes)
    }

    /// All live keys; parents come before their subkeys.
    pub fn keys(&self) -> &[KeyPlace] {
        &self.keys
    }

    /// Where the key of a path is, whatever the case of the path.
    pub fn key_place(&self, path: &str) -> Option<&KeyPlace> {
        self.by_path.get(&path.to_lowercase()).map(|index| &self.keys[*index])
    }

    /// Where a value is, whatever the case of its path and name.
    pub fn value_place(&self, path: &str, name: &str) -> Option<&ValuePlace> {
        let name = name.to_lowercase();
        self.key_place(path)?.values.iter().find(|value| value.name.to_lowercase() == name)
    }

    /// Deleted keys, which stay in free cells.
    pub fn deleted_keys(&self) -> &[KeyPlace] {
        &self.deleted_keys
    }

    /// Deleted values of live keys, with the path of their key.
    pub fn deleted_values(&self) -> &[(String, ValuePlace)] {
        &self.deleted_values
    }

    /// Changes the base block and corrects its checksum.
    pub fn edit_base_block(&mut self, edit: impl FnOnce(&mut [u8])) -> &mut Self {
        edit(&mut self.bytes[..512]);
        base_block::seal(&mut self.bytes[..512]);
        self
    }

    pub(super) fn add_key(&mut self, place: KeyPlace) {
        self.by_path.insert(place.path.to_lowercase(), self.keys.len());
        self.keys.push(place);
    }
}
