//! Boot sectors with fields that are too small, too great, or cut off: no panic, and an answer at once.

use std::sync::Arc;

use crate::exfat_volume::ExfatVolume;
use crate::fat_volume::{put, sample};
use crate::use_all::exercise;
use hivekey_fat::{Error, Fat, FatKind, ReadAt, ReadError};

fn volumes() -> Vec<Vec<u8>> {
    let kinds = [FatKind::Fat12, FatKind::Fat16, FatKind::Fat32];
    let fat = kinds.into_iter().map(|kind| sample(kind).bytes);
    fat.chain([ExfatVolume::sample().bytes]).collect()
}

#[test]
fn each_field_of_the_boot_sector() {
    for volume in volumes() {
        let fields = (0..120).flat_map(|at| [1, 2, 4, 8].map(|width| (at, width)));
        for (at, width) in fields {
            for value in [0u64, 1, u64::MAX, u64::MAX >> 1, 0xFFFF_FFFF, 0x8000_0000, 0x0FFF_FFFF] {
                let mut bytes = volume.clone();
                // No backup, so that the field counts.
                let backup = if &bytes[3..8] == b"EXFAT" { 12 } else { 6 };
                bytes[backup * 512..(backup + 1) * 512].fill(0);
                put(&mut bytes, at, &value.to_le_bytes()[..width]);
                exercise(bytes);
            }
        }
    }
}

#[test]
fn each_boot_sector_of_the_wrong_width() {
    // The fields as they are, with other sizes of sectors and clusters.
    for volume in volumes() {
        let sizes = if &volume[3..8] == b"EXFAT" { [108, 109, 110] } else { [12, 13, 16] };
        for (size, value) in sizes.into_iter().flat_map(|at| (0..=255u8).map(move |value| (at, value))) {
            let mut bytes = volume.clone();
            bytes[size] = value;
            exercise(bytes);
        }
    }
}

#[test]
fn cut_devices() {
    for volume in volumes() {
        for len in (0..volume.len().min(40_000)).step_by(97) {
            exercise(volume[..len].to_vec());
        }
    }
    for nothing in [vec![], vec![0; 511], vec![0; 1 << 20], vec![0xFF; 1 << 20]] {
        assert!(matches!(Fat::open(Arc::new(nothing)), Err(Error::NotFat(_))));
    }
}

/// A device without end that cannot be read past its first sectors.
struct Unreadable(Vec<u8>);

impl ReadAt for Unreadable {
    fn len(&self) -> u64 {
        u64::MAX
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        self.0
            .read_into(offset, buf)
            .map_err(|_| ReadError::io(offset, buf.len(), std::io::Error::from_raw_os_error(5)))
    }
}

#[test]
fn devices_that_cannot_be_read() {
    for volume in volumes() {
        let fat = Fat::open(Arc::new(Unreadable(volume[..24 * 512].to_vec())));
        let fat = fat.unwrap();
        let listing = fat.entries(&fat.root(), 100).unwrap();
        match fat.kind() {
            // Its root and some clusters lie within these sectors.
            FatKind::Fat12 => {
                let software = listing.entries.iter().find(|entry| entry.name == "SOFTWARE").unwrap();
                let mut buf = [0u8; 700];
                assert!(fat.file(software).unwrap().read_into(3 * 512, &mut buf).is_err());
            }
            _ => assert!(listing.entries.is_empty() && !listing.complete),
        }
    }
}
