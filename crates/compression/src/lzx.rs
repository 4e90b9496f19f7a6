//! LZX in the form of WIM images and the Windows overlay filter: chunks, mostly of 32 KiB, that each stand alone.
//!
//! A chunk is a row of blocks, all in 16-bit words, highest bit first:
//!
//! | bits | field | meaning |
//! |---|---|---|
//! | 3 | type | 1 verbatim, 2 with aligned offsets, 3 stored |
//! | 1 (+ 16 or 24) | size | 1: 32768 bytes; 0: the size follows, in 24 bits if chunks have 64 KiB or more |
//! | 8 × 3 | aligned lengths | type 2 only: code lengths of the low 3 bits of a distance |
//! | … | main lengths | two runs of lengths (256 bytes; 8 matches per distance slot), each after the 20 × 4 bits of its own code |
//! | … | length lengths | 249 lengths, in the same way |
//! | … | symbols | below 256 a byte; else a match: low 3 bits length − 2 (7: a length symbol is added), the rest its distance slot |
//!
//! A stored block has, from the next word on, the three recent distances (4 bytes each) and the bytes, padded to a word.
//! Lengths are stored as differences to those of the block before. Before packing, the targets of x86 calls (0xE8) were
//! made absolute, as if the file had 12 000 000 bytes. Source: [MS-PATCH] 2 (the DELTA form of LZX), the documentation of
//! wimlib on the WIM form, and chunks packed by wimlib (tests).

use crate::CodecError;
use crate::bits::Bits;
use crate::huffman::Huffman;
use crate::output::Output;

/// Bytes of an unpacked chunk (the last may have fewer): always in NTFS, mostly in WIM images.
pub const LZX_CHUNK_LEN: usize = 32 << 10;
/// Bytes of the longest chunks that there are, in WIM images of wimlib.
pub const LZX_MAX_CHUNK_LEN: usize = 2 << 20;

/// Distance slots of the greatest window.
const MAX_SLOTS: usize = 50;
const MATCH_SYMBOLS: usize = 8 * MAX_SLOTS;
const LENGTH_SYMBOLS: usize = 249;
/// From this chunk length on, the size of a block takes three bytes.
const LONG_SIZES: usize = 64 << 10;
/// The size that the packer assumed when it made call targets absolute.
const CALL_SPACE: i32 = 12_000_000;

/// Per distance slot: the first distance, plus 2, and how many bits are added.
static SLOT_TABLE: [(u32, u32); MAX_SLOTS] = slot_table();

// Runs when this is compiled, over constants.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
const fn slot_table() -> [(u32, u32); MAX_SLOTS] {
    let mut table = [(0, 0); MAX_SLOTS];
    let (mut base, mut slot, mut extra) = (0u32, 0, 0);
    while slot < MAX_SLOTS {
        // Two slots for each number of bits, and all others with 17.
        if slot >= 4 && slot % 2 == 0 && extra < 17 {
            extra += 1;
        }
        table[slot] = (base, extra);
        base += 1 << extra;
        slot += 1;
    }
    table
}

/// The code lengths of the block before, which those of the next one are differences to.
struct Lengths {
    bytes: [u8; 256],
    matches: [u8; MATCH_SYMBOLS],
    length: [u8; LENGTH_SYMBOLS],
}

/// Unpacks one chunk of at most `chunk_len` bytes; `output` is exactly as long as the unpacked chunk. The length of chunks says how far
/// matches may reach back, and so how they are written.
///
/// # Errors
///
/// [`CodecError`] if the chunk is cut or contradicts itself, or `chunk_len` is more than [`LZX_MAX_CHUNK_LEN`].
pub fn unpack_lzx(input: &[u8], chunk_len: usize, output: &mut [u8]) -> Result<(), CodecError> {
    if chunk_len > LZX_MAX_CHUNK_LEN || output.len() > chunk_len {
        return Err(CodecError::Overflow { max: chunk_len.min(LZX_MAX_CHUNK_LEN) });
    }
    let window = u32::try_from(chunk_len.max(LZX_CHUNK_LEN)).unwrap_or(u32::MAX);
    let slots = SLOT_TABLE.partition_point(|&(base, _)| base < window);
    let mut bits = Bits::new(input);
    let mut out = Output::new(output);
    let mut recent = [1u32; 3];
    let mut lengths = Lengths { bytes: [0; 256], matches: [0; MATCH_SYMBOLS], length: [0; LENGTH_SYMBOLS] };
    while out.left() > 0 {
        let kind = bits.take(3);
        let size = match bits.take(1) {
            1 => LZX_CHUNK_LEN,
            _ if chunk_len >= LONG_SIZES => {
                let high = bits.take(16).wrapping_shl(8);
                usize::try_from(high | bits.take(8)).unwrap_or(0)
            }
            _ => usize::try_from(bits.take(16)).unwrap_or(0),
        };
        // Bits after the end are zeros, which could otherwise be taken for blocks.
        bits.finish()?;
        if size == 0 {
            return Err(CodecError::BlockType(kind));
        }
        // A packer may announce the usual size for the last, shorter block.
        let size = size.min(out.left());
        match kind {
            1 | 2 => packed_block(&mut bits, kind == 2, slots, size, &mut lengths, &mut recent, &mut out)?,
            3 => stored_block(&mut bits, size, &mut recent, &mut out)?,
            other => return Err(CodecError::BlockType(other)),
        }
        bits.finish()?;
    }
    undo_calls(output);
    Ok(())
}

fn stored_block(
    bits: &mut Bits<'_>,
    size: usize,
    recent: &mut [u32; 3],
    out: &mut Output<'_>,
) -> Result<(), CodecError> {
    bits.align_word()?;
    for distance in recent.iter_mut() {
        *distance = u32::from_le_bytes(bits.byte_array()?);
    }
    out.extend(bits.bytes(size)?)?;
    if !size.is_multiple_of(2) {
        // The padding may be missing at the very end.
        let _ = bits.byte_array::<1>();
    }
    Ok(())
}

fn packed_block(
    bits: &mut Bits<'_>,
    aligned: bool,
    slots: usize,
    size: usize,
    lengths: &mut Lengths,
    recent: &mut [u32; 3],
    out: &mut Output<'_>,
) -> Result<(), CodecError> {
    let aligned_code = if aligned {
        let mut aligned_lengths = [0u8; 8];
        for len in &mut aligned_lengths {
            *len = u8::try_from(bits.take(3)).unwrap_or(0);
        }
        Some(Huffman::new(&aligned_lengths)?)
    } else {
        None
    };
    read_lengths(bits, &mut lengths.bytes)?;
    let matches = lengths.matches.get_mut(..slots.saturating_mul(8)).unwrap_or_default();
    read_lengths(bits, matches)?;
    let mut main = [0u8; 256 + MATCH_SYMBOLS];
    for (to, from) in main.iter_mut().zip(lengths.bytes.iter().chain(&*matches)) {
        *to = *from;
    }
    let main = Huffman::new(&main)?;
    read_lengths(bits, &mut lengths.length)?;
    let length_code = Huffman::new(&lengths.length)?;

    let stop = out.left().saturating_sub(size);
    while out.left() > stop {
        let symbol = main.symbol(bits)?;
        let Some(matched) = symbol.checked_sub(256) else {
            out.push(u8::try_from(symbol).unwrap_or(0))?;
            continue;
        };
        let mut length = (matched & 7).saturating_add(2);
        if matched & 7 == 7 {
            length = length.saturating_add(length_code.symbol(bits)?);
        }
        let distance = distance(bits, matched.wrapping_shr(3), aligned_code.as_ref(), recent)?;
        if length > out.left().saturating_sub(stop) {
            return Err(CodecError::Overflow { max: size });
        }
        out.copy(usize::try_from(distance).unwrap_or(usize::MAX), length)?;
    }
    Ok(())
}

fn distance(
    bits: &mut Bits<'_>,
    slot: usize,
    aligned: Option<&Huffman>,
    recent: &mut [u32; 3],
) -> Result<u32, CodecError> {
    match slot {
        0 => {}
        1 => recent.swap(0, 1),
        2 => recent.swap(0, 2),
        _ => {
            let &(base, extra) = SLOT_TABLE.get(slot).ok_or(CodecError::Symbol)?;
            let added = match aligned {
                Some(code) if extra >= 3 => {
                    let high = long(bits, extra.saturating_sub(3)).wrapping_shl(3);
                    let low = u32::try_from(code.symbol(bits)?).unwrap_or(0);
                    high | low
                }
                _ => long(bits, extra),
            };
            recent.rotate_right(1);
            if let Some(newest) = recent.first_mut() {
                *newest = base.saturating_add(added).saturating_sub(2);
            }
        }
    }
    let [newest, _, _] = *recent;
    Ok(newest)
}

/// Takes `count` bits, at most 32.
fn long(bits: &mut Bits<'_>, count: u32) -> u32 {
    let low = count.min(16);
    let high = bits.take(count.saturating_sub(low)).wrapping_shl(low);
    high | bits.take(low)
}

/// Reads new code lengths as differences to the old ones, modulo 17.
fn read_lengths(bits: &mut Bits<'_>, lengths: &mut [u8]) -> Result<(), CodecError> {
    let mut own = [0u8; 20];
    for len in &mut own {
        *len = u8::try_from(bits.take(4)).unwrap_or(0);
    }
    let code = Huffman::new(&own)?;
    let mut at = 0usize;
    while at < lengths.len() {
        let (run, symbol) = match code.symbol(bits)? {
            17 => (bits.take(4).saturating_add(4), None),
            18 => (bits.take(5).saturating_add(20), None),
            19 => {
                let run = bits.take(1).saturating_add(4);
                (run, Some(code.symbol(bits)?))
            }
            symbol => (1, Some(symbol)),
        };
        let old = lengths.get(at).copied().unwrap_or(0);
        let new = match symbol.map(u8::try_from) {
            None => 0,
            Some(Ok(difference @ 0..=16)) => {
                old.checked_sub(difference).unwrap_or_else(|| old.wrapping_add(17).wrapping_sub(difference))
            }
            Some(_) => return Err(CodecError::Symbol),
        };
        let end = at.saturating_add(usize::try_from(run).unwrap_or(0)).min(lengths.len());
        if let Some(part) = lengths.get_mut(at..end) {
            part.fill(new);
        }
        at = end;
    }
    Ok(())
}

/// Makes the targets of x86 calls relative again.
fn undo_calls(output: &mut [u8]) {
    // The packer left the last ten bytes alone.
    let Some(last) = output.len().checked_sub(10) else {
        return;
    };
    let mut at = 0usize;
    while at < last {
        let skip = output.get(at..last).and_then(|rest| rest.iter().position(|&byte| byte == 0xE8));
        let Some(skip) = skip else {
            return;
        };
        at = at.saturating_add(skip);
        let target =
            output.get_mut(at..).and_then(|rest| rest.get_mut(1..)).and_then(|rest| rest.first_chunk_mut::<4>());
        if let (Some(target), Ok(position)) = (target, i32::try_from(at)) {
            let absolute = i32::from_le_bytes(*target);
            let relative = if (0..CALL_SPACE).contains(&absolute) {
                Some(absolute.wrapping_sub(position))
            } else if absolute < 0 && absolute >= position.wrapping_neg() {
                Some(absolute.wrapping_add(CALL_SPACE))
            } else {
                None
            };
            if let Some(relative) = relative {
                *target = relative.to_le_bytes();
            }
        }
        at = at.saturating_add(5);
    }
}
