//! VMDK: hosted sparse, stream-optimized and ESX server extents, and descriptors.

use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};

use super::{put, u32_of};
use crate::check::u64_of;

/// Bytes of a grain in these images.
pub const GRAIN: usize = 4096;

/// Grains that a table has room for.
const ENTRIES: usize = 16;

pub fn descriptor(content_id: u32, parent: Option<(u32, &str)>, kind: &str, extents: &str) -> String {
    let (parent_id, hint) = match parent {
        Some((id, name)) => (id, format!("parentFileNameHint=\"{name}\"\n")),
        None => (u32::MAX, String::new()),
    };
    format!(
        "# Disk DescriptorFile\nversion=1\nCID={content_id:08x}\nparentCID={parent_id:08x}\n{hint}createType=\"{kind}\"\n\n\
         # Extent description\n{extents}\n\n# The Disk Data Base\n#DDB\nddb.adapterType = \"ide\"\n"
    )
}

pub fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn header(sectors: usize, descriptor_sectors: usize, directory: u64, flags: u32) -> Vec<u8> {
    let mut bytes = vec![0; 512];
    put(&mut bytes, 0, b"KDMV");
    put(&mut bytes, 4, &3u32.to_le_bytes());
    put(&mut bytes, 8, &flags.to_le_bytes());
    put(&mut bytes, 12, &u64_of(sectors).to_le_bytes());
    put(&mut bytes, 20, &u64_of(GRAIN / 512).to_le_bytes());
    put(&mut bytes, 28, &u64::from(descriptor_sectors != 0).to_le_bytes());
    put(&mut bytes, 36, &u64_of(descriptor_sectors).to_le_bytes());
    put(&mut bytes, 44, &u32_of(ENTRIES).to_le_bytes());
    put(&mut bytes, 56, &directory.to_le_bytes());
    put(&mut bytes, 73, b"\n \r\n");
    put(&mut bytes, 77, &u16::from(flags & 0x1_0000 != 0).to_le_bytes());
    bytes
}

/// A grain of a sparse extent.
#[derive(Clone)]
pub enum Grain {
    Absent,
    Zeros,
    Data(Vec<u8>),
}

pub fn grains(content: &[u8]) -> Vec<Grain> {
    let used = |grain: &&[u8]| grain.iter().any(|byte| *byte != 0);
    content
        .chunks(GRAIN)
        .map(|grain| Some(grain).filter(used).map_or(Grain::Absent, |grain| Grain::Data(grain.to_vec())))
        .collect()
}

/// Puts tables and a directory at the end of the file; gives the directory's sector.
fn put_tables(file: &mut Vec<u8>, entries: &[u32], per_table: usize) -> u64 {
    let mut directory = Vec::new();
    for table in entries.chunks(per_table) {
        file.resize(file.len().next_multiple_of(512), 0);
        let is_used = table.iter().any(|entry| *entry != 0);
        directory.push(if is_used { u32_of(file.len() / 512) } else { 0 });
        let bytes: Vec<u8> = table.iter().flat_map(|entry| entry.to_le_bytes()).collect();
        let at = file.len();
        put(file, at, &bytes);
        file.resize(at + (per_table * 4).next_multiple_of(512), 0);
    }
    file.resize(file.len().next_multiple_of(512), 0);
    let sector = u64_of(file.len() / 512);
    file.extend(directory.iter().flat_map(|entry| entry.to_le_bytes()));
    file.resize(file.len().next_multiple_of(512), 0);
    sector
}

/// A sparse extent; with a descriptor inside if the text is not empty.
pub fn sparse(size: usize, grains: &[Grain], descriptor: &str) -> Vec<u8> {
    let descriptor_sectors = descriptor.len().div_ceil(512);
    // No grain lies in sector 1: its entry would say that it is zeros.
    let mut file = vec![0; 512 * (2 + descriptor_sectors)];
    put(&mut file, 512, descriptor.as_bytes());
    let mut entries = Vec::new();
    for grain in grains {
        entries.push(match grain {
            Grain::Absent => 0,
            Grain::Zeros => 1,
            Grain::Data(data) => {
                let at = file.len();
                put(&mut file, at, data);
                file.resize(at + GRAIN, 0);
                u32_of(at / 512)
            }
        });
    }
    let directory = put_tables(&mut file, &entries, ENTRIES);
    put(&mut file, 0, &header(size / 512, descriptor_sectors, directory, 1 | 4));
    file
}

/// A stream-optimized extent, whose header at the end knows the grain directory.
pub fn stream(size: usize, grains: &[Grain], descriptor: &str) -> Vec<u8> {
    let descriptor_sectors = descriptor.len().div_ceil(512);
    let flags = 1 | 0x3_0000;
    let mut file = header(size / 512, descriptor_sectors, u64::MAX, flags);
    put(&mut file, 512, descriptor.as_bytes());
    file.resize(512 * (1 + descriptor_sectors), 0);
    let mut entries = Vec::new();
    for (index, grain) in grains.iter().enumerate() {
        let Grain::Data(data) = grain else {
            entries.push(0);
            continue;
        };
        let at = file.len();
        let packed = zlib(data);
        entries.push(u32_of(at / 512));
        put(&mut file, at, &u64_of(index * GRAIN / 512).to_le_bytes());
        put(&mut file, at + 8, &u32_of(packed.len()).to_le_bytes());
        put(&mut file, at + 12, &packed);
        file.resize(file.len().next_multiple_of(512), 0);
    }
    let directory = put_tables(&mut file, &entries, ENTRIES);
    let mut marker = vec![0; 512];
    put(&mut marker, 0, &1u64.to_le_bytes());
    put(&mut marker, 12, &3u32.to_le_bytes());
    file.extend(marker);
    file.extend(header(size / 512, descriptor_sectors, directory, flags));
    file.extend([0; 512]);
    file
}

/// An ESX server sparse extent. Its tables have 4096 entries.
pub fn cowd(size: usize, grains: &[Grain]) -> Vec<u8> {
    let mut file = vec![0; 2048];
    let mut entries = Vec::new();
    for grain in grains {
        let Grain::Data(data) = grain else {
            entries.push(0);
            continue;
        };
        let at = file.len();
        put(&mut file, at, data);
        file.resize(at + GRAIN, 0);
        entries.push(u32_of(at / 512));
    }
    let directory = put_tables(&mut file, &entries, 4096);
    put(&mut file, 0, b"COWD");
    put(&mut file, 4, &1u32.to_le_bytes());
    put(&mut file, 8, &3u32.to_le_bytes());
    put(&mut file, 12, &u32_of(size / 512).to_le_bytes());
    put(&mut file, 16, &u32_of(GRAIN / 512).to_le_bytes());
    put(&mut file, 20, &u32::try_from(directory).unwrap().to_le_bytes());
    put(&mut file, 24, &1u32.to_le_bytes());
    file
}
