//! Hives changed at random: no panic, no unbounded work, whatever the bytes say.

use hivekey_regf::{Hive, OpenOptions, recover_deleted};

/// Reads everything that can be read; the number of steps taken.
pub fn exercise(bytes: &[u8]) -> u64 {
    let mut steps = 0u64;
    for strict in [false, true] {
        let mut options = OpenOptions { strict, ..OpenOptions::default() };
        options.limits.max_elements = 20_000;
        options.limits.max_value_len = 1 << 20;
        let Ok(hive) = Hive::open(bytes, &options) else { continue };
        let _ = (hive.key(r"alpha\beta").is_ok(), hive.key("gamma").is_ok(), hive.key("nothing").is_ok());
        for item in hive.walk() {
            steps += 1;
            let Ok(item) = item else { continue };
            let key = item.key;
            let _ =
                (key.class_name().is_ok(), key.symlink_target().is_ok(), key.security().is_ok(), key.slack().is_ok());
            let _ = (key.flags().to_string(), key.subkey("beta").is_ok());
            for value in key.values() {
                steps += 1;
                let Ok(value) = value else { continue };
                let _ = (value.data_offset(), value.text().is_ok(), value.multi_text().is_ok());
                let _ = value.data().map(|data| assert!(data.len() <= bytes.len()));
            }
        }
        steps += u64::try_from(hive.cells().count() + hive.check().len()).unwrap();
        let recovered = recover_deleted(&hive, &options.limits);
        for value in &recovered.values {
            let _ = value.data(&hive).map(|data| assert!(data.len() <= bytes.len()));
        }
        steps += u64::try_from(recovered.keys.len() + recovered.values.len() + recovered.ranges.len()).unwrap();
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::exercise;
    use crate::corpus;
    use crate::tiny::{self, NONE, Nk, Tiny, hash, list, numbers, vk};
    use hivekey_regf::{Error, Hive, Limits, OpenOptions, ReadAt, ReadError, recover_deleted};
    use proptest::prelude::*;
    use std::borrow::Cow;

    /// A small hive with one of everything.
    fn seed() -> Vec<u8> {
        let mut tiny = Tiny::new();
        let data = tiny.cell(b"some bytes of data");
        let segments: Vec<u32> = (0..2u8).map(|fill| tiny.cell(&vec![fill; 16_344])).collect();
        let segments = tiny.cell(&numbers(&segments));
        let mut db = b"db\x02\0".to_vec();
        db.extend_from_slice(&segments.to_le_bytes());
        let db = tiny.cell(&db);
        let values = [vk(b"v", 18, data, 3), vk(b"big", 20_000, db, 3), vk(b"", 0x8000_0004, 5, 4)]
            .map(|value| tiny.cell(&value));
        let values = tiny.cell(&numbers(&values));
        let names: [&[u8]; 3] = [b"alpha", b"beta", b"gamma"];
        let keys = names.map(|name| tiny.cell(&Nk { name, values: (3, values), ..Nk::default() }.bytes()));
        let leaf = tiny.cell(&list(b"lh", 2, &[keys[0], hash(names[0]), keys[1], hash(names[1])]));
        let other = tiny.cell(&list(b"li", 1, &keys[2..]));
        let index = tiny.cell(&list(b"ri", 2, &[leaf, other]));
        tiny.free(&vk(b"gone", 18, data, 3));
        let root = tiny.cell(&Nk { name: b"root", flags: 0x2C, subkeys: (3, index), ..Nk::default() }.bytes());
        tiny.finish(root)
    }

    /// One change: a byte, a number that matters, or a copy of another number (cross-linked references).
    #[derive(Clone, Debug)]
    enum Change {
        Byte(usize, u8),
        Number(usize, u32),
        Copy(usize, usize),
        Cut(usize),
    }

    fn change(len: usize) -> impl Strategy<Value = Change> {
        let number = prop_oneof![
            Just(0),
            Just(NONE),
            Just(NONE - 1),
            Just(0x8000_0000),
            Just(0x7FFF_FFFF),
            (0u32..10_000).prop_map(|n| n * 8),
            any::<u32>()
        ];
        prop_oneof![
            4 => (0..len, any::<u8>()).prop_map(|(at, byte)| Change::Byte(at, byte)),
            4 => (0..len / 4, number).prop_map(|(at, number)| Change::Number(at * 4, number)),
            4 => (0..len / 4, 0..len / 4).prop_map(|(at, from)| Change::Copy(at * 4, from * 4)),
            1 => (0..len).prop_map(Change::Cut),
        ]
    }

    fn apply(bytes: &mut Vec<u8>, change: &Change) {
        match *change {
            Change::Byte(at, byte) if at < bytes.len() => bytes[at] = byte,
            Change::Number(at, number) if at + 4 <= bytes.len() => tiny::put(bytes, at, &number.to_le_bytes()),
            Change::Copy(at, from) if at.max(from) + 4 <= bytes.len() => bytes.copy_within(from..from + 4, at),
            Change::Cut(len) => bytes.truncate(len),
            _ => {}
        }
    }

    /// Changes in the structures at the end of the seed, after its big segments.
    fn focused(len: usize) -> impl Strategy<Value = Vec<Change>> {
        let near_end = |change: Change| {
            let shift = |at: usize| 4096 + 32_000 + at % 4096;
            match change {
                Change::Byte(at, byte) => Change::Byte(shift(at), byte),
                Change::Number(at, number) => Change::Number(shift(at) & !3, number),
                Change::Copy(at, from) => Change::Copy(shift(at) & !3, shift(from) & !3),
                Change::Cut(at) => Change::Cut(at),
            }
        };
        prop::collection::vec(change(len).prop_map(near_end), 1..12)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

        #[test]
        fn changed_hives_by_hand(changes in focused(40_000)) {
            let mut bytes = seed();
            for change in &changes {
                apply(&mut bytes, change);
            }
            prop_assert!(exercise(&bytes) < 100_000);
        }

        #[test]
        fn any_bytes_after_a_base_block(tail in prop::collection::vec(any::<u8>(), 0..2000)) {
            let mut bytes = seed();
            bytes.truncate(4096 + 32);
            bytes.extend_from_slice(&tail);
            exercise(&bytes);
        }

        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..5000)) {
            exercise(&bytes);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

        #[test]
        fn changed_hives_of_the_corpus(which in 0usize..4, changes in prop::collection::vec(change(32_768), 1..40)) {
            let files = ["hives/libguestfs/windows-software", "hives/synthetic/WS2019-Std.SOFTWARE", "hives/regipy/BCD", "hives/plaso/100_sub_keys.hiv"];
            let Some(mut bytes) = corpus::read(files[which]) else { return Ok(()) };
            for change in &changes {
                apply(&mut bytes, change);
            }
            prop_assert!(exercise(&bytes) < 1_000_000);
        }
    }

    /// A source that fails for a part of its bytes, as a disk with a bad sector does.
    struct BadSector<'a> {
        bytes: &'a [u8],
        bad: std::ops::Range<u64>,
    }

    impl ReadAt for BadSector<'_> {
        fn len(&self) -> u64 {
            ReadAt::len(self.bytes)
        }

        fn read_at(&self, offset: u64, len: usize) -> Result<Cow<'_, [u8]>, ReadError> {
            let end = offset.saturating_add(u64::try_from(len).unwrap());
            if len > 0 && offset < self.bad.end && end > self.bad.start {
                return Err(ReadError::source(offset, len, "bad sector"));
            }
            self.bytes.read_at(offset, len)
        }
    }

    #[test]
    fn a_bad_sector_costs_only_what_lies_on_it() {
        let Some(bytes) = corpus::read("hives/plaso/SAM") else { return };
        let keys = |bad: std::ops::Range<u64>| {
            let source = BadSector { bytes: &bytes, bad };
            let hive = Hive::open(source, &OpenOptions::default())?;
            let _ = (hive.check(), recover_deleted(&hive, &Limits::default()));
            Ok::<_, Error>(hive.walk().filter(Result::is_ok).count())
        };
        let all = keys(0..0).unwrap();
        assert!(matches!(keys(0..512), Err(Error::Read(_))));
        let mut lost = 0;
        for sector in 8..u64::try_from(bytes.len() / 512).unwrap() {
            let found = keys(sector * 512..(sector + 1) * 512).unwrap();
            lost += usize::from(found < all);
        }
        assert!(lost > 0);
    }

    #[test]
    fn the_seed_is_a_good_hive() {
        let bytes = seed();
        let hive = Hive::open(bytes.as_slice(), &OpenOptions { strict: true, ..OpenOptions::default() }).unwrap();
        assert_eq!(hive.walk().filter(Result::is_ok).count(), 4);
        assert_eq!(hive.key("BETA").unwrap().unwrap().value("big").unwrap().unwrap().data().unwrap().len(), 20_000);
    }
}
