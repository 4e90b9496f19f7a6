//! Deleted cells: no panic and bounded work on any hive, and nothing that is live is given back as deleted.
#![no_main]

use std::collections::BTreeSet;

use hivekey_regf::{Hive, Limits, OpenOptions, recover_deleted};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(hive) = Hive::open(data, &OpenOptions::default()) else { return };
    let found = recover_deleted(&hive, &Limits::default());
    let live: BTreeSet<u64> = hive
        .walk()
        .flatten()
        .flat_map(|item| item.key.values().flatten().map(|value| value.offset().get()).collect::<Vec<_>>())
        .collect();
    for value in &found.values {
        let _ = value.data(&hive);
        assert!(!live.contains(&value.offset.get()), "{} is live", value.offset);
    }
});
