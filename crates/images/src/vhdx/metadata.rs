//! The metadata region of a VHDX: a table of 64 KiB, then the items that it names.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 8 | signature | `metadata` |
//! | 10 | 2 | entry count | at most 2047 |
//! | 32 | n × 32 | entries | |
//!
//! | offset | length | field of an entry | meaning |
//! |---|---|---|---|
//! | 0 | 16 | item id | GUID |
//! | 16 | 4 | offset | of the item, from the start of the region |
//! | 20 | 4 | length | of the item |
//! | 24 | 4 | flags | 1 user's, 2 of the virtual disk, 4 required |
//!
//! | item | length | meaning |
//! |---|---|---|
//! | CAA16737-FA36-4D43-B3B6-33F0AA44E76B file parameters | 8 | block size (4), flags (4): 1 leave blocks allocated, 2 has a parent |
//! | 2FA54224-CD1B-4876-B211-5DBED83BF4B8 virtual disk size | 8 | bytes |
//! | BECA12AB-B2E6-4523-93EF-C309E000C746 virtual disk id | 16 | GUID of the disk as its users see it |
//! | 8141BF1D-A96F-4709-BA47-F233A8FAAB5F logical sector size | 4 | 512 or 4096 |
//! | CDA348C7-445D-4471-9CC9-E9885251C556 physical sector size | 4 | 512 or 4096 |
//! | A8D35F2D-B30B-454D-ABF7-D3D84834AB0C parent locator | | see [`super::parent_locator`] |
//!
//! Source: \[MS-VHDX\] 2.6.

use hivekey_read_at::{ReadAt, narrow};

use super::region_table::Region;
use crate::error::{Error, Structure};
use crate::kind::Kind;
use crate::offset::FileOffset;
use crate::read::{Fields, read_array, read_vec};

/// Bytes before the entries, and of an entry.
const ENTRY: usize = 32;

/// Entries that a table may have.
const MAX_ENTRIES: u16 = 2047;

/// Bytes that an item may have.
const MAX_ITEM: u32 = 1 << 20;

const FILE_PARAMETERS: [u8; 16] =
    [0x37, 0x67, 0xA1, 0xCA, 0x36, 0xFA, 0x43, 0x4D, 0xB3, 0xB6, 0x33, 0xF0, 0xAA, 0x44, 0xE7, 0x6B];
const VIRTUAL_DISK_SIZE: [u8; 16] =
    [0x24, 0x42, 0xA5, 0x2F, 0x1B, 0xCD, 0x76, 0x48, 0xB2, 0x11, 0x5D, 0xBE, 0xD8, 0x3B, 0xF4, 0xB8];
const VIRTUAL_DISK_ID: [u8; 16] =
    [0xAB, 0x12, 0xCA, 0xBE, 0xE6, 0xB2, 0x23, 0x45, 0x93, 0xEF, 0xC3, 0x09, 0xE0, 0x00, 0xC7, 0x46];
const LOGICAL_SECTOR_SIZE: [u8; 16] =
    [0x1D, 0xBF, 0x41, 0x81, 0x6F, 0xA9, 0x09, 0x47, 0xBA, 0x47, 0xF2, 0x33, 0xA8, 0xFA, 0xAB, 0x5F];
const PHYSICAL_SECTOR_SIZE: [u8; 16] =
    [0xC7, 0x48, 0xA3, 0xCD, 0x5D, 0x44, 0x71, 0x44, 0x9C, 0xC9, 0xE9, 0x88, 0x52, 0x51, 0xC5, 0x56];
const PARENT_LOCATOR: [u8; 16] =
    [0x2D, 0x5F, 0xD3, 0xA8, 0x0B, 0xB3, 0x4D, 0x45, 0xAB, 0xF7, 0xD3, 0xD8, 0x48, 0x34, 0xAB, 0x0C];

/// What is used of the metadata.
#[derive(Clone, Debug)]
pub(super) struct Metadata {
    pub(super) block_size: u32,
    pub(super) disk_size: u64,
    pub(super) sector_size: u32,
    /// The item that names the parent, and where it lies, if the image has a parent.
    pub(super) parent_locator: Option<(FileOffset, Vec<u8>)>,
}

/// Where an item lies.
#[derive(Clone, Copy)]
struct Item {
    offset: FileOffset,
    length: u32,
}

#[derive(Default)]
struct Items {
    file_parameters: Option<Item>,
    disk_size: Option<Item>,
    sector_size: Option<Item>,
    parent_locator: Option<Item>,
}

pub(super) fn read(file: &dyn ReadAt, region: Region) -> Result<Metadata, Error> {
    let structure = Structure::VhdxMetadataItem;
    let items = read_table(file, region)?;
    let missing = |item| Error::Missing { structure: Structure::VhdxMetadataTable, offset: region.offset, item };
    let parameters = items.file_parameters.ok_or_else(|| missing("file parameters"))?.offset;
    let bytes: [u8; 8] = read_array(file, structure, parameters)?;
    let fields = Fields::new(&bytes, structure, parameters);
    let block_size = fields.u32(0)?;
    let has_parent = fields.u32(4)? & 2 != 0;
    if !block_size.is_power_of_two() || !(1 << 20..=256 << 20).contains(&block_size) {
        return Err(fields.wrong("block size", block_size, "a power of two from 1 MiB to 256 MiB"));
    }
    let size_at = items.disk_size.ok_or_else(|| missing("virtual disk size"))?.offset;
    let sector_at = items.sector_size.ok_or_else(|| missing("logical sector size"))?.offset;
    let bytes: [u8; 4] = read_array(file, structure, sector_at)?;
    let sector_size = u32::from_le_bytes(bytes);
    if sector_size != 512 && sector_size != 4096 {
        return Err(Fields::new(&bytes, structure, sector_at).wrong("sector size", sector_size, "512 or 4096"));
    }
    let parent_locator = if has_parent {
        let item = items.parent_locator.ok_or_else(|| missing("parent locator"))?;
        let length = narrow(u64::from(item.length));
        Some((item.offset, read_vec(file, Structure::VhdxParentLocator, item.offset, length)?))
    } else {
        None
    };
    let disk_size = u64::from_le_bytes(read_array(file, structure, size_at)?);
    Ok(Metadata { block_size, disk_size, sector_size, parent_locator })
}

fn read_table(file: &dyn ReadAt, region: Region) -> Result<Items, Error> {
    let structure = Structure::VhdxMetadataTable;
    let head: [u8; ENTRY] = read_array(file, structure, region.offset)?;
    let fields = Fields::new(&head, structure, region.offset);
    fields.signature(b"metadata")?;
    let count = fields.u16(10)?;
    if count > MAX_ENTRIES {
        return Err(fields.wrong("entry count", count, "at most 2047"));
    }
    let first = region.offset.plus(32);
    let table = read_vec(file, structure, first, usize::from(count).saturating_mul(ENTRY))?;
    let mut items = Items::default();
    for entry in table.chunks_exact(ENTRY) {
        let fields = Fields::new(entry, structure, region.offset);
        let (offset, length, flags) = (u64::from(fields.u32(16)?), fields.u32(20)?, fields.u32(24)?);
        if length > MAX_ITEM {
            return Err(fields.wrong("length of an item", length, "at most 1 MiB"));
        }
        let item = Item { offset: region.offset.plus(offset), length };
        let is_users = flags & 1 != 0;
        match fields.array::<16>(0)? {
            _ if is_users => {}
            FILE_PARAMETERS => items.file_parameters = Some(item),
            VIRTUAL_DISK_SIZE => items.disk_size = Some(item),
            LOGICAL_SECTOR_SIZE => items.sector_size = Some(item),
            PARENT_LOCATOR => items.parent_locator = Some(item),
            VIRTUAL_DISK_ID | PHYSICAL_SECTOR_SIZE => {}
            _ if flags & 4 != 0 => {
                return Err(Error::unsupported(Kind::Vhdx, "a required metadata item of an unknown kind"));
            }
            _ => {}
        }
    }
    Ok(items)
}
