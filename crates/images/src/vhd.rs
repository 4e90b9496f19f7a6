//! Microsoft Virtual Hard Disk (VHD): fixed, dynamic and differencing.
//!
//! A fixed image is the disk followed by a footer. A dynamic one opens with a copy of the footer, then has a header, a table
//! of blocks, and the blocks, each with a bitmap of its sectors; of a differencing one only the sectors whose bit is set
//! are its own. Source: Microsoft, "Virtual Hard Disk Image Format Specification", version 1.0 (2006).
//!
//! Block allocation table, at the place that the dynamic header gives, 4 bytes an entry, big-endian:
//!
//! | value | meaning |
//! |---|---|
//! | 0xFFFFFFFF | the block is not in this file |
//! | other | sector (512 bytes) of the file where the block's bitmap begins; the data follow it |
//!
//! The bitmap has one bit a sector, the first in the highest bit, and is filled up to a whole sector. In a dynamic image the
//! data count whatever the bitmap says: Windows and QEMU set all bits or read past them.

mod dynamic_header;
mod footer;
mod parent_locator;

use std::sync::Arc;

use hivekey_read_at::ReadAt;

use crate::anomaly::Anomaly;
use crate::bitmap::{self, BitOrder};
use crate::error::{Error, Structure};
use crate::kind::Kind;
use crate::map::{Image, Map, Nearby, ParentLink, Piece, Place, Reach};
use crate::offset::{Blocks, DiskOffset, FileOffset};
use crate::open::Context;
use crate::pages::Pages;
use crate::raw::Flat;

use dynamic_header::DynamicHeader;
use footer::{DiskType, Footer};

/// An entry of the block table for a block that is not in the file.
const NO_BLOCK: u32 = 0xFFFF_FFFF;

/// Opens a VHD.
pub(crate) fn open(context: &mut Context<'_>, file: Arc<dyn ReadAt>) -> Result<Image, Error> {
    let footer = footer::find(&*file, context.notes())?;
    let mut image = match footer.disk_type {
        DiskType::Fixed => open_fixed(context, &footer, file),
        DiskType::Dynamic => open_dynamic(context, &footer, file, false)?,
        DiskType::Differencing => open_dynamic(context, &footer, file, true)?,
    };
    image.identity = footer.unique_id;
    Ok(image)
}

fn open_fixed(context: &Context<'_>, footer: &Footer, file: Arc<dyn ReadAt>) -> Image {
    let available = footer.offset.get();
    if available < footer.current_size {
        let structure = Structure::VhdBlock;
        context.notes().add(Anomaly::CutOff { structure, needed: footer.current_size, available });
    }
    Image::new(Flat::new(footer.current_size, Structure::VhdBlock), vec![file], footer.current_size)
}

fn open_dynamic(
    context: &Context<'_>,
    footer: &Footer,
    file: Arc<dyn ReadAt>,
    has_parent: bool,
) -> Result<Image, Error> {
    let header = dynamic_header::read(&*file, footer.data_offset, context.notes())?;
    let parent = if has_parent {
        let stated = parent_locator::names(&*file, &header)?;
        let nearby = Some(Nearby { kind: Kind::Vhd, endings: &[".vhd", ".avhd"] });
        Some(ParentLink { stated, expected: vec![header.parent_id], revision: None, nearby, kind: None })
    } else {
        None
    };
    let map = BlockMap::new(&header, Arc::clone(&file), has_parent, context)?;
    let mut image = Image::new(map, vec![file], footer.current_size);
    image.parent = parent;
    Ok(image)
}

/// Where the blocks of a dynamic or differencing image lie.
struct BlockMap {
    pages: Pages,
    table: FileOffset,
    entries: u64,
    blocks: Blocks,
    bitmap_bytes: u64,
    has_parent: bool,
}

impl BlockMap {
    fn new(
        header: &DynamicHeader,
        file: Arc<dyn ReadAt>,
        has_parent: bool,
        context: &Context<'_>,
    ) -> Result<Self, Error> {
        let sectors = Blocks::SECTORS;
        let blocks = Blocks::new(header.block_size).ok_or_else(|| header.wrong_block_size())?;
        let bitmap_bytes =
            sectors.count(sectors.count(header.block_size).div_ceil(8)).saturating_mul(Blocks::SECTORS.size());
        Ok(Self {
            pages: Pages::new(file, context.limits()),
            table: header.table_offset,
            entries: u64::from(header.max_table_entries),
            blocks,
            bitmap_bytes,
            has_parent,
        })
    }

    /// The sector in a differencing image's block: its own, or the parent's.
    fn sectors(&self, block: FileOffset, within: u64) -> Result<Piece, Error> {
        let sector = Blocks::SECTORS.index(within);
        let byte = block.plus(sector / 8);
        let rest = self.pages.rest_of_page(Structure::VhdSectorBitmap, byte)?;
        let (is_own, count) = bitmap::run(rest.bytes(), sector % 8, BitOrder::HighFirst);
        let place = if is_own { self.data(block, within) } else { Place::Parent };
        Ok(Piece::new(
            place,
            count.saturating_mul(Blocks::SECTORS.size()).saturating_sub(Blocks::SECTORS.within(within)),
        ))
    }

    const fn data(&self, block: FileOffset, within: u64) -> Place {
        let offset = block.plus(self.bitmap_bytes).plus(within);
        Place::Stored { file: 0, offset, structure: Structure::VhdBlock }
    }
}

impl Map for BlockMap {
    fn reach(&self, size: u64) -> Option<Reach> {
        let block = self.blocks.size();
        let end = |index: u64, entry: [u8; 4]| match u32::from_be_bytes(entry) {
            NO_BLOCK => 0,
            sector => {
                let data = u64::from(sector).saturating_mul(Blocks::SECTORS.size()).saturating_add(self.bitmap_bytes);
                data.saturating_add(block.min(size.saturating_sub(index.saturating_mul(block))))
            }
        };
        let entries = self.entries.min(self.blocks.count(size));
        let end = self.pages.highest(Structure::VhdBlockTable, self.table, entries, end);
        Some(Reach { file: 0, structure: Structure::VhdBlock, end })
    }

    fn locate(&self, at: DiskOffset) -> Result<Piece, Error> {
        let index = self.blocks.index(at.get());
        if index >= self.entries {
            let structure = Structure::VhdBlockTable;
            return Err(Error::Missing { structure, offset: self.table, item: "entry for a block of the disk" });
        }
        let place = self.table.plus(index.saturating_mul(4));
        let entry = u32::from_be_bytes(self.pages.array(Structure::VhdBlockTable, place)?);
        let (within, left) = (self.blocks.within(at.get()), self.blocks.left(at.get()));
        let block = FileOffset(u64::from(entry).saturating_mul(Blocks::SECTORS.size()));
        match (entry, self.has_parent) {
            (NO_BLOCK, _) => {
                let repeats = self.pages.repeats::<4>(Structure::VhdBlockTable, place);
                let count = repeats.min(self.entries.saturating_sub(index));
                Ok(Piece::new(Place::Parent, self.blocks.span(at.get(), count)))
            }
            (_, false) => Ok(Piece::new(self.data(block, within), left)),
            (_, true) => {
                let piece = self.sectors(block, within)?;
                Ok(Piece::new(piece.place, piece.length.min(left)))
            }
        }
    }
}
