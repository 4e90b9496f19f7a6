//! Decisions from a binary range coder, as LZMS has them: 16-bit little-endian words, probabilities in 64ths.

/// The outcomes of the first 64 decisions, as both sides assume them.
const INITIAL_OUTCOMES: u64 = 0x5555_5555;
const INITIAL_ZEROS: u32 = 48;

pub(crate) struct RangeDecoder<'a> {
    range: u32,
    code: u32,
    words: std::slice::Iter<'a, [u8; 2]>,
}

impl<'a> RangeDecoder<'a> {
    pub(crate) fn new(words: &'a [[u8; 2]]) -> Self {
        let mut decoder = Self { range: u32::MAX, code: 0, words: words.iter() };
        decoder.fetch();
        decoder.fetch();
        decoder
    }

    /// After the last word zeros follow.
    fn fetch(&mut self) {
        let word = self.words.next().map_or(0, |word| u16::from_le_bytes(*word));
        self.code = self.code.wrapping_shl(16) | u32::from(word);
    }
}

/// What the last 64 outcomes of one decision were in one state.
#[derive(Clone, Copy)]
struct Outcomes {
    zeros: u32,
    /// The newest lowest.
    bits: u64,
}

/// One kind of decision. Its state is the outcomes of its last `log2 N`, and each state has probabilities of its own.
pub(crate) struct Decision<const N: usize> {
    state: usize,
    outcomes: [Outcomes; N],
}

impl<const N: usize> Decision<N> {
    pub(crate) const fn new() -> Self {
        Self { state: 0, outcomes: [Outcomes { zeros: INITIAL_ZEROS, bits: INITIAL_OUTCOMES }; N] }
    }

    #[inline]
    pub(crate) fn decide(&mut self, decoder: &mut RangeDecoder<'_>) -> bool {
        let mask = N.wrapping_sub(1);
        let state = self.state & mask;
        let Some(outcomes) = self.outcomes.get_mut(state) else {
            return false;
        };
        // Neither outcome is ever taken for certain.
        let zeros = outcomes.zeros.clamp(1, 63);
        if decoder.range & 0xFFFF_0000 == 0 {
            decoder.range = decoder.range.wrapping_shl(16);
            decoder.fetch();
        }
        let bound = decoder.range.wrapping_shr(6).wrapping_mul(zeros);
        let outcome = decoder.code >= bound;
        if outcome {
            decoder.range = decoder.range.wrapping_sub(bound);
            decoder.code = decoder.code.wrapping_sub(bound);
        } else {
            decoder.range = bound;
        }
        let oldest = u32::from(outcomes.bits >> 63 != 0);
        outcomes.zeros = outcomes.zeros.wrapping_add(oldest).wrapping_sub(u32::from(outcome));
        outcomes.bits = outcomes.bits.wrapping_shl(1) | u64::from(outcome);
        self.state = (state.wrapping_shl(1) | usize::from(outcome)) & mask;
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_follow_the_outcomes() {
        let mut decoder = RangeDecoder::new(&[[0; 2]; 4]);
        let mut decision = Decision::<2>::new();
        for _ in 0..1000 {
            assert!(!decision.decide(&mut decoder));
        }
        // 64 zeros are counted, though one is never taken for certain.
        assert_eq!((decision.outcomes[0].zeros, decision.outcomes[0].bits), (64, 0));
        let mut decoder = RangeDecoder::new(&[[0xFF; 2]; 400]);
        for _ in 0..1000 {
            assert!(decision.decide(&mut decoder));
        }
        assert_eq!((decision.outcomes[1].zeros, decision.outcomes[1].bits), (0, u64::MAX));
    }
}
