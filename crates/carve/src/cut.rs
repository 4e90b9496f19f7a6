//! Where a sector boundary lies inside a blob.
//!
//! A file system stores a file in clusters, and a cluster need not be followed by the next one of the same file. Clusters begin at
//! sector boundaries, and so do the pages of a pagefile or a memory dump. A blob that a boundary crosses may thus go on
//! somewhere else, and what follows its first part here may belong to another file.

use crate::numbers::{to_u64, to_usize};

/// The smallest sector size.
pub(crate) const SECTOR: u64 = 512;

/// A place at which a blob is, or may be, cut in two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cut {
    /// Length of the first part in bytes: up to the sector boundary, or to the end of the source. These bytes belong together.
    pub at: usize,
    /// Offset in the source of the rest, where it was found.
    pub rest: Option<u64>,
}

/// The lengths of the first part for each sector boundary inside a blob.
pub(crate) fn boundaries(offset: u64, length: usize) -> impl Iterator<Item = usize> {
    let past = offset.checked_rem(SECTOR).unwrap_or(0);
    let first = to_usize(SECTOR.saturating_sub(past));
    (first..length).step_by(to_usize(SECTOR))
}

/// The first boundary inside a blob of `length` bytes, of which `present` are there.
pub(crate) fn first_cut(offset: u64, length: usize, present: usize) -> Option<Cut> {
    let at = boundaries(offset, length).next();
    let ends_early = (present < length).then_some(present);
    let at = match (at, ends_early) {
        (Some(boundary), Some(end)) => Some(boundary.min(end)),
        (boundary, end) => boundary.or(end),
    };
    at.map(|at| Cut { at, rest: None })
}

/// The offset at which the first part ends.
pub(crate) fn boundary_offset(offset: u64, at: usize) -> u64 {
    offset.saturating_add(to_u64(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_of_both_kinds_of_blob() {
        let all = |offset, length| boundaries(offset, length).collect::<Vec<_>>();
        assert_eq!(all(0, 164), [0_usize; 0]);
        assert_eq!(all(348, 164), [0_usize; 0]);
        assert_eq!(all(349, 164), [163]);
        assert_eq!(all(511, 164), [1]);
        assert_eq!(all(512, 1272), [512, 1024]);
        assert_eq!(all(1023, 1272), [1, 513, 1025]);
        assert_eq!(all(u64::MAX, 164), [1]);
    }

    #[test]
    fn the_end_of_the_source_cuts_too() {
        assert_eq!(first_cut(0, 164, 164), None);
        assert_eq!(first_cut(0, 164, 100), Some(Cut { at: 100, rest: None }));
        assert_eq!(first_cut(500, 164, 100), Some(Cut { at: 12, rest: None }));
    }
}
