//! A stream put together from its pieces: one attribute maps one piece, and a file with many runs has many attributes.

use hivekey_read_at::narrow;

use super::attribute::{Attribute, Form, Mapped};
use super::attribute_list;
use super::runs::Runs;
use super::stream::{Clusters, Extents};
use crate::anomaly::{Anomaly, AnomalyKind, AnomalyLog};
use crate::error::Error;
use crate::limits::{Limit, Limits, MAX_ATTRIBUTE_LIST_LEN};
use crate::offset::{DeviceOffset, Vcn};

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
            let extents = pieces.join(log).unwrap_or_default();
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
    /// Runs of all pieces.
    runs: usize,
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
        // The limit counts for all pieces together, also for those that turn out to overlap.
        let left = limits.max_runs.saturating_sub(self.runs);
        let piece = Piece::decode(mapped, attribute.offset, left, log);
        self.runs = self.runs.saturating_add(piece.runs.iter().len());
        self.pieces.push(piece);
    }

    /// The whole stream; `None` if the piece with its first cluster, which tells the size, is lost.
    pub(super) fn join(mut self, log: &AnomalyLog) -> Option<Extents> {
        self.pieces.sort_by_key(|piece| piece.first);
        let (size, initialized) = self.pieces.first()?.sizes?;
        let mut runs = Runs::default();
        for piece in self.pieces {
            if let Err(error) = runs.join(piece.runs, piece.first, piece.offset) {
                log.add(Anomaly::damaged(piece.offset, error));
            }
        }
        Some(Extents { runs, size, initialized })
    }
}

impl Piece {
    fn decode(mapped: &Mapped<'_>, offset: DeviceOffset, max_runs: usize, log: &AnomalyLog) -> Self {
        let mut runs = Runs::default();
        let decoded = runs.append(&mapped.pairs, mapped.first, max_runs);
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
