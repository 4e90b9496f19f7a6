//! Disk image containers: no panic, no hang; a read that succeeds gives the same bytes each time, and none past the disk's end.
//!
//! The first byte chooses a signature that is put where its container has it, so that each reader is reached at once.
#![no_main]

use hivekey_images::{NoSiblings, Options, ReadAt, open};
use libfuzzer_sys::fuzz_target;

/// Where a container's signature stands, and the name that goes with it.
const SIGNATURES: &[(usize, &[u8], &str)] = &[
    (0, b"", "disk.raw"),
    (0, b"vhdxfile", "disk.vhdx"),
    (0, b"conectix", "disk.vhd"),
    (0, b"KDMV\x01\0\0\0", "disk.vmdk"),
    (0, b"COWD", "disk.vmdk"),
    (0, b"# Disk DescriptorFile\n", "disk.vmdk"),
    (0, b"QFI\xFB\0\0\0\x02", "disk.qcow2"),
    (0, b"QFI\xFB\0\0\0\x03", "disk.qcow2"),
    (64, b"\x7F\x10\xDA\xBE\x01\0\x01\0", "disk.vdi"),
    (0, b"EVF\x09\x0D\x0A\xFF\0\x01\x01\0\0\0", "disk.E01"),
    (0, b"WithoutFreeSpace", "disk.hds"),
    (0, b"WithouFreSpacExt", "disk.hds"),
    (0, b"partclone-image", "disk.pcl"),
    (0, b"\0ntfsclone-image", "disk.ntfsclone"),
];

fuzz_target!(|data: &[u8]| {
    let Some((&[kind, at], rest)) = data.split_first_chunk() else { return };
    let (place, signature, name) = SIGNATURES[usize::from(kind) % SIGNATURES.len()];
    let mut bytes = rest.to_vec();
    if let Some(room) = bytes.get_mut(place..place + signature.len()) {
        room.copy_from_slice(signature);
    }
    let Ok(disk) = open(name, Box::new(bytes), &NoSiblings, &Options::default()) else { return };
    let size = disk.len();
    let mut buf = vec![0; 3000];
    let mut again = vec![0; 3000];
    for part in 0..8 {
        let offset = (size / 8).saturating_mul(part).saturating_add(u64::from(at));
        if disk.read_into(offset, &mut buf).is_ok() {
            assert!(offset + 3000 <= size);
            disk.read_into(offset, &mut again).unwrap();
            assert_eq!(buf, again);
        }
    }
    let mut offset = 0;
    for _ in 0..64 {
        let Some(extent) = disk.data_extent(offset) else { break };
        assert!(extent.end > extent.start && extent.end > offset);
        offset = extent.end;
    }
    let _ = (disk.anomalies(), disk.kind());
});
