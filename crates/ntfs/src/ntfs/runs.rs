//! Mapping pairs: where the clusters of a stream lie.
//!
//! Each run is a byte with two lengths and then two numbers of those lengths:
//!
//! | length | field | meaning |
//! |---|---|---|
//! | 1 | lengths | low half: bytes of the count; high half: bytes of the distance; 0 ends the row |
//! | 1–8 | count | clusters of the run, unsigned |
//! | 0–8 | distance | from the first cluster of the last run that had one, signed; of no bytes: a hole, which reads as zeros |
//!
//! Source: Microsoft, "NTFS: mapping pairs" (ATTRIBUTE_RECORD_HEADER); ntfs-3g.

use hivekey_read_at::wide;

use crate::error::{Error, Structure};
use crate::limits::Limit;
use crate::offset::{DeviceOffset, Lcn, Vcn};
use crate::read::Fields;

/// Clusters that lie together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) vcn: Vcn,
    pub(super) clusters: u64,
    /// `None` for a hole.
    pub(super) lcn: Option<Lcn>,
}

impl Run {
    /// The first cluster behind it.
    pub(super) const fn end(&self) -> u64 {
        self.vcn.0.saturating_add(self.clusters)
    }
}

/// The runs of a stream in order, without overlap.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs {
    runs: Vec<Run>,
}

impl Runs {
    /// The first cluster that no run covers any more.
    pub(super) fn end(&self) -> u64 {
        self.runs.last().map_or(0, Run::end)
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, Run> {
        self.runs.iter()
    }

    /// The run that covers a cluster.
    pub(super) fn covering(&self, vcn: u64) -> Option<Run> {
        let after = self.runs.partition_point(|run| run.vcn.0 <= vcn);
        let run = after.checked_sub(1).and_then(|at| self.runs.get(at))?;
        (vcn < run.end()).then_some(*run)
    }

    /// The runs from the one that covers `vcn` on.
    pub(super) fn from(&self, vcn: u64) -> &[Run] {
        let first = self.runs.partition_point(|run| run.end() <= vcn);
        self.runs.get(first..).unwrap_or_default()
    }

    /// Adds the runs of the next attribute of the same stream, which starts at cluster `first`.
    pub(super) fn join(&mut self, next: Self, first: Vcn, offset: DeviceOffset) -> Result<(), Error> {
        if first.0 < self.end() {
            return Err(Fields::new(&[], Structure::MappingPairs, offset).wrong(
                "first cluster",
                first.0,
                "behind the runs before",
            ));
        }
        self.runs.extend(next.runs);
        Ok(())
    }

    /// Adds the runs of one attribute. After an error, the runs before it are there.
    pub(super) fn append(&mut self, pairs: &Fields<'_>, first: Vcn, max_runs: usize) -> Result<(), Error> {
        if first.0 < self.end() {
            return Err(pairs.wrong("first cluster", first.0, "behind the runs before"));
        }
        let mut at = 0usize;
        let mut vcn = first.0;
        let mut lcn = 0u64;
        // The row may fill the attribute to its last byte.
        while let Some(&lengths) = pairs.bytes().get(at).filter(|&&lengths| lengths != 0) {
            let count_len = usize::from(lengths & 0xF);
            let distance_len = usize::from(lengths.wrapping_shr(4));
            at = at.saturating_add(1);
            let clusters = unsigned(pairs.slice(at, count_len)?)
                .filter(|&count| count != 0)
                .ok_or_else(|| pairs.wrong("cluster count", lengths, "a count of 1 to 8 bytes"))?;
            at = at.saturating_add(count_len);
            let distance = signed(pairs.slice(at, distance_len)?)
                .ok_or_else(|| pairs.wrong("lengths", lengths, "a distance of 0 to 8 bytes"))?;
            at = at.saturating_add(distance_len);
            let place = if distance_len == 0 {
                None
            } else {
                lcn = lcn
                    .checked_add_signed(distance)
                    .filter(|lcn| lcn.checked_add(clusters).is_some())
                    .ok_or_else(|| pairs.wrong("first cluster of a run", lcn, "inside the volume"))?;
                Some(Lcn(lcn))
            };
            let end =
                vcn.checked_add(clusters).ok_or_else(|| pairs.wrong("clusters", clusters, "fewer than 2^64 in all"))?;
            if self.runs.len() >= max_runs {
                return Err(Error::LimitReached { limit: Limit::Runs, max: wide(max_runs) });
            }
            self.runs.push(Run { vcn: Vcn(vcn), clusters, lcn: place });
            vcn = end;
        }
        Ok(())
    }
}

fn unsigned(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() || bytes.len() > 8 {
        return None;
    }
    let mut number = [0u8; 8];
    for (to, from) in number.iter_mut().zip(bytes) {
        *to = *from;
    }
    Some(u64::from_le_bytes(number))
}

/// A number of no bytes is 0.
fn signed(bytes: &[u8]) -> Option<i64> {
    let fill = match bytes.last() {
        Some(0x80..) => 0xFF,
        _ => 0,
    };
    if bytes.len() > 8 {
        return None;
    }
    let mut number = [fill; 8];
    for (to, from) in number.iter_mut().zip(bytes) {
        *to = *from;
    }
    Some(i64::from_le_bytes(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> (Runs, Result<(), Error>) {
        let mut runs = Runs::default();
        let pairs = Fields::new(bytes, Structure::MappingPairs, DeviceOffset(0));
        let result = runs.append(&pairs, Vcn(0), 100);
        (runs, result)
    }

    fn run(vcn: u64, clusters: u64, lcn: impl Into<Option<u64>>) -> Run {
        Run { vcn: Vcn(vcn), clusters, lcn: lcn.into().map(Lcn) }
    }

    #[test]
    fn forwards_backwards_and_holes() {
        // 0x18 clusters at 0x5634 (the example of the Linux NTFS documentation), a hole, then 0x10 back.
        let (runs, result) =
            decode(&[0x21, 0x18, 0x34, 0x56, 0x01, 0x08, 0x11, 0x04, 0xF0, 0x12, 0x00, 0x01, 0x02, 0x00]);
        result.unwrap();
        assert_eq!(
            runs.runs,
            [run(0, 0x18, 0x5634), run(0x18, 8, None), run(0x20, 4, 0x5624), run(0x24, 0x100, 0x5626)]
        );
        assert_eq!(runs.end(), 0x124);
        assert_eq!(runs.covering(0x1F), Some(run(0x18, 8, None)));
        assert_eq!(runs.covering(0x20), Some(run(0x20, 4, 0x5624)));
        assert_eq!(runs.covering(0x124), None);
        assert_eq!(runs.from(0x23).len(), 2);
    }

    #[test]
    fn numbers_at_the_edges() {
        // No end mark.
        assert_eq!(decode(&[0x11, 1, 1]).0.runs, [run(0, 1, 1)]);
        assert!(decode(&[]).1.is_ok());
        // Count of nothing, count 0, too long, cut.
        for bytes in [
            &[0x10, 1][..],
            &[0x11, 0, 1],
            &[0x19, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
            &[0x91, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
            &[0x21, 1, 1],
            &[0x18, 1],
            // Before the first cluster of the volume.
            &[0x11, 1, 0xFF],
            // Behind the last possible one.
            &[
                0x88, 2, 0, 0, 0, 0, 0, 0, 0x80, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x88, 2, 0, 0, 0, 0,
                0, 0, 0x80, 1, 0, 0, 0, 0, 0, 0, 0,
            ],
        ] {
            assert!(decode(bytes).1.is_err(), "{bytes:02x?}");
        }
        let all = [8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        assert_eq!(decode(&all).0.runs, [run(0, u64::MAX, None)]);
        assert!(decode(&[all, all].concat()).1.is_err());
    }

    #[test]
    fn what_was_read_before_an_error_stays() {
        let (runs, result) = decode(&[0x11, 1, 1, 0x11, 0, 0]);
        assert!(result.is_err());
        assert_eq!(runs.runs, [run(0, 1, 1)]);
    }

    #[test]
    fn too_many_runs_and_overlaps() {
        let bytes = [0x01, 1].repeat(101);
        let (mut runs, result) = decode(&bytes);
        assert!(matches!(result, Err(Error::LimitReached { .. })));
        assert_eq!(runs.runs.len(), 100);
        let pairs = Fields::new(&[0x11, 1, 1], Structure::MappingPairs, DeviceOffset(0));
        assert!(runs.append(&pairs, Vcn(99), 1000).is_err());
        assert!(runs.append(&pairs, Vcn(100), 1000).is_ok());
        assert!(runs.append(&pairs, Vcn(500), 1000).is_ok());
        assert_eq!(runs.covering(300), None);
        assert_eq!(runs.covering(500), Some(run(500, 1, 1)));
    }
}
