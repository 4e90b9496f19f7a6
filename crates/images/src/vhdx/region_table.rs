//! The region table of a VHDX: two equal copies of 64 KiB at 192 KiB and 256 KiB.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | signature | `regi` |
//! | 4 | 4 | checksum | CRC-32C of the 64 KiB, these four bytes taken as zeros |
//! | 8 | 4 | entry count | at most 2047 |
//! | 16 | n × 32 | entries | |
//!
//! | offset | length | field of an entry | meaning |
//! |---|---|---|---|
//! | 0 | 16 | GUID | which region |
//! | 16 | 8 | file offset | multiple of 1 MiB |
//! | 24 | 4 | length | multiple of 1 MiB |
//! | 28 | 4 | required | 1 if a reader that does not know the region must refuse the file |
//!
//! Source: \[MS-VHDX\] 2.2.3.

use hivekey_read_at::{ReadAt, narrow};

use crate::anomaly::{Anomaly, Notes};
use crate::crc32c;
use crate::error::{Error, Structure};
use crate::kind::Kind;
use crate::offset::FileOffset;
use crate::read::{Fields, read_vec};

/// Where the two copies lie.
const COPIES: [FileOffset; 2] = [FileOffset(192 << 10), FileOffset(256 << 10)];

/// Bytes of a copy.
const SIZE: usize = 64 << 10;

/// Entries that a table may have.
const MAX_ENTRIES: u32 = 2047;

/// 2DC27766-F623-4200-9D64-115E9BFD4A08
const BLOCK_TABLE: [u8; 16] =
    [0x66, 0x77, 0xC2, 0x2D, 0x23, 0xF6, 0x00, 0x42, 0x9D, 0x64, 0x11, 0x5E, 0x9B, 0xFD, 0x4A, 0x08];

/// 8B7CA206-4790-4B9A-B8FE-575F050F886E
const METADATA: [u8; 16] =
    [0x06, 0xA2, 0x7C, 0x8B, 0x90, 0x47, 0x9A, 0x4B, 0xB8, 0xFE, 0x57, 0x5F, 0x05, 0x0F, 0x88, 0x6E];

/// A region of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) offset: FileOffset,
    pub(super) length: u64,
}

/// The regions that a reader needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Regions {
    pub(super) block_table: Region,
    pub(super) metadata: Region,
}

/// The regions, from the first copy whose checksum is right.
pub(super) fn find(file: &dyn ReadAt, notes: &Notes) -> Result<Regions, Error> {
    let structure = Structure::VhdxRegionTable;
    let [first, second] = COPIES;
    let error = match read(file, first) {
        Ok((bytes, stored, computed)) if stored == computed => return regions(&bytes, first),
        Ok((bytes, stored, computed)) => {
            if let Ok((other, stored, computed)) = read(file, second)
                && stored == computed
            {
                notes.add(Anomaly::OtherCopyUsed { structure, offset: first });
                return regions(&other, second);
            }
            notes.add(Anomaly::Checksum { structure, offset: first, stored, computed });
            return regions(&bytes, first);
        }
        Err(error) => error,
    };
    match read(file, second) {
        Ok((bytes, stored, computed)) => {
            notes.add(Anomaly::OtherCopyUsed { structure, offset: first });
            if stored != computed {
                notes.add(Anomaly::Checksum { structure, offset: second, stored, computed });
            }
            regions(&bytes, second)
        }
        Err(_) => Err(Error::NoCopy { structure, last: Box::new(error) }),
    }
}

/// The bytes of a copy, and its checksum stored and computed.
fn read(file: &dyn ReadAt, offset: FileOffset) -> Result<(Vec<u8>, u32, u32), Error> {
    let bytes = read_vec(file, Structure::VhdxRegionTable, offset, SIZE)?;
    let fields = Fields::new(&bytes, Structure::VhdxRegionTable, offset);
    fields.signature(b"regi")?;
    let (stored, computed) = (fields.u32(4)?, crc32c::with_hole(&bytes, 4));
    Ok((bytes, stored, computed))
}

fn regions(bytes: &[u8], offset: FileOffset) -> Result<Regions, Error> {
    let structure = Structure::VhdxRegionTable;
    let fields = Fields::new(bytes, structure, offset);
    let count = fields.u32(8)?;
    if count > MAX_ENTRIES {
        return Err(fields.wrong("entry count", count, "at most 2047"));
    }
    let (mut block_table, mut metadata) = (None, None);
    let entries = bytes.get(16..).unwrap_or_default().chunks_exact(32).take(narrow(u64::from(count)));
    for entry in entries {
        let entry = Fields::new(entry, structure, offset);
        let region = Region { offset: FileOffset(entry.u64(16)?), length: u64::from(entry.u32(24)?) };
        match entry.array::<16>(0)? {
            BLOCK_TABLE => block_table = block_table.or(Some(region)),
            METADATA => metadata = metadata.or(Some(region)),
            _ if entry.u32(28)? & 1 == 1 => {
                return Err(Error::unsupported(Kind::Vhdx, "a required region of an unknown kind"));
            }
            _ => {}
        }
    }
    Ok(Regions {
        block_table: block_table.ok_or(Error::Missing { structure, offset, item: "block allocation table" })?,
        metadata: metadata.ok_or(Error::Missing { structure, offset, item: "metadata region" })?,
    })
}
