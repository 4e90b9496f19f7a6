//! Transaction logs made by hand, with a Marvin32 of its own.

use crate::tiny::{put, seal};

/// Marvin32 with the seed of transaction logs, word by word.
pub fn marvin(bytes: &[u8]) -> u64 {
    let (mut lo, mut hi) = (0x7A4E_55C5u32, 0x82EF_4D88u32);
    let mut closed = bytes.to_vec();
    closed.push(0x80);
    closed.resize(closed.len().next_multiple_of(4) + 4, 0);
    for word in closed.chunks(4) {
        lo = lo.wrapping_add(u32::from_le_bytes(word.try_into().unwrap()));
        hi ^= lo;
        lo = lo.rotate_left(20).wrapping_add(hi);
        hi = hi.rotate_left(9) ^ lo;
        lo = lo.rotate_left(27).wrapping_add(hi);
        hi = hi.rotate_left(19);
    }
    (u64::from(hi) << 32) | u64::from(lo)
}

/// The first 512 bytes of a hive as those of a log.
pub fn head(hive: &[u8], file_type: u32, sequence: u32) -> Vec<u8> {
    let mut head = hive[..512].to_vec();
    for (at, number) in [(4, sequence), (8, sequence), (28, file_type)] {
        put(&mut head, at, &number.to_le_bytes());
    }
    seal(&mut head);
    head
}

/// Writes the hashes of an entry.
pub fn sign(entry: &mut [u8]) {
    let pages = marvin(&entry[40..]);
    put(entry, 24, &pages.to_le_bytes());
    let header = marvin(&entry[..32]);
    put(entry, 32, &header.to_le_bytes());
}

/// An entry with pages: offset from the first bin, bytes.
pub fn entry(sequence: u32, bins_size: u32, pages: &[(u32, &[u8])]) -> Vec<u8> {
    let mut entry = vec![0u8; 40];
    put(&mut entry, 0, b"HvLE");
    for (offset, bytes) in pages {
        entry.extend_from_slice(&offset.to_le_bytes());
        entry.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_le_bytes());
    }
    for (_, bytes) in pages {
        entry.extend_from_slice(bytes);
    }
    entry.resize(entry.len().next_multiple_of(512), 0);
    let size = u32::try_from(entry.len()).unwrap();
    let count = u32::try_from(pages.len()).unwrap();
    for (at, number) in [(4, size), (8, 1), (12, sequence), (16, bins_size), (20, count)] {
        put(&mut entry, at, &number.to_le_bytes());
    }
    sign(&mut entry);
    entry
}

/// A log of the old format with pages of 512 bytes: bit, byte to fill the page with. `sector` is where the dirty vector
/// starts and what the pages are aligned to.
pub fn old_log(hive: &[u8], sector: usize, pages: &[(usize, u8)]) -> Vec<u8> {
    let bins = usize::try_from(u32::from_le_bytes(hive[40..44].try_into().unwrap())).unwrap();
    let mut log = head(hive, 1, 8);
    log.resize(sector, 0);
    log.extend_from_slice(b"DIRT");
    let bitmap = log.len();
    log.resize(bitmap + bins / 4096, 0);
    for (bit, _) in pages {
        log[bitmap + bit / 8] |= 1 << (bit % 8);
    }
    log.resize(log.len().next_multiple_of(sector), 0);
    for (_, fill) in pages {
        log.resize(log.len() + 512, *fill);
    }
    log
}
