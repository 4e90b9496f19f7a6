//! Real pkeyconfig files against the group table and the published keys.

#[cfg(test)]
mod real_files {
    use std::collections::HashSet;
    use std::path::PathBuf;

    use hivekey_licensing::pkeyconfig::{Configuration, PkeyConfig, same_part_number};
    use hivekey_licensing::published::all_published;
    use hivekey_licensing::{GroupRow, Published, by_activation_id};

    /// File, and what an independent script counts in it: configurations without group 999999, key ranges with it.
    const FILES: [(&str, usize, usize); 6] = [
        ("17763-csvlk.xrm-ms", 9, 16),
        ("17763.xrm-ms", 206, 1293),
        ("19045.xrm-ms", 240, 1563),
        ("28000.xrm-ms", 222, 1574),
        ("7601.xrm-ms", 290, 1931),
        ("9600.xrm-ms", 227, 1279),
    ];

    /// Groups whose edition has another name in the table, which has the newest one: the Windows 7 KMS host group on Windows 10,
    /// "Lite" that became ModernPC, two Embedded Industry 8.1 groups that Windows 10 gave to EnterpriseS.
    const RENAMED: [(&str, &str); 3] =
        [("17763-csvlk.xrm-ms", "Enterprise"), ("19045.xrm-ms", "Lite"), ("9600.xrm-ms", "EmbeddedIndustry")];

    fn files() -> Vec<(&'static str, PkeyConfig)> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/facts/pkeyconfig");
        if !folder.is_dir() {
            println!("skipped: shared/facts/pkeyconfig absent");
            return Vec::new();
        }
        let read = |name: &str| PkeyConfig::parse(&std::fs::read(folder.join(name)).unwrap()).unwrap();
        FILES.iter().map(|(name, ..)| (*name, read(name))).collect()
    }

    #[test]
    fn are_read_whole() {
        for ((name, config), (_, configurations, ranges)) in files().iter().zip(FILES) {
            assert_eq!(config.anomalies(), [], "{name}");
            assert_eq!(config.configurations().len(), configurations, "{name}");
            let own = |c: &Configuration| config.ranges_of(c.activation_id).len();
            assert!(config.configurations().iter().all(|c| own(c) > 0), "{name}");
            let reached: usize = config.configurations().iter().map(own).sum();
            // What is not reached are the ranges of the 21 to 24 pseudo entries.
            assert!((0..=60).contains(&(ranges - reached)), "{name}: {reached}");
        }
    }

    #[test]
    fn every_serial_at_the_edge_of_a_range_finds_it() {
        for (name, config) in files() {
            for c in config.configurations() {
                let ranges = config.ranges_of(c.activation_id);
                let part = &*ranges[0].part_number;
                assert!(config.by_part_number(part).any(|m| m.range == &ranges[0]));
                for range in ranges {
                    assert!(range.is_valid && range.start <= range.end, "{name}: {range:?}");
                    for serial in [range.start, range.end] {
                        let found = config.resolve(c.group, serial);
                        let found = found.unique().unwrap_or_else(|| panic!("{name}: {} {serial}", c.group));
                        assert_eq!((found.configuration, found.range), (c, range));
                    }
                }
            }
        }
    }

    #[test]
    fn agree_with_the_group_table() {
        let mut absent = HashSet::new();
        for (name, config) in files() {
            for c in config.configurations() {
                assert_eq!(config.by_activation_id(c.activation_id), Some(c));
                let Some(row) = by_activation_id(c.activation_id) else {
                    absent.insert(c.group);
                    // Extended security updates are licences on top of Windows', and one LTSC key is younger than the table.
                    assert!(c.edition_id.contains("-ESU-") || c.group == 4891, "{name}: {c:?}");
                    continue;
                };
                assert_eq!((row.group, &row.channel), (c.group, &c.channel), "{name}: {c:?}");
                assert!(config.algorithm(c.group).is_none_or(|algorithm| algorithm == row.algorithm));
                check_editions(name, c, &row);
            }
        }
        assert!(absent.is_empty() || absent.len() == 46, "{absent:?}");
    }

    fn check_editions(name: &str, c: &Configuration, row: &GroupRow) {
        let newest = name.strip_suffix(".xrm-ms") == Some(row.newest_build);
        if newest {
            assert!(c.edition_ids().all(|id| row.has_edition(id)), "{name}: {c:?} {row:?}");
            assert_eq!(row.description, &*c.description, "{name}");
        }
        let renamed = RENAMED.iter().any(|(file, edition)| *file == name && c.edition_id.contains(edition));
        let fits = c.edition_ids().next().is_none_or(|id| row.has_edition(id));
        assert!(fits || renamed, "{name}: {c:?} {row:?}");
    }

    #[test]
    fn every_published_key_lands_in_its_edition_and_channel() {
        let files = files();
        let mut landed = HashSet::new();
        for key in all_published() {
            for (name, config) in &files {
                if lands(&key, name, config) {
                    landed.insert(key.key);
                }
            }
        }
        // The facts have the files of six builds; the other keys' groups are in none of them.
        assert!(files.is_empty() || landed.len() == 64, "{}", landed.len());
    }

    /// False if the file does not know the key's group.
    fn lands(key: &Published, name: &str, config: &PkeyConfig) -> bool {
        if config.group(key.group).is_empty() {
            return false;
        }
        let configuration = if let Some(serial) = key.serial {
            let found = config.resolve(key.group, serial);
            let found = found.unique().unwrap_or_else(|| panic!("{name}: {key:?}"));
            assert!(same_part_number(&found.range.part_number, key.part_number.unwrap()), "{name}: {key:?}");
            found.configuration
        } else {
            let Some(configuration) = config.by_activation_id(key.activation_id) else {
                return false;
            };
            configuration
        };
        assert_eq!(configuration.activation_id, key.activation_id, "{name}: {key:?}");
        assert_eq!((configuration.group, &configuration.channel), (key.group, &key.channel), "{name}: {key:?}");
        assert!(key.edition_ids().all(|id| configuration.has_edition(id)), "{name}: {key:?}");
        true
    }

    /// Two ProductIds of real Windows 7 machines, in groups of 20 and 23 configurations.
    #[test]
    fn windows_7_serials_decide_among_many_configurations() {
        for (_, config) in files().iter().filter(|(name, _)| *name == "7601.xrm-ms") {
            let found = config.resolve(172, 65_038_181);
            let msdn = found.unique().unwrap();
            assert!(msdn.configuration.has_edition("Ultimate"));
            assert_eq!((msdn.configuration.channel.as_str(), &*msdn.range.eula), ("Retail", "MSDN"));
            let found = config.resolve(178, 926_700_437);
            let oem = found.unique().unwrap();
            assert!(oem.configuration.has_edition("Professional"));
            assert_eq!((oem.configuration.channel.as_str(), &*oem.range.part_number), ("OEM:SLP", "X15-37377"));
        }
    }
}
