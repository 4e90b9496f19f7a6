//! LZMS, in which WIM images for downloads (ESD) are packed.
//!
//! A chunk is two streams of 16-bit little-endian words. Decisions come from its start, by a binary range coder whose probabilities
//! follow the last 64 outcomes; everything else comes from its end, backwards, by Huffman codes that are made again from the frequencies
//! of the symbols so far after every 512 or 1024 of them.
//!
//! | decision | 0 | 1 |
//! |---|---|---|
//! | main | a byte (literal code) | a match |
//! | match | LZ: bytes from `distance` back | delta: differences of bytes `2^power` apart, from `distance · 2^power` back |
//! | LZ, delta | a distance follows (offset code; for delta a power before it) | one of the three last ones |
//! | the first, the second | that one | the next decision, or the third |
//!
//! The length comes last. A distance that the item just before has used or moved cannot be meant, so the list is then counted from one
//! further on. Before packing, relative addresses of x86 instructions were made absolute. Source: the documentation and the output of
//! wimlib, `lzms_common` (there is no specification by Microsoft).

use crate::CodecError;
use crate::huffman::Huffman;
use crate::lengths::code_lengths;
use crate::output::Output;
use crate::range_coder::{Decision, RangeDecoder};
use crate::words::BackwardBits;
use crate::x86::undo_x86;

/// Symbols of the offset codes at most; fewer for short chunks.
const MAX_OFFSET_SLOTS: usize = 799;
const LENGTH_SLOTS: usize = 54;
const POWERS: usize = 8;
/// The longest code words.
const MAX_CODE_BITS: usize = 15;

/// Offset slots: how often the step from one slot's first distance to the next is 1, 2, 4, …
const OFFSET_STEPS: [u8; 21] = [9, 0, 9, 7, 10, 15, 15, 20, 20, 30, 33, 40, 42, 45, 60, 73, 80, 85, 95, 105, 6];
/// Length slots, in the same way.
const LENGTH_STEPS: [u8; 17] = [27, 4, 6, 4, 5, 2, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1];

/// First value and number of added bits per slot.
static OFFSET_SLOTS: [(u32, u32); MAX_OFFSET_SLOTS] = slots(&OFFSET_STEPS, 0x7FFF_FFFF);
static LENGTHS: [(u32, u32); LENGTH_SLOTS] = slots(&LENGTH_STEPS, 0x4001_08AB);

// Runs when this is compiled, over constants.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
const fn slots<const N: usize>(steps: &[u8], end: u32) -> [(u32, u32); N] {
    let mut table = [(0, 0); N];
    let (mut base, mut step, mut slot, mut run) = (0u32, 1u32, 0, 0);
    while run < steps.len() {
        let mut left = steps[run];
        while left > 0 {
            base += step;
            table[slot].0 = base;
            slot += 1;
            left -= 1;
        }
        step <<= 1;
        run += 1;
    }
    assert!(slot == N);
    let mut at = 0;
    while at < N {
        let next = if at + 1 < N { table[at + 1].0 } else { end };
        table[at].1 = (next - table[at].0).ilog2();
        at += 1;
    }
    table
}

/// A Huffman code that follows the symbols.
struct Adaptive {
    code: Huffman,
    frequencies: Vec<u32>,
    lengths: Vec<u8>,
    /// Symbols between one code and the next.
    period: u32,
    left: u32,
}

impl Adaptive {
    fn new(symbols: usize, period: u32) -> Result<Self, CodecError> {
        let frequencies = vec![1; symbols];
        let mut lengths = vec![0; symbols.max(2)];
        code_lengths(&frequencies, MAX_CODE_BITS, &mut lengths);
        Ok(Self { code: Huffman::new(&lengths)?, frequencies, lengths, period, left: period })
    }

    #[inline]
    fn symbol(&mut self, bits: &mut BackwardBits<'_>) -> Result<usize, CodecError> {
        let symbol = self.code.symbol(bits)?;
        let frequency = self.frequencies.get_mut(symbol).ok_or(CodecError::Symbol)?;
        *frequency = frequency.saturating_add(1);
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            self.renew()?;
        }
        Ok(symbol)
    }

    #[cold]
    fn renew(&mut self) -> Result<(), CodecError> {
        code_lengths(&self.frequencies, MAX_CODE_BITS, &mut self.lengths);
        self.code = Huffman::new(&self.lengths)?;
        for frequency in &mut self.frequencies {
            *frequency = frequency.wrapping_shr(1).saturating_add(1);
        }
        self.left = self.period;
        Ok(())
    }

    /// A symbol of a table of slots, with the bits that it adds.
    #[inline]
    fn slot(&mut self, bits: &mut BackwardBits<'_>, table: &[(u32, u32)]) -> Result<u32, CodecError> {
        let slot = self.symbol(bits)?;
        let &(base, extra) = table.get(slot).ok_or(CodecError::Symbol)?;
        Ok(base.saturating_add(bits.take(extra)))
    }
}

/// The decisions for one of the three last distances, of LZ or of delta matches.
struct Recent<T> {
    /// The last ones, the newest first; the fourth is for after an item that moved the list.
    list: [T; 4],
    is_repeated: Decision<64>,
    is_later: [Decision<64>; 2],
}

impl<T: Copy> Recent<T> {
    fn new(list: [T; 4]) -> Self {
        Self { list, is_repeated: Decision::new(), is_later: [Decision::new(), Decision::new()] }
    }

    /// The one that is repeated, or `None` where a new one follows. `moved`: the item before was of the same kind.
    fn repeated(&mut self, range: &mut RangeDecoder<'_>, moved: bool) -> Option<T> {
        if !self.is_repeated.decide(range) {
            return None;
        }
        let [first, second] = &mut self.is_later;
        let place = match first.decide(range) {
            false => 0usize,
            true => 1usize.saturating_add(usize::from(second.decide(range))),
        };
        let front = self.list.get_mut(..=place.saturating_add(usize::from(moved)))?;
        front.rotate_right(1);
        front.first().copied()
    }

    fn push(&mut self, item: T) {
        self.list.rotate_right(1);
        let [newest, ..] = &mut self.list;
        *newest = item;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Item {
    Byte,
    Lz,
    Delta,
}

/// Unpacks one chunk; `output` is exactly as long as the unpacked chunk.
///
/// # Errors
///
/// [`CodecError`] if the chunk is cut or contradicts itself.
pub fn unpack_lzms(input: &[u8], output: &mut [u8]) -> Result<(), CodecError> {
    let offset_slots = offset_slots(output.len());
    let (words, rest) = input.as_chunks::<2>();
    if words.len() < 2 || !rest.is_empty() {
        return Err(CodecError::Truncated);
    }
    let mut range = RangeDecoder::new(words);
    let mut bits = BackwardBits::new(words);
    let mut literals = Adaptive::new(256, 1024)?;
    let mut distances = Adaptive::new(offset_slots, 1024)?;
    let mut lengths = Adaptive::new(LENGTH_SLOTS, 512)?;
    let mut delta_distances = Adaptive::new(offset_slots, 1024)?;
    let mut powers = Adaptive::new(POWERS, 512)?;
    let mut is_match = Decision::<16>::new();
    let mut is_delta = Decision::<32>::new();
    let mut lz = Recent::new([1u32, 2, 3, 4]);
    let mut delta = Recent::new([(0u32, 1u32), (0, 2), (0, 3), (0, 4)]);
    let mut before = Item::Byte;

    let mut out = Output::new(output);
    while out.left() > 0 {
        if !is_match.decide(&mut range) {
            out.push(u8::try_from(literals.symbol(&mut bits)?).unwrap_or(0))?;
            before = Item::Byte;
        } else if !is_delta.decide(&mut range) {
            let distance = match lz.repeated(&mut range, before == Item::Lz) {
                Some(distance) => distance,
                None => {
                    let distance = distances.slot(&mut bits, &OFFSET_SLOTS)?;
                    lz.push(distance);
                    distance
                }
            };
            let length = lengths.slot(&mut bits, &LENGTHS)?;
            out.copy(usize_of(distance), usize_of(length))?;
            before = Item::Lz;
        } else {
            let (power, distance) = match delta.repeated(&mut range, before == Item::Delta) {
                Some(pair) => pair,
                None => {
                    let power = u32::try_from(powers.symbol(&mut bits)?).unwrap_or(0);
                    let pair = (power, delta_distances.slot(&mut bits, &OFFSET_SLOTS)?);
                    delta.push(pair);
                    pair
                }
            };
            let length = lengths.slot(&mut bits, &LENGTHS)?;
            let span = 1usize.wrapping_shl(power);
            out.add_differences(usize_of(distance).saturating_mul(span), span, usize_of(length))?;
            before = Item::Delta;
        }
    }
    bits.finish()?;
    undo_x86(output);
    Ok(())
}

/// How many offset slots a chunk of this length needs.
fn offset_slots(len: usize) -> usize {
    let longest = u32::try_from(len.saturating_sub(1)).unwrap_or(u32::MAX);
    OFFSET_SLOTS.partition_point(|&(base, _)| base <= longest)
}

fn usize_of(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_of_the_tables() {
        assert_eq!(
            OFFSET_SLOTS[..11],
            [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 17].map(|base| (base, if base < 9 { 0 } else { 2 }))
        );
        assert_eq!(OFFSET_SLOTS[798].1, 30);
        assert_eq!((LENGTHS[0], LENGTHS[26]), ((1, 0), (27, 1)));
        assert_eq!((offset_slots(0), offset_slots(1), offset_slots(2), offset_slots(10)), (0, 0, 1, 9));
        assert_eq!(offset_slots(usize::MAX), 799);
    }

    #[test]
    fn repeats_move_to_the_front() {
        let mut recent = Recent::new([1, 2, 3, 4]);
        recent.push(9);
        assert_eq!(recent.list, [9, 1, 2, 3]);
        // Outcomes that are all 1, as the code is above every bound: repeated, and the third of them.
        let mut range = RangeDecoder::new(&[[0xFF; 2]; 8]);
        assert_eq!(recent.repeated(&mut range, false), Some(2));
        assert_eq!(recent.list, [2, 9, 1, 3]);
        assert_eq!(recent.repeated(&mut range, true), Some(3));
        assert_eq!(recent.list, [3, 2, 9, 1]);
    }

    #[test]
    fn what_is_too_short_is_no_chunk() {
        for input in [&[][..], &[0], &[0, 0], &[0, 0, 0], &[0, 0, 0, 0, 0]] {
            assert_eq!(unpack_lzms(input, &mut [0; 10]), Err(CodecError::Truncated), "{input:?}");
        }
    }
}
