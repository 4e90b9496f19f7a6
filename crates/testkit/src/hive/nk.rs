//! Key nodes (nk).
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 2 | `nk` |
//! | 2 | 2 | flags: 4 root, 8 no delete, 0x10 symbolic link, 0x20 name is one byte a character |
//! | 4 | 8 | last written, FILETIME |
//! | 12 | 4 | access bits (Windows 8 and up) |
//! | 16 | 4 | offset of the parent |
//! | 20 | 4 | number of subkeys |
//! | 24 | 4 | number of volatile subkeys |
//! | 28 | 4 | offset of the subkey list |
//! | 32 | 4 | offset of the volatile subkey list |
//! | 36 | 4 | number of values |
//! | 40 | 4 | offset of the value list |
//! | 44 | 4 | offset of the security record |
//! | 48 | 4 | offset of the class name |
//! | 52 | 4 | longest subkey name, bytes as UTF-16 |
//! | 56 | 4 | longest class name of a subkey, bytes |
//! | 60 | 4 | longest value name, bytes as UTF-16 |
//! | 64 | 4 | largest value data, bytes |
//! | 68 | 4 | work variable |
//! | 72 | 2 | name length, bytes |
//! | 74 | 2 | class name length, bytes |
//! | 76 | … | name |

use super::bins::{Bins, CellOffset, NIL};
use super::key::Key;
use super::value::utf16;
use crate::time::Filetime;

/// Flags of the root of a hive: it is the entry, and it can't be deleted.
const ROOT: u16 = 0x0C;
const COMPRESSED_NAME: u16 = 0x20;
const HEADER: usize = 76;

/// What a node says besides the facts of its [`Key`].
pub(super) struct Links {
    pub(super) is_root: bool,
    pub(super) parent: CellOffset,
    pub(super) subkey_list: Option<CellOffset>,
    pub(super) value_list: Option<CellOffset>,
    pub(super) security: CellOffset,
    pub(super) time: Filetime,
}

/// Allocates the node, so that its subkeys can point at it.
pub(super) fn allocate(bins: &mut Bins, key: &Key) -> CellOffset {
    bins.allocate(HEADER + key.name.bytes().len())
}

/// Writes the node and its class name, whose cell is given back.
pub(super) fn fill(bins: &mut Bins, cell: CellOffset, key: &Key, links: &Links) -> Option<CellOffset> {
    let name = key.name.bytes();
    let class = key.class.as_deref().map(utf16);
    let class_cell = class.as_ref().map(|class| bins.store(class));
    let mut flags = key.flags;
    if links.is_root {
        flags |= ROOT;
    }
    if key.name.is_compressed() {
        flags |= COMPRESSED_NAME;
    }
    let longest_subkey = longest(key.subkeys.values().map(|subkey| subkey.name.units().len() * 2));
    let longest_class =
        longest(key.subkeys.values().map(|subkey| subkey.class.as_deref().map_or(0, |class| utf16(class).len())));
    let longest_value_name = longest(key.values.iter().map(|(name, _)| name.units().len() * 2));
    let largest_value = longest(key.values.iter().map(|(_, value)| value.data.len()));

    let mut record = Vec::with_capacity(HEADER + name.len());
    record.extend(b"nk");
    record.extend(flags.to_le_bytes());
    record.extend(key.last_written.unwrap_or(links.time).0.to_le_bytes());
    for word in [
        0,
        links.parent,
        key.subkeys.len() as u32,
        0,
        links.subkey_list.unwrap_or(NIL),
        NIL,
        key.values.len() as u32,
        links.value_list.unwrap_or(NIL),
        links.security,
        class_cell.unwrap_or(NIL),
        longest_subkey,
        longest_class,
        longest_value_name,
        largest_value,
        0,
    ] {
        record.extend(word.to_le_bytes());
    }
    record.extend((name.len() as u16).to_le_bytes());
    record.extend((class.map_or(0, |class| class.len()) as u16).to_le_bytes());
    record.extend(name);
    bins.fill(cell, &record);
    class_cell
}

fn longest(lengths: impl Iterator<Item = usize>) -> u32 {
    lengths.max().unwrap_or(0) as u32
}
