//! The same installation gives the same answer, whatever holds it; and little of a large disk is read for it.

use std::fs;
use std::path::Path;

use hivekey_evidence::{EntryKind, Error, ReadAt, Source, SourceKind, TreePath};

use crate::images::{answer, answer_inside, open};
use crate::support::{base_block, inside};
use hivekey_testkit::disk::ntfs_volume::{make, make_disk, make_junction, run};

/// What discovery and the first pages of all hives may take of a 40 GB disk.
const FEW_MEGABYTES: u64 = 4 << 20;

/// Bytes that do not compress away, with the base block of a hive in front.
fn hive(pages: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut bytes = base_block(0);
    bytes.extend((0..pages * 4096).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.to_be_bytes()[0]
    }));
    bytes
}

/// A system volume: a Windows, the one before it, and many other files.
fn fill(top: &Path, others: usize) {
    let put = |path: &str, bytes: &[u8]| {
        let path = top.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    for (seed, name) in (1..).zip(["SOFTWARE", "SYSTEM", "Sam", "RegBack/SOFTWARE", "RegBack/SYSTEM"]) {
        put(&format!("Windows/System32/config/{name}"), &hive(40 * usize::try_from(seed).unwrap(), seed));
    }
    put("Windows/System32/config/SOFTWARE.LOG1", &base_block(6));
    put("Windows/System32/config/SOFTWARE.LOG2", b"");
    put("Windows/System32/spp/tokens/pkeyconfig/pkeyconfig.xrm-ms", b"<x/>");
    put("Windows/Panther/unattend.xml", b"<unattend/>");
    put("Windows.old/WINDOWS/system32/config/software", &hive(7, 77));
    put("Windows.old/WINDOWS/system32/config/system", &hive(7, 78));
    put("Backup/PC2.SOFTWARE", &hive(2, 79));
    put("Program Files/some/program.exe", b"MZ");
    put("pagefile.sys", &[0; 8192]);
    for index in 0..others {
        put(&format!("Windows/System32/lib{index:05}.dll"), b"MZ");
    }
}

fn link(top: &Path) {
    make_junction(&top.join("Documents and Settings"), r"\??\C:\Program Files");
    make_junction(&top.join("Other volume"), r"\??\Volume{01234567-89ab-cdef-0123-456789abcdef}\");
    make_junction(&top.join("Circle"), r"\??\C:\Circle");
}

fn read_heads(source: &Source) {
    for hive in source.installations.iter().flat_map(|found| &found.hives) {
        source.open(&hive.path).unwrap().read_into(0, &mut [0; 4096]).unwrap();
    }
}

#[test]
fn the_same_answer_from_a_folder_and_from_every_container() {
    let work = tempfile::tempdir().unwrap();
    let at = |name: &str| work.path().join(name);
    fs::create_dir(at("folder")).unwrap();
    fill(&at("folder"), 300);
    let expected = answer(&open(&at("folder")));
    assert_eq!(expected.iter().filter(|line| !line.starts_with(' ')).count(), 3, "{expected:#?}");
    if !make(&at("volume.raw"), 64 << 20, |top| {
        fill(top, 300);
        link(top);
    }) {
        return;
    }
    let volume = fs::read(at("volume.raw")).unwrap();
    let superfloppy = open(&at("volume.raw"));
    assert_eq!(answer(&superfloppy), expected);
    assert_eq!(superfloppy.installations.last().unwrap().root.to_string(), "Windows.old/WINDOWS");
    links_are_followed_inside_the_volume(&superfloppy);

    make_disk(&at("disk.raw"), &[(0xEF, &[]), (7, &volume)]);
    let disk = open(&at("disk.raw"));
    assert_eq!(answer(&disk), expected);
    assert_eq!(disk.installations[0].config.to_string(), "partition 2/Backup");

    let raw = fs::read(at("disk.raw")).unwrap();
    for (number, piece) in (1..).zip(raw.chunks(20 << 20)) {
        fs::write(at(&format!("split.{number:03}")), piece).unwrap();
    }
    assert_eq!(answer(&open(&at("split.001"))), expected, "split");
    let containers = [
        ("dynamic.vhd", "vhd", "vpc", "force_size=on"),
        ("fixed.vhd", "vhd", "vpc", "force_size=on,subformat=fixed"),
        ("dynamic.vhdx", "vhdx", "vhdx", "subformat=dynamic"),
        ("fixed.vhdx", "vhdx", "vhdx", "subformat=fixed"),
        ("v3.qcow2", "qcow2", "qcow2", "compat=1.1"),
        ("v2.qcow2", "qcow2", "qcow2", "compat=0.10"),
        ("extended.qcow2", "qcow2", "qcow2", "extended_l2=on,cluster_size=64k"),
        ("dynamic.vdi", "vdi", "vdi", "static=off"),
        ("static.vdi", "vdi", "vdi", "static=on"),
        ("sparse.vmdk", "vmdk", "vmdk", "subformat=monolithicSparse"),
        ("flat.vmdk", "vmdk", "vmdk", "subformat=monolithicFlat"),
        ("parts.vmdk", "vmdk", "vmdk", "subformat=twoGbMaxExtentSparse"),
        ("flatparts.vmdk", "vmdk", "vmdk", "subformat=twoGbMaxExtentFlat"),
        ("stream.vmdk", "vmdk", "vmdk", "subformat=streamOptimized"),
        ("disk.hds", "parallels", "parallels", "cluster_size=1M"),
    ];
    for (name, kind, format, options) in containers {
        let (from, to) = (at("disk.raw"), at(name));
        let args = ["convert", "-f", "raw", "-O", format, "-o", options, from.to_str().unwrap(), to.to_str().unwrap()];
        if !run("qemu-img", &args) {
            println!("skipped: {name}: qemu-img absent, or without this format");
            continue;
        }
        let source = open(&to);
        assert_eq!(source.kind.name(), kind, "{name}");
        assert_eq!(answer(&source), expected, "{name}");
        let codes: Vec<_> = source.problems.iter().map(|problem| problem.code()).collect();
        let of_disk: Vec<_> = disk.problems.iter().map(|problem| problem.code()).collect();
        assert_eq!(codes, of_disk, "{name}");
    }
    every_image_of_a_folder_is_opened(work.path(), &expected);
}

/// The folder holds what the test above made: a folder, raw disks, containers, and files that containers consist of.
fn every_image_of_a_folder_is_opened(folder: &Path, expected: &[String]) {
    let source = open(folder);
    assert_eq!(source.kind, SourceKind::Directory);
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let mut images = 0;
    for name in names {
        let path = TreePath::root().child(name.clone());
        let name = name.into_string().unwrap();
        // The parts of raw disks that were split, and what a VMDK's descriptor names.
        let is_part = name.starts_with("split.00") && name != "split.001"
            || name.contains("-flat")
            || name.contains("-f0")
            || name.contains("-s0");
        let found = answer_inside(&source, &path);
        assert_eq!(found, if is_part { &[] } else { expected }, "{name}");
        images += usize::from(!is_part);
        if !is_part && name.contains('.') {
            let tree = source.tree();
            assert!(tree.entries(&path, 100).is_ok(), "{name}");
            let error = tree.open(&path.child("nothing")).err().unwrap();
            assert!(error.to_string().starts_with(&format!("{name}/")), "{error}");
        }
    }
    assert!(images >= 4, "{images}");
    let codes: Vec<_> = source.problems.iter().map(|problem| (problem.code(), problem.path.to_string())).collect();
    assert!(codes.contains(&("link-leaves-evidence", "volume.raw/Other volume".to_owned())), "{codes:?}");
    assert!(!codes.iter().any(|(code, _)| *code == "image-in-folder"), "{codes:?}");
}

fn links_are_followed_inside_the_volume(source: &Source) {
    let tree = source.tree();
    let found = tree.resolve(&inside("Documents and Settings/SOME")).unwrap();
    assert_eq!(found, (inside("Program Files/some"), EntryKind::Folder));
    let error = tree.resolve(&inside("Other volume")).unwrap_err();
    assert!(matches!(error, Error::LinkLeaves { .. }), "{error}");
    let error = tree.resolve(&inside("Circle")).unwrap_err();
    assert!(matches!(error, Error::Io { .. }), "{error}");
    assert_eq!(tree.resolve(&inside("nothing")).unwrap_err().code(), "not-found");
    let codes: Vec<_> = source.problems.iter().map(|problem| (problem.code(), problem.path.to_string())).collect();
    for expected in [("link-leaves-evidence", "Other volume"), ("link-broken", "Circle")] {
        assert!(codes.contains(&(expected.0, expected.1.to_owned())), "{codes:?}");
    }
    let listing = tree.entries(&inside(""), 1000).unwrap();
    assert!(listing.entries.iter().all(|entry| !entry.name.to_string_lossy().starts_with("$M")), "{listing:?}");
    let cut = tree.entries(&inside(""), 2).unwrap();
    assert_eq!((cut.seen, cut.entries.len(), cut.stopped.is_some()), (2, 2, true));
}

#[test]
fn little_of_a_large_disk_is_read() {
    let work = tempfile::tempdir().unwrap();
    let disk = work.path().join("large.raw");
    if !make(&disk, 40 << 30, |top| fill(top, 3000)) {
        return;
    }
    let source = open(&disk);
    read_heads(&source);
    assert_eq!(source.installations.len(), 3, "{source:?}");
    println!("40 GB disk: {} bytes read", source.bytes_read());
    assert!(source.bytes_read() < FEW_MEGABYTES, "{} bytes", source.bytes_read());
}
