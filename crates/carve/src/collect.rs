//! Gathers what the units of a sweep found, in order of offset, within the limits.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use crate::base_block::{BASE_BLOCK, LostHive};
use crate::bin::{self, Bin, BinRun};
use crate::control::{Control, Progress};
use crate::findings::{Certainty, Hit, HitKind};
use crate::limits::{Limit, MAX_BAD_RANGES, MAX_BIN_RUNS, MAX_HIVES};
use crate::options::Options;
use crate::result::{BadRange, Carved, Counts, Outcome};

/// What one unit found. Its size is bounded by the size of a unit and by the limit on hits.
#[derive(Debug, Default)]
pub(crate) struct UnitFindings {
    hits: Vec<Hit>,
    hives: Vec<LostHive>,
    bins: Vec<Bin>,
    counts: Counts,
    /// Unreadable ranges of the unit itself, not of the overlap behind it.
    pub(crate) bad: Vec<BadRange>,
    /// Bytes of the unit that were there, unreadable ones included.
    pub(crate) covered: u64,
    /// The offset up to which everything is done.
    pub(crate) done: u64,
}

impl UnitFindings {
    /// Counts a hit, and keeps it if `max` allows.
    pub(crate) fn push(&mut self, max: usize, certainty: Certainty, hit: impl FnOnce() -> Hit) {
        if count(&mut self.counts, certainty, max) {
            self.hits.push(hit());
        }
    }

    pub(crate) fn add_hive(&mut self, hive: Option<LostHive>) {
        self.hives.extend(hive);
    }

    pub(crate) fn add_bin(&mut self, bin: Option<Bin>) {
        self.bins.extend(bin);
    }

    /// Whether all of it is unreadable.
    pub(crate) fn is_unreadable(&self) -> bool {
        let bad = self.bad.iter().map(BadRange::length);
        self.covered > 0 && bad.sum::<u64>() == self.covered
    }

    /// Roughly the memory that it takes.
    pub(crate) fn weight(&self) -> usize {
        let blobs = self.hits.iter().map(|hit| hit.bytes.len());
        blobs
            .sum::<usize>()
            .saturating_add(size_of_val(self.hits.as_slice()))
            .saturating_add(size_of_val(self.hives.as_slice()))
            .saturating_add(size_of_val(self.bins.as_slice()))
            .saturating_add(size_of_val(self.bad.as_slice()))
    }
}

/// Counts one more of a certainty and tells whether there are no more than `max`.
fn count(counts: &mut Counts, certainty: Certainty, max: usize) -> bool {
    let number = counts.of(certainty);
    *number = number.saturating_add(1);
    *number <= crate::numbers::to_u64(max)
}

/// Everything found so far.
pub(crate) struct Collector<'a> {
    options: Options,
    control: Control<'a>,
    size: Option<u64>,
    hits: Vec<Hit>,
    /// The bytes of all hits, each once.
    blobs: HashSet<Arc<[u8]>>,
    /// End of the last MSDM table: the text of its key is no find of its own.
    msdm_end: u64,
    hives: Vec<LostHive>,
    runs: Vec<BinRun>,
    bad: Vec<BadRange>,
    counts: Counts,
    limits: BTreeSet<Limit>,
    bytes_covered: u64,
    bytes_bad: u64,
}

impl<'a> Collector<'a> {
    pub(crate) fn new(options: Options, control: Control<'a>, size: Option<u64>) -> Self {
        Self {
            options,
            control,
            size,
            hits: Vec::new(),
            blobs: HashSet::new(),
            msdm_end: 0,
            hives: Vec::new(),
            runs: Vec::new(),
            bad: Vec::new(),
            counts: Counts::default(),
            limits: BTreeSet::new(),
            bytes_covered: 0,
            bytes_bad: 0,
        }
    }

    /// Adds the findings of the next unit by offset, and reports progress.
    pub(crate) fn absorb(&mut self, unit: UnitFindings) {
        let mut hits = unit.hits;
        hits.sort_by_key(|hit| (hit.offset, hit.kind));
        let mut kept = Counts::default();
        for hit in hits {
            let in_table = hit.certainty == Certainty::Hint && hit.offset < self.msdm_end;
            let number = kept.of(hit.certainty);
            *number = number.saturating_add(1);
            if !in_table {
                self.keep(hit);
            }
        }
        self.add_uncounted(unit.counts, kept);
        for hive in unit.hives {
            self.counts.hives = self.counts.hives.saturating_add(1);
            match self.hives.len() < MAX_HIVES {
                true => self.hives.push(hive),
                false => _ = self.limits.insert(Limit::Hives),
            }
        }
        for found in unit.bins {
            self.counts.bins = self.counts.bins.saturating_add(1);
            if !bin::add(&mut self.runs, found, MAX_BIN_RUNS) {
                self.limits.insert(Limit::BinRuns);
            }
        }
        for bad in unit.bad {
            self.add_bad(bad);
        }
        self.bytes_covered = self.bytes_covered.saturating_add(unit.covered);
        self.control.report(Progress {
            done: unit.done,
            total: self.size,
            hits: self.counts.hits(),
            bytes_bad: self.bytes_bad,
        });
    }

    fn keep(&mut self, mut hit: Hit) {
        if hit.kind == HitKind::Msdm && hit.certainty == Certainty::Verified {
            self.msdm_end = hit.end();
        }
        if !count(&mut self.counts, hit.certainty, self.options.max_hits) {
            self.limits.insert(Limit::Hits(hit.certainty));
            return;
        }
        match self.blobs.get(&hit.bytes) {
            Some(same) => hit.bytes = same.clone(),
            None => _ = self.blobs.insert(hit.bytes.clone()),
        }
        self.hits.push(hit);
    }

    /// Counts the hits that a unit counted without keeping them.
    fn add_uncounted(&mut self, mut all: Counts, mut kept: Counts) {
        for certainty in [Certainty::Verified, Certainty::Rejoined, Certainty::Damaged, Certainty::Hint] {
            let more = all.of(certainty).saturating_sub(*kept.of(certainty));
            let number = self.counts.of(certainty);
            *number = number.saturating_add(more);
            if more > 0 {
                self.limits.insert(Limit::Hits(certainty));
            }
        }
    }

    fn add_bad(&mut self, bad: BadRange) {
        self.bytes_bad = self.bytes_bad.saturating_add(bad.length());
        let joins = |last: &BadRange| last.range.end == bad.range.start && last.kind == bad.kind;
        if self.bad.len() < MAX_BAD_RANGES || self.bad.last().is_some_and(joins) {
            crate::read::note(&mut self.bad, bad.range, bad.kind);
        } else {
            self.limits.insert(Limit::BadRanges);
        }
    }

    /// The result, with the bins given to their hives.
    pub(crate) fn finish(self, bytes_in_holes: u64, outcome: Outcome) -> Carved {
        let mut hives = self.hives;
        let bins = give_bins(&mut hives, self.runs);
        Carved {
            hits: self.hits,
            hives,
            bins,
            bad_ranges: self.bad,
            size: self.size,
            bytes_swept: self.bytes_covered.saturating_sub(self.bytes_bad),
            bytes_in_holes,
            bytes_bad: self.bytes_bad,
            counts: self.counts,
            limits: self.limits,
            outcome,
        }
    }
}

/// Counts the bins that lie where a hive has them, and returns the runs that belong to no hive.
fn give_bins(hives: &mut [LostHive], runs: Vec<BinRun>) -> Vec<BinRun> {
    let mut left = Vec::new();
    for run in runs {
        // Only bins where the base block has them are this hive's; a run of another place may be of an older state of it.
        let owner = run.base().and_then(|base| {
            let index = hives.binary_search_by_key(&base, |hive| hive.offset).ok()?;
            hives.get_mut(index).filter(|hive| run.place < hive.bins_size)
        });
        let Some(hive) = owner else {
            left.push(run);
            continue;
        };
        let behind = hive.offset.saturating_add(BASE_BLOCK).saturating_add(hive.bins_size);
        let within = run.end().min(behind).saturating_sub(run.offset);
        hive.bins_in_place = hive.bins_in_place.saturating_add(within);
        let end = run.end().min(behind).saturating_sub(hive.offset);
        hive.end_in_place = hive.end_in_place.max(end);
    }
    left
}
