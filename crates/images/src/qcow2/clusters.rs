//! Where the clusters of a QCOW2 image lie: an L1 table of L2 tables, each a cluster long.
//!
//! | bits of an L1 entry | meaning |
//! |---|---|
//! | 9–55 | offset of the L2 table; 0: none of its clusters is in this file |
//!
//! | bits of an L2 entry | meaning |
//! |---|---|
//! | 62 | the cluster is compressed |
//! | 0 | the cluster is zeros (version 3, not with extended entries) |
//! | 9–55 | offset of the cluster; 0: not in this file (in a data file, 0 is an offset if bit 63 is set) |
//!
//! | bits of the L2 entry of a compressed cluster | meaning |
//! |---|---|
//! | 0 to x-1, where x = 62 - (cluster bits - 8) | offset in bytes |
//! | x to 61 | sectors (512 bytes) that the data fill or begin, besides the first |
//!
//! | bits of the second half of an extended L2 entry | meaning |
//! |---|---|
//! | 0–31 | the subcluster (a 32nd of the cluster) is allocated |
//! | 32–63 | the subcluster is zeros |
//!
//! Source: QEMU, `docs/interop/qcow2.rst`, "Cluster mapping".

use std::sync::Arc;

use hivekey_read_at::{ReadAt, narrow};

use super::header::Header;
use crate::error::{Error, Structure};
use crate::limits::Limits;
use crate::map::{Map, Piece, Place, Reach, Unit};
use crate::offset::{Blocks, DiskOffset, FileOffset};
use crate::pages::Pages;
use crate::read::read_vec;
use crate::unpack::{Method, unpack};

/// Bits of an L1 or L2 entry that are an offset.
const OFFSET_BITS: u64 = 0x00FF_FFFF_FFFF_FE00;

/// The bit of an entry that says that its reference count is one.
const COPIED: u64 = 1 << 63;

/// The bit of an L2 entry for a compressed cluster.
const COMPRESSED: u64 = 1 << 62;

/// Where the clusters lie.
pub(super) struct ClusterMap {
    pages: Pages,
    l1_offset: FileOffset,
    l1_entries: u64,
    clusters: Blocks,
    /// A 32nd of a cluster.
    subclusters: Blocks,
    /// What one L2 table covers.
    tables: Blocks,
    /// Bytes of an L2 entry.
    entry_bytes: u64,
    cluster_bits: u32,
    knows_zeros: bool,
    has_extended_l2: bool,
    /// The image's file that holds the clusters.
    data_file: usize,
    method: Method,
}

impl ClusterMap {
    /// The clusters to which the L1 table at `l1_offset` leads. `None` if the header's cluster size cannot be.
    pub(super) fn new(
        file: Arc<dyn ReadAt>,
        header: &Header,
        (l1_offset, l1_entries): (FileOffset, u64),
        limits: &Limits,
    ) -> Option<Self> {
        let cluster = 1u64.checked_shl(header.cluster_bits)?;
        let entry_bytes = if header.has_extended_l2 { 16 } else { 8 };
        Some(Self {
            pages: Pages::new(file, limits),
            l1_offset,
            l1_entries,
            clusters: Blocks::new(cluster)?,
            subclusters: Blocks::new(cluster / 32)?,
            tables: Blocks::new(cluster.checked_mul(cluster.checked_div(entry_bytes)?)?)?,
            entry_bytes,
            cluster_bits: header.cluster_bits,
            knows_zeros: header.is_version_3,
            has_extended_l2: header.has_extended_l2,
            data_file: usize::from(header.data_file.is_some()),
            method: header.method,
        })
    }

    /// The place of the L2 entry for byte `at` of the disk, if there is one.
    fn entry_place(&self, at: u64) -> Result<Option<FileOffset>, Error> {
        let index = self.tables.index(at);
        if index >= self.l1_entries {
            return Ok(None);
        }
        let place = self.l1_offset.plus(index.saturating_mul(8));
        let raw = u64::from_be_bytes(self.pages.array(Structure::Qcow2L1Table, place)?);
        let table = raw & OFFSET_BITS;
        if table == 0 {
            return Ok(None);
        }
        if self.clusters.within(table) != 0 {
            let (structure, expected) = (Structure::Qcow2L1Table, "the offset of a cluster");
            return Err(Error::Field { structure, offset: place, field: "L1 entry", actual: raw, expected });
        }
        let index = self.clusters.index(self.tables.within(at));
        Ok(Some(FileOffset(table).plus(index.saturating_mul(self.entry_bytes))))
    }

    fn entry(&self, place: FileOffset) -> Result<u64, Error> {
        Ok(u64::from_be_bytes(self.pages.array(Structure::Qcow2L2Table, place)?))
    }

    /// The host's place for byte `at`, if the entry has one.
    fn stored(&self, entry: u64, place: FileOffset, at: u64) -> Result<Option<Place>, Error> {
        let host = entry & OFFSET_BITS;
        let is_offset = host != 0 || (self.data_file != 0 && entry & COPIED != 0);
        if !is_offset {
            return Ok(None);
        }
        if self.clusters.within(host) != 0 {
            let (structure, expected) = (Structure::Qcow2L2Table, "the offset of a cluster");
            return Err(Error::Field { structure, offset: place, field: "L2 entry", actual: entry, expected });
        }
        let offset = FileOffset(host).plus(self.clusters.within(at));
        Ok(Some(Place::Stored { file: self.data_file, offset, structure: Structure::Qcow2Cluster }))
    }

    /// A piece of a cluster whose subclusters are allocated each for itself.
    fn subcluster(&self, entry: u64, place: FileOffset, at: u64) -> Result<Piece, Error> {
        let bits = self.entry(place.plus(8))?;
        let number = u32::try_from(self.subclusters.index(self.clusters.within(at))).unwrap_or(0);
        let is_set = |shift: u32| bits.checked_shr(shift).unwrap_or(0) & 1 == 1;
        let (is_allocated, is_zero) = (is_set(number), is_set(number.saturating_add(32)));
        let place = match (is_allocated, is_zero) {
            (true, true) => {
                let (structure, expected) = (Structure::Qcow2L2Table, "no subcluster both allocated and zero");
                return Err(Error::Field { structure, offset: place, field: "subclusters", actual: bits, expected });
            }
            (true, false) => self.stored(entry, place, at)?.unwrap_or(Place::Parent),
            (false, true) => Place::Zero,
            (false, false) => Place::Parent,
        };
        Ok(Piece::new(place, self.subclusters.left(at)))
    }

    /// Where the data of a compressed cluster lie, and how many bytes they may have.
    fn compressed(&self, entry: u64) -> (FileOffset, u64) {
        let offset_bits = 62u32.saturating_sub(self.cluster_bits.saturating_sub(8));
        let mask = 1u64.checked_shl(offset_bits).unwrap_or(0).saturating_sub(1);
        let offset = entry & mask;
        let sectors = (entry & (COMPRESSED - 1)).checked_shr(offset_bits).unwrap_or(0).saturating_add(1);
        let length = sectors.saturating_mul(Blocks::SECTORS.size()).saturating_sub(Blocks::SECTORS.within(offset));
        (FileOffset(offset), length)
    }
}

impl ClusterMap {
    /// The end of the cluster to which the L2 entry for byte `at` leads; 0 if it leads nowhere. Of compressed and extended ones it is
    /// only sure that their first byte is needed.
    fn end(&self, entry: u64, at: u64, size: u64) -> u64 {
        let host = entry & OFFSET_BITS;
        match () {
            () if entry & COMPRESSED != 0 => self.compressed(entry).0.plus(1).get(),
            () if host == 0 => 0,
            () if self.has_extended_l2 => host.saturating_add(1),
            () if self.knows_zeros && entry & 1 == 1 => 0,
            () => host.saturating_add(self.clusters.size().min(size.saturating_sub(at))),
        }
    }
}

impl Map for ClusterMap {
    /// The table that lies last leads to the clusters that lie last, as a rule.
    fn reach(&self, size: u64) -> Option<Reach> {
        let mut last = None;
        let entries = self.l1_entries.min(self.tables.count(size));
        let tables = self.pages.highest(Structure::Qcow2L1Table, self.l1_offset, entries, |index, entry: [u8; 8]| {
            let table = u64::from_be_bytes(entry) & OFFSET_BITS;
            if table != 0 && last.is_none_or(|(highest, _)| table > highest) {
                last = Some((table, index));
            }
            // A table may end where the file does, before its last entries.
            if table == 0 { 0 } else { table.saturating_add(1) }
        });
        let structure = Structure::Qcow2L2Table;
        let (table, index) = match last {
            Some(last) if tables <= self.pages.file().len() => last,
            _ => return Some(Reach { file: 0, structure, end: tables }),
        };
        let start = index.saturating_mul(self.tables.size());
        let end = |index: u64, entry: u64| {
            self.end(entry, start.saturating_add(index.saturating_mul(self.clusters.size())), size)
        };
        let count =
            self.clusters.count(size.saturating_sub(start)).min(self.clusters.size().checked_div(self.entry_bytes)?);
        let table = FileOffset(table);
        let end = if self.has_extended_l2 {
            self.pages.highest(structure, table, count, |index, entry: [u8; 16]| {
                let [a, b, c, d, e, f, g, h, _, _, _, _, allocated @ ..] = entry;
                if allocated == [0; 4] && a & 0x40 == 0 {
                    0
                } else {
                    end(index, u64::from_be_bytes([a, b, c, d, e, f, g, h]))
                }
            })
        } else {
            self.pages.highest(structure, table, count, |index, entry: [u8; 8]| end(index, u64::from_be_bytes(entry)))
        };
        Some(Reach { file: self.data_file, structure: Structure::Qcow2Cluster, end })
    }

    fn locate(&self, at: DiskOffset) -> Result<Piece, Error> {
        let at = at.get();
        let Some(place) = self.entry_place(at)? else { return Ok(Piece::new(Place::Parent, self.tables.left(at))) };
        let entry = self.entry(place)?;
        let left = self.clusters.left(at);
        if entry == 0 && !self.has_extended_l2 {
            let repeats = self.pages.repeats::<8>(Structure::Qcow2L2Table, place);
            return Ok(Piece::new(Place::Parent, self.clusters.span(at, repeats).min(self.tables.left(at))));
        }
        if entry & COMPRESSED != 0 {
            let skip = self.clusters.within(at);
            return Ok(Piece::new(Place::Packed { unit: at.saturating_sub(skip), skip }, left));
        }
        if self.has_extended_l2 {
            return self.subcluster(entry, place, at);
        }
        if self.knows_zeros && entry & 1 == 1 {
            return Ok(Piece::new(Place::Zero, left));
        }
        Ok(Piece::new(self.stored(entry, place, at)?.unwrap_or(Place::Parent), left))
    }

    fn unpack(&self, unit: u64) -> Result<Unit, Error> {
        let structure = Structure::Qcow2Cluster;
        let Some(place) = self.entry_place(unit)? else { return Ok(Unit::default()) };
        let (offset, length) = self.compressed(self.entry(place)?);
        let file = self.pages.file();
        // The last sector of the last cluster may end with the file.
        let available = length.min(file.len().saturating_sub(offset.get()));
        let packed = read_vec(&**file, structure, offset, narrow(available))?;
        let expected = narrow(self.clusters.size());
        let mut unit = unpack(self.method, &packed, expected).into_unit(structure, offset, expected);
        if available < length && unit.fault.is_some() {
            unit.fault = Some(Error::Truncated { structure, offset, needed: length, available });
        }
        Ok(unit)
    }
}
