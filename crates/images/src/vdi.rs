//! VirtualBox disk image (VDI): dynamic, static and differencing.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 64 | text | e.g. `<<< Oracle VM VirtualBox Disk Image >>>` |
//! | 64 | 4 | signature | 0xBEDA107F |
//! | 68 | 4 | version | 0x00010001 |
//! | 72 | 4 | header size | |
//! | 76 | 4 | image type | 1 dynamic, 2 static, 3 undo, 4 differencing |
//! | 80 | 4 | flags | |
//! | 84 | 256 | comment | |
//! | 340 | 4 | offset of the block map | |
//! | 344 | 4 | offset of the data | |
//! | 348 | 20 | geometry, sector size | |
//! | 368 | 8 | disk size | bytes |
//! | 376 | 4 | block size | bytes, 1 MiB as a rule |
//! | 380 | 4 | extra | bytes before the data of each block |
//! | 384 | 4 | blocks | entries of the map |
//! | 388 | 4 | allocated blocks | |
//! | 392 | 16 | UUID | when the image was created |
//! | 408 | 16 | UUID | when it was last modified |
//! | 424 | 16 | UUID | the parent's creation |
//! | 440 | 16 | UUID | the parent's last modification |
//!
//! The block map has 4 bytes an entry: 0xFFFFFFFF not in this file (in the parent, else zeros), 0xFFFFFFFE zeros, else the
//! number of the block in the file. All numbers are little-endian. An image does not name its parent: VirtualBox keeps the
//! names elsewhere, so the parent is looked for by its UUID among the images nearby. Source: VirtualBox 7.0,
//! `VDICore.h`; QEMU 8.2, `block/vdi.c`.

use std::sync::Arc;

use hivekey_read_at::ReadAt;

use crate::error::{Error, Structure};
use crate::identity::Identity;
use crate::kind::Kind;
use crate::map::{Image, Map, Nearby, ParentLink, Piece, Place, Reach};
use crate::offset::{Blocks, DiskOffset, FileOffset};
use crate::open::Context;
use crate::pages::Pages;
use crate::read::{Fields, read_array};

/// Bytes of the header that are used.
const SIZE: usize = 456;

/// The block is not in this file.
const NO_BLOCK: u32 = 0xFFFF_FFFF;

/// The block is zeros.
const ZERO_BLOCK: u32 = 0xFFFF_FFFE;

/// Opens a VDI.
pub(crate) fn open(context: &Context<'_>, file: Arc<dyn ReadAt>) -> Result<Image, Error> {
    let (structure, offset) = (Structure::VdiHeader, FileOffset(0));
    let bytes: [u8; SIZE] = read_array(&file, structure, offset)?;
    let fields = Fields::new(&bytes, structure, offset);
    let signature = fields.u32(64)?;
    if signature != 0xBEDA_107F {
        return Err(fields.wrong("signature", signature, "0xBEDA107F"));
    }
    if fields.u32(68)? >> 16 != 1 {
        return Err(Error::unsupported(Kind::Vdi, "a version other than 1"));
    }
    let has_parent = match fields.u32(76)? {
        1 | 2 => false,
        4 => true,
        3 => return Err(Error::unsupported(Kind::Vdi, "an undo image")),
        other => return Err(fields.wrong("image type", other, "1 to 4")),
    };
    let block_size = u64::from(fields.u32(376)?);
    let Some(blocks) = Blocks::new(block_size) else {
        return Err(fields.wrong("block size", block_size, "at least 1"));
    };
    let map = BlockMap {
        pages: Pages::new(Arc::clone(&file), context.limits()),
        map: FileOffset(u64::from(fields.u32(340)?)),
        data: FileOffset(u64::from(fields.u32(344)?)),
        blocks,
        extra: u64::from(fields.u32(380)?),
        entries: u64::from(fields.u32(384)?),
        allocated: u64::from(fields.u32(388)?),
    };
    let mut image = Image::new(map, vec![file], fields.u64(368)?);
    image.identity = Identity::from_guid(fields.array(392)?);
    image.revision = Some(Identity::from_guid(fields.array(408)?));
    if has_parent {
        image.parent = Some(ParentLink {
            stated: Vec::new(),
            expected: vec![Identity::from_guid(fields.array(424)?)],
            revision: Some(Identity::from_guid(fields.array(440)?)),
            nearby: Some(Nearby { kind: Kind::Vdi, endings: &[".vdi"] }),
            kind: Some(Kind::Vdi),
        });
    }
    Ok(image)
}

/// Where the blocks lie.
struct BlockMap {
    pages: Pages,
    map: FileOffset,
    data: FileOffset,
    blocks: Blocks,
    extra: u64,
    entries: u64,
    /// Blocks that the file has.
    allocated: u64,
}

impl Map for BlockMap {
    /// Blocks lie one after the other, so that their number tells.
    fn reach(&self, _size: u64) -> Option<Reach> {
        let step = self.blocks.size().saturating_add(self.extra);
        let end = self.data.plus(self.allocated.saturating_mul(step)).get();
        Some(Reach { file: 0, structure: Structure::VdiBlock, end })
    }

    fn locate(&self, at: DiskOffset) -> Result<Piece, Error> {
        let structure = Structure::VdiBlockMap;
        let (index, within) = (self.blocks.index(at.get()), self.blocks.within(at.get()));
        if index >= self.entries {
            return Err(Error::Missing { structure, offset: self.map, item: "entry for a block of the disk" });
        }
        let entry_place = self.map.plus(index.saturating_mul(4));
        let place = match u32::from_le_bytes(self.pages.array(structure, entry_place)?) {
            NO_BLOCK => Place::Parent,
            ZERO_BLOCK => Place::Zero,
            number => {
                let step = self.blocks.size().saturating_add(self.extra);
                let block = self.data.plus(u64::from(number).saturating_mul(step)).plus(self.extra);
                Place::Stored { file: 0, offset: block.plus(within), structure: Structure::VdiBlock }
            }
        };
        let count = match place {
            Place::Stored { .. } => 1,
            _ => self.pages.repeats::<4>(structure, entry_place).min(self.entries.saturating_sub(index)),
        };
        Ok(Piece::new(place, self.blocks.span(at.get(), count)))
    }
}
