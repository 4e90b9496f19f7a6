//! Between the stored number and the 25 symbols.
//!
//! The stored key is a number V of 120 bits, little-endian. Its base-24 digits, most significant first, index
//! [`ALPHABET`]. When the N flag (bit 115) is set it is cleared first, and the quotient V / 24²⁴ is then not a symbol but
//! the place, from 0, at which `N` is inserted among the 24 symbols of the remainder.
//!
//! The textbook computes this with 25 long divisions over 15 bytes. Here nothing is divided. V / 24¹² is estimated with a
//! reciprocal; each half is then turned into a binary fraction of 24¹², whose whole part corrects the estimate (lower half) or
//! is V / 24²⁴ (upper half). Multiplied by 24², a fraction brings its next two digits before the binary point; multiplied by 24⁶ it
//! loses its first six digits, so that four short chains run side by side. The first six digits of a half are multiplied by 9 and
//! a shift, the last six by a true multiplication, because the processor has a unit for each. A pair of digits indexes a
//! table of two symbols (2 KiB, so that it stays in the first-level cache; three symbols take 54 KiB and were not faster).
//!
//! The two steps, [`Halves`] and its symbols, are separate for the sake of many keys: done for a block of keys one after the other,
//! each has a short chain of dependencies, and the processor overlaps them.

/// The 24 symbols, in the order of their values.
pub(crate) const ALPHABET: [u8; 24] = *b"BCDFGHJKMPQRTVWXY2346789";

const POW_24_6: u64 = 24_u64.pow(6);
const POW_24_12: u64 = 24_u64.pow(12);
/// ⌊2¹¹⁹ / 24¹²⌋, just below 2⁶⁴.
const RECIPROCAL: u64 = 0xFC8D_E8DB_15CE_7645;
/// The N flag, bit 115 of V, in V >> 56.
const N_FLAG_BIT: u32 = 59;

/// The symbol to put in for every V / 24²⁴ without the N flag and, from 32 on, with it; 0 where V stands for no key.
static PUT_IN: [u8; 64] = {
    let mut table = [0; 64];
    let (legacy, new) = table.split_at_mut(32);
    legacy.split_at_mut(ALPHABET.len()).0.copy_from_slice(&ALPHABET);
    new.split_at_mut(25).0.copy_from_slice(&[b'N'; 25]);
    table
};

/// The two symbols of every number below 24², the more significant one in the low byte. 2¹⁰ entries, so that a masked
/// index needs no check.
static PAIRS: [u16; 1024] = {
    let mut pairs = [0_u16; 1024];
    let mut entries: &mut [u16] = &mut pairs;
    let mut firsts: &[u8] = &ALPHABET;
    let mut seconds: &[u8] = &ALPHABET;
    while let Some((entry, rest)) = entries.split_first_mut() {
        if let ([first, next_firsts @ ..], [second, next_seconds @ ..]) = (firsts, seconds) {
            *entry = u16::from_le_bytes([*first, *second]);
            seconds = next_seconds;
            if seconds.is_empty() {
                firsts = next_firsts;
                seconds = &ALPHABET;
            }
        }
        entries = rest;
    }
    pairs
};

/// A key of 25 symbols, divided in two.
#[derive(Clone, Copy)]
pub(crate) struct Halves {
    /// The first twelve of the 24 digits, as a fraction of 2⁶⁴.
    high: u64,
    /// The other twelve.
    low: u64,
    /// Where to put in one more symbol, in bits, eight to a symbol.
    place: u32,
    /// That symbol at its place, if that is among the first eight; it can only be `N` if not.
    symbol: u64,
}

impl Halves {
    /// Divides V, the first 15 of the 16 bytes; `None` when V is 0 or stands for no 25 symbols.
    #[inline]
    pub(crate) fn new(bytes: &[u8; 16]) -> Option<Self> {
        let lower = u64_at(bytes, 0);
        let upper = u64_at(bytes, 7);
        if lower | upper == 0 {
            return None;
        }
        let flag = (upper >> N_FLAG_BIT) & 1;
        let upper = upper & !(1 << N_FLAG_BIT);
        // 25 · 24²⁴ is less than 2¹¹⁵.
        if upper >> N_FLAG_BIT != 0 {
            return None;
        }
        // The estimate is V / 24¹² rounded down, or up to 3 less: the bits of V below 2⁵⁶ make less than 2, the rounding of the
        // reciprocal less than 2⁶⁰ / 2⁶⁴, the last rounding less than 1. So the rest is below 4 · 24¹², within 64 bits.
        let estimate = high_half(product(upper << 1, RECIPROCAL));
        let rest = lower.wrapping_sub(estimate.wrapping_mul(POW_24_12));
        let (short, low) = fraction_of_24_12(rest);
        let (quotient, high) = fraction_of_24_12(estimate.wrapping_add(short));
        // Looked up and multiplied instead of compared: families come in no order that a branch predictor could learn.
        let symbol = PUT_IN.get(low_index((quotient | (flag << 5)) & 0x3F)).copied();
        let symbol = symbol.filter(|&symbol| symbol != 0)?;
        let place = u32::try_from(quotient.wrapping_mul(flag)).unwrap_or_default().wrapping_mul(8);
        Some(Self { high, low, place, symbol: u64::from(symbol).wrapping_shl(place) })
    }

    /// Writes the 25 symbols.
    #[inline]
    pub(crate) fn write(&self, text: &mut [u8; 25]) {
        let [a, b, c, d, e, f] = six_pairs(self.high);
        let [g, h, i, j, k, l] = six_pairs(self.low);
        let word = |pair: u16| u64::from(pair);
        let head = word(a) | (word(b) << 16) | (word(c) << 32) | (word(d) << 48);
        let (start, rest) = text.split_at_mut(9);
        for (place, pair) in rest.chunks_exact_mut(2).zip([e, f, g, h, i, j, k, l]) {
            place.copy_from_slice(&pair.to_le_bytes());
        }
        if let Some(place) = start.last_chunk_mut() {
            *place = head.to_le_bytes();
        }
        // Keys have their N among the first eight symbols, unless they are upgrade keys.
        match 1_u64.checked_shl(self.place) {
            Some(bit) => {
                let before = bit.wrapping_sub(1);
                let head = (head & before) | ((head & !before) << 8) | self.symbol;
                if let Some(place) = start.first_chunk_mut() {
                    *place = head.to_le_bytes();
                }
            }
            None => self.insert_far(text),
        }
    }

    /// Puts `N` in when it is none of the first eight symbols.
    #[cold]
    fn insert_far(&self, text: &mut [u8; 25]) {
        let place = usize::try_from(self.place / 8).unwrap_or_default();
        if let Some(upto) = text.get_mut(..=place) {
            upto.rotate_left(1);
            if let Some(last) = upto.last_mut() {
                *last = b'N';
            }
        }
    }
}

/// Eight bytes from `at` on as a little-endian number.
#[inline]
fn u64_at(bytes: &[u8; 16], at: usize) -> u64 {
    let eight = bytes.get(at..).and_then(|rest| rest.first_chunk());
    eight.copied().map(u64::from_le_bytes).unwrap_or_default()
}

/// x / 24¹² as a whole number and a fraction of 2⁶⁴, for x < 2⁶⁰.
///
/// The fraction is never too small, and too large by less than 2⁻⁵⁸: 2⁻⁵⁹ for the reciprocal and 2⁻⁵⁹ for the bits cut off. That
/// is less than 24⁻¹², so that every digit taken from it is right.
#[inline]
fn fraction_of_24_12(x: u64) -> (u64, u64) {
    let quotient = high_half(product(x << 4, RECIPROCAL.wrapping_add(1)));
    (quotient >> 59, (quotient << 5).wrapping_add(1 << 5))
}

/// The symbols of the first twelve digits of a fraction, two in each number, the more significant one in the low byte.
#[inline]
fn six_pairs(fraction: u64) -> [u16; 6] {
    let [d, e, f] = three_pairs(fraction.wrapping_mul(POW_24_6));
    // 60 bits of the fraction, rounded up, are still less than 24⁻¹² too large. 24² is 9 · 2⁶, and a point moved by 6
    // does the 2⁶.
    let x = (fraction >> 4).wrapping_add(1).wrapping_mul(9);
    let y = (x & ((1 << 54) - 1)).wrapping_mul(9);
    let z = (y & ((1 << 48) - 1)).wrapping_mul(9);
    [pair(x >> 54), pair(y >> 48), pair(z >> 42), d, e, f]
}

/// The same for the first six digits.
#[inline]
fn three_pairs(fraction: u64) -> [u16; 3] {
    let x = product(fraction, 24 * 24);
    let y = product(low_half(x), 24 * 24);
    let z = product(low_half(y), 24 * 24);
    [x, y, z].map(|product| pair(high_half(product)))
}

#[inline]
fn pair(digits: u64) -> u16 {
    let symbols = PAIRS.get(low_index(digits & 0x3FF));
    symbols.copied().unwrap_or_default()
}

#[inline]
fn product(a: u64, b: u64) -> u128 {
    u128::from(a).wrapping_mul(u128::from(b))
}

#[inline]
fn high_half(x: u128) -> u64 {
    u64::try_from(x >> 64).unwrap_or_default()
}

#[inline]
fn low_half(x: u128) -> u64 {
    u64::try_from(x & u128::from(u64::MAX)).unwrap_or_default()
}

/// A number below 2¹⁶ as an index.
#[inline]
fn low_index(x: u64) -> usize {
    usize::from(u16::try_from(x & 0xFFFF).unwrap_or_default())
}

/// V, the N flag included, of 25 symbols of which at most one is `N`.
pub(crate) fn encode(symbols: &[u8; 25]) -> u128 {
    let place = symbols.iter().position(|&s| s == b'N');
    let (start, flag) = match place {
        Some(at) => (u128::try_from(at).unwrap_or_default(), crate::pkey2009::N_FLAG),
        None => (0, 0),
    };
    let digits = symbols.iter().filter(|&&s| s != b'N').map(|&s| value(s));
    let v = digits.fold(start, |v, digit| v.wrapping_mul(24).wrapping_add(u128::from(digit)));
    v | flag
}

/// The value of a symbol; 0 for what is none.
fn value(symbol: u8) -> u8 {
    let at = ALPHABET.iter().position(|&s| s == symbol);
    u8::try_from(at.unwrap_or_default()).unwrap_or_default()
}
