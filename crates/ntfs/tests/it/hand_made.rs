//! The volume made by hand, read as it is.

use std::sync::Arc;

use crate::sample::{Sample, pattern};
use crate::tree::{content, lines};
use hivekey_ntfs::{
    ClusterState, EntryKind, Error, FileReference, Limits, Lookup, Namespace, Ntfs, NtfsFile, ReadAt, RecordNumber,
    Reparse, WofAlgorithm,
};

pub fn open(bytes: Vec<u8>) -> Ntfs {
    Ntfs::open(Arc::new(bytes), &Limits::default()).expect("the volume opens")
}

fn file(volume: &Ntfs, path: &[&str]) -> NtfsFile {
    volume.lookup(path).unwrap().found().expect("the path leads somewhere").open().unwrap()
}

#[test]
fn the_tree_is_read_without_a_complaint() {
    let volume = open(Sample::new().bytes);
    let paths: Vec<String> = lines(&volume).iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(
        paths,
        [
            "/Docs/",
            "/Docs/inner.txt",
            "/Docs/linked.bin",
            "/Docs/linked.bin:note",
            "/lz.bin",
            "/plain.bin",
            "/plain.bin:note",
            "/split.bin",
            "/wof.bin",
            "/wof.bin:WofCompressedData"
        ]
    );
    assert_eq!(volume.label().as_deref(), Some("Sample"));
    assert_eq!(volume.record_count(), 48);
    assert!(volume.anomalies().0.is_empty(), "{:?}", volume.anomalies());
}

#[test]
fn contents() {
    let volume = open(Sample::new().bytes);
    let mut plain = pattern(1, 1024);
    plain.resize(5 * 512, 0);
    plain.extend(&pattern(2, 512)[..500]);
    let read = file(&volume, &["plain.bin"]);
    assert_eq!(content(&read).unwrap(), plain);
    assert_eq!(read.plain_extents(), [(0, 200 * 512, 1024), (5 * 512, 150 * 512, 500)]);
    for at in [0usize, 1, 511, 512, 1023, 1024, 2559, 2560, 3059] {
        let mut byte = [0u8; 1];
        read.read_into(u64::try_from(at).unwrap(), &mut byte).unwrap();
        assert_eq!(byte[0], plain[at]);
    }
    assert!(read.read_into(3060, &mut [0]).is_err());
    assert!(read.read_into(u64::MAX, &mut [0]).is_err());

    assert_eq!(content(&file(&volume, &["split.bin"])).unwrap(), pattern(3, 2048));
    let mut packed = b"ab".repeat(4096);
    packed.resize(16384, 0);
    packed.extend(pattern(4, 8192));
    assert_eq!(content(&file(&volume, &["lz.bin"])).unwrap(), packed);
    assert_eq!(content(&file(&volume, &["wof.bin"])).unwrap(), b"abc".repeat(100));
    assert_eq!(content(&file(&volume, &["docs", "inner.txt"])).unwrap(), b"inside");
    let note = volume.lookup(&["plain.bin"]).unwrap().found().unwrap();
    assert_eq!(content(&note.open_stream("note").unwrap()).unwrap(), b"a second stream");
    assert!(matches!(note.open_stream("other"), Err(Error::NoStream { .. })));
}

#[test]
fn look_ups() {
    let volume = open(Sample::new().bytes);
    let reference = |path: &[&str]| match volume.lookup(path).unwrap() {
        Lookup::Found(file) => Some(file.reference().record.0),
        _ => None,
    };
    assert_eq!(reference(&[]), Some(5));
    assert_eq!(reference(&["DOCS"]), Some(16));
    assert_eq!(reference(&["docs", "INNER.TXT"]), Some(28));
    // Short names are not listed, but they lead to the file.
    assert_eq!(reference(&["docs", "inner~1.txt"]), Some(28));
    assert_eq!(reference(&["Docs", "linked.bin"]), reference(&["plain.bin"]));
    assert!(matches!(volume.lookup(&["Docs", "none", "x"]).unwrap(), Lookup::Missing { depth: 1 }));
    assert!(matches!(volume.lookup(&["plain.bin", "x"]).unwrap(), Lookup::Missing { depth: 1 }));
    assert!(matches!(volume.lookup(&["zzz"]).unwrap(), Lookup::Missing { depth: 0 }));
    assert!(matches!(volume.lookup(&[""]).unwrap(), Lookup::Missing { depth: 0 }));
    let Lookup::Link { link, depth: 1 } = volume.lookup(&["link", "inner.txt"]).unwrap() else {
        panic!("a link is named, not followed");
    };
    let Some(Reparse::Symlink(target)) = link.reparse().unwrap() else {
        panic!("the link is a symbolic one");
    };
    assert_eq!((target.target.as_str(), target.relative), ("Docs", true));
    assert!(matches!(volume.lookup(&["Link"]).unwrap(), Lookup::Found(_)));
}

#[test]
fn entries_and_names() {
    let volume = open(Sample::new().bytes);
    let listing = volume.entries(&volume.root().unwrap()).unwrap();
    let kinds: Vec<(&str, EntryKind)> = listing.entries.iter().map(|entry| (entry.name.as_str(), entry.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("Docs", EntryKind::Directory),
            ("Link", EntryKind::Link),
            ("lz.bin", EntryKind::File),
            ("plain.bin", EntryKind::File),
            ("split.bin", EntryKind::File),
            ("wof.bin", EntryKind::File)
        ]
    );
    let wof = volume.file(listing.entries[5].reference).unwrap();
    assert_eq!(wof.reparse().unwrap(), Some(Reparse::Wof(WofAlgorithm::Xpress4K)));
    let plain = volume.file(listing.entries[3].reference).unwrap();
    let names: Vec<String> = plain.names().into_iter().map(|name| name.name).collect();
    assert_eq!(names, ["plain.bin", "linked.bin"]);
    let inner = volume.lookup(&["Docs", "inner.txt"]).unwrap().found().unwrap();
    assert_eq!(inner.names()[1].namespace, Namespace::Dos);
    assert_eq!(inner.size(), Some(6));
    assert!(matches!(volume.entries(&inner), Err(Error::NotADirectory(_))));
    assert!(matches!(volume.root().unwrap().open(), Err(Error::NoStream { .. })));
}

#[test]
fn references_that_lead_nowhere() {
    let volume = open(Sample::new().bytes);
    let file = |record: u64, sequence: u16| volume.file(FileReference { record: RecordNumber(record), sequence });
    assert!(file(17, 1).is_ok());
    assert!(file(17, 0).is_ok());
    assert!(matches!(file(17, 2), Err(Error::Stale { actual: 1, .. })));
    assert!(matches!(file(19, 1), Err(Error::Extension { .. })));
    assert!(matches!(file(40, 1), Err(Error::Signature { .. })));
    for record in [48, 49, 0xFFFF_FFFF, (1 << 48) - 1] {
        assert!(matches!(file(record, 1), Err(Error::NoRecord { .. })));
    }
}

#[test]
fn deleted_files_with_their_paths_and_clusters() {
    let volume = open(Sample::new().bytes);
    let found: Vec<(String, Option<u64>, ClusterState)> =
        volume.deleted().map(|file| (format!("{}/{}", file.path, file.name), file.size, file.clusters)).collect();
    assert_eq!(
        found,
        [
            ("Docs/gone.txt".to_owned(), Some(600), ClusterState::Free),
            ("/Old".to_owned(), None, ClusterState::Unknown),
            ("Old/SOFTWARE".to_owned(), Some(2048), ClusterState::PartlyReused { in_use: 2, total: 4 }),
            ("?//orphan".to_owned(), Some(1), ClusterState::Resident)
        ]
    );
    let lost = volume.record(RecordNumber(26)).unwrap();
    assert!(!lost.is_in_use());
    assert_eq!(content(&lost.open().unwrap()).unwrap(), pattern(5, 2048));
}
