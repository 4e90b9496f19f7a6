//! What the log builders write, applied by the plainest replay there is.

use hivekey_testkit::hive::{HiveBuilder, Value};
use hivekey_testkit::log::{EntryDamage, NewLog, marvin32, old_log};

const BASE: usize = 4096;

fn image(generation: u32) -> Vec<u8> {
    let mut hive = HiveBuilder::new();
    hive.sequences(301, 300);
    hive.key("always").set("generation", Value::dword(generation));
    for index in 0..generation * 40 {
        hive.key("added").subkey(format!("key {index}"));
    }
    hive.build().into_bytes()
}

fn word(bytes: &[u8], offset: usize) -> usize {
    u32::from_le_bytes(bytes[offset..offset + 4].try_into().unwrap()) as usize
}

fn quad(bytes: &[u8], offset: usize) -> u64 {
    u64::from_le_bytes(bytes[offset..offset + 8].try_into().unwrap())
}

/// Applies entries until one is not as it should be; gives back the sequence numbers applied.
fn replay_new(hive: &mut Vec<u8>, log: &[u8]) -> Vec<usize> {
    let mut applied = Vec::new();
    let mut at = 512;
    while log.get(at..at + 4) == Some(b"HvLE") {
        let size = word(log, at + 4);
        let Some(entry) = log.get(at..at + size) else {
            break;
        };
        let sequence = word(log, at + 12);
        let follows = sequence == word(log, 4) + applied.len();
        if size < 512
            || !follows
            || quad(entry, 32) != marvin32(&entry[..32])
            || quad(entry, 24) != marvin32(&entry[40..])
        {
            break;
        }
        let runs = word(entry, 20);
        let bins = word(entry, 16);
        if 40 + runs * 8 > size || bins > 1 << 28 {
            break;
        }
        hive.resize(BASE + bins, 0);
        let mut page = 40 + runs * 8;
        for run in 0..runs {
            let offset = word(entry, 40 + run * 8);
            let length = word(entry, 44 + run * 8);
            let Some(target) = hive.get_mut(BASE + offset..BASE + offset + length) else {
                return applied;
            };
            target.copy_from_slice(&entry[page..page + length]);
            page += length;
        }
        applied.push(sequence);
        at += size;
    }
    applied
}

#[test]
fn new_log_turns_one_image_into_the_other() {
    let images = [image(1), image(2), image(9), image(3)];
    let mut log = NewLog::new(&images[0], 300);
    for pair in images.windows(2) {
        log.entry(&pair[0], &pair[1]);
    }
    assert_eq!(log.next_sequence(), 303);
    let file = log.build();
    assert_eq!(word(&file, 28), 6);
    assert_eq!(word(&file, 508), hivekey_testkit::hive::checksum(&file) as usize);
    let mut hive = images[0].clone();
    assert_eq!(replay_new(&mut hive, &file), [300, 301, 302]);
    assert_eq!(hive[BASE..], images[3][BASE..]);
}

#[test]
fn nothing_after_a_damaged_entry_is_applied() {
    let images = [image(1), image(2), image(3), image(4)];
    for damage in [
        EntryDamage::Page,
        EntryDamage::Header,
        EntryDamage::SequenceGap,
        EntryDamage::SizeZero,
        EntryDamage::SizePastEnd,
        EntryDamage::RunPastEnd,
        EntryDamage::BinsHuge,
        EntryDamage::RunCountHuge,
    ] {
        let mut log = NewLog::new(&images[0], 300);
        for pair in images.windows(2) {
            log.entry(&pair[0], &pair[1]);
        }
        log.damage(1, damage);
        let mut hive = images[0].clone();
        assert_eq!(replay_new(&mut hive, &log.build()), [300], "{damage:?}");
    }
}

#[test]
fn remains_of_an_older_log_stay_behind_the_entries() {
    let images = [image(1), image(2), image(3), image(4)];
    let mut older = NewLog::new(&images[0], 200);
    for pair in images.windows(2) {
        older.entry(&pair[0], &pair[1]);
    }
    let mut log = NewLog::new(&images[2], 300);
    log.entry(&images[2], &images[3]);
    let file = log.build_over(&older);
    assert!(file.len() > log.build().len());
    assert_eq!(replay_new(&mut images[2].clone(), &file), [300]);
}

#[test]
fn old_log_turns_one_image_into_the_other() {
    let (before, after) = (image(1), image(5));
    let log = old_log(&before, &after);
    assert_eq!(word(&log, 28), 1);
    assert_eq!(&log[512..516], b"DIRT");
    let bins = word(&log, 40);
    let mut hive = before;
    hive.resize(BASE + bins, 0);
    let mut page = (516 + bins / 512 / 8).next_multiple_of(512);
    for sector in 0..bins / 512 {
        if log[516 + sector / 8] >> (sector % 8) & 1 == 1 {
            let start = BASE + sector * 512;
            hive[start..start + 512].copy_from_slice(&log[page..page + 512]);
            page += 512;
        }
    }
    assert_eq!(page, log.len());
    assert_eq!(hive[BASE..], after[BASE..]);
}
