//! Canonical Huffman codes of up to 16 bits: shorter codes first, within a length in the order of the symbols.

use crate::CodecError;

/// Codes up to this length are found in one look-up.
const FAST_BITS: u32 = 10;
const FAST_LEN: usize = 1 << 10;
const MAX_BITS: usize = 16;
/// The greatest alphabet: the distances of LZMS.
const MAX_SYMBOLS: usize = 799;

/// Bits to be taken from the highest on.
pub(crate) trait Bitstream {
    /// The next 16 bits, without taking them.
    fn peek16(&mut self) -> u32;
    /// Drops `count` bits, at most 16, which have been looked at.
    fn drop_bits(&mut self, count: u32);
}

pub(crate) struct Huffman {
    /// By the next ten bits: symbol · 16 + length; 0 if the code is longer.
    fast: [u16; FAST_LEN],
    /// The symbols in the order of their codes.
    symbols: [u16; MAX_SYMBOLS],
    /// Per length: the first code that is longer, as the highest of 16 bits.
    limit: [u32; MAX_BITS + 1],
    /// Per length: what is subtracted from a code to get its place in `symbols`.
    base: [u32; MAX_BITS + 1],
}

impl Huffman {
    /// The codes for symbols whose lengths are given, 0 for one without a code. A table may be incomplete (or empty);
    /// the bits that then stand for nothing are an error when they are met.
    pub(crate) fn new(lengths: &[u8]) -> Result<Self, CodecError> {
        let mut counts = [0u32; MAX_BITS + 1];
        for &len in lengths {
            let count = counts.get_mut(usize::from(len)).ok_or(CodecError::Table)?;
            *count = count.saturating_add(1);
        }
        let mut table =
            Self { fast: [0; FAST_LEN], symbols: [0; MAX_SYMBOLS], limit: [0; MAX_BITS + 1], base: [0; MAX_BITS + 1] };
        let mut next_place = [0u32; MAX_BITS + 1];
        let mut code = 0u32;
        let mut place = 0u32;
        let per_length = table.limit.iter_mut().zip(&mut table.base);
        for (((limit, base), place_of), (len, &count)) in
            per_length.zip(&mut next_place).zip((0u32..).zip(&counts)).skip(1)
        {
            code = code.wrapping_shl(1);
            *base = code.wrapping_sub(place);
            *place_of = place;
            code = code.saturating_add(count);
            place = place.saturating_add(count);
            let shift = 16u32.saturating_sub(len);
            *limit = code.wrapping_shl(shift);
            if *limit > 1 << 16 {
                return Err(CodecError::Table);
            }
        }
        for (symbol, &len) in (0u16..).zip(lengths) {
            if len == 0 {
                continue;
            }
            let Some(next) = next_place.get_mut(usize::from(len)) else {
                continue;
            };
            let place = *next;
            *next = next.saturating_add(1);
            let slot =
                usize::try_from(place).ok().and_then(|place| table.symbols.get_mut(place)).ok_or(CodecError::Table)?;
            *slot = symbol;
            let bits = u32::from(len);
            if bits <= FAST_BITS {
                let base = table.base.get(usize::from(len)).copied().unwrap_or(0);
                let spare = FAST_BITS.saturating_sub(bits);
                let first = place.wrapping_add(base).wrapping_shl(spare);
                let count = 1usize.wrapping_shl(spare);
                let entries = usize::try_from(first)
                    .ok()
                    .and_then(|first| table.fast.get_mut(first..)?.get_mut(..count))
                    .ok_or(CodecError::Table)?;
                entries.fill(symbol.wrapping_shl(4) | u16::from(len));
            }
        }
        Ok(table)
    }

    /// Takes the next symbol.
    #[inline]
    pub(crate) fn symbol(&self, bits: &mut impl Bitstream) -> Result<usize, CodecError> {
        let next = bits.peek16();
        let fast = usize::try_from(next.wrapping_shr(16u32.wrapping_sub(FAST_BITS)))
            .ok()
            .and_then(|at| self.fast.get(at))
            .copied()
            .unwrap_or(0);
        if fast != 0 {
            bits.drop_bits(u32::from(fast & 0xF));
            return Ok(usize::from(fast.wrapping_shr(4)));
        }
        self.long_symbol(bits, next)
    }

    fn long_symbol(&self, bits: &mut impl Bitstream, next: u32) -> Result<usize, CodecError> {
        for (len, (&limit, &base)) in (0u32..).zip(self.limit.iter().zip(&self.base)).skip(1) {
            if next < limit {
                let code = next.wrapping_shr(16u32.saturating_sub(len));
                bits.drop_bits(len);
                return usize::try_from(code.wrapping_sub(base))
                    .ok()
                    .and_then(|place| self.symbols.get(place))
                    .map(|&symbol| usize::from(symbol))
                    .ok_or(CodecError::Symbol);
            }
        }
        Err(CodecError::Symbol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::Bits;

    #[test]
    fn canonical_codes() {
        // The example of RFC 1951, 3.2.2: lengths 3,3,3,3,3,2,4,4 for A to H.
        let table = Huffman::new(&[3, 3, 3, 3, 3, 2, 4, 4]).unwrap();
        let codes =
            [(0b010u16, 3), (0b011, 3), (0b100, 3), (0b101, 3), (0b110, 3), (0b00, 2), (0b1110, 4), (0b1111, 4)];
        for (symbol, (code, len)) in codes.into_iter().enumerate() {
            let word = (code << (16 - len)).to_le_bytes();
            assert_eq!(table.symbol(&mut Bits::new(&word)), Ok(symbol));
        }
    }

    #[test]
    fn long_codes() {
        // 1, 2, … 15, 15 bits: complete.
        let lengths: Vec<u8> = (1..=15).chain([15]).collect();
        let table = Huffman::new(&lengths).unwrap();
        for symbol in 0..15u32 {
            let code = (0xFFFFu32 << (16 - symbol)) & 0xFFFF;
            let word = u16::try_from(code).unwrap().to_le_bytes();
            assert_eq!(table.symbol(&mut Bits::new(&word)), Ok(usize::try_from(symbol).unwrap()));
        }
        assert_eq!(table.symbol(&mut Bits::new(&[0xFF, 0xFF])), Ok(15));
        let sixteen: Vec<u8> = (1..=16).chain([16]).collect();
        let table = Huffman::new(&sixteen).unwrap();
        assert_eq!(table.symbol(&mut Bits::new(&[0xFF, 0xFF])), Ok(16));
        assert_eq!(table.symbol(&mut Bits::new(&[0xFE, 0xFF])), Ok(15));
    }

    #[test]
    fn broken_tables() {
        assert_eq!(Huffman::new(&[1, 1, 1]).err(), Some(CodecError::Table));
        assert_eq!(Huffman::new(&[17]).err(), Some(CodecError::Table));
        assert_eq!(Huffman::new(&[1; 800]).err(), Some(CodecError::Table));
        let empty = Huffman::new(&[0; 8]).unwrap();
        assert_eq!(empty.symbol(&mut Bits::new(&[0, 0])), Err(CodecError::Symbol));
        let half = Huffman::new(&[1]).unwrap();
        assert_eq!(half.symbol(&mut Bits::new(&[0, 0])), Ok(0));
        assert_eq!(half.symbol(&mut Bits::new(&[0, 0x80])), Err(CodecError::Symbol));
    }
}
