//! Lists of subkeys: leaves (`li`, `lf`, `lh`) and the index root (`ri`) that lists leaves.
//!
//! Offsets count from the content of the cell.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 2 | signature | `li`, `lf`, `lh`, `ri` |
//! | 2 | 2 | number of elements | |
//! | 4 | … | elements | see below |
//!
//! | list | element | meaning | since |
//! |---|---|---|---|
//! | `li` | 4 bytes: key node | sorted by name | NT 3.1 |
//! | `lf` | 4 bytes: key node; 4 bytes: hint | first four characters of the name | NT 4 |
//! | `lh` | 4 bytes: key node; 4 bytes: hash | of the name in upper case | XP |
//! | `ri` | 4 bytes: leaf | never another `ri` | NT 3.1 |
//!
//! Source: M. Suhanov, "Windows registry file format specification", index leaf to index root.

use alloc::borrow::Cow;

use crate::error::{Error, Structure};
use crate::hive::Hive;
use crate::name::WantedName;
use crate::offset::{CellOffset, FileOffset};
use crate::read::{Fields, ReadAt, array, u32_at};

/// Length of the header.
const HEADER_LEN: usize = 4;

/// The four kinds of list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListKind {
    /// `li`
    IndexLeaf,
    /// `lf`
    FastLeaf,
    /// `lh`
    HashLeaf,
    /// `ri`
    IndexRoot,
}

impl ListKind {
    fn from_signature(signature: [u8; 2]) -> Option<Self> {
        Some(match &signature {
            b"li" => Self::IndexLeaf,
            b"lf" => Self::FastLeaf,
            b"lh" => Self::HashLeaf,
            b"ri" => Self::IndexRoot,
            _ => return None,
        })
    }

    const fn element_len(self) -> usize {
        match self {
            Self::IndexLeaf | Self::IndexRoot => 4,
            Self::FastLeaf | Self::HashLeaf => 8,
        }
    }
}

/// A list in memory: its header and as many of its elements as its cell holds.
#[derive(Clone, Debug)]
pub(crate) struct List<'h> {
    pub(crate) kind: ListKind,
    /// Its cell.
    pub(crate) offset: FileOffset,
    elements: Cow<'h, [u8]>,
    /// Elements that are there.
    pub(crate) len: usize,
    /// Elements that the header names; more than `len` if the cell is too small.
    pub(crate) declared: usize,
}

impl<'h> List<'h> {
    /// Reads the list in the cell at `at`.
    pub(crate) fn read<S: ReadAt>(hive: &'h Hive<S>, at: CellOffset) -> Result<Self, Error> {
        let structure = Structure::SubkeyList;
        let cell = hive.cell(structure, at)?;
        let mut header = [0u8; HEADER_LEN];
        hive.content_into(structure, cell, &mut header)?;
        let fields = Fields::new(&header, structure, cell.content);
        let signature = fields.array::<2>(0)?;
        let Some(kind) = ListKind::from_signature(signature) else {
            return Err(Error::Signature { structure, offset: cell.content, actual: signature.into() });
        };
        let declared = usize::from(fields.u16(2)?);
        let room = cell.len.saturating_sub(HEADER_LEN);
        let len = declared.min(room.checked_div(kind.element_len()).unwrap_or(0));
        let elements = hive.content(structure, cell, HEADER_LEN, len.saturating_mul(kind.element_len()))?;
        Ok(Self { kind, offset: at.file(), elements, len, declared })
    }

    /// Bytes that header and elements take.
    pub(crate) fn used(&self) -> usize {
        HEADER_LEN.saturating_add(self.elements.len())
    }

    /// The reference field of element `index`.
    pub(crate) fn field(&self, index: usize) -> Option<u32> {
        u32_at(&self.elements, index.checked_mul(self.kind.element_len())?)
    }

    /// The cell that element `index` names, where a `structure` is expected.
    pub(crate) fn element(&self, structure: Structure, index: usize) -> Option<Result<CellOffset, Error>> {
        let field = self.field(index)?;
        Some(CellOffset::from_field(field).ok_or(Error::NoCell { structure, offset: self.offset }))
    }

    /// Whether hint or hash of element `index` allow that its key has the name `wanted`. Without hints all do.
    pub(crate) fn hint_allows(&self, index: usize, wanted: &WantedName, hash: u32) -> bool {
        let hint = || array::<4>(&self.elements, index.checked_mul(self.kind.element_len())?.checked_add(4)?);
        match self.kind {
            ListKind::HashLeaf => hint().map(u32::from_le_bytes) == Some(hash),
            ListKind::FastLeaf => hint().is_some_and(|hint| wanted.fits_hint(hint)),
            ListKind::IndexLeaf | ListKind::IndexRoot => true,
        }
    }

    /// Whether the elements carry hints or hashes.
    pub(crate) const fn has_hints(&self) -> bool {
        matches!(self.kind, ListKind::FastLeaf | ListKind::HashLeaf)
    }

    /// The error for the elements that do not fit into the cell, if there are any.
    pub(crate) fn missing_elements(&self) -> Option<Error> {
        (self.declared > self.len).then(|| Error::Field {
            structure: if self.kind == ListKind::IndexRoot { Structure::IndexRoot } else { Structure::SubkeyList },
            offset: self.offset,
            field: "number of elements",
            expected: "no more than the cell holds",
            actual: crate::read::wide(self.declared),
        })
    }
}
