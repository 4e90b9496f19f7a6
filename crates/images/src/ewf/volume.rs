//! The section that gives the size of the disk.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 1 | media type | 0 removable, 1 fixed, 3 optical, 14 logical, 16 memory |
//! | 4 | 4 | chunks | |
//! | 8 | 4 | sectors of a chunk | 64 as a rule |
//! | 12 | 4 | bytes of a sector | 512 as a rule |
//! | 16 | 8 | sectors | of the disk; 4 bytes in the 94 byte form that SMART writes |
//! | 1048, or 90 | 4 | checksum | Adler-32 of the bytes before |
//!
//! All numbers are little-endian. Source: libewf documentation, "Volume section".

use hivekey_read_at::{ReadAt, narrow};

use super::section::{Section, adler};
use crate::anomaly::{Anomaly, Notes};
use crate::error::{Error, Structure};
use crate::limits::{LimitName, Limits};
use crate::offset::Blocks;
use crate::read::{Fields, part, read_vec};

/// Bytes of the section as SMART writes it.
const SHORT: u64 = 94;

/// Bytes of the section as EnCase writes it.
const LONG: u64 = 1052;

/// The size of the disk and of its chunks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Volume {
    pub(super) size: u64,
    pub(super) chunks: Blocks,
}

pub(super) fn read(file: &dyn ReadAt, section: &Section, limits: &Limits, notes: &Notes) -> Result<Volume, Error> {
    let (structure, offset) = (Structure::EwfVolume, section.content);
    let length = narrow(if section.length < LONG { SHORT } else { LONG });
    let bytes = read_vec(file, structure, offset, length)?;
    let fields = Fields::new(&bytes, structure, offset);
    let sum_at = length.saturating_sub(4);
    let (stored, computed) = (fields.u32(sum_at)?, adler(part(&bytes, 0, sum_at).unwrap_or_default()));
    if stored != computed {
        notes.add(Anomaly::Checksum { structure, offset, stored, computed });
    }
    let (per_chunk, sector) = (u64::from(fields.u32(8)?), u64::from(fields.u32(12)?));
    let sectors = if section.length < LONG { u64::from(fields.u32(16)?) } else { fields.u64(16)? };
    let chunk = per_chunk.saturating_mul(sector);
    Error::check_limit(LimitName::UnitBytes, chunk, limits.unit_bytes)?;
    match Blocks::new(chunk) {
        Some(chunks) => Ok(Volume { size: sectors.saturating_mul(sector), chunks }),
        None => Err(fields.wrong("bytes of a chunk", chunk, "at least 1")),
    }
}
