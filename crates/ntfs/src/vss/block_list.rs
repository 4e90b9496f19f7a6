//! The block list: where the blocks that were overwritten are saved. Descriptors of 32 bytes:
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 8 | original | offset of the block in the snapshot |
//! | 8 | 8 | relative | offset in the store; of a forwarder: where the block lies now in the volume |
//! | 16 | 8 | saved | offset in the volume that holds the store |
//! | 24 | 4 | flags | 1 forwarder, 2 overlay, 4 not used |
//! | 28 | 4 | sectors | of an overlay: a bit for each 512-byte sector that is saved |
//!
//! A later descriptor of a block takes the place of an earlier one; overlays of a block are put together. A forwarder of a
//! block that another one forwards to continues it.
//!
//! Source: libvshadow documentation, "Block descriptor".

use std::collections::HashMap;

use hivekey_read_at::{ReadAt, wide};

use super::block::{self, Table};
use crate::error::{Error, Structure};
use crate::limits::{Limit, MAX_SAVED_BLOCKS};
use crate::read::Fields;

use super::BLOCK;

const TABLE: Table = Table { structure: Structure::VssBlockList, record_type: 3 };
const DESCRIPTOR: usize = 32;
const FORWARDER: u32 = 1;
const OVERLAY: u32 = 2;
const NOT_USED: u32 = 4;

/// Where the content of a block stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    /// Saved, at this offset of the volume.
    Saved(u64),
    /// Moved: in the next younger snapshot, or in the volume, it is the block with this number.
    Moved(u64),
}

/// Sectors of a block that are saved by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Overlay {
    /// Where the saved block lies in the volume.
    pub(super) offset: u64,
    /// A bit for each sector of 512 bytes.
    pub(super) sectors: u32,
}

/// What is saved of one block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Saved {
    pub(super) whole: Option<Whole>,
    pub(super) overlay: Option<Overlay>,
}

/// The blocks of one snapshot, by their numbers.
#[derive(Debug, Default)]
pub(super) struct BlockList {
    saved: HashMap<u64, Saved>,
    /// From the place that a block was saved at or moved to, as a number of a block, to the block.
    origins: HashMap<u64, u64>,
}

impl BlockList {
    pub(super) fn saved(&self, block: u64) -> Saved {
        self.saved.get(&block).copied().unwrap_or_default()
    }

    /// Whether a block of the snapshot was moved to, or saved as, this one.
    pub(super) fn is_target(&self, block: u64) -> bool {
        self.origins.contains_key(&block)
    }

    fn add(&mut self, descriptor: &Fields<'_>) -> Result<(), Error> {
        let flags = descriptor.u32(24)?;
        if flags & NOT_USED != 0 || descriptor.bytes().iter().all(|&byte| byte == 0) {
            return Ok(());
        }
        let mut block = descriptor.u64(0)? / BLOCK;
        let relative = descriptor.u64(8)? / BLOCK;
        let offset = descriptor.u64(16)?;
        if flags & OVERLAY != 0 {
            let sectors = descriptor.u32(28)?;
            let overlay = &mut self.saved.entry(block).or_default().overlay;
            match overlay {
                Some(known) => known.sectors |= sectors,
                None => *overlay = Some(Overlay { offset, sectors }),
            }
            return Ok(());
        }
        if let Some(origin) = self.origins.remove(&block) {
            block = origin;
        }
        let is_forwarder = flags & FORWARDER != 0;
        if is_forwarder && block == relative {
            return Ok(());
        }
        self.origins.insert(relative, block);
        let whole = if is_forwarder { Whole::Moved(relative) } else { Whole::Saved(offset) };
        self.saved.entry(block).or_default().whole = Some(whole);
        Ok(())
    }
}

pub(super) fn read<D: ReadAt + ?Sized>(device: &D, offset: u64) -> Result<BlockList, Error> {
    let mut list = BlockList::default();
    block::each(device, TABLE, offset, |content| {
        let count = content.bytes().len() / DESCRIPTOR;
        for index in 0..count {
            list.add(&content.within(index.saturating_mul(DESCRIPTOR), DESCRIPTOR, TABLE.structure)?)?;
        }
        if list.saved.len() > MAX_SAVED_BLOCKS {
            return Err(Error::LimitReached { limit: Limit::SavedBlocks, max: wide(MAX_SAVED_BLOCKS) });
        }
        Ok(())
    })?;
    Ok(list)
}
