//! Transaction logs: any bytes as a log over a small dirty hive, and any bytes as a hive below a good log. The hash checks
//! of log entries are off under `cfg(fuzzing)`, so that entries get past them. No panic, bounded growth, and replaying
//! the result again changes nothing.
#![no_main]

use hivekey_regf::{Hive, Limits, OpenOptions, ReadAt, replay};
use libfuzzer_sys::fuzz_target;

const HIVE: &[u8] = include_bytes!("../../testdata/hives/dirty/SOFTWARE");
const LOG: &[u8] = include_bytes!("../../testdata/hives/dirty/SOFTWARE.LOG1");

fuzz_target!(|data: &[u8]| {
    over(HIVE, data);
    over(data, LOG);
});

fn over(hive: &[u8], log: &[u8]) {
    let limits = Limits::default();
    let Ok(replayed) = replay(hive, vec![("LOG1".to_owned(), log)], &limits) else { return };
    replayed.report.refused.iter().for_each(|refused| drop(refused.reason.to_string()));
    if let Ok(hive) = Hive::open(&replayed.source, &OpenOptions::default()) {
        hive.walk().take(1000).for_each(drop);
    }
    if !replayed.report.is_replayed() {
        return;
    }
    // What was replayed is clean, so its logs are of no further use.
    let Ok(whole) = replayed.source.read_at(0, usize::try_from(replayed.source.len().min(64 << 20)).unwrap()) else {
        return;
    };
    let again = replay(whole.as_ref(), vec![("LOG1".to_owned(), log)], &limits);
    assert!(again.is_ok_and(|again| !again.report.is_replayed()), "replaying twice is not replaying once");
}
