//! The B+ tree of a directory.

use std::cmp::Ordering;
use std::collections::HashSet;

use hivekey_read_at::{narrow, wide};

use crate::anomaly::{Anomaly, AnomalyKind};
use crate::error::{Error, Structure};
use crate::limits::{Limit, MAX_INDEX_DEPTH};
use crate::ntfs::attribute::AttributeKind;
use crate::ntfs::file::File;
use crate::ntfs::index_block;
use crate::ntfs::index_entry::Node;
use crate::ntfs::index_root::IndexRoot;
use crate::ntfs::stream::Stream;
use crate::offset::{DeviceOffset, FileReference, Vcn};

/// `$I30`, the name of the attributes that make up the index of names.
const I30: [u16; 4] = [0x24, 0x49, 0x33, 0x30];

/// Blocks that are shorter than a cluster are numbered in units of 512 bytes.
const SMALL_UNIT: u64 = 512;

pub(super) struct Index<'a> {
    directory: &'a File,
    root: IndexRoot,
    blocks: Option<Stream>,
}

/// What a search by name gives.
pub(super) enum Search {
    Found(FileReference),
    Missing,
    /// The names are not in order, or an entry is damaged: that it was not found means nothing.
    Unordered(Anomaly),
}

impl<'a> Index<'a> {
    pub(super) fn open(directory: &'a File) -> Result<Self, Error> {
        let volume = directory.volume();
        let (bytes, offset) = directory
            .resident(AttributeKind::INDEX_ROOT, &I30)?
            .ok_or_else(|| Error::NotADirectory(directory.reference()))?;
        let root = IndexRoot::parse(&bytes, offset, volume.boot_sector().index_size)?;
        let blocks = directory.value(AttributeKind::INDEX_ALLOCATION, &I30)?;
        Ok(Self { directory, root, blocks: blocks.map(|value| value.stream) })
    }

    pub(super) fn take_root(&mut self) -> Node {
        std::mem::take(&mut self.root.node)
    }

    /// Bytes of the unit in which blocks are numbered.
    fn unit(&self) -> u64 {
        let cluster = self.directory.volume().boot_sector().cluster_size;
        if cluster <= self.root.block_size { cluster } else { SMALL_UNIT }
    }

    /// How many blocks there are, used or not.
    pub(super) fn block_count(&self) -> u64 {
        self.blocks.as_ref().map_or(0, Stream::len).checked_div(self.root.block_size).unwrap_or(0)
    }

    /// The number by which entries name the block at a place among all.
    pub(super) fn block_number(&self, place: u64) -> Vcn {
        let units = self.root.block_size.checked_div(self.unit()).unwrap_or(1);
        Vcn(place.saturating_mul(units))
    }

    /// Which blocks are in use, one bit each, the lowest of each byte first; `None` if that is lost.
    pub(super) fn bitmap(&self) -> Option<Vec<u8>> {
        let value = self.directory.value(AttributeKind::BITMAP, &I30).ok()??;
        let len = value.stream.len().min(self.block_count().div_ceil(8));
        let mut bits = vec![0u8; narrow(len)];
        let clusters = self.directory.volume().clusters();
        value.stream.read(clusters, 0, &mut bits).ok()?;
        Some(bits)
    }

    /// Reads a block.
    pub(super) fn block(&self, number: Vcn) -> Result<Node, Error> {
        let volume = self.directory.volume();
        let blocks = self.blocks.as_ref().ok_or(Error::Unmapped { vcn: number.0 })?;
        let at = number.0.saturating_mul(self.unit());
        let mut bytes = vec![0u8; narrow(self.root.block_size)];
        blocks.read(volume.clusters(), at, &mut bytes)?;
        let place = blocks
            .extents()
            .and_then(|extents| extents.place(volume.clusters().size, at).ok()?.0)
            .map_or(self.directory.record_offset(), DeviceOffset);
        let (mut node, torn) = index_block::parse(bytes, place, number)?;
        node.fault = node.fault.or(torn);
        Ok(node)
    }

    /// Goes down the tree to a name.
    pub(super) fn search(mut self, name: &[u16]) -> Result<Search, Error> {
        let mut node = self.take_root();
        let mut way = Way { index: &self, name, fault: None, before: Vec::new(), after: None };
        let mut visited = HashSet::new();
        for _ in 0..MAX_INDEX_DEPTH {
            let next = match way.step(&mut node) {
                Step::Found(reference) => return Ok(Search::Found(reference)),
                Step::End => return Ok(way.fault.map_or(Search::Missing, Search::Unordered)),
                Step::Below(next) => next,
            };
            if !visited.insert(next) {
                return Err(Error::Repeated {
                    structure: Structure::IndexBlock,
                    offset: DeviceOffset(next.0.saturating_mul(self.unit())),
                });
            }
            node = self.block(next)?;
        }
        Err(Error::LimitReached { limit: Limit::IndexDepth, max: wide(MAX_INDEX_DEPTH) })
    }
}

/// The way down to a name. All names below must lie between the greatest one passed so far and the entry that was
/// turned down at; where they do not, the tree is damaged.
struct Way<'a> {
    index: &'a Index<'a>,
    name: &'a [u16],
    /// The first thing that is wrong.
    fault: Option<Anomaly>,
    /// The name passed last; every name sorts behind the empty one.
    before: Vec<u16>,
    /// The name turned down at.
    after: Option<Vec<u16>>,
}

enum Step {
    Found(FileReference),
    Below(Vcn),
    End,
}

impl Way<'_> {
    fn step(&mut self, node: &mut Node) -> Step {
        let volume = self.index.directory.volume();
        self.fault = self.fault.take().or(node.fault.take());
        for entry in node.entries.drain(..) {
            let Some(own) = entry.name else {
                return entry.below.map_or(Step::End, Step::Below);
            };
            if volume.compare_names(&self.before, &own.units).is_gt() {
                self.out_of_order();
            }
            match volume.compare_names(self.name, &own.units) {
                Ordering::Less => {
                    let outside = |after: &Vec<u16>| volume.compare_names(&own.units, after).is_gt();
                    if self.after.as_ref().is_some_and(outside) {
                        self.out_of_order();
                    }
                    self.after = Some(own.units);
                    return entry.below.map_or(Step::End, Step::Below);
                }
                Ordering::Equal => return Step::Found(entry.reference),
                Ordering::Greater => self.before = own.units,
            }
        }
        Step::End
    }

    fn out_of_order(&mut self) {
        let directory = self.index.directory;
        self.fault.get_or_insert_with(|| {
            Anomaly::new(directory.record_offset(), AnomalyKind::IndexOrder(directory.reference()))
        });
    }
}
