//! Volumes of FAT12, FAT16 and FAT32 made by hand.

use crate::fat_volume::*;
use crate::use_all::{content, find, names, open};
use hivekey_fat::{AnomalyKind, ChainFault, Cluster, Error, Fat, FatKind, Limit, ReadAt, ReadError};

const KINDS: [FatKind; 3] = [FatKind::Fat12, FatKind::Fat16, FatKind::Fat32];

fn no_anomalies(fat: &Fat) {
    assert!(fat.anomalies().0.is_empty(), "{:?}", fat.anomalies());
}

#[test]
fn everything_of_the_sample() {
    for kind in KINDS {
        let volume = sample(kind);
        let fat = open(volume.bytes.clone());
        assert_eq!((fat.kind(), fat.cluster_size()), (kind, 512));
        assert_eq!(names(&fat, &fat.root()), ["SOFTWARE", FOLDER, "über.TXT"]);
        let software = find(&fat, &["software"]);
        assert!(content(&fat, &software).unwrap() == pattern(1, SOFTWARE_LEN));
        let extents = fat.file(&software).unwrap().plain_extents();
        let at = |cluster| u64::try_from(volume.cluster(cluster)).unwrap();
        assert_eq!(extents, [(0, at(10), 1536), (1536, at(20), 512), (2048, at(15), 1024), (3072, at(5), 100)]);
        let folder = find(&fat, &[&FOLDER.to_uppercase().replace("SS", "ß")]);
        assert!(folder.is_directory);
        assert_eq!(names(&fat, &folder), ["ntuser.dat", "LAST"]);
        assert_eq!(content(&fat, &find(&fat, &[FOLDER, "NTUSER.DAT"])).unwrap(), b"user");
        assert_eq!(content(&fat, &find(&fat, &["ÜBER.txt"])).unwrap(), b"");
        assert!(fat.lookup(&fat.root(), "backups").unwrap().is_none());
        assert!(fat.lookup(&fat.root(), "orphan.txt").unwrap().is_none());
        assert!(fat.lookup(&folder, "..").unwrap().is_none());
        assert!(matches!(fat.file(&folder), Err(Error::NotAFile(_))));
        assert!(matches!(fat.entries(&software, 1), Err(Error::NotADirectory(_))));
        assert!(matches!(fat.lookup(&software, "x"), Err(Error::NotADirectory(_))));
        no_anomalies(&fat);
    }
}

#[test]
fn a_limit_of_entries() {
    let fat = open(sample(FatKind::Fat12).bytes);
    for (limit, complete) in [(0, false), (2, false), (3, true), (4, true)] {
        let listing = fat.entries(&fat.root(), limit).unwrap();
        assert_eq!((listing.entries.len(), listing.complete), (limit.min(3), complete));
    }
}

#[test]
fn reading_outside() {
    let fat = open(sample(FatKind::Fat12).bytes);
    let file = fat.file(&find(&fat, &["SOFTWARE"])).unwrap();
    let mut buf = [0; 2];
    assert!(matches!(file.read_into(file.len() - 1, &mut buf), Err(ReadError::OutOfRange { .. })));
    assert!(matches!(file.read_into(u64::MAX, &mut buf), Err(ReadError::OutOfRange { .. })));
    assert!(file.read_into(file.len(), &mut []).is_ok());
    assert_eq!(file.read_available(file.len() - 1, &mut buf).unwrap(), 1);
}

/// What opening `SOFTWARE` says.
fn fault(volume: FatVolume) -> (u32, u64, ChainFault) {
    let fat = open(volume.bytes);
    match fat.file(&find(&fat, &["SOFTWARE"])) {
        Err(Error::Chain { first: Cluster(10), cluster, before, fault }) => (cluster.0, before, fault),
        other => panic!("{other:?}"),
    }
}

#[test]
fn chains_that_break() {
    for kind in KINDS {
        let bad = match kind {
            FatKind::Fat12 => 0xFF7,
            FatKind::Fat16 => 0xFFF7,
            _ => 0x0FFF_FFF7,
        };
        for (cluster, link, expected) in [
            (12, 0, (12, 2, ChainFault::Free)),
            (12, bad, (12, 2, ChainFault::Bad)),
            (12, 0x0FFF_FFFF, (12, 2, ChainFault::Ends { wanted: 7 })),
            (12, 1, (12, 2, ChainFault::Outside(1))),
            (12, bad - 1, (12, 2, ChainFault::Outside(bad - 1))),
            (12, 12, (12, 3, ChainFault::Circle)),
            (12, 10, (10, 3, ChainFault::Circle)),
            (16, 15, (15, 6, ChainFault::Circle)),
            // The last cluster of all.
            (5, 0, (5, 6, ChainFault::Free)),
            (5, bad, (5, 6, ChainFault::Bad)),
        ] {
            let mut volume = sample(kind);
            volume.set_link(cluster, link);
            assert_eq!(fault(volume), expected, "{kind} {cluster} {link:#x}");
        }
        // Room behind the content does not matter, nor does what is wrong with it.
        let mut volume = sample(kind);
        volume.set_link(5, 1);
        let fat = open(volume.bytes);
        assert!(content(&fat, &find(&fat, &["SOFTWARE"])).is_ok());
    }
}

#[test]
fn the_second_table_is_asked() {
    for kind in KINDS {
        let mut volume = sample(kind);
        volume.set_link_in(0, 12, 0);
        volume.set_link_in(0, 7, 1);
        let fat = open(volume.bytes);
        assert!(content(&fat, &find(&fat, &["SOFTWARE"])).unwrap() == pattern(1, SOFTWARE_LEN));
        assert_eq!(names(&fat, &find(&fat, &[FOLDER])), ["ntuser.dat", "LAST"]);
        let (anomalies, _) = fat.anomalies();
        assert_eq!(anomalies.len(), 2);
        assert!(anomalies.iter().all(|anomaly| matches!(anomaly.kind, AnomalyKind::SecondTable(Cluster(12 | 7)))));
        // The entry that is damaged is the place that is told.
        let (at, _) = sample(kind).table();
        let len = match kind {
            FatKind::Fat12 => 18,
            FatKind::Fat16 => 24,
            _ => 48,
        };
        assert_eq!(anomalies[0].offset.0, u64::try_from(at + len).unwrap());
    }
}

#[test]
fn entries_that_lead_nowhere() {
    for (cluster, size) in [(0, 100), (1, 100), (82, 100), (0xFFFF, 1), (10, 81 * 512), (10, u32::MAX)] {
        let mut volume = sample(FatKind::Fat12);
        let at = volume.root() + 2 * 32;
        put(&mut volume.bytes, at, &short(b"SOFTWARE   ", 0x20, 0, cluster, size));
        let fat = open(volume.bytes);
        let error = fat.file(&find(&fat, &["SOFTWARE"])).unwrap_err();
        assert!(matches!(error, Error::Field { offset, .. } if offset.0 == u64::try_from(at).unwrap()), "{error}");
    }
}

#[test]
fn folders_that_are_damaged() {
    for kind in KINDS {
        // A circle, a lost cluster: what was seen before comes back.
        for (link, expected) in [(7, ChainFault::Circle), (0, ChainFault::Free), (1, ChainFault::Outside(1))] {
            let mut volume = sample(kind);
            volume.set_link(7, link);
            let fat = open(volume.bytes);
            let folder = find(&fat, &[FOLDER]);
            let listing = fat.entries(&folder, 100).unwrap();
            assert!(!listing.complete && listing.entries.len() == 1);
            assert!(fat.lookup(&folder, "ntuser.dat").unwrap().is_some());
            let error = fat.lookup(&folder, "last").unwrap_err();
            assert!(matches!(error, Error::Chain { fault, .. } if fault == expected), "{error}");
            assert!(matches!(&fat.anomalies().0[..], [anomaly] if matches!(anomaly.kind, AnomalyKind::Damaged(_))));
        }
        // A folder without an end mark in its last cluster ends all the same.
        let mut volume = sample(kind);
        volume.set_link(7, 0x0FFF_FFFF);
        let fat = open(volume.bytes);
        assert_eq!(names(&fat, &find(&fat, &[FOLDER])), ["ntuser.dat"]);
        no_anomalies(&fat);
        // One entry is damaged, with its long name.
        let mut volume = sample(kind);
        let at = volume.root() + 8 * 32;
        assert_eq!(&volume.bytes[at..at + 8], b"SICHER~1");
        volume.bytes[at + 11] = 0x90;
        let fat = open(volume.bytes);
        let listing = fat.entries(&fat.root(), 100).unwrap();
        assert!(!listing.complete);
        assert_eq!(
            listing.entries.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(),
            ["SOFTWARE", "über.TXT"]
        );
        assert!(fat.lookup(&fat.root(), "other").is_err());
    }
}

#[test]
fn a_folder_of_nonsense_is_given_up() {
    let mut volume = FatVolume::new(FatKind::Fat12, 80);
    let at = volume.root();
    volume.content(&(10..60).collect::<Vec<_>>(), &vec![1u8; 50 * SECTOR]);
    put(&mut volume.bytes, at, &short(b"DOCS       ", 0x10, 0, 10, 0));
    put(&mut volume.bytes, at + 32, &short(b"NOWHERE    ", 0x10, 0, 0, 0));
    let fat = open(volume.bytes);
    let listing = fat.entries(&find(&fat, &["docs"]), 100).unwrap();
    assert!(listing.entries.is_empty() && !listing.complete);
    let (anomalies, 0) = fat.anomalies() else { panic!() };
    assert_eq!(anomalies.len(), 65);
    let AnomalyKind::Damaged(last) = &anomalies[64].kind else { panic!() };
    assert!(matches!(**last, Error::LimitReached { limit: Limit::BadEntries, .. }));
    let nowhere = fat.entries(&find(&fat, &["nowhere"]), 100).unwrap();
    assert!(nowhere.entries.is_empty() && !nowhere.complete);
}

#[test]
fn a_folder_that_is_too_long_is_cut() {
    // Clusters of 16 entries each: the last folder that is not too long, and the first one that is.
    for (clusters, complete) in [(4096, true), (4097, false)] {
        let mut volume = FatVolume::new(FatKind::Fat32, 4200);
        let chain: Vec<u32> = (10..10 + clusters).collect();
        let file = short(b"A          ", 0x20, 0, 0, 0);
        volume.content(&chain, &file.repeat(16 * chain.len()));
        let at = volume.root();
        put(&mut volume.bytes, at, &short(b"DOCS       ", 0x10, 0, 10, 0));
        let fat = open(volume.bytes);
        let listing = fat.entries(&find(&fat, &["docs"]), usize::MAX).unwrap();
        assert_eq!((listing.entries.len(), listing.complete), (65_536, complete));
    }
}

#[test]
fn the_backup_of_fat32() {
    for damage in [0u8, 0xFF] {
        let mut volume = sample(FatKind::Fat32);
        volume.bytes[..SECTOR].fill(damage);
        let fat = open(volume.bytes);
        assert!(content(&fat, &find(&fat, &["SOFTWARE"])).is_ok());
        let (anomalies, _) = fat.anomalies();
        assert!(matches!(&anomalies[..], [anomaly] if matches!(anomaly.kind, AnomalyKind::BackupBootSector(_))));
    }
    // A sector that names another place for itself is none.
    let mut volume = sample(FatKind::Fat32);
    volume.bytes[..SECTOR].fill(0);
    volume.bytes[6 * SECTOR + 50] = 5;
    assert!(matches!(Fat::open(std::sync::Arc::new(volume.bytes)), Err(Error::NotFat(_))));
}

#[test]
fn a_volume_that_is_cut() {
    let mut volume = sample(FatKind::Fat16);
    let end = volume.cluster(12);
    volume.bytes.truncate(end);
    let fat = open(volume.bytes);
    assert!(matches!(fat.anomalies().0[0].kind, AnomalyKind::VolumeOutside { .. }));
    let file = fat.file(&find(&fat, &["SOFTWARE"])).unwrap();
    let mut buf = [0; 512];
    file.read_into(512, &mut buf).unwrap();
    assert!(matches!(file.read_into(1024, &mut buf), Err(ReadError::OutOfRange { .. })));
}

#[test]
fn a_table_that_is_too_short() {
    let mut volume = sample(FatKind::Fat32);
    // 80 sectors more than the table has entries for.
    put(&mut volume.bytes, 32, &1000u32.to_le_bytes());
    let fat = open(volume.bytes);
    assert!(content(&fat, &find(&fat, &["SOFTWARE"])).is_ok());
    assert!(
        fat.anomalies().0.iter().any(|anomaly| matches!(anomaly.kind, AnomalyKind::ShortTable { entries: 126, .. }))
    );
}
