//! The NTFS volumes of the corpus. The digests are of listings that were compared line by line with dissect.ntfs 3.16
//! and ntfs-3g (which, unlike dissect.ntfs, ends files at their initialized size), for every stream of every file.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::corpus;
use crate::counting::Counting;
use crate::tree::{lines, lines_digest};
use hivekey_ntfs::{Limits, Ntfs, ReadAt, Region, volumes};

fn volume(image: &str, offset: u64) -> Option<Ntfs> {
    let disk = corpus::image(image)?;
    let found = volumes(&disk);
    let volume = found.volumes.iter().find(|volume| volume.offset == offset).expect("the partition").clone();
    let device: Arc<dyn ReadAt> = Arc::new(volume.view(disk));
    Some(Ntfs::open(device, &Limits::default()).expect("the volume opens"))
}

#[test]
fn every_stream_of_every_file() {
    let expected = [
        ("real/dfvfs/ntfs.raw", 0, "ntfs_test", 18, "b4594f58086bb71bbbfd23d3f23abd0b16751b69c855f7bcfda33bd4eb4eab6d"),
        (
            "real/dfvfs/vss.raw.xz",
            0,
            "TestVolume",
            38,
            "b38054e7b33de9e43de0beedbbb55dd2645e14d928f354ef76a94e024cd55fbd",
        ),
        (
            "real/dfvfs/ntfs-dynamic.vhd",
            65_536,
            "TestVolume",
            25,
            "32472ec498457cf594e1d8e3e6d6c830bd01109f494c990ee932edda20a636e4",
        ),
        (
            "real/dfvfs/ntfs-parent.vhd",
            65_536,
            "TestVolume",
            20,
            "cfea0f4e588c4880455a12e31144e1cc96a0482e0e3b46c7c8264468f7fc5701",
        ),
        (
            "built/win11-gpt.raw.xz",
            1_048_576,
            "OS",
            40,
            "b0f266a267b1b780945bbfa02422ff106b453286fcacb6b369beae3d511b53d9",
        ),
        (
            "built/win7-mbr.qcow2",
            1_048_576,
            "System Reserved",
            15,
            "0a8f32abbe93d4dc8dbf45c3718757638575a65a1711885f9cb6373a1f62b25c",
        ),
        (
            "built/win7-mbr.qcow2",
            22_020_096,
            "",
            30,
            "e2240b6931b23767f091c28d6929e2bb4889ba79e85bdfb4720a914b2f4913a7",
        ),
    ];
    let mut differing = Vec::new();
    for (image, offset, label, count, digest) in expected {
        let Some(volume) = volume(image, offset) else {
            continue;
        };
        let lines = lines(&volume);
        assert_eq!(volume.label().unwrap_or_default(), label, "{image}");
        if (lines.len(), lines_digest(&lines).as_str()) != (count, digest) {
            differing.push((image, offset, lines.len(), lines_digest(&lines)));
        }
        assert!(volume.anomalies().0.is_empty(), "{image} {:?}", volume.anomalies());
    }
    assert!(differing.is_empty(), "{differing:#?}");
}

#[test]
fn a_look_up_reads_some_kilobytes() {
    let Some(disk) = corpus::image("built/win11-gpt.raw.xz") else {
        return;
    };
    let (device, read) = Counting::new(disk);
    let view: Arc<dyn ReadAt> = Arc::new(Region::new(device, 1_048_576, u64::MAX));
    let volume = Ntfs::open(view, &Limits::default()).unwrap();
    // The image has "windows/SYSTEM32/Config/software".
    let path = ["Windows", "System32", "config", "SOFTWARE"];
    let hive = volume.lookup(&path).unwrap().found().unwrap().open().unwrap();
    let mut magic = [0u8; 4];
    hive.read_into(0, &mut magic).unwrap();
    assert_eq!(&magic, b"regf");
    let read = read.load(Ordering::Relaxed);
    assert!(read < 32 << 10, "{read}");
}

#[test]
fn deleted_files_of_a_real_volume() {
    let Some(volume) = volume("real/dfvfs/vss.raw.xz", 0) else {
        return;
    };
    for file in volume.deleted() {
        assert!(!file.name.is_empty());
    }
}
