//! Blobs, tables and surroundings for the other tests.

use std::num::NonZeroUsize;

use hivekey_carve::{Carved, Carver, Control, HitKind, Options};
use hivekey_dpid::{AsciiField, Dpid3Fields, Dpid4Fields, KeyField, ProductKey, WideField};

/// Microsoft publishes this one for Windows Server 2019 Standard.
pub const KEY: &str = "N69G4-B89J2-4G8F4-WWYCC-J464C";

/// A version 3 blob; those of different numbers differ.
pub fn v3(number: u32) -> Vec<u8> {
    let fields = Dpid3Fields {
        product_id: AsciiField::new("00429-70000-00000-AA123").unwrap(),
        group_id: 4297,
        part_number: AsciiField::new("[RS5]X21-83736").unwrap(),
        key: ProductKey::parse(KEY).unwrap().encode(),
        time: 1_600_000_000,
        random: number,
        license_type: 3,
        ..Dpid3Fields::default()
    };
    fields.encode().to_vec()
}

/// The same with its key erased, as Windows leaves it of a MAK.
pub fn v3_erased() -> Vec<u8> {
    let fields = Dpid3Fields {
        product_id: AsciiField::new("00429-80000-00000-AA123").unwrap(),
        group_id: 4298,
        key: KeyField::ERASED,
        license_type: 3,
        ..Dpid3Fields::default()
    };
    fields.encode().to_vec()
}

/// A version 4 blob; those of different numbers differ.
pub fn v4(number: u32) -> Vec<u8> {
    let fields = Dpid4Fields {
        advanced_pid: WideField::new(&format!("03612-04297-000-{:06}-03-1033-17763.0000-0272019", number % 1_000_000))
            .unwrap(),
        activation_id: WideField::new("de32eafd-aaee-4662-9444-c1befb41bde2").unwrap(),
        edition_type: WideField::new("ServerStandard").unwrap(),
        key: ProductKey::parse(KEY).unwrap().encode(),
        part_number: WideField::new("[RS5]X21-83736").unwrap(),
        key_type: WideField::new("Volume:GVLK").unwrap(),
        eula: WideField::new("Volume").unwrap(),
        ..Dpid4Fields::default()
    };
    fields.encode().to_vec()
}

/// An MSDM table with a published key.
pub fn msdm() -> Vec<u8> {
    let mut table = b"MSDM\x55\0\0\0\x03\0HIVEKYTESTTABL".to_vec();
    table.resize(36, 1);
    for number in [1_u32, 0, 1, 0, 29] {
        table.extend(number.to_le_bytes());
    }
    table.extend(KEY.as_bytes());
    let sum = table.iter().fold(0_u8, |sum, &b| sum.wrapping_add(b));
    table[9] = 0_u8.wrapping_sub(sum);
    assert_eq!(table.len(), 85);
    table
}

/// The base block of a hive with so many bytes of bins.
pub fn base_block(bins_size: u32) -> Vec<u8> {
    let mut block = vec![0; 4096];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"regf");
    put(4, &7_u32.to_le_bytes());
    put(8, &7_u32.to_le_bytes());
    put(12, &132_500_000_000_000_000_u64.to_le_bytes());
    put(20, &1_u32.to_le_bytes());
    put(24, &5_u32.to_le_bytes());
    put(32, &1_u32.to_le_bytes());
    put(36, &32_u32.to_le_bytes());
    put(40, &bins_size.to_le_bytes());
    for (index, unit) in "\\config\\SOFTWARE".encode_utf16().enumerate() {
        put(48 + 2 * index, &unit.to_le_bytes());
    }
    close_base_block(&mut block);
    block
}

/// Writes the checksum.
pub fn close_base_block(block: &mut [u8]) {
    let numbers = block[..508].chunks_exact(4);
    let sum = numbers.fold(0, |sum, n| sum ^ u32::from_le_bytes(n.try_into().unwrap()));
    let sum = match sum {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        sum => sum,
    };
    block[508..512].copy_from_slice(&sum.to_le_bytes());
}

/// A hive bin with one free cell.
pub fn bin(place: u32, size: u32) -> Vec<u8> {
    let mut bin = vec![0; usize::try_from(size).unwrap()];
    bin[..4].copy_from_slice(b"hbin");
    bin[4..8].copy_from_slice(&place.to_le_bytes());
    bin[8..12].copy_from_slice(&size.to_le_bytes());
    bin[32..36].copy_from_slice(&(size - 32).to_le_bytes());
    bin
}

/// Bytes that look like nothing, the same for the same seed.
pub fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// A length as an offset.
pub fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap()
}

pub fn plant(bytes: &mut [u8], at: usize, what: &[u8]) {
    bytes[at..at + what.len()].copy_from_slice(what);
}

/// Small windows, so that small sources have many borders.
pub fn options(window: usize, threads: usize) -> Options {
    Options { window, threads: NonZeroUsize::new(threads).unwrap(), ..Options::default() }
}

pub fn sweep(bytes: &[u8], options: Options) -> Carved {
    Carver::new(options).sweep(bytes, &Control::default())
}

/// Offsets and kinds of all hits.
pub fn places(carved: &Carved) -> Vec<(u64, HitKind)> {
    let hits = carved.hits.iter();
    hits.map(|hit| (hit.offset, hit.kind)).collect()
}
