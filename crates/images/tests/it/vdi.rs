//! VDI and Parallels images built by hand.

use hivekey_images::{Error, Kind, Options, ReadAt, Role};

use crate::build::put;
use crate::build::vdi::{BLOCK, FREE, Vdi, ZERO, blocks, parallels};
use crate::check::{assert_holds, content, u64_of};
use crate::folder::Folder;

#[test]
fn dynamic_with_extra_bytes() {
    let bytes = content(30 * BLOCK + 512, 1);
    for extra in [0, 512] {
        let image = Vdi { kind: 1, size: bytes.len(), ids: [1, 2, 0, 0], extra, blocks: blocks(&bytes) }.build();
        let disk = Folder::of([("disk.vdi", image)]).open("disk.vdi").unwrap();
        assert_eq!((disk.kind(), disk.anomalies()), (Kind::Vdi, vec![]));
        assert_holds(&disk, &bytes, "VDI");
    }
}

/// A differencing image in a folder `Snapshots`, as VirtualBox puts it, with its parent above.
fn pair() -> (Folder, Vec<u8>) {
    let base = content(10 * BLOCK, 2);
    let mut own: Vec<Result<Vec<u8>, u32>> = vec![Err(FREE); 10];
    own[1] = Ok(vec![5; BLOCK]);
    own[2] = Err(ZERO);
    let child = Vdi { kind: 4, size: base.len(), ids: [3, 4, 1, 2], extra: 0, blocks: own }.build();
    let parent = Vdi { kind: 1, size: base.len(), ids: [1, 2, 0, 0], extra: 0, blocks: blocks(&base) }.build();
    let other = Vdi { kind: 1, size: base.len(), ids: [9, 9, 0, 0], extra: 0, blocks: vec![] }.build();
    let folder = Folder::of([
        ("vm/Snapshots/{3}.vdi", child),
        ("vm/base.vdi", parent),
        ("vm/another.vdi", other),
        ("vm/broken.vdi", vec![0; 100]),
        ("vm/notes.txt", vec![]),
    ]);
    let mut expected = base;
    expected[BLOCK..2 * BLOCK].fill(5);
    expected[2 * BLOCK..3 * BLOCK].fill(0);
    (folder, expected)
}

#[test]
fn a_parent_is_found_by_its_uuid() {
    let (folder, expected) = pair();
    let disk = folder.open("vm/Snapshots/{3}.vdi").unwrap();
    assert_eq!(disk.parents(), ["vm/base.vdi"]);
    assert_eq!(disk.files().len(), 1);
    assert_holds(&disk, &expected, "differencing");
}

#[test]
fn a_changed_or_missing_parent() {
    let (mut folder, _) = pair();
    let mut parent = folder.bytes("vm/base.vdi").to_vec();
    put(&mut parent, 408, &[7; 16]);
    folder.add("vm/base.vdi", parent);
    assert!(matches!(folder.open("vm/Snapshots/{3}.vdi").unwrap_err(), Error::WrongParent { .. }));
    let accepting = Options::default().accepting_wrong_parent(true);
    assert!(folder.open_with("vm/Snapshots/{3}.vdi", &accepting).is_ok());
    for name in ["vm/base.vdi", "vm/another.vdi", "vm/broken.vdi"] {
        folder.remove(name);
    }
    let error = folder.open("vm/Snapshots/{3}.vdi").unwrap_err();
    assert!(matches!(error, Error::MissingSibling { role: Role::Parent, .. }), "{error}");
}

#[test]
fn headers_and_entries_at_their_edges() {
    let bytes: Vec<u8> = content(4 * BLOCK, 3).iter().map(|byte| byte | 1).collect();
    let image = Vdi { kind: 1, size: bytes.len(), ids: [1, 2, 0, 0], extra: 0, blocks: blocks(&bytes) }.build();
    let changed = |at: usize, value: &[u8]| {
        let mut image = image.clone();
        put(&mut image, at, value);
        Folder::of([("x.vdi", image)]).open("x.vdi")
    };
    assert!(changed(376, &0u32.to_le_bytes()).is_err());
    assert!(matches!(changed(368, &u64::MAX.to_le_bytes()).unwrap_err(), Error::Limit { .. }));
    assert!(changed(76, &0u32.to_le_bytes()).is_err() && changed(76, &3u32.to_le_bytes()).is_err());
    assert!(changed(68, &1u32.to_le_bytes()).is_err());
    let short = changed(384, &1u32.to_le_bytes()).unwrap();
    assert!(short.read_into(0, &mut [0; 9]).is_ok() && short.read_into(u64_of(BLOCK), &mut [0; 9]).is_err());
    for (at, value) in [(340, u32::MAX), (344, u32::MAX), (380, u32::MAX), (512, 0xFFFF_FFFD)] {
        let disk = changed(at, &value.to_le_bytes()).unwrap();
        assert!(disk.read_into(0, &mut [0; 9]).is_err(), "{at}");
    }
}

#[test]
fn parallels_of_both_forms() {
    let bytes = content(20 * BLOCK, 4);
    for counts_blocks in [false, true] {
        let mut folder = Folder::of([("d.hdd/x.hds", parallels(&bytes, counts_blocks))]);
        let disk = folder.open("d.hdd/x.hds").unwrap();
        assert_eq!(disk.kind(), Kind::Parallels);
        assert_holds(&disk, &bytes, "Parallels");
        folder.add("d.hdd/DiskDescriptor.xml", b"<Storage><Image></Image></Storage>".to_vec());
        assert_holds(&folder.open("d.hdd/x.hds").unwrap(), &bytes, "bundle");
        folder.add("d.hdd/DiskDescriptor.xml", b"<Image></Image><Image></Image>".to_vec());
        assert!(matches!(folder.open("d.hdd/x.hds").unwrap_err(), Error::Unsupported { .. }));
    }
}
