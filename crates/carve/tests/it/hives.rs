//! Lost hives, logs and bins.

use hivekey_carve::{Options, RegfKind};

use crate::make::{base_block, bin, close_base_block, noise, options, plant, sweep, to_u64, v3};

fn hive() -> Vec<u8> {
    let mut hive = base_block(0x5000);
    hive.extend(bin(0, 0x1000));
    hive.extend(bin(0x1000, 0x3000));
    hive.extend(bin(0x4000, 0x1000));
    hive
}

#[test]
fn a_whole_hive_at_any_sector() {
    for sector in 0..40 {
        let at = sector * 512;
        let mut bytes = noise(65_536, 4);
        let mut hive = hive();
        plant(&mut hive, 0x2104, &v3(1));
        plant(&mut bytes, at, &hive);
        for window in [512, 4096, 1 << 20] {
            let carved = sweep(&bytes, options(window, 2));
            let [found] = carved.hives.as_slice() else {
                panic!("{:?}", carved.hives);
            };
            assert_eq!(found.offset, to_u64(at));
            assert_eq!(found.kind, RegfKind::Hive);
            assert_eq!((found.bins_size, found.bins_in_place, found.size()), (0x5000, 0x5000, 0x6000));
            assert!(found.is_whole());
            assert_eq!(found.file_name, "\\config\\SOFTWARE");
            assert_eq!((found.version, found.sequences), ((1, 5), (7, 7)));
            assert_eq!(found.last_written, 132_500_000_000_000_000);
            assert!(carved.bins.is_empty());
            assert_eq!(carved.counts.bins, 3);
            let hit = carved.hits[0].offset;
            assert_eq!(carved.hive_at(hit).unwrap().offset, to_u64(at));
            assert!(carved.hive_at(to_u64(at) + 0x6000).is_none());
            assert_eq!(carved.hive_at(to_u64(at) + 0x5FFF).unwrap().offset, to_u64(at));
            assert!((to_u64(at)).checked_sub(1).is_none_or(|before| carved.hive_at(before).is_none()));
        }
    }
}

#[test]
fn a_fragmented_hive_keeps_its_first_bins_and_the_rest_is_a_run() {
    let hive = hive();
    let mut bytes = noise(1 << 18, 4);
    plant(&mut bytes, 0x8000, &hive[..0x2000]);
    plant(&mut bytes, 0x20000, &hive[0x2000..]);
    let carved = sweep(&bytes, Options::default());
    assert_eq!(carved.hives[0].bins_in_place, 0x1000);
    assert!(!carved.hives[0].is_whole());
    assert!(carved.hive_at(0x8000).is_none());
    let [run] = carved.bins.as_slice() else {
        panic!("{:?}", carved.bins);
    };
    assert_eq!((run.offset, run.size, run.bins, run.place), (0x20000, 0x4000, 2, 0x1000));
    assert_eq!((run.end(), run.base()), (0x24000, Some(0x1E000)));
}

#[test]
fn bins_without_a_base_block() {
    let mut bytes = noise(1 << 17, 4);
    // Two runs; the second begins where the first would go on, but belongs elsewhere.
    plant(&mut bytes, 0x1200, &bin(0x7000, 0x2000));
    plant(&mut bytes, 0x3200, &bin(0x9000, 0x1000));
    plant(&mut bytes, 0x4200, &bin(0x1000, 0x1000));
    let carved = sweep(&bytes, options(512, 2));
    let runs: Vec<_> = carved.bins.iter().map(|run| (run.offset, run.size, run.bins, run.place)).collect();
    assert_eq!(runs, [(0x1200, 0x3000, 2, 0x7000), (0x4200, 0x1000, 1, 0x1000)]);
    assert_eq!(carved.bins[0].base(), None, "there is no room for it");
    assert!(carved.hives.is_empty());
}

#[test]
fn remains_of_a_bin_within_a_bin_do_not_end_the_run() {
    let mut bytes = base_block(0x5000);
    bytes.extend(bin(0, 0x3000));
    bytes.extend(bin(0x3000, 0x2000));
    plant(&mut bytes, 0x2200, &bin(0x9000, 0x1000)[..64]);
    let carved = sweep(&bytes, Options::default());
    assert!(carved.hives[0].is_whole());
    assert_eq!(carved.bins.len(), 1);
    assert_eq!(carved.bins[0].offset, 0x2200);
}

#[test]
fn logs_and_other_files_are_told_from_hives() {
    for (number, kind) in [(1, RegfKind::Log), (2, RegfKind::Log), (6, RegfKind::Log), (9, RegfKind::Other(9))] {
        let mut block = base_block(0);
        block[28] = number;
        close_base_block(&mut block);
        let carved = sweep(&block, Options::default());
        assert_eq!(carved.hives[0].kind, kind);
        assert!(!carved.hives[0].is_whole());
    }
}

#[test]
fn damaged_and_misplaced_headers_are_not_taken() {
    let good = hive();
    let mut bad_sum = good.clone();
    bad_sum[100] ^= 1;
    assert!(sweep(&bad_sum, Options::default()).hives.is_empty());
    let mut odd_size = base_block(0x1001);
    close_base_block(&mut odd_size);
    assert!(sweep(&odd_size, Options::default()).hives.is_empty());
    let mut shifted = vec![0; 100];
    shifted.extend(&good);
    let carved = sweep(&shifted, Options::default());
    assert!(carved.hives.is_empty() && carved.bins.is_empty());
    assert!(sweep(&good[..511], Options::default()).hives.is_empty());
    assert_eq!(sweep(&good[..512], Options::default()).hives.len(), 1);
    assert_eq!(sweep(&bin(0x1000, 0x1000), Options::default()).counts.bins, 1);
    for (at, value) in [(4, 1), (8, 1), (9, 0), (11, 0x10), (32, 4), (34, 1)] {
        let mut bad = bin(0x1000, 0x1000);
        bad[at] = value;
        let carved = sweep(&bad, Options::default());
        assert_eq!(carved.counts.bins, 0, "{value} at {at}");
    }
    let mut no_cell = bin(0x1000, 0x1000);
    no_cell[32..36].fill(0);
    assert_eq!(sweep(&no_cell, Options::default()).counts.bins, 0);
    let mut used_cell = bin(0x1000, 0x1000);
    used_cell[32..36].copy_from_slice(&(-0xFE0_i32).to_le_bytes());
    assert_eq!(sweep(&used_cell, Options::default()).counts.bins, 1);
}

#[test]
fn checksums_of_zero_and_minus_one_are_stored_otherwise() {
    for word in [0_u32, u32::MAX] {
        let mut block = base_block(0);
        let sum = u32::from_le_bytes(block[508..512].try_into().unwrap());
        block[500..504].copy_from_slice(&(sum ^ word).to_le_bytes());
        close_base_block(&mut block);
        assert_eq!(sweep(&block, Options::default()).hives.len(), 1);
    }
}

#[test]
fn hives_can_be_left_out() {
    let carved = sweep(&hive(), Options { hives: false, ..Options::default() });
    assert!(carved.hives.is_empty() && carved.bins.is_empty());
    assert_eq!(carved.counts.bins, 0);
}
