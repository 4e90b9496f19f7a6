//! The block allocation table of a VHDX: 8 bytes an entry. After the entries of each chunk of blocks (as many as 2²³ sectors
//! fill) stands one for the chunk's sector bitmap.
//!
//! | bits | field | meaning |
//! |---|---|---|
//! | 0–2 | state | see below |
//! | 20–63 | file offset | in MiB |
//!
//! | state of a block | meaning |
//! |---|---|
//! | 0 not present | in the parent; zeros if there is none |
//! | 1 undefined, 2 zero, 3 unmapped | zeros |
//! | 6 fully present | in this file |
//! | 7 partially present | in this file where the sector bitmap has a one, else in the parent |
//!
//! The sector bitmap of a chunk has 2²³ bits, 1 MiB; its first bit is the lowest of its first byte. In its entry, state 6
//! says that it is present. Source: \[MS-VHDX\] 2.5.

use std::sync::Arc;

use hivekey_read_at::ReadAt;

use super::metadata::Metadata;
use super::region_table::Region;
use crate::bitmap::{self, BitOrder};
use crate::error::{Error, Structure};
use crate::limits::Limits;
use crate::map::{Map, Piece, Place, Reach};
use crate::offset::{Blocks, DiskOffset, FileOffset};
use crate::pages::Pages;

/// Sectors whose bits one bitmap holds.
const SECTORS_OF_CHUNK: u64 = 1 << 23;

/// The first byte of the file that a block can have: below lie the headers.
const FIRST_BLOCK: u64 = 1 << 20;

/// An entry of the table.
#[derive(Clone, Copy, Debug)]
struct Entry {
    state: u8,
    offset: FileOffset,
    /// Where the entry itself stands.
    place: FileOffset,
    raw: u64,
}

impl Entry {
    const fn wrong(&self, field: &'static str, expected: &'static str) -> Error {
        let structure = Structure::VhdxBlockTable;
        Error::Field { structure, offset: self.place, field, actual: self.raw, expected }
    }
}

/// Where the blocks lie.
pub(super) struct BlockMap {
    pages: Pages,
    table: Region,
    blocks: Blocks,
    chunks: Blocks,
    sectors: Blocks,
    blocks_of_chunk: Blocks,
    has_parent: bool,
}

impl BlockMap {
    pub(super) fn new(file: Arc<dyn ReadAt>, table: Region, metadata: &Metadata, limits: &Limits) -> Option<Self> {
        let sector = u64::from(metadata.sector_size);
        let blocks = Blocks::new(u64::from(metadata.block_size))?;
        let chunks = Blocks::new(sector.saturating_mul(SECTORS_OF_CHUNK))?;
        Some(Self {
            pages: Pages::new(file, limits),
            table,
            blocks,
            chunks,
            sectors: Blocks::new(sector)?,
            blocks_of_chunk: Blocks::new(blocks.index(chunks.size()))?,
            has_parent: metadata.parent_locator.is_some(),
        })
    }

    fn entry(&self, index: u64) -> Result<Entry, Error> {
        let structure = Structure::VhdxBlockTable;
        let at = index.saturating_mul(8);
        if at.saturating_add(8) > self.table.length {
            let offset = self.table.offset;
            return Err(Error::Missing { structure, offset, item: "entry for a block of the disk" });
        }
        let place = self.table.offset.plus(at);
        let raw = u64::from_le_bytes(self.pages.array(structure, place)?);
        let [low, ..] = raw.to_le_bytes();
        // The offset counts MiB from bit 20 on, so the bits stand where those of the byte offset would.
        Ok(Entry { state: low & 7, offset: FileOffset(raw & !0xF_FFFF), place, raw })
    }

    /// Where the data of a present block begin.
    fn start(entry: &Entry) -> Result<FileOffset, Error> {
        if entry.offset.get() < FIRST_BLOCK {
            return Err(entry.wrong("block table entry", "an offset behind the headers"));
        }
        Ok(entry.offset)
    }

    /// A piece of a block of which only some sectors are in this file.
    fn sectors(&self, at: u64, block: FileOffset, chunk: u64) -> Result<Piece, Error> {
        let index = chunk.saturating_mul(self.blocks_of_chunk.size().saturating_add(1));
        let bitmap = self.entry(index.saturating_add(self.blocks_of_chunk.size()))?;
        if bitmap.state != 6 {
            return Err(bitmap.wrong("sector bitmap entry", "state 6, as one of its blocks is partially present"));
        }
        let sector = self.sectors.index(self.chunks.within(at));
        let byte = Self::start(&bitmap)?.plus(sector / 8);
        let rest = self.pages.rest_of_page(Structure::VhdxSectorBitmap, byte)?;
        let (is_own, count) = bitmap::run(rest.bytes(), sector % 8, BitOrder::LowFirst);
        let place = if is_own { self.data(block, at) } else { Place::Parent };
        Ok(Piece::new(place, count.saturating_mul(self.sectors.size()).saturating_sub(self.sectors.within(at))))
    }

    const fn data(&self, block: FileOffset, at: u64) -> Place {
        let offset = block.plus(self.blocks.within(at));
        Place::Stored { file: 0, offset, structure: Structure::VhdxBlock }
    }
}

impl Map for BlockMap {
    fn reach(&self, size: u64) -> Option<Reach> {
        let block = self.blocks.size();
        let groups = Blocks::new(self.blocks_of_chunk.size().saturating_add(1))?;
        let end = |index: u64, entry: [u8; 8]| {
            let raw = u64::from_le_bytes(entry);
            let is_bitmap = groups.within(index) == self.blocks_of_chunk.size();
            if is_bitmap || raw & 7 < 6 {
                return 0;
            }
            let number = index.saturating_sub(groups.index(index));
            let length = block.min(size.saturating_sub(number.saturating_mul(block)));
            (raw & !0xF_FFFF).saturating_add(length)
        };
        let blocks = self.blocks.count(size);
        let entries = blocks.saturating_add(self.blocks_of_chunk.index(blocks)).min(self.table.length / 8);
        let end = self.pages.highest(Structure::VhdxBlockTable, self.table.offset, entries, end);
        Some(Reach { file: 0, structure: Structure::VhdxBlock, end })
    }

    fn locate(&self, at: DiskOffset) -> Result<Piece, Error> {
        let at = at.get();
        let (block, left) = (self.blocks.index(at), self.blocks.left(at));
        let chunk = self.blocks_of_chunk.index(block);
        let entry = self.entry(block.saturating_add(chunk))?;
        let hole = |place| {
            let repeats = self.pages.repeats::<8>(Structure::VhdxBlockTable, entry.place);
            Piece::new(place, self.blocks.span(at, repeats.min(self.blocks_of_chunk.left(block))))
        };
        let piece = match entry.state {
            0 => return Ok(hole(Place::Parent)),
            1..=3 => return Ok(hole(Place::Zero)),
            6 => Piece::new(self.data(Self::start(&entry)?, at), left),
            7 if self.has_parent => self.sectors(at, Self::start(&entry)?, chunk)?,
            _ => return Err(entry.wrong("block table entry", "state 0 to 3, 6, or 7 in a differencing image")),
        };
        Ok(Piece::new(piece.place, piece.length.min(left)))
    }
}
