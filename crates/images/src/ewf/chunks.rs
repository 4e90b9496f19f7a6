//! The chunks of an image: found by the tables, unpacked and checked.

use std::sync::Arc;

use hivekey_read_at::{ReadAt, narrow, wide};

use super::section::adler;
use super::table::{Chunk, Table};
use super::volume::Volume;
use super::walk::{Sizes, Walk};
use crate::anomaly::{Anomaly, Notes};
use crate::error::{Error, Structure};
use crate::limits::Limits;
use crate::map::{Map, Piece, Place, Unit};
use crate::offset::{DiskOffset, FileOffset};
use crate::pages::Pages;
use crate::read::{array, read_vec};
use crate::unpack::{Method, unpack};

/// Bytes by which a compressed chunk may be longer than the chunk itself, besides a 64th of it.
const SLACK: u64 = 1024;

/// A table, its copy if there is one, and the number of its first chunk.
pub(super) struct TablePair {
    pub(super) first: u64,
    pub(super) table: Table,
    pub(super) copy: Option<Table>,
    /// Where the table's segment ends.
    pub(super) segment_end: FileOffset,
}

/// Where the chunks lie.
pub(super) struct ChunkMap {
    pages: Pages,
    volume: Volume,
    tables: Vec<TablePair>,
    notes: Notes,
    /// The chunks behind those of the tables, if their table is lost.
    walk: Option<Walk>,
    /// Why there are no more chunks than these.
    missing: Error,
}

/// A chunk, unpacked, and whether its checksum was right.
struct Checked {
    unit: Unit,
    mismatch: Option<Anomaly>,
}

impl Checked {
    fn is_sound(&self) -> bool {
        self.unit.fault.is_none() && self.mismatch.is_none()
    }
}

impl ChunkMap {
    pub(super) fn new(
        file: Arc<dyn ReadAt>,
        volume: Volume,
        tables: Vec<TablePair>,
        (walk, missing): (Option<Walk>, Error),
        limits: &Limits,
        notes: &Notes,
    ) -> Self {
        Self { pages: Pages::new(file, limits), volume, tables, notes: notes.clone(), walk, missing }
    }

    /// Bytes that chunk `number` has: the last of the disk may have fewer than the others.
    fn expected(&self, number: u64) -> u64 {
        let chunk = self.volume.chunks.size();
        self.volume.size.saturating_sub(number.saturating_mul(chunk)).min(chunk)
    }

    /// Bytes that a chunk may have in the file, at most.
    const fn most(&self) -> u64 {
        let size = self.volume.chunks.size();
        size.saturating_add(size / 64).saturating_add(SLACK)
    }

    /// A chunk that no table knows.
    fn walked(&self, number: u64) -> Result<Unit, Error> {
        let missing = || self.missing.clone();
        let walk = self.walk.as_ref().ok_or_else(missing)?;
        let sizes = |number| Sizes { expected: self.expected(number), most: self.most() };
        let chunk = walk.chunk(&**self.pages.file(), number, sizes)?.ok_or_else(missing)?;
        let end = chunk.end.unwrap_or(chunk.offset);
        self.read(chunk, number, end).map(|checked| checked.unit)
    }

    fn read(&self, chunk: Chunk, number: u64, segment_end: FileOffset) -> Result<Checked, Error> {
        let structure = Structure::EwfChunk;
        let expected = self.expected(number);
        let size = self.volume.chunks.size();
        let end = chunk.end.unwrap_or(segment_end).min(segment_end);
        let room = end.get().saturating_sub(chunk.offset.get());
        let wanted = if chunk.is_compressed { room.min(self.most()) } else { room.min(size.saturating_add(4)) };
        let available = wanted.min(self.pages.file().len().saturating_sub(chunk.offset.get()));
        let mut bytes = read_vec(&**self.pages.file(), structure, chunk.offset, narrow(available))?;
        let expected_len = narrow(expected);
        if chunk.is_compressed {
            let unpacked = unpack(Method::Zlib, &bytes, expected_len);
            let is_wrong = !unpacked.is_sound && unpacked.bytes.len() == expected_len;
            let mismatch = is_wrong.then(|| {
                let tail = bytes.len().saturating_sub(4);
                let stored = array(&bytes, tail).map_or(0, u32::from_be_bytes);
                Anomaly::Checksum { structure, offset: chunk.offset, stored, computed: adler(&unpacked.bytes) }
            });
            return Ok(Checked { unit: unpacked.into_unit(structure, chunk.offset, expected_len), mismatch });
        }
        let stored = array(&bytes, expected_len).map(u32::from_le_bytes);
        bytes.truncate(expected_len);
        let computed = adler(&bytes);
        let mismatch = stored.filter(|stored| *stored != computed).map(|stored| Anomaly::Checksum {
            structure,
            offset: chunk.offset,
            stored,
            computed,
        });
        let fault = (bytes.len() < expected_len).then(|| Error::Truncated {
            structure,
            offset: chunk.offset,
            needed: expected,
            available: wide(bytes.len()),
        });
        Ok(Checked { unit: Unit { bytes, fault }, mismatch })
    }
}

impl Map for ChunkMap {
    fn locate(&self, at: DiskOffset) -> Result<Piece, Error> {
        let chunks = self.volume.chunks;
        let place = Place::Packed { unit: chunks.index(at.get()), skip: chunks.within(at.get()) };
        Ok(Piece::new(place, chunks.left(at.get())))
    }

    fn unpack(&self, unit: u64) -> Result<Unit, Error> {
        let after = self.tables.partition_point(|pair| pair.first <= unit);
        let pair = after.checked_sub(1).and_then(|at| self.tables.get(at));
        let index = |pair: &TablePair| unit.saturating_sub(pair.first);
        let Some((pair, index)) =
            pair.map(|pair| (pair, index(pair))).filter(|(pair, index)| *index < pair.table.count)
        else {
            return self.walked(unit);
        };
        let chunk = pair.table.chunk(&self.pages, index);
        let first = chunk.clone().and_then(|chunk| self.read(chunk, unit, pair.segment_end));
        if first.as_ref().is_ok_and(Checked::is_sound) {
            return first.map(|checked| checked.unit);
        }
        // The copy is asked only if it says something else.
        if let Some(copy) = pair.copy
            && let Ok(other) = copy.chunk(&self.pages, index)
            && !chunk.is_ok_and(|chunk| chunk == other)
            && let Ok(second) = self.read(other, unit, pair.segment_end)
            && second.is_sound()
        {
            self.notes.add(Anomaly::OtherCopyUsed { structure: Structure::EwfTable, offset: pair.table.place() });
            return Ok(second.unit);
        }
        let checked = first?;
        if let Some(mismatch) = checked.mismatch {
            self.notes.add(mismatch);
        }
        Ok(checked.unit)
    }
}
