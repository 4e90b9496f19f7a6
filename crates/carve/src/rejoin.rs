//! Finds the rest of a blob that a sector or fragment boundary cuts.
//!
//! The rest of a file's data begins at a sector boundary, like the data before it. So each sector near the cut is tried as the rest,
//! and the check values of the whole decide. With a CRC of 32 bits, [`REJOIN_RADIUS`] before and after, and [`MAX_REJOINS`] blobs,
//! a wrong sector passes in one sweep of a thousand at worst.

use std::sync::Arc;

use crate::control::Control;
use crate::cut::{Cut, SECTOR, boundaries, boundary_offset};
use crate::findings::{Certainty, Hit, HitKind};
use crate::judge::judge;
use crate::limits::{Limit, MAX_REJOINS, REJOIN_RADIUS};
use crate::numbers::{to_u64, to_usize};
use crate::read::Reader;
use crate::result::{Carved, Outcome};
use crate::source::RawSource;

/// Bytes read at once.
const CHUNK: usize = 1 << 20;
/// From here on a version 3 blob is its CRC: all fields are there, and a rest of four bytes or fewer proves nothing.
const DPID3_CRC: usize = 160;
/// Texts of a version 4 blob that follow its hashes: part number, key type, EULA.
const DPID4_TEXTS: usize = 888;
/// Clusters of file systems and pages of memory are at least this long: a cut is most likely there.
const CLUSTER: u64 = 4096;

/// Tries to complete the damaged blobs of a sweep.
pub(crate) fn complete<S: RawSource + ?Sized>(source: &S, control: Control<'_>, carved: &mut Carved) {
    let mut damaged = carved.hits.iter_mut().filter(|hit| may_be_cut(hit));
    let mut completed = 0_u64;
    for hit in damaged.by_ref().take(MAX_REJOINS) {
        let found = cuts(hit).into_iter().find_map(|at| find(source, control, hit, at));
        if let Some((bytes, cut)) = found {
            hit.bytes = bytes;
            hit.certainty = Certainty::Rejoined;
            hit.cut = Some(cut);
            completed = completed.saturating_add(1);
        }
    }
    if damaged.next().is_some() {
        carved.limits.insert(Limit::Rejoins);
    }
    carved.counts.rejoined = carved.counts.rejoined.saturating_add(completed);
    carved.counts.damaged = carved.counts.damaged.saturating_sub(completed);
    if control.cancelled() {
        carved.outcome = Outcome::Cancelled;
    }
}

fn may_be_cut(hit: &Hit) -> bool {
    hit.certainty == Certainty::Damaged && hit.cut.is_some() && matches!(hit.kind, HitKind::Dpid3 | HitKind::Dpid4)
}

/// The places at which a hit may be cut, the likeliest first.
fn cuts(hit: &Hit) -> Vec<usize> {
    let length = match hit.kind {
        HitKind::Dpid3 => DPID3_CRC.saturating_add(1),
        kind => kind.length(),
    };
    let mut cuts: Vec<usize> = boundaries(hit.offset, length).filter(|&at| at <= hit.bytes.len()).collect();
    cuts.sort_by_key(|&at| boundary_offset(hit.offset, at).checked_rem(CLUSTER) != Some(0));
    cuts
}

/// The whole blob, and where its rest lies: the nearest place after the cut, or else the first one before it.
fn find<S: RawSource + ?Sized>(source: &S, control: Control<'_>, hit: &Hit, at: usize) -> Option<(Arc<[u8]>, Cut)> {
    let boundary = boundary_offset(hit.offset, at);
    let behind = boundary.saturating_add(REJOIN_RADIUS);
    let before = boundary.saturating_sub(REJOIN_RADIUS);
    let mut search = Search {
        reader: Reader { source, control, bad: Vec::new() },
        kind: hit.kind,
        offset: hit.offset,
        whole: hit.bytes.get(..at)?.to_vec(),
        at,
    };
    let rest = search.range(boundary, behind).or_else(|| search.range(before, boundary))?;
    let cut = Cut { at, rest: Some(rest) };
    Some((search.whole.as_slice().into(), cut))
}

struct Search<'a, S: ?Sized> {
    reader: Reader<'a, S>,
    kind: HitKind,
    offset: u64,
    /// The first part, and behind it the rest that is tried.
    whole: Vec<u8>,
    at: usize,
}

impl<S: RawSource + ?Sized> Search<'_, S> {
    /// Tries the sectors that begin in a range. When one fits, `whole` is the blob.
    fn range(&mut self, from: u64, end: u64) -> Option<u64> {
        let needed = self.kind.length().saturating_sub(self.at);
        let past = from.checked_rem(SECTOR).unwrap_or(0);
        let mut from = match past {
            0 => from,
            _ => from.saturating_add(SECTOR.saturating_sub(past)),
        };
        let mut buffer = vec![0; CHUNK.saturating_add(needed)];
        while from < end {
            let (have, _) = self.reader.fill(from, &mut buffer);
            // What could not be read holds no rest; the sweep has listed it.
            self.reader.bad.clear();
            let positions = (0..CHUNK.min(to_usize(end.saturating_sub(from)))).step_by(to_usize(SECTOR));
            for position in positions {
                let last = position.saturating_add(needed);
                let Some(rest) = buffer.get(position..last).filter(|_| last <= have) else {
                    break;
                };
                if self.fits(rest) {
                    return Some(from.saturating_add(to_u64(position)));
                }
            }
            if have < buffer.len() {
                break;
            }
            from = from.saturating_add(to_u64(CHUNK));
        }
        None
    }

    fn fits(&mut self, rest: &[u8]) -> bool {
        if self.kind == HitKind::Dpid4 && !self.may_be_rest(rest) {
            return false;
        }
        self.whole.truncate(self.at);
        self.whole.extend_from_slice(rest);
        let judged = judge(self.offset, &self.whole);
        judged.is_some_and(|judged| judged.certainty == Certainty::Verified)
    }

    /// A cheap look at the texts, as a hash over the whole costs a microsecond: their characters are plain ones.
    fn may_be_rest(&self, rest: &[u8]) -> bool {
        let first = DPID4_TEXTS.max(self.at);
        // The high bytes lie at odd offsets.
        let skipped = (first | 1).saturating_sub(self.at);
        let high_bytes = rest.iter().skip(skipped).step_by(2);
        high_bytes.copied().all(|high| high == 0)
    }
}
