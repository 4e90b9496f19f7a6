//! exFAT volumes made by hand: no program on Linux puts files into one without mounting it.

use std::sync::Arc;

use crate::exfat_volume::*;
use crate::fat_volume::{pattern, put};
use crate::use_all::{content, find, names, open};
use hivekey_fat::{AnomalyKind, ChainFault, Error, Fat, FatKind, ReadAt};

const FOLDER: &str = "Sicherung vom 31. Dezember";

fn profile() -> Vec<u8> {
    let mut expected = pattern(2, PROFILE_LEN);
    expected[PROFILE_VALID..].fill(0);
    expected
}

#[test]
fn everything_of_the_sample() {
    let fat = open(ExfatVolume::sample().bytes);
    assert_eq!((fat.kind(), fat.cluster_size()), (FatKind::ExFat, 1024));
    assert_eq!(names(&fat, &fat.root()), ["SOFTWARE", "System Profile.dat", FOLDER, "leer"]);
    let software = find(&fat, &["software"]);
    assert!(content(&fat, &software).unwrap() == pattern(1, SOFTWARE_LEN));
    assert_eq!(fat.file(&software).unwrap().plain_extents().len(), 4);
    let entry = find(&fat, &["SYSTEM PROFILE.DAT"]);
    assert!(content(&fat, &entry).unwrap() == profile());
    let file = fat.file(&entry).unwrap();
    let place = u64::try_from(ExfatVolume::cluster(30)).unwrap();
    assert_eq!(file.plain_extents(), [(0, place, 2500)]);
    let folder = find(&fat, &[FOLDER]);
    assert_eq!((folder.is_directory, folder.size), (true, 2048));
    assert_eq!(names(&fat, &folder).len(), 20);
    assert_eq!(content(&fat, &find(&fat, &[FOLDER, "19.DAT"])).unwrap(), b"user");
    assert_eq!(content(&fat, &find(&fat, &["leer"])).unwrap(), b"");
    assert!(fat.lookup(&fat.root(), "deleted.txt").unwrap().is_none());
    assert!(fat.anomalies().0.is_empty(), "{:?}", fat.anomalies());
}

#[test]
fn chains_that_break() {
    for (cluster, link, expected) in [
        (12, 0, (12, 2, ChainFault::Free)),
        (12, 0xFFFF_FFF7, (12, 2, ChainFault::Bad)),
        (12, 0xFFFF_FFFF, (12, 2, ChainFault::Ends { wanted: 6 })),
        (12, 1, (12, 2, ChainFault::Outside(1))),
        (12, 202, (12, 2, ChainFault::Outside(202))),
        (12, 0xFFFF_FFF6, (12, 2, ChainFault::Outside(0xFFFF_FFF6))),
        (12, 11, (11, 3, ChainFault::Circle)),
        (5, 0, (5, 5, ChainFault::Free)),
    ] {
        let mut volume = ExfatVolume::sample();
        volume.set_link(cluster, link);
        let fat = open(volume.bytes);
        match fat.file(&find(&fat, &["SOFTWARE"])) {
            Err(Error::Chain { cluster, before, fault, .. }) => assert_eq!((cluster.0, before, fault), expected),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn sets_that_are_damaged() {
    // A wrong checksum; an entry of the set lost; a type that is wrong: the others are listed.
    for (at, byte) in [(70, 0xFF), (32, 0x40), (64, 0x41), (1, 200), (1, 1), (3, 0x77)] {
        let mut volume = ExfatVolume::sample();
        let set = volume.find("SOFTWARE");
        volume.bytes[set + at] = byte;
        let fat = open(volume.bytes);
        let listing = fat.entries(&fat.root(), 100).unwrap();
        assert!(!listing.complete);
        let names: Vec<&str> = listing.entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["System Profile.dat", FOLDER, "leer"], "{at} {byte:#x}");
        assert!(fat.lookup(&fat.root(), "LEER").unwrap().is_some());
        assert!(fat.lookup(&fat.root(), "SOFTWARE").is_err());
        let (anomalies, _) = fat.anomalies();
        assert!(matches!(&anomalies[..], [anomaly] if anomaly.offset.0 == u64::try_from(set).unwrap()));
    }
}

#[test]
fn fields_that_cannot_be() {
    let max = u64::MAX.to_le_bytes();
    for (name, at, what) in [
        ("SOFTWARE", 52, &[0u8, 0, 0, 0][..]),
        ("SOFTWARE", 52, &[1, 0, 0, 0]),
        ("SOFTWARE", 52, &[202, 0, 0, 0]),
        ("SOFTWARE", 52, &[0xFF; 4]),
        ("SOFTWARE", 56, &max),
        ("System Profile.dat", 52, &[0xFF; 4]),
        ("System Profile.dat", 52, &[199, 0, 0, 0]),
        ("System Profile.dat", 52, &[0, 0, 0, 0]),
        ("System Profile.dat", 56, &max),
        ("System Profile.dat", 56, &[0, 0, 4]),
    ] {
        let mut volume = ExfatVolume::sample();
        volume.change(name, at, what);
        let fat = open(volume.bytes);
        let error = fat.file(&find(&fat, &[name])).unwrap_err();
        assert!(matches!(error, Error::Field { .. }), "{name} {at} {error}");
    }
    // More was written than there is.
    let mut volume = ExfatVolume::sample();
    volume.change("System Profile.dat", 40, &max);
    let fat = open(volume.bytes);
    assert!(content(&fat, &find(&fat, &["System Profile.dat"])).unwrap() == pattern(2, PROFILE_LEN));
    // The last cluster of the volume.
    let mut volume = ExfatVolume::sample();
    volume.change("System Profile.dat", 52, &[198, 0, 0, 0]);
    let fat = open(volume.bytes);
    assert!(content(&fat, &find(&fat, &["System Profile.dat"])).is_ok());
}

#[test]
fn folders_that_are_damaged() {
    let listing = |volume: ExfatVolume, path: &[&str]| {
        let fat = open(volume.bytes);
        let listing = fat.entries(&find(&fat, path), 100).unwrap();
        assert_eq!(fat.anomalies().0.len(), usize::from(!listing.complete));
        (listing.entries.len(), listing.complete)
    };
    assert_eq!(listing(ExfatVolume::sample(), &[FOLDER]), (20, true));
    // The folder with a chain, which leads to both its clusters or to one.
    let mut volume = ExfatVolume::sample();
    volume.change(FOLDER, 33, &[1]);
    volume.chain(&[40, 41]);
    assert_eq!(listing(volume, &[FOLDER]), (20, true));
    let mut volume = ExfatVolume::sample();
    volume.change(FOLDER, 33, &[1]);
    volume.chain(&[40]);
    assert_eq!(listing(volume, &[FOLDER]), (10, false));
    // The root in a circle.
    let mut volume = ExfatVolume::sample();
    volume.set_link(4, 4);
    assert_eq!(listing(volume, &[]), (2, false));
    for (at, what) in [(52, [0xFFu8; 4]), (52, [0; 4]), (52, [201, 0, 0, 0]), (57, [0xFF; 4])] {
        let mut volume = ExfatVolume::sample();
        volume.change(FOLDER, at, &what);
        assert_eq!(listing(volume, &[FOLDER]), (0, false));
    }
}

#[test]
fn the_backup_and_the_checksum() {
    let is_backup = |fat: &Fat| {
        assert!(content(fat, &find(fat, &["SOFTWARE"])).unwrap() == pattern(1, SOFTWARE_LEN));
        let (anomalies, _) = fat.anomalies();
        matches!(&anomalies[..], [anomaly] if matches!(anomaly.kind, AnomalyKind::BackupBootSector(_)))
    };
    for damage in [0u8, 0xFF] {
        let mut volume = ExfatVolume::sample();
        volume.bytes[..SECTOR].fill(damage);
        assert!(is_backup(&open(volume.bytes)));
    }
    // The numbers look well, but the checksum is wrong.
    let mut volume = ExfatVolume::sample();
    volume.bytes[96] = 30;
    assert!(is_backup(&open(volume.bytes)));
    // Both checksums are wrong: the first sector is as good as the other.
    let mut volume = ExfatVolume::sample();
    for at in [200, 200 + 12 * SECTOR] {
        volume.bytes[at] = 1;
    }
    let fat = open(volume.bytes);
    assert!(content(&fat, &find(&fat, &["SOFTWARE"])).is_ok());
    assert!(matches!(fat.anomalies().0[0].kind, AnomalyKind::BootChecksum(_)));
    // One is gone, the other has a wrong checksum.
    let mut volume = ExfatVolume::sample();
    volume.bytes[..SECTOR].fill(0);
    volume.bytes[200 + 12 * SECTOR] = 1;
    let fat = open(volume.bytes);
    assert!(content(&fat, &find(&fat, &["SOFTWARE"])).is_ok());
    assert_eq!(fat.anomalies().0.len(), 2);
    // Both are gone.
    let mut volume = ExfatVolume::sample();
    volume.bytes[..SECTOR].fill(0);
    volume.bytes[12 * SECTOR..13 * SECTOR].fill(0);
    assert!(matches!(Fat::open(Arc::new(volume.bytes)), Err(Error::NotFat(_))));
}

#[test]
fn flags_change_without_the_checksum() {
    let mut volume = ExfatVolume::sample();
    put(&mut volume.bytes, 106, &[2, 0]);
    volume.bytes[112] = 7;
    assert!(open(volume.bytes).anomalies().0.is_empty());
}

/// Nothing of a file is read when it is opened, and only what was asked for after.
#[test]
fn clones_share_and_files_outlive_the_volume() {
    let fat = open(ExfatVolume::sample().bytes);
    let file = fat.file(&find(&fat.clone(), &["SOFTWARE"])).unwrap();
    drop(fat);
    let file: Arc<dyn ReadAt> = Arc::new(file);
    let mut buf = [0; 10];
    file.read_into(1020, &mut buf).unwrap();
    assert_eq!(buf[..], pattern(1, SOFTWARE_LEN)[1020..1030]);
}
