//! VMDK images built by hand.

use hivekey_images::{Anomaly, Error, Kind, ReadAt, Role};

use crate::build::put;
use crate::build::vmdk::{self, GRAIN, Grain, cowd, descriptor, grains, sparse, stream};
use crate::check::{assert_holds, content, extents, u64_of};
use crate::folder::Folder;

#[test]
fn sparse_and_stream_optimized() {
    let bytes = content(50 * GRAIN + 512, 1);
    let text = |kind| descriptor(1, None, kind, &format!("RW {} SPARSE \"disk.vmdk\"", bytes.len() / 512));
    for image in [
        sparse(bytes.len(), &grains(&bytes), &text("monolithicSparse")),
        stream(bytes.len(), &grains(&bytes), &text("streamOptimized")),
    ] {
        let disk = Folder::of([("disk.vmdk", image)]).open("disk.vmdk").unwrap();
        assert_eq!((disk.kind(), disk.anomalies()), (Kind::Vmdk, vec![]));
        assert_holds(&disk, &bytes, "VMDK");
    }
}

/// A disk of every kind of extent, after a descriptor, and what it holds.
fn described() -> (Folder, Vec<u8>) {
    let parts: Vec<Vec<u8>> = (0..4).map(|seed| content(20 * GRAIN, seed)).collect();
    let sectors = 20 * GRAIN / 512;
    let lines = format!(
        "RW {sectors} SPARSE \"a b-s001.vmdk\"\nRW {sectors} FLAT \"a b-f002.vmdk\" 3\nRW 16 ZERO\n\
         RW {sectors} VMFSSPARSE \"a b-delta.vmdk\"\nRDONLY {sectors} VMFS \"a b-flat.vmdk\""
    );
    let folder = Folder::of([
        ("vm/a b.vmdk", descriptor(1, None, "custom", &lines).into_bytes()),
        ("vm/a b-s001.vmdk", sparse(20 * GRAIN, &grains(&parts[0]), "")),
        ("vm/a b-f002.vmdk", [vec![9; 3 * 512], parts[1].clone()].concat()),
        ("vm/a b-delta.vmdk", cowd(20 * GRAIN, &grains(&parts[2]))),
        ("vm/a b-flat.vmdk", parts[3].clone()),
    ]);
    let expected = [parts[0].clone(), parts[1].clone(), vec![0; 16 * 512], parts[2].clone(), parts[3].clone()].concat();
    (folder, expected)
}

#[test]
fn extents_of_every_kind() {
    let (folder, expected) = described();
    let disk = folder.open("vm/a b.vmdk").unwrap();
    assert_eq!(disk.files().len(), 4);
    assert!(disk.files().iter().all(|file| file.role == Role::Extent));
    assert_holds(&disk, &expected, "described");
}

#[test]
fn a_missing_extent_is_an_error_and_a_short_one_noted() {
    let (mut folder, expected) = described();
    let flat = expected[expected.len() - 20 * GRAIN..].to_vec();
    folder.add("vm/a b-flat.vmdk", flat[..GRAIN].to_vec());
    let disk = folder.open("vm/a b.vmdk").unwrap();
    assert!(matches!(disk.anomalies()[..], [Anomaly::CutOff { .. }]));
    assert!(disk.read_into(disk.virtual_size() - 512, &mut [0; 512]).is_err());
    assert!(disk.read_into(disk.virtual_size() - u64_of(20 * GRAIN), &mut [0; 512]).is_ok());
    folder.remove("vm/a b-flat.vmdk");
    assert!(matches!(folder.open("vm/a b.vmdk").unwrap_err(), Error::MissingSibling { role: Role::Extent, .. }));
}

#[test]
fn a_lone_extent_is_noted() {
    let bytes = content(10 * GRAIN, 5);
    for image in [sparse(bytes.len(), &grains(&bytes), ""), cowd(bytes.len(), &grains(&bytes))] {
        let disk = Folder::of([("x-s002.vmdk", image)]).open("x-s002.vmdk").unwrap();
        assert_eq!(disk.anomalies(), [Anomaly::NotFirstSegment]);
        assert_holds(&disk, &bytes, "lone extent");
    }
}

#[test]
fn the_only_extent_of_a_disk_is_all_of_it() {
    let bytes = content(10 * GRAIN, 5);
    let small = sparse(bytes.len(), &grains(&bytes), "");
    let mut full = small.clone();
    put(&mut full, 12, &4_192_256u64.to_le_bytes());
    for (name, image, is_whole) in [
        ("vm/x-s001.vmdk", &small, true),
        ("vm/x-1-s001.vmdk", &small, true),
        ("vm/x-000001-s001.vmdk", &small, false),
        ("vm/x-s002.vmdk", &small, false),
        ("vm/x-s001.vmdk", &full, false),
    ] {
        let disk = Folder::of([(name, image.clone())]).open(name).unwrap();
        let is_noted = disk.anomalies().contains(&Anomaly::NotFirstSegment);
        assert_eq!(is_noted, !is_whole, "{name}");
    }
}

#[test]
fn deltas_take_grains_from_their_parents() {
    let base = content(30 * GRAIN, 6);
    let size = base.len();
    let line = |name: &str| format!("RW {} SPARSE \"{name}\"", size / 512);
    let mut changes = vec![Grain::Absent; 30];
    changes[1] = Grain::Zeros;
    changes[2] = Grain::Data(vec![0x77; GRAIN]);
    changes[29] = Grain::Data(vec![0x78; GRAIN]);
    let mut more = vec![Grain::Absent; 30];
    more[2] = Grain::Data(vec![0x11; GRAIN]);
    let mut expected = base.clone();
    expected[GRAIN..2 * GRAIN].fill(0);
    expected[2 * GRAIN..3 * GRAIN].fill(0x11);
    expected[29 * GRAIN..].fill(0x78);
    let folder = Folder::of([
        ("base.vmdk", sparse(size, &grains(&base), &descriptor(0xA, None, "monolithicSparse", &line("base.vmdk")))),
        (
            "one.vmdk",
            sparse(size, &changes, &descriptor(0xB, Some((0xA, "base.vmdk")), "monolithicSparse", &line("one.vmdk"))),
        ),
        (
            "two.vmdk",
            descriptor(
                0xC,
                Some((0xB, "C:\\vm\\one.vmdk")),
                "vmfsSparse",
                &line("two-delta.vmdk").replace("SPARSE", "VMFSSPARSE"),
            )
            .into_bytes(),
        ),
        ("two-delta.vmdk", cowd(size, &more)),
    ]);
    let disk = folder.open("two.vmdk").unwrap();
    assert_eq!(disk.parents(), ["one.vmdk", "base.vmdk"]);
    assert_holds(&disk, &expected, "deltas");
    assert!(extents(&disk).len() > 1);
}

#[test]
fn a_delta_of_a_changed_or_missing_parent() {
    let size = 4 * GRAIN;
    let line = format!("RW {} SPARSE \"x.vmdk\"", size / 512);
    let none = vec![Grain::Absent; 4];
    let child = sparse(size, &none, &descriptor(2, Some((1, "base.vmdk")), "monolithicSparse", &line));
    let base = sparse(size, &none, &descriptor(9, None, "monolithicSparse", &line));
    let mut folder = Folder::of([("child.vmdk", child), ("base.vmdk", base)]);
    let error = folder.open("child.vmdk").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the parent \"base.vmdk\" is not the one that the image was made from: its identity is 00000009, expected 00000001"
    );
    folder.remove("base.vmdk");
    assert!(matches!(folder.open("child.vmdk").unwrap_err(), Error::MissingSibling { role: Role::Parent, .. }));
    // A parent that has an id but no name.
    let nameless = descriptor(2, Some((1, "")), "monolithicSparse", &line);
    folder.add("child.vmdk", sparse(size, &none, &nameless));
    assert!(matches!(folder.open("child.vmdk").unwrap_err(), Error::MissingSibling { role: Role::Parent, .. }));
}

#[test]
fn a_stream_that_is_cut_off_has_no_directory() {
    let bytes = content(10 * GRAIN, 7);
    let image = stream(bytes.len(), &grains(&bytes), &descriptor(1, None, "streamOptimized", "RW 80 SPARSE \"x\""));
    let cut = image[..image.len() - 600].to_vec();
    assert!(Folder::of([("x.vmdk", cut)]).open("x.vmdk").is_err());
}

#[test]
fn damaged_grains() {
    let bytes: Vec<u8> = content(4 * GRAIN, 8).iter().map(|byte| byte | 1).collect();
    let text = descriptor(1, None, "streamOptimized", "RW 32 SPARSE \"x\"");
    let image = stream(bytes.len(), &grains(&bytes), &text);
    let first = 512 * (1 + text.len().div_ceil(512));
    for (at, value) in [(8, u32::MAX), (8, 0), (12, 0xFFFF_FFFF)] {
        let mut image = image.clone();
        put(&mut image, first + at, &value.to_le_bytes());
        let disk = Folder::of([("x.vmdk", image)]).open("x.vmdk").unwrap();
        assert!(disk.read_into(7, &mut [0; 100]).is_err());
        assert!(disk.read_into(u64_of(GRAIN), &mut [0; 100]).is_ok());
    }
}

#[test]
fn headers_at_their_edges() {
    let image =
        sparse(4 * GRAIN, &vec![Grain::Absent; 4], &descriptor(1, None, "monolithicSparse", "RW 32 SPARSE \"x\""));
    let changed = |at: usize, value: &[u8]| {
        let mut image = image.clone();
        put(&mut image, at, value);
        Folder::of([("x.vmdk", image)]).open("x.vmdk")
    };
    assert!(changed(4, &9u32.to_le_bytes()).unwrap_err().to_string().contains("version"));
    for grain in [0u64, 3, u64::MAX, 1 << 63] {
        assert!(changed(20, &grain.to_le_bytes()).unwrap_err().to_string().contains("grain size"));
    }
    assert!(changed(44, &0u32.to_le_bytes()).is_err());
    assert!(matches!(changed(12, &u64::MAX.to_le_bytes()).unwrap_err(), Error::Limit { .. }));
    assert!(matches!(changed(36, &u64::MAX.to_le_bytes()).unwrap_err(), Error::Limit { .. }));
    assert!(changed(28, &(u64::MAX / 512).to_le_bytes()).is_err());
    let disk = changed(56, &(u64::MAX - 1).to_le_bytes()).unwrap();
    assert!(disk.read_into(0, &mut [0]).is_err());
    assert_eq!(changed(72, &[1]).unwrap().anomalies(), [Anomaly::NotClosed]);
    let compressed = changed(8, &0x1_0001u32.to_le_bytes()).unwrap_err();
    assert!(matches!(compressed, Error::Unsupported { kind: Kind::Vmdk, .. }));
}

#[test]
fn what_is_not_read_is_named() {
    let open = |bytes: &[u8]| Folder::of([("x.vmdk", bytes.to_vec())]).open("x.vmdk").unwrap_err().to_string();
    assert_eq!(
        open(&[&[0xBE, 0xBA, 0xFE, 0xCA][..], &[0; 600]].concat()),
        "vmdk: an extent of type SESPARSE is not supported"
    );
    let text = descriptor(1, None, "vmfs", "RW 8 SESPARSE \"x-sesparse.vmdk\"");
    assert_eq!(open(text.as_bytes()), "vmdk: an extent of type SESPARSE is not supported");
    assert!(open(b"# Disk DescriptorFile\nversion=1\n").contains("has no extent"));
    assert_eq!(vmdk::zlib(b"").first(), Some(&0x78));
}
