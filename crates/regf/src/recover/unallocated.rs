//! The space of a hive that no live key refers to.

use alloc::vec::Vec;

use super::reachable::Reachable;
use crate::anomaly::Anomaly;
use crate::cells::CellItem;
use crate::error::Structure;
use crate::hive::Hive;
use crate::offset::FileOffset;
use crate::read::{ReadAt, wide};

/// What a stretch of unused space is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RegionKind {
    /// A cell that is marked free.
    Free,
    /// A cell that is marked used, but to which no live key refers.
    Unreferenced,
    /// The rest of a cell in use, behind its content.
    Slack,
    /// A part of the file that bins or cells do not cover, because they are damaged or end before the file does.
    Gap,
    /// Bytes behind the last bin.
    Trailing,
}

/// A stretch of unused space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unallocated {
    /// Its first byte: of a cell the size field.
    pub offset: FileOffset,
    /// Its length in bytes.
    pub len: u64,
    /// What it is.
    pub kind: RegionKind,
}

impl Unallocated {
    /// The byte after the last.
    #[must_use]
    pub fn end(&self) -> FileOffset {
        self.offset.plus(self.len)
    }
}

/// All unused space in the order of the file, and what is wrong with bins and cells.
pub(crate) fn ranges<S: ReadAt>(hive: &Hive<S>, reachable: &Reachable) -> (Vec<Unallocated>, Vec<Anomaly>) {
    let mut ranges: Vec<Unallocated> = Vec::new();
    let mut anomalies = Vec::new();
    for item in hive.cells() {
        match item {
            CellItem::Cell(cell) => {
                let live = cell.offset.cell().is_some_and(|at| reachable.contains(at));
                let kind = if cell.allocated { RegionKind::Unreferenced } else { RegionKind::Free };
                if !live {
                    ranges.push(Unallocated { offset: cell.offset, len: u64::from(cell.len), kind });
                }
            }
            CellItem::Gap { offset, len, anomaly } => {
                anomalies.push(anomaly);
                without_live(hive, reachable, offset, len, |offset, len| {
                    ranges.push(Unallocated { offset, len, kind: RegionKind::Gap });
                });
            }
            CellItem::Trailing { offset, len } => {
                without_live(hive, reachable, offset, len, |offset, len| {
                    ranges.push(Unallocated { offset, len, kind: RegionKind::Trailing });
                });
            }
        }
    }
    let slack = reachable.slack.iter().map(|slack| Unallocated {
        offset: FileOffset(slack.start),
        len: slack.end.saturating_sub(slack.start),
        kind: RegionKind::Slack,
    });
    ranges.extend(slack);
    ranges.sort_unstable_by_key(|range| (range.offset, range.len));
    (ranges, anomalies)
}

/// The parts of a gap that no live cell takes: a bin with a bad header may be full of them.
fn without_live<S: ReadAt>(
    hive: &Hive<S>,
    reachable: &Reachable,
    offset: FileOffset,
    len: u64,
    mut part: impl FnMut(FileOffset, u64),
) {
    let end = offset.plus(len);
    let mut at = offset;
    for live in reachable.cells_between(offset, end) {
        let Ok(cell) = hive.any_cell(Structure::Cell, live) else { continue };
        let start = live.file();
        if start > at {
            part(at, start.get().saturating_sub(at.get()));
        }
        at = at.max(cell.content.plus(wide(cell.len)));
    }
    if end > at {
        part(at, end.get().saturating_sub(at.get()));
    }
}

/// Whether all of the `len` bytes at `offset` are unused.
pub(crate) fn covers(ranges: &[Unallocated], offset: FileOffset, len: usize) -> bool {
    let after = ranges.partition_point(|range| range.offset <= offset);
    let range = after.checked_sub(1).and_then(|at| ranges.get(at));
    range.is_some_and(|range| offset.plus(wide(len)) <= range.end())
}
