//! Raw and split images.

use hivekey_images::{Anomaly, Kind, ReadAt, is_later_piece};

use crate::build::vhd;
use crate::check::{assert_holds, content, extents};
use crate::folder::Folder;

#[test]
fn a_raw_image_is_the_disk() {
    // Not a whole number of sectors.
    let bytes = content(100_001, 1);
    let disk = Folder::of([("disk.dd", bytes.clone())]).open("disk.dd").unwrap();
    assert_holds(&disk, &bytes, "raw");
    assert_eq!(disk.kind(), Kind::Raw);
    assert_eq!(extents(&disk), [(0, 100_001)]);
    assert!(disk.anomalies().is_empty() && disk.files().is_empty());
}

#[test]
fn many_threads_read_one_disk() {
    let bytes = content(64 << 10, 9);
    let disk = Folder::of([("d.vhd", vhd::dynamic(&bytes, 1))]).open("d.vhd").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_holds(&disk, &bytes, "from many threads"));
        }
    });
}

#[test]
fn an_empty_file_is_an_empty_disk() {
    let disk = Folder::of([("disk.raw", vec![])]).open("disk.raw").unwrap();
    assert_eq!(disk.virtual_size(), 0);
    assert!(disk.is_empty() && disk.data_extent(0).is_none());
}

fn split(bytes: &[u8], size: usize, name: impl Fn(usize) -> String) -> Folder {
    let mut folder = Folder::default();
    for (index, part) in bytes.chunks(size).enumerate() {
        folder.add(&name(index), part.to_vec());
    }
    folder
}

#[test]
fn pieces_are_joined_in_order() {
    let bytes = content(120_000, 2);
    let numbered = split(&bytes, 50_000, |index| format!("a/disk.{:03}", index + 1));
    let disk = numbered.open("a/disk.001").unwrap();
    assert_holds(&disk, &bytes, "numbered");
    assert_eq!(disk.files().len(), 2);
    assert_eq!(disk.files()[1].name, "a/disk.003");
    let from_zero = split(&bytes, 7_000, |index| format!("disk.{index:02}"));
    assert_holds(&from_zero.open("disk.00").unwrap(), &bytes, "from zero");
    let lettered = split(&bytes, 4_000, |index| {
        let letter = |digit: usize| char::from(b'a' + u8::try_from(digit).unwrap());
        format!("disk.img.{}{}", letter(index / 26), letter(index % 26))
    });
    assert_holds(&lettered.open("disk.img.aa").unwrap(), &bytes, "lettered");
}

#[test]
fn any_image_may_have_been_split() {
    let bytes = content(64 << 10, 3);
    let folder = split(&vhd::dynamic(&bytes, 1), 10_000, |index| format!("disk.vhd.{:03}", index + 1));
    let disk = folder.open("disk.vhd.001").unwrap();
    assert_eq!(disk.kind(), Kind::Vhd);
    assert_holds(&disk, &bytes, "split VHD");
}

#[test]
fn pieces_of_odd_size_and_later_pieces_are_noted() {
    let folder = Folder::of([("d.001", vec![1; 100]), ("d.002", vec![2; 60]), ("d.003", vec![3; 100])]);
    let disk = folder.open("d.001").unwrap();
    assert_eq!(disk.virtual_size(), 260);
    let expected = Anomaly::SegmentSize { name: "d.002".to_owned(), expected: 100, actual: 60 };
    assert_eq!(disk.anomalies(), [expected]);
    let later = folder.open("d.002").unwrap();
    assert_eq!((later.virtual_size(), later.anomalies()), (60, vec![Anomaly::NotFirstSegment]));
    assert!(is_later_piece("d.002") && !is_later_piece("d.001") && !is_later_piece("hive.LOG1"));
}

#[test]
fn a_piece_that_is_missing_is_named_and_is_a_hole() {
    let bytes = content(5000, 4);
    let mut folder = split(&bytes, 1000, |index| format!("a/d.dd.{:03}", index + 1));
    folder.add("a/other.dd.999", vec![]);
    folder.remove("a/d.dd.003");
    let disk = folder.open("a/d.dd.001").unwrap();
    assert_eq!(disk.anomalies(), [Anomaly::SegmentMissing { name: "a/d.dd.003".to_owned() }]);
    assert_eq!(disk.virtual_size(), 5000);
    let mut part = [0; 1000];
    for at in [0, 1000, 3000, 4000] {
        disk.read_into(at, &mut part).unwrap();
        assert_eq!(part, bytes[usize::try_from(at).unwrap()..][..1000]);
    }
    let error = disk.read_into(1500, &mut part).unwrap_err();
    assert!(error.to_string().contains("segment \"a/d.dd.003\""), "{error}");
    // What is numbered far beyond does not belong to it.
    folder.remove("a/d.dd.004");
    folder.remove("a/d.dd.005");
    folder.add("a/d.dd.900", vec![]);
    let disk = folder.open("a/d.dd.001").unwrap();
    assert_eq!((disk.virtual_size(), disk.anomalies()), (2000, vec![]));
}

#[test]
fn the_last_piece_is_missing_if_the_disk_says_that_it_is_longer() {
    let size = 8 * 512;
    let table = |kind: u8, sectors: u32| {
        let mut bytes = vec![0; 2 * size];
        bytes[510..512].copy_from_slice(&[0x55, 0xAA]);
        bytes[450] = kind;
        bytes[454..458].copy_from_slice(&2u32.to_le_bytes());
        bytes[458..462].copy_from_slice(&sectors.to_le_bytes());
        bytes
    };
    let gpt = |last: u64| {
        let mut bytes = table(0xEE, u32::MAX);
        bytes[512..520].copy_from_slice(b"EFI PART");
        bytes[544..552].copy_from_slice(&last.to_le_bytes());
        bytes
    };
    let ntfs = |sectors: u64| {
        let mut bytes = table(7, 100);
        bytes[3..11].copy_from_slice(b"NTFS    ");
        bytes[40..48].copy_from_slice(&sectors.to_le_bytes());
        bytes
    };
    let missing = vec![Anomaly::SegmentMissing { name: "d.003".to_owned() }];
    for (bytes, is_missing) in [
        (table(7, 14), false),
        (table(7, 15), true),
        (table(0xEE, u32::MAX), false),
        (gpt(16), false),
        (gpt(17), true),
        (ntfs(15), false),
        (ntfs(17), true),
        (vec![0; 2 * size], false),
    ] {
        let folder = split(&bytes, size, |index| format!("d.{:03}", index + 1));
        assert_eq!(folder.open("d.001").unwrap().anomalies(), if is_missing { missing.clone() } else { vec![] });
    }
    // A last piece that is shorter is the last.
    let folder = split(&[table(7, 100), vec![0; 9]].concat(), size, |index| format!("d.{:03}", index + 1));
    assert_eq!(folder.open("d.001").unwrap().anomalies(), []);
    // So is a container's, which knows where it ends.
    let whole = vhd::dynamic(&content(64 << 10, 3), 1);
    let folder = split(&whole[..20_000], 10_000, |index| format!("d.{:03}", index + 1));
    assert!(folder.open("d.001").unwrap().anomalies().contains(&missing[0]));
}
