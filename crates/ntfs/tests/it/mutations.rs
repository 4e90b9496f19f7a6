//! Whatever bytes of a volume change: no panic, no hang, and bounded answers.

use std::sync::Arc;

use crate::sample::Sample;
use hivekey_ntfs::{EntryKind, File, Limits, Ntfs, ReadAt, RecordNumber, volumes};
use proptest::prelude::*;

/// Uses everything that a volume offers, within a budget of directories.
fn exercise(bytes: Vec<u8>) {
    let device: Arc<dyn ReadAt> = Arc::new(bytes);
    assert!(!volumes(&device).volumes.is_empty());
    let Ok(volume) = Ntfs::open(device, &Limits::default()) else {
        return;
    };
    let _ = volume.label();
    let mut budget = 64usize;
    if let Ok(root) = volume.root() {
        walk(&root, &mut budget);
    }
    for path in [&["docs", "inner.txt"][..], &["wof.bin"], &["split.bin"], &["link", "x"], &["é"]] {
        let _ = volume.lookup(path);
    }
    for number in 0..volume.record_count().min(64) {
        if let Ok(file) = volume.record(RecordNumber(number)) {
            read(&file);
        }
    }
    assert!(volume.deleted().take(1000).count() <= 1000);
    let (anomalies, _) = volume.anomalies();
    for anomaly in anomalies {
        assert!(!anomaly.to_string().is_empty());
    }
}

fn walk(directory: &File, budget: &mut usize) {
    let Some(left) = budget.checked_sub(1) else {
        return;
    };
    *budget = left;
    let Ok(listing) = directory.volume().entries(directory) else {
        return;
    };
    for entry in listing.entries.iter().take(1000) {
        if let Ok(file) = directory.volume().file(entry.reference) {
            read(&file);
            if entry.kind == EntryKind::Directory {
                walk(&file, budget);
            }
        }
    }
}

fn read(file: &File) {
    let _ = (file.names(), file.reparse(), file.information());
    let mut opened = vec![file.open()];
    opened.extend(file.streams().iter().map(|stream| file.open_stream(&stream.name)));
    for stream in opened.into_iter().flatten() {
        let _ = stream.plain_extents();
        let mut buf = [0u8; 700];
        for at in [0, 1, 511, 4000, stream.len() / 2, stream.len().saturating_sub(700), stream.len(), u64::MAX] {
            let _ = stream.read_into(at, &mut buf);
        }
    }
}

/// Where the structures of the sample are: the boot sector, the records, the index and the packed units.
const PLACES: [(usize, usize); 5] =
    [(0, 84), (8 * 512, 31 * 1024), (120 * 512, 2048), (220 * 512, 16), (22 * 1024 + 8 * 512, 1024)];

fn place() -> impl Strategy<Value = usize> {
    (0..PLACES.len(), any::<prop::sample::Index>()).prop_map(|(which, index)| {
        let (start, len) = PLACES[which];
        start + index.index(len)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_bytes(changes in prop::collection::vec((place(), any::<u8>()), 1..12)) {
        let mut sample = Sample::new();
        for (at, byte) in changes {
            sample.bytes[at] = byte;
        }
        exercise(sample.bytes);
    }

    #[test]
    fn flipped_bits(flips in prop::collection::vec((place(), 0u8..8), 1..4)) {
        let mut sample = Sample::new();
        for (at, bit) in flips {
            sample.bytes[at] ^= 1 << bit;
        }
        exercise(sample.bytes);
    }

    #[test]
    fn extreme_numbers(writes in prop::collection::vec((place(), 0usize..6), 1..4)) {
        let values = [0u64, 1, 0xFFFF_FFFF, u64::MAX, u64::MAX / 2, 1 << 40];
        let mut sample = Sample::new();
        for (at, which) in writes {
            let at = at / 4 * 4;
            sample.put(at, &values[which].to_le_bytes());
        }
        exercise(sample.bytes);
    }

    #[test]
    fn cut_devices(len in 0usize..512 * 1024) {
        let mut sample = Sample::new();
        sample.bytes.truncate(len);
        exercise(sample.bytes);
    }
}
