//! A block of `$INDEX_ALLOCATION`: a node of a directory's index below the root.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | signature | `INDX` |
//! | 4 | 4 | update sequence | see the fix-up |
//! | 8 | 8 | LSN | place in the journal |
//! | 16 | 8 | own | where the block lies in the attribute, in the unit in which entries name blocks |
//! | 24 | 16 | node header | see the index node |
//!
//! Source: Microsoft, "INDEX_ALLOCATION"; ntfs-3g.

use super::fixup;
use super::index_entry::{Node, NodePlace};
use crate::anomaly::Anomaly;
use crate::error::{Error, Structure};
use crate::offset::{DeviceOffset, Vcn};
use crate::read::Fields;

const NODE: usize = 24;

/// Reads a block that was named by `own`; a torn one is read with what is wrong.
pub(super) fn parse(mut bytes: Vec<u8>, offset: DeviceOffset, own: Vcn) -> Result<(Node, Option<Anomaly>), Error> {
    Fields::new(&bytes, Structure::IndexBlock, offset).signature(*b"INDX")?;
    let torn = fixup::apply(&mut bytes, Structure::IndexBlock, offset)?;
    let fields = Fields::new(&bytes, Structure::IndexBlock, offset);
    let stored = fields.u64(16)?;
    if stored != own.0 {
        return Err(fields.wrong("own number", stored, "the number that named it"));
    }
    Ok((Node::parse(&fields, NodePlace(NODE))?, torn))
}
