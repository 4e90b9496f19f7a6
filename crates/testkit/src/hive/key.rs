//! The tree of keys that a hive is built from.

use std::collections::BTreeMap;

use super::name::Name;
use super::value::Value;
use crate::time::Filetime;

/// Key flag: the key is a symbolic link; its value `SymbolicLinkValue` (REG_LINK) names the target.
pub const KEY_SYMLINK: u16 = 0x10;
/// Key flag: the key can't be deleted.
pub const KEY_NO_DELETE: u16 = 0x08;

/// What a deletion leaves in the free cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remains {
    /// Record and data are whole, and the slack of the parent's value list still names the record.
    Listed,
    /// Record and data are whole, but nothing points at the record.
    Orphan,
    /// The record is whole; its data has been overwritten.
    RecordOnly,
    /// The data is whole; the record has been overwritten.
    DataOnly,
}

/// A key: name, facts, values and subkeys.
#[derive(Clone, Debug)]
pub struct Key {
    pub(super) name: Name,
    pub(super) class: Option<String>,
    pub(super) flags: u16,
    pub(super) last_written: Option<Filetime>,
    pub(super) values: Vec<(Name, Value)>,
    pub(super) deleted_values: Vec<(Name, Value, Remains)>,
    /// By folded name, which is the order of a subkey list.
    pub(super) subkeys: BTreeMap<Vec<u16>, Key>,
    pub(super) deleted_subkeys: Vec<Key>,
    pub(super) reversed: bool,
}

impl Key {
    /// A key without values or subkeys.
    pub fn new(name: impl Into<Name>) -> Self {
        Key {
            name: name.into(),
            class: None,
            flags: 0,
            last_written: None,
            values: Vec::new(),
            deleted_values: Vec::new(),
            subkeys: BTreeMap::new(),
            deleted_subkeys: Vec::new(),
            reversed: false,
        }
    }

    /// The key's name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The subkeys in the order of their list.
    pub fn subkeys(&self) -> impl Iterator<Item = &Key> {
        self.subkeys.values()
    }

    /// The live values.
    pub fn values(&self) -> impl Iterator<Item = (&Name, &Value)> {
        self.values.iter().map(|(name, value)| (name, value))
    }

    /// The subkey of this name, made if there is none.
    pub fn subkey(&mut self, name: impl Into<Name>) -> &mut Key {
        let name = name.into();
        self.subkeys.entry(name.folded()).or_insert_with(|| Key::new(name))
    }

    /// Puts a whole key below this one, in place of any of that name.
    pub fn insert(&mut self, key: Key) -> &mut Self {
        self.subkeys.insert(key.name.folded(), key);
        self
    }

    /// Sets a value; one of the same name (any case) is replaced without a trace. The empty name is the default value.
    pub fn set(&mut self, name: impl Into<Name>, value: Value) -> &mut Self {
        let name = name.into();
        match self.find_value(&name) {
            Some(index) => self.values[index] = (name, value),
            None => self.values.push((name, value)),
        }
        self
    }

    /// Sets a value only if there is something to set.
    pub fn set_some(&mut self, name: &str, value: Option<Value>) -> &mut Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    /// Adds a value even if one of that name is there already (Windows never does; damaged hives have it).
    pub fn push(&mut self, name: impl Into<Name>, value: Value) -> &mut Self {
        self.values.push((name.into(), value));
        self
    }

    /// Writes a value and then deletes it, so that it stays in free cells. A live value of that name may be set as
    /// well.
    pub fn leave(&mut self, name: impl Into<Name>, value: Value, remains: Remains) -> &mut Self {
        self.deleted_values.push((name.into(), value, remains));
        self
    }

    /// Deletes a live value, so that it stays in free cells.
    ///
    /// # Panics
    /// If there is no such value.
    pub fn delete_value(&mut self, name: impl Into<Name>, remains: Remains) -> &mut Self {
        let name = name.into();
        let index = self.find_value(&name).unwrap_or_else(|| panic!("no value {} to delete", name.text()));
        let (name, value) = self.values.remove(index);
        self.leave(name, value, remains)
    }

    /// Deletes a subkey with all below it, so that it stays in free cells.
    ///
    /// # Panics
    /// If there is no such subkey.
    pub fn delete_subkey(&mut self, name: impl Into<Name>) -> &mut Self {
        let name = name.into();
        let key = self.subkeys.remove(&name.folded()).unwrap_or_else(|| panic!("no subkey {} to delete", name.text()));
        self.deleted_subkeys.push(key);
        self
    }

    /// Sets the class name.
    pub fn class(&mut self, class: &str) -> &mut Self {
        self.class = Some(class.to_owned());
        self
    }

    /// Sets flags besides those that the writer sets itself (root, compressed name).
    pub fn flags(&mut self, flags: u16) -> &mut Self {
        self.flags |= flags;
        self
    }

    /// Makes the key a symbolic link to `target`, e.g. `\Registry\Machine\System\ControlSet001`.
    pub fn symlink(&mut self, target: &str) -> &mut Self {
        self.flags(KEY_SYMLINK).set("SymbolicLinkValue", Value::link(target))
    }

    /// Sets the last-written time; otherwise it is the hive's.
    pub fn last_written(&mut self, time: Filetime) -> &mut Self {
        self.last_written = Some(time);
        self
    }

    /// Lists the subkeys in reverse order, so that a binary search in the list goes astray.
    pub fn unsorted(&mut self) -> &mut Self {
        self.reversed = true;
        self
    }

    fn find_value(&self, name: &Name) -> Option<usize> {
        let folded = name.folded();
        self.values.iter().position(|(candidate, _)| candidate.folded() == folded)
    }
}
