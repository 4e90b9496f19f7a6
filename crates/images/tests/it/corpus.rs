//! Real images of the corpus, which lies beside the checkout and is not part of it.
//!
//! The SHA-256 of each disk is that of what other readers give: `qemu-img convert` for VHD, VHDX, VMDK and QCOW2, `ewfexport`
//! for E01, libvhdi with the parent set for the differencing VHDX.

use std::fs;
use std::io::Read;
use std::path::PathBuf;

use hivekey_images::{Disk, Error, Kind};
use sha2::{Digest, Sha256};

use crate::check::{assert_holds, read_all};
use crate::folder::Folder;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/images")
}

/// A file of the corpus, decompressed if it is; `None`, with a note, if it is not there.
fn file(path: &str) -> Option<Vec<u8>> {
    let packed = root().join(format!("{path}.xz"));
    if let Ok(stored) = fs::read(packed) {
        let mut bytes = Vec::new();
        liblzma::read::XzDecoder::new(stored.as_slice()).read_to_end(&mut bytes).unwrap();
        return Some(bytes);
    }
    let bytes = fs::read(root().join(path)).ok();
    if bytes.is_none() {
        println!("skipped: corpus image {path} absent");
    }
    bytes
}

/// A folder with these files of one folder of the corpus.
fn folder(inside: &str, names: &[&str]) -> Option<Folder> {
    let mut folder = Folder::default();
    for name in names {
        folder.add(name, file(&format!("{inside}/{name}"))?);
    }
    Some(folder)
}

fn sha256(disk: &Disk) -> String {
    hex::encode(Sha256::digest(read_all(disk)))
}

/// Folder, files, the first of which is opened; kind, SHA-256 of the disk, parents.
const IMAGES: &[(&str, &[&str], Kind, &str, usize)] = &[
    ("built", &["win11-gpt.raw"], Kind::Raw, "e2ab00820088bdbaefbc1e0c6a9168c1a31fefacf5641be5cfa7a16905ff7b28", 0),
    ("built", &["win11-gpt.vhd"], Kind::Vhd, "6c4d7636f52dab2842010a4c9e0548122c58db247fdf307163c03e620906945b", 0),
    ("built", &["win11-gpt.vhdx"], Kind::Vhdx, "e2ab00820088bdbaefbc1e0c6a9168c1a31fefacf5641be5cfa7a16905ff7b28", 0),
    (
        "built",
        &["win11-gpt-split.E01", "win11-gpt-split.E02", "win11-gpt-split.E03", "win11-gpt-split.E04"],
        Kind::Ewf,
        "e2ab00820088bdbaefbc1e0c6a9168c1a31fefacf5641be5cfa7a16905ff7b28",
        0,
    ),
    ("built", &["win7-mbr.qcow2"], Kind::Qcow2, "1473d046493e523f1be310b7c168d78b1e9514686e8342d140f8b6291c02d49c", 0),
    (
        "real/dfvfs",
        &["ntfs-dynamic.vhd"],
        Kind::Vhd,
        "8b10b52e3d1e76075d05a5101a6536b9fa8376a5b8f7c22f502d0987d165c876",
        0,
    ),
    (
        "real/dfvfs",
        &["ntfs-fixed.vhd"],
        Kind::Vhd,
        "cd81fade3878f1b2957f1ece168201876bdf4e90c9b30f60c2f232eba5fea76c",
        0,
    ),
    (
        "real/dfvfs",
        &["ntfs-parent.vhd"],
        Kind::Vhd,
        "c91d1766dd4b3327f33a082cbf958d3566dd84a3d71c2473a5ae6155e53171de",
        0,
    ),
    (
        "real/dfvfs",
        &["ntfs-dynamic.vhdx"],
        Kind::Vhdx,
        "b92731f8e4bf3532418444d22a9086823a8122569500acd09cd8d2ce20eb98e9",
        0,
    ),
    (
        "real/dfvfs",
        &["ntfs-fixed.vhdx"],
        Kind::Vhdx,
        "5237dd895f38052344e2ef35a207fe9df08cd18d17b6ea857a1b93cc475e1f2e",
        0,
    ),
    (
        "real/dfvfs",
        &["ntfs-parent.vhdx"],
        Kind::Vhdx,
        "c5523065bc6ef82267be56c5f8888e2876ead8ba7edba2a65a3da8b076231b68",
        0,
    ),
    (
        "real/dfvfs",
        &["ntfs-differential.vhdx", "ntfs-parent.vhdx"],
        Kind::Vhdx,
        "1ef1fb5360247aa7d36a38415bc7bf6e1e52f62af5e6bd1283815e82584c7efc",
        1,
    ),
    ("real/plaso", &["image.E01"], Kind::Ewf, "a9c0220b1dadd1812fc4bbe137f495d2c3b88c7b33b5a4de545d201fd31b3bc0", 0),
    (
        "real/plaso",
        &["image-split.E01", "image-split.E02"],
        Kind::Ewf,
        "694da90e9fc6858c6dd77450add177670eb450534c3fecee2633356d6a969b98",
        0,
    ),
    (
        "real/plaso",
        &["image.qcow2"],
        Kind::Qcow2,
        "a9c0220b1dadd1812fc4bbe137f495d2c3b88c7b33b5a4de545d201fd31b3bc0",
        0,
    ),
    ("real/plaso", &["image.vmdk"], Kind::Vmdk, "854c3db1c4a07a241e2ed9fbd8892adf2adc662c7862a75deed26f3483f414c9", 0),
];

#[test]
fn disks_are_those_that_other_readers_give() {
    for (inside, names, kind, expected, parents) in IMAGES {
        let Some(folder) = folder(inside, names) else { continue };
        let disk = folder.open(names[0]).unwrap();
        assert_eq!((disk.kind(), disk.anomalies(), disk.parents().len()), (*kind, vec![], *parents), "{names:?}");
        assert!(folder.bytes_read() < 200_000, "{names:?}: {}", folder.bytes_read());
        assert_eq!(sha256(&disk), *expected, "{names:?}");
    }
}

#[test]
fn random_reads_are_those_of_the_raw_disk() {
    let Some(raw) = file("built/win11-gpt.raw") else { return };
    for names in [
        &["win11-gpt.vhdx"][..],
        &["win11-gpt-split.E01", "win11-gpt-split.E02", "win11-gpt-split.E03", "win11-gpt-split.E04"],
    ] {
        let Some(folder) = folder("built", names) else { continue };
        assert_holds(&folder.open(names[0]).unwrap(), &raw, names[0]);
    }
}

#[test]
fn the_hash_that_an_image_holds_is_that_of_its_disk() {
    // MD5, as `md5sum` gives it of what is read.
    for (names, md5) in [
        (&["image.E01"][..], "d73c51f10c7ee6a681b7b619ccc6f1c4"),
        (&["image-split.E01", "image-split.E02"], "38ea5af8a80e16e46c095c9110242fc0"),
    ] {
        let Some(folder) = folder("real/plaso", names) else { continue };
        let disk = folder.open(names[0]).unwrap();
        assert_eq!(disk.stored_hashes().md5.map(hex::encode).as_deref(), Some(md5));
    }
}

#[test]
fn a_child_without_its_parent_is_refused() {
    let Some(folder) = folder("real/dfvfs", &["ntfs-differential.vhdx"]) else { return };
    let error = folder.open("ntfs-differential.vhdx").unwrap_err();
    assert!(matches!(error, Error::MissingSibling { .. }), "{error}");
    assert!(error.to_string().contains("ntfs-parent.vhdx"), "{error}");
}
