//! What a report says of disk images themselves: stored hashes, internal snapshots, parents elsewhere, parts that are gone.
//! What makes the images is not on every machine; what is missing is said and skipped.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hivekey::report::{FindingCode, SourceReport, Status};
use hivekey::{ImageOptions, Options, inspect};
use hivekey_testkit::disk::ntfs_volume::{make, run};
use hivekey_testkit::installation::Installation;
use hivekey_testkit::license::Channel;
use hivekey_testkit::windows::Windows;

/// The SOFTWARE hive of a Server 2019 with a key of this channel.
fn software(channel: Channel) -> Vec<u8> {
    Installation::preset(Windows::Server2019, channel).unwrap().software().build().into_bytes()
}

/// A folder with the volume `disk.raw`, on which such a hive lies.
fn disk(channel: Channel) -> Option<(tempfile::TempDir, PathBuf)> {
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().join("disk.raw");
    let made = make(&disk, 16 << 20, |top| {
        let config = top.join("Windows/System32/config");
        fs::create_dir_all(&config).unwrap();
        fs::write(config.join("SOFTWARE"), software(channel)).unwrap();
    });
    made.then_some((folder, disk))
}

/// Whether a program ran in a folder.
fn ran(folder: &Path, program: &str, args: &[&str]) -> bool {
    let output = Command::new(program).args(args).current_dir(folder).output();
    let ran = output.is_ok_and(|output| output.status.success());
    if !ran {
        println!("skipped: {program} {args:?} absent, or failed");
    }
    ran
}

fn report(path: &Path, options: &Options) -> SourceReport {
    inspect(path, options).sources.remove(0)
}

fn messages(report: &SourceReport, code: FindingCode) -> Vec<&str> {
    report.findings.iter().filter(|finding| finding.code == code).map(|finding| finding.message.as_str()).collect()
}

fn channel(report: &SourceReport) -> Option<&str> {
    report.installations.first()?.license.channel.as_deref()
}

#[test]
fn the_stored_hash_of_an_image_is_checked() {
    let Some((folder, _)) = disk(Channel::Retail) else { return };
    let args = ["-u", "-q", "-c", "none", "-d", "sha1", "-f", "encase6", "-S", "1GiB", "-t", "disk", "disk.raw"];
    if !ran(folder.path(), "ewfacquire", &args) {
        return;
    }
    let image = folder.path().join("disk.E01");
    // Only where it is asked for, since it takes the whole disk.
    let unasked = report(&image, &Options::new());
    assert!(unasked.bytes_read < 4 << 20 && unasked.findings.is_empty(), "{:?}", unasked.findings);
    let hashed = Options::new().hash(true);
    let whole = report(&image, &hashed);
    let [holds] = messages(&whole, FindingCode::ImageHashHolds)[..] else { panic!("{:?}", whole.findings) };
    assert!(
        holds.starts_with("The disk has the hash that its image stores: MD5 ") && holds.contains(", SHA-1 "),
        "{holds}"
    );
    assert!(whole.bytes_read > 16 << 20);

    // Where the image stores it, in the sections that have it.
    let mut bytes = fs::read(&image).unwrap();
    let hash: String = holds.split("MD5 ").nth(1).unwrap().chars().take(32).collect();
    let digits = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let stored: Vec<u8> = hash.as_bytes().chunks(2).map(digits).collect();
    for at in 0..bytes.len() - 16 {
        if bytes[at..at + 16] == stored {
            bytes[at] ^= 1;
        }
    }
    fs::write(&image, bytes).unwrap();
    let forged = report(&image, &hashed);
    let [differs] = messages(&forged, FindingCode::ImageHashDiffers)[..] else { panic!("{:?}", forged.findings) };
    assert!(differs.contains(&format!("{hash} computed")) && !differs.contains("SHA-1"), "{differs}");
    assert_eq!(channel(&forged), Some("Retail"));
}

#[test]
fn internal_snapshots_are_named_and_can_be_chosen() {
    let Some((folder, raw)) = disk(Channel::Retail) else { return };
    let folder = folder.path();
    if !ran(folder, "qemu-img", &["convert", "-f", "raw", "-O", "qcow2", "disk.raw", "disk.qcow2"])
        || !ran(folder, "qemu-img", &["snapshot", "-c", "before reinstall", "disk.qcow2"])
    {
        return;
    }
    // Since the snapshot Windows was installed again: with a key for everybody.
    let Some((_later, later)) = disk(Channel::Gvlk) else { return };
    fs::copy(later, &raw).unwrap();
    let script = "import subprocess, sys\n\
                  data = open('disk.raw', 'rb').read()\n\
                  commands = ''.join(f'write -q -s chunk{at} {at} 65536\\n' for at in range(0, len(data), 65536))\n\
                  for at in range(0, len(data), 65536): open(f'chunk{at}', 'wb').write(data[at:at + 65536])\n\
                  sys.exit(subprocess.run(['qemu-io', '-f', 'qcow2', 'disk.qcow2'], input=commands.encode()).returncode)";
    if !ran(folder, "python3", &["-c", script]) {
        return;
    }
    let image = folder.join("disk.qcow2");
    let now = report(&image, &Options::new());
    assert_eq!(channel(&now), Some("Volume:GVLK"));
    let [named] = messages(&now, FindingCode::InternalSnapshots)[..] else { panic!("{:?}", now.findings) };
    assert!(named.contains("its current state was read") && named.contains("before reinstall (id 1, 2"), "{named}");
    let wanted = |name: &str| Options::new().images(ImageOptions::default().with_snapshot(Some(name.to_owned())));
    for name in ["before reinstall", "1"] {
        let before = report(&image, &wanted(name));
        assert_eq!(channel(&before), Some("Retail"), "{name}");
        let [named] = messages(&before, FindingCode::InternalSnapshots)[..] else { panic!("{:?}", before.findings) };
        assert!(named.contains(&format!("its snapshot {name} was read")), "{named}");
    }
    // What is not there is an error, of this image as of one that has no snapshots at all.
    for (path, name) in [(&image, "never"), (&raw, "1")] {
        let error = report(path, &wanted(name)).error.unwrap();
        assert!(error.message.contains(&format!("no snapshot \"{name}\"")), "{}", error.message);
    }
}

#[test]
fn a_parent_elsewhere_is_read_only_where_that_is_allowed() {
    let Some((folder, _)) = disk(Channel::Retail) else { return };
    let top = folder.path();
    for name in ["bases", "machines"] {
        fs::create_dir(top.join(name)).unwrap();
    }
    let convert = ["convert", "-f", "raw", "-O", "qcow2", "disk.raw", "bases/base.qcow2"];
    let create = ["create", "-f", "qcow2", "-F", "qcow2", "-b", "../bases/base.qcow2", "machines/child.qcow2"];
    if !ran(top, "qemu-img", &convert) || !ran(top, "qemu-img", &create) {
        return;
    }
    let child = top.join("machines/child.qcow2");
    let refused = report(&child, &Options::new());
    let error = refused.error.as_ref().unwrap();
    assert_eq!((refused.status, error.code), (Status::Error, "image-part-missing"), "{}", error.message);
    assert!(error.message.contains("../bases/base.qcow2"), "{}", error.message);
    let allowed = Options::new().images(ImageOptions::default().with_folders(vec![top.join("bases")]));
    assert_eq!(channel(&report(&child, &allowed)), Some("Retail"));
    // In a folder that holds both the parent is inside the evidence.
    fs::remove_file(top.join("disk.raw")).unwrap();
    let both = report(top, &Options::new());
    assert_eq!((both.installations.len(), channel(&both)), (1, Some("Retail")), "{:?}", both.findings);
    // A folder that is not there is no silent refusal.
    let missing = Options::new().images(ImageOptions::default().with_folders(vec![top.join("nowhere")]));
    assert_eq!(report(&child, &missing).error.unwrap().code, "not-found");
}

/// That no Windows was found says nothing where it could not be looked for.
#[test]
fn what_could_not_be_read_is_an_error_and_not_no_windows() {
    let Some((folder, raw)) = disk(Channel::Retail) else { return };
    let folder = folder.path();
    if !run(
        "qemu-img",
        &["convert", "-f", "raw", "-O", "qcow2", raw.to_str().unwrap(), folder.join("d.qcow2").to_str().unwrap()],
    ) {
        println!("skipped: qemu-img absent");
        return;
    }
    let cut = |len: usize| {
        let path = folder.join("cut.qcow2");
        let bytes = fs::read(folder.join("d.qcow2")).unwrap();
        fs::write(&path, &bytes[..len]).unwrap();
        report(&path, &Options::new())
    };
    // The tables are gone, the first cluster is there, half of the clusters are.
    for len in [4096, 0x6_0000, 0xA_0000] {
        let report = cut(len);
        let error = report.error.as_ref().unwrap_or_else(|| panic!("{len:#x}: {report:?}"));
        assert_eq!(report.status, Status::Error, "{len:#x}");
        assert!(!error.message.is_empty() && report.installations.is_empty(), "{len:#x}: {}", error.message);
    }
    // A hive whose bytes are gone is named, and is no Windows folder without hives.
    let bytes = fs::read(&raw).unwrap();
    let at = bytes.windows(8).position(|bytes| bytes.starts_with(b"regf")).unwrap();
    fs::write(&raw, &bytes[..at]).unwrap();
    let lost = report(&raw, &Options::new());
    assert_eq!(lost.status, Status::Error);
    let [told] = messages(&lost, FindingCode::HiveUnreadable)[..] else { panic!("{:?}", lost.findings) };
    assert!(told.contains("Windows/System32/config/SOFTWARE could not be read"), "{told}");
    assert!(messages(&lost, FindingCode::UnreadablePath).is_empty(), "{:?}", lost.findings);
}

/// Images that were only looked at as possible parents stay images of their own.
#[test]
fn an_orphaned_difference_takes_no_other_image_away() {
    let Some((folder, raw)) = disk(Channel::Retail) else { return };
    let folder = folder.path();
    let convert = |name: &str| ran(folder, "qemu-img", &["convert", "-f", "raw", "-O", "vmdk", "disk.raw", name]);
    let create = ["create", "-f", "vmdk", "-F", "vmdk", "-b", "gone.vmdk", "child.vmdk"];
    if !convert("gone.vmdk") || !ran(folder, "qemu-img", &create) || !convert("other.vmdk") {
        return;
    }
    fs::remove_file(folder.join("gone.vmdk")).unwrap();
    fs::remove_file(raw).unwrap();
    let found = report(folder, &Options::new());
    let roots: Vec<_> = found.installations.iter().map(|found| found.root.as_str()).collect();
    assert_eq!(roots, ["other.vmdk/Windows"], "{:?}", found.findings);
    assert!(messages(&found, FindingCode::UnreadablePath)[0].contains("gone.vmdk"), "{:?}", found.findings);
}

/// An image of the parent's name that is the child itself is no parent, wherever it may be looked for.
#[test]
fn an_image_is_not_its_own_parent() {
    let Some((folder, _)) = disk(Channel::Retail) else { return };
    let top = folder.path();
    for name in ["base", "overlay"] {
        fs::create_dir(top.join(name)).unwrap();
    }
    fs::rename(top.join("disk.raw"), top.join("base/disk.img")).unwrap();
    let create = ["create", "-f", "qcow2", "-F", "raw", "-b", "../base/disk.img", "overlay/disk.img"];
    if !ran(top, "qemu-img", &create) {
        return;
    }
    let overlay = top.join("overlay");
    let image = overlay.join("disk.img");
    let in_folder = |folder: &str| Options::new().images(ImageOptions::default().with_folders(vec![top.join(folder)]));
    for options in [Options::new(), in_folder("overlay")] {
        let error = report(&image, &options).error.unwrap();
        assert_eq!(error.code, "image-part-missing", "{}", error.message);
        let in_folder = report(&overlay, &options);
        assert_eq!((in_folder.status, in_folder.installations.len()), (Status::Error, 0), "{:?}", in_folder.findings);
    }
    assert_eq!(channel(&report(&image, &in_folder("base"))), Some("Retail"));
    assert_eq!(channel(&report(top, &Options::new())), Some("Retail"));
}

/// What Windows is installed and repaired from is named; it never ran, and hides no locked volume.
#[test]
fn installation_media_are_no_installations() {
    let work = tempfile::tempdir().unwrap();
    let recovery = work.path().join("Recovery/WindowsRE");
    let config = work.path().join("image/Windows/System32/config");
    for folder in [&recovery, &config] {
        fs::create_dir_all(folder).unwrap();
    }
    fs::write(config.join("SOFTWARE"), software(Channel::Gvlk)).unwrap();
    let capture = |name: &str| ran(work.path(), "wimlib-imagex", &["capture", "image", name, "--compress=none"]);
    if !capture("Recovery/WindowsRE/Winre.wim") || !capture("Recovery/backup.wim") {
        return;
    }
    let found = report(&work.path().join("Recovery"), &Options::new());
    let roots: Vec<_> = found.installations.iter().map(|found| found.root.as_str()).collect();
    assert_eq!(roots, ["backup.wim/Windows"], "{:?}", found.findings);
    assert!(found.findings.iter().any(|finding| finding.message.contains("WindowsRE/Winre.wim")), "{found:?}");
    let asked = report(&recovery.join("Winre.wim"), &Options::new());
    assert_eq!(channel(&asked), Some("Volume:GVLK"));
}

/// A snapshot is wanted of the image that was given, and of no image in it.
#[test]
fn a_snapshot_is_not_looked_for_in_images_inside() {
    let Some((folder, inner)) = disk(Channel::Retail) else { return };
    let folder = folder.path();
    let outer = folder.join("host.raw");
    let made = make(&outer, 48 << 20, |top| {
        fs::create_dir(top.join("backups")).unwrap();
        fs::copy(&inner, top.join("backups/disk.raw")).unwrap();
    });
    if !made
        || !ran(folder, "qemu-img", &["convert", "-f", "raw", "-O", "qcow2", "host.raw", "host.qcow2"])
        || !ran(folder, "qemu-img", &["snapshot", "-c", "then", "host.qcow2"])
    {
        return;
    }
    let then = Options::new().images(ImageOptions::default().with_snapshot(Some("then".to_owned())));
    let found = report(&folder.join("host.qcow2"), &then);
    assert_eq!(found.installations.len(), 1, "{:?}", found.findings);
    assert_eq!(found.installations[0].root, "backups/disk.raw/Windows");
    // In a folder, of those that can have one.
    fs::remove_file(outer).unwrap();
    let found = report(folder, &then);
    let roots: Vec<_> = found.installations.iter().map(|found| found.root.as_str()).collect();
    assert_eq!(roots, ["disk.raw/Windows"], "{:?}", found.findings);
    let named = "host.qcow2/backups/disk.raw: an NTFS volume; not opened where it lies, give it as a path of its own.";
    assert_eq!(messages(&found, FindingCode::Uninterpreted), [named]);
}
