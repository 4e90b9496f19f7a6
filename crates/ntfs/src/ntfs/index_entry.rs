//! A node of a directory's index and its entries, in the root and in blocks.
//!
//! Node header:
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | entries | where the first entry lies, from this header on |
//! | 4 | 4 | used | bytes up to the end of the last entry, from this header on |
//! | 8 | 4 | allocated | bytes of the node |
//! | 12 | 1 | flags | 1: there are nodes below |
//!
//! Entry:
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 8 | file | what the name stands for |
//! | 8 | 2 | length | of the entry, a multiple of 8 |
//! | 10 | 2 | key length | of the name attribute |
//! | 12 | 2 | flags | 1: a node lies below, 2: the last entry, which has no name |
//! | 16 | … | key | `$FILE_NAME` |
//! | length − 8 | 8 | below | the block with the names before this one |
//!
//! Source: Microsoft, "INDEX_HEADER", "INDEX_ENTRY"; ntfs-3g.

use hivekey_read_at::{narrow, wide};

use super::file_name::FileName;
use crate::anomaly::Anomaly;
use crate::error::{Error, Structure};
use crate::offset::{FileReference, Vcn};
use crate::read::Fields;

const HAS_NODE: u16 = 1;
const LAST: u16 = 2;

/// Where the node header lies in its structure.
#[derive(Clone, Copy)]
pub(super) struct NodePlace(pub(super) usize);

#[derive(Debug)]
pub(super) struct IndexEntry {
    pub(super) reference: FileReference,
    /// `None` in the last entry.
    pub(super) name: Option<FileName>,
    pub(super) below: Option<Vcn>,
}

/// The entries of a node, up to the last or to the first whose length cannot be true.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) entries: Vec<IndexEntry>,
    pub(super) fault: Option<Anomaly>,
}

impl Node {
    pub(super) fn parse(fields: &Fields<'_>, place: NodePlace) -> Result<Self, Error> {
        let header = fields.slice(place.0, 16)?.len();
        let first = narrow(fields.u32(place.0)?.into());
        if first < header {
            return Err(fields.wrong("first entry", wide(first), "behind the node header"));
        }
        let used = narrow(fields.u32(place.0.saturating_add(4))?.into());
        let end = place.0.saturating_add(used).min(fields.bytes().len());
        let mut at = place.0.saturating_add(first);
        let mut node = Self::default();
        loop {
            match Self::entry(fields, at, end) {
                Ok(Step { entry, fault, len, last }) => {
                    node.entries.extend(entry);
                    if let Some(error) = fault {
                        let place = fields.offset().plus(wide(at));
                        node.fault = node.fault.or(Some(Anomaly::damaged(place, error)));
                    }
                    if last {
                        return Ok(node);
                    }
                    at = at.saturating_add(len);
                }
                Err(error) => {
                    let place = fields.offset().plus(wide(at));
                    node.fault = node.fault.or(Some(Anomaly::damaged(place, error)));
                    return Ok(node);
                }
            }
        }
    }

    /// The entry at `at`. One whose name cannot be read is passed over, what lies below it is not.
    fn entry(node: &Fields<'_>, at: usize, end: usize) -> Result<Step, Error> {
        let len = usize::from(node.u16(at.saturating_add(8))?);
        let room = end.saturating_sub(at);
        if len < 16 || len > room || !len.is_multiple_of(8) {
            return Err(node.wrong("entry length", wide(len), "16 or more, inside the node"));
        }
        let fields = node.within(at, len, Structure::IndexEntry)?;
        let flags = fields.u16(12)?;
        let last = flags & LAST != 0;
        let below = match len.checked_sub(8) {
            Some(place) if flags & HAS_NODE != 0 => Some(Vcn(fields.u64(place)?)),
            _ => None,
        };
        let name = if last {
            Ok(None)
        } else {
            fields
                .within(16, fields.u16(10)?.into(), Structure::FileName)
                .and_then(|key| FileName::parse(&key))
                .map(Some)
        };
        let (name, fault) = match name {
            Ok(name) => (name, None),
            Err(error) => (None, Some(error)),
        };
        let entry = (name.is_some() || below.is_some()).then_some(IndexEntry {
            reference: FileReference::from_field(fields.u64(0)?),
            name,
            below,
        });
        Ok(Step { entry, fault, len, last })
    }
}

struct Step {
    entry: Option<IndexEntry>,
    fault: Option<Error>,
    len: usize,
    last: bool,
}
