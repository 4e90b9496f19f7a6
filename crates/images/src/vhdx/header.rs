//! The header of a VHDX: two copies of 4 KiB at 64 KiB and 128 KiB, written in turn.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | signature | `head` |
//! | 4 | 4 | checksum | CRC-32C of the 4 KiB, these four bytes taken as zeros |
//! | 8 | 8 | sequence number | of two valid copies the one with the greater counts |
//! | 16 | 16 | file write GUID | changes with every opening for writing |
//! | 32 | 16 | data write GUID | changes when the disk's content does; by it a child knows its parent |
//! | 48 | 16 | log GUID | entries of the log that have it are to be applied; zero: none |
//! | 64 | 2 | log version | 0 |
//! | 66 | 2 | version | 1 |
//! | 68 | 4 | log length | multiple of 1 MiB |
//! | 72 | 8 | log offset | multiple of 1 MiB |
//!
//! Source: \[MS-VHDX\] 2.2.2.

use hivekey_read_at::ReadAt;

use crate::anomaly::{Anomaly, Notes};
use crate::crc32c;
use crate::error::{Error, Structure};
use crate::identity::Identity;
use crate::offset::FileOffset;
use crate::read::{Fields, read_vec};

/// Where the two copies lie.
const COPIES: [FileOffset; 2] = [FileOffset(64 << 10), FileOffset(128 << 10)];

/// Bytes of a copy.
const SIZE: usize = 4096;

/// What is used of a header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    sequence: u64,
    pub(super) data_write: Identity,
    /// As stored; `None` if there is nothing to apply.
    pub(super) log_guid: Option<[u8; 16]>,
    pub(super) log_length: u64,
    pub(super) log_offset: FileOffset,
    /// Stored and computed.
    checksum: (u32, u32),
    offset: FileOffset,
}

/// The copy that counts: the newer one of those whose checksum is right.
pub(super) fn find(file: &dyn ReadAt, notes: &Notes) -> Result<Header, Error> {
    let structure = Structure::VhdxHeader;
    let [first, second] = COPIES.map(|offset| read(file, offset));
    for (copy, offset) in [&first, &second].into_iter().zip(COPIES) {
        if !copy.as_ref().is_ok_and(|header| header.checksum.0 == header.checksum.1) {
            notes.add(Anomaly::OtherCopyUsed { structure, offset });
        }
    }
    let rank = |header: &Header| (header.checksum.0 == header.checksum.1, header.sequence);
    let header = match (first, second) {
        (Ok(first), Ok(second)) => {
            if rank(&second) > rank(&first) {
                second
            } else {
                first
            }
        }
        (Ok(header), Err(_)) | (Err(_), Ok(header)) => header,
        (Err(_), Err(last)) => return Err(Error::NoCopy { structure, last: Box::new(last) }),
    };
    let (stored, computed) = header.checksum;
    if stored != computed {
        notes.add(Anomaly::Checksum { structure, offset: header.offset, stored, computed });
    }
    Ok(header)
}

fn read(file: &dyn ReadAt, offset: FileOffset) -> Result<Header, Error> {
    let bytes = read_vec(file, Structure::VhdxHeader, offset, SIZE)?;
    let fields = Fields::new(&bytes, Structure::VhdxHeader, offset);
    fields.signature(b"head")?;
    let version = fields.u16(66)?;
    if version != 1 {
        return Err(fields.wrong("version", version, "1"));
    }
    let log_guid = fields.array(48)?;
    Ok(Header {
        sequence: fields.u64(8)?,
        data_write: Identity::from_guid(fields.array(32)?),
        log_guid: (log_guid != [0; 16]).then_some(log_guid),
        log_length: u64::from(fields.u32(68)?),
        log_offset: FileOffset(fields.u64(72)?),
        checksum: (fields.u32(4)?, crc32c::with_hole(&bytes, 4)),
        offset,
    })
}
