//! Where the grains of a sparse extent lie: a directory of tables, 4 bytes an entry, little-endian.
//!
//! | entry of the directory | meaning |
//! |---|---|
//! | 0 | the table's grains are not in this file |
//! | other | sector of the grain table |
//!
//! | entry of a table | meaning |
//! |---|---|
//! | 0 | the grain is not in this file: in the parent, else zeros |
//! | 1 | zeros, if the header's flag 4 is set |
//! | other | sector of the grain |
//!
//! A compressed grain opens with a marker: sector of the disk (8), bytes of compressed data (4), then these data. Source:
//! VMware, "Virtual Disk Format 5.0" (2011), "Grain Directories and Grain Tables", "Stream-Optimized Compressed Sparse
//! Extents".

use std::sync::Arc;

use hivekey_read_at::{ReadAt, narrow, wide};

use super::sparse_header::SparseHeader;
use crate::error::{Error, Structure};
use crate::limits::{LimitName, Limits};
use crate::map::{Piece, Place, Reach, Unit};
use crate::offset::{Blocks, FileOffset};
use crate::pages::Pages;
use crate::read::{Fields, read_array, read_vec};
use crate::unpack::{Method, unpack};

/// The grains of one sparse extent.
pub(super) struct Grains {
    pages: Pages,
    file: usize,
    header: SparseHeader,
    grains: Blocks,
    tables: Blocks,
}

/// Where a grain lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grain {
    Absent,
    Zeros,
    At(FileOffset),
}

impl Grains {
    /// The grains in `reader`, which is the image's file number `file`.
    pub(super) fn new(
        reader: Arc<dyn ReadAt>,
        file: usize,
        header: SparseHeader,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let sector = Blocks::SECTORS.size();
        let grain = header.grain.saturating_mul(sector);
        let table = grain.saturating_mul(header.entries_per_table);
        if header.is_compressed {
            Error::check_limit(LimitName::UnitBytes, grain, limits.unit_bytes)?;
        }
        let (Some(grains), Some(tables)) = (Blocks::new(grain), Blocks::new(table)) else {
            let (structure, offset) = (Structure::VmdkHeader, FileOffset(0));
            return Err(Error::Missing { structure, offset, item: "grain size" });
        };
        Ok(Self { pages: Pages::new(reader, limits), file, header, grains, tables })
    }

    /// Bytes of the disk that the header says the extent has.
    pub(super) const fn capacity(&self) -> u64 {
        self.header.capacity.saturating_mul(Blocks::SECTORS.size())
    }

    /// An entry of a directory or table, as a position in the file.
    fn entry(&self, structure: Structure, table: FileOffset, index: u64) -> Result<(u32, FileOffset), Error> {
        let entry = u32::from_le_bytes(self.pages.array(structure, table.plus(index.saturating_mul(4)))?);
        Ok((entry, FileOffset(u64::from(entry).saturating_mul(Blocks::SECTORS.size()))))
    }

    /// The grain that holds byte `at` of the extent, and how far from there on that holds.
    fn grain(&self, at: u64) -> Result<(Grain, u64), Error> {
        let directory = FileOffset(self.header.directory.saturating_mul(Blocks::SECTORS.size()));
        let (table, place) = self.entry(Structure::VmdkGrainDirectory, directory, self.tables.index(at))?;
        if table == 0 {
            return Ok((Grain::Absent, self.tables.left(at)));
        }
        let structure = Structure::VmdkGrainTable;
        let index = self.grains.index(self.tables.within(at));
        let grain = match self.entry(structure, place, index)? {
            (0, _) => Grain::Absent,
            (1, _) if self.header.has_zero_entries => Grain::Zeros,
            (_, place) => return Ok((Grain::At(place), self.grains.left(at))),
        };
        let repeats = self.pages.repeats::<4>(structure, place.plus(index.saturating_mul(4)));
        Ok((grain, self.grains.span(at, repeats).min(self.tables.left(at))))
    }

    /// The piece at byte `at` of the extent; `start` is where the extent begins on the disk.
    pub(super) fn locate(&self, at: u64, start: u64) -> Result<Piece, Error> {
        let (grain, length) = self.grain(at)?;
        let skip = self.grains.within(at);
        let place = match grain {
            Grain::Absent => Place::Parent,
            Grain::Zeros => Place::Zero,
            Grain::At(_) if self.header.is_compressed => {
                Place::Packed { unit: start.saturating_add(at.saturating_sub(skip)), skip }
            }
            Grain::At(place) => {
                Place::Stored { file: self.file, offset: place.plus(skip), structure: Structure::VmdkGrain }
            }
        };
        Ok(Piece::new(place, length))
    }

    /// Where the grains end, and by how much the file is too short for that.
    pub(super) fn reach_and_lack(&self) -> (Reach, u64) {
        let reach = self.reach();
        (reach, reach.end.saturating_sub(self.pages.file().len()))
    }

    /// Where the grains end, as far as the table that lies last tells.
    fn reach(&self) -> Reach {
        let (file, sector) = (self.file, Blocks::SECTORS.size());
        let directory = FileOffset(self.header.directory.saturating_mul(sector));
        let place = |entry: [u8; 4]| u64::from(u32::from_le_bytes(entry)).saturating_mul(sector);
        let mut last = None;
        let count = self.tables.count(self.capacity());
        let tables = self.pages.highest(Structure::VmdkGrainDirectory, directory, count, |index, entry| {
            let table = place(entry);
            if table != 0 && last.is_none_or(|(highest, _)| table > highest) {
                last = Some((table, index));
            }
            if table == 0 { 0 } else { table.saturating_add(4) }
        });
        let structure = Structure::VmdkGrainTable;
        let (table, index) = match last {
            Some(last) if tables <= self.pages.file().len() => last,
            _ => return Reach { file, structure, end: tables },
        };
        let start = index.saturating_mul(self.tables.size());
        let left = self.capacity().saturating_sub(start);
        let count = self.grains.count(left).min(self.header.entries_per_table);
        let end = self.pages.highest(structure, FileOffset(table), count, |index, entry| match place(entry) {
            0 => 0,
            place if place == sector && self.header.has_zero_entries => 0,
            // How long a compressed grain is stands in the grain.
            place if self.header.is_compressed => place.saturating_add(1),
            place => {
                let before = index.saturating_mul(self.grains.size());
                place.saturating_add(self.grains.size().min(left.saturating_sub(before)))
            }
        });
        Reach { file, structure: Structure::VmdkGrain, end }
    }

    /// The compressed grain at byte `at` of the extent.
    pub(super) fn unpack(&self, at: u64) -> Result<Unit, Error> {
        let structure = Structure::VmdkGrain;
        let (Grain::At(place), _) = self.grain(at)? else { return Ok(Unit::default()) };
        let file = self.pages.file();
        // The compressed form of a grain may be longer than the grain, but not twice as long.
        let most = self.grains.size().saturating_mul(2);
        let (data, length) = if self.header.has_markers {
            let marker: [u8; 12] = read_array(&**file, structure, place)?;
            let fields = Fields::new(&marker, structure, place);
            let size = u64::from(fields.u32(8)?);
            if size == 0 || size > most {
                return Err(fields.wrong("size of compressed data", size, "1 to twice the grain size"));
            }
            (place.plus(12), size)
        } else {
            (place, file.len().saturating_sub(place.get()).min(most))
        };
        // What a cut-off file still has of the grain is unpacked.
        let available = length.min(file.len().saturating_sub(data.get()));
        let packed = read_vec(&**file, structure, data, narrow(available))?;
        let expected = narrow(self.grains.size().min(self.capacity().saturating_sub(at)));
        let mut unit = unpack(Method::Zlib, &packed, expected).into_unit(structure, place, expected);
        if available < length && unit.fault.is_some() {
            unit.fault =
                Some(Error::Truncated { structure, offset: data, needed: length, available: wide(packed.len()) });
        }
        Ok(unit)
    }
}
