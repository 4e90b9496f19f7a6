//! partclone images, version 2: of the volume, only the blocks that its file system uses.
//!
//! | offset | length | structure |
//! |---|---|---|
//! | 0 | 110 | [`header`] |
//! | 110 | 1 bit a block, in whole bytes | bitmap of used blocks; the first in the lowest bit |
//! | – | 4 | checksum of the bitmap |
//! | – | – | the used blocks; after every so many, and after the last, a checksum |
//!
//! Blocks that are not used are given as zeros: the image says that the file system has nothing there. Where a used block
//! lies is told by the number of used blocks before it, which is counted as far as reading goes. The checksums of the blocks are
//! not compared: each is over as many blocks as would have to be read for one. Source: partclone 0.3,
//! `src/partclone.h` and `IMAGE_FORMATS.md`.

mod header;
mod ranks;

use std::sync::Arc;

use hivekey_read_at::ReadAt;

use crate::bitmap::{self, BitOrder};
use crate::error::{Error, Structure};
use crate::map::{Image, Map, Piece, Place};
use crate::offset::{Blocks, DiskOffset, FileOffset};
use crate::open::Context;
use crate::pages::Pages;

use header::Header;
use ranks::Ranks;

/// Opens a partclone image.
pub(crate) fn open(context: &Context<'_>, file: Arc<dyn ReadAt>) -> Result<Image, Error> {
    let header = header::read(&file, context.notes())?;
    let blocks = header.blocks;
    let map = BlockMap {
        pages: Pages::new(Arc::clone(&file), context.limits()),
        ranks: Ranks::new(Arc::clone(&file), header.bitmap, header.bitmap_bytes()),
        header,
    };
    // The volume may have a last sector that is not a whole block.
    let size = header.device_size.max(header.total_blocks.saturating_mul(blocks.size()));
    Ok(Image::new(map, vec![file], size))
}

/// Where the blocks lie.
struct BlockMap {
    pages: Pages,
    ranks: Ranks,
    header: Header,
}

impl BlockMap {
    /// Where the used block lies that has `rank` used blocks before it.
    fn place(&self, rank: u64) -> FileOffset {
        let checksums = rank.checked_div(self.header.blocks_per_checksum).unwrap_or(0);
        let data = rank.saturating_mul(self.header.blocks.size());
        self.header.data().plus(data).plus(checksums.saturating_mul(self.header.checksum_size))
    }

    /// Blocks from the one of `rank` to the next checksum.
    fn until_checksum(&self, rank: u64) -> u64 {
        match Blocks::new(self.header.blocks_per_checksum) {
            Some(groups) if self.header.checksum_size > 0 => groups.left(rank),
            _ => u64::MAX,
        }
    }
}

impl Map for BlockMap {
    fn locate(&self, at: DiskOffset) -> Result<Piece, Error> {
        let blocks = self.header.blocks;
        let (block, within) = (blocks.index(at.get()), blocks.within(at.get()));
        let bytes = |count: u64| count.saturating_mul(blocks.size()).saturating_sub(within);
        if block >= self.header.total_blocks {
            return Ok(Piece::new(Place::Zero, u64::MAX));
        }
        let rest = self.pages.rest_of_page(Structure::PartcloneBitmap, self.header.bitmap.plus(block / 8))?;
        let (is_used, count) = bitmap::run(rest.bytes(), block % 8, BitOrder::LowFirst);
        let count = count.min(self.header.total_blocks.saturating_sub(block));
        if !is_used {
            return Ok(Piece::new(Place::Zero, bytes(count)));
        }
        let rank = self.ranks.before(block)?;
        let count = count.min(self.until_checksum(rank));
        let offset = self.place(rank).plus(within);
        Ok(Piece::new(Place::Stored { file: 0, offset, structure: Structure::PartcloneBlock }, bytes(count)))
    }
}
