//! Shadow copies: byte for byte as libvshadow gives them, and made by hand for what the corpus lacks.

use hivekey_ntfs::{Limits, Ntfs, ReadAt, Snapshots, snapshots};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::sync::Arc;

use crate::corpus::image;

/// What `pyvshadow` 20260714 says of the images of the corpus: date of the snapshot as FILETIME, SHA-256 of all its bytes.
const KNOWN: &[(&str, &[(u64, &str)])] = &[
    (
        "real/dfvfs/vss.raw.xz",
        &[
            (132_643_644_032_230_304, "d830fe9e2f75e66edfe0f9b0730c0ec8148233ed9c2ab5601195c293d593d9a9"),
            (132_643_644_882_249_863, "d47ca0497f4aa3098a7d0b5407a6406a4f8d747e6207fdbc197e2224fb4838ae"),
        ],
    ),
    (
        "real/plaso/vsstest.qcow2",
        &[
            (130_305_261_097_363_787, "c8ada35c641a68447640b250f35e623b7f619aaae26bd55a06b8d4c34ebed1da"),
            (130_305_262_689_190_583, "41f940d92a534dd8e940a4983d2a766bcb262373f9dc2006851e81fa3a1fa2f2"),
        ],
    ),
];

fn hash(device: &dyn ReadAt) -> String {
    let mut hash = Sha256::new();
    let mut buf = vec![0u8; 1 << 20];
    let mut at = 0;
    while at < device.len() {
        let count = usize::try_from(device.len() - at).unwrap().min(buf.len());
        device.read_into(at, &mut buf[..count]).unwrap();
        hash.update(&buf[..count]);
        at += wide(count);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn root_names(device: Arc<dyn ReadAt>) -> Vec<String> {
    let volume = Ntfs::open(device, &Limits::default()).unwrap();
    let root = volume.lookup(&[]).unwrap().found().unwrap();
    let mut names: Vec<String> = volume.entries(&root).unwrap().entries.into_iter().map(|entry| entry.name).collect();
    names.retain(|name| !name.starts_with('$'));
    names.sort();
    names
}

#[test]
fn every_byte_is_that_of_libvshadow() {
    for (name, known) in KNOWN {
        let Some(bytes) = image(name) else { continue };
        let bytes = Arc::new(bytes);
        let found = snapshots(&*bytes);
        assert!(found.anomalies.is_empty(), "{:?}", found.anomalies);
        let hashes: Vec<_> = found.found.iter().map(|it| (it.created.0, hash(&it.view(Arc::clone(&bytes))))).collect();
        let known: Vec<_> = known.iter().map(|(created, hash)| (*created, (*hash).to_owned())).collect();
        assert_eq!(hashes, known, "{name}");
        for snapshot in &found.found {
            assert_eq!(snapshot.size, ReadAt::len(&*bytes), "{name}");
            assert!(root_names(Arc::new(snapshot.view(Arc::clone(&bytes)))).len() > 1, "{name}");
        }
    }
}

const BLOCK: usize = 0x4000;
const IDENTIFIER: [u8; 16] =
    [0x6B, 0x87, 0x08, 0x38, 0x76, 0xC1, 0x48, 0x4E, 0xB7, 0xAE, 0x04, 0x04, 0x6E, 0x6C, 0xC7, 0x52];
/// Blocks of the volume that is made by hand.
const BLOCKS: usize = 40;
/// Its tables, each in a block of its own.
const CATALOG: usize = 20;
const OLD_LIST: usize = 21;
const OLD_LIST_END: usize = 22;
const NEW_LIST: usize = 23;
const NEW_BITMAP: usize = 24;
const NEW_PREVIOUS: usize = 25;

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap()
}

fn put(bytes: &mut [u8], at: usize, value: u64) {
    bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

fn table(bytes: &mut [u8], block: usize, record_type: u32, next: usize) -> usize {
    let at = block * BLOCK;
    bytes[at..at + BLOCK].fill(0);
    bytes[at..at + 16].copy_from_slice(&IDENTIFIER);
    bytes[at + 16] = 1;
    bytes[at + 20..at + 24].copy_from_slice(&record_type.to_le_bytes());
    put(bytes, at + 32, wide(at));
    put(bytes, at + 40, wide(next * BLOCK));
    at + 128
}

fn descriptor(bytes: &mut [u8], at: usize, original: usize, relative: usize, saved: usize, flags: u32, sectors: u32) {
    put(bytes, at, wide(original * BLOCK));
    put(bytes, at + 8, wide(relative * BLOCK));
    put(bytes, at + 16, wide(saved * BLOCK));
    bytes[at + 24..at + 28].copy_from_slice(&flags.to_le_bytes());
    bytes[at + 28..at + 32].copy_from_slice(&sectors.to_le_bytes());
}

/// Each block is filled with its own number. Two snapshots: the older with saved, moved and partly saved blocks, the younger
/// with one saved block and marks on blocks 9 (in both bitmaps) and 10 (in one).
fn made() -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..BLOCKS * BLOCK).map(|at| u8::try_from(at / BLOCK).unwrap()).collect();
    let header = 0x1E00;
    bytes[header..header + 512].fill(0);
    bytes[header..header + 16].copy_from_slice(&IDENTIFIER);
    bytes[header + 16] = 1;
    bytes[header + 20] = 1;
    put(&mut bytes, header + 48, wide(CATALOG * BLOCK));

    let catalog = table(&mut bytes, CATALOG, 2, 0);
    // The younger one stands first.
    for (slot, (id, created, list, bitmap, previous)) in
        [(0xBB, 2000, NEW_LIST, NEW_BITMAP, NEW_PREVIOUS), (0xAA, 1000, OLD_LIST, 0, 0)].into_iter().enumerate()
    {
        let at = catalog + slot * 256;
        put(&mut bytes, at, 2);
        put(&mut bytes, at + 8, wide(BLOCKS * BLOCK));
        bytes[at + 16..at + 32].fill(id);
        put(&mut bytes, at + 48, created);
        let at = at + 128;
        put(&mut bytes, at, 3);
        put(&mut bytes, at + 8, wide(list * BLOCK));
        bytes[at + 16..at + 32].fill(id);
        put(&mut bytes, at + 48, wide(bitmap * BLOCK));
        put(&mut bytes, at + 72, wide(previous * BLOCK));
    }
    let old = table(&mut bytes, OLD_LIST, 3, OLD_LIST_END);
    descriptor(&mut bytes, old, 1, 0, 30, 0, 0);
    // Moved to block 3, which the younger snapshot saved.
    descriptor(&mut bytes, old + 32, 2, 3, 0, 1, 0);
    descriptor(&mut bytes, old + 64, 4, 0, 32, 4, 0);
    // Sectors 0 and 31 are saved by themselves, in two descriptors.
    descriptor(&mut bytes, old + 96, 5, 0, 33, 2, 1);
    descriptor(&mut bytes, old + 128, 5, 0, 33, 2, 1 << 31);
    // Moved to where it is: nothing.
    descriptor(&mut bytes, old + 160, 6, 6, 0, 1, 0);
    let end = table(&mut bytes, OLD_LIST_END, 3, 0);
    // Moved once more: from 7 to 8, and from there to 11.
    descriptor(&mut bytes, end, 7, 8, 0, 1, 0);
    descriptor(&mut bytes, end + 32, 8, 11, 0, 1, 0);
    let new = table(&mut bytes, NEW_LIST, 3, 0);
    descriptor(&mut bytes, new, 3, 0, 31, 0, 0);
    for (block, bits) in [(NEW_BITMAP, 0b0110_u8), (NEW_PREVIOUS, 0b0010)] {
        let at = table(&mut bytes, block, 6, 0);
        bytes[at + 1] = bits;
    }
    bytes
}

/// The first and the last byte of each block from 1 to 11.
fn ends(view: &dyn ReadAt) -> Vec<(u8, u8)> {
    let mut block = vec![0u8; BLOCK];
    (1..12u64)
        .map(|number| {
            view.read_into(number * wide(BLOCK), &mut block).unwrap();
            (block[0], block[BLOCK - 1])
        })
        .collect()
}

#[test]
fn saved_moved_and_partly_saved_blocks() {
    let bytes = made();
    let Snapshots { found, anomalies, .. } = snapshots(&bytes);
    assert!(anomalies.is_empty(), "{anomalies:?}");
    let [old, new] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((old.created.0, new.created.0, old.size), (1000, 2000, wide(BLOCKS * BLOCK)));
    let view = old.view(&bytes);
    let same = |number: u8| (number, number);
    let expected = [30, 31, 31, 4]
        .map(same)
        .into_iter()
        .chain([(33, 33)])
        .chain([6, 11, 8, 9, 10, 11].map(same))
        .collect::<Vec<_>>();
    assert_eq!(ends(&view), expected);
    // Between the saved sectors stand the volume's own; a read may begin and end anywhere.
    let mut part = vec![0u8; 1536];
    view.read_into(5 * wide(BLOCK) + 500, &mut part).unwrap();
    assert_eq!((part[0], part[11], part[12], part[1535]), (33, 33, 5, 5));
    view.read_into(6 * wide(BLOCK) - 600, &mut part).unwrap();
    assert_eq!((part[0], part[87], part[88], part[599], part[600]), (5, 5, 33, 33, 6));
    assert!(view.read_into(old.size - 1, &mut part).is_err());
    assert!(view.read_into(u64::MAX, &mut part[..1]).is_err());

    // Block 9 was not in use and may have been overwritten since; block 10 is so marked in one bitmap only.
    let expected = [1, 2, 31, 4, 5, 6, 7, 8, 0, 10, 11].map(same).to_vec();
    assert_eq!(ends(&new.view(&bytes)), expected);
}

#[test]
fn without_snapshots_there_is_nothing_to_say() {
    for bytes in [vec![], vec![0; 0x1E00], vec![0; 0x2000]] {
        let found = snapshots(&bytes);
        assert!(found.found.is_empty() && found.anomalies.is_empty());
    }
    let mut bytes = made();
    put(&mut bytes, 0x1E00 + 48, 0);
    assert!(snapshots(&bytes).found.is_empty());
}

#[test]
fn damage_names_the_table_and_hides_what_needs_it() {
    // The younger list is lost: neither snapshot can be told.
    let mut bytes = made();
    bytes[NEW_LIST * BLOCK] = 0;
    let found = snapshots(&bytes);
    assert_eq!(found.found.len(), 0);
    only_anomaly(
        &found,
        "passed over: shadow copy block list at 0x5c000: identifier is 0x38088700, expected that of a shadow \
        copy's block, 0x3808876b (at 0x5c000)",
    );
    // The older list comes back to itself: the younger snapshot is still right.
    let mut bytes = made();
    put(&mut bytes, OLD_LIST_END * BLOCK + 40, wide(OLD_LIST * BLOCK));
    let found = snapshots(&bytes);
    assert_eq!(found.found.iter().map(|it| it.created.0).collect::<Vec<_>>(), [2000]);
    assert_eq!(ends(&found.found[0].view(&bytes))[2], (31, 31));
    only_anomaly(
        &found,
        "passed over: shadow copy block list at 0x54000: met before, the references form a cycle (at 0x54000)",
    );
    // A catalog that lies outside the volume, or is another table.
    for (offset, message) in [
        (
            u64::MAX,
            "passed over: bytes 0xffffffffffffffff to 0xffffffffffffffff+0x4000 lie outside of 0xa0000 bytes (at 0xffffffffffffffff)",
        ),
        (
            wide(OLD_LIST * BLOCK),
            "passed over: shadow copy catalog at 0x54000: record type is 0x3, expected that of this table (at 0x54000)",
        ),
    ] {
        let mut bytes = made();
        put(&mut bytes, 0x1E00 + 48, offset);
        only_anomaly(&snapshots(&bytes), message);
    }
}

fn only_anomaly(found: &Snapshots, expected: &str) {
    let messages: Vec<String> = found.anomalies.iter().map(ToString::to_string).collect();
    assert_eq!(messages, [expected]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_panics_on_damaged_tables(
        changes in prop::collection::vec((prop::sample::select(vec![0, CATALOG, OLD_LIST, OLD_LIST_END, NEW_LIST, NEW_BITMAP]),
            0usize..1024, prop::sample::select(vec![0u8, 1, 2, 3, 4, 0x7F, 0x80, 0xFF])), 1..12),
        cut in prop::option::of(0..BLOCKS * BLOCK),
    ) {
        let mut bytes = made();
        for (block, at, value) in changes {
            bytes[if block == 0 { 0x1E00 + at % 512 } else { block * BLOCK + at }] = value;
        }
        bytes.truncate(cut.unwrap_or(bytes.len()));
        for snapshot in snapshots(&bytes).found {
            let view = snapshot.view(&bytes);
            let mut buf = vec![0u8; BLOCK];
            for block in 0..wide(BLOCKS) {
                let _ = view.read_into(block * wide(BLOCK) + 100, &mut buf);
            }
        }
    }
}
