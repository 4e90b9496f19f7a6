//! The volume made by hand, damaged in one place at a time.

use crate::build::*;
use crate::hand_made::open;
use crate::sample::{MFT, ROOT_BLOCKS, Sample, root};
use crate::tree::{content, lines};
use hivekey_ntfs::{AnomalyKind, Error, Limits, Listing, Lookup, Ntfs, ReadAt, RecordNumber};
use std::sync::Arc;

fn kinds(volume: &Ntfs) -> Vec<AnomalyKind> {
    volume.anomalies().0.into_iter().map(|anomaly| anomaly.kind).collect()
}

fn names(listing: &Listing) -> Vec<&str> {
    let mut names: Vec<&str> = listing.entries.iter().map(|entry| entry.name.as_str()).collect();
    names.sort_unstable();
    names
}

const ALL: [&str; 6] = ["Docs", "Link", "lz.bin", "plain.bin", "split.bin", "wof.bin"];

fn root_listing(volume: &Ntfs) -> Listing {
    volume.entries(&volume.root().unwrap()).unwrap()
}

#[test]
fn lost_boot_sector() {
    let healthy = lines(&open(Sample::new().bytes));
    let mut sample = Sample::new();
    sample.bytes[..512].fill(0);
    let volume = open(sample.bytes.clone());
    assert_eq!(lines(&volume), healthy);
    assert!(matches!(kinds(&volume)[..], [AnomalyKind::BackupBootSector]));
    // The copy in the middle, as Windows NT 4.0 kept it.
    let boot = boot_sector(1024, 8, 4);
    let end = sample.bytes.len();
    sample.bytes[end - 512..].fill(0);
    sample.put(512 * 512, &boot);
    assert_eq!(lines(&open(sample.bytes.clone())), healthy);
    sample.bytes[512 * 512..513 * 512].fill(0);
    let error = Ntfs::open(Arc::new(sample.bytes), &Limits::default()).unwrap_err();
    assert!(matches!(error, Error::NotNtfs(_)), "{error}");
    for len in [0usize, 1, 511, 512, 1024] {
        assert!(Ntfs::open(Arc::new(vec![0u8; len]), &Limits::default()).is_err());
    }
}

#[test]
fn a_boot_sector_that_leads_nowhere() {
    // The first boot sector is well-formed but wrong; the backup is right.
    let mut sample = Sample::new();
    sample.put(48, &u64::MAX.to_le_bytes());
    sample.put(56, &u64::MAX.to_le_bytes());
    assert!(matches!(kinds(&open(sample.bytes))[..], [AnomalyKind::BackupBootSector]));
}

#[test]
fn lost_first_record() {
    let healthy = lines(&open(Sample::new().bytes));
    let mut sample = Sample::new();
    sample.put(MFT * CLUSTER, b"BAAD");
    let volume = open(sample.bytes);
    assert_eq!(lines(&volume), healthy);
    assert!(kinds(&volume).iter().any(|kind| matches!(kind, AnomalyKind::MftMirror)));
}

#[test]
fn a_record_that_was_half_written() {
    let mut sample = Sample::new();
    let place = Sample::record_place(28);
    sample.put(place + 1022, &[9, 9]);
    let volume = open(sample.bytes);
    let file = volume.lookup(&["Docs", "inner.txt"]).unwrap().found().unwrap();
    assert_eq!(content(&file.open().unwrap()).unwrap(), b"inside");
    assert!(matches!(kinds(&volume)[..], [AnomalyKind::TornRecord { sector: 1 }]));
}

#[test]
fn a_lost_block_is_made_good_by_the_parents() {
    for block in [0, 2] {
        let mut sample = Sample::new();
        sample.bytes[(ROOT_BLOCKS + block) * CLUSTER..][..BLOCK].fill(0);
        let volume = open(sample.bytes);
        let listing = root_listing(&volume);
        assert!(listing.complete);
        // Record 0 has a name in the root, too; the index of this sample does not.
        let found = names(&listing);
        assert!(ALL.iter().all(|name| found.contains(name)), "{found:?}");
        let repaired = |kind: &AnomalyKind| matches!(kind, AnomalyKind::IndexRebuilt { complete: true, .. });
        assert!(listing.anomalies.iter().any(|anomaly| repaired(&anomaly.kind)));
        // Sizes come from the records.
        let split = listing.entries.iter().find(|entry| entry.name == "split.bin").unwrap();
        assert_eq!(split.size, if block == 2 { 2048 } else { 0 });
        for name in ["docs", "split.bin", "LZ.BIN"] {
            assert!(matches!(volume.lookup(&[name]).unwrap(), Lookup::Found(_)), "{name}");
        }
        assert!(matches!(volume.lookup(&["none"]).unwrap(), Lookup::Missing { depth: 0 }));
    }
}

#[test]
fn without_a_search_the_listing_says_that_it_is_not_complete() {
    let mut sample = Sample::new();
    sample.bytes[ROOT_BLOCKS * CLUSTER..][..BLOCK].fill(0);
    let mut limits = Limits::default();
    limits.max_scanned_records = 0;
    let volume = Ntfs::open(Arc::new(sample.bytes.clone()), &limits).unwrap();
    let listing = root_listing(&volume);
    assert!(!listing.complete);
    assert_eq!(names(&listing), ["lz.bin", "plain.bin", "split.bin", "wof.bin"]);
    limits.max_scanned_records = 16;
    let volume = Ntfs::open(Arc::new(sample.bytes.clone()), &limits).unwrap();
    assert!(!root_listing(&volume).complete);
    limits.max_scanned_records = 17;
    let volume = Ntfs::open(Arc::new(sample.bytes), &limits).unwrap();
    assert!(names(&root_listing(&volume)).contains(&"Docs"));
    limits.max_entries = 3;
    let volume = Ntfs::open(Arc::new(Sample::new().bytes), &limits).unwrap();
    let listing = root_listing(&volume);
    assert_eq!(listing.entries.len(), 3);
    assert!(!listing.complete);
    limits.max_entries = 100;
    limits.max_index_blocks = 1;
    let volume = Ntfs::open(Arc::new(Sample::new().bytes), &limits).unwrap();
    assert!(!root_listing(&volume).complete);
}

/// The root with other entries in its record; the blocks stay.
fn with_root(entries: &[Vec<u8>]) -> Ntfs {
    let mut sample = Sample::new();
    let blocks = Mapped {
        kind: INDEX_ALLOCATION,
        name: "$I30",
        flags: 0,
        unit: 0,
        first: 0,
        runs: &[(4, Some(120))],
        size: 2048,
    };
    let attributes = [index_root(entries), blocks.bytes(), resident(BITMAP, "$I30", &[3, 0, 0, 0, 0, 0, 0, 0])];
    sample.record(5, 5, IN_USE | DIRECTORY, &attributes);
    open(sample.bytes)
}

fn key(name: &str) -> Vec<u8> {
    file_name(root(), name, WINDOWS, 0, 0)
}

#[test]
fn an_index_in_a_circle() {
    // A block that both entries name; a block that is its own child; a child outside; a child in the middle of a block.
    for (left, right) in [(0u64, 0u64), (2, 2), (0, 1), (0, 4), (0, u64::MAX), (u64::MAX, 0xFFFF_FFFF)] {
        let entries =
            [index_entry(reference(21, 1), Some(&key("lz.bin")), Some(left)), index_entry(0, None, Some(right))];
        let volume = with_root(&entries);
        let listing = root_listing(&volume);
        assert!(listing.complete);
        let found = names(&listing);
        assert!(ALL.iter().all(|name| found.contains(name)), "{found:?}");
        let split = found.iter().filter(|name| **name == "split.bin").count();
        assert_eq!(split, 1);
        assert!(matches!(volume.lookup(&["wof.bin"]).unwrap(), Lookup::Found(_)));
    }
    let mut sample = Sample::new();
    let own = [index_entry(reference(18, 1), Some(&key("split.bin")), Some(2)), index_entry(0, None, Some(2))];
    sample.put((ROOT_BLOCKS + 2) * CLUSTER, &index_block(2, &own));
    let volume = open(sample.bytes);
    let found = root_listing(&volume);
    assert!(ALL.iter().all(|name| names(&found).contains(name)));
    assert!(matches!(volume.lookup(&["zzz"]).unwrap(), Lookup::Missing { depth: 0 }));
}

#[test]
fn an_index_out_of_order() {
    let entries = [
        index_entry(reference(22, 1), Some(&key("wof.bin")), None),
        index_entry(reference(21, 1), Some(&key("lz.bin")), None),
        index_entry(0, None, None),
    ];
    let volume = with_root(&entries);
    assert!(matches!(volume.lookup(&["wof.bin"]).unwrap(), Lookup::Found(_)));
    // Behind "wof.bin" nothing smaller is expected, so the way down ends early.
    let entries = [
        index_entry(reference(17, 1), Some(&key("plain.bin")), None),
        index_entry(reference(21, 1), Some(&key("lz.bin")), None),
        index_entry(reference(22, 1), Some(&key("wof.bin")), None),
        index_entry(0, None, None),
    ];
    let volume = with_root(&entries);
    assert!(matches!(volume.lookup(&["zzz"]).unwrap(), Lookup::Missing { .. }));
    assert!(kinds(&volume).iter().any(|kind| matches!(kind, AnomalyKind::IndexOrder(_))));
}

#[test]
fn a_bad_entry_does_not_hide_the_others() {
    let mut bad = key("oops");
    bad[64] = 0xFF;
    let entries = [
        index_entry(reference(21, 1), Some(&key("lz.bin")), Some(0)),
        index_entry(reference(30, 1), Some(&bad), None),
        index_entry(reference(17, 1), Some(&key("plain.bin")), None),
        index_entry(0, None, Some(2)),
    ];
    let volume = with_root(&entries);
    let listing = root_listing(&volume);
    assert!(ALL.iter().all(|name| names(&listing).contains(name)));
    assert!(!listing.anomalies.is_empty());
    // Lengths that cannot be: 0, odd, longer than the node.
    for len in [0u16, 1, 8, 15, 17, 0x1000, 0xFFFF] {
        let mut entry = index_entry(reference(21, 1), Some(&key("lz.bin")), Some(0));
        put(&mut entry, 8, &len.to_le_bytes());
        let volume = with_root(&[entry, index_entry(0, None, Some(2))]);
        let listing = root_listing(&volume);
        assert!(ALL.iter().all(|name| names(&listing).contains(name)), "{len} {:?}", names(&listing));
    }
}

#[test]
fn a_directory_without_an_index() {
    let mut sample = Sample::new();
    sample.record(5, 5, IN_USE | DIRECTORY, &[]);
    let volume = open(sample.bytes);
    let listing = root_listing(&volume);
    assert!(ALL.iter().all(|name| names(&listing).contains(name)));
    assert!(matches!(volume.lookup(&["docs", "inner.txt"]).unwrap(), Lookup::Found(_)));
}

/// `split.bin` with another attribute list.
fn with_list(list: &[Vec<u8>]) -> Ntfs {
    let mut sample = Sample::new();
    let name = resident(FILE_NAME, "", &key("split.bin"));
    sample.record(18, 1, IN_USE, &[resident(ATTRIBUTE_LIST, "", &list.concat()), name]);
    open(sample.bytes)
}

#[test]
fn attribute_lists_that_lead_astray() {
    let own = reference(18, 1);
    let first = || list_entry(DATA, 0, reference(19, 1));
    let second = || list_entry(DATA, 3, reference(20, 1));
    let read = |list: &[Vec<u8>]| {
        let volume = with_list(list);
        let file = volume.record(RecordNumber(18)).unwrap();
        let open = file.open().map(|file| (file.len(), content(&file).is_ok()));
        (open.ok(), !volume.anomalies().0.is_empty())
    };
    // In any order, and named many times, also the record itself.
    let repeated: Vec<Vec<u8>> = (0..6).flat_map(|_| [list_entry(DATA, 0, own), second(), first()]).collect();
    assert_eq!(read(&repeated), (Some((2048, true)), false));
    // The record of another file, a record that is not there, one whose number is used anew.
    for wrong in [reference(17, 1), reference(20, 2), reference(47, 1), u64::MAX, 0] {
        let (open, noticed) = read(&[first(), list_entry(DATA, 3, wrong)]);
        // The end of the stream is lost, and that is said.
        assert_eq!(open, Some((1536, true)), "{wrong:#x}");
        assert!(noticed);
    }
    // The part with the size is lost.
    assert_eq!(read(&[second()]).0, None);
    assert_eq!(read(&[]).0, None);
    // Cut in an entry.
    let mut cut = first();
    cut.truncate(20);
    assert!(read(&[second(), cut]).1);
}

#[test]
fn an_attribute_list_in_clusters() {
    let mut sample = Sample::new();
    let list = [list_entry(DATA, 0, reference(19, 1)), list_entry(DATA, 3, reference(20, 1))].concat();
    sample.put(300 * CLUSTER, &list);
    let mapped = |runs: &[Run], size: u64| {
        Mapped { kind: ATTRIBUTE_LIST, name: "", flags: 0, unit: 0, first: 0, runs, size }.bytes()
    };
    sample.record(18, 1, IN_USE, &[mapped(&[(1, Some(300))], 64)]);
    let volume = open(sample.bytes.clone());
    assert_eq!(volume.record(RecordNumber(18)).unwrap().open().unwrap().len(), 2048);
    // Longer than Windows allows.
    sample.record(18, 1, IN_USE, &[mapped(&[(1 << 30, Some(0))], 1 << 38)]);
    let volume = open(sample.bytes.clone());
    assert!(volume.record(RecordNumber(18)).unwrap().open().is_err());
    let limit = |kind: &AnomalyKind| matches!(kind, AnomalyKind::Damaged(error) if matches!(**error, Error::LimitReached { .. }));
    assert!(kinds(&volume).iter().any(limit));
    // The list lies in the Master File Table itself.
    sample.record(18, 1, IN_USE, &[mapped(&[(4, Some(8 + 36))], 2048)]);
    let _ = open(sample.bytes).record(RecordNumber(18)).unwrap().open();
}

#[test]
fn sizes_and_runs_that_do_not_fit() {
    let read = |attribute: Vec<u8>| {
        let mut sample = Sample::new();
        sample.record(17, 1, IN_USE, &[attribute]);
        let volume = open(sample.bytes);
        let file = volume.record(RecordNumber(17)).unwrap().open().unwrap();
        (file.len(), content(&file).is_ok(), !volume.anomalies().0.is_empty())
    };
    assert_eq!(read(data(&[(2, Some(200))], 1024)), (1024, true, false));
    // Longer than its clusters.
    for size in [1025, u64::from(u32::MAX), u64::MAX / 2, u64::MAX] {
        assert_eq!(read(data(&[(2, Some(200))], size)), (1024, true, true));
    }
    // Outside the volume.
    assert_eq!(read(data(&[(2, Some(1023))], 1024)), (1024, false, true));
    assert_eq!(read(data(&[(2, Some(i64::from(i32::MAX)))], 1024)), (1024, false, true));
    // No runs at all.
    assert_eq!(read(data(&[], 0)), (0, true, false));
    assert_eq!(read(data(&[], 1)), (0, true, true));
    // Mapping pairs with a count of 0: what lies before is kept.
    let mut attribute = data(&[(2, Some(200)), (1, Some(150))], 1536);
    put(&mut attribute, 64 + 13 + 1, &[0; 8]);
    assert_eq!(read(attribute), (1024, true, true));
}

#[test]
fn packed_streams_that_are_damaged() {
    // A chunk with a match before its first byte.
    let mut sample = Sample::new();
    sample.put(220 * CLUSTER, &[0x02, 0xB0, 0x01, 0x00, 0x00]);
    let volume = open(sample.bytes);
    let file = volume.lookup(&["lz.bin"]).unwrap().found().unwrap().open().unwrap();
    let mut buf = [0u8; 16];
    let error = file.read_into(0, &mut buf).unwrap_err().to_string();
    assert!(error.starts_with("compression unit at byte 0x0 of the stream"), "{error}");
    // The other units do not suffer.
    file.read_into(16384, &mut buf).unwrap();

    // A packed file that says it is far longer than its table.
    let wof = |size: u64, packed: &[u8], numbers: [u32; 4]| {
        let mut sample = Sample::new();
        let mut reparse = vec![0x17, 0, 0, 0x80, 16, 0, 0, 0];
        reparse.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        let attributes = [
            data(&[(1, None)], size),
            resident(DATA, "WofCompressedData", packed),
            resident(REPARSE_POINT, "", &reparse),
        ];
        sample.record(22, 1, IN_USE, &attributes);
        let volume = open(sample.bytes);
        let file = volume.record(RecordNumber(22)).unwrap().open()?;
        let mut bytes = vec![0u8; usize::try_from(file.len().min(1 << 20)).unwrap()];
        file.read_into(0, &mut bytes)?;
        Ok::<_, hivekey_ntfs::ReadError>(bytes)
    };
    let abc = crate::sample::xpress_abc();
    assert_eq!(wof(300, &abc, [1, 2, 1, 0]).unwrap(), b"abc".repeat(100));
    assert_eq!(wof(4, b"wxyz", [1, 2, 1, 0]).unwrap(), b"wxyz");
    assert_eq!(wof(0, b"", [1, 2, 1, 0]).unwrap(), b"");
    for size in [1u64, 301, 4097, 1 << 20, u64::from(u32::MAX) + 1, u64::MAX] {
        assert!(wof(size, &abc, [1, 2, 1, 0]).is_err(), "{size}");
    }
    assert!(wof(300, &[], [1, 2, 1, 0]).is_err());
    assert!(wof(300, &abc, [1, 2, 1, 9]).is_ok_and(|bytes| bytes == vec![0u8; 300]));
    // In a WIM file: an error, not zeros.
    assert!(wof(300, &abc, [1, 1, 1, 0]).is_err());
}

#[test]
fn encrypted_and_unknown() {
    let read = |flags: u16| {
        let mut sample = Sample::new();
        let stream = Mapped { kind: DATA, name: "", flags, unit: 4, first: 0, runs: &[(2, Some(200))], size: 1024 };
        sample.record(17, 1, IN_USE, &[stream.bytes()]);
        open(sample.bytes).record(RecordNumber(17)).unwrap().open()
    };
    assert!(matches!(read(0x4000), Err(Error::Encrypted(_))));
    assert!(matches!(read(2), Err(Error::Unsupported { .. })));
    assert!(read(0x8000).is_ok());
}

#[test]
fn tables_and_indexes_that_claim_to_be_huge() {
    // A Master File Table of 2^50 bytes, nearly all of it a hole.
    let mut sample = Sample::new();
    let runs = [(96, Some(8)), (1 << 41, None)];
    sample.record(0, 1, IN_USE, &[data(&runs, 1 << 50)]);
    sample.bytes[ROOT_BLOCKS * CLUSTER..][..BLOCK].fill(0);
    let volume = open(sample.bytes);
    assert_eq!(volume.record_count(), 1 << 40);
    assert_eq!(volume.deleted().count(), 4);
    let listing = root_listing(&volume);
    assert!(names(&listing).contains(&"Docs"));
    assert!(!listing.complete);

    // An index of 2^50 bytes with a bitmap to fit, and a first block that is lost.
    let mut sample = Sample::new();
    let mapped = |kind: u32, runs: &[Run], size: u64| {
        Mapped { kind, name: "$I30", flags: 0, unit: 0, first: 0, runs, size }.bytes()
    };
    let attributes = [
        index_root(&[index_entry(0, None, Some(8))]),
        mapped(INDEX_ALLOCATION, &[(4, Some(120)), (1 << 41, None)], 1 << 50),
        mapped(BITMAP, &[(1 << 31, None)], 1 << 40),
    ];
    sample.record(5, 5, IN_USE | DIRECTORY, &attributes);
    let volume = open(sample.bytes);
    let listing = root_listing(&volume);
    assert!(!listing.complete);
    assert!(listing.anomalies.iter().any(|anomaly| anomaly.to_string().contains("index blocks of one directory")));
}

#[test]
fn runs_are_bounded_for_all_pieces_together() {
    // Forty pieces with the same forty runs each, all for cluster 0 on.
    let mut sample = Sample::new();
    let runs = [(1u64, Some(200i64)); 40];
    let piece = data(&runs, 20_480);
    let list: Vec<u8> = (30..40).flat_map(|record| list_entry(DATA, 0, reference(record, 1))).collect();
    sample.record(18, 1, IN_USE, &[resident(ATTRIBUTE_LIST, "", &list)]);
    for record in 30..40 {
        sample.extension(record, 1, IN_USE, reference(18, 1), std::slice::from_ref(&piece));
    }
    let mut limits = Limits::default();
    limits.max_runs = 100;
    let volume = Ntfs::open(Arc::new(sample.bytes), &limits).unwrap();
    let file = volume.record(RecordNumber(18)).unwrap().open().unwrap();
    assert_eq!(file.len(), 20_480);
    assert!(content(&file).is_ok());
    assert!(
        volume.anomalies().0.iter().any(|anomaly| anomaly.to_string().contains("runs of one stream")),
        "{:?}",
        volume.anomalies().0
    );
}

#[test]
fn a_list_of_strangers_is_given_up() {
    let strangers: Vec<Vec<u8>> = [0u64, 3, 5, 6, 16, 17, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 19, 20]
        .into_iter()
        .map(|record| list_entry(DATA, 0, reference(record, 1)))
        .collect();
    let volume = with_list(&strangers);
    // Records 19 and 20 are its own, but come too late.
    assert!(volume.record(RecordNumber(18)).unwrap().open().is_err());
    let given_up = |anomaly: &hivekey_ntfs::Anomaly| anomaly.to_string().contains("records of other files");
    assert!(volume.anomalies().0.iter().any(given_up), "{:?}", volume.anomalies());
}
