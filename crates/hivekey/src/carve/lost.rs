//! Hives and hive bins in raw bytes: which Windows they belong to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use hivekey_carve::{BinRun, Carved, Control, Hit, HitKind, LostHive, Outcome as SweepOutcome, RegfKind};
use hivekey_evidence::{self as evidence, ReadAt, Region, hive_source};

use super::CarveOptions;
use super::examine::{self, Named};
use super::partitions::Partitions;
use super::report::{CarvedBins, CarvedHive, LostKind};
use crate::Options;
use crate::hives::OpenHive;
use crate::inspect::inspect_opened;
use crate::report::{HiveRole, HiveState, SourceError, Timestamp, Windows};

/// Hives that are opened; a disk in use for years holds some hundred.
const MAX_OPENED: usize = 4096;
/// The largest hive, or run of bins, of which every cell is looked at.
const MAX_SEARCHED_LEN: u64 = 192 << 20;
/// Bytes of all of these together.
const MAX_SEARCHED: u64 = 4 << 30;

/// What became of the hives in a source.
#[derive(Default)]
pub(super) struct Lost {
    pub hives: Vec<CarvedHive>,
    pub bins: Vec<CarvedBins>,
    /// The values that carved data belong to, by the offset of the data.
    pub names: BTreeMap<u64, Name>,
    /// The limits that were reached.
    pub limits: Vec<String>,
}

/// The value that carved data belong to.
pub(super) struct Name {
    /// The offset of the hive, where it has a base block.
    pub hive: Option<u64>,
    pub key_path: String,
    pub value: String,
}

/// Opens what can be opened. Without `bytes` (a stream) hives and bins are listed only.
pub(super) fn examine(
    carved: &Carved,
    partitions: &Partitions,
    bytes: Option<Arc<dyn ReadAt>>,
    options: &CarveOptions,
    control: &Control<'_>,
) -> Lost {
    let mut examiner = Examiner {
        carved,
        partitions,
        options: Options::new().lang(options.lang),
        // Who ended the sweep waits for what was found; who ends this too gets what there is.
        control: (carved.outcome == SweepOutcome::Complete).then_some(*control),
        opened: 0,
        searched: 0,
        has_more_values: false,
        lost: Lost::default(),
    };
    for hive in &carved.hives {
        let one = examiner.hive(hive, bytes.as_ref());
        examiner.lost.hives.push(one);
    }
    // The longest runs first: they tell most, should the limits not allow all of them.
    let mut runs: Vec<&BinRun> = carved.bins.iter().collect();
    runs.sort_by_key(|run| (u64::MAX - run.size, run.offset));
    for run in runs {
        let one = examiner.bins(run, bytes.as_ref());
        examiner.lost.bins.push(one);
    }
    examiner.lost.bins.sort_by_key(|run| run.offset);
    examiner.name_limits()
}

struct Examiner<'a> {
    carved: &'a Carved,
    partitions: &'a Partitions,
    options: Options,
    control: Option<Control<'a>>,
    opened: usize,
    searched: u64,
    has_more_values: bool,
    lost: Lost,
}

impl Examiner<'_> {
    fn hive(&mut self, hive: &LostHive, bytes: Option<&Arc<dyn ReadAt>>) -> CarvedHive {
        let mut carved = CarvedHive {
            offset: hive.offset,
            partition: self.partitions.place(hive.offset),
            size: hive.size(),
            kind: match hive.kind {
                RegfKind::Hive => LostKind::Hive,
                RegfKind::Log => LostKind::Log,
                _ => LostKind::Other,
            },
            whole: hive.is_whole(),
            bins_in_place: hive.bins_in_place,
            file_name: hive.file_name.clone(),
            last_written: Timestamp::from_filetime(hive.last_written),
            role: None,
            state: None,
            error: None,
            installation: None,
            windows: None,
        };
        // Without a single bin nothing can be told that the base block has not told yet.
        let Some(bytes) = bytes.filter(|_| carved.kind == LostKind::Hive && hive.bins_in_place > 0) else {
            return carved;
        };
        if self.is_cancelled() || self.opened >= MAX_OPENED {
            self.opened = self.opened.saturating_add(1);
            return carved;
        }
        self.opened = self.opened.saturating_add(1);
        let size = hive.size().min(hive.end_in_place);
        let region = Region::new(Arc::clone(bytes), hive.offset, size);
        // One that lies in pieces may have to be searched cell by cell.
        if !hive.is_whole() && !self.may_search(size) {
            return carved;
        }
        self.inspect(&mut carved, Arc::new(region.clone()));
        let wanted = self.wanted(hive.offset, size);
        let (named, wanted) = match wanted.is_empty() {
            true => Default::default(),
            false => examine::in_known_places(Arc::new(region.clone()), wanted),
        };
        self.name(Some(hive.offset), hive.offset, named);
        let known = carved.installation.as_ref().is_some_and(|found| found.windows != Windows::default());
        let needs_windows = !hive.is_whole() && !known;
        if (!wanted.is_empty() || needs_windows) && (!hive.is_whole() || self.may_search(size)) {
            let remains = examine::of_hive(&region, wanted, needs_windows);
            self.has_more_values |= remains.has_more;
            self.name(Some(hive.offset), hive.offset, remains.names);
            carved.windows = remains.windows;
        }
        carved
    }

    /// The same inspection that a hive file gets.
    fn inspect(&self, carved: &mut CarvedHive, region: Arc<dyn ReadAt>) {
        let name = format!("hive@{:#x}", carved.offset);
        let source = hive_source(&name, region, &evidence::Options::default());
        let found = source.installations.first();
        let Some(file) = found.and_then(|found| found.hives.first()) else { return };
        let open = OpenHive::open(&source, file, &self.options);
        (carved.role, carved.state) = (Some(open.report.role), Some(open.report.state));
        if !carved.whole {
            // Its base block knows nothing of that.
            carved.state = Some(HiveState::Damaged);
        }
        carved.error = open.error.as_ref().map(|error| SourceError { code: error.code(), message: error.to_string() });
        // Users' hives and the like, of which a disk holds hundreds, belong to no Windows by themselves.
        if matches!(open.report.role, HiveRole::Software | HiveRole::System | HiveRole::Unknown) {
            drop(open);
            carved.installation = inspect_opened(&source, &self.options).installations.into_iter().next();
            for hive in
                carved.installation.iter_mut().flat_map(|found| found.hives.iter_mut()).filter(|_| !carved.whole)
            {
                hive.state = HiveState::Damaged;
            }
        }
    }

    fn bins(&mut self, run: &BinRun, bytes: Option<&Arc<dyn ReadAt>>) -> CarvedBins {
        let mut carved = CarvedBins {
            offset: run.offset,
            partition: self.partitions.place(run.offset),
            size: run.size,
            bins: run.bins,
            place: run.place,
            windows: None,
        };
        let place = u32::try_from(run.place).ok();
        let (Some(bytes), Some(place)) = (bytes, place) else { return carved };
        if self.is_cancelled() || !self.may_search(run.size) {
            return carved;
        }
        let region = Region::new(Arc::clone(bytes), run.offset, run.size);
        let remains = examine::of_bins(&region, place, &self.wanted(run.offset, run.size));
        self.has_more_values |= remains.has_more;
        self.name(None, run.offset, remains.names);
        carved.windows = remains.windows;
        carved
    }

    /// Where the blobs in `size` bytes from `offset` lie, counted from there.
    fn wanted(&self, offset: u64, size: u64) -> BTreeSet<u64> {
        let hits = &self.carved.hits;
        let first = hits.partition_point(|hit| hit.offset < offset);
        let inside = hits.iter().skip(first).take_while(|hit| hit.offset.saturating_sub(offset) < size);
        let blobs = inside.filter(|hit| is_blob(hit) && !self.lost.names.contains_key(&hit.offset));
        blobs.map(|hit| hit.offset.saturating_sub(offset)).collect()
    }

    fn name(&mut self, hive: Option<u64>, offset: u64, names: Vec<Named>) {
        for named in names {
            let name = Name { hive, key_path: named.key_path, value: named.value };
            self.lost.names.insert(offset.saturating_add(named.offset), name);
        }
    }

    fn is_cancelled(&self) -> bool {
        let flag = self.control.and_then(|control| control.cancel);
        flag.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// Whether `size` more bytes may be searched cell by cell; if so, they are counted.
    fn may_search(&mut self, size: u64) -> bool {
        let after = self.searched.saturating_add(size);
        let may = size <= MAX_SEARCHED_LEN && after <= MAX_SEARCHED;
        if may {
            self.searched = after;
        }
        may
    }

    fn name_limits(self) -> Lost {
        let mut lost = self.lost;
        if self.opened > MAX_OPENED {
            lost.limits.push(format!("{MAX_OPENED} hives opened"));
        }
        if self.has_more_values {
            lost.limits.push(format!("{} values of one hive", examine::MAX_VALUES));
        }
        lost
    }
}

fn is_blob(hit: &Hit) -> bool {
    matches!(hit.kind, HitKind::Dpid3 | HitKind::Dpid4)
}
