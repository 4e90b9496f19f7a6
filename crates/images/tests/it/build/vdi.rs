//! VDI and Parallels, whose tables are alike.

use super::{put, u32_of};
use crate::check::u64_of;

/// Bytes of a block in these images.
pub const BLOCK: usize = 4096;

pub struct Vdi {
    pub kind: u32,
    pub size: usize,
    /// Creation and modification, sixteen times each byte; those of the parent.
    pub ids: [u8; 4],
    /// Bytes before the data of each block.
    pub extra: usize,
    /// For each block of the disk: its data, or the entry that says that there are none.
    pub blocks: Vec<Result<Vec<u8>, u32>>,
}

pub const FREE: u32 = 0xFFFF_FFFF;
pub const ZERO: u32 = 0xFFFF_FFFE;

/// The blocks of `content`, in the file in the opposite order.
pub fn blocks(content: &[u8]) -> Vec<Result<Vec<u8>, u32>> {
    let used = |block: &[u8]| block.iter().any(|byte| *byte != 0);
    content.chunks(BLOCK).map(|block| if used(block) { Ok(block.to_vec()) } else { Err(FREE) }).collect()
}

impl Vdi {
    pub fn build(&self) -> Vec<u8> {
        let data = (512 + self.blocks.len() * 4).next_multiple_of(512);
        let mut file = vec![0; data];
        put(&mut file, 0, b"<<< Oracle VM VirtualBox Disk Image >>>\n");
        put(&mut file, 0x40, &0xBEDA_107Fu32.to_le_bytes());
        put(&mut file, 0x44, &0x0001_0001u32.to_le_bytes());
        put(&mut file, 0x48, &0x190u32.to_le_bytes());
        put(&mut file, 0x4C, &self.kind.to_le_bytes());
        put(&mut file, 0x154, &512u32.to_le_bytes());
        put(&mut file, 0x158, &u32_of(data).to_le_bytes());
        put(&mut file, 0x168, &512u32.to_le_bytes());
        put(&mut file, 0x170, &u64_of(self.size).to_le_bytes());
        put(&mut file, 0x178, &u32_of(BLOCK).to_le_bytes());
        put(&mut file, 0x17C, &u32_of(self.extra).to_le_bytes());
        put(&mut file, 0x180, &u32_of(self.blocks.len()).to_le_bytes());
        for (index, id) in self.ids.iter().enumerate() {
            put(&mut file, 0x188 + index * 16, &[*id; 16]);
        }
        let mut number = u32_of(self.blocks.iter().filter(|block| block.is_ok()).count());
        put(&mut file, 0x184, &number.to_le_bytes());
        for (index, block) in self.blocks.iter().enumerate() {
            let entry = match block {
                Err(entry) => *entry,
                Ok(bytes) => {
                    number -= 1;
                    let at = data + usize::try_from(number).unwrap() * (BLOCK + self.extra);
                    put(&mut file, at, &vec![0xEE; self.extra]);
                    put(&mut file, at + self.extra, &[bytes.as_slice(), &vec![0; BLOCK - bytes.len()]].concat());
                    number
                }
            };
            put(&mut file, 512 + index * 4, &entry.to_le_bytes());
        }
        file
    }
}

/// A Parallels image; `counts_blocks` is the newer form.
pub fn parallels(content: &[u8], counts_blocks: bool) -> Vec<u8> {
    let blocks = content.chunks(BLOCK);
    let data = (64 + blocks.len() * 4).next_multiple_of(BLOCK);
    let mut file = vec![0; data];
    put(&mut file, 0, if counts_blocks { b"WithouFreSpacExt" } else { b"WithoutFreeSpace" });
    put(&mut file, 16, &2u32.to_le_bytes());
    put(&mut file, 20, &16u32.to_le_bytes());
    put(&mut file, 24, &1u32.to_le_bytes());
    put(&mut file, 28, &u32_of(BLOCK / 512).to_le_bytes());
    put(&mut file, 32, &u32_of(blocks.len()).to_le_bytes());
    put(&mut file, 36, &u64_of(content.len() / 512).to_le_bytes());
    put(&mut file, 48, &u32_of(data / 512).to_le_bytes());
    for (index, block) in blocks.enumerate().filter(|(_, block)| block.iter().any(|byte| *byte != 0)) {
        let at = file.len();
        put(&mut file, at, block);
        file.resize(at + BLOCK, 0);
        let unit = if counts_blocks { BLOCK } else { 512 };
        put(&mut file, 64 + index * 4, &u32_of(at / unit).to_le_bytes());
    }
    file
}
