//! Parallels disk image (`.hds`), expanding.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 16 | magic | `WithoutFreeSpace`: table entries count sectors; `WithouFreSpacExt`: they count blocks |
//! | 16 | 4 | version | 2 |
//! | 20 | 8 | heads, cylinders | |
//! | 28 | 4 | tracks | sectors of a block |
//! | 32 | 4 | table entries | |
//! | 36 | 8 | sectors | size of the disk; 4 bytes only with the first magic |
//! | 44 | 4 | in use | 0x746F6E59 while open for writing |
//! | 48 | 4 | data offset | sectors |
//! | 64 | n × 4 | block allocation table | 0: the block is zeros |
//!
//! All numbers are little-endian. A file does not say that it is the snapshot of another: that stands in `DiskDescriptor.xml`
//! beside it. Source: QEMU 8.2, `docs/interop/parallels.txt` and `block/parallels.c`.

use std::sync::Arc;

use hivekey_read_at::{ReadAt, narrow};

use crate::anomaly::Anomaly;
use crate::error::{Error, Structure};
use crate::kind::Kind;
use crate::map::{Image, Map, Piece, Place, Reach};
use crate::offset::{Blocks, DiskOffset, FileOffset};
use crate::open::Context;
use crate::pages::Pages;
use crate::read::{Fields, read_array, read_vec};
use crate::siblings::{Role, beside};

/// Where the table begins.
const TABLE: FileOffset = FileOffset(64);

/// What `in use` says while the image is open.
const IN_USE: u32 = 0x746F_6E59;

/// Opens a Parallels image.
pub(crate) fn open(context: &mut Context<'_>, name: &str, file: Arc<dyn ReadAt>) -> Result<Image, Error> {
    let (structure, offset) = (Structure::ParallelsHeader, FileOffset(0));
    let bytes: [u8; 64] = read_array(&file, structure, offset)?;
    let fields = Fields::new(&bytes, structure, offset);
    let version = fields.u32(16)?;
    if version != 2 {
        return Err(fields.wrong("version", version, "2"));
    }
    let counts_blocks = fields.slice(0, 16)? == b"WithouFreSpacExt";
    let block_sectors = fields.u32(28)?;
    let sector = Blocks::SECTORS.size();
    let Some(blocks) = Blocks::new(u64::from(block_sectors).saturating_mul(sector)) else {
        return Err(fields.wrong("tracks", block_sectors, "at least 1"));
    };
    let sectors = if counts_blocks { fields.u64(36)? } else { u64::from(fields.u32(36)?) };
    if fields.u32(44)? == IN_USE {
        context.notes().add(Anomaly::NotClosed);
    }
    refuse_snapshots(context, name)?;
    let map = BlockMap {
        pages: Pages::new(Arc::clone(&file), context.limits()),
        entries: u64::from(fields.u32(32)?),
        unit: if counts_blocks { blocks.size() } else { sector },
        blocks,
    };
    Ok(Image::new(map, vec![file], sectors.saturating_mul(sector)))
}

/// An image that is one of several in its bundle may lack what the others hold.
fn refuse_snapshots(context: &mut Context<'_>, name: &str) -> Result<(), Error> {
    let Ok(file) = context.open_named(Role::Descriptor, &beside(name, "DiskDescriptor.xml")) else { return Ok(()) };
    let length = narrow(file.len().min(context.limits().description_bytes));
    let bytes = read_vec(&file, Structure::ParallelsHeader, FileOffset(0), length)?;
    let images = bytes.windows(7).filter(|window| window == b"<Image>").count();
    if images > 1 {
        return Err(Error::unsupported(Kind::Parallels, "a bundle of several images (snapshots)"));
    }
    Ok(())
}

/// Where the blocks lie.
struct BlockMap {
    pages: Pages,
    entries: u64,
    /// Bytes that an entry counts.
    unit: u64,
    blocks: Blocks,
}

impl Map for BlockMap {
    fn reach(&self, size: u64) -> Option<Reach> {
        let block = self.blocks.size();
        let end = |index: u64, entry: [u8; 4]| match u32::from_le_bytes(entry) {
            0 => 0,
            number => {
                let length = block.min(size.saturating_sub(index.saturating_mul(block)));
                u64::from(number).saturating_mul(self.unit).saturating_add(length)
            }
        };
        let entries = self.entries.min(self.blocks.count(size));
        let end = self.pages.highest(Structure::ParallelsBlockTable, TABLE, entries, end);
        Some(Reach { file: 0, structure: Structure::ParallelsBlock, end })
    }

    fn locate(&self, at: DiskOffset) -> Result<Piece, Error> {
        let structure = Structure::ParallelsBlockTable;
        let index = self.blocks.index(at.get());
        if index >= self.entries {
            return Err(Error::Missing { structure, offset: TABLE, item: "entry for a block of the disk" });
        }
        let entry_place = TABLE.plus(index.saturating_mul(4));
        let place = match u32::from_le_bytes(self.pages.array(structure, entry_place)?) {
            0 => Place::Zero,
            number => {
                let block = FileOffset(u64::from(number).saturating_mul(self.unit));
                let offset = block.plus(self.blocks.within(at.get()));
                Place::Stored { file: 0, offset, structure: Structure::ParallelsBlock }
            }
        };
        let count = match place {
            Place::Stored { .. } => 1,
            _ => self.pages.repeats::<4>(structure, entry_place).min(self.entries.saturating_sub(index)),
        };
        Ok(Piece::new(place, self.blocks.span(at.get(), count)))
    }
}
