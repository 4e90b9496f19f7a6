//! The clusters of a file, in runs.
//!
//! Sources: Microsoft, "FAT: General Overview of On-Disk Format", 1.03; "exFAT file system specification", 4.1.

use std::collections::BTreeMap;

use hivekey_read_at::wide;

use crate::error::{ChainFault, Error};
use crate::limits::{Limit, MAX_RUNS};
use crate::offset::Cluster;
use crate::table::{Link, Table};

/// Clusters that follow one another on the volume as in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Clusters of the file before it.
    pub(crate) before: u32,
    pub(crate) first: Cluster,
    pub(crate) clusters: u32,
}

impl Run {
    pub(crate) fn end(self) -> u32 {
        self.before.saturating_add(self.clusters)
    }
}

/// Finds long circles early: it compares with a cluster that is moved on after 1, 2, 4, 8 … steps (Brent).
pub(crate) struct Circle {
    anchor: Cluster,
    steps: u64,
    until: u64,
}

impl Circle {
    pub(crate) const fn from(first: Cluster) -> Self {
        Self { anchor: first, steps: 0, until: 1 }
    }

    /// Whether the chain has been at `next` before. Some steps of the circle may pass before it is noticed.
    pub(crate) fn closes(&mut self, next: Cluster) -> bool {
        if next == self.anchor {
            return true;
        }
        self.steps = self.steps.saturating_add(1);
        if self.steps == self.until {
            (self.anchor, self.steps, self.until) = (next, 0, self.until.saturating_mul(2));
        }
        false
    }
}

/// The `wanted` clusters of the chain that starts with `first`; the caller has checked both against the volume.
pub(crate) fn follow(table: &mut Table<'_>, first: Cluster, wanted: u32) -> Result<Vec<Run>, Error> {
    let mut runs = Vec::new();
    let mut cluster = first;
    let mut circle = Circle::from(first);
    for before in 0..wanted {
        push(&mut runs, before, cluster)?;
        let broken = |fault| Error::Chain { first, cluster, before: before.into(), fault };
        let is_last = before.saturating_add(1) == wanted;
        let next = match table.link(cluster)? {
            Link::Free => return Err(broken(ChainFault::Free)),
            Link::Bad => return Err(broken(ChainFault::Bad)),
            // More may follow: room that the file does not use yet.
            _ if is_last => break,
            Link::Next(next) => next,
            Link::End => return Err(broken(ChainFault::Ends { wanted: wanted.into() })),
            Link::Outside(value) => return Err(broken(ChainFault::Outside(value))),
        };
        if circle.closes(next) {
            push(&mut runs, before.saturating_add(1), next)?;
            break;
        }
        cluster = next;
    }
    match repeated(&runs) {
        None => Ok(runs),
        Some((cluster, before)) => Err(Error::Chain { first, cluster, before, fault: ChainFault::Circle }),
    }
}

fn push(runs: &mut Vec<Run>, before: u32, cluster: Cluster) -> Result<(), Error> {
    if let Some(run) = runs.last_mut()
        && run.first.0.checked_add(run.clusters) == Some(cluster.0)
    {
        run.clusters = run.clusters.saturating_add(1);
        return Ok(());
    }
    if runs.len() >= MAX_RUNS {
        return Err(Error::LimitReached { limit: Limit::Runs, max: wide(MAX_RUNS) });
    }
    runs.push(Run { before, first: cluster, clusters: 1 });
    Ok(())
}

/// The first cluster that belongs to two runs, and the clusters before it: also of a circle that the size ends before it
/// closes.
fn repeated(runs: &[Run]) -> Option<(Cluster, u64)> {
    // Where the runs before this one start and end; none of them overlap.
    let mut taken = BTreeMap::new();
    for run in runs {
        let (start, end) = (run.first.0, run.first.0.saturating_add(run.clusters));
        let around = taken.range(..=start).next_back().filter(|(_, taken_end)| **taken_end > start).map(|_| start);
        let within = || taken.range(start..end).next().map(|(first, _)| *first);
        if let Some(first) = around.or_else(within) {
            let before = u64::from(run.before).saturating_add(first.saturating_sub(start).into());
            return Some((Cluster(first), before));
        }
        taken.insert(start, end);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::AnomalyLog;
    use crate::geometry::{FatKind, Geometry, Root};
    use crate::table::Windows;
    use hivekey_read_at::ReadAt;

    /// Clusters before the run, its first one, its length.
    type Triple = (u32, u32, u32);
    /// The cluster where the chain breaks, the clusters before it, the reason.
    type Broken = (u32, u64, ChainFault);

    /// The chain from cluster 2, for a table of FAT16 with these entries from cluster 2 on.
    fn chain(entries: &[u16], wanted: u32) -> Result<Vec<Triple>, Broken> {
        let device: Vec<u8> = [0u16; 2].iter().chain(entries).flat_map(|entry| entry.to_le_bytes()).collect();
        let geometry = Geometry {
            kind: FatKind::Fat16,
            sector_size: 512,
            cluster_size: 512,
            clusters: u32::try_from(entries.len()).unwrap(),
            expected_clusters: 0,
            heap: 0,
            table: 0,
            second_table: None,
            table_len: ReadAt::len(&device),
            root: Root::Chain(Cluster(2)),
            end: 0,
            backup: None,
        };
        let (windows, log) = (Windows::default(), AnomalyLog::default());
        let mut table = Table::new(&device, &geometry, &windows, &log);
        match follow(&mut table, Cluster(2), wanted) {
            Ok(runs) => Ok(runs.iter().map(|run| (run.before, run.first.0, run.clusters)).collect()),
            Err(Error::Chain { cluster, before, fault, .. }) => Err((cluster.0, before, fault)),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn runs_are_merged() {
        assert_eq!(chain(&[3, 4, 7, 0, 0xFFFF, 6], 5).unwrap(), [(0, 2, 3), (3, 7, 1), (4, 6, 1)]);
        assert_eq!(chain(&[3, 4, 7, 0, 0xFFFF, 6], 2).unwrap(), [(0, 2, 2)]);
        assert_eq!(chain(&[0xFFFF], 0).unwrap(), []);
    }

    #[test]
    fn chains_that_break() {
        assert_eq!(chain(&[3, 0xFFFF, 0], 3), Err((3, 1, ChainFault::Ends { wanted: 3 })));
        assert_eq!(chain(&[3, 0, 0], 2), Err((3, 1, ChainFault::Free)));
        assert_eq!(chain(&[3, 0xFFF7, 0], 3), Err((3, 1, ChainFault::Bad)));
        assert_eq!(chain(&[3, 5, 0], 3), Err((3, 1, ChainFault::Outside(5))));
        assert_eq!(chain(&[1, 5, 0], 3), Err((2, 0, ChainFault::Outside(1))));
    }

    #[test]
    fn circles() {
        assert_eq!(chain(&[2, 0, 0], 3), Err((2, 1, ChainFault::Circle)));
        assert_eq!(chain(&[3, 2, 0], 3), Err((2, 2, ChainFault::Circle)));
        // The circle does not close within the size of the file: it is seen by the runs.
        assert_eq!(chain(&[3, 4, 3, 0, 0], 4), Err((3, 3, ChainFault::Circle)));
        assert_eq!(chain(&[5, 4, 3, 3, 0], 5), Err((3, 4, ChainFault::Circle)));
        // A run is met again in the middle of another.
        assert_eq!(chain(&[3, 4, 7, 3, 0, 5], 20), Err((3, 5, ChainFault::Circle)));
        assert_eq!(chain(&[6, 4, 5, 6, 3], 20), Err((6, 5, ChainFault::Circle)));
        for len in 1..60u16 {
            for back in 2..len + 2 {
                let mut entries: Vec<u16> = (3..len + 3).collect();
                *entries.last_mut().unwrap() = back;
                for wanted in len + 1..=len + 1 + 3 * len {
                    let broken = chain(&entries, wanted.into()).unwrap_err();
                    assert_eq!(broken, (back.into(), len.into(), ChainFault::Circle), "{wanted}");
                }
            }
        }
    }
}
