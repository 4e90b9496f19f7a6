//! The textbook decoder, as scripts on the web have it: 25 long divisions by 24 over 15 bytes. The fast decoder is compared
//! with it in tests and measured against it in the benches.

/// The symbols in the order of their values.
const ALPHABET: &[u8; 24] = b"BCDFGHJKMPQRTVWXY2346789";

/// The 25 symbols of 16 stored bytes, right for every number that stands for 25 symbols, unless the last of them is `N`.
///
/// It has the N flag where it belongs (bit 3 of byte 14) and takes no care of erased fields or numbers that are too large.
pub fn textbook(bytes: &[u8; 16]) -> [u8; 25] {
    let mut number = [0_u8; 15];
    number.copy_from_slice(&bytes[..15]);
    let has_n = number[14] & 8 != 0;
    number[14] &= !8;
    let mut symbols = [0_u8; 25];
    let mut digit = 0_usize;
    for symbol in symbols.iter_mut().rev() {
        let mut rest = 0_u32;
        for byte in number.iter_mut().rev() {
            let dividend = rest * 256 + u32::from(*byte);
            *byte = u8::try_from(dividend / 24).unwrap();
            rest = dividend % 24;
        }
        digit = usize::try_from(rest).unwrap();
        *symbol = ALPHABET[digit];
    }
    if has_n {
        symbols.copy_within(1..=digit, 0);
        symbols[digit] = b'N';
    }
    symbols
}
