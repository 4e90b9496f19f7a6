//! VHD images built by hand.

use hivekey_images::{Anomaly, Error, Kind, ReadAt, Structure};

use crate::build::{put, vhd};
use crate::check::{assert_holds, content, extents, u64_of};
use crate::folder::Folder;

const BLOCK: usize = vhd::BLOCK;

fn one(image: Vec<u8>) -> Folder {
    Folder::of([("disk.vhd", image)])
}

#[test]
fn fixed_and_dynamic() {
    let bytes = content(20 * BLOCK + 512, 1);
    for image in [vhd::fixed(&bytes, 1), vhd::dynamic(&bytes, 1)] {
        let folder = one(image);
        let disk = folder.open("disk.vhd").unwrap();
        assert_eq!(disk.kind(), Kind::Vhd);
        assert_holds(&disk, &bytes, "VHD");
        assert_eq!(disk.anomalies(), []);
    }
}

#[test]
fn holes_are_skipped() {
    let mut bytes = vec![0; 10 * BLOCK];
    bytes[3 * BLOCK] = 1;
    bytes[4 * BLOCK] = 1;
    bytes[9 * BLOCK + 5] = 1;
    let disk = one(vhd::dynamic(&bytes, 1)).open("disk.vhd").unwrap();
    let at = |block: usize| u64_of(block * BLOCK);
    assert_eq!(extents(&disk), [(at(3), at(5)), (at(9), at(10))]);
    assert_eq!(disk.data_extent(at(4) + 1), Some(at(4) + 1..at(5)));
    assert_eq!(disk.data_extent(u64::MAX), None);
}

#[test]
fn a_differencing_image_takes_sectors_from_its_parent() {
    let parent = content(6 * BLOCK, 2);
    let child = content(6 * BLOCK, 3);
    // Bits for sectors 0, 3 and 7; all; none.
    let own = |index: usize, bitmap: u8| Some(([bitmap], child[index * BLOCK..][..BLOCK].to_vec()));
    let blocks = [None, own(1, 0b1001_0001), own(2, 0xFF), own(3, 0), None, own(5, 0b0111_1110)];
    let mut expected = parent.clone();
    for (index, block) in blocks.iter().enumerate() {
        let Some(([bitmap], data)) = block else { continue };
        for sector in (0..8).filter(|sector| bitmap >> (7 - sector) & 1 == 1) {
            let at = sector * 512;
            expected[index * BLOCK + at..][..512].copy_from_slice(&data[at..at + 512]);
        }
    }
    let image = vhd::differencing(6 * BLOCK, 2, (1, "base.vhd"), &blocks);
    for base in [vhd::fixed(&parent, 1), vhd::dynamic(&parent, 1)] {
        let folder = Folder::of([("s/disk.vhd", image.clone()), ("s/base.vhd", base)]);
        let disk = folder.open("s/disk.vhd").unwrap();
        assert_eq!(disk.parents(), ["s/base.vhd"]);
        assert_holds(&disk, &expected, "differencing");
    }
}

#[test]
fn a_parent_may_be_smaller() {
    let parent = content(2 * BLOCK, 4);
    let image = vhd::differencing(4 * BLOCK, 2, (1, "base.vhd"), &[None, None, None, None]);
    let disk = Folder::of([("disk.vhd", image), ("base.vhd", vhd::fixed(&parent, 1))]).open("disk.vhd").unwrap();
    let expected = [parent, vec![0; 2 * BLOCK]].concat();
    assert_holds(&disk, &expected, "grown child");
}

#[test]
fn the_footer_at_the_start_stands_in() {
    let bytes = content(5 * BLOCK, 5);
    let image = vhd::dynamic(&bytes, 1);
    let cut = image[..image.len() - 512].to_vec();
    let disk = one(cut).open("disk.vhd").unwrap();
    assert!(matches!(disk.anomalies()[..], [Anomaly::OtherCopyUsed { structure: Structure::VhdFooter, .. }]));
    assert_holds(&disk, &bytes, "without footer");
    // The footer at the end has a wrong checksum: its copy counts.
    let mut damaged = image.clone();
    let at = damaged.len() - 512;
    damaged[at + 50] ^= 0xFF;
    assert_holds(&one(damaged).open("disk.vhd").unwrap(), &bytes, "damaged footer");
    // Both have: the first that can be understood is used, and said to be wrong.
    let mut both = image;
    both[at + 70] ^= 1;
    both[70] ^= 1;
    let disk = one(both).open("disk.vhd").unwrap();
    assert!(matches!(disk.anomalies()[..], [Anomaly::Checksum { structure: Structure::VhdFooter, .. }]));
    assert_holds(&disk, &bytes, "both damaged");
}

#[test]
fn the_old_footer_has_511_bytes() {
    let bytes = content(3 * BLOCK, 6);
    let image = vhd::fixed(&bytes, 1);
    let disk = one(image[..image.len() - 1].to_vec()).open("disk.vhd").unwrap();
    assert_eq!(disk.kind(), Kind::Vhd);
    assert_holds(&disk, &bytes, "old footer");
}

#[test]
fn what_is_cut_off_is_an_error_and_the_rest_is_read() {
    let bytes: Vec<u8> = content(8 * BLOCK, 7).iter().map(|byte| byte | 1).collect();
    let image = vhd::dynamic(&bytes, 1);
    let disk = one(image[..image.len() - 512 - 3 * BLOCK].to_vec()).open("disk.vhd").unwrap();
    let mut buf = vec![0; BLOCK];
    disk.read_into(0, &mut buf).unwrap();
    assert_eq!(buf, bytes[..BLOCK]);
    let error = disk.read_into(u64_of(7 * BLOCK), &mut buf).unwrap_err();
    let error: &Error = error.damage().expect("damage of the image");
    assert!(matches!(error, Error::Truncated { structure: Structure::VhdBlock, available: 0, .. }), "{error}");
    // The end of the disk is said to hold data, so that a sweep meets the error.
    assert!(disk.data_extent(u64_of(7 * BLOCK)).is_some());
    // A fixed image says so when it is opened.
    let mut short = vhd::fixed(&bytes, 1);
    short.drain(..BLOCK);
    assert!(matches!(one(short).open("disk.vhd").unwrap().anomalies()[..], [Anomaly::CutOff { .. }]));
}

#[test]
fn fields_at_their_edges() {
    let bytes = content(4 * BLOCK, 8);
    let image = vhd::dynamic(&bytes, 1);
    let sealed = |at: usize, value: &[u8]| {
        let mut image = image.clone();
        put(&mut image, at, value);
        let sum = vhd::checksum(&image[512..1536], 36);
        put(&mut image, 512 + 36, &sum.to_be_bytes());
        one(image).open("disk.vhd")
    };
    for size in [0u32, 1, 511, 513, u32::MAX] {
        let error = sealed(512 + 32, &size.to_be_bytes()).unwrap_err();
        assert!(error.to_string().contains("block size"), "{error}");
    }
    // A table that is too short for the disk, or that lies outside of the file.
    let disk = sealed(512 + 28, &2u32.to_be_bytes()).unwrap();
    assert!(disk.read_into(0, &mut [0; 512]).is_ok());
    assert!(disk.read_into(u64_of(2 * BLOCK), &mut [0; 512]).is_err());
    for table in [u64::MAX, u64::MAX - 3, 1 << 60, u64_of(image.len())] {
        let disk = sealed(512 + 16, &table.to_be_bytes()).unwrap();
        assert!(disk.read_into(0, &mut [0; 512]).is_err());
    }
    // A block that lies outside of the file.
    let mut image = image.clone();
    put(&mut image, 2048, &0xFFFF_FFFEu32.to_be_bytes());
    let disk = one(image).open("disk.vhd").unwrap();
    assert!(disk.read_into(0, &mut [0; 512]).is_err());
    assert!(disk.read_into(u64_of(BLOCK), &mut [0; 512]).is_ok());
}

#[test]
fn a_disk_of_impossible_size_is_refused() {
    let mut image = vhd::fixed(&content(BLOCK, 9), 1);
    let at = image.len() - 512;
    put(&mut image, at + 48, &u64::MAX.to_be_bytes());
    vhd::seal(&mut image[at..]);
    assert!(matches!(one(image).open("disk.vhd").unwrap_err(), Error::Limit { .. }));
}

#[test]
fn other_disk_types_are_named() {
    for kind in [0u32, 1, 5, u32::MAX] {
        let footer = vhd::footer(kind, 0, u64::MAX, 1);
        let error = one(footer).open("disk.vhd").unwrap_err();
        assert!(error.to_string().contains("disk type"), "{error}");
    }
}
