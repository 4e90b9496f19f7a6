//! Structures made by hand: edges, lists of every kind, data of every place, cross-linked references.

#[cfg(test)]
mod tests {
    use crate::tiny::{NONE, Nk, Tiny, hash, list, numbers, put, seal, vk};
    use hivekey_regf::{
        AnomalyKind, Error, FileOffset, Hive, KeyFlags, Limit, OpenOptions, State, Structure, ValueType,
    };
    use std::fmt::Write;

    fn open(file: &[u8]) -> Hive<&[u8]> {
        Hive::open(file, &OpenOptions::default()).unwrap()
    }

    /// A root with subkeys of these names under the given kinds of list.
    fn with_list(names: &[&[u8]], make: impl FnOnce(&mut Tiny, &[u32]) -> u32) -> Vec<u8> {
        let mut tiny = Tiny::new();
        let keys: Vec<u32> = names.iter().map(|name| tiny.cell(&Nk { name, ..Nk::default() }.bytes())).collect();
        let list = make(&mut tiny, &keys);
        let count = u32::try_from(keys.len()).unwrap();
        let root = tiny.cell(&Nk { name: b"root", flags: 0x2C, subkeys: (count, list), ..Nk::default() }.bytes());
        tiny.finish(root)
    }

    fn pairs(keys: &[u32], hints: &[u32]) -> Vec<u32> {
        keys.iter().zip(hints).flat_map(|(key, hint)| [*key, *hint]).collect()
    }

    const NAMES: [&[u8]; 5] = [b"Alpha", b"beta", b"Gamma", b"gamma2", b"zeta"];

    fn found_all(file: &[u8]) {
        let hive = open(file);
        for name in NAMES {
            let name = std::str::from_utf8(name).unwrap();
            for spelling in [name.to_owned(), name.to_uppercase(), name.to_lowercase()] {
                assert_eq!(hive.key(&spelling).unwrap().map(|key| key.name()).as_deref(), Some(name));
            }
        }
        for name in ["", "Alph", "Alphaa", "a", "zz", "\u{FFFF}"] {
            assert!(hive.root().unwrap().subkey(name).unwrap().is_none(), "{name}");
        }
        assert_eq!(hive.root().unwrap().subkeys().filter_map(Result::ok).count(), NAMES.len());
    }

    #[test]
    fn all_kinds_of_list_are_searched() {
        let hashes: Vec<u32> = NAMES.iter().map(|name| hash(name)).collect();
        let hints: Vec<u32> = NAMES.iter().map(|name| u32::from_le_bytes(name[..4].try_into().unwrap())).collect();
        found_all(&with_list(&NAMES, |tiny, keys| tiny.cell(&list(b"li", 5, keys))));
        found_all(&with_list(&NAMES, |tiny, keys| tiny.cell(&list(b"lh", 5, &pairs(keys, &hashes)))));
        found_all(&with_list(&NAMES, |tiny, keys| tiny.cell(&list(b"lf", 5, &pairs(keys, &hints)))));
        // Hashes and hints that are wrong must not hide a key.
        found_all(&with_list(&NAMES, |tiny, keys| tiny.cell(&list(b"lh", 5, &pairs(keys, &[1; 5])))));
        found_all(&with_list(&NAMES, |tiny, keys| tiny.cell(&list(b"lf", 5, &pairs(keys, &[0x4141_4141; 5])))));
        // An index root with leaves of different kinds.
        found_all(&with_list(&NAMES, |tiny, keys| {
            let first = tiny.cell(&list(b"lh", 2, &pairs(&keys[..2], &hashes)));
            let second = tiny.cell(&list(b"li", 2, &keys[2..4]));
            let third = tiny.cell(&list(b"lf", 1, &pairs(&keys[4..], &hints[4..])));
            tiny.cell(&list(b"ri", 3, &[first, second, third]))
        }));
    }

    #[test]
    fn lists_out_of_order_are_searched() {
        let names: Vec<&[u8]> = NAMES.iter().rev().copied().collect();
        let hashes: Vec<u32> = names.iter().map(|name| hash(name)).collect();
        found_all(&with_list(&names, |tiny, keys| tiny.cell(&list(b"li", 5, keys))));
        found_all(&with_list(&names, |tiny, keys| tiny.cell(&list(b"lh", 5, &pairs(keys, &hashes)))));
        found_all(&with_list(&names, |tiny, keys| {
            let leaves = [&keys[..2], &keys[2..]].map(|keys| {
                let count = u16::try_from(keys.len()).unwrap();
                tiny.cell(&list(b"li", count, keys))
            });
            tiny.cell(&list(b"ri", 2, &leaves))
        }));
    }

    #[test]
    fn a_bad_element_hides_no_sibling_and_absence_is_not_claimed() {
        let file = with_list(&NAMES, |tiny, keys| {
            let mut keys = keys.to_vec();
            keys[1] = NONE;
            keys[3] = 0x7FFF_FFF8;
            tiny.cell(&list(b"li", 5, &keys))
        });
        let hive = open(&file);
        let root = hive.root().unwrap();
        assert_eq!(root.subkeys().map(|key| key.is_ok()).collect::<Vec<_>>(), [true, false, true, false, true]);
        for name in ["alpha", "gamma", "zeta"] {
            assert!(root.subkey(name).unwrap().is_some(), "{name}");
        }
        assert!(matches!(root.subkey("beta"), Err(Error::NoCell { structure: Structure::KeyNode, .. })));
    }

    #[test]
    fn counts_that_are_too_big_are_told_after_what_is_there() {
        let file = with_list(&NAMES, |tiny, keys| tiny.cell(&list(b"li", u16::MAX, keys)));
        let hive = open(&file);
        let subkeys: Vec<_> = hive.root().unwrap().subkeys().collect();
        assert!(matches!(subkeys.last(), Some(Err(Error::Field { actual: 65_535, .. }))));
        assert_eq!(subkeys.iter().filter(|key| key.is_ok()).count(), 5);
        assert!(hive.key("zeta").unwrap().is_some());
        assert!(hive.key("nothing").is_err());
    }

    #[test]
    fn index_roots_that_name_themselves_end() {
        let file = with_list(&NAMES, |tiny, keys| {
            let leaf = tiny.cell(&list(b"li", 5, keys));
            let own = tiny.next();
            tiny.cell(&list(b"ri", 4, &[leaf, own, leaf, NONE]))
        });
        let hive = open(&file);
        let subkeys: Vec<_> = hive.root().unwrap().subkeys().collect();
        assert_eq!(subkeys.iter().filter(|key| key.is_ok()).count(), 5);
        assert!(matches!(subkeys[5], Err(Error::Signature { .. })));
        assert!(matches!(subkeys[6], Err(Error::Repeated { .. })));
        assert!(matches!(subkeys[7], Err(Error::NoCell { .. })));
        assert!(hive.key("Gamma").unwrap().is_some());
    }

    #[test]
    fn a_key_that_is_its_own_subkey_is_met_once() {
        let mut tiny = Tiny::new();
        let root = tiny.cell(&Nk { name: b"root", flags: 0x2C, ..Nk::default() }.bytes());
        let own = tiny.cell(&list(b"li", 3, &[root, root, root]));
        tiny.patch(root, 20, &numbers(&[3, 0, own]));
        let file = tiny.finish(root);
        let hive = open(&file);
        let items: Vec<_> = hive.walk().collect();
        assert_eq!(items.len(), 4);
        assert!(items[0].is_ok());
        assert!(matches!(&items[1], Err(error) if matches!(error.error, Error::Repeated { .. })));
        assert_eq!(hive.key(r"root\root\ROOT").unwrap().unwrap().offset(), FileOffset(4096 + u64::from(root)));
    }

    #[test]
    fn limits_are_named() {
        let file = with_list(&NAMES, |tiny, keys| tiny.cell(&list(b"li", 5, keys)));
        let mut options = OpenOptions::default();
        options.limits.max_keys = 3;
        let hive = Hive::open(file.as_slice(), &options).unwrap();
        let items: Vec<_> = hive.walk().collect();
        assert_eq!(items.len(), 4);
        assert!(matches!(&items[3], Err(e) if e.error == Error::LimitReached { limit: Limit::Keys, max: 3 }));

        let mut options = OpenOptions::default();
        options.limits.max_depth = 0;
        let hive = Hive::open(file.as_slice(), &options).unwrap();
        assert_eq!(hive.walk().filter(Result::is_err).count(), 5);

        let mut options = OpenOptions::default();
        options.limits.max_elements = 2;
        let hive = Hive::open(file.as_slice(), &options).unwrap();
        assert!(
            matches!(hive.walk().last(), Some(Err(e)) if e.error == Error::LimitReached { limit: Limit::Elements, max: 2 })
        );
    }

    /// A root with values; `make` adds their cells and gives the offsets of the records.
    fn with_values(minor: u32, make: impl FnOnce(&mut Tiny) -> Vec<u32>) -> Vec<u8> {
        let mut tiny = Tiny::new();
        tiny.minor = minor;
        let values = make(&mut tiny);
        let list = tiny.cell(&numbers(&values));
        let count = u32::try_from(values.len()).unwrap();
        let root = tiny.cell(&Nk { name: b"root", flags: 0x2C, values: (count, list), ..Nk::default() }.bytes());
        tiny.finish(root)
    }

    #[test]
    fn resident_and_single_cell_data() {
        let file = with_values(5, |tiny| {
            let data = tiny.cell(b"abcdefgh");
            vec![
                tiny.cell(&vk(b"", 0x8000_0000, 0x6463_6261, 3)),
                tiny.cell(&vk(b"one", 0x8000_0001, 0x6463_6261, 3)),
                tiny.cell(&vk(b"four", 0x8000_0004, 0x6463_6261, 4)),
                tiny.cell(&vk(b"five", 0x8000_0005, 0x6463_6261, 3)),
                tiny.cell(&vk(b"eight", 8, data, 11)),
                tiny.cell(&vk(b"much", 13, data, 3)),
                tiny.cell(&vk(b"empty", 0, NONE, 1)),
                tiny.cell(&vk(b"nowhere", 1, NONE, 0xFFFF_0012)),
                tiny.cell(&vk(b"huge", 0x7FFF_FFFF, data, 3)),
            ]
        });
        let hive = open(&file);
        let root = hive.root().unwrap();
        let value = |name: &str| root.value(name).unwrap().unwrap();
        assert_eq!(value("").data().unwrap().as_ref(), b"");
        assert_eq!(value("").data_offset(), None);
        assert_eq!(value("ONE").data().unwrap().as_ref(), b"a");
        assert_eq!(value("four").u32_le().unwrap(), 0x6463_6261);
        assert_eq!(value("four").u32_be().unwrap(), 0x6162_6364);
        let four = value("four");
        let at = usize::try_from(four.data_offset().unwrap().get()).unwrap();
        assert_eq!(&file[at..at + 4], b"abcd");
        assert_eq!(usize::try_from(four.offset().get()).unwrap() + 12, at);
        assert_eq!(value("eight").u64().unwrap(), u64::from_le_bytes(*b"abcdefgh"));
        assert!(matches!(value("eight").u32_le(), Err(Error::Shape { actual: 8, .. })));
        assert!(matches!(value("eight").text(), Err(Error::Shape { .. })));
        assert_eq!(value("empty").data().unwrap().as_ref(), b"");
        assert_eq!(value("empty").text().unwrap(), "");
        assert!(matches!(value("much").data(), Err(Error::Truncated { needed: 13, available: 12, .. })));
        assert!(matches!(value("nowhere").data(), Err(Error::NoCell { .. })));
        assert_eq!(value("nowhere").kind(), ValueType(0xFFFF_0012));
        assert!(matches!(value("huge").data(), Err(Error::LimitReached { limit: Limit::ValueLen, .. })));
        // The record with five resident bytes is refused; it is one error among the values, and hides no other.
        assert_eq!(root.values().filter(Result::is_err).count(), 1);
        assert!(matches!(root.value("five"), Err(Error::Field { actual: 5, .. })));
    }

    /// Data of `len` bytes and a big-data record over them.
    fn big(tiny: &mut Tiny, len: usize) -> (Vec<u8>, u32) {
        let data: Vec<u8> = (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let segments: Vec<u32> = data.chunks(16_344).map(|part| tiny.cell(part)).collect();
        let count = u16::try_from(segments.len()).unwrap();
        let segments = tiny.cell(&numbers(&segments));
        let mut db = b"db".to_vec();
        db.extend_from_slice(&count.to_le_bytes());
        db.extend_from_slice(&segments.to_le_bytes());
        (data, tiny.cell(&db))
    }

    #[test]
    fn big_data_from_version_1_4_on() {
        for len in [16_345, 16_344 * 2, 16_344 * 2 + 1, 50_000] {
            let mut expected = Vec::new();
            let file = with_values(5, |tiny| {
                let (data, db) = big(tiny, len);
                expected = data;
                vec![tiny.cell(&vk(b"big", u32::try_from(len).unwrap(), db, 3))]
            });
            let hive = open(&file);
            let value = hive.root().unwrap().value("big").unwrap().unwrap();
            assert_eq!(value.data().unwrap().as_ref(), expected, "{len}");
            let at = usize::try_from(value.data_offset().unwrap().get()).unwrap();
            assert_eq!(file[at..at + 16_344], expected[..16_344]);
        }
    }

    #[test]
    fn long_data_in_one_cell() {
        let data: Vec<u8> =
            b"db".iter().copied().chain((0..20_000).map(|at| u8::try_from(at % 251).unwrap())).collect();
        let size = u32::try_from(data.len()).unwrap();
        let make = |tiny: &mut Tiny, data: &[u8]| {
            let cell = tiny.cell(data);
            vec![tiny.cell(&vk(b"long", size, cell, 3))]
        };
        // Version 1.3 has no big data, even if the data start like it.
        let file = with_values(3, |tiny| make(tiny, &data));
        assert_eq!(open(&file).root().unwrap().value("long").unwrap().unwrap().data().unwrap().as_ref(), data);
        // Later versions have it only where the signature stands.
        let other: Vec<u8> = data.iter().skip(1).copied().chain([0]).collect();
        let file = with_values(6, |tiny| make(tiny, &other));
        assert_eq!(open(&file).root().unwrap().value("long").unwrap().unwrap().data().unwrap().as_ref(), other);
    }

    #[test]
    fn big_data_cannot_be_blown_up() {
        let file = with_values(5, |tiny| {
            let segment = tiny.cell(&[7; 16_344]);
            let segments = tiny.cell(&numbers(&[segment; 2000]));
            let mut db = b"db".to_vec();
            db.extend_from_slice(&2000u16.to_le_bytes());
            db.extend_from_slice(&segments.to_le_bytes());
            let db = tiny.cell(&db);
            vec![tiny.cell(&vk(b"bomb", 16_345, db, 3))]
        });
        let hive = open(&file);
        let value = hive.root().unwrap().value("bomb").unwrap().unwrap();
        assert!(matches!(value.data(), Err(Error::Repeated { structure: Structure::Segment, .. })));
    }

    #[test]
    fn missing_segments_are_told() {
        for (count, error) in [(0u16, true), (1, true), (2, false), (u16::MAX, true)] {
            let file = with_values(5, |tiny| {
                let (_, db) = big(tiny, 30_000);
                tiny.patch(db, 2, &count.to_le_bytes());
                vec![tiny.cell(&vk(b"big", 30_000, db, 3))]
            });
            let hive = open(&file);
            let value = hive.root().unwrap().value("big").unwrap().unwrap();
            assert_eq!(value.data().is_err(), error, "{count}");
        }
    }

    #[test]
    fn texts() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let file = with_values(5, |tiny| {
            let mut add = |name: &[u8], data: &[u8], kind: u32| {
                let cell = tiny.cell(data);
                tiny.cell(&vk(name, u32::try_from(data.len()).unwrap(), cell, kind))
            };
            vec![
                add(b"plain", &utf16("Pro\0"), 1),
                add(b"no end", &utf16("Pro"), 2),
                add(b"rest", &utf16("Pro\0rest\0"), 1),
                add(b"odd", &[b'P', 0, b'r'], 1),
                add(b"list", &utf16("a\0bc\0\0"), 7),
                add(b"open list", &utf16("a\0bc"), 7),
                add(b"no list", &utf16("\0"), 7),
                add(b"half", &[0x3D, 0xD8, b'x', 0], 1),
            ]
        });
        let hive = open(&file);
        let root = hive.root().unwrap();
        let text = |name: &str| root.value(name).unwrap().unwrap().text().unwrap();
        assert_eq!(
            ["plain", "no end", "rest", "odd", "list", "half"].map(text),
            ["Pro", "Pro", "Pro", "P", "a", "\u{FFFD}x"]
        );
        let texts = |name: &str| root.value(name).unwrap().unwrap().multi_text().unwrap();
        assert_eq!(texts("list"), ["a", "bc"]);
        assert_eq!(texts("open list"), ["a", "bc"]);
        assert!(texts("no list").is_empty());
    }

    #[test]
    fn links_classes_handles_and_tombstones() {
        let mut tiny = Tiny::new();
        let target: Vec<u8> = r"\REGISTRY\MACHINE\X".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let data = tiny.cell(&target);
        let value = tiny.cell(&vk(b"SymbolicLinkValue", u32::try_from(target.len()).unwrap(), data, 6));
        let values = tiny.cell(&numbers(&[value]));
        let class = tiny.cell(b"c\0l\0s\0");
        let link =
            tiny.cell(&Nk { name: b"a", flags: 0x30, values: (1, values), class: (class, 6), ..Nk::default() }.bytes());
        let handle = tiny.cell(&Nk { name: b"b", flags: 0x60, values: (0x8000_0001, NONE), ..Nk::default() }.bytes());
        let mut grave = Nk { name: b"c", ..Nk::default() }.bytes();
        grave[13] = 1;
        let grave = tiny.cell(&grave);
        let wide = tiny.cell(&Nk { name: b"\xAC\x20", flags: 0, class: (NONE, 5), ..Nk::default() }.bytes());
        let subkeys = tiny.cell(&list(b"li", 4, &[link, handle, grave, wide]));
        let root = tiny.cell(&Nk { name: b"r", flags: 0x2C, subkeys: (4, subkeys), ..Nk::default() }.bytes());
        let file = tiny.finish(root);
        let hive = open(&file);
        let key = |name: &str| hive.key(name).unwrap().unwrap();
        assert_eq!(key("a").symlink_target().unwrap().as_deref(), Some(r"\REGISTRY\MACHINE\X"));
        assert_eq!(key("a").class_name().unwrap().as_deref(), Some("cls"));
        assert_eq!(key("b").symlink_target().unwrap(), None);
        assert!(key("b").flags().contains(KeyFlags::PREDEFINED_HANDLE));
        assert_eq!((key("b").value_count(), key("b").values().count()), (0, 0));
        assert!(key("c").is_tombstone() && !key("a").is_tombstone());
        assert_eq!(key("€").raw_name().as_bytes(), b"\xAC\x20");
        assert_eq!(key("€").class_name().unwrap(), None);
        assert_eq!(key("a").parent_offset(), None);
        assert!(key("a").security().unwrap().is_none());
    }

    #[test]
    fn references_that_are_no_cells() {
        let mut told = String::new();
        for reference in [0, 8, 33, 0x7FFF_FFF8, 0xFFFF_FFF8, 0xFFFF_FFFE, NONE] {
            let mut tiny = Tiny::new();
            tiny.cell(
                &Nk { name: b"root", flags: 0x2C, subkeys: (1, reference), values: (1, reference), ..Nk::default() }
                    .bytes(),
            );
            let file = tiny.finish(0x20);
            let hive = open(&file);
            let root = hive.root().unwrap();
            let subkey = root.subkeys().next().unwrap().unwrap_err();
            assert_eq!(root.subkey("x").unwrap_err(), subkey);
            writeln!(told, "{subkey}\n{}", root.values().next().unwrap().unwrap_err()).unwrap();
        }
        assert_eq!(
            told,
            "\
subkey list at 0x1000: the cell is marked free
value list at 0x1000: the cell is marked free
subkey list at 0x1008: the cell is marked free
value list at 0x1008: the cell is marked free
subkey list at 0x1021: cells start at multiples of 8
value list at 0x1021: cells start at multiples of 8
subkey list at 0x80000ff8: outside the hive, which ends at 0x2000
value list at 0x80000ff8: outside the hive, which ends at 0x2000
subkey list at 0x100000ff8: outside the hive, which ends at 0x2000
value list at 0x100000ff8: outside the hive, which ends at 0x2000
subkey list at 0x100000ffe: cells start at multiples of 8
value list at 0x100000ffe: cells start at multiples of 8
subkey list: the reference is empty, in the structure at 0x1020
value list: the reference is empty, in the structure at 0x1020
"
        );
    }

    #[test]
    fn free_cells_are_not_live() {
        let mut tiny = Tiny::new();
        let gone = tiny.free(&Nk { name: b"gone", ..Nk::default() }.bytes());
        let subkeys = tiny.cell(&list(b"li", 1, &[gone]));
        let root = tiny.cell(&Nk { name: b"r", flags: 0x2C, subkeys: (1, subkeys), ..Nk::default() }.bytes());
        let file = tiny.finish(root);
        let hive = open(&file);
        assert!(matches!(hive.key("gone"), Err(Error::Unallocated { structure: Structure::KeyNode, .. })));
        assert!(matches!(hive.key_at(FileOffset(4096 + u64::from(gone))), Err(Error::Unallocated { .. })));
    }

    #[test]
    fn a_lost_root_is_found_by_its_flag() {
        let mut tiny = Tiny::new();
        let child = tiny.cell(&Nk { name: b"child", ..Nk::default() }.bytes());
        let subkeys = tiny.cell(&list(b"li", 1, &[child]));
        tiny.cell(&Nk { name: b"r", flags: 0x2C, subkeys: (1, subkeys), ..Nk::default() }.bytes());
        for lost in [NONE, 0x20_0000, subkeys] {
            let file = tiny.finish(lost);
            let hive = open(&file);
            assert_eq!(hive.anomalies().len(), 2);
            assert!(matches!(hive.anomalies()[0].kind, AnomalyKind::Root(_)));
            assert_eq!(hive.anomalies()[1].kind, AnomalyKind::RootFound);
            assert!(hive.key("child").unwrap().is_some());
            let strict = OpenOptions { strict: true, ..OpenOptions::default() };
            assert!(matches!(Hive::open(file.as_slice(), &strict), Err(Error::Strict(_))));
        }
    }

    #[test]
    fn base_blocks_that_are_odd() {
        let mut tiny = Tiny::new();
        let root = tiny.cell(&Nk { flags: 0x2C, ..Nk::default() }.bytes());
        let good = tiny.finish(root);
        let changed = |at: usize, number: u32, sealed: bool| {
            let mut file = good.clone();
            put(&mut file, at, &number.to_le_bytes());
            if sealed {
                seal(&mut file);
            }
            file
        };
        let refusal = |file: &[u8]| Hive::open(file, &OpenOptions::default()).unwrap_err();
        assert_eq!(open(&good).state(), State::Clean);
        assert_eq!(open(&changed(8, 0, true)).state(), State::Dirty { checksum: false, sequence: true });
        assert_eq!(open(&changed(16, 9, false)).state(), State::Dirty { checksum: true, sequence: false });
        assert_eq!(refusal(&changed(20, 2, true)), Error::Version { major: 2, minor: 5 });
        assert_eq!(refusal(&changed(24, 1, true)), Error::Version { major: 1, minor: 1 });
        // With a wrong checksum the version may be the damage: the hive is read.
        assert!(open(&changed(20, 2, false)).root().is_ok());
        for minor in [2, 7, u32::MAX] {
            assert!(open(&changed(24, minor, true)).root().is_ok(), "{minor}");
        }
        assert!(open(&changed(28, 1, true)).root().is_ok(), "the file type is wrong, but bins follow");
        let mut log = changed(28, 6, true);
        put(&mut log, 4096, b"HvLE");
        assert_eq!(refusal(&log), Error::TransactionLog { file_type: 6 });
        for (at, number) in [(32, 0), (40, 0), (40, 1), (40, 0x7FFF_F000)] {
            assert_eq!(open(&changed(at, number, true)).anomalies().len(), 1, "{at} {number}");
        }
    }

    #[test]
    fn values_of_one_list_are_given_once_in_a_walk() {
        let mut tiny = Tiny::new();
        let value = tiny.cell(&vk(b"v", 0x8000_0000, 0, 3));
        let values = tiny.cell(&numbers(&[value]));
        let child = tiny.cell(&Nk { name: b"child", values: (1, values), ..Nk::default() }.bytes());
        let subkeys = tiny.cell(&list(b"li", 1, &[child]));
        let root = Nk { name: b"r", flags: 0x2C, subkeys: (1, subkeys), values: (1, values), ..Nk::default() };
        let root = tiny.cell(&root.bytes());
        let file = tiny.finish(root);
        let hive = open(&file);
        let values: Vec<_> = hive.walk().flatten().flat_map(|item| item.key.values().collect::<Vec<_>>()).collect();
        assert!(values[0].is_ok());
        assert!(matches!(values[1], Err(Error::Repeated { structure: Structure::ValueList, .. })));
        assert!(hive.key("child").unwrap().unwrap().value("v").unwrap().is_some(), "a look-up is no walk");
    }
}
