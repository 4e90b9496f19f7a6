//! Deleted keys and values: hives made by hand for every kind of unused space, and the corpus.

#[cfg(test)]
mod tests {
    use crate::tiny::{NONE, Nk, Tiny, list, numbers, put, vk};
    use crate::{corpus, tables};
    use hivekey_regf::{
        AnomalyKind, Certainty, DataState, Error, FileOffset, Hive, Limit, Limits, OpenOptions, Recovered, RegionKind,
        recover_deleted, replay,
    };
    use std::collections::BTreeSet;

    fn file_offset(cell: u32) -> FileOffset {
        FileOffset(4096 + u64::from(cell))
    }

    fn recover(file: &[u8]) -> (Hive<&[u8]>, Recovered) {
        let hive = Hive::open(file, &OpenOptions::default()).unwrap();
        let recovered = recover_deleted(&hive, &Limits::default());
        (hive, recovered)
    }

    /// A root with one subkey "Live", which has one value "here"; `make` adds what is deleted and is given the offset of
    /// the live key. The live key's list of values is the cell that `list` makes.
    fn hive_with(make: impl FnOnce(&mut Tiny, u32), rest_of_list: &[u32]) -> Vec<u8> {
        let mut tiny = Tiny::new();
        let root = tiny.cell(&Nk { name: b"root", flags: 0x2C, ..Nk::default() }.bytes());
        let here = tiny.cell(&vk(b"here", 0x8000_0004, 7, 4));
        let mut values = vec![here];
        values.extend(rest_of_list);
        let values = tiny.cell(&numbers(&values));
        let live = tiny.cell(&Nk { name: b"Live", parent: root, values: (1, values), ..Nk::default() }.bytes());
        let subkeys = tiny.cell(&list(b"li", 1, &[live]));
        tiny.patch(root, 20, &numbers(&[1, 0, subkeys]));
        make(&mut tiny, live);
        tiny.finish(root)
    }

    #[test]
    fn a_healthy_hive_has_nothing_deleted() {
        let file = hive_with(|_, _| {}, &[]);
        let (hive, recovered) = recover(&file);
        assert_eq!((recovered.keys.len(), recovered.values.len()), (0, 0));
        assert_eq!(recovered.anomalies, []);
        assert_eq!(recovered.limit_reached, None);
        let kinds: Vec<_> = recovered.ranges.iter().map(|range| range.kind).collect();
        assert_eq!(kinds, [RegionKind::Free]);
        assert_eq!(recovered.ranges[0].end(), FileOffset(u64::try_from(file.len()).unwrap()));
        assert_eq!(hive.check(), []);
    }

    #[test]
    fn a_deleted_key_with_its_values() {
        let mut cells = (0, 0, 0);
        let file = hive_with(
            |tiny, live| {
                let data = tiny.free(b"twelve bytes");
                let value = tiny.free(&vk(b"Key", 12, data, 3));
                let values = tiny.free(&numbers(&[value]));
                let key = Nk { name: b"Gone", parent: live, values: (1, values), ..Nk::default() };
                cells = (tiny.free(&key.bytes()), value, data);
            },
            &[],
        );
        let (hive, recovered) = recover(&file);
        let [key] = recovered.keys.as_slice() else { panic!("{recovered:?}") };
        assert_eq!((key.name.as_str(), key.path.as_str(), key.path_complete), ("Gone", r"\Live\Gone", true));
        assert_eq!((key.offset, key.region, key.certainty), (file_offset(cells.0), RegionKind::Free, Certainty::High));
        let [value] = recovered.values.as_slice() else { panic!("{recovered:?}") };
        assert_eq!((value.name.as_str(), value.path.as_str(), value.key), ("Key", r"\Live\Gone", Some(key.offset)));
        assert_eq!((value.offset, value.data_offset), (file_offset(cells.1), Some(file_offset(cells.2).plus(4))));
        assert_eq!((value.data_state, value.certainty), (DataState::Intact, Certainty::High));
        assert_eq!(value.data(&hive).unwrap().as_ref(), b"twelve bytes");
        assert!(hive.key(r"Live\Gone").unwrap().is_none(), "never among the live");
    }

    #[test]
    fn records_inside_a_free_cell_that_has_grown() {
        let file = hive_with(
            |tiny, _| {
                let first = tiny.free(b"first");
                tiny.free(&vk(b"a", 0x8000_0002, 0x4241, 3));
                let data = tiny.free(b"data that stay");
                tiny.free(&vk(b"b", 14, data, 1));
                let size = tiny.next() - first;
                // The first cell takes the others in; their headers stay behind.
                tiny.set_size(first, i32::try_from(size).unwrap());
            },
            &[],
        );
        let (hive, recovered) = recover(&file);
        assert_eq!(recovered.values.iter().map(|v| v.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(recovered.values[0].data(&hive).unwrap().as_ref(), b"AB");
        assert_eq!(recovered.values[1].data(&hive).unwrap().as_ref(), b"data that stay");
        assert!(recovered.values.iter().all(|v| v.certainty == Certainty::Medium && v.key.is_none()));
    }

    #[test]
    fn the_key_of_a_value_is_found_through_the_rest_of_its_list() {
        // The list has one value now, but its cell still names the one that was behind it.
        let mut deleted = 0;
        hive_with(|tiny, _| deleted = tiny.next(), &[0]);
        let file = hive_with(|tiny, _| assert_eq!(tiny.free(&vk(b"was here", 0x8000_0004, 1, 4)), deleted), &[deleted]);
        let (_, recovered) = recover(&file);
        let [value] = recovered.values.as_slice() else { panic!("{recovered:?}") };
        assert_eq!(
            (value.name.as_str(), value.path.as_str(), value.certainty),
            ("was here", r"\Live", Certainty::High)
        );
    }

    #[test]
    fn the_key_of_a_value_is_found_through_an_old_copy_of_its_list() {
        let file = hive_with(
            |tiny, _| {
                let deleted = tiny.free(&vk(b"was here", 0x8000_0004, 1, 4));
                // The live value is the second cell, after the root of 80 bytes content.
                let here = 0x20 + 88;
                tiny.free(&numbers(&[here, deleted]));
            },
            &[],
        );
        let (_, recovered) = recover(&file);
        let [value] = recovered.values.as_slice() else { panic!("{recovered:?}") };
        assert_eq!((value.path.as_str(), value.certainty), (r"\Live", Certainty::High));
    }

    #[test]
    fn data_whose_cells_are_used_again_are_of_low_certainty() {
        let file = hive_with(
            |tiny, live| {
                tiny.free(&vk(b"overwritten", 16, live, 3));
                tiny.free(&vk(b"nowhere", 16, 0x7FFF_FFF8, 3));
                tiny.free(&vk(b"too long", 0x00FF_FFFF, live, 3));
                tiny.free(&vk(b"empty", 0, NONE, 1));
            },
            &[],
        );
        let (hive, recovered) = recover(&file);
        let found = |name: &str| recovered.values.iter().find(|value| value.name == name);
        let reused = found("overwritten").unwrap();
        assert_eq!((reused.data_state, reused.certainty), (DataState::Reused, Certainty::Low));
        assert!(reused.data(&hive).is_ok());
        assert!(found("nowhere").is_none() && found("too long").is_none(), "fields that cannot be true are no record");
        let empty = found("empty").unwrap();
        assert_eq!((empty.data_state, empty.data(&hive).unwrap().as_ref()), (DataState::Resident, b"".as_slice()));
    }

    #[test]
    fn records_behind_the_content_of_a_cell_in_use() {
        let file = hive_with(
            |tiny, live| {
                // A class name of 2 bytes in a cell that was longer once.
                let mut old = vec![0u8; 12];
                old.extend_from_slice(&(-32i32).to_le_bytes());
                old.extend_from_slice(&vk(b"old", 0x8000_0001, 9, 3));
                let class = tiny.cell(&old);
                tiny.patch(live, 48, &class.to_le_bytes());
                tiny.patch(live, 74, &2u16.to_le_bytes());
            },
            &[],
        );
        let (_, recovered) = recover(&file);
        let [value] = recovered.values.as_slice() else { panic!("{recovered:?}") };
        assert_eq!((value.name.as_str(), value.region), ("old", RegionKind::Slack));
    }

    #[test]
    fn deleted_big_data() {
        let data: Vec<u8> = (0..40_000).map(|at| u8::try_from(at % 253).unwrap()).collect();
        for (reuse, state) in [(false, DataState::Intact), (true, DataState::Reused)] {
            let file = hive_with(
                |tiny, live| {
                    let mut segments: Vec<u32> = data.chunks(16_344).map(|part| tiny.free(part)).collect();
                    if reuse {
                        // The last segment is the live key now, which is long enough.
                        segments[2] = live;
                    }
                    let list = tiny.free(&numbers(&segments));
                    let mut db = b"db\x03\0".to_vec();
                    db.extend_from_slice(&list.to_le_bytes());
                    let db = tiny.free(&db);
                    let size = if reuse { 16_344 * 2 + 40 } else { 40_000 };
                    tiny.free(&vk(b"big", size, db, 3));
                },
                &[],
            );
            let (hive, recovered) = recover(&file);
            let [value] = recovered.values.as_slice() else { panic!("{recovered:?}") };
            assert_eq!(value.data_state, state);
            let read = value.data(&hive).unwrap();
            assert_eq!(read[..16_344 * 2], data[..16_344 * 2]);
            assert_eq!(read.as_ref() == data, !reuse);
        }
    }

    #[test]
    fn paths_go_as_far_as_the_parents_are_known() {
        let file = hive_with(
            |tiny, live| {
                let lost = tiny.next();
                tiny.free(b"a parent that is gone");
                let upper = tiny.free(&Nk { name: b"upper", parent: lost, ..Nk::default() }.bytes());
                tiny.free(&Nk { name: b"lower", parent: upper, ..Nk::default() }.bytes());
                let own = tiny.next();
                tiny.free(&Nk { name: b"ring", parent: own, ..Nk::default() }.bytes());
                let deep = tiny.free(&Nk { name: b"x", parent: live, ..Nk::default() }.bytes());
                tiny.free(&Nk { name: b"y", parent: deep, ..Nk::default() }.bytes());
            },
            &[],
        );
        let (_, recovered) = recover(&file);
        let told: Vec<_> = recovered.keys.iter().map(|key| (key.path.as_str(), key.certainty)).collect();
        assert_eq!(told[..2], [("upper", Certainty::Low), (r"upper\lower", Certainty::Medium)]);
        assert!(told[2].0.starts_with(r"ring\ring\ring"), "a ring of parents ends");
        assert_eq!(told[3..], [(r"\Live\x", Certainty::High), (r"\Live\x\y", Certainty::High)]);
    }

    #[test]
    fn limits_are_told() {
        let file = hive_with(
            |tiny, _| {
                for _ in 0..10 {
                    tiny.free(&vk(b"v", 0x8000_0000, 0, 3));
                }
                let own = tiny.next();
                tiny.free(&Nk { name: b"ring", parent: own, ..Nk::default() }.bytes());
            },
            &[],
        );
        let hive = Hive::open(file.as_slice(), &OpenOptions::default()).unwrap();
        let mut limits = Limits::default();
        limits.max_recovered = 4;
        let recovered = recover_deleted(&hive, &limits);
        assert_eq!((recovered.values.len(), recovered.limit_reached), (4, Some(Limit::Recovered)));
        let mut limits = Limits::default();
        limits.max_path_bytes = 200;
        let recovered = recover_deleted(&hive, &limits);
        assert_eq!((recovered.values.len(), recovered.limit_reached), (10, Some(Limit::PathBytes)));
        assert!(recovered.keys[0].path.len() < 200);
    }

    #[test]
    fn a_hive_without_a_tree_is_swept_whole() {
        let mut file = hive_with(|_, _| {}, &[]);
        // The root is no key any more.
        put(&mut file, 4096 + 0x20 + 4, b"xx");
        let (hive, recovered) = recover(&file);
        assert!(hive.root().is_err());
        let told: Vec<_> = recovered.keys.iter().map(|key| (key.path.as_str(), key.region)).collect();
        assert_eq!(told, [("Live", RegionKind::Unreferenced)]);
        let told: Vec<_> = recovered.values.iter().map(|value| (value.path.as_str(), value.name.as_str())).collect();
        assert_eq!(told, [("Live", "here")]);
    }

    #[test]
    fn a_lost_base_block_is_stood_in_for() {
        let good = hive_with(|_, _| {}, &[]);
        for lost in [vec![0u8; 4096], b"\0\0\0\0".to_vec(), b"text".to_vec()] {
            let mut file = good.clone();
            put(&mut file, 0, &lost);
            let (hive, recovered) = recover(&file);
            assert!(matches!(hive.anomalies()[0].kind, AnomalyKind::BaseBlockLost { .. }));
            assert!(!hive.state().is_clean());
            assert_eq!(hive.key("live").unwrap().unwrap().value("here").unwrap().unwrap().u32_le().unwrap(), 7);
            assert!(recovered.keys.is_empty());
            let strict = OpenOptions { strict: true, ..OpenOptions::default() };
            assert!(matches!(Hive::open(file.as_slice(), &strict), Err(Error::NotAHive { .. })));
        }
        let mut file = good;
        put(&mut file, 0, b"CREG");
        assert_eq!(Hive::open(file.as_slice(), &OpenOptions::default()).unwrap_err(), Error::Windows9x);
    }

    #[test]
    fn live_cells_in_a_bad_bin_are_not_deleted() {
        let mut file = hive_with(|tiny, _| _ = tiny.free(&vk(b"gone", 0x8000_0000, 0, 3)), &[]);
        put(&mut file, 4096, b"gbin");
        let (hive, recovered) = recover(&file);
        assert_eq!(hive.walk().filter(Result::is_ok).count(), 2);
        assert!(recovered.keys.is_empty());
        assert_eq!(
            recovered.values.iter().map(|v| (v.name.as_str(), v.region)).collect::<Vec<_>>(),
            [("gone", RegionKind::Gap)]
        );
        assert!(matches!(recovered.anomalies[0].kind, AnomalyKind::BinSignature { .. }));
    }

    #[test]
    fn cells_that_do_not_fill_their_bin_are_told() {
        let mut file = hive_with(|_, _| {}, &[]);
        let at = 4096 + 0x20 + 88;
        for size in [0i32, 4, -12, i32::MIN, i32::MAX] {
            put(&mut file, at, &size.to_le_bytes());
            let (hive, recovered) = recover(&file);
            assert_eq!(recovered.anomalies[0].kind, AnomalyKind::CellChain { size });
            assert_eq!(recovered.anomalies[0].offset, FileOffset(u64::try_from(at).unwrap()));
            assert!(hive.check().contains(&recovered.anomalies[0]));
        }
    }

    #[test]
    fn nothing_live_is_recovered_from_the_corpus() {
        for row in tables::table("hives.tsv") {
            let (file, kind) = (&row[0], &row[4]);
            if kind == "log" || kind == "not regf" {
                continue;
            }
            let Some(bytes) = corpus::read(file) else { continue };
            let (hive, recovered) = recover(&bytes);
            let mut live = BTreeSet::new();
            for item in hive.walk().flatten() {
                live.insert(item.key.offset());
                live.extend(item.key.values().flatten().map(|value| value.offset()));
            }
            assert!(recovered.keys.iter().all(|key| !live.contains(&key.offset)), "{file}");
            assert!(recovered.values.iter().all(|value| !live.contains(&value.offset)), "{file}");
            assert!(recovered.ranges.is_sorted_by(|a, b| a.end() <= b.offset), "{file}: ranges overlap");
            for value in recovered.values.iter().filter(|value| value.data_state == DataState::Intact) {
                let len = value.data(&hive).unwrap_or_else(|error| panic!("{file} {}: {error}", value.name)).len();
                assert_eq!(len, usize::try_from(value.record.data_size).unwrap());
            }
            if file.starts_with("hives/") {
                assert_eq!(recovered.anomalies, [], "{file}");
                let noted = hive.anomalies().len();
                assert_eq!(hive.check().len(), noted, "{file}: {:?}", hive.check());
            }
        }
    }

    #[test]
    fn keys_that_the_logs_delete_are_recovered_afterwards() {
        let folder = "hives/museum/Registry/Win10/RathbunVM";
        let Some(primary) = corpus::read(&format!("{folder}/BBI")) else { return };
        let logs =
            ["BBI.LOG1", "BBI.LOG2"].map(|name| (name.to_owned(), corpus::read(&format!("{folder}/{name}")).unwrap()));
        let replayed = replay(primary.clone(), logs.to_vec(), &Limits::default()).unwrap();
        let after = Hive::open(&replayed.source, &OpenOptions::default()).unwrap();
        let before = Hive::open(replayed.source.base(), &OpenOptions::default()).unwrap();
        let after_paths: BTreeSet<_> = after.walk().flatten().map(|item| item.path).collect();
        let recovered = recover_deleted(&after, &Limits::default());
        let recovered: BTreeSet<_> = recovered.keys.iter().map(|key| key.path.clone()).collect();
        let gone: Vec<_> =
            before.walk().flatten().map(|item| item.path).filter(|path| !after_paths.contains(path)).collect();
        let found = gone.iter().filter(|path| recovered.contains(*path)).count();
        // The third key was overwritten by another one, which is gone by now, too.
        assert_eq!((gone.len(), found), (3, 2));
    }
}
