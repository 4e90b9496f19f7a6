//! The internal snapshots of a QCOW2 image: each has an L1 table of its own.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 8 | L1 table offset | |
//! | 8 | 4 | L1 size | entries |
//! | 12 | 2 | id length | |
//! | 14 | 2 | name length | |
//! | 16 | 4 | seconds | when it was taken, Unix time |
//! | 20 | 4 | nanoseconds | |
//! | 24 | 8 | guest's clock | |
//! | 32 | 4 | state size | |
//! | 36 | 4 | extra size | |
//! | 40 | n | extra | state size (8), disk size (8), … |
//! | – | – | id, name | not ended by NUL; then filled up to a multiple of 8 |
//!
//! All numbers are big-endian. Source: QEMU, `docs/interop/qcow2.rst`, "Snapshots".

use hivekey_read_at::ReadAt;

use crate::error::{Error, Structure};
use crate::limits::{LimitName, Limits};
use crate::map::Snapshot;
use crate::offset::FileOffset;
use crate::read::{Fields, read_array, read_vec};

/// Snapshots that QEMU allows.
const MAX_SNAPSHOTS: u32 = 65_536;

/// A snapshot and the table that leads to its clusters.
#[derive(Clone, Debug)]
pub(super) struct SnapshotTable {
    pub(super) snapshot: Snapshot,
    pub(super) l1_offset: FileOffset,
    pub(super) l1_entries: u64,
    /// Bytes of the disk, if it was not as large then as it is now.
    pub(super) disk_size: Option<u64>,
}

/// The snapshots, in the order of the table.
pub(super) fn read(
    file: &dyn ReadAt,
    offset: FileOffset,
    count: u32,
    limits: &Limits,
) -> Result<Vec<SnapshotTable>, Error> {
    let structure = Structure::Qcow2Snapshots;
    if count > MAX_SNAPSHOTS {
        return Err(Error::Field {
            structure,
            offset,
            field: "number of snapshots",
            actual: u64::from(count),
            expected: "at most 65536",
        });
    }
    let mut at = offset;
    let mut found = Vec::new();
    for _ in 0..count {
        let head: [u8; 40] = read_array(file, structure, at)?;
        let fields = Fields::new(&head, structure, at);
        let (id_length, name_length) = (fields.array(12)?, fields.array(14)?);
        let (id_length, name_length) = (u16::from_be_bytes(id_length), u16::from_be_bytes(name_length));
        let extra = u64::from(fields.u32_be(36)?);
        let disk_size =
            if extra >= 16 { Some(u64::from_be_bytes(read_array(file, structure, at.plus(48))?)) } else { None };
        let texts = at.plus(40).plus(extra);
        let id = read_vec(file, structure, texts, usize::from(id_length))?;
        let name = read_vec(file, structure, texts.plus(u64::from(id_length)), usize::from(name_length))?;
        let end = texts.plus(u64::from(id_length)).plus(u64::from(name_length)).get();
        found.push(SnapshotTable {
            snapshot: Snapshot {
                id: String::from_utf8_lossy(&id).into_owned(),
                name: String::from_utf8_lossy(&name).into_owned(),
                unix_seconds: fields.u32_be(16)?,
            },
            l1_offset: FileOffset(fields.u64_be(0)?),
            l1_entries: u64::from(fields.u32_be(8)?),
            disk_size,
        });
        let length = end.saturating_sub(offset.get());
        Error::check_limit(LimitName::DescriptionBytes, length, limits.description_bytes)?;
        at = FileOffset(end.saturating_add(7) & !7);
    }
    Ok(found)
}

/// The snapshot of this id or, if there is none, of this name.
pub(super) fn find<'a>(snapshots: &'a [SnapshotTable], wanted: &str) -> Option<&'a SnapshotTable> {
    let by_id = snapshots.iter().find(|table| table.snapshot.id == wanted);
    by_id.or_else(|| snapshots.iter().find(|table| table.snapshot.name == wanted))
}
