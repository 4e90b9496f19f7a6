//! `$Bitmap`: one bit per cluster, set if it is in use.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | c / 8 | 1 | bits | bit c modulo 8 stands for cluster c |
//!
//! Source: Microsoft; ntfs-3g.

use std::ops::Range;

use hivekey_read_at::{ReadAt, narrow, wide};

use super::runs::Run;
use super::stream::NtfsFile;
use crate::error::Error;
use crate::limits::MAX_BITMAP_LEN;

/// Bytes that are read at once.
const PIECE_LEN: u64 = 16 << 10;

/// How many clusters of some runs are in use, and how many there are; `None` if that would take more than the limit. The sizes are those
/// of a cluster of the runs and of one of the bitmap, which differ if the runs are of an earlier format.
pub(super) fn in_use<'a>(
    bitmap: &NtfsFile,
    runs: impl Iterator<Item = &'a Run>,
    (own_size, size): (u64, u64),
) -> Result<Option<(u64, u64)>, Error> {
    let mut budget = MAX_BITMAP_LEN;
    let (mut used, mut total) = (0u64, 0u64);
    let mut bytes = Vec::new();
    for run in runs {
        let Some(lcn) = run.lcn else {
            continue;
        };
        let place = |lcn: u64| lcn.saturating_mul(own_size);
        let end = place(lcn.0.saturating_add(run.clusters)).div_ceil(size.max(1));
        let mut next = place(lcn.0).checked_div(size).unwrap_or(0);
        while next < end {
            let first_byte = next / 8;
            let len = end.div_ceil(8).saturating_sub(first_byte).min(PIECE_LEN);
            let Some(left) = budget.checked_sub(len) else {
                return Ok(None);
            };
            budget = left;
            bytes.resize(narrow(len), 0);
            bitmap.read_into(first_byte, &mut bytes)?;
            let piece_end = first_byte.saturating_add(len).saturating_mul(8).min(end);
            used = used.saturating_add(set_bits(&bytes, next % 8, piece_end.saturating_sub(next)));
            total = total.saturating_add(piece_end.saturating_sub(next));
            next = piece_end;
        }
    }
    Ok(Some((used, total)))
}

/// The free clusters of a bitmap from `first` up to `end`, as ranges in order; what cannot be read counts as in use.
pub(super) fn free<D: ReadAt>(bitmap: &D, first: u64, end: u64) -> impl Iterator<Item = Range<u64>> + '_ {
    let end = end.min(bitmap.len().saturating_mul(8));
    let mut next = first;
    let mut bytes: Vec<u8> = Vec::new();
    let mut bytes_first = u64::MAX;
    let mut bits_of = move |cluster: u64| {
        let byte = cluster / 8;
        let piece = byte.checked_div(PIECE_LEN).unwrap_or(0).saturating_mul(PIECE_LEN);
        if piece != bytes_first {
            bytes_first = piece;
            bytes.resize(narrow(PIECE_LEN.min(bitmap.len().saturating_sub(piece))), 0);
            if bitmap.read_into(piece, &mut bytes).is_err() {
                bytes.fill(0xFF);
            }
        }
        bytes.get(narrow(byte.saturating_sub(piece))).copied().unwrap_or(0xFF)
    };
    // Behind the clusters that are alike from `at` on; a byte of bits that are all alike in one step.
    let mut behind = move |mut at: u64, used: bool| {
        let alike = if used { 0xFF } else { 0 };
        while at < end {
            let bits = bits_of(at);
            let bit = u32::try_from(at % 8).unwrap_or(0);
            if bits == alike {
                at = at.saturating_add(8).saturating_sub(bit.into());
            } else if (bits.wrapping_shr(bit) & 1 != 0) == used {
                at = at.saturating_add(1);
            } else {
                break;
            }
        }
        at.min(end)
    };
    std::iter::from_fn(move || {
        let start = behind(next, true);
        next = behind(start, false);
        (start < next).then_some(start..next)
    })
}

/// Counts the set ones of `count` bits from bit `first` (below 8) on.
fn set_bits(bytes: &[u8], first: u64, count: u64) -> u64 {
    let end = first.saturating_add(count);
    let mut set = 0u64;
    for (start, &byte) in (0u64..).step_by(8).zip(bytes) {
        let low = u32::try_from(first.saturating_sub(start).min(8)).unwrap_or(8);
        let high = u32::try_from(end.saturating_sub(start).min(8)).unwrap_or(8);
        let above_low = 0xFFu32.wrapping_shl(low);
        let below_high = 0xFFu32.wrapping_shr(8u32.saturating_sub(high));
        let bits = u32::from(byte) & above_low & below_high;
        set = set.saturating_add(u64::from(bits.count_ones()));
    }
    set.min(wide(bytes.len()).saturating_mul(8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_clusters_are_told_in_ranges() {
        let bytes = vec![0b1010_0101u8, 0xFF, 0, 0, 0b1000_0001];
        for first in 0..40u64 {
            for end in first..45 {
                let is_free = |cluster: &u64| bytes[usize::try_from(cluster / 8).unwrap()] >> (cluster % 8) & 1 == 0;
                let expected: Vec<u64> = (first..end.min(40)).filter(is_free).collect();
                let ranges: Vec<_> = free(&bytes, first, end).collect();
                assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start));
                assert_eq!(ranges.into_iter().flatten().collect::<Vec<_>>(), expected);
            }
        }
    }

    #[test]
    fn bits_are_counted_from_any_to_any() {
        let bytes = [0b1010_0101u8, 0xFF, 0b0000_0001];
        for first in 0..8u64 {
            for count in 0..=(24 - first) {
                let expected = (first..first + count)
                    .filter(|bit| {
                        let byte = bytes[usize::try_from(bit / 8).unwrap()];
                        byte >> (bit % 8) & 1 != 0
                    })
                    .count();
                assert_eq!(set_bits(&bytes, first, count), wide(expected));
            }
        }
    }
}
