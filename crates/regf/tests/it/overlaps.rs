//! Forged hives whose cells overlap, so that a small file seems to hold lists and data of any length.

#[cfg(test)]
mod tests {
    use crate::tiny::{Nk, Tiny, list, numbers, vk};
    use hivekey_regf::{Error, Hive, Limit, OpenOptions, recover_deleted};

    /// A stretch in which a cell with the same content starts at every 8 bytes; the offsets of `count` of them.
    fn overlapping(tiny: &mut Tiny, content: [u8; 4], count: u32) -> Vec<u32> {
        let len = count * 8 + 262_144;
        let mut bytes = Vec::new();
        let first = tiny.next() + 8;
        for at in (0..len).step_by(8) {
            // Each cell reaches to the end of the stretch.
            bytes.extend_from_slice(&(-i32::try_from(len - at).unwrap()).to_le_bytes());
            bytes.extend_from_slice(&content);
        }
        // The cell that holds them starts 8 bytes earlier.
        let mut holder = vec![0; 4];
        holder.extend_from_slice(&bytes);
        tiny.cell(&holder);
        (0..count).map(|at| first + at * 8).collect()
    }

    fn open(file: &[u8], max_elements: u64) -> Hive<&[u8]> {
        let mut options = OpenOptions::default();
        options.limits.max_elements = max_elements;
        Hive::open(file, &options).unwrap()
    }

    #[test]
    fn leaves() {
        let mut tiny = Tiny::new();
        let leaves = overlapping(&mut tiny, *b"li\xFF\xFF", 60_000);
        let index = tiny.cell(&list(b"ri", 60_000, &leaves));
        let root = tiny.cell(&Nk { flags: 0x2C, subkeys: (u32::MAX, index), ..Nk::default() }.bytes());
        let file = tiny.finish(root);
        let hive = open(&file, 1_000_000);
        let root = hive.root().unwrap();
        let limit = Error::LimitReached { limit: Limit::Elements, max: 1_000_000 };
        assert_eq!(root.subkeys().filter_map(Result::err).last(), Some(limit.clone()));
        assert!(root.subkeys().count() <= 1_000_001);
        assert_eq!(root.subkey("x").unwrap_err(), limit);
        assert!(hive.walk().count() <= 1_000_002);
        assert!(hive.check().len() <= 10_000);
        recover_deleted(&hive, &hive.options().limits);
    }

    #[test]
    fn value_lists() {
        let mut tiny = Tiny::new();
        let lists = overlapping(&mut tiny, [0xFF; 4], 2000);
        let keys: Vec<u32> =
            lists.iter().map(|&list| tiny.cell(&Nk { values: (60_000, list), ..Nk::default() }.bytes())).collect();
        let subkeys = tiny.cell(&list(b"li", 2000, &keys));
        let root = tiny.cell(&Nk { flags: 0x2C, subkeys: (2000, subkeys), ..Nk::default() }.bytes());
        let file = tiny.finish(root);
        let hive = open(&file, 1_000_000);
        let mut values = 0;
        let mut last = None;
        for item in hive.walk() {
            match item {
                Ok(item) => values += item.key.values().count(),
                Err(error) => last = Some(error.error),
            }
        }
        assert_eq!(last, Some(Error::LimitReached { limit: Limit::Elements, max: 1_000_000 }));
        assert!(values <= 1_100_000, "{values}");
        recover_deleted(&hive, &hive.options().limits);
    }

    #[test]
    fn one_damaged_count_does_not_end_a_walk() {
        let mut tiny = Tiny::new();
        let value = tiny.cell(&vk(b"v", 0x8000_0000, 0, 3));
        let values = tiny.cell(&numbers(&[value]));
        let first = tiny.cell(&Nk { name: b"a", values: (0x7FFF_FFFF, values), ..Nk::default() }.bytes());
        let second = tiny.cell(&Nk { name: b"b", ..Nk::default() }.bytes());
        let subkeys = tiny.cell(&list(b"li", 2, &[first, second]));
        let root = tiny.cell(&Nk { flags: 0x2C, subkeys: (2, subkeys), ..Nk::default() }.bytes());
        let file = tiny.finish(root);
        let hive = open(&file, 1000);
        assert_eq!(hive.walk().filter(Result::is_ok).count(), 3);
        assert!(hive.key("a").unwrap().unwrap().value("v").unwrap().is_some());
    }

    #[test]
    fn data_are_never_longer_than_the_hive() {
        let mut tiny = Tiny::new();
        let segments = overlapping(&mut tiny, [7; 4], 1000);
        let segments = tiny.cell(&numbers(&segments));
        let mut db = b"db\xE8\x03".to_vec();
        db.extend_from_slice(&segments.to_le_bytes());
        let db = tiny.cell(&db);
        let value = tiny.cell(&vk(b"v", 16_344 * 1000, db, 3));
        let values = tiny.cell(&numbers(&[value]));
        let root = tiny.cell(&Nk { flags: 0x2C, values: (1, values), ..Nk::default() }.bytes());
        let file = tiny.finish(root);
        let hive = open(&file, 1_000_000);
        let value = hive.root().unwrap().value("v").unwrap().unwrap();
        assert!(matches!(value.data(), Err(Error::Truncated { .. })));
        assert_eq!(value.data_offset().is_some(), value.data_size() > 0);
    }

    #[test]
    fn long_paths_end_a_walk() {
        let mut tiny = Tiny::new();
        let name = [b'x'; 255];
        let mut below = tiny.cell(&Nk { name: &name, ..Nk::default() }.bytes());
        for _ in 0..100 {
            let subkeys = tiny.cell(&list(b"li", 1, &[below]));
            below = tiny.cell(&Nk { name: &name, subkeys: (1, subkeys), ..Nk::default() }.bytes());
        }
        let file = tiny.finish(below);
        let mut options = OpenOptions::default();
        options.limits.max_walk_path_bytes = 100_000;
        let hive = Hive::open(file.as_slice(), &options).unwrap();
        let last = hive.walk().last().unwrap().unwrap_err().error;
        assert_eq!(last, Error::LimitReached { limit: Limit::WalkPathBytes, max: 100_000 });
        assert_eq!(Hive::open(file.as_slice(), &OpenOptions::default()).unwrap().walk().count(), 101);
    }
}
