//! Hives: no panic, bounded work, and where nt-hive finds a value by path it finds the same bytes.
#![no_main]

use std::panic::catch_unwind;
use std::sync::Once;

use hivekey_regf::{Hive, OpenOptions};
use libfuzzer_sys::fuzz_target;

/// Values compared with nt-hive in one run: its look-ups are what takes the time.
const MAX_COMPARED: usize = 16;

fuzz_target!(|data: &[u8]| {
    // libFuzzer turns every panic into a crash; nt-hive's own are expected.
    static HOOK: Once = Once::new();
    HOOK.call_once(|| std::panic::set_hook(Box::new(|_| {})));

    let hive = match Hive::open(data, &OpenOptions::default()) {
        Ok(hive) => hive,
        Err(error) => return drop(error.to_string()),
    };
    let mut compared = 0;
    for item in hive.walk() {
        let Ok(item) = item else { continue };
        let key = item.key;
        let _ = (key.class_name(), key.last_written(), key.flags(), key.security(), key.symlink_target());
        for value in key.values().flatten() {
            let _ = (value.text(), value.multi_text(), value.u32_le(), value.u64());
            let Ok(ours) = value.data() else { continue };
            if compared < MAX_COMPARED && is_unambiguous(&hive, &item.path, &value.name()) {
                compared += 1;
                if let Ok(Some(theirs)) = catch_unwind(|| by_nt_hive(data, &item.path, &value.name()))
                    && theirs != *ours
                {
                    eprintln!("{}\\{}: {} bytes, nt-hive {}", item.path, value.name(), ours.len(), theirs.len());
                    std::process::abort();
                }
            }
        }
    }
});

/// Whether every reader has to find the same value: where two siblings have one name, a name holds the separator, or a
/// sibling is broken, each may take another.
fn is_unambiguous(hive: &Hive<&[u8]>, path: &str, value: &str) -> bool {
    let Ok(mut key) = hive.root() else { return false };
    for name in path.split('\\').filter(|name| !name.is_empty()) {
        if key.subkeys().any(|child| child.is_err()) {
            return false;
        }
        let mut twins = key.subkeys().flatten().filter(|child| child.name().to_uppercase() == name.to_uppercase());
        let (Some(child), None) = (twins.next(), twins.next()) else { return false };
        key = child;
    }
    let names: Vec<_> = key.values().map(|other| other.map(|other| other.name().to_uppercase())).collect();
    names.iter().all(Result::is_ok) && names.iter().flatten().filter(|other| **other == value.to_uppercase()).count() == 1
}

fn by_nt_hive(data: &[u8], path: &str, value: &str) -> Option<Vec<u8>> {
    let hive = nt_hive::Hive::without_validation(data).ok()?;
    let mut key = hive.root_key_node().ok()?;
    for name in path.split('\\').filter(|name| !name.is_empty()) {
        key = key.subkey(name)?.ok()?;
    }
    key.value(value)?.ok()?.data().ok()?.into_vec().ok()
}
