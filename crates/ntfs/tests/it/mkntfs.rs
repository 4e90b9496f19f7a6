//! Volumes that `mkntfs` formats, with files that `ntfscp` puts there: geometries that the corpus does not have.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use crate::sample::pattern;
use crate::tree::content;
use hivekey_ntfs::{AnomalyKind, ClusterState, Limits, Listing, Lookup, Ntfs, ReadAt};

/// The program by its name or where systems keep it that do not have it in the search path of users.
fn program(name: &str) -> Option<PathBuf> {
    let places = [PathBuf::from(name), Path::new("/usr/sbin").join(name), Path::new("/sbin").join(name)];
    let runs = |place: &PathBuf| {
        Command::new(place).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    };
    places.into_iter().find(runs)
}

/// Formats a volume, quickly: what the file held lies there still. `None`, with a note, if the program is not there.
pub fn format(image: &Path, len: u64, sector: u32, cluster: u32) -> Option<()> {
    let Some(mkntfs) = program("mkntfs") else {
        println!("skipped: mkntfs absent");
        return None;
    };
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(image).unwrap();
    file.set_len(len).unwrap();
    let status = Command::new(mkntfs)
        .args(["-F", "-Q", "-q", "-L", "Made", "-s", &sector.to_string(), "-c", &cluster.to_string()])
        .arg(image)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "mkntfs -s {sector} -c {cluster}");
    Some(())
}

fn made(sector: u32, cluster: u32, file: &[u8]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("volume");
    format(&image, if cluster > 65_536 { 96 << 20 } else { 12 << 20 }, sector, cluster)?;
    let Some(ntfscp) = program("ntfscp") else {
        println!("skipped: ntfscp absent");
        return None;
    };
    let source = folder.path().join("SOFTWARE");
    fs::write(&source, file).unwrap();
    let status = Command::new(ntfscp)
        .args(["-f", "-q"])
        .args([&image, &source])
        .arg("SOFTWARE")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "ntfscp");
    Some(fs::read(&image).unwrap())
}

fn open(bytes: Vec<u8>) -> Ntfs {
    Ntfs::open(Arc::new(bytes), &Limits::default()).unwrap()
}

#[test]
fn geometries() {
    let file = pattern(9, 300_001);
    for (sector, cluster) in [
        (512, 512),
        (512, 1024),
        (512, 4096),
        (512, 65_536),
        (512, 2 << 20),
        (1024, 4096),
        (4096, 4096),
        (4096, 2 << 20),
    ] {
        let Some(bytes) = made(sector, cluster, &file) else {
            return;
        };
        let volume = open(bytes);
        assert_eq!(volume.boot_sector().cluster_size, u64::from(cluster));
        assert_eq!(volume.label().as_deref(), Some("Made"));
        let found = volume.lookup(&["software"]).unwrap().found().expect("the file");
        assert!(content(&found.open().unwrap()).unwrap() == file, "{sector} {cluster}");
        let secure = volume.lookup(&["$Secure"]).unwrap().found().unwrap();
        assert!(content(&secure.open_stream("$SDS").unwrap()).is_ok());
        assert!(names(&root_listing(&volume)).contains(&"SOFTWARE"));
        assert!(volume.anomalies().0.is_empty(), "{:?}", volume.anomalies());
    }
}

#[test]
fn damage() {
    let file = pattern(9, 5000);
    for sector in [512u32, 4096] {
        let Some(bytes) = made(sector, 4096, &file) else {
            return;
        };
        let intact = root_listing(&open(bytes.clone()));

        // The first sector is lost: the backup is in the last one.
        let mut damaged = bytes.clone();
        damaged[..usize::try_from(sector).unwrap()].fill(0xFF);
        let volume = open(damaged);
        assert_eq!(root_listing(&volume).entries, intact.entries);
        assert!(matches!(
            volume.anomalies().0[..],
            [hivekey_ntfs::Anomaly { kind: AnomalyKind::BackupBootSector, .. }]
        ));

        // The first record of the table is lost: the mirror has it.
        let boot = open(bytes.clone()).boot_sector().clone();
        let table = usize::try_from(boot.mft.0 * boot.cluster_size).unwrap();
        let record = usize::try_from(boot.record_size).unwrap();
        let mut damaged = bytes.clone();
        damaged[table..table + record].fill(0);
        let volume = open(damaged);
        assert!(matches!(volume.lookup(&["SOFTWARE"]).unwrap(), Lookup::Found(_)));
        assert!(volume.anomalies().0.iter().any(|anomaly| matches!(anomaly.kind, AnomalyKind::MftMirror)));

        // The index of the root is lost: the files say where they were.
        let mut damaged = bytes.clone();
        let blocks: Vec<usize> = (0..bytes.len()).step_by(512).filter(|&at| bytes[at..].starts_with(b"INDX")).collect();
        for at in blocks {
            damaged[at..at + 4].copy_from_slice(b"BAAD");
        }
        let volume = open(damaged);
        let found = volume.lookup(&["software"]).unwrap().found().expect("the file");
        assert!(content(&found.open().unwrap()).unwrap() == file);
        let listing = root_listing(&volume);
        assert!(listing.complete);
        assert_eq!(names(&listing), names(&intact));
    }
}

/// A quick format leaves old records behind the new table and in free clusters.
#[test]
fn what_an_earlier_format_left() {
    let file = pattern(9, 300_001);
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("volume");
    for new_cluster in [4096, 8192] {
        let Some(bytes) = made(512, 4096, &file) else {
            return;
        };
        fs::write(&image, &bytes).unwrap();
        format(&image, 12 << 20, 512, new_cluster).unwrap();
        let bytes = fs::read(&image).unwrap();
        let volume = open(bytes.clone());
        assert!(matches!(volume.lookup(&["SOFTWARE"]).unwrap(), Lookup::Missing { .. }));
        let earlier = volume.earlier_format();
        assert!(earlier.complete);
        assert_eq!(earlier.volume.boot_sector().cluster_size, 4096);
        let found: Vec<_> = earlier.files().named(|name| name == "SOFTWARE").collect();
        let [found] = &found[..] else { panic!("{found:?}") };
        assert!(found.path.from_root() && found.path.components.is_empty());
        assert_eq!(found.size, Some(300_001));
        // The clusters of the present format are twice as long the second time, and its own files have two of those.
        if new_cluster == 4096 {
            assert_eq!(found.clusters, ClusterState::Free);
            let left = earlier.volume.record(found.reference.record).unwrap().open().unwrap();
            assert!(content(&left).unwrap() == file);
        } else {
            assert!(matches!(found.clusters, ClusterState::PartlyReused { total: 37 | 38, .. }), "{found:?}");
        }

        let mut limits = Limits::default();
        limits.max_swept_bytes = 1024;
        let earlier = Ntfs::open(Arc::new(bytes), &limits).unwrap().earlier_format();
        assert!(!earlier.complete && earlier.swept <= 1024);
    }
}

fn root_listing(volume: &Ntfs) -> Listing {
    volume.entries(&volume.root().unwrap()).unwrap()
}

fn names(listing: &Listing) -> Vec<&str> {
    let mut names: Vec<&str> = listing.entries.iter().map(|entry| entry.name.as_str()).collect();
    names.sort_unstable();
    names
}

/// The upper case of a volume is read for names beyond ASCII, and Unicode stands in for a lost table.
#[test]
fn upper_case() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("volume");
    if format(&image, 12 << 20, 512, 4096).is_none() {
        return;
    }
    let bytes = fs::read(&image).unwrap();
    let volume = open(bytes.clone());
    // Two names that differ beyond ASCII make the table be read.
    assert!(matches!(volume.lookup(&["$\u{e9}"]).unwrap(), Lookup::Missing { .. }));
    assert!(volume.anomalies().0.is_empty());
    let table = volume.record(hivekey_ntfs::RecordNumber::UPCASE).unwrap().open().unwrap();
    assert_eq!(table.len(), 131_072);
    let place = usize::try_from(volume.record(hivekey_ntfs::RecordNumber::UPCASE).unwrap().record_offset().0).unwrap();
    let mut damaged = bytes;
    damaged[place] = 0;
    let volume = open(damaged);
    assert!(matches!(volume.lookup(&["$\u{e9}"]).unwrap(), Lookup::Missing { .. }));
    assert!(volume.anomalies().0.iter().any(|anomaly| matches!(anomaly.kind, AnomalyKind::UpCase(_))));
}
