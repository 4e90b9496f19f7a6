//! EWF images built by hand.

use hivekey_images::{Anomaly, Disk, Error, Kind, ReadAt, Role, Structure};

use crate::build::ewf::{CHUNK, adler, sections, segments};
use crate::build::put;
use crate::check::{assert_holds, content, u64_of};
use crate::folder::Folder;

fn folder_of(files: Vec<Vec<u8>>) -> Folder {
    let mut folder = Folder::default();
    for (index, file) in files.into_iter().enumerate() {
        folder.add(&format!("disk.E{:02}", index + 1), file);
    }
    folder
}

fn reads(disk: &Disk, chunk: usize) -> bool {
    disk.read_into(u64_of(chunk * CHUNK) + 3, &mut [0; 50]).is_ok()
}

#[test]
fn one_segment_and_many() {
    let bytes = content(40 * CHUNK + 1024, 1);
    for chunks in [100, 7, 1] {
        let disk = folder_of(segments(&bytes, chunks)).open("disk.E01").unwrap();
        assert_eq!((disk.kind(), disk.files().len()), (Kind::Ewf, 41usize.div_ceil(chunks) - 1));
        assert_eq!(disk.anomalies(), [Anomaly::AcquisitionError { first: 3, count: 2 }]);
        assert_eq!((disk.stored_hashes().md5, disk.stored_hashes().sha1), (Some([0xAB; 16]), Some([0xCD; 20])));
        assert_holds(&disk, &bytes, "EWF");
    }
}

#[test]
fn the_copy_of_a_table_stands_in() {
    let bytes = content(20 * CHUNK, 2);
    let image = segments(&bytes, 100).remove(0);
    let [table] = sections(&image, b"table")[..] else { panic!("one table") };
    // An entry that leads elsewhere: the copy is asked for that chunk.
    let mut wrong_entry = image.clone();
    put(&mut wrong_entry, table + 76 + 24 + 4 * 6, &0x8000_0001u32.to_le_bytes());
    let disk = folder_of(vec![wrong_entry]).open("disk.E01").unwrap();
    assert_holds(&disk, &bytes, "wrong entry");
    assert!(
        disk.anomalies()
            .iter()
            .any(|anomaly| matches!(anomaly, Anomaly::OtherCopyUsed { structure: Structure::EwfTable, .. }))
    );
    // A header whose checksum is wrong: the copy is asked first.
    let mut wrong_base = image;
    put(&mut wrong_base, table + 76 + 8, &5u64.to_le_bytes());
    let disk = folder_of(vec![wrong_base]).open("disk.E01").unwrap();
    assert!(
        disk.anomalies()
            .iter()
            .any(|anomaly| matches!(anomaly, Anomaly::Checksum { structure: Structure::EwfTable, .. }))
    );
    assert_holds(&disk, &bytes, "wrong base");
}

#[test]
fn a_chunk_whose_checksum_is_wrong_is_given_and_noted() {
    let bytes: Vec<u8> = content(6 * CHUNK, 3).iter().map(|byte| byte | 1).collect();
    let mut image = segments(&bytes, 100).remove(0);
    // Chunk 2 is stored as it is.
    let at = image.windows(CHUNK).position(|window| window == &bytes[2 * CHUNK..3 * CHUNK]).unwrap();
    image[at + 9] ^= 0x40;
    let mut expected = bytes;
    expected[2 * CHUNK + 9] ^= 0x40;
    let disk = folder_of(vec![image]).open("disk.E01").unwrap();
    assert_holds(&disk, &expected, "wrong checksum");
    assert!(
        disk.anomalies()
            .iter()
            .any(|anomaly| matches!(anomaly, Anomaly::Checksum { structure: Structure::EwfChunk, .. }))
    );
}

#[test]
fn a_missing_segment_leaves_what_is_before_it() {
    let bytes = content(30 * CHUNK, 4);
    let mut folder = folder_of(segments(&bytes, 10));
    folder.remove("disk.E02");
    let disk = folder.open("disk.E01").unwrap();
    assert_eq!(disk.virtual_size(), u64_of(bytes.len()));
    assert!(disk.anomalies().contains(&Anomaly::SegmentMissing { name: "disk.E02".to_owned() }));
    assert!(reads(&disk, 9) && !reads(&disk, 10) && !reads(&disk, 29));
    let error = disk.read_into(u64_of(10 * CHUNK), &mut [0; 9]).unwrap_err();
    assert!(error.to_string().starts_with("the segment \"disk.E02\" of the image cannot be opened"), "{error}");
    // A file of that name which is another segment is not taken for it.
    let third = folder.bytes("disk.E03").to_vec();
    folder.add("disk.E02", third);
    assert!(!reads(&folder.open("disk.E01").unwrap(), 10));
    // Later segments are not images of their own.
    assert!(folder.open("disk.E03").unwrap_err().to_string().contains("segment number is 0x3"));
    // A renamed image has no names for the others.
    let first = folder.bytes("disk.E01").to_vec();
    let renamed = Folder::of([("image.bin", first)]).open("image.bin").unwrap();
    assert!(reads(&renamed, 9) && !reads(&renamed, 10));
}

#[test]
fn a_segment_that_is_cut_off_ends_the_image() {
    let bytes = content(30 * CHUNK, 5);
    let mut files = segments(&bytes, 10);
    // The second loses its tables: the chunks of the third can then not be numbered.
    let [table] = sections(&files[1], b"table")[..] else { panic!("one table") };
    files[1].truncate(table + 40);
    let disk = folder_of(files).open("disk.E01").unwrap();
    assert!(disk.anomalies().iter().any(|anomaly| matches!(anomaly, Anomaly::CutOff { .. })));
    assert!(reads(&disk, 9) && reads(&disk, 19) && !reads(&disk, 20));
}

#[test]
fn chunks_whose_table_is_cut_off_are_found_one_after_the_other() {
    let bytes = content(20 * CHUNK + 1024, 7);
    let image = segments(&bytes, 100).remove(0);
    let [table] = sections(&image, b"table")[..] else { panic!("one table") };
    let [sectors] = sections(&image, b"sectors")[..] else { panic!("one section of chunks") };
    // Within the entries, the header, before the section, and in the middle of a chunk.
    let middle = sectors + (table - sectors) / 2;
    for cut in [table + 76 + 24 + 8, table + 76 + 10, table + 40, table, middle] {
        let mut image = image.clone();
        image.truncate(cut);
        let disk = folder_of(vec![image]).open("disk.E01").unwrap();
        let notes = disk.anomalies();
        assert!(notes.iter().any(|note| matches!(note, Anomaly::CutOff { .. })), "{notes:?}");
        assert!(notes.iter().any(|note| matches!(note, Anomaly::TableLost { .. })), "{notes:?}");
        if cut >= table {
            assert_holds(&disk, &bytes, "cut off");
            continue;
        }
        let readable = (0..20).filter(|chunk| reads(&disk, *chunk)).count();
        assert!((5..15).contains(&readable), "{readable}");
        assert!((0..readable).all(|chunk| reads(&disk, chunk)));
        let mut before = vec![0; readable * CHUNK];
        disk.read_into(0, &mut before).unwrap();
        assert!(bytes.starts_with(&before));
    }
}

#[test]
fn a_lost_table_costs_what_is_asked_for() {
    let bytes = content(60 * CHUNK, 8);
    let mut image = segments(&bytes, 100).remove(0);
    let [table] = sections(&image, b"table")[..] else { panic!("one table") };
    let [sectors] = sections(&image, b"sectors")[..] else { panic!("one section of chunks") };
    image.truncate(table);
    let folder = folder_of(vec![image]);
    let disk = folder.open("disk.E01").unwrap();
    let opened = folder.bytes_read();
    assert!(opened < 4096, "{opened}");
    assert!(reads(&disk, 0));
    assert!(folder.bytes_read() - opened < 4 * CHUNK);
    // Nothing that is no chunk is taken for one.
    let mut damaged = folder.bytes("disk.E01").to_vec();
    damaged[sectors + 76 + 2..sectors + 76 + 6].fill(0xFF);
    let disk = folder_of(vec![damaged]).open("disk.E01").unwrap();
    assert!(!reads(&disk, 0) && !reads(&disk, 1));
}

#[test]
fn stored_hashes_are_checked() {
    let bytes = content(20 * CHUNK, 9);
    // The images built here have no right ones.
    let disk = folder_of(segments(&bytes, 7)).open("disk.E01").unwrap();
    let checks = disk.check_hashes().unwrap();
    let algorithms: Vec<_> = checks.iter().map(|check| (check.algorithm, check.holds())).collect();
    assert_eq!(algorithms, [("MD5", false), ("SHA-1", false)]);
    assert_eq!((&checks[0].stored[..], &checks[1].stored[..]), (&[0xAB; 16][..], &[0xCD; 20][..]));
    let differ = |disk: &Disk| {
        let notes = disk.anomalies().into_iter();
        notes.filter(|note| matches!(note, Anomaly::HashesDiffer { .. })).map(|note| note.to_string()).next()
    };
    assert_eq!(differ(&disk), None);
    // Of two that differ the first is checked, and both are named.
    let mut image = segments(&bytes, 100).remove(0);
    let [digest] = sections(&image, b"digest")[..] else { panic!("one digest section") };
    put(&mut image, digest + 76, &[0xEE; 16]);
    let disk = folder_of(vec![image]).open("disk.E01").unwrap();
    assert_eq!(disk.check_hashes().unwrap()[0].stored, [0xAB; 16]);
    let (first, second) = ("ab".repeat(16), "ee".repeat(16));
    assert_eq!(
        differ(&disk).unwrap(),
        format!("the image stores two different MD5 hashes of its disk: {first} and {second}")
    );
    // The last segment has them.
    let mut folder = folder_of(segments(&bytes, 7));
    folder.remove("disk.E03");
    assert!(folder.open("disk.E01").unwrap().check_hashes().unwrap().is_empty());
}

#[test]
fn sections_at_their_edges() {
    let bytes = content(10 * CHUNK, 6);
    let image = segments(&bytes, 100).remove(0);
    let sealed = |section: usize, at: usize, value: &[u8]| {
        let mut image = image.clone();
        put(&mut image, section + at, value);
        let sum = adler(&image[section..section + 72]);
        put(&mut image, section + 72, &sum.to_le_bytes());
        folder_of(vec![image]).open("disk.E01")
    };
    let [volume] = sections(&image, b"volume")[..] else { panic!("one volume section") };
    // Sections that come back, or lead out of the file.
    for next in [0u64, 13, 12] {
        assert!(sealed(volume, 16, &next.to_le_bytes()).unwrap_err().to_string().contains("next section"));
    }
    let disk = sealed(volume, 16, &u64::MAX.to_le_bytes()).unwrap();
    assert!(!reads(&disk, 0));
    // Sizes of chunks.
    for (at, value) in [(8, 0u32), (8, u32::MAX), (12, 0), (12, u32::MAX)] {
        let mut image = image.clone();
        put(&mut image, volume + 76 + at, &value.to_le_bytes());
        assert!(folder_of(vec![image]).open("disk.E01").is_err());
    }
    let mut huge = image.clone();
    put(&mut huge, volume + 76 + 16, &u64::MAX.to_le_bytes());
    assert!(matches!(folder_of(vec![huge]).open("disk.E01").unwrap_err(), Error::Limit { .. }));
    // More entries than the section has room for.
    let [table] = sections(&image, b"table")[..] else { panic!("one table") };
    let mut many = image.clone();
    put(&mut many, table + 76, &u32::MAX.to_le_bytes());
    assert!(folder_of(vec![many]).open("disk.E01").unwrap_err().to_string().contains("entries"));
    // A larger disk than the chunks make up.
    let mut larger = image.clone();
    put(&mut larger, volume + 76 + 16, &(1u64 << 20).to_le_bytes());
    let disk = folder_of(vec![larger]).open("disk.E01").unwrap();
    assert!(disk.anomalies().iter().any(|anomaly| matches!(anomaly, Anomaly::CutOff { .. })));
    assert!(reads(&disk, 9) && !reads(&disk, 10));
}

#[test]
fn other_forms_are_named() {
    for (magic, kind) in [
        (b"EVF2\r\n\x81\0", Kind::Ewf2),
        (b"LVF\x09\r\n\xFF\0", Kind::EwfLogical),
        (b"LEF2\r\n\x81\0", Kind::EwfLogical),
    ] {
        let error = folder_of(vec![[magic.as_slice(), &[0; 600]].concat()]).open("disk.E01").unwrap_err();
        assert!(matches!(error, Error::Unsupported { kind: found, .. } if found == kind), "{error}");
    }
    assert_eq!(Role::Segment.to_string(), "segment");
}
