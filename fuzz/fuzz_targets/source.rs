//! Whole sources from a file: archives, images, hives, whatever the bytes look like. No panic, no hang, no huge memory.
#![no_main]

use std::fs;

use hivekey_evidence::{Limits, Options, open_source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let path = std::env::temp_dir().join(format!("hivekey-fuzz-{}", std::process::id()));
    fs::write(&path, data).unwrap();
    let limits = Limits { archive_members: 1000, archive_kept_bytes: 16 << 20, ..Limits::default() };
    let opened = open_source(&path, &Options::default().with_limits(limits).with_deleted(true));
    fs::remove_file(&path).unwrap();
    let Ok(source) = opened else { return };
    for problem in &source.problems {
        let _ = (problem.code(), problem.to_string());
    }
    for hive in source.installations.iter().flat_map(|found| &found.hives).take(16) {
        let _ = source.read_small_file(&hive.path, 1 << 20);
    }
});
