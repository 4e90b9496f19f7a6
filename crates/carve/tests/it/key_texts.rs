//! Keys written as text, on request.

use hivekey_carve::{Certainty, HitKind, Options};

use crate::make::{KEY, msdm, noise, options, places, plant, sweep, to_u64};

fn texts() -> Options {
    Options { text_keys: true, ..Options::default() }
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn both_widths_at_every_alignment() {
    let surroundings = noise(10_000, 8);
    for shift in (0..600).step_by(3) {
        let mut bytes = surroundings.clone();
        let (ascii, utf16) = (7900 + shift, 8100 + shift);
        plant(&mut bytes, ascii, format!("{KEY}\r\n").as_bytes());
        plant(&mut bytes, utf16, &wide(&format!("{KEY} ")));
        for window in [512, 1 << 20] {
            let carved = sweep(&bytes, Options { text_keys: true, ..options(window, 2) });
            let expected = [(to_u64(ascii), HitKind::KeyTextAscii), (to_u64(utf16), HitKind::KeyTextUtf16)];
            assert_eq!(places(&carved), expected);
            assert!(
                carved
                    .hits
                    .iter()
                    .all(|hit| { hit.certainty == Certainty::Hint && hit.product_key().unwrap().to_string() == KEY })
            );
            assert_eq!(carved.counts.hints, 2);
        }
    }
}

#[test]
fn only_on_request() {
    assert_eq!(sweep(KEY.as_bytes(), Options::default()).hits, []);
    assert_eq!(sweep(KEY.as_bytes(), texts()).hits.len(), 1);
    assert_eq!(sweep(&wide(KEY), texts()).hits.len(), 1);
}

#[test]
fn other_texts_are_not_keys() {
    let damaged = KEY.replacen('B', "C", 1);
    let lower = KEY.to_lowercase();
    let row = format!("{KEY}-N69G4");
    let glued = format!("{KEY}X");
    let legacy = "BCDFG-HJKMP-QRTVW-XY234-6789B";
    let placeholder = "XXXXX-XXXXX-XXXXX-XXXXX-XXXXX";
    let short = KEY.trim_end_matches('C');
    for text in [damaged.as_str(), &lower, &row, &glued, legacy, placeholder, short] {
        assert_eq!(sweep(text.as_bytes(), texts()).hits, [], "{text}");
        assert_eq!(sweep(&wide(text), texts()).hits, [], "{text}");
    }
    let mut odd = wide(KEY);
    odd[3] = 1;
    assert_eq!(sweep(&odd, texts()).hits, []);
}

#[test]
fn the_key_of_a_firmware_table_is_not_found_again() {
    let carved = sweep(&msdm(), texts());
    assert_eq!(places(&carved), [(0, HitKind::Msdm)]);
    assert_eq!(carved.counts.hints, 0);
    // A table that fails its sum but holds an intact key is damaged; its text stays a hint.
    let mut damaged = msdm();
    damaged[30] ^= 1;
    let carved = sweep(&damaged, texts());
    assert_eq!(places(&carved), [(0, HitKind::Msdm), (56, HitKind::KeyTextAscii)]);
}
