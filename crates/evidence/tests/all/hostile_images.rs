//! Images that are cut, damaged or made up: an error or an answer with problems, and never a panic.

use std::fs;
use std::path::Path;

use hivekey_evidence::{Options, Source, TreePath, open_source};

use crate::images::Images;
use hivekey_testkit::disk::ntfs_volume::make_disk;

/// Small images of the corpus, one of each container and a bare volume.
const SMALL: [&str; 6] = [
    "real/dfvfs/ntfs.raw",
    "real/dfvfs/ntfs-dynamic.vhd",
    "real/dfvfs/ntfs-dynamic.vhdx",
    "real/plaso/vsstest.qcow2",
    "real/plaso/image.vmdk",
    "real/plaso/image.E01",
];

/// A plain generator: the same images in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// Reads all files in the upper folders of a source, whatever comes of it.
fn read_everything(source: &Source) {
    let tree = source.tree();
    let mut folders = vec![TreePath::root()];
    for _ in 0..12 {
        let Some(folder) = folders.pop() else { return };
        let Ok(listing) = tree.entries(&folder, 100) else { continue };
        for entry in listing.entries {
            let path = folder.child(entry.name);
            _ = tree.head(&path, &mut [0; 4096]);
            _ = tree.size(&path);
            if tree.resolve(&path).is_ok() {
                folders.push(path);
            }
        }
    }
}

fn try_image(path: &Path) {
    match open_source(path, &Options::default()) {
        Ok(source) => {
            read_everything(&source);
            source.problems.iter().for_each(|problem| assert!(!format!("{}{problem}", problem.code()).is_empty()));
        }
        Err(error) => assert!(!format!("{}{error}", error.code()).is_empty()),
    }
}

#[test]
fn damaged_and_cut_images() {
    let Some(images) = Images::new() else { return };
    let work = tempfile::tempdir().unwrap();
    let mut random = Random(1);
    for name in SMALL {
        let intact = fs::read(images.path(name)).unwrap();
        let path = work.path().join(Path::new(name).file_name().unwrap());
        for round in 0..24 {
            let mut bytes = intact.clone();
            // Structures stand at the start of an image, or in clusters of their own anywhere.
            let reach = if round % 2 == 0 { bytes.len() } else { bytes.len().min(64 << 10) };
            for _ in 0..=random.below(40) {
                bytes[random.below(reach)] ^= 1 << random.below(8);
            }
            fs::write(&path, bytes).unwrap();
            try_image(&path);
        }
        for _ in 0..8 {
            fs::write(&path, &intact[..random.below(intact.len())]).unwrap();
            try_image(&path);
        }
    }
}

#[test]
fn a_signature_and_noise() {
    let work = tempfile::tempdir().unwrap();
    let mut random = Random(2);
    let signatures: [&[u8]; 12] = [
        b"vhdxfile",
        b"conectix",
        b"KDMV",
        b"COWD",
        b"# Disk DescriptorFile\nversion=1\n",
        b"QFI\xfb",
        b"EVF\x09\x0D\x0A\xFF\x00\x01\x01\x00",
        b"partclone-image\0",
        b"\0ntfsclone-image",
        b"WithoutFreeSpace",
        b"\xeb\x52\x90NTFS    ",
        b"",
    ];
    for signature in signatures {
        for round in 0..6 {
            let mut bytes: Vec<u8> = (0..70_000).map(|_| u8::try_from(random.below(256)).unwrap()).collect();
            if round % 2 == 0 {
                bytes.fill(0xFF);
            }
            bytes[..signature.len()].copy_from_slice(signature);
            bytes[510..512].copy_from_slice(&[0x55, 0xAA]);
            let path = work.path().join("noise");
            fs::write(&path, bytes).unwrap();
            try_image(&path);
        }
    }
}

fn codes(source: &Source) -> Vec<String> {
    source.problems.iter().map(|problem| format!("{} {}", problem.code(), problem.path)).collect()
}

#[test]
fn volumes_that_cannot_be_read_are_named() {
    let work = tempfile::tempdir().unwrap();
    let path = work.path().join("disk.img");
    let volume = |signature: &[u8]| {
        let mut bytes = vec![0; 8192];
        bytes[3..3 + signature.len()].copy_from_slice(signature);
        bytes
    };
    make_disk(
        &path,
        &[(7, &volume(b"-FVE-FS-")), (7, &volume(b"EXFAT   ")), (0x42, &volume(b"")), (7, &volume(b"NTFS    "))],
    );
    let source = open_source(&path, &Options::default()).unwrap();
    assert_eq!(
        codes(&source),
        [
            "bitlocker-volume partition 1",
            "unreadable partition 2",
            "other-file-system partition 3",
            "volume-damaged partition 4",
            "no-volume ",
        ]
        .map(|code| code.replace("volume-damaged", "unreadable"))
    );
    assert_eq!(source.installations.len(), 0);
}

#[test]
fn a_missing_parent_is_an_error() {
    let Some(images) = Images::new() else { return };
    let work = tempfile::tempdir().unwrap();
    let child = work.path().join("child.vhdx");
    fs::copy(images.path("real/dfvfs/ntfs-differential.vhdx"), &child).unwrap();
    let error = open_source(&child, &Options::default()).unwrap_err();
    assert_eq!(error.code(), "image-part-missing", "{error}");
    // Found by its name but for case; another image under that name is refused.
    let stated = "NTFS-Parent.VHDX";
    fs::copy(images.path("real/dfvfs/ntfs-parent.vhdx"), work.path().join(stated)).unwrap();
    assert_eq!(open_source(&child, &Options::default()).unwrap().problems.len(), 0);
    fs::copy(images.path("real/dfvfs/ntfs-fixed.vhdx"), work.path().join(stated)).unwrap();
    let error = open_source(&child, &Options::default()).unwrap_err();
    assert_eq!(error.code(), "image-wrong-parent", "{error}");
}

#[test]
fn a_cut_disk_is_said_to_be_cut() {
    let Some(images) = Images::new() else { return };
    let work = tempfile::tempdir().unwrap();
    let cut = work.path().join("cut.raw");
    fs::copy(images.path("built/win11-gpt.raw"), &cut).unwrap();
    fs::OpenOptions::new().write(true).open(&cut).unwrap().set_len(45 << 20).unwrap();
    let source = open_source(&cut, &Options::default()).unwrap();
    assert!(codes(&source).contains(&"image-truncated ".to_owned()), "{:?}", codes(&source));
    assert_eq!(source.installations.len(), 2, "{source:?}");
}
