//! The header of a partclone image, version 2.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 16 | magic | `partclone-image` |
//! | 16 | 14 | program version | text |
//! | 30 | 4 | image version | `0002` |
//! | 34 | 2 | endianness | 0xC0DE as written |
//! | 36 | 16 | file system | text, `NTFS` |
//! | 52 | 8 | device size | bytes |
//! | 60 | 8 | total blocks | |
//! | 68 | 8 | used blocks | by the superblock |
//! | 76 | 8 | used blocks | by the bitmap |
//! | 84 | 4 | block size | bytes |
//! | 88 | 4 | size of the options | 18 |
//! | 92 | 4 | image version, bits of the machine | 2, 64 |
//! | 96 | 2 | checksum mode | 0 none, 0x20 CRC-32 |
//! | 98 | 2 | checksum size | bytes |
//! | 100 | 4 | blocks per checksum | |
//! | 104 | 1 | reseed | 1: each checksum begins anew |
//! | 105 | 1 | bitmap mode | 0 none, 1 a bit a block, 8 a byte a block |
//! | 106 | 4 | CRC-32 of the 106 bytes before, without the final inversion | |
//!
//! All numbers are little-endian. Source: partclone 0.3, `src/partclone.h`.

use hivekey_read_at::ReadAt;

use crate::anomaly::{Anomaly, Notes};
use crate::error::{Error, Structure};
use crate::kind::Kind;
use crate::offset::{Blocks, FileOffset};
use crate::read::{Fields, part, read_array};

/// Bytes of the header.
const SIZE: u64 = 110;

/// Bytes of the checksum behind the bitmap.
const BITMAP_CHECKSUM: u64 = 4;

/// What is used of a header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) device_size: u64,
    pub(super) total_blocks: u64,
    pub(super) blocks: Blocks,
    /// Where the bitmap begins.
    pub(super) bitmap: FileOffset,
    pub(super) checksum_size: u64,
    /// 0 if there are no checksums between the blocks.
    pub(super) blocks_per_checksum: u64,
}

impl Header {
    pub(super) const fn bitmap_bytes(&self) -> u64 {
        self.total_blocks.div_ceil(8)
    }

    /// Where the used blocks begin.
    pub(super) const fn data(&self) -> FileOffset {
        self.bitmap.plus(self.bitmap_bytes()).plus(BITMAP_CHECKSUM)
    }
}

pub(super) fn read(file: &dyn ReadAt, notes: &Notes) -> Result<Header, Error> {
    let (structure, offset) = (Structure::PartcloneHeader, FileOffset(0));
    let bytes: [u8; 110] = read_array(file, structure, offset)?;
    let fields = Fields::new(&bytes, structure, offset);
    fields.signature(b"partclone-image\0")?;
    let unsupported = |what| Error::unsupported(Kind::Partclone, what);
    match fields.slice(30, 4)? {
        b"0002" => {}
        b"0001" => return Err(unsupported("version 1 of the format")),
        _ => return Err(unsupported("an unknown version of the format")),
    }
    let endianness = fields.u16(34)?;
    if endianness != 0xC0DE {
        return Err(fields.wrong("endianness", endianness, "0xC0DE"));
    }
    let (stored, computed) = (fields.u32(106)?, !crc32fast::hash(part(&bytes, 0, 106).unwrap_or_default()));
    if stored != computed {
        notes.add(Anomaly::Checksum { structure, offset, stored, computed });
    }
    let block_size = fields.u32(84)?;
    let Some(blocks) = Blocks::new(u64::from(block_size)) else {
        return Err(fields.wrong("block size", block_size, "at least 1"));
    };
    if fields.u8(105)? != 1 {
        return Err(unsupported("a bitmap of another kind than a bit a block"));
    }
    let has_checksums = fields.u16(96)? != 0;
    Ok(Header {
        device_size: fields.u64(52)?,
        total_blocks: fields.u64(60)?,
        blocks,
        bitmap: FileOffset(SIZE),
        checksum_size: if has_checksums { u64::from(fields.u16(98)?) } else { 0 },
        blocks_per_checksum: if has_checksums { u64::from(fields.u32(100)?) } else { 0 },
    })
}
