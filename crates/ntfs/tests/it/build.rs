//! Structures of NTFS made by hand, as a writer would lay them out.

pub const CLUSTER: usize = 512;
pub const RECORD: usize = 1024;
pub const BLOCK: usize = 1024;

pub const ATTRIBUTE_LIST: u32 = 0x20;
pub const FILE_NAME: u32 = 0x30;
pub const VOLUME_NAME: u32 = 0x60;
pub const DATA: u32 = 0x80;
pub const INDEX_ROOT: u32 = 0x90;
pub const INDEX_ALLOCATION: u32 = 0xA0;
pub const BITMAP: u32 = 0xB0;
pub const REPARSE_POINT: u32 = 0xC0;

pub const IN_USE: u16 = 1;
pub const DIRECTORY: u16 = 2;
pub const DOS: u8 = 2;
pub const WINDOWS: u8 = 1;

pub fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    bytes[at..at + what.len()].copy_from_slice(what);
}

fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

fn len32(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap().to_le_bytes()
}

fn len16(bytes: &[u8]) -> [u8; 2] {
    u16::try_from(bytes.len()).unwrap().to_le_bytes()
}

pub fn reference(record: u64, sequence: u16) -> u64 {
    record | u64::from(sequence) << 48
}

/// An attribute in its record.
pub fn resident(kind: u32, name: &str, value: &[u8]) -> Vec<u8> {
    let name = utf16(name);
    let mut bytes = vec![0u8; 24];
    put(&mut bytes, 0, &kind.to_le_bytes());
    bytes[9] = u8::try_from(name.len() / 2).unwrap();
    bytes[10] = 24;
    put(&mut bytes, 16, &len32(value));
    bytes.extend(&name);
    let mut bytes = padded(bytes);
    let at = len16(&bytes);
    put(&mut bytes, 20, &at);
    bytes.extend(value);
    let mut bytes = padded(bytes);
    let len = len32(&bytes);
    put(&mut bytes, 4, &len);
    bytes
}

/// A run: clusters, and the first one on the volume or a hole.
pub type Run = (u64, Option<i64>);

pub fn pairs(runs: &[Run]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut last = 0i64;
    for &(count, lcn) in runs {
        match lcn {
            None => {
                bytes.push(0x08);
                bytes.extend(count.to_le_bytes());
            }
            Some(lcn) => {
                bytes.push(0x48);
                bytes.extend(count.to_le_bytes());
                bytes.extend(i32::try_from(lcn - last).unwrap().to_le_bytes());
                last = lcn;
            }
        }
    }
    bytes.push(0);
    bytes
}

/// An attribute in clusters.
pub struct Mapped<'a> {
    pub kind: u32,
    pub name: &'a str,
    pub flags: u16,
    pub unit: u8,
    pub first: u64,
    pub runs: &'a [Run],
    pub size: u64,
}

impl Mapped<'_> {
    pub fn bytes(&self) -> Vec<u8> {
        let name = utf16(self.name);
        let clusters: u64 = self.runs.iter().map(|(count, _)| count).sum();
        let mut bytes = vec![0u8; 64];
        put(&mut bytes, 0, &self.kind.to_le_bytes());
        bytes[8] = 1;
        bytes[9] = u8::try_from(name.len() / 2).unwrap();
        bytes[10] = 64;
        put(&mut bytes, 12, &self.flags.to_le_bytes());
        put(&mut bytes, 16, &self.first.to_le_bytes());
        put(&mut bytes, 24, &(self.first + clusters).wrapping_sub(1).to_le_bytes());
        bytes[34] = self.unit;
        for at in [40, 48, 56] {
            put(&mut bytes, at, &self.size.to_le_bytes());
        }
        bytes.extend(&name);
        let mut bytes = padded(bytes);
        let at = len16(&bytes);
        put(&mut bytes, 32, &at);
        bytes.extend(pairs(self.runs));
        let mut bytes = padded(bytes);
        let len = len32(&bytes);
        put(&mut bytes, 4, &len);
        bytes
    }
}

/// The content of a file in clusters.
pub fn data(runs: &[Run], size: u64) -> Vec<u8> {
    Mapped { kind: DATA, name: "", flags: 0, unit: 0, first: 0, runs, size }.bytes()
}

/// The value of a `$FILE_NAME`.
pub fn file_name(parent: u64, name: &str, space: u8, flags: u32, tag: u32) -> Vec<u8> {
    let mut bytes = vec![0u8; 66];
    put(&mut bytes, 0, &parent.to_le_bytes());
    put(&mut bytes, 56, &flags.to_le_bytes());
    put(&mut bytes, 60, &tag.to_le_bytes());
    bytes[64] = u8::try_from(name.encode_utf16().count()).unwrap();
    bytes[65] = space;
    bytes.extend(utf16(name));
    bytes
}

/// An entry of an index; without a name it is the last one.
pub fn index_entry(file: u64, name: Option<&[u8]>, below: Option<u64>) -> Vec<u8> {
    let mut bytes = vec![0u8; 16];
    put(&mut bytes, 0, &file.to_le_bytes());
    let flags = u16::from(below.is_some()) | if name.is_none() { 2 } else { 0 };
    put(&mut bytes, 12, &flags.to_le_bytes());
    if let Some(name) = name {
        put(&mut bytes, 10, &len16(name));
        bytes.extend(name);
    }
    let mut bytes = padded(bytes);
    if let Some(below) = below {
        bytes.extend(below.to_le_bytes());
    }
    let len = len16(&bytes);
    put(&mut bytes, 8, &len);
    bytes
}

fn node_header(first: usize, entries: usize) -> [u8; 16] {
    let mut header = [0u8; 16];
    let first = u32::try_from(first).unwrap();
    let used = first + u32::try_from(entries).unwrap();
    header[..4].copy_from_slice(&first.to_le_bytes());
    header[4..8].copy_from_slice(&used.to_le_bytes());
    header[8..12].copy_from_slice(&used.to_le_bytes());
    header
}

/// The attribute `$INDEX_ROOT`.
pub fn index_root(entries: &[Vec<u8>]) -> Vec<u8> {
    let entries = entries.concat();
    let mut value = vec![0u8; 16];
    value[0] = 0x30;
    value[4] = 1;
    put(&mut value, 8, &u32::try_from(BLOCK).unwrap().to_le_bytes());
    value[12] = 2;
    value.extend(node_header(16, entries.len()));
    value.extend(entries);
    resident(INDEX_ROOT, "$I30", &value)
}

/// A block of `$INDEX_ALLOCATION`.
pub fn index_block(own: u64, entries: &[Vec<u8>]) -> Vec<u8> {
    let entries = entries.concat();
    let mut bytes = vec![0u8; BLOCK];
    put(&mut bytes, 0, b"INDX");
    put(&mut bytes, 4, &[0x28, 0, 3, 0]);
    put(&mut bytes, 16, &own.to_le_bytes());
    put(&mut bytes, 24, &node_header(0x28, entries.len()));
    put(&mut bytes, 64, &entries);
    fix_up(&mut bytes, 0x28);
    bytes
}

/// A record of the Master File Table.
pub fn record(number: u32, sequence: u16, flags: u16, base: u64, attributes: &[Vec<u8>]) -> Vec<u8> {
    let attributes = attributes.concat();
    let mut bytes = vec![0u8; RECORD];
    put(&mut bytes, 0, b"FILE");
    put(&mut bytes, 4, &[0x30, 0, 3, 0]);
    put(&mut bytes, 16, &sequence.to_le_bytes());
    put(&mut bytes, 18, &[1, 0, 0x38, 0]);
    put(&mut bytes, 22, &flags.to_le_bytes());
    put(&mut bytes, 24, &u32::try_from(0x38 + attributes.len() + 8).unwrap().to_le_bytes());
    put(&mut bytes, 28, &u32::try_from(RECORD).unwrap().to_le_bytes());
    put(&mut bytes, 32, &base.to_le_bytes());
    put(&mut bytes, 44, &number.to_le_bytes());
    put(&mut bytes, 0x38, &attributes);
    put(&mut bytes, 0x38 + attributes.len(), &[0xFF; 4]);
    fix_up(&mut bytes, 0x30);
    bytes
}

/// Writes the update sequence number 1 into each 512 bytes and keeps what stood there.
fn fix_up(bytes: &mut [u8], array: usize) {
    put(bytes, array, &[1, 0]);
    for sector in 0..bytes.len() / 512 {
        let end = 512 * (sector + 1) - 2;
        let original = [bytes[end], bytes[end + 1]];
        put(bytes, array + 2 + 2 * sector, &original);
        put(bytes, end, &[1, 0]);
    }
}

/// An entry of `$ATTRIBUTE_LIST`.
pub fn list_entry(kind: u32, first: u64, record: u64) -> Vec<u8> {
    let mut bytes = vec![0u8; 32];
    put(&mut bytes, 0, &kind.to_le_bytes());
    bytes[4] = 32;
    bytes[7] = 26;
    put(&mut bytes, 8, &first.to_le_bytes());
    put(&mut bytes, 16, &record.to_le_bytes());
    bytes
}

/// A boot sector.
pub fn boot_sector(clusters: u64, mft: u64, mirror: u64) -> Vec<u8> {
    let mut bytes = vec![0u8; 512];
    put(&mut bytes, 3, b"NTFS    ");
    put(&mut bytes, 11, &[0, 2, 1]);
    put(&mut bytes, 40, &(clusters - 1).to_le_bytes());
    put(&mut bytes, 48, &mft.to_le_bytes());
    put(&mut bytes, 56, &mirror.to_le_bytes());
    bytes[64] = 2;
    bytes[68] = 2;
    put(&mut bytes, 510, &[0x55, 0xAA]);
    bytes
}
