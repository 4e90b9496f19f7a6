//! VHDX: dynamic and differencing, with a log that was not applied. Blocks of 1 MiB; the file begins with 4 MiB of structures.

use super::{put, u32_of, utf16};
use crate::check::u64_of;

pub const MIB: usize = 1 << 20;

/// Where the structures lie.
pub const LOG: usize = MIB;
pub const METADATA: usize = 2 * MIB;
pub const BLOCK_TABLE: usize = 3 * MIB;
pub const BLOCKS: usize = 4 * MIB;

/// Log GUID of these images.
pub const LOG_GUID: [u8; 16] = [0x4C; 16];

/// CRC-32C, bit by bit.
pub fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0x82F6_3B78 } else { crc >> 1 })
    })
}

/// Writes the checksum of a structure, at its byte 4.
pub fn seal(bytes: &mut [u8]) {
    bytes[4..8].fill(0);
    let sum = crc32c(bytes);
    bytes[4..8].copy_from_slice(&sum.to_le_bytes());
}

/// What a block of a differencing image has.
#[derive(Clone)]
pub enum Block {
    /// State without data.
    State(u64),
    /// Fully present.
    Full(Vec<u8>),
    /// Partially present.
    Partial(Vec<u8>),
}

pub struct Vhdx<'a> {
    pub size: usize,
    pub sector: u32,
    /// Data write GUID, sixteen times this byte.
    pub id: u8,
    /// The parent's, and its relative path.
    pub parent: Option<(u8, &'a str)>,
    pub blocks: Vec<Block>,
    /// The sector bitmap of the first chunk.
    pub bitmap: Option<Vec<u8>>,
}

pub fn header(sequence: u64, id: u8, log_guid: [u8; 16]) -> Vec<u8> {
    let mut bytes = vec![0; 4096];
    put(&mut bytes, 0, b"head");
    put(&mut bytes, 8, &sequence.to_le_bytes());
    put(&mut bytes, 32, &[id; 16]);
    put(&mut bytes, 48, &log_guid);
    put(&mut bytes, 66, &1u16.to_le_bytes());
    put(&mut bytes, 68, &u32_of(MIB).to_le_bytes());
    put(&mut bytes, 72, &u64_of(LOG).to_le_bytes());
    seal(&mut bytes);
    bytes
}

const BLOCK_TABLE_GUID: &str = "6677c22d23f600429d64115e9bfd4a08";
const METADATA_GUID: &str = "06a27c8b90479a4bb8fe575f050f886e";
const FILE_PARAMETERS: &str = "3767a1ca36fa434db3b633f0aa44e76b";
const DISK_SIZE: &str = "2442a52f1bcd7648b2115dbed83bf4b8";
const DISK_ID: &str = "ab12cabee6b2234593efc309e000c746";
const LOGICAL_SECTOR: &str = "1dbf41816fa90947ba47f233a8faab5f";
const PHYSICAL_SECTOR: &str = "c748a3cd5d4471449cc9e9885251c556";
const PARENT_LOCATOR: &str = "2d5fd3a80bb34d45abf7d3d84834ab0c";
const VHDX_PARENT: &str = "b7ef4ab09ed1814ab78925b8e9445913";

fn guid(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

fn region_table() -> Vec<u8> {
    let mut bytes = vec![0; 64 << 10];
    put(&mut bytes, 0, b"regi");
    put(&mut bytes, 8, &2u32.to_le_bytes());
    for (at, name, offset) in [(16, BLOCK_TABLE_GUID, BLOCK_TABLE), (48, METADATA_GUID, METADATA)] {
        put(&mut bytes, at, &guid(name));
        put(&mut bytes, at + 16, &u64_of(offset).to_le_bytes());
        put(&mut bytes, at + 24, &u32_of(MIB).to_le_bytes());
        put(&mut bytes, at + 28, &1u32.to_le_bytes());
    }
    seal(&mut bytes);
    bytes
}

fn parent_locator(id: u8, path: &str) -> Vec<u8> {
    let linkage = format!("{{{}}}", "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx".replace("xx", &format!("{id:02X}")));
    let pairs = [("parent_linkage", linkage.as_str()), ("relative_path", path)];
    let mut bytes = guid(VHDX_PARENT);
    put(&mut bytes, 18, &2u16.to_le_bytes());
    let mut at = 20 + 2 * 12;
    for (index, (key, value)) in pairs.iter().enumerate() {
        let (key, value) = (utf16(key), utf16(value));
        let entry = 20 + index * 12;
        put(&mut bytes, entry, &u32_of(at).to_le_bytes());
        put(&mut bytes, entry + 4, &u32_of(at + key.len()).to_le_bytes());
        put(&mut bytes, entry + 8, &u16::try_from(key.len()).unwrap().to_le_bytes());
        put(&mut bytes, entry + 10, &u16::try_from(value.len()).unwrap().to_le_bytes());
        put(&mut bytes, at, &key);
        put(&mut bytes, at + key.len(), &value);
        at += key.len() + value.len();
    }
    bytes
}

impl Vhdx<'_> {
    fn metadata(&self) -> Vec<u8> {
        let flags = if self.parent.is_some() { 2u32 } else { 0 };
        let mut items = vec![
            (FILE_PARAMETERS, [u32_of(MIB).to_le_bytes(), flags.to_le_bytes()].concat(), 4u32),
            (DISK_SIZE, u64_of(self.size).to_le_bytes().to_vec(), 6),
            (DISK_ID, vec![9; 16], 6),
            (LOGICAL_SECTOR, self.sector.to_le_bytes().to_vec(), 6),
            (PHYSICAL_SECTOR, 4096u32.to_le_bytes().to_vec(), 6),
        ];
        if let Some((id, path)) = self.parent {
            items.push((PARENT_LOCATOR, parent_locator(id, path), 4));
        }
        let mut bytes = Vec::new();
        put(&mut bytes, 0, b"metadata");
        put(&mut bytes, 10, &u16::try_from(items.len()).unwrap().to_le_bytes());
        let mut at = 64 << 10;
        for (index, (name, data, flags)) in items.iter().enumerate() {
            let entry = 32 + index * 32;
            put(&mut bytes, entry, &guid(name));
            put(&mut bytes, entry + 16, &u32_of(at).to_le_bytes());
            put(&mut bytes, entry + 20, &u32_of(data.len()).to_le_bytes());
            put(&mut bytes, entry + 24, &flags.to_le_bytes());
            put(&mut bytes, at, data);
            at += data.len();
        }
        bytes
    }

    pub fn build(&self) -> Vec<u8> {
        let mut file = vec![0; BLOCKS];
        put(&mut file, 0, b"vhdxfile");
        put(&mut file, 64 << 10, &header(1, self.id, [0; 16]));
        put(&mut file, 128 << 10, &header(2, self.id, [0; 16]));
        put(&mut file, 192 << 10, &region_table());
        put(&mut file, 256 << 10, &region_table());
        put(&mut file, METADATA, &self.metadata());
        let entry = |file: &mut Vec<u8>, index: usize, value: u64| {
            put(file, BLOCK_TABLE + index * 8, &value.to_le_bytes());
        };
        // All blocks of these images are of the first chunk.
        let ratio = (1usize << 23) * usize::try_from(self.sector).unwrap() / MIB;
        for (index, block) in self.blocks.iter().enumerate() {
            let (state, data) = match block {
                Block::State(state) => (*state, None),
                Block::Full(data) => (6, Some(data)),
                Block::Partial(data) => (7, Some(data)),
            };
            let at = file.len();
            let place = if data.is_some() { u64_of(at) } else { 0 };
            entry(&mut file, index, place | state);
            if let Some(data) = data {
                file.resize(at + MIB, 0);
                put(&mut file, at, data);
            }
        }
        if let Some(bitmap) = &self.bitmap {
            let at = file.len();
            entry(&mut file, ratio, u64_of(at) | 6);
            file.resize(at + MIB, 0);
            put(&mut file, at, bitmap);
        }
        file
    }
}

/// What an entry of the log writes.
pub enum Write<'a> {
    Page(usize, &'a [u8]),
    Zeros(usize, usize),
}

/// An entry of the log, sealed.
pub fn log_entry(sequence: u64, tail: usize, flushed: usize, writes: &[Write<'_>]) -> Vec<u8> {
    let descriptors = (64 + writes.len() * 32).next_multiple_of(4096);
    let pages = writes.iter().filter(|write| matches!(write, Write::Page(..))).count();
    let length = descriptors + pages * 4096;
    let mut bytes = vec![0; length];
    put(&mut bytes, 0, b"loge");
    put(&mut bytes, 8, &u32_of(length).to_le_bytes());
    put(&mut bytes, 12, &u32_of(tail).to_le_bytes());
    put(&mut bytes, 16, &sequence.to_le_bytes());
    put(&mut bytes, 24, &u32_of(writes.len()).to_le_bytes());
    put(&mut bytes, 32, &LOG_GUID);
    put(&mut bytes, 48, &u64_of(flushed).to_le_bytes());
    put(&mut bytes, 56, &u64_of(flushed).to_le_bytes());
    let mut data = descriptors;
    for (index, write) in writes.iter().enumerate() {
        let at = 64 + index * 32;
        put(&mut bytes, at + 24, &sequence.to_le_bytes());
        match write {
            Write::Zeros(offset, length) => {
                put(&mut bytes, at, b"zero");
                put(&mut bytes, at + 8, &u64_of(*length).to_le_bytes());
                put(&mut bytes, at + 16, &u64_of(*offset).to_le_bytes());
            }
            Write::Page(offset, page) => {
                put(&mut bytes, at, b"desc");
                put(&mut bytes, at + 4, &page[4092..]);
                put(&mut bytes, at + 8, &page[..8]);
                put(&mut bytes, at + 16, &u64_of(*offset).to_le_bytes());
                put(&mut bytes, data, b"data");
                put(&mut bytes, data + 4, &sequence.to_be_bytes()[..4].iter().rev().copied().collect::<Vec<_>>());
                put(&mut bytes, data + 8, &page[8..4092]);
                put(&mut bytes, data + 4092, &sequence.to_le_bytes()[..4]);
                data += 4096;
            }
        }
    }
    seal(&mut bytes);
    bytes
}

/// Makes the log count: its entries lie at these offsets of the ring, and wrap around its end.
pub fn put_log(file: &mut Vec<u8>, id: u8, entries: &[(usize, Vec<u8>)]) {
    put(file, 128 << 10, &header(3, id, LOG_GUID));
    for (at, entry) in entries {
        for (index, sector) in entry.chunks(4096).enumerate() {
            put(file, LOG + (at + index * 4096) % MIB, sector);
        }
    }
}
