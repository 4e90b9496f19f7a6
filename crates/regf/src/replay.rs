//! Log replay: which transaction logs belong over a dirty hive, in which order, up to where.
//!
//! A hive is dirty if the checksum of its base block is wrong or its sequence numbers differ; otherwise its logs are
//! left alone, even if they hold newer entries. Then, in the new format:
//!
//! * Logs are ordered by their sequence number, which wraps around.
//! * With a good base block the first log that is not older than the hive (its number is not below the secondary number
//!   of the hive) is applied, then each that goes on where the one before ended.
//! * With a broken base block only the latest log is applied, and its base block taken.
//! * Of a log, entries are applied from the first on, which has the number of the log, each one more than the one
//!   before, up to the first that fails a check.
//!
//! In the old format one log is applied: that with the time of the hive (of its first bin, if the base block is broken), else the
//! latest one that is not older.
//!
//! Afterwards both sequence numbers are that of the last entry, and the file type is 0.
//!
//! Source: M. Suhanov, "Windows registry file format specification", dirty state of a hive, multiple transaction log files.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use crate::base_block::{self, BaseBlock, HEAD_LEN};
use crate::bin::{self, BinHeader};
use crate::error::{Error, Structure};
use crate::limits::{Limit, Limits};
use crate::log::{LogFormat, LogHead, Refusal};
use crate::log_new::{Entries, Entry};
use crate::log_old::DirtyPages;
use crate::offset::{BINS_START, FileOffset};
use crate::overlay::Overlay;
use crate::read::{ReadAt, array, read_clipped, wide};
use crate::time::FileTime;

/// A log that was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AppliedLog {
    /// Its place in the list that was given to [`replay`].
    pub index: usize,
    /// Its label.
    pub label: String,
    /// Entries applied; 1 in the old format.
    pub entries: u32,
    /// Pages applied.
    pub pages: u64,
    /// Sequence number of the first entry.
    pub first_sequence: u32,
    /// Sequence number of the last entry.
    pub last_sequence: u32,
    /// Why the rest of the log was not applied; `None` if it was applied to its end. What follows the last entry is a
    /// remnant of an earlier use, as a rule.
    pub rest: Option<Refusal>,
}

/// A log that was not applied.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedLog {
    /// Its place in the list that was given to [`replay`].
    pub index: usize,
    /// Its label.
    pub label: String,
    /// Why.
    pub reason: Refusal,
}

/// What a replay did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplayReport {
    /// The logs applied, in order.
    pub applied: Vec<AppliedLog>,
    /// The logs not applied.
    pub refused: Vec<RefusedLog>,
    /// The format of the logs applied.
    pub format: Option<LogFormat>,
    /// The secondary sequence number of the hive before, if its base block could be read.
    pub from_sequence: Option<u32>,
    /// The sequence number that was reached.
    pub to_sequence: Option<u32>,
    /// The log that the base block was taken from (by its place in the list), because that of the hive is broken.
    pub base_block_from_log: Option<usize>,
}

impl ReplayReport {
    /// Whether any log was applied.
    #[must_use]
    pub fn is_replayed(&self) -> bool {
        !self.applied.is_empty()
    }
}

/// A hive with its logs.
#[derive(Debug)]
#[non_exhaustive]
pub struct Replayed<S> {
    /// The hive as it stands after the replay: a source for [`Hive::open`](crate::Hive::open).
    pub source: Overlay<S>,
    /// What was done.
    pub report: ReplayReport,
}

/// Lays the pages of transaction logs over a hive, as Windows would when it loads it. Nothing is written; only the pages
/// of the logs that are applied are held in memory.
///
/// `logs` are all logs found beside the hive, each with a label (such as its name) for the report, in any order; empty
/// and stale ones are normal. With a clean hive, or without a fitting log, the source is that of the hive unchanged.
///
/// # Errors
/// [`Error::Empty`] or [`Error::TooShort`] if the hive has no base block at all; [`Error::Read`] if the source of the
/// hive fails. A log that fails is refused, no more.
pub fn replay<S: ReadAt, L: ReadAt>(primary: S, logs: Vec<(String, L)>, limits: &Limits) -> Result<Replayed<S>, Error> {
    let len = primary.len();
    if len < BINS_START {
        return Err(if len == 0 { Error::Empty } else { Error::TooShort { len } });
    }
    let head = read_clipped(&primary, 0, HEAD_LEN)?.into_owned();
    let base = BaseBlock::parse(&head, Structure::BaseBlock).ok();
    let healthy = base.as_ref().filter(|base| base.checksum_ok());
    let time = match healthy {
        Some(base) => base.last_written,
        None => first_bin_time(&primary)?,
    };
    let mut work = Work {
        hive: HiveSide { secondary: healthy.map(|base| base.secondary_sequence), time, len },
        limits,
        overlay: Overlay::new(primary),
        held: 0,
        last: None,
        report: ReplayReport {
            from_sequence: base.as_ref().map(|base| base.secondary_sequence),
            ..ReplayReport::default()
        },
    };
    if healthy.is_some_and(BaseBlock::sequences_equal) {
        for (index, (label, _)) in logs.into_iter().enumerate() {
            work.refuse(index, label, Refusal::HiveClean);
        }
    } else {
        work.run(logs);
        work.finish(healthy.is_some(), &head)?;
    }
    work.report.refused.sort_by_key(|refused| refused.index);
    Ok(Replayed { source: work.overlay, report: work.report })
}

fn first_bin_time<S: ReadAt>(primary: &S) -> Result<FileTime, Error> {
    let bytes = read_clipped(primary, BINS_START, bin::LEN)?;
    Ok(BinHeader::parse(&bytes, FileOffset(BINS_START)).map_or(FileTime(0), |header| header.timestamp))
}

/// What the hive says.
struct HiveSide {
    /// `None` if the base block is broken.
    secondary: Option<u32>,
    time: FileTime,
    len: u64,
}

/// A log that passed the checks of its base block.
struct Candidate<L> {
    index: usize,
    label: String,
    log: L,
    head: LogHead,
}

impl<L> Candidate<L> {
    const fn sequence(&self) -> u32 {
        self.head.base.primary_sequence
    }
}

/// What the last log applied has left.
struct Last {
    index: usize,
    sequence: u32,
    bins_size: u32,
    /// Flags of the entry; `None` in the old format.
    flags: Option<u32>,
    head: [u8; HEAD_LEN],
}

struct Work<'a, S> {
    hive: HiveSide,
    limits: &'a Limits,
    overlay: Overlay<S>,
    /// Bytes of pages laid so far.
    held: u64,
    last: Option<Last>,
    report: ReplayReport,
}

/// Whether `a` comes before `b`, for numbers that wrap around.
const fn before(a: u32, b: u32) -> bool {
    a != b && b.wrapping_sub(a) <= 0x7FFF_FFFF
}

impl<S: ReadAt> Work<'_, S> {
    fn refuse(&mut self, index: usize, label: String, reason: Refusal) {
        self.report.refused.push(RefusedLog { index, label, reason });
    }

    fn refuse_all<L>(&mut self, logs: impl IntoIterator<Item = Candidate<L>>, reason: &Refusal) {
        for log in logs {
            self.refuse(log.index, log.label, reason.clone());
        }
    }

    fn run<L: ReadAt>(&mut self, logs: Vec<(String, L)>) {
        let mut new = Vec::new();
        let mut old = Vec::new();
        for (index, (label, log)) in logs.into_iter().enumerate() {
            match LogHead::read(&log) {
                Ok(head) if head.format == LogFormat::New => new.push(Candidate { index, label, log, head }),
                Ok(head) => old.push(Candidate { index, label, log, head }),
                Err(reason) => self.refuse(index, label, reason),
            }
        }
        self.run_new(new);
        if self.report.is_replayed() {
            self.refuse_all(old, &Refusal::NotChosen);
        } else {
            self.run_old(old);
        }
    }

    fn run_new<L: ReadAt>(&mut self, mut logs: Vec<Candidate<L>>) {
        let Some(start) = logs.first().map(Candidate::sequence) else { return };
        // Around the first one: numbers within half the range of each other compare as they should.
        logs.sort_by_key(|log| log.sequence().wrapping_sub(start).cast_signed());
        let Some(secondary) = self.hive.secondary else {
            if let Some(latest) = logs.pop() {
                self.apply_new(latest);
            }
            self.refuse_all(logs, &Refusal::Superseded);
            return;
        };
        let mut expected = None;
        let mut failed = false;
        for log in logs {
            let sequence = log.sequence();
            if failed {
                self.refuse(log.index, log.label, Refusal::AfterFailed);
                continue;
            }
            match expected {
                None if before(sequence, secondary) => {
                    self.refuse(log.index, log.label, Refusal::Stale { sequence, hive: secondary });
                }
                Some(expected) if sequence != expected => {
                    self.refuse(log.index, log.label, Refusal::NotConsecutive { sequence, expected });
                }
                _ => match self.apply_new(log) {
                    Some(last) => expected = Some(last.wrapping_add(1)),
                    None => failed = true,
                },
            }
        }
    }

    /// Applies the entries of a log; the number of the last one.
    fn apply_new<L: ReadAt>(&mut self, candidate: Candidate<L>) -> Option<u32> {
        let Candidate { index, label, log, head } = candidate;
        let mut applied: Option<AppliedLog> = None;
        let mut rest = None;
        for entry in Entries::new(&log, head.base.primary_sequence) {
            let entry = match entry.and_then(|entry| self.within_limits(&entry).map(|()| entry)) {
                Ok(entry) => entry,
                Err(reason) => {
                    rest = Some(reason);
                    break;
                }
            };
            for page in entry.pages().flatten() {
                let offset = BINS_START.saturating_add(u64::from(page.offset));
                self.overlay.lay(offset, &entry.bytes, page.bytes.start, page.len(), index);
            }
            self.overlay.grow(BINS_START.saturating_add(u64::from(entry.bins_size)));
            let (sequence, bins_size) = (entry.sequence, entry.bins_size);
            self.last = Some(Last { index, sequence, bins_size, flags: Some(entry.flags), head: head.bytes });
            let applied = applied.get_or_insert_with(|| AppliedLog {
                index,
                label: label.clone(),
                entries: 0,
                pages: 0,
                first_sequence: sequence,
                last_sequence: sequence,
                rest: None,
            });
            applied.entries = applied.entries.saturating_add(1);
            applied.pages = applied.pages.saturating_add(u64::from(entry.page_count()));
            applied.last_sequence = sequence;
        }
        match applied {
            Some(applied) => {
                let last = applied.last_sequence;
                self.report.applied.push(AppliedLog { rest, ..applied });
                self.report.format = Some(LogFormat::New);
                Some(last)
            }
            None => {
                let len = log.len();
                self.refuse(index, label, rest.unwrap_or(Refusal::TooShort { len }));
                None
            }
        }
    }

    /// Counts an entry against the limits.
    fn within_limits(&mut self, entry: &Entry) -> Result<(), Refusal> {
        self.within(u64::from(entry.bins_size), entry.bytes.len())
    }

    fn within(&mut self, bins_size: u64, held: u64) -> Result<(), Refusal> {
        let most = self.hive.len.saturating_add(self.limits.max_growth);
        if BINS_START.saturating_add(bins_size) > most {
            return Err(Refusal::LimitReached { limit: Limit::Growth, max: self.limits.max_growth });
        }
        let held = self.held.saturating_add(held);
        if held > self.limits.max_log_pages {
            return Err(Refusal::LimitReached { limit: Limit::LogPages, max: self.limits.max_log_pages });
        }
        self.held = held;
        Ok(())
    }

    fn run_old<L: ReadAt>(&mut self, mut logs: Vec<Candidate<L>>) {
        let hive = self.hive.time;
        // The one of the same time first, then the latest.
        logs.sort_by_key(|log| core::cmp::Reverse((log.head.base.last_written == hive, log.head.base.last_written)));
        let mut chosen = false;
        for log in logs {
            let time = log.head.base.last_written;
            if chosen {
                self.refuse(log.index, log.label, Refusal::NotChosen);
            } else if time < hive {
                self.refuse(log.index, log.label, Refusal::Timestamp { log: time, hive });
            } else {
                chosen = self.apply_old(log);
            }
        }
    }

    /// Applies a log; whether that was possible.
    fn apply_old<L: ReadAt>(&mut self, candidate: Candidate<L>) -> bool {
        let Candidate { index, label, log, head } = candidate;
        let (sequence, bins_size) = (head.base.primary_sequence, head.base.bins_size);
        let pages = self
            .within(u64::from(bins_size), log.len())
            .and_then(|()| DirtyPages::read(&log, &head.base).map_err(|error| Refusal::DirtyVector(error.into())));
        let pages = match pages {
            Ok(pages) => pages,
            Err(reason) => {
                self.refuse(index, label, reason);
                return false;
            }
        };
        for run in pages.runs() {
            let len = run.bytes.end.saturating_sub(run.bytes.start);
            self.overlay.lay(BINS_START.saturating_add(run.offset), &pages.bytes, run.bytes.start, len, index);
        }
        self.overlay.grow(BINS_START.saturating_add(u64::from(bins_size)));
        self.last = Some(Last { index, sequence, bins_size, flags: None, head: head.bytes });
        self.report.applied.push(AppliedLog {
            index,
            label,
            entries: 1,
            pages: pages.count(),
            first_sequence: sequence,
            last_sequence: sequence,
            rest: None,
        });
        self.report.format = Some(LogFormat::Old);
        true
    }

    /// Renews the base block: that of the hive, or of the log if the hive's is broken.
    fn finish(&mut self, healthy: bool, hive_head: &[u8]) -> Result<(), Error> {
        let Some(last) = self.last.take() else { return Ok(()) };
        let mut block = vec![0u8; usize::try_from(BINS_START).unwrap_or(HEAD_LEN)];
        if healthy {
            self.overlay.base().read_into(0, &mut block)?;
        } else {
            put(&mut block, 0, last.head);
            self.report.base_block_from_log = Some(last.index);
        }
        // The old format has no number of its own for the state that is reached: the hive's first one is taken.
        let own = array::<4>(hive_head, 4).map_or(last.sequence, u32::from_le_bytes);
        let sequence = if last.flags.is_none() && healthy { own } else { last.sequence };
        put(&mut block, 4, sequence.to_le_bytes());
        put(&mut block, 8, sequence.to_le_bytes());
        put(&mut block, 28, 0u32.to_le_bytes());
        put(&mut block, 40, last.bins_size.to_le_bytes());
        if let (Some(flags), Some(own)) = (last.flags, array::<4>(&block, 144)) {
            let flags = u32::from_le_bytes(own) & !1 | flags & 1;
            put(&mut block, 144, flags.to_le_bytes());
        }
        let checksum = base_block::checksum(&block);
        put(&mut block, 508, checksum.to_le_bytes());
        self.report.to_sequence = Some(sequence);
        let len = wide(block.len());
        self.overlay.lay(0, &Arc::from(block), 0, len, last.index);
        Ok(())
    }
}

fn put<const N: usize>(block: &mut [u8], at: usize, bytes: [u8; N]) {
    if let Some(field) = block.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *field = bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::before;

    #[test]
    fn sequence_numbers_wrap_around() {
        assert!(before(1, 2) && !before(2, 1) && !before(2, 2));
        assert!(before(u32::MAX, 0) && !before(0, u32::MAX));
        assert!(before(u32::MAX - 5, 5) && !before(5, u32::MAX - 5));
    }
}
