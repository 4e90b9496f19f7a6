//! partclone and ntfsclone images.

use super::{put, u32_of};
use crate::check::u64_of;

/// Bytes of a block or cluster in these images.
pub const BLOCK: usize = 512;

fn is_used(block: &[u8]) -> bool {
    block.iter().any(|byte| *byte != 0)
}

/// A partclone image with a checksum after every `per_checksum` blocks.
pub fn partclone(content: &[u8], per_checksum: usize) -> Vec<u8> {
    let mut file = vec![0; 106];
    let blocks: Vec<&[u8]> = content.chunks(BLOCK).collect();
    let used: Vec<&&[u8]> = blocks.iter().filter(|block| is_used(block)).collect();
    put(&mut file, 0, b"partclone-image");
    put(&mut file, 16, b"0.3.23");
    put(&mut file, 30, b"0002\xDE\xC0NTFS");
    put(&mut file, 52, &u64_of(content.len()).to_le_bytes());
    put(&mut file, 60, &u64_of(blocks.len()).to_le_bytes());
    put(&mut file, 68, &u64_of(used.len()).to_le_bytes());
    put(&mut file, 76, &u64_of(used.len()).to_le_bytes());
    put(&mut file, 84, &u32_of(BLOCK).to_le_bytes());
    put(&mut file, 88, &18u32.to_le_bytes());
    put(&mut file, 92, &[2, 0, 64, 0, 0x20, 0, 4, 0]);
    put(&mut file, 100, &u32_of(per_checksum).to_le_bytes());
    put(&mut file, 104, &[1, 1]);
    let sum = !crc32fast::hash(&file);
    file.extend(sum.to_le_bytes());
    let mut bitmap = vec![0u8; blocks.len().div_ceil(8)];
    for (index, _) in blocks.iter().enumerate().filter(|(_, block)| is_used(block)) {
        bitmap[index / 8] |= 1 << (index % 8);
    }
    file.extend(&bitmap);
    file.extend((!crc32fast::hash(&bitmap)).to_le_bytes());
    for group in used.chunks(per_checksum) {
        let bytes: Vec<u8> = group.iter().flat_map(|block| block.iter().copied()).collect();
        file.extend(&bytes);
        file.extend((!crc32fast::hash(&bytes)).to_le_bytes());
    }
    file
}

/// An ntfsclone image.
pub fn ntfsclone(content: &[u8]) -> Vec<u8> {
    let blocks: Vec<&[u8]> = content.chunks(BLOCK).collect();
    let mut file = vec![0; 56];
    put(&mut file, 0, b"\0ntfsclone-image\x0A\x01");
    put(&mut file, 18, &u32_of(BLOCK).to_le_bytes());
    put(&mut file, 22, &u64_of(content.len()).to_le_bytes());
    put(&mut file, 30, &u64_of(blocks.len()).to_le_bytes());
    put(&mut file, 38, &u64_of(blocks.iter().filter(|block| is_used(block)).count()).to_le_bytes());
    put(&mut file, 46, &56u32.to_le_bytes());
    let mut gap = 0u64;
    for block in blocks.iter().map(Some).chain([None]) {
        if block.is_some_and(|block| !is_used(block)) {
            gap += 1;
            continue;
        }
        if gap > 0 {
            file.push(0);
            file.extend(std::mem::take(&mut gap).to_le_bytes());
        }
        if let Some(block) = block {
            file.push(1);
            file.extend(*block);
        }
    }
    file
}
