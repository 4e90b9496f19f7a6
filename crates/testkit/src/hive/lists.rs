//! Subkey lists: li, lf, lh and ri.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 2 | `li`, `lf`, `lh` or `ri` |
//! | 2 | 2 | number of elements |
//! | 4 | … | li, ri: 4-byte offsets (ri: of the lists below it); lf, lh: offset and hint of 4 bytes each |
//!
//! lf hint: the first four characters of the name. lh hint: hash = hash · 37 + upper-case unit over the name.

use super::bins::{Bins, CellOffset};
use super::name::Name;

/// The form of a hive's subkey lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListKind {
    /// lf up to version 1.4, lh from 1.5 on, as Windows does.
    #[default]
    Auto,
    /// Index leaf: offsets only (Windows NT).
    Li,
    /// Fast leaf: with the first four characters (1.3, 1.4).
    Lf,
    /// Hash leaf: with a hash of the name (1.5 and up).
    Lh,
}

impl ListKind {
    pub(super) fn resolve(self, minor: u32) -> ListKind {
        match self {
            ListKind::Auto if minor >= 5 => ListKind::Lh,
            ListKind::Auto => ListKind::Lf,
            chosen => chosen,
        }
    }

    /// The most elements in one leaf, so that the leaf fits in a bin of one page; more need an index root (ri).
    fn capacity(self) -> usize {
        match self {
            ListKind::Li => 1012,
            _ => 507,
        }
    }

    fn signature(self) -> &'static [u8; 2] {
        match self {
            ListKind::Li => b"li",
            ListKind::Lf => b"lf",
            ListKind::Lh | ListKind::Auto => b"lh",
        }
    }
}

/// Where a key's list landed.
pub(super) struct Stored {
    pub(super) cell: CellOffset,
    /// The leaves below an index root; empty if `cell` is itself a leaf.
    pub(super) leaves: Vec<CellOffset>,
}

/// Writes the list of these subkeys, in the order given.
pub(super) fn write(
    bins: &mut Bins,
    kind: ListKind,
    leaf_limit: Option<usize>,
    subkeys: &[(CellOffset, &Name)],
) -> Stored {
    let capacity = leaf_limit.unwrap_or(kind.capacity());
    let mut leaves: Vec<CellOffset> = subkeys
        .chunks(capacity)
        .map(|chunk| {
            let elements = chunk.iter().flat_map(|(cell, name)| {
                let mut element = cell.to_le_bytes().to_vec();
                match kind {
                    ListKind::Li => {}
                    ListKind::Lf => element.extend(fast_hint(name)),
                    ListKind::Lh | ListKind::Auto => element.extend(hash(name).to_le_bytes()),
                }
                element
            });
            store(bins, kind.signature(), chunk.len(), elements.collect())
        })
        .collect();
    if leaves.len() == 1 {
        return Stored { cell: leaves.remove(0), leaves };
    }
    let elements = leaves.iter().flat_map(|leaf| leaf.to_le_bytes()).collect();
    Stored { cell: store(bins, b"ri", leaves.len(), elements), leaves }
}

fn store(bins: &mut Bins, signature: &[u8; 2], count: usize, elements: Vec<u8>) -> CellOffset {
    let mut content = signature.to_vec();
    content.extend((count as u16).to_le_bytes());
    content.extend(elements);
    bins.store(&content)
}

fn fast_hint(name: &Name) -> [u8; 4] {
    let mut hint = [0; 4];
    for (slot, unit) in hint.iter_mut().zip(name.units()) {
        *slot = u8::try_from(*unit).unwrap_or(0);
    }
    hint
}

fn hash(name: &Name) -> u32 {
    name.folded().iter().fold(0u32, |hash, unit| hash.wrapping_mul(37).wrapping_add(u32::from(*unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_is_case_blind() {
        assert_eq!(hash(&"Select".into()), hash(&"SELECT".into()));
        assert_eq!(hash(&"A".into()), 65);
        assert_eq!(hash(&"ab".into()), 65 * 37 + 66);
    }
}
