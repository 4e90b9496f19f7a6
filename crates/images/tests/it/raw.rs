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
