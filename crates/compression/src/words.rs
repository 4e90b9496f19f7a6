//! Bits as the Huffman codes of LZMS are stored: 16-bit little-endian words from the end of the chunk backwards, the highest bit of each
//! first.

use crate::CodecError;
use crate::huffman::Bitstream;

pub(crate) struct BackwardBits<'a> {
    words: std::iter::Rev<std::slice::Iter<'a, [u8; 2]>>,
    /// Bits that were fetched, the next one highest.
    buffer: u64,
    count: u32,
    /// Bits that were invented after the last word.
    padding: u32,
}

impl<'a> BackwardBits<'a> {
    pub(crate) fn new(words: &'a [[u8; 2]]) -> Self {
        Self { words: words.iter().rev(), buffer: 0, count: 0, padding: 0 }
    }

    /// Fetches words until there are 32 bits at least.
    #[inline]
    fn fill(&mut self) {
        while self.count < 32 {
            let word = match self.words.next() {
                Some(word) => u16::from_le_bytes(*word),
                None => {
                    self.padding = self.padding.saturating_add(16);
                    0
                }
            };
            let shift = 48u32.saturating_sub(self.count);
            self.buffer |= u64::from(word).wrapping_shl(shift);
            self.count = self.count.saturating_add(16);
        }
    }

    /// Takes `count` bits, at most 32.
    #[inline]
    pub(crate) fn take(&mut self, count: u32) -> u32 {
        if count == 0 {
            return 0;
        }
        self.fill();
        let bits = self.buffer.wrapping_shr(64u32.saturating_sub(count));
        self.drop_bits(count);
        u32::try_from(bits).unwrap_or(0)
    }

    /// Whether only bits of the input have been used.
    pub(crate) const fn finish(&self) -> Result<(), CodecError> {
        if self.padding > self.count { Err(CodecError::Truncated) } else { Ok(()) }
    }
}

impl Bitstream for BackwardBits<'_> {
    #[inline]
    fn peek16(&mut self) -> u32 {
        self.fill();
        u32::try_from(self.buffer.wrapping_shr(48)).unwrap_or(0)
    }

    #[inline]
    fn drop_bits(&mut self, count: u32) {
        self.buffer = self.buffer.wrapping_shl(count);
        self.count = self.count.saturating_sub(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_the_end() {
        let words = [[0x78, 0x56], [0x34, 0x12]];
        let mut bits = BackwardBits::new(&words);
        assert_eq!((bits.take(4), bits.peek16(), bits.take(20)), (1, 0x2345, 0x23456));
        assert_eq!(bits.take(8), 0x78);
        assert!(bits.finish().is_ok());
        assert_eq!(bits.take(32), 0);
        assert_eq!(bits.finish(), Err(CodecError::Truncated));
    }
}
