//! From a tree of keys to the bytes of a hive.

use super::base_block::{BASE_BLOCK_SIZE, BaseBlock};
use super::bins::{Bins, CellOffset};
use super::built::{BuiltHive, KeyPlace, ValuePlace};
use super::key::{Key, Remains};
use super::lists::{self, ListKind};
use super::name::Name;
use super::value::Value;
use super::{nk, sk, vk};
use crate::time::Filetime;

/// Collects keys and options and builds a hive.
#[derive(Clone, Debug)]
pub struct HiveBuilder {
    root: Key,
    minor: u32,
    time: Filetime,
    primary: u32,
    secondary: u32,
    file_name: String,
    list_kind: ListKind,
    leaf_limit: Option<usize>,
    coalesce: bool,
}

impl Default for HiveBuilder {
    fn default() -> Self {
        HiveBuilder::new()
    }
}

impl HiveBuilder {
    /// An empty, clean hive of version 1.5 with the root key `ROOT`.
    pub fn new() -> Self {
        HiveBuilder {
            root: Key::new("ROOT"),
            minor: 5,
            time: Filetime::utc(2021, 6, 15, 8, 30, 0),
            primary: 7,
            secondary: 7,
            file_name: String::from(r"\SystemRoot\System32\Config\SOFTWARE"),
            list_kind: ListKind::Auto,
            leaf_limit: None,
            coalesce: true,
        }
    }

    /// The minor version, 3 to 6. It decides the form of lists and whether there is big data.
    pub fn minor_version(&mut self, minor: u32) -> &mut Self {
        self.minor = minor;
        self
    }

    /// When the hive was last written; also the time of every key that has none of its own.
    pub fn last_written(&mut self, time: Filetime) -> &mut Self {
        self.time = time;
        self
    }

    /// Both sequence numbers; a hive with different ones is dirty.
    pub fn sequences(&mut self, primary: u32, secondary: u32) -> &mut Self {
        self.primary = primary;
        self.secondary = secondary;
        self
    }

    /// Makes the hive dirty: the primary sequence number is one ahead.
    pub fn dirty(&mut self) -> &mut Self {
        self.primary = self.secondary + 1;
        self
    }

    /// The file name in the base block.
    pub fn file_name(&mut self, name: &str) -> &mut Self {
        name.clone_into(&mut self.file_name);
        self
    }

    /// The form of the subkey lists.
    pub fn list_kind(&mut self, kind: ListKind) -> &mut Self {
        self.list_kind = kind;
        self
    }

    /// The most elements of one leaf, so that small hives get index roots as well.
    ///
    /// # Panics
    /// If it is 0.
    pub fn leaf_limit(&mut self, elements: usize) -> &mut Self {
        assert!(elements > 0, "a leaf holds at least one element");
        self.leaf_limit = Some(elements);
        self
    }

    /// Whether neighbouring free cells are joined, as Windows does (it is so unless turned off).
    pub fn coalesce_free_cells(&mut self, coalesce: bool) -> &mut Self {
        self.coalesce = coalesce;
        self
    }

    /// The root key.
    pub fn root(&mut self) -> &mut Key {
        &mut self.root
    }

    /// The key of a path such as `Microsoft\Windows NT\CurrentVersion`, made with its parents if absent; `""` is the
    /// root.
    pub fn key(&mut self, path: &str) -> &mut Key {
        path.split('\\').filter(|name| !name.is_empty()).fold(&mut self.root, |key, name| key.subkey(name))
    }

    /// Deletes a key with all below it, so that it stays in free cells.
    ///
    /// # Panics
    /// If there is no such key.
    pub fn delete_key(&mut self, path: &str) -> &mut Self {
        let (parent, name) = path.rsplit_once('\\').unwrap_or(("", path));
        self.key(parent).delete_subkey(name);
        self
    }

    /// Writes the hive. The same tree gives the same bytes every time.
    pub fn build(&self) -> BuiltHive {
        let mut writer = Writer {
            bins: Bins::new(self.time),
            security: 0,
            minor: self.minor,
            list_kind: self.list_kind.resolve(self.minor),
            leaf_limit: self.leaf_limit,
            time: self.time,
            live_keys: 0,
            built: BuiltHive::default(),
        };
        let root = nk::allocate(&mut writer.bins, &self.root);
        writer.security = sk::allocate(&mut writer.bins);
        // Windows gives the root of a hive a parent offset that leads nowhere useful; readers ignore it.
        writer.key(&self.root, root, root, "", true);
        sk::fill(&mut writer.bins, writer.security, writer.live_keys);

        let bins = writer.bins.finish(self.coalesce);
        let base = BaseBlock {
            primary: self.primary,
            secondary: self.secondary,
            time: self.time,
            minor: self.minor,
            file_type: 0,
            root,
            bins_size: bins.len() as u32,
            file_name: self.file_name.clone(),
        };
        let mut built = writer.built;
        built.bytes = Vec::with_capacity(BASE_BLOCK_SIZE + bins.len());
        built.bytes.extend(base.to_bytes());
        built.bytes.resize(BASE_BLOCK_SIZE, 0);
        built.bytes.extend(bins);
        built
    }
}

struct Writer {
    bins: Bins,
    security: CellOffset,
    minor: u32,
    list_kind: ListKind,
    leaf_limit: Option<usize>,
    time: Filetime,
    live_keys: u32,
    built: BuiltHive,
}

impl Writer {
    /// Writes all of a key whose node is allocated. Windows limits the depth of a hive to 512, so recursion is safe.
    fn key(&mut self, key: &Key, cell: CellOffset, parent: CellOffset, path: &str, live: bool) {
        let (value_list, values) = self.values(key, path, live);
        let live_subkeys: Vec<(CellOffset, &Key)> =
            key.subkeys.values().map(|subkey| (nk::allocate(&mut self.bins, subkey), subkey)).collect();
        let list = self.subkey_list(key, &live_subkeys);
        let links = nk::Links {
            is_root: path.is_empty(),
            parent,
            subkey_list: list.as_ref().map(|list| list.cell),
            value_list,
            security: self.security,
            time: self.time,
        };
        let class = nk::fill(&mut self.bins, cell, key, &links);
        if let Some(class) = class.filter(|_| !live) {
            self.bins.free(class);
        }
        self.record(
            KeyPlace {
                path: path.to_owned(),
                cell,
                subkey_list: list.as_ref().map(|list| list.cell),
                leaves: list.map(|list| list.leaves).unwrap_or_default(),
                value_list,
                values,
            },
            live,
        );
        for deleted in &key.deleted_subkeys {
            let subkey = nk::allocate(&mut self.bins, deleted);
            self.key(deleted, subkey, cell, &join(path, &deleted.name), false);
        }
        for (subkey_cell, subkey) in live_subkeys {
            self.key(subkey, subkey_cell, cell, &join(path, &subkey.name), live);
        }
    }

    fn subkey_list(&mut self, key: &Key, subkeys: &[(CellOffset, &Key)]) -> Option<lists::Stored> {
        let mut elements: Vec<(CellOffset, &Name)> =
            subkeys.iter().map(|(cell, subkey)| (*cell, &subkey.name)).collect();
        if elements.is_empty() {
            return None;
        }
        if key.reversed {
            elements.reverse();
        }
        Some(lists::write(&mut self.bins, self.list_kind, self.leaf_limit, &elements))
    }

    /// Notes where a key landed; a deleted one is freed.
    fn record(&mut self, place: KeyPlace, live: bool) {
        if live {
            self.live_keys += 1;
            self.built.add_key(place);
            return;
        }
        let lists = [place.value_list, place.subkey_list].into_iter().flatten();
        for freed in lists.chain(place.leaves.iter().copied()).chain([place.cell]) {
            self.bins.free(freed);
        }
        self.built.deleted_keys.push(place);
    }

    fn values(&mut self, key: &Key, path: &str, live: bool) -> (Option<CellOffset>, Vec<ValuePlace>) {
        let mut stale = Vec::new();
        for (name, value, remains) in &key.deleted_values {
            let stored = self.value(name, value);
            self.forget(&stored, *remains);
            if *remains == Remains::Listed {
                stale.push(stored.cell);
            }
            self.built.deleted_values.push((path.to_owned(), stored.place(name)));
        }
        let mut places = Vec::with_capacity(key.values.len());
        for (name, value) in &key.values {
            let stored = self.value(name, value);
            if !live {
                self.forget(&stored, Remains::Listed);
            }
            places.push(stored.place(name));
        }
        let list: Vec<u8> =
            places.iter().map(|place| place.cell).chain(stale).flat_map(CellOffset::to_le_bytes).collect();
        if list.is_empty() {
            return (None, places);
        }
        let cell = self.bins.store(&list);
        if places.is_empty() {
            // All values are gone: Windows frees the list with the last of them.
            self.bins.free(cell);
            return (None, places);
        }
        (Some(cell), places)
    }

    fn value(&mut self, name: &Name, value: &Value) -> vk::Stored {
        vk::write(&mut self.bins, name, value, self.minor)
    }

    /// Frees a value's record and data.
    fn forget(&mut self, stored: &vk::Stored, remains: Remains) {
        if remains == Remains::DataOnly {
            self.bins.overwrite(stored.cell);
        }
        self.bins.free(stored.cell);
        for data in stored.data.into_iter().chain(stored.segments.iter().copied()) {
            if remains == Remains::RecordOnly {
                self.bins.overwrite(data);
            }
            self.bins.free(data);
        }
    }
}

impl vk::Stored {
    fn place(&self, name: &Name) -> ValuePlace {
        ValuePlace { name: name.text(), cell: self.cell, data: self.data }
    }
}

fn join(path: &str, name: &Name) -> String {
    if path.is_empty() { name.text() } else { format!("{path}\\{}", name.text()) }
}
