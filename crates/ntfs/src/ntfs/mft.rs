//! The Master File Table: a stream of records, whose first record says where the stream itself lies.
//!
//! Record 0 maps the first part of the table. Where the table has so many pieces that the record cannot hold them, its
//! attribute list names further records, each of which lies in a part that is already known. `$MFTMirr` has a copy of the
//! first four records at the least.

use super::attribute::{Attribute, AttributeKind, Form, Mapped};
use super::attribute_list;
use super::boot_sector::BootSector;
use super::record::Record;
use super::runs::Runs;
use super::stream::{Clusters, Extents};
use crate::anomaly::{Anomaly, AnomalyKind, AnomalyLog};
use crate::error::{Error, Structure};
use crate::limits::{Limit, Limits, MAX_ATTRIBUTE_LIST_LEN};
use crate::offset::{DeviceOffset, Lcn, RecordNumber, Vcn};
use crate::read::{ReadAt, narrow, read_vec, wide};

#[derive(Debug)]
pub(super) struct Mft {
    extents: Extents,
    record_size: u64,
}

impl Mft {
    pub(super) fn open(
        device: &dyn ReadAt,
        boot: &BootSector,
        limits: &Limits,
        log: &AnomalyLog,
    ) -> Result<Self, Error> {
        let first =
            record_at(device, boot, boot.mft, log).and_then(|record| Self::load(device, boot, limits, log, &record));
        first.or_else(|error| {
            let mirror = record_at(device, boot, boot.mft_mirror, log)
                .and_then(|record| Self::load(device, boot, limits, log, &record));
            // If the mirror is of no use either, the first error tells more.
            let Ok(mft) = mirror else {
                return Err(error);
            };
            let place = DeviceOffset(boot.position(boot.mft).unwrap_or(u64::MAX));
            log.add(Anomaly::damaged(place, error));
            log.add(Anomaly::new(place, AnomalyKind::MftMirror));
            Ok(mft)
        })
    }

    fn load(
        device: &dyn ReadAt,
        boot: &BootSector,
        limits: &Limits,
        log: &AnomalyLog,
        first: &Record,
    ) -> Result<Self, Error> {
        let clusters = Clusters { device, size: boot.cluster_size };
        let mut list = None;
        let mut pieces = Pieces::default();
        for attribute in first.attributes() {
            match attribute {
                Ok(attribute) if attribute.is(AttributeKind::DATA, &[]) => {
                    pieces.add(&attribute, limits, log);
                }
                Ok(attribute) if attribute.kind == AttributeKind::ATTRIBUTE_LIST => {
                    list = Some(read_list(&attribute, clusters, limits, log)?);
                }
                Ok(_) => {}
                Err(error) => log.add(Anomaly::damaged(first.offset, error)),
            }
        }
        let mut mft = Self {
            extents: pieces.join(limits, log).ok_or(Error::Truncated {
                structure: Structure::MftRecord,
                offset: first.offset,
                needed: 1,
                available: 0,
            })?,
            record_size: boot.record_size,
        };
        for entry in list.into_iter().flatten() {
            if entry.kind != AttributeKind::DATA || entry.record.record == first.number {
                continue;
            }
            let (record, torn) = match mft.read(clusters, entry.record.record) {
                Ok(read) => read,
                Err(error) => {
                    log.add(Anomaly::damaged(first.offset, error));
                    continue;
                }
            };
            torn.into_iter().for_each(|torn| log.add(torn));
            let own = record.attributes().filter_map(Result::ok);
            for attribute in own.filter(|attribute| attribute.is(AttributeKind::DATA, &[])) {
                mft.extend(&attribute, limits, log);
            }
        }
        clip(&mut mft.extents, boot.cluster_size, log, first.offset);
        Ok(mft)
    }

    /// Adds a further piece; the same one may be named twice.
    fn extend(&mut self, attribute: &Attribute<'_>, limits: &Limits, log: &AnomalyLog) {
        if let Form::Mapped(mapped) = &attribute.form
            && mapped.first.0 >= self.extents.runs.end()
        {
            let added = self.extents.runs.append(&mapped.pairs, mapped.first, limits.max_runs);
            if let Err(error) = added {
                log.add(Anomaly::damaged(attribute.offset, error));
            }
        }
    }

    /// How many records there are.
    pub(super) fn count(&self) -> u64 {
        self.extents.size.checked_div(self.record_size).unwrap_or(0)
    }

    pub(super) fn read(
        &self,
        clusters: Clusters<'_>,
        number: RecordNumber,
    ) -> Result<(Record, Option<Anomaly>), Error> {
        let at = number
            .0
            .checked_mul(self.record_size)
            .filter(|_| number.0 < self.count())
            .ok_or(Error::NoRecord { record: number, count: self.count() })?;
        let mut bytes = vec![0u8; narrow(self.record_size)];
        self.extents.read(clusters, at, &mut bytes)?;
        Record::parse(number, self.place(clusters, at), bytes)
    }

    /// Where a byte of the table lies on the device, for error messages.
    pub(super) fn place(&self, clusters: Clusters<'_>, at: u64) -> DeviceOffset {
        match self.extents.place(clusters.size, at) {
            Ok((Some(place), _)) => DeviceOffset(place),
            _ => DeviceOffset(u64::MAX),
        }
    }
}

fn record_at(device: &dyn ReadAt, boot: &BootSector, lcn: Lcn, log: &AnomalyLog) -> Result<Record, Error> {
    // A cluster that cannot be is refused by the device.
    let place = boot.position(lcn).unwrap_or(u64::MAX);
    let bytes = read_vec(device, place, narrow(boot.record_size))?;
    let (record, torn) = Record::parse(RecordNumber::MFT, DeviceOffset(place), bytes)?;
    torn.into_iter().for_each(|torn| log.add(torn));
    Ok(record)
}

/// The entries of an attribute list, wherever it lies.
pub(super) fn read_list(
    attribute: &Attribute<'_>,
    clusters: Clusters<'_>,
    limits: &Limits,
    log: &AnomalyLog,
) -> Result<Vec<attribute_list::ListEntry>, Error> {
    let (entries, fault) = match &attribute.form {
        Form::Resident(bytes, place) => attribute_list::parse(bytes, *place),
        Form::Mapped(_) => {
            let mut pieces = Pieces::default();
            pieces.add(attribute, limits, log);
            let extents = pieces.join(limits, log).unwrap_or_default();
            if extents.size > MAX_ATTRIBUTE_LIST_LEN {
                return Err(Error::LimitReached { limit: Limit::AttributeListLen, max: MAX_ATTRIBUTE_LIST_LEN });
            }
            let mut bytes = vec![0u8; narrow(extents.size)];
            extents.read(clusters, 0, &mut bytes)?;
            let place = match extents.place(clusters.size, 0) {
                Ok((Some(place), _)) => DeviceOffset(place),
                _ => attribute.offset,
            };
            attribute_list::parse(&bytes, place)
        }
    };
    fault.into_iter().for_each(|fault| log.add(fault));
    Ok(entries)
}

/// The pieces of a stream, one per attribute that maps a part of it.
#[derive(Default)]
pub(super) struct Pieces {
    pieces: Vec<Piece>,
}

struct Piece {
    first: Vcn,
    runs: Runs,
    sizes: Option<(u64, u64)>,
    offset: DeviceOffset,
}

impl Pieces {
    pub(super) fn add(&mut self, attribute: &Attribute<'_>, limits: &Limits, log: &AnomalyLog) {
        let Form::Mapped(mapped) = &attribute.form else {
            return;
        };
        let piece = Piece::decode(mapped, attribute.offset, limits, log);
        self.pieces.push(piece);
    }

    /// The whole stream; `None` if the piece with its first cluster, which tells the size, is lost.
    pub(super) fn join(mut self, limits: &Limits, log: &AnomalyLog) -> Option<Extents> {
        self.pieces.sort_by_key(|piece| piece.first);
        let (size, initialized) = self.pieces.first()?.sizes?;
        let mut runs = Runs::default();
        for piece in self.pieces {
            if let Err(error) = runs.join(piece.runs, piece.first, piece.offset, limits.max_runs) {
                log.add(Anomaly::damaged(piece.offset, error));
            }
        }
        Some(Extents { runs, size, initialized })
    }
}

impl Piece {
    fn decode(mapped: &Mapped<'_>, offset: DeviceOffset, limits: &Limits, log: &AnomalyLog) -> Self {
        let mut runs = Runs::default();
        let decoded = runs.append(&mapped.pairs, mapped.first, limits.max_runs);
        if let Err(error) = decoded {
            // The runs before the fault are kept.
            log.add(Anomaly::damaged(offset, error));
        } else if runs.end() != 0 && runs.end() != mapped.last.0.wrapping_add(1) {
            let error = mapped.pairs.wrong("last cluster", mapped.last.0, "the last of the mapping pairs");
            log.add(Anomaly::damaged(offset, error));
        }
        Self { first: mapped.first, runs, sizes: mapped.sizes, offset }
    }
}

/// Cuts a stream at the end of its clusters.
pub(super) fn clip(extents: &mut Extents, cluster_size: u64, log: &AnomalyLog, place: DeviceOffset) {
    let mapped = extents.runs.end().saturating_mul(cluster_size);
    if extents.size > mapped {
        let kind = AnomalyKind::ShortRuns { size: extents.size, mapped };
        log.add(Anomaly::new(place, kind));
        extents.size = mapped;
    }
}

/// Names a run that leaves the device, once per stream.
pub(super) fn check_runs(extents: &Extents, clusters: Clusters<'_>, log: &AnomalyLog, place: DeviceOffset) {
    let outside = extents.runs.iter().find_map(|run| {
        let lcn = run.lcn?.0;
        let end = lcn.saturating_add(run.clusters).saturating_mul(clusters.size);
        (end > clusters.device.len()).then_some(AnomalyKind::RunOutside { lcn, clusters: run.clusters })
    });
    if let Some(kind) = outside {
        log.add(Anomaly::new(place, kind));
    }
}

/// Bytes that a scan of the table reads at once.
pub(super) const SCAN_LEN: u64 = 256 << 10;

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
        Self { mft, clusters, next: first, end: end.min(mft.count()), chunk: Vec::new(), chunk_first: first }
    }

    fn fill(&mut self) {
        let size = self.mft.record_size;
        let count = SCAN_LEN.checked_div(size).unwrap_or(1).clamp(1, self.end.saturating_sub(self.next).max(1));
        self.chunk_first = self.next;
        self.chunk.resize(narrow(count.saturating_mul(size)), 0);
        let at = self.next.saturating_mul(size);
        if self.mft.extents.read(self.clusters, at, &mut self.chunk).is_ok() {
            return;
        }
        // A bad sector in the piece: what can be read record by record is.
        for (number, record) in (self.next..).zip(self.chunk.chunks_exact_mut(narrow(size))) {
            let at = number.saturating_mul(size);
            if self.mft.extents.read(self.clusters, at, record).is_err() {
                record.fill(0);
            }
        }
    }
}

impl Iterator for Scan<'_> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        let size = narrow(self.mft.record_size);
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
