//! XPRESS with Huffman codes, as the Windows overlay filter (chunks of 4, 8 or 16 KiB) and WIM images (32 KiB) use it.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 256 | lengths | of the codes of 512 symbols, 4 bits each, low half first |
//! | 256 | … | codes | 16-bit words; behind the words fetched so far stand the bytes of long lengths |
//!
//! Symbols below 256 are bytes. The others are matches: low 4 bits length − 3 (15: a byte follows that is added; if that is
//! 255, two bytes follow that replace it), next 4 bits the number of distance bits behind a leading one.
//! Source: [MS-XCA] 2.1 and 2.2.

use crate::CodecError;
use crate::bits::Bits;
use crate::huffman::Huffman;
use crate::output::Output;

const TABLE_LEN: usize = 256;

/// Unpacks one chunk; `output` is exactly as long as the unpacked chunk.
///
/// # Errors
///
/// [`CodecError`] if the chunk is cut or contradicts itself.
pub fn unpack_xpress(input: &[u8], output: &mut [u8]) -> Result<(), CodecError> {
    let (lengths, packed) = input.split_at_checked(TABLE_LEN).ok_or(CodecError::Truncated)?;
    let mut unfolded = [0u8; 2 * TABLE_LEN];
    let (pairs, _) = unfolded.as_chunks_mut::<2>();
    for (pair, &byte) in pairs.iter_mut().zip(lengths) {
        *pair = [byte & 0xF, byte.wrapping_shr(4)];
    }
    let table = Huffman::new(&unfolded)?;
    let mut bits = Bits::new(packed);
    let mut out = Output::new(output);
    while out.left() > 0 {
        let symbol = table.symbol(&mut bits)?;
        let Some(matched) = symbol.checked_sub(256) else {
            out.push(u8::try_from(symbol).unwrap_or(0))?;
            continue;
        };
        let distance_bits = u32::try_from(matched.wrapping_shr(4) & 0xF).unwrap_or(0);
        let tail = bits.take(distance_bits);
        let distance = 1u32.wrapping_shl(distance_bits) | tail;
        let mut length = matched & 0xF;
        if length == 0xF {
            let [more] = bits.byte_array::<1>()?;
            length = if more == 0xFF {
                let long = usize::from(u16::from_le_bytes(bits.byte_array()?));
                // No packer writes a long form for what the short one holds.
                long.max(0xF)
            } else {
                length.saturating_add(usize::from(more))
            };
        }
        let distance = usize::try_from(distance).unwrap_or(usize::MAX);
        out.copy(distance, length.saturating_add(3))?;
    }
    bits.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [MS-XCA] 3.2: "abc" a hundred times.
    #[test]
    fn the_example_of_the_specification() {
        let mut packed = vec![0u8; 48];
        packed.extend([0x30, 0x23]);
        packed.resize(128, 0);
        packed.extend([0x02]);
        packed.resize(143, 0);
        packed.extend([0x20]);
        packed.resize(256, 0);
        packed.extend([0xA8, 0xDC, 0x00, 0x00, 0xFF, 0x26, 0x01]);
        let mut out = [0u8; 300];
        unpack_xpress(&packed, &mut out).unwrap();
        assert_eq!(out.to_vec(), b"abc".repeat(100));
    }
}
