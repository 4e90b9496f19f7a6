//! Whatever bytes of a volume change: no panic, no hang, and bounded answers.

use crate::exfat_volume::{CLUSTER, ExfatVolume, HEAP, TABLE};
use crate::fat_volume::{put, sample};
use crate::use_all::exercise;
use hivekey_fat::FatKind;
use proptest::prelude::*;

/// A volume, and where its structures are.
fn volume(which: usize) -> (Vec<u8>, [(usize, usize); 4]) {
    let kind = match which {
        0 => FatKind::Fat12,
        1 => FatKind::Fat32,
        _ => {
            let places = [(64, 60), (TABLE, 200), (HEAP + 2 * CLUSTER, CLUSTER), (HEAP + 38 * CLUSTER, 512)];
            return (ExfatVolume::sample().bytes, places);
        }
    };
    let volume = sample(kind);
    let places = [(11, 42), (volume.table().0, 128), (volume.root(), 512), (volume.cluster(7), 128)];
    (volume.bytes, places)
}

fn place() -> impl Strategy<Value = (usize, prop::sample::Index)> {
    (0..4usize, any::<prop::sample::Index>())
}

fn resolve(places: &[(usize, usize); 4], (which, index): (usize, prop::sample::Index)) -> usize {
    let (start, len) = places[which];
    start + index.index(len)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn changed_bytes(which in 0..3usize, changes in prop::collection::vec((place(), any::<u8>()), 1..12)) {
        let (mut bytes, places) = volume(which);
        for (at, byte) in changes {
            bytes[resolve(&places, at)] = byte;
        }
        exercise(bytes);
    }

    #[test]
    fn flipped_bits(which in 0..3usize, flips in prop::collection::vec((place(), 0u8..8), 1..4)) {
        let (mut bytes, places) = volume(which);
        for (at, bit) in flips {
            bytes[resolve(&places, at)] ^= 1 << bit;
        }
        exercise(bytes);
    }

    #[test]
    fn extreme_numbers(which in 0..3usize, writes in prop::collection::vec((place(), 0..7usize), 1..4)) {
        let values = [0u64, 1, 2, 0xFFFF_FFFF, u64::MAX, u64::MAX / 2, 1 << 40];
        let (mut bytes, places) = volume(which);
        for (at, value) in writes {
            let at = resolve(&places, at) / 2 * 2;
            put(&mut bytes, at, &values[value].to_le_bytes());
        }
        exercise(bytes);
    }

    /// Sets of exFAT whose checksum fits what was changed.
    #[test]
    fn sealed_sets(which in 0..3usize, changes in prop::collection::vec((0..96usize, any::<u8>()), 1..6)) {
        let mut volume = ExfatVolume::sample();
        let name = ["SOFTWARE", "System Profile.dat", "leer"][which];
        let set = volume.find(name);
        for (at, byte) in changes {
            // The number of entries stays, for it is what the checksum covers.
            if at != 1 {
                volume.bytes[set + at] = byte;
            }
        }
        let len = 32 * (1 + usize::from(volume.bytes[set + 1]));
        crate::exfat_volume::seal(&mut volume.bytes[set..set + len]);
        exercise(volume.bytes);
    }

    #[test]
    fn sealed_boot_sectors(changes in prop::collection::vec((64..113usize, any::<u8>()), 1..4)) {
        let mut volume = ExfatVolume::sample();
        for (at, byte) in changes {
            volume.bytes[at] = byte;
        }
        volume.seal_boot();
        exercise(volume.bytes);
    }

    #[test]
    fn tables_of_noise(which in 0..3usize, noise in prop::collection::vec(0u8..64, 200)) {
        let (mut bytes, places) = volume(which);
        put(&mut bytes, places[1].0 + 8, &noise);
        exercise(bytes);
    }
}
