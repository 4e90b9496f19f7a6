//! LZNT1, in which NTFS packs the units of a compressed file.
//!
//! A unit is a row of chunks; each unpacks to 4096 bytes (the last one to fewer). Source: [MS-XCA] 2.5.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 2 | header | bits 0–11: bytes of the chunk with this header, minus 3; bits 12–14: 3; bit 15: packed; 0 ends the row |
//! | 2 | … | data | stored as it is, or groups of a flag byte and eight items: bit 0 = a byte, bit 1 = a match of 2 bytes |
//!
//! A match splits its 16 bits into distance − 1 (high) and length − 3 (low); the more bytes of the chunk have been
//! written, the more bits the distance takes, from 4 to 12.

use crate::CodecError;
use crate::array;
use crate::output::Output;

const CHUNK_LEN: usize = 4096;

/// Unpacks a row of chunks into `output` and says how many bytes came out; a chunk that is not the last is filled up with
/// zeros to 4096 bytes.
///
/// # Errors
///
/// [`CodecError`] if the chunks are cut, reach back too far, or unpack to more than `output` holds.
pub fn unpack_lznt1(input: &[u8], output: &mut [u8]) -> Result<usize, CodecError> {
    let mut out = Output::new(output);
    let mut rest = input;
    let mut chunk_start = 0usize;
    while out.left() > 0 {
        let Some(header) = array::<2>(rest, 0).map(u16::from_le_bytes) else {
            break;
        };
        if header == 0 {
            break;
        }
        out.zero_to(chunk_start)?;
        let len = usize::from(header & 0x0FFF).saturating_add(1);
        let chunk = rest.get(2..).and_then(|body| body.get(..len)).ok_or(CodecError::Truncated)?;
        if header & 0x8000 == 0 {
            let stored = chunk.get(..out.left().min(chunk.len())).unwrap_or(chunk);
            out.extend(stored)?;
        } else {
            unpack_chunk(chunk, chunk_start, &mut out)?;
        }
        chunk_start = chunk_start.saturating_add(CHUNK_LEN);
        rest = rest.get(len.saturating_add(2)..).unwrap_or_default();
    }
    Ok(out.written())
}

fn unpack_chunk(chunk: &[u8], start: usize, out: &mut Output<'_>) -> Result<(), CodecError> {
    let end = start.saturating_add(CHUNK_LEN);
    let mut at = 0usize;
    while let Some(&flags) = chunk.get(at) {
        at = at.saturating_add(1);
        for bit in 0u32..8 {
            if out.left() == 0 {
                return Ok(());
            }
            let Some(&byte) = chunk.get(at) else {
                return Ok(());
            };
            if out.written() >= end {
                return Err(CodecError::Overflow { max: CHUNK_LEN });
            }
            if flags.wrapping_shr(bit) & 1 == 0 {
                out.push(byte)?;
                at = at.saturating_add(1);
                continue;
            }
            let token = array::<2>(chunk, at).map(u16::from_le_bytes).ok_or(CodecError::Truncated)?;
            at = at.saturating_add(2);
            let written = out.written().saturating_sub(start);
            let length_bits = length_bits(written);
            let mask = 1u16.wrapping_shl(length_bits).wrapping_sub(1);
            let length = usize::from(token & mask).saturating_add(3);
            let distance = usize::from(token.wrapping_shr(length_bits)).saturating_add(1);
            if distance > written {
                return Err(CodecError::Distance { distance, written });
            }
            // The last match of a file may reach past what is asked for, never past its chunk.
            if length > end.saturating_sub(out.written()) {
                return Err(CodecError::Overflow { max: CHUNK_LEN });
            }
            out.copy(distance, length.min(out.left()))?;
        }
    }
    Ok(())
}

/// How many bits of a match are its length, after `written` bytes of the chunk.
fn length_bits(written: usize) -> u32 {
    let last = written.saturating_sub(1).min(CHUNK_LEN);
    let width = usize::BITS.saturating_sub(last.leading_zeros());
    12u32.saturating_sub(width.saturating_sub(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification() {
        // [MS-XCA] 3.3 "LZNT1"
        let packed = hex::decode(
            "38b08846232000204720410010a24701a045204400084501507900c045200524138805b4024a44ef0358028c091601484500be009e000401189000",
        )
        .unwrap();
        let plain = "F# F# G A A G F# E D D E F# F# E E F# F# G A A G F# E D D E F# E D D E E F# D E F# G F# D E F# G F# E D E A F# F# G A A G F# E D D E F# E D D\0";
        let mut out = [0u8; 4096];
        let count = unpack_lznt1(&packed, &mut out).unwrap();
        assert_eq!(std::str::from_utf8(&out[..count]).unwrap(), plain);
    }

    #[test]
    fn distance_takes_more_bits_as_the_chunk_grows() {
        // As the loop of the specification: one bit more at 17, 33, … bytes.
        let reference = |written: usize| {
            let (mut bits, mut position) = (12, written - 1);
            while position >= 0x10 {
                bits -= 1;
                position >>= 1;
            }
            bits
        };
        for written in 1..=4096 {
            assert_eq!(length_bits(written), reference(written), "{written}");
        }
    }

    #[test]
    fn stored_chunks_short_chunks_and_the_end() {
        let mut packed = vec![0x03, 0x30];
        packed.extend(b"abcd");
        packed.extend([0x02, 0x30]);
        packed.extend(b"xyz");
        packed.extend([0, 0, 0xFF]);
        let mut out = vec![0xEEu8; 8192];
        assert_eq!(unpack_lznt1(&packed, &mut out), Ok(4099));
        assert_eq!(&out[..5], b"abcd\0");
        assert_eq!(&out[4095..4099], b"\0xyz");
        assert_eq!(unpack_lznt1(&[], &mut out), Ok(0));
        assert_eq!(unpack_lznt1(&[0], &mut out), Ok(0));
        assert_eq!(unpack_lznt1(&packed, &mut []), Ok(0));
        assert_eq!(unpack_lznt1(&packed, &mut out[..2]), Ok(2));
    }

    #[test]
    fn broken_chunks() {
        let mut out = [0u8; 8192];
        assert_eq!(unpack_lznt1(&[0xFF, 0xBF, 0], &mut out), Err(CodecError::Truncated));
        // A match before any byte.
        assert_eq!(
            unpack_lznt1(&[0x02, 0xB0, 0x01, 0x00, 0x00], &mut out),
            Err(CodecError::Distance { distance: 1, written: 0 })
        );
        // A byte, then a match of 4098 bytes: more than a chunk holds.
        assert_eq!(
            unpack_lznt1(&[0x03, 0xB0, 0x02, 0x41, 0xFF, 0x0F], &mut out),
            Err(CodecError::Overflow { max: 4096 })
        );
        // Half a match.
        assert_eq!(unpack_lznt1(&[0x02, 0xB0, 0x02, 0x41, 0x00], &mut out), Err(CodecError::Truncated));
    }
}
