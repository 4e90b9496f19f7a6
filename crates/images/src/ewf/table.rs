//! The tables that say where the chunks lie.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | entries | |
//! | 8 | 8 | base | added to each entry, from EnCase 6 on; else 0 |
//! | 20 | 4 | checksum | Adler-32 of the 20 bytes before |
//! | 24 | n × 4 | entries | bits 0–30: offset of the chunk in the segment, less the base; bit 31: the chunk is compressed |
//! | – | 4 | checksum | Adler-32 of the entries; not from SMART |
//!
//! The chunks of a table follow each other on the disk, and those of the next table follow them. A chunk is a zlib stream, or
//! the bytes themselves and their Adler-32. EnCase 6.7 wrote chunks past 2 GiB of a segment without base: there the entry is
//! the offset with all its 32 bits, and the chunk is not compressed. All numbers are little-endian. Source: libewf
//! documentation, "Table section" and "Chunks".

use hivekey_read_at::ReadAt;

use super::section::{Section, adler};
use crate::anomaly::{Anomaly, Notes};
use crate::error::{Error, Structure};
use crate::offset::FileOffset;
use crate::pages::Pages;
use crate::read::{Fields, part, read_array};

/// Bytes before the entries.
const HEADER: u64 = 24;

/// The bit of an entry that says that the chunk is compressed.
const COMPRESSED: u32 = 1 << 31;

/// A table, or its copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// Where the entries begin.
    entries: FileOffset,
    pub(super) count: u64,
    /// What is added to the offsets: the place of the segment, and the table's base.
    base: FileOffset,
    is_sound: bool,
}

/// Where a chunk lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) offset: FileOffset,
    pub(super) is_compressed: bool,
    /// Where the next chunk of the table begins, if that lies behind this one.
    pub(super) end: Option<FileOffset>,
}

/// The header of a table.
pub(super) fn read(file: &dyn ReadAt, section: &Section, segment: FileOffset, notes: &Notes) -> Result<Table, Error> {
    let (structure, offset) = (Structure::EwfTable, section.content);
    let bytes: [u8; 24] = read_array(file, structure, offset)?;
    let fields = Fields::new(&bytes, structure, offset);
    let (stored, computed) = (fields.u32(20)?, adler(part(&bytes, 0, 20).unwrap_or_default()));
    if stored != computed {
        notes.add(Anomaly::Checksum { structure, offset, stored, computed });
    }
    let count = u64::from(fields.u32(0)?);
    let room = section.length.saturating_sub(HEADER) / 4;
    if count > room {
        return Err(fields.wrong("entries", count, "as many as the section has room for"));
    }
    Ok(Table { entries: offset.plus(HEADER), count, base: segment.plus(fields.u64(8)?), is_sound: stored == computed })
}

impl Table {
    /// Of a table and its copy, the one to be asked first, and the other.
    pub(super) fn rank(self, copy: Self) -> (Self, Self) {
        if copy.is_sound && !self.is_sound { (copy, self) } else { (self, copy) }
    }

    /// Bytes of its entries.
    pub(super) const fn length(&self) -> u64 {
        self.count.saturating_mul(4)
    }

    /// Where its entries begin.
    pub(super) const fn place(&self) -> FileOffset {
        self.entries
    }

    fn raw(&self, pages: &Pages, index: u64) -> Result<u32, Error> {
        let place = self.entries.plus(index.saturating_mul(4));
        pages.array(Structure::EwfTable, place).map(u32::from_le_bytes)
    }

    /// The offset that entry `raw` says, and whether its chunk is compressed.
    const fn meaning(raw: u32, first: u32) -> (u32, bool) {
        let offset = raw & !COMPRESSED;
        let is_set = raw & COMPRESSED != 0;
        // Chunks follow each other: one that seems to lie before the first lies past 2 GiB.
        if is_set && offset < first & !COMPRESSED { (raw, false) } else { (offset, is_set) }
    }

    /// Where chunk `index` of the table lies.
    pub(super) fn chunk(&self, pages: &Pages, index: u64) -> Result<Chunk, Error> {
        let first = self.raw(pages, 0)?;
        let (offset, is_compressed) = Self::meaning(self.raw(pages, index)?, first);
        let next = index.saturating_add(1);
        let end = if next < self.count { Some(Self::meaning(self.raw(pages, next)?, first).0) } else { None };
        let place = |offset: u32| self.base.plus(u64::from(offset));
        Ok(Chunk { offset: place(offset), is_compressed, end: end.filter(|end| *end > offset).map(place) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_below_and_past_two_gib() {
        assert_eq!(Table::meaning(0x8000_004C, 0x8000_004C), (0x4C, true));
        assert_eq!(Table::meaning(0x0000_804C, 0x8000_004C), (0x804C, false));
        assert_eq!(Table::meaning(0x8000_0010, 0x7000_0000), (0x8000_0010, false));
    }
}
