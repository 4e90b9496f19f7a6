//! `$Bitmap`: one bit per cluster, set if it is in use.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | c / 8 | 1 | bits | bit c modulo 8 stands for cluster c |
//!
//! Source: Microsoft; ntfs-3g.

use hivekey_read_at::{ReadAt, narrow, wide};

use super::runs::Run;
use super::stream::NtfsFile;
use crate::error::Error;
use crate::limits::MAX_BITMAP_LEN;

/// Bytes that are read at once.
const PIECE_LEN: u64 = 16 << 10;

/// How many clusters of some runs are in use, and how many there are; `None` if that would take more than the limit.
pub(super) fn in_use<'a>(bitmap: &NtfsFile, runs: impl Iterator<Item = &'a Run>) -> Result<Option<(u64, u64)>, Error> {
    let mut budget = MAX_BITMAP_LEN;
    let (mut used, mut total) = (0u64, 0u64);
    let mut bytes = Vec::new();
    for run in runs {
        let Some(lcn) = run.lcn else {
            continue;
        };
        let end = lcn.0.saturating_add(run.clusters);
        let mut next = lcn.0;
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
