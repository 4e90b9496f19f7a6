//! VHDX images built by hand.

use hivekey_images::{Anomaly, Error, Kind, Options, ReadAt, Structure};

use crate::build::put;
use crate::build::vhdx::{self, BLOCK_TABLE, BLOCKS, Block, LOG_GUID, METADATA, MIB, Vhdx, Write, log_entry, put_log};
use crate::check::{assert_holds, content, u64_of};
use crate::folder::Folder;

fn one(image: Vec<u8>) -> Folder {
    Folder::of([("disk.vhdx", image)])
}

fn dynamic(bytes: &[u8]) -> Vec<u8> {
    let blocks = bytes.chunks(MIB).map(|block| Block::Full(block.to_vec())).collect();
    Vhdx { size: bytes.len(), sector: 512, id: 1, parent: None, blocks, bitmap: None }.build()
}

#[test]
fn states_of_blocks() {
    let bytes = content(MIB, 1);
    let mut blocks: Vec<Block> = [0, 1, 2, 3].map(Block::State).to_vec();
    blocks.push(Block::Full(bytes.clone()));
    let image = Vhdx { size: 5 * MIB - 4096, sector: 4096, id: 1, parent: None, blocks, bitmap: None }.build();
    let expected = [vec![0; 4 * MIB], bytes[..MIB - 4096].to_vec()].concat();
    let disk = one(image).open("disk.vhdx").unwrap();
    assert_eq!((disk.kind(), disk.anomalies()), (Kind::Vhdx, vec![]));
    assert_holds(&disk, &expected, "states");
}

/// A differencing image, its parent, and what it holds. The sectors of block 1 are its own or the parent's in turn, and in runs.
fn pair(sector: usize) -> (Folder, Vec<u8>) {
    let (parent, child) = (content(4 * MIB, 2), content(4 * MIB, 3));
    let block = |index: usize| child[index * MIB..][..MIB].to_vec();
    let blocks = vec![Block::State(0), Block::Partial(block(1)), Block::Full(block(2)), Block::State(2)];
    let mut bitmap = vec![0u8; 4 * MIB / sector / 8];
    let mut expected = parent.clone();
    for number in 0..MIB / sector {
        let is_own = number % 3 == 0 || number % 128 > 100;
        if is_own {
            let bit = MIB / sector + number;
            bitmap[bit / 8] |= 1 << (bit % 8);
            expected[MIB + number * sector..][..sector].copy_from_slice(&child[MIB + number * sector..][..sector]);
        }
    }
    expected[2 * MIB..3 * MIB].copy_from_slice(&block(2));
    expected[3 * MIB..].fill(0);
    let image = Vhdx {
        size: 4 * MIB,
        sector: u32::try_from(sector).unwrap(),
        id: 2,
        parent: Some((1, ".\\base.vhdx")),
        blocks,
        bitmap: Some(bitmap),
    };
    (Folder::of([("disk.avhdx", image.build()), ("base.vhdx", dynamic(&parent))]), expected)
}

#[test]
fn a_differencing_image_takes_sectors_from_its_parent() {
    for sector in [512, 4096] {
        let (folder, expected) = pair(sector);
        let disk = folder.open("disk.avhdx").unwrap();
        assert_eq!(disk.parents(), ["base.vhdx"]);
        assert_holds(&disk, &expected, "differencing");
    }
}

#[test]
fn a_changed_parent_is_refused_or_noted() {
    let (mut folder, expected) = pair(512);
    let mut base = folder.bytes("base.vhdx").to_vec();
    put(&mut base, 128 << 10, &vhdx::header(5, 9, [0; 16]));
    folder.add("base.vhdx", base);
    let error = folder.open("disk.avhdx").unwrap_err();
    assert!(matches!(error, Error::WrongParent { .. }), "{error}");
    let disk = folder.open_with("disk.avhdx", &Options::default().accepting_wrong_parent(true)).unwrap();
    assert!(matches!(disk.anomalies()[..], [Anomaly::WrongParent { .. }]));
    assert_holds(&disk, &expected, "changed parent");
}

#[test]
fn the_newer_header_counts_and_a_damaged_one_does_not() {
    let bytes = content(2 * MIB, 4);
    let image = dynamic(&bytes);
    let noted = |image: Vec<u8>| {
        let disk = one(image).open("disk.vhdx").unwrap();
        assert_holds(&disk, &bytes, "headers");
        disk.anomalies()
    };
    let mut damaged = image.clone();
    damaged[(128 << 10) + 3000] = 1;
    assert!(matches!(noted(damaged.clone())[..], [Anomaly::OtherCopyUsed { structure: Structure::VhdxHeader, .. }]));
    damaged[(64 << 10) + 3000] = 1;
    let anomalies = noted(damaged.clone());
    assert!(anomalies.iter().any(|anomaly| matches!(anomaly, Anomaly::Checksum { .. })), "{anomalies:?}");
    put(&mut damaged, 64 << 10, b"HEAD");
    put(&mut damaged, 128 << 10, b"HEAD");
    assert!(matches!(one(damaged).open("disk.vhdx").unwrap_err(), Error::NoCopy { .. }));
    // The same for the region table.
    let mut damaged = image.clone();
    damaged[(192 << 10) + 5000] = 1;
    let table = Structure::VhdxRegionTable;
    assert!(matches!(noted(damaged.clone())[..], [Anomaly::OtherCopyUsed { structure, .. }] if structure == table));
    damaged[(256 << 10) + 5000] = 1;
    assert!(matches!(noted(damaged.clone())[..], [Anomaly::Checksum { structure, .. }] if structure == table));
    put(&mut damaged, 192 << 10, b"REGI");
    assert_eq!(noted(damaged.clone()).len(), 2);
    put(&mut damaged, 256 << 10, b"REGI");
    assert!(matches!(one(damaged).open("disk.vhdx").unwrap_err(), Error::NoCopy { .. }));
}

/// An image whose log moves a block, changes one and clears a part of another. Its entries begin at `start` of the
/// ring. There may be one more entry, newer, of which the others are gone.
pub fn with_log(start: usize, has_orphan: bool) -> (Vec<u8>, Vec<u8>) {
    let bytes = content(3 * MIB, 5);
    let mut image = dynamic(&bytes);
    let file_size = image.len();
    let mut table = image[BLOCK_TABLE..BLOCK_TABLE + 4096].to_vec();
    // Block 0 is now zeros.
    put(&mut table, 0, &2u64.to_le_bytes());
    let page = content(4096, 6);
    let second = BLOCKS + MIB;
    let mut entries = vec![
        (start, log_entry(7, start, file_size, &[Write::Page(second, &page), Write::Page(BLOCK_TABLE, &table)])),
        (
            (start + 12_288) % MIB,
            log_entry(8, start, file_size, &[Write::Zeros(second + 8192, 4096), Write::Page(second + 4096, &page)]),
        ),
        // An older sequence, which does not count.
        (40_960, log_entry(3, 40_960, file_size, &[Write::Zeros(BLOCKS, MIB)])),
    ];
    if has_orphan {
        entries.push((81_920, log_entry(9, 77_824, file_size, &[Write::Zeros(BLOCKS, MIB)])));
    }
    put_log(&mut image, 1, &entries);
    let mut expected = bytes;
    expected[..MIB].fill(0);
    expected[MIB..MIB + 4096].copy_from_slice(&page);
    expected[MIB + 4096..MIB + 8192].copy_from_slice(&page);
    expected[MIB + 8192..MIB + 12_288].fill(0);
    (image, expected)
}

#[test]
fn a_log_is_applied_in_memory() {
    // The first entry, the second, or none wraps around the end of the ring.
    for (start, has_orphan) in [(MIB - 8192, true), (MIB - 16_384, false), (8192, false)] {
        let (image, expected) = with_log(start, has_orphan);
        let disk = one(image).open("disk.vhdx").unwrap();
        assert_eq!(disk.anomalies(), [Anomaly::LogReplayed { entries: 2 }]);
        assert_holds(&disk, &expected, "with log");
    }
}

#[test]
fn a_log_that_cannot_be_applied_is_noted() {
    let bytes = content(2 * MIB, 7);
    let image = dynamic(&bytes);
    let noted = |entries: &[(usize, Vec<u8>)]| {
        let mut image = image.clone();
        put_log(&mut image, 1, entries);
        let disk = one(image).open("disk.vhdx").unwrap();
        assert_holds(&disk, &bytes, "with useless log");
        disk.anomalies()
    };
    assert_eq!(noted(&[]), [Anomaly::LogUnusable]);
    let entry = log_entry(7, 0, MIB, &[Write::Zeros(BLOCKS, MIB)]);
    let mut damaged = entry.clone();
    damaged[100] ^= 1;
    assert_eq!(noted(&[(0, damaged)]), [Anomaly::LogUnusable]);
    let mut other_log = entry.clone();
    put(&mut other_log, 32, &[1; 16]);
    vhdx::seal(&mut other_log);
    assert_ne!(LOG_GUID, [1; 16]);
    assert_eq!(noted(&[(0, other_log)]), [Anomaly::LogUnusable]);
    // Sequence number 0 is not valid; a tail must lead to the entry.
    assert_eq!(noted(&[(0, log_entry(0, 0, MIB, &[]))]), [Anomaly::LogUnusable]);
    assert_eq!(noted(&[(0, log_entry(5, 4096, MIB, &[]))]), [Anomaly::LogUnusable]);
    let mut long = entry;
    put(&mut long, 8, &u32::MAX.to_le_bytes());
    vhdx::seal(&mut long);
    assert_eq!(noted(&[(0, long)]), [Anomaly::LogUnusable]);
}

#[test]
fn a_log_longer_than_the_file_was() {
    let bytes = content(2 * MIB, 8);
    let mut image = dynamic(&bytes);
    let entry = log_entry(7, 0, 1 << 30, &[Write::Zeros(BLOCKS, 4096)]);
    put_log(&mut image, 1, &[(0, entry)]);
    let disk = one(image).open("disk.vhdx").unwrap();
    assert!(matches!(disk.anomalies()[..], [Anomaly::CutOff { needed: 0x4000_0000, .. }, Anomaly::LogReplayed { .. }]));
}

#[test]
fn a_log_of_forged_entries_is_bounded() {
    let mut image = dynamic(&content(2 * MIB, 9));
    // Each sector claims to open an entry as long as the log.
    let mut head = vec![0; 4096];
    put(&mut head, 0, b"loge");
    put(&mut head, 8, &u32::try_from(MIB).unwrap().to_le_bytes());
    put(&mut head, 32, &LOG_GUID);
    let entries: Vec<(usize, Vec<u8>)> = (0..MIB / 4096).map(|index| (index * 4096, head.clone())).collect();
    put_log(&mut image, 1, &entries);
    assert!(matches!(one(image.clone()).open("disk.vhdx").unwrap_err(), Error::Limit { .. }));
    // A log of 4 GiB is not read.
    let mut header = vhdx::header(9, 1, LOG_GUID);
    put(&mut header, 68, &u32::MAX.to_le_bytes());
    vhdx::seal(&mut header);
    put(&mut image, 64 << 10, &header);
    assert!(matches!(one(image).open("disk.vhdx").unwrap_err(), Error::Limit { .. }));
}

#[test]
fn block_table_entries_at_their_edges() {
    let image = dynamic(&content(3 * MIB, 10));
    for entry in [6u64, 0xFFFF_FFFF_FFFF_FFFF, 0x10_0006 | 1 << 60, 4, 5, 7, u64_of(image.len()) | 6] {
        let mut image = image.clone();
        put(&mut image, BLOCK_TABLE + 8, &entry.to_le_bytes());
        let disk = one(image).open("disk.vhdx").unwrap();
        assert!(disk.read_into(u64_of(MIB) + 5, &mut [0; 9]).is_err(), "{entry:#x}");
        assert!(disk.read_into(u64_of(2 * MIB), &mut [0; 9]).is_ok());
        assert!(disk.read_into(u64_of(MIB) - 4, &mut [0; 8]).is_err());
    }
    // A bitmap that a partially present block needs is not there.
    let (mut folder, _) = pair(512);
    let mut child = folder.bytes("disk.avhdx").to_vec();
    put(&mut child, BLOCK_TABLE + 4096 * 8, &0u64.to_le_bytes());
    folder.add("disk.avhdx", child);
    let disk = folder.open("disk.avhdx").unwrap();
    assert!(disk.read_into(u64_of(MIB), &mut [0; 8]).is_err());
    assert!(disk.read_into(0, &mut [0; 8]).is_ok());
}

#[test]
fn metadata_at_its_edges() {
    let image = dynamic(&content(2 * MIB, 11));
    let changed = |at: usize, value: &[u8]| {
        let mut image = image.clone();
        put(&mut image, METADATA + at, value);
        one(image).open("disk.vhdx")
    };
    let items = 64 << 10;
    for block in [0u32, 1, 512, 3 << 20, 512 << 20, u32::MAX] {
        assert!(changed(items, &block.to_le_bytes()).unwrap_err().to_string().contains("block size"));
    }
    for sector in [0u32, 1, 520, u32::MAX] {
        assert!(changed(items + 32, &sector.to_le_bytes()).unwrap_err().to_string().contains("sector size"));
    }
    assert!(matches!(changed(items + 8, &u64::MAX.to_le_bytes()).unwrap_err(), Error::Limit { .. }));
    assert!(changed(10, &2048u16.to_le_bytes()).unwrap_err().to_string().contains("entry count"));
    assert!(matches!(changed(10, &0u16.to_le_bytes()).unwrap_err(), Error::Missing { .. }));
    assert!(changed(32 + 16, &u32::MAX.to_le_bytes()).is_err());
    assert!(changed(32 + 20, &u32::MAX.to_le_bytes()).is_err());
    // An item that nobody knows, and that must be known.
    assert!(matches!(changed(32 + 64, &[0x77; 16]).unwrap_err(), Error::Unsupported { .. }));
    // A parent without a locator.
    assert!(matches!(changed(items + 4, &2u32.to_le_bytes()).unwrap_err(), Error::Missing { .. }));
}

#[test]
fn opening_reads_little() {
    let folder = one(dynamic(&content(3 * MIB, 12)));
    let disk = folder.open("disk.vhdx").unwrap();
    assert!(folder.bytes_read() < 128 << 10, "{}", folder.bytes_read());
    disk.read_into(u64_of(MIB), &mut [0; 512]).unwrap();
    assert!(folder.bytes_read() < 136 << 10);
}
