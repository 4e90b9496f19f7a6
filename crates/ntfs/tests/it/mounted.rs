//! A volume that ntfs-3g writes: fragments, compression, a directory of thousands, deleted files. Needs `ntfs-3g` and FUSE.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;

use crate::counting::Counting;
use crate::mkntfs;
use crate::sample::pattern;
use crate::tree::{content, lines};
use hivekey_ntfs::{AnomalyKind, ClusterState, Limits, Ntfs};

fn run(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// A mounted volume; given back however the test ends.
struct Mounted<'a> {
    folder: &'a Path,
}

impl<'a> Mounted<'a> {
    fn new(image: &Path, folder: &'a Path) -> Option<Self> {
        fs::create_dir(folder).unwrap();
        if run(Command::new("ntfs-3g").args(["-o", "compression"]).arg(image).arg(folder)) {
            return Some(Self { folder });
        }
        println!("skipped: ntfs-3g or FUSE absent");
        None
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let _ =
            run(Command::new("umount").arg(self.folder)) || run(Command::new("fusermount").arg("-u").arg(self.folder));
    }
}

const PIECES: usize = 700;
const FILES: usize = 3000;

/// A file of pieces with holes between them, so that its runs need an attribute list.
fn holes(path: &Path) -> Vec<u8> {
    let mut expected = vec![0u8; PIECES * 8192];
    let mut file = File::create(path).unwrap();
    for piece in 0..PIECES {
        let bytes = pattern(u8::try_from(piece % 251).unwrap(), 4096);
        file.seek(SeekFrom::Start(u64::try_from(piece * 8192).unwrap())).unwrap();
        file.write_all(&bytes).unwrap();
        expected[piece * 8192..][..4096].copy_from_slice(&bytes);
    }
    file.set_len(u64::try_from(expected.len()).unwrap()).unwrap();
    expected
}

#[test]
fn what_ntfs_3g_writes() {
    let folder = tempfile::tempdir().unwrap();
    let (image, point) = (folder.path().join("volume"), folder.path().join("mounted"));
    if mkntfs::format(&image, 64 << 20, 512, 4096).is_none() {
        return;
    }
    let Some(mounted) = Mounted::new(&image, &point) else {
        return;
    };
    let text: Vec<u8> =
        (0..60_000u64).map(|line| format!("{line} lorem ipsum {}\n", line * 7)).collect::<String>().into();
    fs::create_dir_all(point.join("Windows/System32/config")).unwrap();
    let expected = holes(&point.join("Windows/System32/config/SOFTWARE"));
    fs::create_dir(point.join("packed")).unwrap();
    // Files made in a directory with this attribute are compressed.
    let packed =
        run(Command::new("setfattr").args(["-n", "system.ntfs_attrib", "-v", "0x10080000"]).arg(point.join("packed")));
    if !packed {
        println!("skipped: setfattr absent, so nothing is compressed");
    }
    fs::write(point.join("packed/text"), &text).unwrap();
    fs::write(point.join("packed/random"), pattern(1, 200_001)).unwrap();
    fs::create_dir(point.join("many")).unwrap();
    for number in 0..FILES {
        let name = format!("{number:05} a name that fills the index");
        fs::write(point.join("many").join(name), vec![1u8; 1 + number % 1000]).unwrap();
    }
    fs::write(point.join("Ünïcode.TXT"), b"name").unwrap();
    fs::write(point.join("many/gone"), pattern(7, 100_000)).unwrap();
    fs::hard_link(point.join("packed/text"), point.join("linked")).unwrap();
    drop(mounted);
    let mounted = Mounted { folder: &point };
    assert!(run(Command::new("ntfs-3g").arg(&image).arg(&point)));
    fs::remove_file(point.join("many/gone")).unwrap();
    drop(mounted);

    let (device, read) = Counting::new(fs::read(&image).unwrap());
    let volume = Ntfs::open(device, &Limits::default()).unwrap();
    let open = |path: &[&str]| volume.lookup(path).unwrap().found().expect("the path leads somewhere").open().unwrap();
    assert!(content(&open(&["windows", "system32", "CONFIG", "software"])).unwrap() == expected);
    assert!(content(&open(&["packed", "TEXT"])).unwrap() == text);
    assert_eq!(open(&["packed", "text"]).plain_extents().is_empty(), packed);
    assert!(content(&open(&["linked"])).unwrap() == text);
    assert!(content(&open(&["packed", "random"])).unwrap() == pattern(1, 200_001));
    assert_eq!(content(&open(&["üNÏCODE.txt"])).unwrap(), b"name");
    let many = volume.lookup(&["many"]).unwrap().found().unwrap();
    assert_eq!(volume.entries(&many).unwrap().entries.len(), FILES);
    let before = read.load(Ordering::Relaxed);
    for number in (0..FILES).step_by(97) {
        let name = format!("{number:05} A NAME THAT FILLS THE INDEX");
        assert!(volume.lookup(&["MANY", &name]).unwrap().found().is_some(), "{name}");
    }
    let per_look_up = (read.load(Ordering::Relaxed) - before) / 31;
    assert!(per_look_up < 32 << 10, "{per_look_up}");
    assert!(lines(&volume).len() > FILES);
    assert!(volume.anomalies().0.is_empty(), "{:?}", volume.anomalies());

    let gone = volume.deleted().find(|file| file.name == "gone").expect("the deleted file");
    assert_eq!(gone.path.to_string(), "many");
    assert_eq!((gone.size, gone.clusters), (Some(100_000), ClusterState::Free));
    let content_of_gone = content(&volume.record(gone.reference.record).unwrap().open().unwrap()).unwrap();
    assert!(content_of_gone == pattern(7, 100_000));
    names_in_a_damaged_directory(fs::read(&image).unwrap());
}

/// With its index gone, the names of a directory of thousands are searched in the whole table once, not for each of them.
fn names_in_a_damaged_directory(mut bytes: Vec<u8>) {
    let blocks: Vec<usize> = (0..bytes.len()).step_by(512).filter(|&at| bytes[at..].starts_with(b"INDX")).collect();
    blocks.into_iter().for_each(|at| bytes[at..at + 4].fill(0));
    let (device, read) = Counting::new(bytes);
    let volume = Ntfs::open(device, &Limits::default()).unwrap();
    assert!(volume.lookup(&["many", "none"]).unwrap().found().is_none());
    let before = read.load(Ordering::Relaxed);
    for number in 0..FILES {
        let name = format!("{number:05} A NAME THAT FILLS THE INDEX");
        assert!(volume.lookup(&["MANY", &name]).unwrap().found().is_some(), "{name}");
    }
    let per_look_up = (read.load(Ordering::Relaxed) - before) / u64::try_from(FILES).unwrap();
    assert!(per_look_up < 4 << 10, "{per_look_up}");
    let rebuilt = |kind: &AnomalyKind| matches!(kind, AnomalyKind::IndexRebuilt { complete: true, .. });
    let (anomalies, _) = volume.anomalies();
    assert_eq!(anomalies.iter().filter(|anomaly| rebuilt(&anomaly.kind)).count(), 2, "{anomalies:?}");
    let many = volume.lookup(&["many"]).unwrap().found().unwrap();
    assert_eq!(volume.folder_path(many.reference()).to_string(), "many");
}
