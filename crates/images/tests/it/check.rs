//! Content to be put into images, and the comparison of what is read with it.

use hivekey_images::{Disk, ReadAt};

/// A source of numbers that are the same in every run.
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

/// A disk of `len` bytes: text, noise, ones and holes of all sizes.
pub fn content(len: usize, seed: u64) -> Vec<u8> {
    let mut numbers = Numbers::new(seed);
    let mut bytes = Vec::with_capacity(len);
    while bytes.len() < len {
        let piece = 1 << (6 + numbers.below(14));
        let piece = (piece + numbers.below(700)).min(len - bytes.len());
        match numbers.below(5) {
            0 | 1 => bytes.extend(std::iter::repeat_n(0, piece)),
            2 => bytes.extend(b"The quick brown fox. ".iter().copied().cycle().take(piece)),
            3 => bytes.extend(std::iter::repeat_with(|| numbers.next().to_le_bytes()[3]).take(piece)),
            _ => bytes.extend(std::iter::repeat_n(0xFF, piece)),
        }
    }
    bytes
}

pub fn usize_of(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

pub fn u64_of(number: usize) -> u64 {
    u64::try_from(number).unwrap()
}

/// All bytes of the disk.
pub fn read_all(disk: &Disk) -> Vec<u8> {
    let mut bytes = vec![0xCC; usize_of(disk.virtual_size())];
    // Odd sizes, so that reads begin and end inside of every kind of piece.
    for (index, part) in bytes.chunks_mut(99_991).enumerate() {
        disk.read_into(u64_of(index * 99_991), part).unwrap();
    }
    bytes
}

/// Checks that the disk holds `expected`: read in order, at 3000 random places, and that holes are zeros.
pub fn assert_holds(disk: &Disk, expected: &[u8], what: &str) {
    assert_eq!(disk.virtual_size(), u64_of(expected.len()), "size of {what}");
    let bytes = read_all(disk);
    if let Some(at) = bytes.iter().zip(expected).position(|(read, expected)| read != expected) {
        panic!("{what} differs from byte {at:#x} on");
    }
    let mut numbers = Numbers::new(7);
    let mut buf = vec![0; 9000];
    for _ in 0..3000 {
        let length = 1 + numbers.below(buf.len().min(expected.len()));
        let at = numbers.below(expected.len() - length + 1);
        disk.read_into(u64_of(at), &mut buf[..length]).unwrap();
        assert!(buf[..length] == expected[at..at + length], "{what} differs at {at:#x}+{length:#x}");
    }
    assert!(disk.read_into(u64_of(expected.len()), &mut [0]).is_err());
    assert!(disk.read_into(u64::MAX, &mut [0]).is_err());
    let mut at = 0;
    while let Some(extent) = disk.data_extent(at) {
        assert!(extent.start >= at && extent.end > extent.start && extent.end <= disk.virtual_size());
        assert!(
            expected[usize_of(at)..usize_of(extent.start)].iter().all(|byte| *byte == 0),
            "{what}: hole at {at:#x}"
        );
        at = extent.end;
    }
    assert!(expected[usize_of(at)..].iter().all(|byte| *byte == 0), "{what}: hole at {at:#x}");
}

/// Where the first data are from each end of an extent on: the extents as pairs.
pub fn extents(disk: &Disk) -> Vec<(u64, u64)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(extent) = disk.data_extent(at) {
        found.push((extent.start, extent.end));
        at = extent.end;
    }
    found
}
