//! FAT and exFAT volumes on arbitrary bytes: no panic, no hang, listings and files within their limits.
//!
//! The first byte chooses which boot sector is put at the start, and whether its copy is; the rest lies behind it.
#![no_main]

use std::sync::Arc;

use hivekey_fat::{Fat, ReadAt};
use libfuzzer_sys::fuzz_target;

fn put(bytes: &mut [u8], at: usize, part: &[u8]) {
    if let Some(room) = bytes.get_mut(at..at + part.len()) {
        room.copy_from_slice(part);
    }
}

/// FAT12 or FAT16: a table of `table` sectors twice, and 32 entries in the root folder.
fn fat(bytes: &mut [u8], table: u8, sectors: u32) {
    put(bytes, 0, &[0xEB, 0x3C, 0x90]);
    put(bytes, 11, &[0, 2, 1, 1, 0, 2, 32, 0, 0, 0, 0xF8, table, 0]);
    put(bytes, 32, &sectors.to_le_bytes());
    put(bytes, 510, &[0x55, 0xAA]);
}

fn fat32(bytes: &mut [u8], at: usize) {
    put(bytes, at, &[0xEB, 0x58, 0x90]);
    put(bytes, at + 11, &[0, 2, 1, 8, 0, 2, 0, 0, 0, 0, 0xF8, 0, 0]);
    put(bytes, at + 32, &[120, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 6, 0]);
    put(bytes, at + 510, &[0x55, 0xAA]);
}

/// exFAT: the table in sector 24, clusters of one sector from sector 25 on.
fn exfat(bytes: &mut [u8], at: usize) {
    put(bytes, at, b"\xEB\x76\x90EXFAT   ");
    put(bytes, at + 11, &[0; 53]);
    put(bytes, at + 72, &[120, 0, 0, 0, 0, 0, 0, 0, 24, 0, 0, 0, 1, 0, 0, 0, 25, 0, 0, 0, 90, 0, 0, 0, 2, 0, 0, 0]);
    put(bytes, at + 104, &[0, 1, 0, 0, 9, 0, 1, 0x80]);
    put(bytes, at + 510, &[0x55, 0xAA]);
}

fn walk(volume: &Fat) {
    let mut folders = vec![volume.root()];
    for _ in 0..16 {
        let Some(folder) = folders.pop() else { break };
        let _ = volume.lookup(&folder, "software");
        let Ok(listing) = volume.entries(&folder, 200) else { continue };
        assert!(listing.entries.len() <= 200);
        for entry in listing.entries {
            if entry.is_directory {
                folders.push(entry);
                continue;
            }
            let Ok(file) = volume.file(&entry) else { continue };
            assert_eq!(file.len(), entry.size);
            let covered: u64 = file.plain_extents().iter().map(|(_, _, len)| len).sum();
            assert!(covered <= file.len());
            let mut buf = [0u8; 700];
            for at in [0, file.len() / 2, file.len().saturating_sub(700)] {
                let _ = file.read_into(at, &mut buf);
            }
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&[kind], rest)) = data.split_first_chunk() else { return };
    let mut bytes = vec![0u8; 512];
    bytes.extend_from_slice(rest);
    bytes.resize(bytes.len().clamp(16 << 10, 64 << 10), 0);
    match kind % 8 {
        0 => fat(&mut bytes, 1, 120),
        1 => fat(&mut bytes, 20, 5000),
        2 => fat32(&mut bytes, 0),
        // Only the copies.
        3 => fat32(&mut bytes, 6 * 512),
        4 => exfat(&mut bytes, 0),
        5 => exfat(&mut bytes, 12 * 512),
        6 => {
            exfat(&mut bytes, 0);
            exfat(&mut bytes, 12 * 512);
        }
        // The boot sector, too, is what was given.
        _ => bytes.drain(..512).for_each(drop),
    }
    let device: Arc<dyn ReadAt> = Arc::new(bytes);
    let Ok(volume) = Fat::open(device) else { return };
    walk(&volume);
    for anomaly in volume.anomalies().0 {
        assert!(!anomaly.to_string().is_empty());
    }
});
