//! The pass over all bytes: finds blocks that may hold the header of a blob or table, at memory speed.
//!
//! The three headers, byte by byte:
//!
//! | | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 |
//! |---|---|---|---|---|---|---|---|---|
//! | DigitalProductId v3: size 164, version 3.0 | `a4` | 0 | 0 | 0 | 3 | 0 | 0 | 0 |
//! | DigitalProductId v4: size 1272, version 4.0 | `f8` | 4 | 0 | 0 | 4 | 0 | 0 | 0 |
//! | MSDM table: signature, length 85 | `M` | `S` | `D` | `M` | `55` | 0 | 0 | 0 |
//!
//! Two tests follow from it, both without a branch inside a block, so that the compiler makes vector code of them:
//!
//! 1. Bytes 5 to 7 are zero. So two zero bytes lie at an even distance from the start of the block, whatever the position of the
//!    header. Text and compressed data hardly ever have such a pair.
//! 2. Two sums are the same for all three headers. With `min(byte 0, 158)`, the rounded-up mean of that and byte 4 is 81:
//!    (158 + 3), (158 + 4) and (77 + 85) all round to it. And `min(byte 0, 145)` plus byte 2 is 145: 145 + 0, 145 + 0, 77 + 68.
//!    The constants were found by trying all such expressions against executables and hives; about one position in 40,000 of those
//!    passes by chance. Comparing the headers one by one would take half as many operations again.
//!
//! A block that passes is only suspicious: `scan.rs` looks for the headers themselves in it.

/// Positions tested at once.
pub(crate) const BLOCK: usize = 256;
/// Bytes that the tests look at beyond the last position of a block.
const REACH: usize = 8;
/// Zero bytes that follow the last position, so that the last block is a whole one for every test: [`REACH`], or the distance of
/// the last dash of a key text in UTF-16.
pub(crate) const PADDING: usize = BLOCK + 48;
/// Positions that are one row of a vector.
const LANES: usize = 32;
/// Blocks tested in one go by the second test, once the first has found a pair of zeros: they keep company.
const DENSE_BLOCKS: usize = 16;
/// A stretch that may be zeros throughout.
const PAGE: usize = BLOCK * DENSE_BLOCKS + REACH;

/// The three headers.
pub(crate) const DPID3_HEADER: [u8; 8] = [0xA4, 0, 0, 0, 3, 0, 0, 0];
pub(crate) const DPID4_HEADER: [u8; 8] = [0xF8, 4, 0, 0, 4, 0, 0, 0];
pub(crate) const MSDM_HEADER: [u8; 8] = *b"MSDM\x55\0\0\0";

/// Where `DASH` stands in a key text, in symbols: after each group of five.
const DASHES: [usize; 4] = [5, 11, 17, 23];
const DASH: u8 = b'-';

/// The tests, in the form that suits the processor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Filter {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    avx2: Option<fearless_simd::x86::Avx2>,
}

impl Filter {
    pub(crate) fn new() -> Self {
        Self {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            avx2: fearless_simd::Level::new().as_avx2(),
        }
    }

    /// The first block from `from` on that may hold the start of a header, as the index of its first position.
    ///
    /// Looks at positions before `end` and at bytes after them; [`PADDING`] bytes have to be there. Blocks are counted from `from` on.
    pub(crate) fn suspicious(self, bytes: &[u8], from: usize, end: usize) -> Option<usize> {
        self.run(
            #[inline(always)]
            || search(bytes, from, end),
        )
    }

    /// The same for texts with four dashes, `WIDTH` bytes a symbol.
    pub(crate) fn dashed<const WIDTH: usize>(self, bytes: &[u8], from: usize, end: usize) -> Option<usize> {
        self.run(
            #[inline(always)]
            || search_dashed::<WIDTH>(bytes, from, end),
        )
    }

    /// Runs `search` compiled for AVX2 where the processor has it: the tests are then twice as fast as with what
    /// every x86-64 has. AVX-512 gains nothing, as its byte masks cost what its width saves.
    #[inline(always)]
    fn run<R>(self, search: impl FnOnce() -> R) -> R {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        if let Some(avx2) = self.avx2 {
            return fearless_simd::Simd::vectorize(avx2, search);
        }
        search()
    }
}

#[inline(always)]
fn search(bytes: &[u8], from: usize, end: usize) -> Option<usize> {
    let mut at = from;
    while at < end {
        if !has_zero_pair(block(bytes, at)?) {
            at = at.saturating_add(BLOCK);
            continue;
        }
        if zero_page(bytes, at) {
            at = at.saturating_add(BLOCK * DENSE_BLOCKS);
            continue;
        }
        for _ in 0..DENSE_BLOCKS {
            if may_hold_header(block(bytes, at)?) {
                return Some(at);
            }
            at = at.saturating_add(BLOCK);
            if at >= end {
                return None;
            }
        }
    }
    None
}

/// A block and the bytes after it that the tests look at.
#[inline(always)]
fn block(bytes: &[u8], at: usize) -> Option<&[u8; BLOCK + REACH]> {
    bytes.get(at..)?.first_chunk()
}

#[inline(always)]
fn zero_page(bytes: &[u8], at: usize) -> bool {
    let page = bytes.get(at..).and_then(<[u8]>::first_chunk::<PAGE>);
    let is_zero = |part: &[u8]| part.iter().fold(0, |all, &b| all | b) == 0;
    page.is_some_and(|page| page.chunks(BLOCK).all(is_zero))
}

/// `N` bytes from `shift` on.
#[inline(always)]
fn plane<const N: usize>(bytes: &[u8], shift: usize) -> &[u8; N] {
    bytes.get(shift..).and_then(<[u8]>::first_chunk).unwrap_or(&[0; N])
}

/// A header at an even position has the zeros at 6 and 7 as its pair, one at an odd position those at 5 and 6.
#[inline(always)]
fn has_zero_pair(block: &[u8; BLOCK + REACH]) -> bool {
    let (pairs, _) = plane::<BLOCK>(block, REACH - 2).as_chunks::<2>();
    pairs.iter().fold(false, |found, &pair| found | (u16::from_ne_bytes(pair) == 0))
}

#[inline(always)]
fn may_hold_header(block: &[u8; BLOCK + REACH]) -> bool {
    let mut least = [u8::MAX; LANES];
    let planes = lanes(block, 0).zip(lanes(block, 2)).zip(lanes(block, 4));
    for ((firsts, thirds), fifths) in planes {
        let bytes = firsts.iter().zip(thirds).zip(fifths);
        for (least, ((&first, &third), &fifth)) in least.iter_mut().zip(bytes) {
            let mean = rounded_mean(first.min(158), fifth);
            let sum = first.min(145).wrapping_add(third);
            *least = (*least).min((mean ^ 81) | (sum ^ 145));
        }
    }
    has_zero(&least)
}

/// The positions of a block in rows of [`LANES`], each replaced by the byte `shift` behind it.
#[inline(always)]
fn lanes(bytes: &[u8], shift: usize) -> impl Iterator<Item = &[u8; LANES]> {
    let (rows, _) = plane::<BLOCK>(bytes, shift).as_chunks();
    rows.iter()
}

#[inline(always)]
fn has_zero(lanes: &[u8; LANES]) -> bool {
    lanes.iter().fold(false, |found, &lane| found | (lane == 0))
}

/// One instruction on most processors; the compiler knows this form of it.
#[inline(always)]
fn rounded_mean(a: u8, b: u8) -> u8 {
    let sum = u16::from(a).wrapping_add(u16::from(b)).wrapping_add(1);
    let [mean, _] = (sum >> 1).to_le_bytes();
    mean
}

#[inline(always)]
fn search_dashed<const WIDTH: usize>(bytes: &[u8], from: usize, end: usize) -> Option<usize> {
    let mut at = from;
    while at < end {
        let block = bytes.get(at..)?;
        let [a, b, c, d] = DASHES.map(|symbol| lanes(block, symbol.saturating_mul(WIDTH)));
        let mut least = [u8::MAX; LANES];
        for ((a, b), (c, d)) in a.zip(b).zip(c.zip(d)) {
            let bytes = a.iter().zip(b).zip(c.iter().zip(d));
            for (least, ((a, b), (c, d))) in least.iter_mut().zip(bytes) {
                *least = (*least).min((a ^ DASH) | (b ^ DASH) | (c ^ DASH) | (d ^ DASH));
            }
        }
        if has_zero(&least) {
            return Some(at);
        }
        at = at.saturating_add(BLOCK);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that no test takes for a header or a dash, with padding.
    fn quiet(length: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = (1..=9).cycle().take(length).collect();
        bytes.extend([0; PADDING]);
        bytes
    }

    /// The suspicious block, which has to be the same with and without AVX2.
    fn suspicious(bytes: &[u8], from: usize, end: usize) -> Option<usize> {
        let found = Filter::new().suspicious(bytes, from, end);
        assert_eq!(found, search(bytes, from, end));
        found
    }

    #[test]
    fn a_header_makes_its_block_suspicious_wherever_it_stands() {
        const LENGTH: usize = 6000;
        for header in [DPID3_HEADER, DPID4_HEADER, MSDM_HEADER] {
            // Around borders of blocks, and of the stretches that may be zeros throughout.
            let places = (0..270).chain(4080..4120).chain(LENGTH - 270..LENGTH - 7);
            for (at, around) in places.flat_map(|at| [(at, 0), (at, 0xFF)]) {
                let mut bytes = quiet(LENGTH);
                bytes[..LENGTH].fill(around);
                bytes[at..at + 8].copy_from_slice(&header);
                let from = at % 3;
                let block = (from..=at).step_by(BLOCK).last();
                assert_eq!(suspicious(&bytes, from, LENGTH), block, "{header:x?} at {at} in {around:x}");
                assert_eq!(suspicious(&bytes, from, block.unwrap()), None);
            }
        }
    }

    #[test]
    fn quiet_bytes_are_passed_over() {
        for length in [0, 1, 255, 256, 257, 5000] {
            assert_eq!(suspicious(&quiet(length), 0, length), None);
            assert_eq!(suspicious(&vec![0; length + PADDING], 0, length), None);
        }
    }

    #[test]
    fn both_sums_are_the_same_for_all_headers() {
        for [first, _, third, _, fifth, zeros @ ..] in [DPID3_HEADER, DPID4_HEADER, MSDM_HEADER] {
            assert_eq!(rounded_mean(first.min(158), fifth), 81);
            assert_eq!(first.min(145).wrapping_add(third), 145);
            assert_eq!(zeros, [0; 3]);
        }
    }

    #[test]
    fn the_rounded_mean_of_all_bytes() {
        for a in 0..=u8::MAX {
            for b in 0..=u8::MAX {
                assert_eq!(u16::from(rounded_mean(a, b)), (u16::from(a) + u16::from(b)).div_ceil(2));
            }
        }
    }

    #[test]
    fn four_dashes_in_their_places() {
        const LENGTH: usize = 600;
        fn check<const WIDTH: usize>() {
            for at in 0..LENGTH - 60 {
                let mut bytes = quiet(LENGTH);
                for symbol in DASHES {
                    assert_eq!(Filter::new().dashed::<WIDTH>(&bytes, 0, LENGTH), None);
                    bytes[at + symbol * WIDTH] = DASH;
                }
                let found = Filter::new().dashed::<WIDTH>(&bytes, 0, LENGTH);
                assert_eq!(found, Some(at / BLOCK * BLOCK));
                assert_eq!(found, search_dashed::<WIDTH>(&bytes, 0, LENGTH));
                assert_eq!(Filter::new().dashed::<WIDTH>(&bytes, 0, at / BLOCK * BLOCK), None);
            }
        }
        check::<1>();
        check::<2>();
    }
}
