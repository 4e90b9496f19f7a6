//! Runs of equal bits in the bitmaps of differencing and sparse images.

use hivekey_read_at::{narrow, wide};

use crate::read::array;

/// In which order the bits of a byte count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BitOrder {
    /// The first bit is the highest (VHD).
    HighFirst,
    /// The first bit is the lowest (VHDX, QCOW2, partclone).
    LowFirst,
}

impl BitOrder {
    /// The byte with its first bit lowest.
    const fn low_first(self, byte: u8) -> u8 {
        match self {
            Self::HighFirst => byte.reverse_bits(),
            Self::LowFirst => byte,
        }
    }
}

/// The bit at `first`, and how many bits from there on are like it, up to the end of `bytes`. At least one is; a bit past
/// the end is 0.
pub(crate) fn run(bytes: &[u8], first: u64, order: BitOrder) -> (bool, u64) {
    let at = narrow(first / 8);
    let skip = u32::try_from(first % 8).unwrap_or(0);
    let Some([byte]) = array::<1>(bytes, at) else { return (false, 1) };
    // From here on equal bits are zeros: a run of ones is read inverted.
    let bits = order.low_first(byte).checked_shr(skip).unwrap_or(0);
    let is_set = bits & 1 == 1;
    let invert = if is_set { 0xFF } else { 0 };
    let left = 8u32.saturating_sub(skip);
    let same = (order.low_first(byte) ^ invert).checked_shr(skip).unwrap_or(0).trailing_zeros().min(left);
    let mut count = u64::from(same.max(1));
    if same < left {
        return (is_set, count);
    }
    let rest = bytes.get(at.saturating_add(1)..).unwrap_or_default();
    let whole = rest.iter().take_while(|byte| **byte == invert).count();
    count = count.saturating_add(wide(whole).saturating_mul(8));
    if let Some(byte) = rest.get(whole) {
        count = count.saturating_add(u64::from((order.low_first(*byte) ^ invert).trailing_zeros()));
    }
    (is_set, count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bit(bytes: &[u8], at: usize, order: BitOrder) -> bool {
        let shift = if order == BitOrder::LowFirst { at % 8 } else { 7 - at % 8 };
        bytes[at / 8] >> shift & 1 == 1
    }

    proptest! {
        #[test]
        fn runs_are_those_of_the_naive_count(
            bytes in prop::collection::vec(prop::sample::select(vec![0u8, 0xFF, 0xF0, 0x0F, 1, 0x80, 0x5A]), 1..20),
            first: prop::sample::Index,
            high: bool,
        ) {
            let order = if high { BitOrder::HighFirst } else { BitOrder::LowFirst };
            let first = first.index(bytes.len() * 8);
            let is_set = bit(&bytes, first, order);
            let count = (first..bytes.len() * 8).take_while(|at| bit(&bytes, *at, order) == is_set).count();
            prop_assert_eq!(run(&bytes, wide(first), order), (is_set, wide(count)));
        }
    }

    #[test]
    fn past_the_end() {
        assert_eq!(run(&[], 0, BitOrder::LowFirst), (false, 1));
        assert_eq!(run(&[0xFF], 8, BitOrder::LowFirst), (false, 1));
        assert_eq!(run(&[0xFF], u64::MAX, BitOrder::HighFirst), (false, 1));
    }
}
