//! Bits as XPRESS and LZX store them: in little-endian words of 16 bits, the highest bit of each word first. Whole bytes
//! may stand between the words.

use crate::CodecError;
use crate::array;
use crate::huffman::Bitstream;

pub(crate) struct Bits<'a> {
    input: &'a [u8],
    at: usize,
    /// Bits that were fetched, the next one highest.
    buffer: u64,
    count: u32,
    /// Bits that were invented after the end of the input.
    padding: u32,
}

impl<'a> Bits<'a> {
    pub(crate) const fn new(input: &'a [u8]) -> Self {
        Self { input, at: 0, buffer: 0, count: 0, padding: 0 }
    }

    /// Fetches words until there are 16 bits at least. After the end of the input zeros follow; [`finish`](Self::finish)
    /// tells whether any was used.
    #[inline]
    fn fill(&mut self) {
        if self.count >= 16 {
            return;
        }
        let word = match array::<2>(self.input, self.at) {
            Some(bytes) => {
                self.at = self.at.saturating_add(2);
                u16::from_le_bytes(bytes)
            }
            None => {
                self.padding = self.padding.saturating_add(16);
                0
            }
        };
        let shift = 48u32.saturating_sub(self.count);
        self.buffer |= u64::from(word).wrapping_shl(shift);
        self.count = self.count.saturating_add(16);
    }

    /// Takes `count` bits, at most 16.
    #[inline]
    pub(crate) fn take(&mut self, count: u32) -> u32 {
        if count == 0 {
            // Still fetches, as the packer counts on it where bytes follow.
            self.fill();
            return 0;
        }
        let bits = self.peek16().wrapping_shr(16u32.saturating_sub(count));
        self.drop_bits(count);
        bits
    }

    /// Takes whole bytes from behind the words fetched so far.
    pub(crate) fn bytes(&mut self, len: usize) -> Result<&'a [u8], CodecError> {
        let bytes = self.input.get(self.at..).and_then(|rest| rest.get(..len)).ok_or(CodecError::Truncated)?;
        self.at = self.at.saturating_add(len);
        Ok(bytes)
    }

    pub(crate) fn byte_array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let bytes = array(self.input, self.at).ok_or(CodecError::Truncated)?;
        self.at = self.at.saturating_add(N);
        Ok(bytes)
    }

    /// Drops what is left of the word that has been begun; drops a whole word where none has been begun.
    pub(crate) fn align_word(&mut self) -> Result<(), CodecError> {
        if self.count == 0 {
            self.fill();
        }
        if self.padding > 0 {
            return Err(CodecError::Truncated);
        }
        // At most 31 bits are in the buffer: the word that has been begun, and perhaps one fetched ahead of need.
        if self.count > 16 {
            self.at = self.at.saturating_sub(2);
        }
        self.buffer = 0;
        self.count = 0;
        Ok(())
    }

    /// Whether only bits of the input have been used.
    pub(crate) const fn finish(&self) -> Result<(), CodecError> {
        if self.padding > self.count { Err(CodecError::Truncated) } else { Ok(()) }
    }
}

impl Bitstream for Bits<'_> {
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
    fn words_are_little_endian_and_bits_start_high() {
        let mut bits = Bits::new(&[0x34, 0x12, 0xCD, 0xAB, 0xEF]);
        assert_eq!(bits.take(4), 1);
        assert_eq!(bits.take(8), 0x23);
        assert_eq!(bits.take(16), 0x4ABC);
        assert_eq!(bits.byte_array::<1>(), Ok([0xEF]));
        assert_eq!(bits.take(4), 0xD);
        assert!(bits.finish().is_ok());
        assert_eq!(bits.take(1), 0);
        assert_eq!(bits.finish(), Err(CodecError::Truncated));
        assert_eq!(bits.bytes(1), Err(CodecError::Truncated));
    }

    #[test]
    fn alignment_drops_the_begun_word_or_a_whole_one() {
        let mut bits = Bits::new(&[0, 0x80, 1, 2, 3]);
        assert_eq!(bits.take(1), 1);
        bits.align_word().unwrap();
        assert_eq!(bits.bytes(2), Ok(&[1u8, 2][..]));
        let mut bits = Bits::new(&[0, 0x80, 1, 2, 3]);
        assert_eq!(bits.take(16), 0x8000);
        bits.align_word().unwrap();
        assert_eq!(bits.bytes(1), Ok(&[3u8][..]));
    }
}
