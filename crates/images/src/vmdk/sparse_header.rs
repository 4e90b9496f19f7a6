//! The header of a hosted sparse extent: the first 512 bytes, or, if these say so, the 512 that begin 1024 before the end.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | magic | `KDMV` |
//! | 4 | 4 | version | 1 to 3 |
//! | 8 | 4 | flags | 2 redundant grain tables, 4 zeroed-grain entries, 0x10000 compressed grains, 0x20000 markers |
//! | 12 | 8 | capacity | sectors |
//! | 20 | 8 | grain size | sectors; a power of two |
//! | 28 | 8 | descriptor offset | sectors; 0: no descriptor in the file |
//! | 36 | 8 | descriptor size | sectors |
//! | 44 | 4 | entries per grain table | 512 |
//! | 48 | 8 | redundant grain directory | sector |
//! | 56 | 8 | grain directory | sector; all ones: the header at the end of the file knows |
//! | 64 | 8 | overhead | sectors before the first grain |
//! | 72 | 1 | unclean shutdown | 1 while open for writing |
//! | 73 | 4 | `\n`, blank, `\r`, `\n` | other bytes tell that the file was transferred as text |
//! | 77 | 2 | compression algorithm | 0 none, 1 deflate |
//!
//! All numbers are little-endian. Source: VMware, "Virtual Disk Format 5.0" (2011), "Hosted Sparse Extent Header".

use hivekey_read_at::ReadAt;

use crate::anomaly::{Anomaly, Notes};
use crate::error::{Error, Structure};
use crate::kind::Kind;
use crate::offset::FileOffset;
use crate::read::{Fields, read_array};

/// What `grain directory` says if the header at the end of the file is to be read.
const AT_END: u64 = u64::MAX;

/// Sectors of the largest grain.
const MAX_GRAIN: u64 = 1 << 20;

/// What is used of a header. Positions are in sectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SparseHeader {
    pub(super) capacity: u64,
    pub(super) grain: u64,
    pub(super) descriptor: Option<(u64, u64)>,
    pub(super) entries_per_table: u64,
    pub(super) directory: u64,
    pub(super) has_zero_entries: bool,
    pub(super) is_compressed: bool,
    pub(super) has_markers: bool,
}

/// The header that counts.
pub(super) fn read(file: &dyn ReadAt, notes: &Notes) -> Result<SparseHeader, Error> {
    let first = read_at(file, FileOffset(0), notes)?;
    if first.directory != AT_END {
        return Ok(first);
    }
    // The last three sectors are the footer's marker, the footer, and the end-of-stream marker.
    let at = file.len().saturating_sub(1024);
    let footer = read_at(file, FileOffset(at), notes)?;
    // A stream's descriptor is where its first header says.
    Ok(SparseHeader { descriptor: first.descriptor, ..footer })
}

fn read_at(file: &dyn ReadAt, offset: FileOffset, notes: &Notes) -> Result<SparseHeader, Error> {
    let structure = Structure::VmdkHeader;
    let bytes: [u8; 512] = read_array(file, structure, offset)?;
    let fields = Fields::new(&bytes, structure, offset);
    fields.signature(b"KDMV")?;
    let version = fields.u32(4)?;
    if !(1..=3).contains(&version) {
        return Err(fields.wrong("version", version, "1 to 3"));
    }
    let flags = fields.u32(8)?;
    let grain = fields.u64(20)?;
    if !grain.is_power_of_two() || grain > MAX_GRAIN {
        return Err(fields.wrong("grain size", grain, "a power of two, at most 2^20 sectors"));
    }
    let entries_per_table = fields.u32(44)?;
    if entries_per_table == 0 {
        return Err(fields.wrong("entries per grain table", entries_per_table, "at least 1"));
    }
    let is_compressed = flags & 0x1_0000 != 0;
    let algorithm = fields.u16(77)?;
    if is_compressed && algorithm != 1 {
        return Err(Error::unsupported(Kind::Vmdk, "a compression other than deflate"));
    }
    if fields.u8(72)? != 0 {
        notes.add(Anomaly::NotClosed);
    }
    let (descriptor_at, descriptor_size) = (fields.u64(28)?, fields.u64(36)?);
    let (redundant, directory) = (fields.u64(48)?, fields.u64(56)?);
    Ok(SparseHeader {
        capacity: fields.u64(12)?,
        grain,
        descriptor: (descriptor_at != 0 && descriptor_size != 0).then_some((descriptor_at, descriptor_size)),
        entries_per_table: u64::from(entries_per_table),
        directory: if directory == 0 { redundant } else { directory },
        has_zero_entries: flags & 4 != 0,
        is_compressed,
        has_markers: flags & 0x2_0000 != 0,
    })
}
