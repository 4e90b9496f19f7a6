//! Decides whether a header is that of a blob or table. Fields and check values are read by `hivekey-dpid`.
//!
//! The work for one position is bounded, and the cheap tests come first: a source full of headers costs one CRC over 160 bytes
//! or one SHA-256 over 16 bytes each, and the hash over a whole version 4 blob only where the hash over its key fits.
//!
//! Where the check value fails, the text after the header (szProductId at 8, 24 bytes; szAdvancedPid at 8, 128 bytes) tells a
//! damaged blob from bytes that only look like a header. Where a sector boundary lies in that text, anything may stand behind it; then
//! the characters before it have to do, if there are enough of them.

use hivekey_dpid::{Dpid3, Dpid4, Msdm, ProductKey};

use crate::cut::{Cut, first_cut};
use crate::filter::{DPID3_HEADER, DPID4_HEADER, MSDM_HEADER};
use crate::findings::{Certainty, HitKind};

/// Offset of the text that follows the header in both versions.
const PID_AT: usize = 8;
/// Characters of a ProductId of either notation.
const PRODUCT_ID: usize = 23;
/// Where szProductId ends.
const PRODUCT_ID_END: usize = 32;
/// Where szAdvancedPid ends.
const ADVANCED_PID_END: usize = 136;

/// A position that holds a blob or table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) kind: HitKind,
    pub(crate) certainty: Certainty,
    pub(crate) cut: Option<Cut>,
}

/// Decides about the bytes of one kind, of which the first so many surely belong together.
type Rule = fn(&[u8], usize) -> Option<Certainty>;

/// What begins at `offset` with `bytes`, which reach to the end of the source or beyond the end of the longest structure.
pub(crate) fn judge(offset: u64, bytes: &[u8]) -> Option<Judgement> {
    let header = bytes.first_chunk::<8>()?;
    let (kind, rule): (_, Rule) = match *header {
        DPID3_HEADER => (HitKind::Dpid3, dpid3),
        DPID4_HEADER => (HitKind::Dpid4, dpid4),
        MSDM_HEADER => (HitKind::Msdm, msdm),
        _ => return None,
    };
    let whole = bytes.get(..kind.length()).unwrap_or(bytes);
    let cut = first_cut(offset, kind.length(), whole.len());
    let sound = cut.map_or(whole.len(), |cut| cut.at);
    let certainty = rule(whole, sound)?;
    Some(Judgement { kind, certainty, cut: cut.filter(|_| certainty != Certainty::Verified) })
}

/// The CRC decides, then the ProductId, of which at least the first group has to be there.
fn dpid3(bytes: &[u8], sound: usize) -> Option<Certainty> {
    let first = bytes.get(PID_AT).copied()?;
    if first != 0 && !first.is_ascii_graphic() {
        return None;
    }
    let blob = Dpid3::new(bytes).ok()?;
    if blob.crc().is_ok() {
        return Some(Certainty::Verified);
    }
    let field = bytes.get(PID_AT..PRODUCT_ID_END)?;
    let text = field.split(|&b| b == 0).next().unwrap_or_default();
    let before_cut = field.get(..sound.saturating_sub(PID_AT));
    let plausible = (text.len() == PRODUCT_ID && begins_product_id(text)) || before_cut.is_some_and(begins_product_id);
    plausible.then_some(Certainty::Damaged)
}

/// Whether a text is a ProductId or the beginning of one: `GGGGG-GSSSS-SSSSS-TTTTT` since Windows 8, `MMMMM-CCC-NNNNNNN-DDDDD` before.
fn begins_product_id(text: &[u8]) -> bool {
    let follows = |dashes: [usize; 3]| {
        text.iter().enumerate().all(|(at, &byte)| match dashes.contains(&at) {
            true => byte == b'-',
            false if at < 5 => byte.is_ascii_digit(),
            false => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
        })
    };
    (6..=PRODUCT_ID).contains(&text.len()) && (follows([5, 11, 17]) || follows([5, 9, 17]))
}

/// Both hashes decide, then the AdvancedPid, of which at least the first two groups have to be there.
fn dpid4(bytes: &[u8], sound: usize) -> Option<Certainty> {
    let field = bytes.get(PID_AT..)?;
    let may_be_text = matches!(field, [0, 0, ..] | [1..=0x7E, 0, 1..=0x7E, 0, ..]);
    if !may_be_text {
        return None;
    }
    let blob = Dpid4::new(bytes).ok()?;
    if blob.key_hash().is_ok() && blob.blob_hash().is_ok() {
        return Some(Certainty::Verified);
    }
    let before_cut = bytes.get(PID_AT..sound).filter(|_| sound < ADVANCED_PID_END);
    let plausible = blob.extended_pid().is_ok() || before_cut.is_some_and(begins_advanced_pid);
    plausible.then_some(Certainty::Damaged)
}

/// Whether UTF-16 text begins as `MMMMM-GGGGG-SSS-SSSSSS-LL-LCID-BBBBB.0000-DDDYYYY` does.
fn begins_advanced_pid(bytes: &[u8]) -> bool {
    let (units, _) = bytes.as_chunks::<2>();
    let text = units.iter().take_while(|&&unit| unit != [0, 0]);
    let fits = |(at, &[byte, high]): (usize, &[u8; 2])| {
        high == 0
            && match at {
                5 | 11 | 15 | 22 => byte == b'-',
                0..25 => byte.is_ascii_digit(),
                _ => byte.is_ascii_digit() || byte == b'-' || byte == b'.',
            }
    };
    text.clone().count() >= 12 && text.enumerate().all(fits)
}

/// The sum over the table decides, together with the key; it has 8 bits only.
fn msdm(bytes: &[u8], _sound: usize) -> Option<Certainty> {
    let table = Msdm::new(bytes).ok()?;
    let key = table.product_key().ok()?;
    if table.checksum().is_ok() {
        return Some(Certainty::Verified);
    }
    passes_checksum(&key).then_some(Certainty::Damaged)
}

/// Whether a key of Windows 8 or later is intact. Older keys have no checksum and do not pass.
pub(crate) fn passes_checksum(key: &ProductKey) -> bool {
    key.encode().checksum().is_ok()
}
