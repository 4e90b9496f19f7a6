//! A run through all records of the Master File Table, for what no index leads to any more.

use hivekey_read_at::{narrow, wide};

use super::mft::Mft;
use super::record::Record;
use super::stream::Clusters;
use crate::offset::RecordNumber;

/// Bytes that a scan of the table reads at once.
const SCAN_LEN: u64 = 256 << 10;

/// The records of the table one after the other, read in large pieces. What is no record is passed over.
pub(super) struct Scan<'a> {
    mft: &'a Mft,
    clusters: Clusters<'a>,
    next: u64,
    end: u64,
    chunk: Vec<u8>,
    chunk_first: u64,
}

impl<'a> Scan<'a> {
    pub(super) fn new(mft: &'a Mft, clusters: Clusters<'a>, first: u64, end: u64) -> Self {
        // Behind what was initialized there are only zeros.
        let written = mft.extents().initialized.div_ceil(mft.record_size().max(1));
        let written = if mft.places().is_some() { u64::MAX } else { written };
        let end = end.min(mft.count()).min(written);
        Self { mft, clusters, next: first, end, chunk: Vec::new(), chunk_first: first }
    }

    /// Passes over holes of the table, which hold no records, however long they claim to be.
    fn skip_holes(&mut self) {
        let size = self.mft.record_size();
        while self.next < self.end {
            let at = self.next.saturating_mul(size);
            let count = match self.mft.extents().place(self.clusters.size, at) {
                Ok((None, left)) => left.checked_div(size).unwrap_or(0),
                _ => 0,
            };
            if count == 0 {
                break;
            }
            self.next = self.next.saturating_add(count);
        }
    }

    fn fill(&mut self) {
        self.skip_holes();
        let size = self.mft.record_size();
        let count = SCAN_LEN.checked_div(size).unwrap_or(1).clamp(1, self.end.saturating_sub(self.next).max(1));
        self.chunk_first = self.next;
        self.chunk.resize(narrow(count.saturating_mul(size)), 0);
        let at = self.next.saturating_mul(size);
        if self.mft.extents().read(self.clusters, at, &mut self.chunk).is_ok() {
            return;
        }
        // A bad sector in the piece: what can be read record by record is.
        for (number, record) in (self.next..).zip(self.chunk.chunks_exact_mut(narrow(size))) {
            let at = number.saturating_mul(size);
            if self.mft.extents().read(self.clusters, at, record).is_err() {
                record.fill(0);
            }
        }
    }
}

impl Iterator for Scan<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        if let Some(places) = self.mft.places() {
            let left = places.range(self.next..self.end.max(self.next));
            let mut records = left.filter_map(|(number, _)| self.mft.read(self.clusters, RecordNumber(*number)).ok());
            let (record, _) = records.next()?;
            self.next = record.number.0.saturating_add(1);
            return Some(record);
        }
        let size = narrow(self.mft.record_size());
        while self.next < self.end {
            let within = narrow(self.next.saturating_sub(self.chunk_first)).saturating_mul(size);
            if within >= self.chunk.len() {
                self.fill();
                continue;
            }
            let number = RecordNumber(self.next);
            self.next = self.next.saturating_add(1);
            let bytes =
                self.chunk.get(within..).and_then(|rest| rest.get(..size)).filter(|bytes| bytes.starts_with(b"FILE"));
            let at = number.0.saturating_mul(wide(size));
            let record = bytes.and_then(|bytes| {
                let place = self.mft.place(self.clusters, at);
                Record::parse(number, place, bytes.to_vec()).ok()
            });
            if let Some((record, _)) = record {
                return Some(record);
            }
        }
        None
    }
}
