//! Between the stored number and the 25 symbols.
//!
//! The stored key is a number V of 120 bits, little-endian. Its base-24 digits, most significant first, index
//! [`ALPHABET`]. When the N flag (bit 115) is set it is cleared first, and the quotient V / 24²⁴ is then not a symbol but
//! the place, from 0, at which `N` is inserted among the 24 symbols of the remainder.
//!
//! The textbook computes this with 25 long divisions over 15 bytes. Here V is divided by 24¹² twice, with a reciprocal
//! instead of a division, each remainder is split into three numbers of four digits, and each of those gives two indices into
//! a table of digit pairs (2 KiB, so that it stays in the first-level cache). `N` is inserted with masks and without a branch.

/// The 24 symbols, in the order of their values.
pub(crate) const ALPHABET: [u8; 24] = *b"BCDFGHJKMPQRTVWXY2346789";

const POW_24_2: u64 = 24_u64.pow(2);
const POW_24_4: u64 = 24_u64.pow(4);
const POW_24_8: u64 = 24_u64.pow(8);
const POW_24_12: u64 = 24_u64.pow(12);
/// 24¹² = 2³⁶ · 3¹².
const POW_3_12: u64 = 3_u64.pow(12);
const LOW_36: u64 = (1 << 36) - 1;
/// ⌊2⁸³ / 3¹²⌋, just below 2⁶⁴.
const RECIPROCAL: u64 = 0xFC8D_E8DB_15CE_7645;

/// The N flag within the upper 64 bits of V.
const N_FLAG_BIT: u32 = 51;

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

/// What a word of eight symbols keeps when a symbol is put in.
#[derive(Clone, Copy)]
struct Masks {
    /// 0xFF for every byte before the place.
    before: u64,
    /// 0xFF for every byte after the place.
    after: u64,
    /// 1 at the place itself.
    at: u64,
}

impl Masks {
    /// For the word that begins with symbol `start`.
    const fn new(place: u32, start: u32) -> Self {
        let before = low_bytes(place.saturating_sub(start));
        let through = low_bytes(place.saturating_add(1).saturating_sub(start));
        Self {
            before,
            after: !through,
            at: through & !before & 0x0101_0101_0101_0101,
        }
    }

    /// For all 25 symbols and seven bytes after them.
    const fn row(place: u32) -> [Self; 4] {
        [
            Self::new(place, 0),
            Self::new(place, 8),
            Self::new(place, 16),
            Self::new(place, 24),
        ]
    }

    /// Takes what is before the place from `symbols`, what is after it from `moved`.
    #[inline]
    const fn apply(&self, symbols: u64, moved: u64, symbol: u64) -> u64 {
        (symbols & self.before) | (moved & self.after) | symbol.wrapping_mul(self.at)
    }
}

/// 0xFF in the lowest `count` bytes.
const fn low_bytes(count: u32) -> u64 {
    match 1_u64.checked_shl(count.saturating_mul(8)) {
        Some(above) => above.wrapping_sub(1),
        None => u64::MAX,
    }
}

/// The masks of every place from 0 to 24; 2⁵ entries for the same reason as above.
static INSERTIONS: [[Masks; 4]; 32] = {
    let mut table = [Masks::row(0); 32];
    let mut place = 0;
    let mut entries: &mut [[Masks; 4]] = &mut table;
    while let Some((entry, rest)) = entries.split_first_mut() {
        *entry = Masks::row(place);
        place += 1;
        entries = rest;
    }
    table
};

/// The 25 symbols of V, given as its lower 64 and upper 56 bits; `None` when V stands for none.
#[inline]
pub(crate) fn decode(lower: u64, upper: u64) -> Option<[u8; 25]> {
    let flag = (upper >> N_FLAG_BIT) & 1;
    let upper = upper & !(1 << N_FLAG_BIT);
    // 25 · 24²⁴ is less than 2¹¹⁵.
    if upper >> N_FLAG_BIT != 0 {
        return None;
    }
    let (high, low) = divide_by_24_12(lower, upper);
    let place = high / POW_24_12;
    if place >= 24_u64.wrapping_add(flag) {
        return None;
    }
    let [g0, g1, g2] = four_digit_groups(high % POW_24_12);
    let [g3, g4, g5] = four_digit_groups(low);
    let symbols = [
        eight_symbols(g0, g1),
        eight_symbols(g2, g3),
        eight_symbols(g4, g5),
    ];
    // Without the flag the first digit is a symbol of its own, at place 0.
    let first = ALPHABET.get(low_index(place)).copied().unwrap_or(b'B');
    let symbol = if flag == 1 { b'N' } else { first };
    Some(insert(symbols, low_index(place.wrapping_mul(flag)), symbol))
}

/// Quotient and remainder of V / 24¹² for V < 2¹¹⁵.
#[inline]
fn divide_by_24_12(lower: u64, upper: u64) -> (u64, u64) {
    // The low 36 bits of V are the low 36 bits of the remainder; what is above them is divided by 3¹².
    let dividend = (lower >> 36) | (upper << 28);
    let leading = (lower >> 51) | (upper << 13);
    // `leading` is the dividend (79 bits) without its 15 low bits. With the reciprocal rounded down, the estimate is the
    // quotient or one less: the two roundings lose less than 2¹⁵/3¹² + 2⁻⁴ < 1 before the last one.
    let estimate = multiply_high(leading, RECIPROCAL) >> 4;
    let rest = dividend.wrapping_sub(estimate.wrapping_mul(POW_3_12));
    let short = rest >= POW_3_12;
    let quotient = estimate.wrapping_add(u64::from(short));
    let rest = if short {
        rest.wrapping_sub(POW_3_12)
    } else {
        rest
    };
    (quotient, (rest << 36) | (lower & LOW_36))
}

/// The upper 64 bits of a product.
#[inline]
fn multiply_high(a: u64, b: u64) -> u64 {
    let product = u128::from(a).wrapping_mul(u128::from(b));
    u64::try_from(product >> 64).unwrap_or(u64::MAX)
}

/// Splits a number below 24¹² into three below 24⁴.
#[inline]
fn four_digit_groups(x: u64) -> [u64; 3] {
    let rest = x % POW_24_8;
    [x / POW_24_8, rest / POW_24_4, rest % POW_24_4]
}

/// The symbols of two numbers below 24⁴, the first symbol in the lowest byte.
#[inline]
fn eight_symbols(a: u64, b: u64) -> u64 {
    pair(a / POW_24_2)
        | pair(a % POW_24_2) << 16
        | pair(b / POW_24_2) << 32
        | pair(b % POW_24_2) << 48
}

#[inline]
fn pair(index: u64) -> u64 {
    let symbols = PAIRS.get(low_index(index & 0x3FF)).copied();
    u64::from(symbols.unwrap_or_default())
}

/// A number below 2¹⁶ as an index.
#[inline]
fn low_index(x: u64) -> usize {
    usize::from(u16::try_from(x & 0xFFFF).unwrap_or_default())
}

/// Puts `symbol` in at `place` (0 to 24) of 24 symbols, given as three little-endian words.
#[inline]
fn insert([w0, w1, w2]: [u64; 3], place: usize, symbol: u8) -> [u8; 25] {
    let row = INSERTIONS.get(place & 31).copied();
    let [masks0, masks1, masks2, masks3] = row.unwrap_or(Masks::row(0));
    let symbol = u64::from(symbol);
    let words = [
        masks0.apply(w0, w0 << 8, symbol),
        masks1.apply(w1, (w1 << 8) | (w0 >> 56), symbol),
        masks2.apply(w2, (w2 << 8) | (w1 >> 56), symbol),
        masks3.apply(0, w2 >> 56, symbol),
    ];
    let mut text = [0_u8; 25];
    for (place, word) in text.chunks_mut(8).zip(words) {
        for (to, from) in place.iter_mut().zip(word.to_le_bytes()) {
            *to = from;
        }
    }
    text
}

/// V, the N flag included, of 25 symbols of which at most one is `N`.
pub(crate) fn encode(symbols: &[u8; 25]) -> u128 {
    let place = symbols.iter().position(|&s| s == b'N');
    let (start, flag) = match place {
        Some(at) => (
            u128::try_from(at).unwrap_or_default(),
            crate::pkey2009::N_FLAG,
        ),
        None => (0, 0),
    };
    let digits = symbols.iter().filter(|&&s| s != b'N').map(|&s| value(s));
    let v = digits.fold(start, |v, digit| {
        v.wrapping_mul(24).wrapping_add(u128::from(digit))
    });
    v | flag
}

/// The value of a symbol; 0 for what is none.
fn value(symbol: u8) -> u8 {
    let at = ALPHABET.iter().position(|&s| s == symbol);
    u8::try_from(at.unwrap_or_default()).unwrap_or_default()
}
