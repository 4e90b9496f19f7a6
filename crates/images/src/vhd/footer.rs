//! The footer: the last 512 bytes of every VHD, and in a dynamic one the first 512, too.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 8 | cookie | `conectix` |
//! | 8 | 4 | features | 2 always, 1 temporary |
//! | 12 | 4 | version | 0x00010000 |
//! | 16 | 8 | data offset | where the dynamic header lies; all ones in a fixed image |
//! | 24 | 4 | time stamp | seconds since 2000-01-01 UTC |
//! | 28 | 12 | creator | application, its version, host system |
//! | 40 | 8 | original size | bytes |
//! | 48 | 8 | current size | bytes |
//! | 56 | 4 | geometry | cylinders (2), heads (1), sectors (1) |
//! | 60 | 4 | disk type | 2 fixed, 3 dynamic, 4 differencing |
//! | 64 | 4 | checksum | complement of the sum of all bytes but these four |
//! | 68 | 16 | unique id | UUID |
//! | 84 | 1 | saved state | 1 if the machine was saved |
//!
//! All numbers are big-endian. Before Virtual PC 2004 the footer had 511 bytes. The size is the current size: Virtual PC's
//! geometry may say a little less, and what it leaves out holds no data of the guest. Source: the specification named in
//! the parent module, "Hard Disk Footer Format".

use hivekey_read_at::{ReadAt, narrow};

use crate::anomaly::{Anomaly, Notes};
use crate::error::{Error, Structure};
use crate::identity::Identity;
use crate::offset::FileOffset;
use crate::read::{Fields, read_exact};

/// Bytes of a footer.
const SIZE: u64 = 512;

/// Where the checksum stands, in the footer and in the dynamic header.
const CHECKSUM_AT: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DiskType {
    Fixed,
    Dynamic,
    Differencing,
}

/// What is used of a footer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Footer {
    pub(super) offset: FileOffset,
    pub(super) data_offset: FileOffset,
    pub(super) current_size: u64,
    pub(super) disk_type: DiskType,
    pub(super) unique_id: Identity,
    /// Stored and computed.
    checksum: (u32, u32),
}

/// The footer at the end of the file or, if that is damaged or cut off, its copy at the start.
pub(super) fn find(file: &dyn ReadAt, notes: &Notes) -> Result<Footer, Error> {
    let end = FileOffset(file.len().saturating_sub(SIZE));
    let places = [end, FileOffset(file.len().saturating_sub(511)), FileOffset(0)];
    let mut damaged = None;
    let mut last = None;
    for place in places {
        match read(file, place) {
            Ok(footer) if footer.checksum.0 == footer.checksum.1 => {
                let is_end = place != FileOffset(0) || footer.disk_type == DiskType::Fixed;
                if !is_end {
                    notes.add(Anomaly::OtherCopyUsed { structure: Structure::VhdFooter, offset: end });
                }
                return Ok(footer);
            }
            Ok(footer) => damaged = damaged.or(Some(footer)),
            Err(error) => last = last.or(Some(error)),
        }
    }
    match (damaged, last) {
        (Some(footer), _) => {
            let (stored, computed) = footer.checksum;
            let structure = Structure::VhdFooter;
            notes.add(Anomaly::Checksum { structure, offset: footer.offset, stored, computed });
            Ok(footer)
        }
        (None, Some(last)) => Err(Error::NoCopy { structure: Structure::VhdFooter, last: Box::new(last) }),
        (None, None) => Err(Error::Missing { structure: Structure::VhdFooter, offset: end, item: "cookie" }),
    }
}

fn read(file: &dyn ReadAt, offset: FileOffset) -> Result<Footer, Error> {
    let mut bytes = [0u8; 512];
    // The last byte of the footer is reserved, and is not there in the old form.
    let there = file.len().saturating_sub(offset.get()).clamp(SIZE.saturating_sub(1), SIZE);
    if let Some(part) = bytes.get_mut(..narrow(there)) {
        read_exact(file, Structure::VhdFooter, offset, part)?;
    }
    let fields = Fields::new(&bytes, Structure::VhdFooter, offset);
    fields.signature(b"conectix")?;
    let disk_type = match fields.u32_be(60)? {
        2 => DiskType::Fixed,
        3 => DiskType::Dynamic,
        4 => DiskType::Differencing,
        other => return Err(fields.wrong("disk type", other, "2, 3 or 4")),
    };
    Ok(Footer {
        offset,
        data_offset: FileOffset(fields.u64_be(16)?),
        current_size: fields.u64_be(48)?,
        disk_type,
        unique_id: Identity::from_uuid(fields.array(68)?),
        checksum: (fields.u32_be(CHECKSUM_AT)?, checksum(&bytes, CHECKSUM_AT)),
    })
}

/// The checksum of a footer or a dynamic header: the complement of the sum of all bytes but the four where it stands.
pub(super) fn checksum(bytes: &[u8], stored_at: usize) -> u32 {
    let stored = stored_at..stored_at.saturating_add(4);
    let counted = bytes.iter().enumerate().filter(|(at, _)| !stored.contains(at));
    !counted.fold(0u32, |sum, (_, byte)| sum.wrapping_add(u32::from(*byte)))
}
