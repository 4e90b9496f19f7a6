//! Partition tables, NTFS and shadow copies on arbitrary bytes: no panic, no hang.
//!
//! The first byte chooses what is put where a real disk has it, so that each reader is reached at once.
#![no_main]

use std::sync::Arc;

use hivekey_ntfs::{Limits, Lookup, Ntfs, ReadAt, snapshots, volumes};
use libfuzzer_sys::fuzz_target;

const VSS: [u8; 16] = [0x6B, 0x87, 0x08, 0x38, 0x76, 0xC1, 0x48, 0x4E, 0xB7, 0xAE, 0x04, 0x04, 0x6E, 0x6C, 0xC7, 0x52];

fn put(bytes: &mut [u8], at: usize, part: &[u8]) {
    if let Some(room) = bytes.get_mut(at..at + part.len()) {
        room.copy_from_slice(part);
    }
}

fn walk(device: Arc<dyn ReadAt>) {
    let Ok(volume) = Ntfs::open(device, &Limits::default()) else { return };
    if let Ok(root) = volume.root()
        && let Ok(listing) = volume.entries(&root)
    {
        for entry in listing.entries.iter().take(16) {
            let mut buf = [0; 700];
            if let Ok(file) = volume.open_file(entry.reference) {
                let _ = file.read_into(0, &mut buf);
            }
        }
    }
    let _ = volume.lookup(&["Windows", "System32", "config", "SOFTWARE"]).map(Lookup::found);
    for file in volume.deleted().take(16) {
        let _ = file.path.to_string();
    }
    let _ = (volume.anomalies(), volume.label());
}

fuzz_target!(|data: &[u8]| {
    let Some((&[kind], rest)) = data.split_first_chunk() else { return };
    let mut bytes = rest.to_vec();
    // Up to 64 KiB, so that tables and records have a place to lie in.
    bytes.resize(bytes.len().clamp(16 << 10, 64 << 10), 0);
    if kind & 1 != 0 {
        put(&mut bytes, 3, b"NTFS    ");
        put(&mut bytes, 11, &[0, 2, 1 + (kind >> 6)]);
        put(&mut bytes, 40, &[0x80, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]);
        put(&mut bytes, 64, &[0xF6]);
        put(&mut bytes, 2048, b"FILE");
    }
    if kind & 2 != 0 {
        put(&mut bytes, 510, &[0x55, 0xAA]);
    }
    if kind & 4 != 0 {
        put(&mut bytes, 512, b"EFI PART\0\0\x01\0\x5C\0\0\0");
    }
    if kind & 8 != 0 {
        put(&mut bytes, 0x1E00, &VSS);
        put(&mut bytes, 0x1E10, &[1, 0, 0, 0, 1, 0, 0, 0]);
        put(&mut bytes, 0x1E30, &[0, 0x20, 0, 0, 0, 0, 0, 0]);
        put(&mut bytes, 0x2000, &VSS);
        put(&mut bytes, 0x2010, &[1, 0, 0, 0, 2, 0, 0, 0]);
    }
    let device: Arc<dyn ReadAt> = Arc::new(bytes);
    for volume in volumes(&device).volumes.iter().take(4) {
        walk(Arc::new(volume.view(Arc::clone(&device))));
    }
    for snapshot in snapshots(&device).found.iter().take(4) {
        let view = snapshot.view(Arc::clone(&device));
        let mut buf = vec![0; 20_000];
        let _ = view.read_into(100, &mut buf);
    }
});
