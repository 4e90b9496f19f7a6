//! Partition tables alone on arbitrary bytes: a total answer, and only volumes that a disk can have.
//!
//! The first byte chooses what is put where a real disk has it; the second how long the disk is. It holds zeros behind what is
//! given, and the same once more at its end, where the backup of a table or of a boot sector lies.
#![no_main]

use hivekey_ntfs::{Content, PartitionType, ReadAt, ReadError, Scheme, volumes};
use libfuzzer_sys::fuzz_target;

fn put(bytes: &mut [u8], at: usize, part: &[u8]) {
    if let Some(room) = bytes.get_mut(at..at + part.len()) {
        room.copy_from_slice(part);
    }
}

struct Disk {
    bytes: Vec<u8>,
    len: u64,
}

impl ReadAt for Disk {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        let again = self.len - self.bytes.len() as u64;
        if offset.checked_add(buf.len() as u64).is_none_or(|end| end > self.len) {
            return Err(ReadError::io(offset, buf.len(), std::io::ErrorKind::UnexpectedEof.into()));
        }
        buf.fill(0);
        let place = offset.checked_sub(again).unwrap_or(offset);
        if let Some(bytes) = self.bytes.get(place as usize..) {
            let len = bytes.len().min(buf.len());
            buf[..len].copy_from_slice(&bytes[..len]);
        }
        Ok(())
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&[kind, size], rest)) = data.split_first_chunk() else { return };
    let mut bytes = rest.to_vec();
    bytes.resize(bytes.len().clamp(8 << 10, 64 << 10), 0);
    if kind & 1 != 0 {
        put(&mut bytes, 510, &[0x55, 0xAA]);
    }
    if kind & 2 != 0 {
        put(&mut bytes, 450, &[0xEE]);
    }
    if kind & 4 != 0 {
        put(&mut bytes, 512, b"EFI PART\0\0\x01\0\x5C\0\0\0");
        put(&mut bytes, 584, &[2, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 128, 0, 0, 0]);
    }
    if kind & 8 != 0 {
        put(&mut bytes, 454, &[1, 0, 0, 0, 64, 0, 0, 0]);
    }
    if kind & 16 != 0 {
        let boot = bytes.len() - 512;
        put(&mut bytes, boot + 3, b"NTFS    \0\x02\x08");
        put(&mut bytes, boot + 64, &[0xF6, 0, 0, 0, 1]);
        put(&mut bytes, 4096, b"FILE");
    }
    // From just what is given to an exbibyte; mostly too short for a search, which takes thousands of reads.
    let given = bytes.len() as u64;
    let len = given.max(given.checked_shl(u32::from(size).saturating_sub(192) % 46).unwrap_or(given)).saturating_add(u64::from(size) * 512);
    // The copy at the end may not overlap the first in part.
    let len = if len < 2 * given { given } else { len };
    let disk = Disk { bytes, len };

    let found = volumes(&disk);
    assert!(found.volumes.len() <= 8192 + 4 + 2 * 256 + 8192);
    let named = |kind| kind != PartitionType::None;
    for volume in &found.volumes {
        let view = volume.view(&disk);
        assert!(view.len() <= disk.len.saturating_sub(volume.offset));
        if named(volume.kind) {
            continue;
        }
        if volume.offset == 0 {
            assert_eq!((volume.len, found.volumes.len()), (disk.len, 1));
            continue;
        }
        // What no table names lies on the disk, in what the others leave free.
        assert!(volume.content == Content::Ntfs && volume.offset < disk.len && volume.len >= 1 << 20);
        let end = volume.offset.saturating_add(volume.len).min(disk.len);
        for other in found.volumes.iter().filter(|other| *other != volume) {
            assert!(other.offset >= end || other.offset.saturating_add(other.len) <= volume.offset);
        }
    }
    if matches!(found.scheme, Scheme::Lost) {
        assert!(!found.volumes.iter().any(|volume| named(volume.kind)));
    }
    for anomaly in &found.anomalies {
        assert!(!anomaly.to_string().is_empty());
    }
});
