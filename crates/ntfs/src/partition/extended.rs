//! The partitions of a master boot record with the chain of logical ones.
//!
//! In an extended partition each logical one has a boot record of its own before it. Its first entry is the logical
//! partition, counted from that boot record; its second leads to the next boot record, counted from the start of the
//! whole extended partition. Source: Microsoft, "How Basic Disks and Volumes Work"; checked against `sfdisk`.

use std::collections::HashSet;

use hivekey_read_at::ReadAt;

use super::mbr::{self, Entry, Mbr};
use super::{Partition, PartitionType};
use crate::anomaly::Anomaly;
use crate::error::{Error, Structure};
use crate::limits::{Limit, MAX_LOGICAL_PARTITIONS};
use crate::offset::DeviceOffset;

/// The number of the first logical partition.
const FIRST_LOGICAL: u32 = 5;

/// The partitions that a master boot record names, with the logical ones.
pub(super) fn partitions<D: ReadAt + ?Sized>(
    device: &D,
    boot_record: &Mbr,
    sector_size: u64,
) -> (Vec<Partition>, Vec<Anomaly>) {
    let mut found = Vec::new();
    let mut chain = Chain {
        device,
        sector_size,
        next_index: FIRST_LOGICAL,
        visited: HashSet::new(),
        logical: Vec::new(),
        anomalies: Vec::new(),
    };
    for (index, entry) in (1u32..).zip(&boot_record.entries) {
        // What protects a GPT is no partition.
        if !entry.is_used() || entry.kind == mbr::PROTECTIVE {
            continue;
        }
        if entry.is_extended() {
            chain.follow(u64::from(entry.start));
        } else {
            found.push(partition(index, entry, 0, sector_size));
        }
    }
    found.append(&mut chain.logical);
    (found, chain.anomalies)
}

fn partition(index: u32, entry: &Entry, base: u64, sector_size: u64) -> Partition {
    let start = base.saturating_add(u64::from(entry.start));
    Partition {
        index,
        offset: start.saturating_mul(sector_size),
        len: u64::from(entry.count).saturating_mul(sector_size),
        kind: PartitionType::Mbr(entry.kind),
        name: None,
    }
}

struct Chain<'a, D: ?Sized> {
    device: &'a D,
    sector_size: u64,
    next_index: u32,
    visited: HashSet<u64>,
    logical: Vec<Partition>,
    anomalies: Vec<Anomaly>,
}

impl<D: ReadAt + ?Sized> Chain<'_, D> {
    fn follow(&mut self, extended: u64) {
        let mut next = Some(extended);
        while let Some(sector) = next {
            next = match self.link(extended, sector) {
                Ok(next) => next,
                Err(error) => {
                    let offset = DeviceOffset(sector.saturating_mul(self.sector_size));
                    self.anomalies.push(Anomaly::damaged(offset, error));
                    None
                }
            };
        }
    }

    /// One boot record of the chain; gives the sector of the next one.
    fn link(&mut self, extended: u64, sector: u64) -> Result<Option<u64>, Error> {
        let offset = sector.saturating_mul(self.sector_size);
        if offset == 0 || !self.visited.insert(offset) {
            return Err(Error::Repeated { structure: Structure::ExtendedBootRecord, offset: DeviceOffset(offset) });
        }
        if self.visited.len() > usize::try_from(MAX_LOGICAL_PARTITIONS).unwrap_or(usize::MAX) {
            return Err(Error::LimitReached { limit: Limit::LogicalPartitions, max: MAX_LOGICAL_PARTITIONS.into() });
        }
        let record = mbr::read(self.device, offset)?;
        if let Some(error) = record.signature_error() {
            return Err(error);
        }
        let mut next = None;
        for entry in record.entries.iter().filter(|entry| entry.is_used()) {
            if entry.is_extended() {
                // Only the first link counts; more would make a tree of the chain.
                next = next.or(Some(extended.saturating_add(u64::from(entry.start))));
            } else {
                self.logical.push(partition(self.next_index, entry, sector, self.sector_size));
                self.next_index = self.next_index.saturating_add(1);
            }
        }
        Ok(next)
    }
}
