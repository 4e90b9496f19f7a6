//! `$INDEX_ROOT`: the topmost node of a directory's index.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | type | of the attribute that is indexed: 0x30, names |
//! | 4 | 4 | order | 1: names by upper case |
//! | 8 | 4 | block size | bytes of an index block |
//! | 12 | 1 | clusters | of an index block (or 512-byte units, if it is shorter than a cluster) |
//! | 16 | 16 | node header | see the index node |
//!
//! Source: Microsoft, "INDEX_ROOT"; ntfs-3g.

use super::index_entry::{Node, NodePlace};
use crate::error::{Error, Structure};
use crate::limits::MAX_RECORD_LEN;
use crate::offset::DeviceOffset;
use crate::read::Fields;

const NODE: usize = 16;

#[derive(Debug)]
pub(super) struct IndexRoot {
    /// Bytes of an index block.
    pub(super) block_size: u64,
    pub(super) node: Node,
}

impl IndexRoot {
    /// Reads the root; where its block size cannot be true, that of the volume counts.
    pub(super) fn parse(bytes: &[u8], offset: DeviceOffset, usual_block_size: u64) -> Result<Self, Error> {
        let fields = Fields::new(bytes, Structure::IndexRoot, offset);
        let stored = u64::from(fields.u32(8)?);
        let possible = stored.is_power_of_two() && (512..=MAX_RECORD_LEN).contains(&stored);
        let block_size = if possible { stored } else { usual_block_size };
        let node = Node::parse(&fields, NodePlace(NODE))?;
        Ok(Self { block_size, node })
    }
}
