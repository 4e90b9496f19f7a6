//! The Master File Table: a stream of records, whose first record says where the stream itself lies.
//!
//! Record 0 maps the first part of the table. Where the table has so many pieces that the record cannot hold them, its
//! attribute list names further records, each of which lies in a part that is already known. `$MFTMirr` has a copy of the
//! first four records at the least.

use std::collections::BTreeMap;

use hivekey_read_at::{ReadAt, narrow};

use super::attribute::{Attribute, AttributeKind, Form};
use super::boot_sector::BootSector;
use super::pieces::{Pieces, clip, read_list};
use super::record::Record;
use super::stream::{Clusters, Extents};
use crate::anomaly::{Anomaly, AnomalyKind, AnomalyLog};
use crate::error::{Error, Structure};
use crate::limits::Limits;
use crate::offset::{DeviceOffset, Lcn, RecordNumber};
use crate::read::read_vec;

/// The table of records.
#[derive(Debug)]
pub(super) struct Mft {
    extents: Extents,
    /// Where each record lies, if they were found one by one; the table has no extents then.
    places: Option<BTreeMap<u64, DeviceOffset>>,
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
            extents: pieces.join(log).ok_or(Error::Truncated {
                structure: Structure::MftRecord,
                offset: first.offset,
                needed: 1,
                available: 0,
            })?,
            places: None,
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

    pub(super) const fn record_size(&self) -> u64 {
        self.record_size
    }

    pub(super) const fn extents(&self) -> &Extents {
        &self.extents
    }

    /// A table of records that were found without one.
    pub(super) fn of_places(places: BTreeMap<u64, DeviceOffset>, record_size: u64) -> Self {
        Self { extents: Extents::default(), places: Some(places), record_size }
    }

    /// The places of records that were found one by one.
    pub(super) const fn places(&self) -> Option<&BTreeMap<u64, DeviceOffset>> {
        self.places.as_ref()
    }

    /// How many records there are.
    pub(super) fn count(&self) -> u64 {
        if let Some(places) = &self.places {
            return places.last_key_value().map_or(0, |(last, _)| last.saturating_add(1));
        }
        self.extents.size.checked_div(self.record_size).unwrap_or(0)
    }

    pub(super) fn read(
        &self,
        clusters: Clusters<'_>,
        number: RecordNumber,
    ) -> Result<(Record, Option<Anomaly>), Error> {
        if let Some(places) = &self.places {
            let place = places.get(&number.0).ok_or(Error::NoRecord { record: number, count: self.count() })?;
            return Record::parse(number, *place, read_vec(clusters.device, place.0, narrow(self.record_size))?);
        }
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
