//! partclone and ntfsclone images built by hand.

use hivekey_images::{Anomaly, Disk, Error, Kind, ReadAt, Structure};

use crate::build::clones::{BLOCK, ntfsclone, partclone};
use crate::build::put;
use crate::check::{assert_holds, content, u64_of};
use crate::folder::Folder;

fn open(image: Vec<u8>) -> Result<Disk, Error> {
    Folder::of([("volume.img", image)]).open("volume.img")
}

#[test]
fn used_blocks_and_holes() {
    let bytes = content(3000 * BLOCK, 1);
    for per_checksum in [1, 7, 256, 100_000] {
        let disk = open(partclone(&bytes, per_checksum)).unwrap();
        assert_eq!((disk.kind(), disk.anomalies()), (Kind::Partclone, vec![]));
        assert_holds(&disk, &bytes, "partclone");
    }
    let disk = open(ntfsclone(&bytes)).unwrap();
    assert_eq!((disk.kind(), disk.anomalies()), (Kind::Ntfsclone, vec![]));
    assert_holds(&disk, &bytes, "ntfsclone");
}

#[test]
fn a_large_bitmap_is_counted_as_far_as_needed() {
    // 40,000 blocks: more than one page of the bitmap.
    let mut bytes = content(40_000 * BLOCK, 2);
    bytes[39_999 * BLOCK] = 1;
    let image = partclone(&bytes, 256);
    let folder = Folder::of([("v.img", image)]);
    let disk = folder.open("v.img").unwrap();
    assert!(folder.bytes_read() < 2048);
    let mut buf = vec![0; BLOCK];
    disk.read_into(u64_of(39_999 * BLOCK), &mut buf).unwrap();
    assert_eq!(buf, bytes[39_999 * BLOCK..]);
    disk.read_into(0, &mut buf).unwrap();
    assert_eq!(buf, bytes[..BLOCK]);
}

#[test]
fn what_is_cut_off_is_an_error() {
    let bytes: Vec<u8> = content(100 * BLOCK, 3).iter().map(|byte| byte | 1).collect();
    for image in [partclone(&bytes, 256), ntfsclone(&bytes)] {
        let disk = open(image[..image.len() - 20 * BLOCK].to_vec()).unwrap();
        assert!(disk.read_into(0, &mut vec![0; 50 * BLOCK]).is_ok());
        assert!(disk.read_into(u64_of(99 * BLOCK), &mut [0; 9]).is_err());
    }
    // Cut off exactly behind a record: what should follow is not taken for a gap.
    let image = ntfsclone(&bytes);
    let disk = open(image[..56 + 50 * (BLOCK + 1)].to_vec()).unwrap();
    assert!(disk.read_into(u64_of(49 * BLOCK), &mut [0; BLOCK]).is_ok());
    assert!(disk.read_into(u64_of(50 * BLOCK), &mut [0; 9]).is_err());
}

#[test]
fn partclone_headers_at_their_edges() {
    let image = partclone(&content(64 * BLOCK, 4), 256);
    let changed = |at: usize, value: &[u8]| {
        let mut image = image.clone();
        put(&mut image, at, value);
        let sum = !crc32fast::hash(&image[..106]);
        put(&mut image, 106, &sum.to_le_bytes());
        open(image)
    };
    assert!(matches!(changed(30, b"0001").unwrap_err(), Error::Unsupported { .. }));
    assert!(changed(34, &[0xC0, 0xDE]).unwrap_err().to_string().contains("endianness"));
    assert!(changed(84, &0u32.to_le_bytes()).is_err());
    assert!(matches!(changed(105, &[8]).unwrap_err(), Error::Unsupported { .. }));
    assert!(matches!(changed(60, &u64::MAX.to_le_bytes()).unwrap_err(), Error::Limit { .. }));
    assert!(matches!(changed(52, &u64::MAX.to_le_bytes()).unwrap_err(), Error::Limit { .. }));
    let mut wrong_sum = image.clone();
    wrong_sum[20] ^= 1;
    let structure = Structure::PartcloneHeader;
    assert!(
        matches!(open(wrong_sum).unwrap().anomalies()[..], [Anomaly::Checksum { structure: found, .. }] if found == structure)
    );
    // A group of no blocks, and no checksums at all.
    assert!(changed(100, &0u32.to_le_bytes()).unwrap().read_into(0, &mut [0; 9]).is_ok());
}

#[test]
fn ntfsclone_records_at_their_edges() {
    let mut bytes = content(64 * BLOCK, 5);
    bytes[..BLOCK].fill(1);
    bytes[BLOCK..3 * BLOCK].fill(0);
    bytes[3 * BLOCK..].fill(2);
    let image = ntfsclone(&bytes);
    let gap = 56 + 1 + BLOCK;
    assert_eq!(image[gap], 0);
    for count in [0i64, -1, i64::MIN] {
        let mut image = image.clone();
        put(&mut image, gap + 1, &count.to_le_bytes());
        let disk = open(image).unwrap();
        assert!(disk.read_into(0, &mut [0; BLOCK]).is_ok());
        assert!(disk.read_into(u64_of(BLOCK), &mut [0; 9]).unwrap_err().to_string().contains("gap"));
    }
    let mut endless = image.clone();
    put(&mut endless, gap + 1, &i64::MAX.to_le_bytes());
    assert!(open(endless).unwrap().read_into(u64_of(9 * BLOCK), &mut [0; 9]).is_ok());
    let mut odd = image.clone();
    odd[gap] = 2;
    assert!(open(odd).unwrap().read_into(u64_of(BLOCK), &mut [0; 9]).unwrap_err().to_string().contains("command"));
    for (at, value) in [(18, 0u32), (46, 49), (46, 0)] {
        let mut image = image.clone();
        put(&mut image, at, &value.to_le_bytes());
        assert!(open(image).is_err());
    }
    let mut old = image;
    old[16] = 9;
    assert!(matches!(open(old).unwrap_err(), Error::Unsupported { .. }));
}
