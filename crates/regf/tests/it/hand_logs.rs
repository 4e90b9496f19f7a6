//! Logs made by hand: what is applied, what is refused and in which words, for both formats.

#[cfg(test)]
mod tests {
    use crate::hostile;
    use crate::log_writer::{entry, head, old_log, sign};
    use crate::tiny::{Nk, Tiny, put, seal};
    use hivekey_regf::{Hive, Limits, LogFormat, OpenOptions, ReadAt, Refusal, Replayed, State, replay};
    use proptest::prelude::*;

    /// A hive of two units of bins, dirty: its numbers are 8 and 7.
    fn dirty_hive() -> Vec<u8> {
        let mut tiny = Tiny::new();
        let root = tiny.cell(&Nk { name: b"root", flags: 0x2C, ..Nk::default() }.bytes());
        tiny.cell(&[0; 5000]);
        let mut hive = tiny.finish(root);
        put(&mut hive, 4, &8u32.to_le_bytes());
        put(&mut hive, 8, &7u32.to_le_bytes());
        put(&mut hive, 12, &1000u64.to_le_bytes());
        put(&mut hive, 4096 + 20, &1000u64.to_le_bytes());
        seal(&mut hive);
        hive
    }

    fn log(hive: &[u8], sequence: u32, entries: &[Vec<u8>]) -> Vec<u8> {
        let mut log = head(hive, 6, sequence);
        log.extend(entries.concat());
        log.resize(log.len().max(1024), 0);
        log
    }

    const BINS: u32 = 8192;

    /// An entry that fills half a page of the second bin unit.
    fn fill(sequence: u32, at: u32, byte: u8) -> Vec<u8> {
        entry(sequence, BINS, &[(4096 + at, &[byte; 16])])
    }

    fn run(hive: &[u8], logs: &[&[u8]]) -> Replayed<Vec<u8>> {
        let logs = logs.iter().enumerate().map(|(index, log)| (format!("LOG{index}"), log.to_vec())).collect();
        replay(hive.to_vec(), logs, &Limits::default()).unwrap()
    }

    fn bytes(result: &Replayed<Vec<u8>>, at: u64) -> [u8; 4] {
        let mut bytes = [0; 4];
        result.source.read_into(8192 + at, &mut bytes).unwrap();
        bytes
    }

    fn reasons(result: &Replayed<Vec<u8>>) -> Vec<String> {
        result.report.refused.iter().map(|log| format!("{}: {}", log.label, log.reason)).collect()
    }

    #[test]
    fn entries_are_applied_in_order_over_two_logs() {
        let hive = dirty_hive();
        let first = log(&hive, 7, &[fill(7, 0, 1), fill(8, 8, 2)]);
        let second = log(&hive, 9, &[fill(9, 24, 3)]);
        for logs in [[first.as_slice(), &second], [&second, &first]] {
            let result = run(&hive, &logs);
            assert_eq!(bytes(&result, 6), [1, 1, 2, 2]);
            assert_eq!(bytes(&result, 22), [2, 2, 3, 3]);
            assert_eq!((result.report.from_sequence, result.report.to_sequence), (Some(7), Some(9)));
            assert_eq!(result.report.format, Some(LogFormat::New));
            assert_eq!(
                result.report.applied.iter().map(|log| (log.entries, log.pages)).collect::<Vec<_>>(),
                [(2, 2), (1, 1)]
            );
            let again = Hive::open(&result.source, &OpenOptions { strict: true, ..OpenOptions::default() }).unwrap();
            assert_eq!((again.state(), again.base_block().flags), (State::Clean, 1));
        }
    }

    #[test]
    fn a_clean_hive_leaves_its_logs_alone() {
        let mut hive = dirty_hive();
        put(&mut hive, 8, &8u32.to_le_bytes());
        seal(&mut hive);
        let result = run(&hive, &[&log(&hive, 8, &[fill(8, 0, 1)])]);
        assert_eq!(reasons(&result), ["LOG0: the hive is clean, its logs are of no use"]);
        assert!(!result.report.is_replayed());
        assert_eq!(result.report.to_sequence, None);
    }

    #[test]
    fn damaged_entries_end_the_log() {
        let hive = dirty_hive();
        let good = fill(8, 0, 9);
        let words = |damage: &dyn Fn(&mut Vec<u8>)| {
            let mut bad = good.clone();
            damage(&mut bad);
            let result = run(&hive, &[&log(&hive, 7, &[fill(7, 0, 1), bad, fill(9, 0, 5)])]);
            assert_eq!(bytes(&result, 0), [1; 4], "the entry before it counts, none after it");
            result.report.applied[0].rest.as_ref().map(ToString::to_string).unwrap()
        };
        let number = |entry: &mut Vec<u8>, at: usize, number: u32| {
            put(entry, at, &number.to_le_bytes());
            sign(entry);
        };
        assert_eq!(words(&|e| e[0] = b'X'), "entry at 0x400: signature \"XvLE\" instead of \"HvLE\"");
        assert!(words(&|e| e[50] ^= 1).contains("hash of the pages is"));
        assert!(words(&|e| e[8] ^= 1).contains("hash of the header is"));
        assert_eq!(words(&|e| number(e, 4, 511)), "entry at 0x400: impossible size 0x1ff");
        assert_eq!(words(&|e| number(e, 4, !511)), "entry at 0x400: impossible size 0xfffffe00");
        assert_eq!(words(&|e| number(e, 12, 11)), "entry at 0x400: sequence number 11, expected 8");
        assert_eq!(words(&|e| number(e, 16, 0)), "entry at 0x400: impossible size of the hive bins 0x0");
        assert_eq!(words(&|e| number(e, 16, 4097)), "entry at 0x400: impossible size of the hive bins 0x1001");
        assert_eq!(words(&|e| number(e, 20, 0)), "entry at 0x400: page 0 of 0 is outside the hive");
        assert_eq!(words(&|e| number(e, 20, u32::MAX)), "entry at 0x400: page 0 of 4294967295 is outside the hive");
        assert_eq!(words(&|e| number(e, 40, BINS)), "entry at 0x400: page 0 of 1 is outside the hive");
        assert_eq!(words(&|e| number(e, 44, 0)), "entry at 0x400: page 0 of 1 is outside the hive");
        assert_eq!(words(&|e| number(e, 44, u32::MAX)), "entry at 0x400: page 0 of 1 is outside the hive");
    }

    #[test]
    fn logs_are_refused_in_words() {
        let hive = dirty_hive();
        let good = log(&hive, 7, &[fill(7, 0, 1)]);
        let mut checksum = good.clone();
        checksum[100] ^= 1;
        let mut unfinished = good.clone();
        put(&mut unfinished, 8, &6u32.to_le_bytes());
        seal(&mut unfinished);
        let mut kind = good.clone();
        put(&mut kind, 28, &3u32.to_le_bytes());
        seal(&mut kind);
        let stale = log(&hive, 6, &[fill(6, 0, 9)]);
        let later = log(&hive, 30, &[fill(30, 0, 9)]);
        let short = &good[..600];
        let result =
            run(&hive, &[b"", b"text, not a log", short, &checksum, &unfinished, &kind, &stale, &later, &good]);
        assert_eq!(
            reasons(&result),
            [
                "LOG0: the log is empty",
                "LOG1: not a log: it starts with \"text\" instead of \"regf\"",
                "LOG2: the log has 600 bytes, too few for an entry",
                "LOG3: base block checksum of the log is 0x666746b8, computed 0x666746b9",
                "LOG4: the log is unfinished: its sequence numbers are 7 and 6",
                "LOG5: file type 3 is that of no log (1, 2 or 6)",
                "LOG6: the log is older than the hive: it starts at 6, the hive is at 7",
                "LOG7: the log starts at 30, 8 would follow",
            ]
        );
        assert_eq!(result.report.applied[0].label, "LOG8");
        assert_eq!(bytes(&result, 0), [1; 4]);
    }

    #[test]
    fn nothing_is_applied_behind_a_log_that_fails() {
        let hive = dirty_hive();
        let mut broken = fill(7, 0, 1);
        broken[60] ^= 1;
        let result = run(&hive, &[&log(&hive, 7, &[broken]), &log(&hive, 8, &[fill(8, 0, 2)])]);
        assert!(!result.report.is_replayed());
        assert!(matches!(result.report.refused[0].reason, Refusal::Entry { .. }));
        assert_eq!(result.report.refused[1].reason, Refusal::AfterFailed);
        assert_eq!(result.source.patches().count(), 0);
    }

    #[test]
    fn sequence_numbers_wrap_around() {
        let mut hive = dirty_hive();
        put(&mut hive, 4, &u32::MAX.to_le_bytes());
        put(&mut hive, 8, &(u32::MAX - 1).to_le_bytes());
        seal(&mut hive);
        let first = log(&hive, u32::MAX - 1, &[fill(u32::MAX - 1, 0, 1), fill(u32::MAX, 0, 2)]);
        let second = log(&hive, 0, &[fill(0, 0, 3), fill(1, 0, 4)]);
        let result = run(&hive, &[&second, &first]);
        assert_eq!(bytes(&result, 0), [4; 4]);
        assert_eq!(result.report.to_sequence, Some(1));
        assert_eq!(result.report.applied.iter().map(|log| log.index).collect::<Vec<_>>(), [1, 0]);
    }

    #[test]
    fn a_broken_base_block_takes_the_latest_log_alone() {
        let mut hive = dirty_hive();
        let first = log(&hive, 7, &[fill(7, 0, 1)]);
        let second = log(&hive, 8, &[fill(8, 0, 2)]);
        for broken in [100, 0] {
            hive[broken] ^= 0x55;
            let result = run(&hive, &[&second, &first]);
            assert_eq!(result.report.base_block_from_log, Some(0));
            assert_eq!(
                reasons(&result),
                ["LOG1: the base block of the hive is broken, and a later log is used for it"]
            );
            assert_eq!(bytes(&result, 0), [2; 4]);
            let hive = Hive::open(&result.source, &OpenOptions { strict: true, ..OpenOptions::default() }).unwrap();
            assert_eq!(hive.root().unwrap().name(), "root");
        }
    }

    #[test]
    fn hives_grow_up_to_a_limit() {
        let hive = dirty_hive();
        let bigger = entry(7, 1 << 20, &[((1 << 20) - 512, &[7; 512])]);
        let result = run(&hive, &[&log(&hive, 7, &[bigger])]);
        assert_eq!(result.source.len(), 4096 + (1 << 20));
        assert_eq!(result.source.read_at((1 << 20) - 512 + 4096, 512).unwrap().as_ref(), [7; 512]);
        assert_eq!(result.source.read_at(20_000, 4).unwrap().as_ref(), [0; 4]);

        let forged = log(&hive, 7, &[entry(7, 0xFFFF_F000, &[(0, &[7; 512])])]);
        let result = run(&hive, &[&forged]);
        assert_eq!(reasons(&result), ["LOG0: limit reached: bytes added to a hive by its logs (at most 536870912)"]);
        let mut limits = Limits::default();
        limits.max_log_pages = 1000;
        let logs = vec![("LOG1".to_owned(), log(&hive, 7, &[fill(7, 0, 1), fill(8, 0, 2)]))];
        let result = replay(hive, logs, &limits).unwrap();
        assert_eq!(
            result.report.applied[0].rest.as_ref().unwrap().to_string(),
            "limit reached: bytes of pages kept from logs (at most 1000)"
        );
    }

    #[test]
    fn old_logs_are_applied_by_their_time() {
        let hive = dirty_hive();
        let at = |time: u64, mut log: Vec<u8>| {
            put(&mut log, 12, &time.to_le_bytes());
            seal(&mut log);
            log
        };
        for sector in [512, 4096] {
            let mut hive = hive.clone();
            put(&mut hive, 44, &u32::try_from(sector / 512).unwrap().to_le_bytes());
            seal(&mut hive);
            let equal = at(1000, old_log(&hive, sector, &[(8, 0xA1), (9, 0xA2), (15, 0xA3)]));
            let newer = at(1001, old_log(&hive, sector, &[(8, 0xB1)]));
            let older = at(999, old_log(&hive, sector, &[(8, 0xC1)]));
            let result = run(&hive, &[&older, &newer, &equal]);
            assert_eq!(bytes(&result, 510), [0xA1, 0xA1, 0xA2, 0xA2]);
            assert_eq!(bytes(&result, 7 * 512), [0xA3; 4]);
            assert_eq!(result.report.format, Some(LogFormat::Old));
            assert_eq!(result.report.applied[0].pages, 3);
            assert_eq!(reasons(&result), ["LOG0: another log is used", "LOG1: another log is used",]);
            let result = run(&hive, &[&older, &newer]);
            assert_eq!(bytes(&result, 0), [0xB1; 4]);
            let result = run(&hive, &[&older]);
            assert_eq!(
                reasons(&result),
                ["LOG0: the log is of another time than the hive: 999 and 1000 (100 ns since 1601)"]
            );
            // With a broken base block the time of the first bin counts.
            hive[200] ^= 1;
            let result = run(&hive, &[&older, &newer, &equal]);
            assert_eq!(bytes(&result, 0), [0xA1; 4]);
            assert_eq!(result.report.base_block_from_log, Some(2));
            assert_eq!(Hive::open(&result.source, &OpenOptions::default()).unwrap().state(), State::Clean);
        }
    }

    #[test]
    fn old_logs_are_taken_whole_or_not_at_all() {
        let hive = dirty_hive();
        let good = old_log(&hive, 512, &[(8, 1), (9, 2)]);
        let cut = &good[..good.len() - 1];
        assert_eq!(reasons(&run(&hive, &[cut])), ["LOG0: dirty vector at 0x400: needs 1024 bytes, has 1023"]);
        let mut unmarked = good.clone();
        unmarked[512] = b'd';
        assert_eq!(reasons(&run(&hive, &[&unmarked])), ["LOG0: dirty vector at 0x200: unexpected signature \"dIRT\""]);
        let none = old_log(&hive, 512, &[]);
        assert_eq!(reasons(&run(&hive, &[&none])), ["LOG0: dirty vector at 0x400: needs 512 bytes, has 0"]);
        let mut odd = good.clone();
        put(&mut odd, 40, &5000u32.to_le_bytes());
        seal(&mut odd);
        assert_eq!(
            reasons(&run(&hive, &[&odd])),
            ["LOG0: dirty vector at 0x200: hive bins size is 0x1388, expected a multiple of 4096"]
        );
    }

    #[test]
    fn new_logs_come_before_old_ones() {
        let hive = dirty_hive();
        let new = log(&hive, 7, &[fill(7, 0, 1)]);
        let old = old_log(&hive, 512, &[(8, 2)]);
        let result = run(&hive, &[&old, &new]);
        assert_eq!((bytes(&result, 0), reasons(&result)), ([1; 4], vec!["LOG0: another log is used".to_owned()]));
        let stale = log(&hive, 6, &[fill(6, 0, 1)]);
        assert_eq!(bytes(&run(&hive, &[&old, &stale]), 0), [2; 4]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

        /// Logs changed at random, half of them signed again so that the parser behind the hashes is reached.
        #[test]
        fn changed_logs(
            changes in prop::collection::vec((0usize..3000, any::<u32>(), any::<bool>()), 1..8),
            signed in any::<bool>(),
            old in any::<bool>(),
        ) {
            let hive = dirty_hive();
            let mut log = if old {
                old_log(&hive, 512, &[(0, 1), (8, 2)])
            } else {
                log(&hive, 7, &[fill(7, 0, 1), fill(8, 0, 2), fill(9, 5, 3)])
            };
            for (at, number, small) in changes {
                let at = (at % (log.len() - 4)) & !3;
                let number = if small { number % 16 * 8 } else { number };
                put(&mut log, at, &number.to_le_bytes());
            }
            if signed {
                seal(&mut log);
                if !old {
                    for entry in log[512..].chunks_mut(512).filter(|entry| entry.len() == 512) {
                        sign(entry);
                    }
                }
            }
            let result = run(&hive, &[&log]);
            let len = usize::try_from(result.source.len()).unwrap();
            if len < 1 << 20 {
                let saved = result.source.read_at(0, len).unwrap().into_owned();
                hostile::exercise(&saved);
            }
        }
    }
}
