//! VHD: fixed, dynamic, differencing.

use super::{put, u32_of, utf16};
use crate::check::u64_of;

/// Bytes of a block in these images.
pub const BLOCK: usize = 4096;

pub fn checksum(bytes: &[u8], at: usize) -> u32 {
    let sum: u32 = bytes
        .iter()
        .enumerate()
        .filter(|(index, _)| !(at..at + 4).contains(index))
        .map(|(_, byte)| u32::from(*byte))
        .sum();
    !sum
}

/// Writes the checksum of a footer anew.
pub fn seal(footer: &mut [u8]) {
    let sum = checksum(footer, 64);
    footer[64..68].copy_from_slice(&sum.to_be_bytes());
}

pub fn footer(kind: u32, size: usize, data_offset: u64, id: u8) -> Vec<u8> {
    let mut bytes = vec![0; 512];
    put(&mut bytes, 0, b"conectix");
    put(&mut bytes, 8, &2u32.to_be_bytes());
    put(&mut bytes, 12, &0x0001_0000u32.to_be_bytes());
    put(&mut bytes, 16, &data_offset.to_be_bytes());
    put(&mut bytes, 28, b"win \x00\x06\x00\x01Wi2k");
    put(&mut bytes, 40, &u64_of(size).to_be_bytes());
    put(&mut bytes, 48, &u64_of(size).to_be_bytes());
    put(&mut bytes, 60, &kind.to_be_bytes());
    put(&mut bytes, 68, &[id; 16]);
    seal(&mut bytes);
    bytes
}

pub fn fixed(content: &[u8], id: u8) -> Vec<u8> {
    [content, &footer(2, content.len(), u64::MAX, id)].concat()
}

/// A dynamic image of `content`; blocks of zeros are left out.
pub fn dynamic(content: &[u8], id: u8) -> Vec<u8> {
    let blocks = content.chunks(BLOCK).map(|block| {
        let is_used = block.iter().any(|byte| *byte != 0);
        is_used.then(|| ([0xFF; BLOCK / 512 / 8], block.to_vec()))
    });
    build(content.len(), id, None, &blocks.collect::<Vec<_>>())
}

/// A differencing image: for each block the bitmap of its own sectors, the first in the highest bit, and its data.
pub fn differencing(
    size: usize,
    id: u8,
    parent: (u8, &str),
    blocks: &[Option<([u8; BLOCK / 512 / 8], Vec<u8>)>],
) -> Vec<u8> {
    build(size, id, Some(parent), blocks)
}

fn build(size: usize, id: u8, parent: Option<(u8, &str)>, blocks: &[Option<([u8; 1], Vec<u8>)>]) -> Vec<u8> {
    let kind = if parent.is_some() { 4 } else { 3 };
    let footer = footer(kind, size, 512, id);
    let mut header = vec![0; 1024];
    put(&mut header, 0, b"cxsparse");
    put(&mut header, 8, &u64::MAX.to_be_bytes());
    put(&mut header, 16, &2048u64.to_be_bytes());
    put(&mut header, 24, &0x0001_0000u32.to_be_bytes());
    put(&mut header, 28, &u32_of(blocks.len()).to_be_bytes());
    put(&mut header, 32, &u32_of(BLOCK).to_be_bytes());
    let mut file = Vec::new();
    if let Some((parent_id, name)) = parent {
        let relative = utf16(&format!(".\\{name}"));
        put(&mut header, 40, &[parent_id; 16]);
        let base: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        put(&mut header, 64, &base);
        put(&mut header, 576, b"W2ru");
        put(&mut header, 580, &512u32.to_be_bytes());
        put(&mut header, 584, &u32_of(relative.len()).to_be_bytes());
        put(&mut header, 592, &1536u64.to_be_bytes());
        put(&mut file, 1536, &relative);
    }
    let sum = checksum(&header, 36);
    put(&mut header, 36, &sum.to_be_bytes());
    put(&mut file, 0, &footer);
    put(&mut file, 512, &header);
    let table_end = (2048 + blocks.len() * 4).next_multiple_of(512);
    file.resize(table_end, 0xFF);
    file[1536..2048].iter_mut().skip(if parent.is_some() { 200 } else { 0 }).for_each(|byte| *byte = 0);
    for (index, block) in blocks.iter().enumerate() {
        let sector = match block {
            Some((bitmap, data)) => {
                let sector = u32_of(file.len() / 512);
                let at = file.len();
                put(&mut file, at, bitmap);
                put(&mut file, at + 512, data);
                file.resize(at + 512 + BLOCK, 0);
                sector
            }
            None => u32::MAX,
        };
        put(&mut file, 2048 + index * 4, &sector.to_be_bytes());
    }
    file.extend_from_slice(&footer);
    file
}
