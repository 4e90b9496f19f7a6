//! Log replay over every hive of the corpus that has logs, against an independent reader.

#[cfg(test)]
mod tests {
    use crate::{corpus, digest, tables};
    use hivekey_regf::{Hive, Limits, LogFormat, OpenOptions, ReadAt, Refusal, Replayed, State, replay};

    fn list(folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(corpus::root().join(folder)).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    /// The logs beside a hive, with names in any case, sorted by them.
    fn logs_of(file: &str) -> Vec<(String, Vec<u8>)> {
        let (folder, name) = file.rsplit_once('/').unwrap();
        let name = name.trim_end_matches(".xz").to_lowercase();
        let mut names = list(folder);
        names.retain(|other| other.to_lowercase().strip_prefix(&name).is_some_and(|rest| rest.starts_with(".log")));
        names.sort();
        names.into_iter().map(|name| (name.clone(), corpus::read(&format!("{folder}/{name}")).unwrap())).collect()
    }

    fn replayed(file: &str) -> Option<(Vec<u8>, Replayed<Vec<u8>>)> {
        let primary = corpus::read(file)?;
        let result = replay(primary.clone(), logs_of(file), &Limits::default()).unwrap();
        Some((primary, result))
    }

    fn all<S: ReadAt>(source: &S) -> Vec<u8> {
        source.read_at(0, usize::try_from(source.len()).unwrap()).unwrap().into_owned()
    }

    /// One row of the table; the columns are those of its head.
    struct Row {
        file: String,
        needed: bool,
        refused_by_yarp: bool,
        used: Vec<String>,
        before: (String, String, String),
        after: (String, String, String),
    }

    fn rows() -> Vec<Row> {
        tables::table("expected_logs.tsv")
            .into_iter()
            .map(|row| {
                let cell = |at: usize| row.get(at).cloned().unwrap_or_default();
                Row {
                    file: cell(0),
                    needed: !cell(3).starts_with("no"),
                    refused_by_yarp: cell(3).starts_with("REFUSED"),
                    used: cell(5).split('+').filter(|name| !name.is_empty()).map(String::from).collect(),
                    before: (cell(6), cell(7), cell(8)),
                    after: (cell(9), cell(10), cell(11)),
                }
            })
            .collect()
    }

    fn logical<S: ReadAt>(source: S) -> (String, String, String) {
        let hive = Hive::open(source, &OpenOptions::default()).unwrap();
        let logical = digest::of(&hive);
        (logical.keys.to_string(), logical.values.to_string(), logical.sha256)
    }

    #[test]
    fn order_counts_and_digests_equal_those_of_an_independent_reader() {
        let mut replays = 0;
        for row in rows() {
            let Some((primary, result)) = replayed(&row.file) else { continue };
            let used: Vec<_> = result.report.applied.iter().map(|log| log.label.clone()).collect();
            if row.refused_by_yarp {
                // The second log of this hive was not saved. The independent reader asks for both; the first one alone
                // starts at the very number that the hive is at, so it is applied here.
                assert_eq!(
                    (used.as_slice(), result.report.to_sequence),
                    (["SECURITY.LOG1".to_owned()].as_slice(), Some(110))
                );
                continue;
            }
            assert_eq!(used, row.used, "{}", row.file);
            assert_eq!(result.report.is_replayed(), row.needed, "{}", row.file);
            assert_eq!(logical(primary), row.before, "{} before", row.file);
            assert_eq!(logical(&result.source), row.after, "{} after", row.file);
            if row.needed {
                replays += 1;
                assert_eq!(result.report.format, Some(LogFormat::New));
            } else {
                assert_eq!(result.source.patches().count(), 0, "{}", row.file);
                assert!(result.report.refused.iter().all(|log| log.reason == Refusal::HiveClean), "{}", row.file);
            }
        }
        println!("{replays} replays compared");
    }

    #[test]
    fn a_replayed_hive_is_clean_and_replaying_again_changes_nothing() {
        for row in rows().iter().filter(|row| row.needed) {
            let Some((_, result)) = replayed(&row.file) else { continue };
            let hive = Hive::open(&result.source, &OpenOptions::default()).unwrap();
            assert_eq!(hive.state(), State::Clean, "{}", row.file);
            assert!(hive.anomalies().is_empty(), "{}: {:?}", row.file, hive.anomalies());
            assert_eq!(Some(hive.base_block().primary_sequence), result.report.to_sequence);
            let saved = all(&result.source);
            let again = replay(saved.as_slice(), logs_of(&row.file), &Limits::default()).unwrap();
            assert!(!again.report.is_replayed(), "{}", row.file);
            assert_eq!(all(&again.source), saved);
        }
    }

    #[test]
    fn the_base_block_comes_from_the_log_where_it_is_broken() {
        let Some((_, result)) = replayed("hives/synth-dirty/w11-bad-base-checksum/SOFTWARE") else { return };
        assert_eq!(result.report.base_block_from_log, Some(0));
        assert_eq!(result.report.to_sequence, Some(301));
        assert_eq!(result.report.refused[0].reason, Refusal::Empty);
        let (_, result) = replayed("hives/synth-dirty/w11-log1-then-log2/SOFTWARE").unwrap();
        assert_eq!(result.report.base_block_from_log, None);
        assert_eq!((result.report.from_sequence, result.report.to_sequence), (Some(300), Some(301)));
    }

    /// The trial of the published algorithm by another program: entries and pages of three sets.
    #[test]
    fn entries_and_pages_are_as_many_as_another_program_applied() {
        for (file, entries, pages) in
            [("hives/regipy/SYSTEM_B.xz", 24, 315), ("hives/regipy/transactions_NTUSER.DAT", 23, 132)]
        {
            let Some((_, result)) = replayed(file) else { continue };
            let applied = &result.report.applied;
            assert_eq!(applied.iter().map(|log| log.entries).sum::<u32>(), entries, "{file}");
            assert_eq!(applied.iter().map(|log| log.pages).sum::<u64>(), pages, "{file}");
        }
    }

    #[test]
    fn values_that_stand_only_in_a_log_are_told() {
        let Some((primary, result)) = replayed("hives/synth-dirty/w11-log1-then-log2/SOFTWARE") else { return };
        let before = Hive::open(primary.as_slice(), &OpenOptions::default()).unwrap();
        let after = Hive::open(&result.source, &OpenOptions::default()).unwrap();
        let (mut new, mut old) = (0, 0);
        for item in after.walk() {
            let item = item.unwrap();
            let earlier = before.key(&item.path).unwrap();
            for value in item.key.values() {
                let value = value.unwrap();
                let len = usize::try_from(value.data_size()).unwrap();
                let Some(data_at) = value.data_offset() else { continue };
                let same = earlier
                    .as_ref()
                    .and_then(|key| key.value(&value.name()).unwrap())
                    .is_some_and(|earlier| earlier.data().unwrap() == value.data().unwrap());
                let from_log = result.source.is_from_log(data_at.get(), u64::from(value.data_size())).is_some();
                if same {
                    old += 1;
                } else {
                    new += 1;
                    assert!(from_log, "{}", value.name());
                    assert!(
                        result.source.changes(data_at.get(), len).unwrap()
                            || result.source.changes(value.offset().get(), 20).unwrap()
                    );
                }
            }
        }
        assert_eq!((new, old), (3, 29));
    }
}
