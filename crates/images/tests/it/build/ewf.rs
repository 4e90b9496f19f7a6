//! EWF: segments with tables and their copies.

use super::vmdk::zlib;
use super::{put, u32_of};
use crate::check::u64_of;

/// Bytes of a chunk in these images: 8 sectors.
pub const CHUNK: usize = 4096;

pub fn adler(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1u32, 0u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    b << 16 | a
}

fn header(number: u16) -> Vec<u8> {
    let mut bytes = b"EVF\x09\x0D\x0A\xFF\x00\x01".to_vec();
    bytes.extend(number.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

/// Puts a section at the end of the segment. The last points to itself.
fn section(file: &mut Vec<u8>, name: &[u8], content: &[u8]) {
    let at = file.len();
    let size = 76 + content.len();
    let is_last = name == b"next" || name == b"done";
    let mut bytes = vec![0; 72];
    put(&mut bytes, 0, name);
    put(&mut bytes, 16, &u64_of(if is_last { at } else { at + size }).to_le_bytes());
    put(&mut bytes, 24, &u64_of(size).to_le_bytes());
    let sum = adler(&bytes);
    file.extend(bytes);
    file.extend(sum.to_le_bytes());
    file.extend(content);
}

fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend(adler(&bytes).to_le_bytes());
    bytes
}

fn volume(content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 1048];
    bytes[0] = 1;
    put(&mut bytes, 4, &u32_of(content.len().div_ceil(CHUNK)).to_le_bytes());
    put(&mut bytes, 8, &8u32.to_le_bytes());
    put(&mut bytes, 12, &512u32.to_le_bytes());
    put(&mut bytes, 16, &u64_of(content.len() / 512).to_le_bytes());
    sealed(bytes)
}

/// A table of these entries, for chunks that begin at `base`.
fn table(entries: &[u32], base: usize) -> Vec<u8> {
    let mut bytes = vec![0; 20];
    put(&mut bytes, 0, &u32_of(entries.len()).to_le_bytes());
    put(&mut bytes, 8, &u64_of(base).to_le_bytes());
    let entries: Vec<u8> = entries.iter().flat_map(|entry| entry.to_le_bytes()).collect();
    [sealed(bytes), sealed(entries)].concat()
}

/// An image of `content` in as many segments as `chunks_of_segment` makes necessary. Every third chunk is not compressed.
pub fn segments(content: &[u8], chunks_of_segment: usize) -> Vec<Vec<u8>> {
    let chunks: Vec<&[u8]> = content.chunks(CHUNK).collect();
    let groups: Vec<&[&[u8]]> = chunks.chunks(chunks_of_segment).collect();
    let mut files = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        let mut file = header(u16::try_from(index + 1).unwrap());
        if index == 0 {
            section(&mut file, b"volume", &volume(content));
        }
        let base = file.len() + 76;
        let mut sectors = Vec::new();
        let mut entries = Vec::new();
        for (number, chunk) in group.iter().enumerate() {
            let at = u32_of(sectors.len());
            if number % 3 == 2 {
                entries.push(at);
                sectors.extend(sealed(chunk.to_vec()));
            } else {
                entries.push(at | 1 << 31);
                sectors.extend(zlib(chunk));
            }
        }
        section(&mut file, b"sectors", &sectors);
        section(&mut file, b"table", &table(&entries, base));
        section(&mut file, b"table2", &table(&entries, base));
        if index + 1 < groups.len() {
            section(&mut file, b"next", &[]);
        } else {
            let mut errors = vec![0; 516];
            put(&mut errors, 0, &1u32.to_le_bytes());
            let mut errors = sealed(errors);
            errors.extend(sealed([3u32.to_le_bytes(), 2u32.to_le_bytes()].concat()));
            section(&mut file, b"error2", &errors);
            section(&mut file, b"hash", &[[0xAB; 16].as_slice(), &[0; 20]].concat());
            section(&mut file, b"digest", &[[0xAB; 16].as_slice(), &[0xCD; 20], &[0; 44]].concat());
            section(&mut file, b"done", &[]);
        }
        files.push(file);
    }
    files
}

/// Where the sections of this name begin in a segment.
pub fn sections(file: &[u8], name: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 13;
    loop {
        if file[at..at + 16].split(|byte| *byte == 0).next() == Some(name) {
            found.push(at);
        }
        let next = usize::try_from(u64::from_le_bytes(file[at + 16..at + 24].try_into().unwrap())).unwrap();
        if next <= at {
            return found;
        }
        at = next;
    }
}
