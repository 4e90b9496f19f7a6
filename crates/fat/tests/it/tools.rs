//! Volumes that other programs make and check: dosfstools, mtools, exfatprogs.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use crate::exfat_volume::ExfatVolume;
use crate::fat_volume::{pattern, sample};
use crate::use_all::{content, find, names};
use hivekey_fat::{AnomalyKind, Error, Fat, FatKind, ReadAt, ReadError};
use hivekey_read_at::check_range;

/// Runs a program by its name or where systems keep it that do not have it in the search path of users; `None`, with a note,
/// if it is not there.
fn run(name: &str, arguments: &[&str]) -> Option<Output> {
    let places = [PathBuf::from(name), Path::new("/usr/sbin").join(name), Path::new("/sbin").join(name)];
    for place in places {
        if let Ok(output) = Command::new(place).args(arguments).env("LC_ALL", "C.UTF-8").output() {
            return Some(output);
        }
    }
    println!("skipped: {name} absent");
    None
}

/// As [`run`], for what must succeed.
fn done(name: &str, arguments: &[&str]) -> Option<()> {
    let output = run(name, arguments)?;
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{name} {arguments:?}: {text:?}");
    Some(())
}

struct Device {
    file: Mutex<File>,
    len: u64,
}

impl ReadAt for Device {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.len)?;
        let mut file = self.file.lock().unwrap();
        file.seek(SeekFrom::Start(offset)).unwrap();
        file.read_exact(buf).map_err(|error| ReadError::io(offset, buf.len(), error))
    }
}

struct Image {
    folder: tempfile::TempDir,
    path: String,
}

impl Image {
    fn new(len: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("volume").to_str().unwrap().to_owned();
        File::create(&path).unwrap().set_len(len).unwrap();
        Self { folder, path }
    }

    fn of(bytes: &[u8]) -> Self {
        let image = Self::new(0);
        fs::write(&image.path, bytes).unwrap();
        image
    }

    /// The volume; the larger ones are mostly holes and are not read as a whole.
    fn open(&self) -> Result<Fat, Error> {
        let file = File::open(&self.path).unwrap();
        let len = file.metadata().unwrap().len();
        Fat::open(Arc::new(Device { file: Mutex::new(file), len }))
    }

    fn put(&self, at: u64, bytes: &[u8]) {
        let mut file = File::options().write(true).open(&self.path).unwrap();
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(bytes).unwrap();
    }

    fn copy(&self, bytes: &[u8], to: &str) -> Option<()> {
        let source = self.folder.path().join("source");
        fs::write(&source, bytes).unwrap();
        done("mcopy", &["-o", "-i", &self.path, source.to_str().unwrap(), to])
    }
}

const LONG: &str = "Sicherung der Registrierung, größer als sonst.reg";

/// A volume with files: in pieces, deleted ones, with long names, in folders.
fn made(len: u64, arguments: &[&str]) -> Option<Image> {
    let image = Image::new(len);
    done("mkfs.fat", &[&["-n", "BACKUPS"], arguments, &[&image.path]].concat())?;
    // mtools gives the first free clusters: those of the odd files that are deleted.
    for number in 0..40 {
        image.copy(&pattern(number, 5000), &format!("::f{number}.bin"))?;
    }
    for number in (1..40).step_by(2) {
        done("mdel", &["-i", &image.path, &format!("::f{number}.bin")])?;
    }
    image.copy(&pattern(100, 300_001), "::SOFTWARE")?;
    done("mmd", &["-i", &image.path, "::Backup of Windows", "::Backup of Windows/config"])?;
    image.copy(&pattern(101, 70_000), &format!("::Backup of Windows/config/{LONG}"))?;
    for number in 0..60 {
        image.copy(b"x", &format!("::Backup of Windows/A rather long name, number {number}"))?;
    }
    image.copy(b"", "::Backup of Windows/empty")?;
    Some(image)
}

#[test]
fn volumes_of_dosfstools() {
    for (kind, len, arguments) in [
        (FatKind::Fat12, 1_474_560, &["-F", "12"][..]),
        (FatKind::Fat12, 4 << 20, &["-F", "12", "-s", "8"]),
        (FatKind::Fat12, 8 << 20, &["-F", "12", "-S", "4096", "-s", "1"]),
        (FatKind::Fat16, 6 << 20, &["-F", "16", "-s", "2"]),
        (FatKind::Fat16, 20 << 20, &["-F", "16", "-f", "1"]),
        (FatKind::Fat16, 32 << 20, &["-F", "16", "-S", "2048", "-s", "1"]),
        (FatKind::Fat32, 40 << 20, &["-F", "32", "-s", "1"]),
        (FatKind::Fat32, 72 << 20, &["-F", "32", "-S", "1024", "-s", "1"]),
        (FatKind::Fat32, 300 << 20, &["-F", "32", "-S", "4096", "-s", "1"]),
    ] {
        let Some(image) = made(len, arguments) else {
            return;
        };
        let fat = image.open().unwrap();
        assert_eq!(fat.kind(), kind, "{arguments:?}");
        let root = names(&fat, &fat.root());
        assert_eq!(root.len(), 22, "{root:?}");
        for number in (0..40).step_by(2) {
            assert!(content(&fat, &find(&fat, &[&format!("F{number}.BIN")])).unwrap() == pattern(number, 5000));
        }
        let software = find(&fat, &["software"]);
        assert!(content(&fat, &software).unwrap() == pattern(100, 300_001), "{arguments:?}");
        if kind != FatKind::Fat32 {
            // FAT32 remembers where the last free cluster was.
            assert!(fat.file(&software).unwrap().plain_extents().len() > 10, "{arguments:?}");
        }
        let config = find(&fat, &["BACKUP OF windows", "Config"]);
        assert_eq!(names(&fat, &config), [LONG]);
        assert!(content(&fat, &find(&fat, &["Backup of Windows", "config", LONG])).unwrap() == pattern(101, 70_000));
        let folder = names(&fat, &find(&fat, &["Backup of Windows"]));
        assert_eq!((folder.len(), folder[0].as_str()), (62, "config"));
        assert_eq!(folder[60], "A rather long name, number 59");
        assert!(fat.anomalies().0.is_empty(), "{:?}", fat.anomalies());

        // Without the first sector.
        image.put(0, &[0; 512]);
        match (kind, image.open()) {
            (FatKind::Fat32, Ok(fat)) => {
                assert_eq!(names(&fat, &fat.root()), root);
                assert!(matches!(fat.anomalies().0[0].kind, AnomalyKind::BackupBootSector(_)));
            }
            (FatKind::Fat12 | FatKind::Fat16, Err(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn volumes_of_exfatprogs() {
    for (len, arguments) in [(8 << 20, &["-c", "4096"][..]), (8 << 20, &["-c", "512"]), (64 << 20, &["-c", "1M"])] {
        let image = Image::new(len);
        if done("mkfs.exfat", &[&["-L", "BACKUPS"], arguments, &[&image.path]].concat()).is_none() {
            return;
        }
        let fat = image.open().unwrap();
        assert_eq!(fat.kind(), FatKind::ExFat);
        assert_eq!(names(&fat, &fat.root()).len(), 0);
        assert!(fat.anomalies().0.is_empty(), "{:?}", fat.anomalies());
        // The name, the serial number and the signature: all of them stay damaged.
        for at in [3, 100, 510] {
            image.put(at, &[0x11]);
            let fat = image.open().unwrap();
            assert_eq!(names(&fat, &fat.root()).len(), 0);
            let (anomalies, _) = fat.anomalies();
            assert!(matches!(&anomalies[..], [anomaly] if matches!(anomaly.kind, AnomalyKind::BackupBootSector(_))));
        }
    }
}

/// FAT32 with too few clusters by the letter of the specification, which mtools does not read.
#[test]
fn small_fat32() {
    let image = Image::new(4 << 20);
    if done("mkfs.fat", &["-F", "32", "-s", "1", "-n", "BACKUPS", &image.path]).is_some() {
        let fat = image.open().unwrap();
        assert_eq!((fat.kind(), names(&fat, &fat.root()).len()), (FatKind::Fat32, 0));
        assert!(fat.anomalies().0.is_empty(), "{:?}", fat.anomalies());
    }
}

/// What the tests make by hand is what others take for a volume without fault, but for what is left behind on purpose.
#[test]
fn the_samples_are_sound() {
    for kind in [FatKind::Fat12, FatKind::Fat16, FatKind::Fat32] {
        let image = Image::of(&sample(kind).bytes);
        let Some(output) = run("fsck.fat", &["-n", "-v", &image.path]) else {
            break;
        };
        let said = String::from_utf8(output.stdout).unwrap();
        let (_, found) = said.split_once("sectors total\n").unwrap();
        let faults: Vec<&str> = found.lines().filter(|line| !line.starts_with("  ")).collect();
        assert!(faults[0].starts_with("Wrong checksum for long file name \"orphan.txt\""), "{said}");
        assert!(faults[1].starts_with("Orphaned long file name part \"deleted.txt\""), "{said}");
        assert!(faults[2].starts_with("There is no label in boot sector"), "{said}");
        assert_eq!(faults[3], "Checking for unused clusters.");
        let rest = match kind {
            FatKind::Fat32 => {
                &["Checking free cluster summary.", "Free cluster summary uninitialized (should be 69)"][..]
            }
            _ => &[],
        };
        assert_eq!(&faults[4..4 + rest.len()], rest);
        assert!(faults[4 + rest.len()..].len() == 3 && faults.last().unwrap().contains(": 6 files, 1"), "{said}");
    }
    let image = Image::of(&ExfatVolume::sample().bytes);
    if let Some(output) = run("fsck.exfat", &["-n", &image.path]) {
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && said.contains("clean. directories 2, files 23"), "{said}");
    }
}
