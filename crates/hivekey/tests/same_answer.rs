//! The same installation gives the same report, whatever holds it: a folder, each container, each kind of partition table, each archive,
//! each WIM. Only the path, the kind and the bytes read may differ. What makes the images is not on every machine; what is missing is
//! said and skipped.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hivekey::{ImageOptions, Options, Password, RecoveryKey, Secret, inspect};
use hivekey_testkit::disk::bitlocker::{Protector, bitlocker};
use hivekey_testkit::disk::ntfs_volume::{make, make_disk, run};
use hivekey_testkit::disk::{BASIC_DATA, Disk, Partition};
use serde_json::Value;

const BACKUP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/server2019-backup");
const MIB: u64 = 1 << 20;

/// The report on a source without what may differ, and the kind that it names.
fn report(path: &Path, options: &Options) -> (Value, String) {
    let report = inspect(path, options);
    let mut source = serde_json::to_value(&report.sources[0]).unwrap();
    let object = source.as_object_mut().unwrap();
    let kind = object.remove("kind").unwrap().as_str().unwrap().to_owned();
    assert!(object.remove("path").is_some() && object.remove("bytes_read").is_some());
    without_partition(&mut source);
    (source, kind)
}

/// Takes the folder that stands for a partition out of all paths.
fn without_partition(value: &mut Value) {
    match value {
        Value::String(text) => {
            for number in 1..=5 {
                *text = text.replace(&format!("partition {number}/"), "");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_partition),
        Value::Object(fields) => fields.values_mut().for_each(without_partition),
        _ => {}
    }
}

struct Matrix {
    work: tempfile::TempDir,
    expected: Value,
    compared: Vec<String>,
}

impl Matrix {
    fn at(&self, name: &str) -> PathBuf {
        self.work.path().join(name)
    }

    fn compare(&mut self, name: &str, kind: &str) {
        self.compare_with(name, kind, &Options::default());
    }

    fn compare_with(&mut self, name: &str, kind: &str, options: &Options) {
        let (mut found, found_kind) = report(&self.at(name), options);
        // That a volume was encrypted is no answer of its own.
        found["findings"].as_array_mut().unwrap().retain(|finding| finding["code"] != "bitlocker-unlocked");
        assert_eq!(found_kind, kind, "{name}");
        if found != self.expected {
            let lines = |value: &Value| serde_json::to_string_pretty(value).unwrap();
            let (found, expected) = (lines(&found), lines(&self.expected));
            let differs = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
            panic!("{name}: {differs:#?}");
        }
        self.compared.push(name.to_owned());
    }

    /// Makes `name` by a program with arguments, and compares it.
    fn made(&mut self, name: &str, kind: &str, program: &str, args: &[&str]) {
        let output = Command::new(program).args(args).current_dir(self.work.path()).output();
        match output {
            Ok(output) if output.status.success() => self.compare(name, kind),
            Ok(output) => println!("skipped: {name}: {program}: {}", String::from_utf8_lossy(&output.stderr).trim()),
            Err(error) => println!("skipped: {name}: {program}: {error}"),
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to)
        } else {
            let _ = fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn the_same_report_from_everything_that_holds_the_installation() {
    let work = tempfile::tempdir().unwrap();
    copy(Path::new(BACKUP), &work.path().join("folder"));
    let (expected, kind) = report(&work.path().join("folder"), &Options::default());
    assert_eq!(kind, "directory");
    assert_eq!(expected["installations"].as_array().unwrap().len(), 1);
    let mut matrix = Matrix { work, expected, compared: Vec::new() };
    archives(&mut matrix);
    wim_images(&mut matrix);
    disks(&mut matrix);
    println!("{} forms compared: {}", matrix.compared.len(), matrix.compared.join(", "));
}

fn archives(matrix: &mut Matrix) {
    for (name, option) in [("b.tar", "-cf"), ("b.tar.gz", "-czf"), ("b.tar.xz", "-cJf")] {
        matrix.made(name, "tar", "tar", &[option, name, "-C", "folder", "."]);
    }
    matrix.made("b.tar.zst", "tar", "tar", &["--zstd", "-cf", "b.tar.zst", "-C", "folder", "."]);
    matrix.made("b.tar.bz2", "tar", "tar", &["-cjf", "b.tar.bz2", "-C", "folder", "."]);
    matrix.made("b.7z", "7z", "7z", &["a", "-bd", "b.7z", "./folder/."]);
    matrix.made("b.zip", "zip", "python3", &["-m", "zipfile", "-c", "b.zip", "folder/Windows"]);
}

fn wim_images(matrix: &mut Matrix) {
    for compression in ["none", "XPRESS", "LZX", "LZMS"] {
        let name = format!("{compression}.wim");
        let option = format!("--compress={compression}");
        matrix.made(&name, "wim", "wimlib-imagex", &["capture", "folder", &name, &option]);
    }
    matrix.made("b.esd", "wim", "wimlib-imagex", &["capture", "folder", "b.esd", "--solid"]);
    matrix.made("b.swm", "wim", "wimlib-imagex", &["split", "none.wim", "b.swm", "0.02"]);
}

fn disks(matrix: &mut Matrix) {
    let volume = matrix.at("volume.raw");
    if !make(&volume, 32 * MIB, |top| copy(Path::new(BACKUP), top)) {
        return;
    }
    matrix.compare("volume.raw", "raw");
    matrix.made("clone.ntfsclone", "ntfsclone", "ntfsclone", &["-f", "-s", "-o", "clone.ntfsclone", "volume.raw"]);
    let clone = ["-c", "-F", "-L", "partclone.log", "-s", "volume.raw", "-o", "clone.partclone"];
    matrix.made("clone.partclone", "partclone", "partclone.ntfs", &clone);

    fat(matrix);

    let bytes = fs::read(&volume).unwrap();
    make_disk(&matrix.at("mbr.raw"), &[(7, &bytes)]);
    matrix.compare("mbr.raw", "raw");
    fs::write(matrix.at("logical.raw"), logical(&bytes)).unwrap();
    matrix.compare("logical.raw", "raw");
    encrypted(matrix, &bytes);
    let mut disk = Disk::new(40 * MIB);
    disk.plant(2 * MIB, &bytes);
    disk.gpt(&[Partition { kind: BASIC_DATA, start: 2 * MIB, end: 34 * MIB, name: "data" }]);
    fs::write(matrix.at("gpt.raw"), disk.bytes()).unwrap();
    matrix.compare("gpt.raw", "raw");
    for (number, piece) in (1..).zip(disk.bytes().chunks(9 << 20)) {
        fs::write(matrix.at(&format!("split.{number:03}")), piece).unwrap();
    }
    matrix.compare("split.001", "raw");

    for (name, kind, format, options) in [
        ("dynamic.vhd", "vhd", "vpc", "force_size=on"),
        ("fixed.vhd", "vhd", "vpc", "force_size=on,subformat=fixed"),
        ("dynamic.vhdx", "vhdx", "vhdx", "subformat=dynamic"),
        ("fixed.vhdx", "vhdx", "vhdx", "subformat=fixed"),
        ("v3.qcow2", "qcow2", "qcow2", "compat=1.1"),
        ("v2.qcow2", "qcow2", "qcow2", "compat=0.10"),
        ("zstd.qcow2", "qcow2", "qcow2", "compression_type=zstd"),
        ("extended.qcow2", "qcow2", "qcow2", "extended_l2=on,cluster_size=64k"),
        ("outside.qcow2", "qcow2", "qcow2", "data_file=outside.data"),
        ("dynamic.vdi", "vdi", "vdi", "static=off"),
        ("static.vdi", "vdi", "vdi", "static=on"),
        ("sparse.vmdk", "vmdk", "vmdk", "subformat=monolithicSparse"),
        ("flat.vmdk", "vmdk", "vmdk", "subformat=monolithicFlat"),
        ("parts.vmdk", "vmdk", "vmdk", "subformat=twoGbMaxExtentSparse"),
        ("flatparts.vmdk", "vmdk", "vmdk", "subformat=twoGbMaxExtentFlat"),
        ("stream.vmdk", "vmdk", "vmdk", "subformat=streamOptimized"),
        ("disk.hds", "parallels", "parallels", "cluster_size=1M"),
    ] {
        let mut args = vec!["convert", "-f", "raw", "-O", format, "-o", options];
        if name == "zstd.qcow2" {
            args.push("-c");
        }
        args.extend(["gpt.raw", name]);
        matrix.made(name, kind, "qemu-img", &args);
    }
    // A difference with nothing in it, over its parent.
    for (parent, child, kind, format) in
        [("v3.qcow2", "child.qcow2", "qcow2", "qcow2"), ("sparse.vmdk", "child.vmdk", "vmdk", "vmdk")]
    {
        matrix.made(child, kind, "qemu-img", &["create", "-f", format, "-F", format, "-b", parent, child]);
    }
    for (name, format) in [("encase6", "encase6"), ("ftk", "ftk")] {
        let args = ["-u", "-q", "-c", "deflate:fast", "-f", format, "-S", "1MiB", "-t", name, "gpt.raw"];
        matrix.made(&format!("{name}.E01"), "ewf", "ewfacquire", &args);
    }
}

/// Volumes that BitLocker encrypts, with each of what unlocks them, and without.
fn encrypted(matrix: &mut Matrix, volume: &[u8]) {
    let eleventh = |group: u16| format!("{:06}", u32::from(group) * 11);
    let groups = [1, 2, 3, 40_000, 5, 6, 65_535, 8];
    let digits = groups.map(eleventh).join("-");
    let locked = [Protector::Tpm, Protector::RecoveryKey(groups), Protector::Password("Passwört")];
    make_disk(&matrix.at("bitlocker.raw"), &[(7, &bitlocker(volume, &locked))]);
    fs::write(matrix.at("suspended.raw"), bitlocker(volume, &[Protector::Clear])).unwrap();
    matrix.compare("suspended.raw", "raw");
    let with = |secret: Secret| Options::new().images(ImageOptions::default().with_secrets(vec![secret]));
    let key = RecoveryKey::parse(&digits).unwrap();
    matrix.compare_with("bitlocker.raw", "raw", &with(Secret::RecoveryKey(key)));
    matrix.compare_with("bitlocker.raw", "raw", &with(Secret::Password(Password::new("Passwört"))));

    for (options, word) in [
        (Options::new(), "nothing of it was read; what unlocks it: TPM (id 11111111-"),
        (with(Secret::Password(Password::new("passwört"))), "the secret that was given does not unlock it"),
    ] {
        let (found, _) = report(&matrix.at("bitlocker.raw"), &options);
        assert_eq!((&found["status"], &found["error"]["code"]), (&"error".into(), &"bitlocker-volume".into()));
        let finding = found["findings"].as_array().unwrap().iter().find(|found| found["code"] == "bitlocker-volume");
        let message = finding.unwrap()["message"].as_str().unwrap();
        assert!(message.contains(word) && message.contains("recovery key (id 22222222-"), "{message}");
    }
}

/// FAT volumes, as on sticks. They keep the names' case and nothing else that the report needs.
fn fat(matrix: &mut Matrix) {
    for (name, bits, megabytes) in [("fat12.raw", "12", 8), ("fat16.raw", "16", 32), ("fat32.raw", "32", 64)] {
        let image = matrix.at(name);
        fs::File::create(&image).unwrap().set_len(megabytes * MIB).unwrap();
        if !run("mkfs.fat", &["-F", bits, image.to_str().unwrap()]) {
            println!("skipped: {name}: mkfs.fat absent");
            return;
        }
        matrix.made(name, "raw", "mcopy", &["-s", "-i", name, "folder/Windows", "::"]);
    }
    let bytes = fs::read(matrix.at("fat32.raw")).unwrap();
    make_disk(&matrix.at("stick.raw"), &[(0x0C, &bytes)]);
    matrix.compare("stick.raw", "raw");
}

/// A disk whose volume lies in a logical partition: in the extended one of the master boot record.
fn logical(volume: &[u8]) -> Vec<u8> {
    const EXTENDED: u64 = 2048;
    let sectors = u64::try_from(volume.len()).unwrap() / 512;
    let entry = |sector: &mut [u8], kind: u8, start: u64, len: u64| {
        sector[446 + 4] = kind;
        sector[446 + 8..446 + 12].copy_from_slice(&u32::try_from(start).unwrap().to_le_bytes());
        sector[446 + 12..446 + 16].copy_from_slice(&u32::try_from(len).unwrap().to_le_bytes());
        sector[510..512].copy_from_slice(&[0x55, 0xAA]);
    };
    let mut disk = vec![0; usize::try_from((EXTENDED + 64) * 512).unwrap()];
    let at = usize::try_from(EXTENDED * 512).unwrap();
    entry(&mut disk, 5, EXTENDED, 64 + sectors);
    entry(&mut disk[at..], 7, 64, sectors);
    disk.extend(volume);
    disk
}
