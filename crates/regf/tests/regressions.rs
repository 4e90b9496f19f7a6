//! Every input that a fuzz target once failed on stays readable: no panic, and nothing live is given back as deleted.
#![cfg(test)]

use std::collections::BTreeSet;

use hivekey_regf::{Hive, Limits, OpenOptions, recover_deleted};

#[test]
fn every_regression() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/regressions");
    let mut hives = 0;
    for entry in std::fs::read_dir(folder).expect("testdata") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "hive") {
            continue;
        }
        hives += 1;
        let bytes = std::fs::read(&path).expect("readable");
        let Ok(hive) = Hive::open(bytes, &OpenOptions::default()) else { continue };
        let mut live = BTreeSet::new();
        for item in hive.walk().flatten() {
            live.extend(item.key.values().flatten().map(|value| value.offset()));
        }
        let found = recover_deleted(&hive, &Limits::default());
        for value in &found.values {
            assert!(!live.contains(&value.offset), "{}: {} is live", path.display(), value.offset);
        }
    }
    assert!(hives > 0);
}
