//! Product keys written as text: 25 symbols in five groups, upper case, dashes between them.
//!
//! Only keys of Windows 8 and later, which have an `N` and a checksum of ten bits, can be told from other text. A single list of keys
//! or a script gives many: they are hints, no more.

use hivekey_dpid::ProductKey;

use crate::filter::Filter;
use crate::findings::HitKind;
use crate::judge::passes_checksum;
use crate::window::View;

/// Symbols and dashes.
const SYMBOLS: usize = 29;

/// Finds the key texts that begin in `from..end` and calls `found` for each.
pub(crate) fn search(
    filter: Filter,
    view: View<'_>,
    (from, end): (usize, usize),
    found: &mut impl FnMut(usize, HitKind),
) {
    search_width::<1>(filter, view, (from, end), &mut |at| {
        found(at, HitKind::KeyTextAscii);
    });
    search_width::<2>(filter, view, (from, end), &mut |at| {
        found(at, HitKind::KeyTextUtf16);
    });
}

fn search_width<const WIDTH: usize>(
    filter: Filter,
    view: View<'_>,
    (from, end): (usize, usize),
    found: &mut impl FnMut(usize),
) {
    let mut at = from;
    while let Some(block) = filter.dashed::<WIDTH>(view.padded(), at, end) {
        at = block.saturating_add(crate::filter::BLOCK);
        for start in block..at.min(end) {
            if begins_with_key(view.from(start), WIDTH) {
                found(start);
            }
        }
    }
}

fn begins_with_key(bytes: &[u8], width: usize) -> bool {
    // A longer row of groups is something else: a serial number of another product, a hash.
    let goes_on =
        bytes.get(SYMBOLS.saturating_mul(width)).is_some_and(|&next| next == b'-' || next.is_ascii_alphanumeric());
    !goes_on && parse(bytes, width).is_some_and(|key| passes_checksum(&key))
}

/// The key that the text begins with, `width` bytes a symbol.
pub(crate) fn parse(bytes: &[u8], width: usize) -> Option<ProductKey> {
    let mut text = [0_u8; SYMBOLS];
    for (at, place) in text.iter_mut().enumerate() {
        let symbol = match (width, bytes.get(at.saturating_mul(width)..)?) {
            (1, [symbol, ..]) | (2, [symbol, 0, ..]) => *symbol,
            _ => return None,
        };
        let fits = match at.checked_rem(6) {
            Some(5) => symbol == b'-',
            _ => symbol.is_ascii_uppercase() || symbol.is_ascii_digit(),
        };
        if !fits {
            return None;
        }
        *place = symbol;
    }
    ProductKey::parse(core::str::from_utf8(&text).ok()?).ok()
}
