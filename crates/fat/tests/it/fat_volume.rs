//! Volumes of FAT12, FAT16 and FAT32 made by hand: sectors and clusters of 512 bytes, two tables.

use hivekey_fat::FatKind;

pub const SECTOR: usize = 512;
/// Entries of the root folder of FAT12 and FAT16.
const ROOT_ENTRIES: usize = 64;

pub fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    bytes[at..at + what.len()].copy_from_slice(what);
}

/// Bytes that differ from cluster to cluster.
pub fn pattern(seed: usize, len: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from((at / 7 + at % 251 + seed) % 256).unwrap()).collect()
}

pub fn low16(value: u32) -> u16 {
    u16::try_from(value & 0xFFFF).unwrap()
}

pub struct FatVolume {
    pub bytes: Vec<u8>,
    kind: FatKind,
    table: usize,
    table_len: usize,
    heap: usize,
}

impl FatVolume {
    /// An empty volume.
    pub fn new(kind: FatKind, clusters: u32) -> Self {
        let fat32 = kind == FatKind::Fat32;
        let reserved = if fat32 { 32 } else { 1 };
        let count = usize::try_from(clusters).unwrap() + 2;
        let table_len = match kind {
            FatKind::Fat12 => (count * 3).div_ceil(2),
            FatKind::Fat16 => count * 2,
            _ => count * 4,
        }
        .next_multiple_of(SECTOR);
        let root_len = if fat32 { 0 } else { ROOT_ENTRIES * 32 };
        let heap = reserved * SECTOR + 2 * table_len + root_len;
        let mut bytes = vec![0u8; heap + SECTOR * usize::try_from(clusters).unwrap()];
        let sectors = u32::try_from(bytes.len() / SECTOR).unwrap();
        put(&mut bytes, 0, &[0xEB, 0x3C, 0x90]);
        put(&mut bytes, 3, b"HIVEKEY ");
        put(&mut bytes, 11, &[0, 2, 1, u8::try_from(reserved).unwrap(), 0, 2]);
        bytes[21] = 0xF8;
        put(&mut bytes, 32, &sectors.to_le_bytes());
        let table_sectors = u32::try_from(table_len / SECTOR).unwrap();
        if fat32 {
            put(&mut bytes, 36, &table_sectors.to_le_bytes());
            put(&mut bytes, 44, &2u32.to_le_bytes());
            put(&mut bytes, 48, &[1, 0, 6, 0]);
        } else {
            put(&mut bytes, 17, &u16::try_from(ROOT_ENTRIES).unwrap().to_le_bytes());
            put(&mut bytes, 22, &low16(table_sectors).to_le_bytes());
        }
        // The rest of the numbers are a serial number and texts.
        let texts = if fat32 { 66 } else { 38 };
        put(&mut bytes, texts, &[0x29, 1, 2, 3, 4]);
        put(&mut bytes, texts + 5, b"NO NAME    FAT     ");
        put(&mut bytes, 510, &[0x55, 0xAA]);
        let mut volume = Self { bytes, kind, table: reserved * SECTOR, table_len, heap };
        volume.set_link(0, 0x0FFF_FFF8);
        volume.set_link(1, 0x0FFF_FFFF);
        if fat32 {
            put(&mut volume.bytes, SECTOR, b"RRaA");
            put(&mut volume.bytes, SECTOR + 484, b"rrAa\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
            put(&mut volume.bytes, SECTOR + 510, &[0x55, 0xAA]);
            volume.bytes.copy_within(..2 * SECTOR, 6 * SECTOR);
            volume.set_link(2, 0x0FFF_FFFF);
        }
        volume
    }

    /// Where a byte of the root folder lies; only of its first cluster for FAT32.
    pub fn root(&self) -> usize {
        if self.kind == FatKind::Fat32 { self.heap } else { self.heap - ROOT_ENTRIES * 32 }
    }

    pub fn cluster(&self, number: u32) -> usize {
        self.heap + SECTOR * (usize::try_from(number).unwrap() - 2)
    }

    /// Where the first copy of the table starts, and how long it is.
    pub fn table(&self) -> (usize, usize) {
        (self.table, self.table_len)
    }

    /// Writes an entry into one copy of the table, as wide as it is there.
    pub fn set_link_in(&mut self, copy: usize, cluster: u32, value: u32) {
        let table = self.table + copy * self.table_len;
        let cluster_at = usize::try_from(cluster).unwrap();
        match self.kind {
            FatKind::Fat12 => {
                let at = table + cluster_at * 3 / 2;
                let old = u16::from_le_bytes([self.bytes[at], self.bytes[at + 1]]);
                let value = low16(value & 0xFFF);
                let new = if cluster.is_multiple_of(2) { old & 0xF000 | value } else { old & 0x000F | value << 4 };
                put(&mut self.bytes, at, &new.to_le_bytes());
            }
            FatKind::Fat16 => put(&mut self.bytes, table + cluster_at * 2, &low16(value).to_le_bytes()),
            _ => put(&mut self.bytes, table + cluster_at * 4, &value.to_le_bytes()),
        }
    }

    pub fn set_link(&mut self, cluster: u32, value: u32) {
        self.set_link_in(0, cluster, value);
        self.set_link_in(1, cluster, value);
    }

    /// Links clusters to a chain that ends with the last one.
    pub fn chain(&mut self, clusters: &[u32]) {
        for (at, &cluster) in clusters.iter().enumerate() {
            self.set_link(cluster, clusters.get(at + 1).copied().unwrap_or(0x0FFF_FFFF));
        }
    }

    /// Puts content into clusters and links them.
    pub fn content(&mut self, clusters: &[u32], content: &[u8]) {
        self.chain(clusters);
        for (&cluster, part) in clusters.iter().zip(content.chunks(SECTOR)) {
            let at = self.cluster(cluster);
            put(&mut self.bytes, at, part);
        }
    }
}

/// The entry of a file or folder.
pub fn short(name: &[u8; 11], attributes: u8, case: u8, cluster: u32, size: u32) -> Vec<u8> {
    let mut entry = vec![0u8; 32];
    put(&mut entry, 0, name);
    put(&mut entry, 11, &[attributes, case]);
    // 1 January 1980.
    for at in [16, 18, 24] {
        put(&mut entry, at, &[0x21, 0]);
    }
    put(&mut entry, 20, &low16(cluster >> 16).to_le_bytes());
    put(&mut entry, 26, &low16(cluster).to_le_bytes());
    put(&mut entry, 28, &size.to_le_bytes());
    entry
}

fn checksum(name: &[u8; 11]) -> u8 {
    name.iter().fold(0u8, |sum, byte| sum.rotate_right(1).wrapping_add(*byte))
}

/// The entries of a long name that belongs to a short one.
pub fn long(name: &str, short: &[u8; 11]) -> Vec<u8> {
    let mut units: Vec<u16> = name.encode_utf16().collect();
    if !units.len().is_multiple_of(13) {
        units.push(0);
        units.resize(units.len().next_multiple_of(13), 0xFFFF);
    }
    let last = units.len() / 13;
    let parts = units.chunks(13).enumerate().map(|(at, part)| {
        let units: Vec<u8> = part.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let order = u8::try_from(at + 1).unwrap() | if at + 1 == last { 0x40 } else { 0 };
        let mut entry = vec![order];
        entry.extend(&units[..10]);
        entry.extend([0x0F, 0, checksum(short)]);
        entry.extend(&units[10..22]);
        entry.extend([0, 0]);
        entry.extend(&units[22..]);
        entry
    });
    parts.rev().flatten().collect()
}

/// The clusters of `SOFTWARE` in [`sample`]: forwards, in one piece, backwards.
pub const FRAGMENTS: [u32; 7] = [10, 11, 12, 20, 15, 16, 5];
pub const SOFTWARE_LEN: usize = 6 * SECTOR + 100;
pub const FOLDER: &str = "Sicherung vom Montag, größer";

/// A volume with one of everything.
pub fn sample(kind: FatKind) -> FatVolume {
    let clusters = if kind == FatKind::Fat16 { 4100 } else { 80 };
    let mut volume = FatVolume::new(kind, clusters);
    volume.content(&FRAGMENTS, &pattern(1, SOFTWARE_LEN));
    volume.content(&[30], b"user");
    let parent = short(b"..         ", 0x10, 0, 0, 0);
    let folder = [
        short(b".          ", 0x10, 0, 7, 0),
        parent,
        short(b"NTUSER  DAT", 0x20, 0x18, 30, 4),
        short(b"\xE5LD     DAT", 0x20, 0, 30, 4),
    ];
    // The folder goes on in a second cluster behind deleted entries.
    let mut folder = folder.concat();
    while folder.len() < SECTOR {
        folder.extend(short(b"\xE5ONE       ", 0x20, 0, 0, 0));
    }
    folder.extend(short(b"LAST       ", 0x20, 0, 0, 0));
    volume.content(&[7, 6], &folder);
    let root = [
        short(b"BACKUPS    ", 0x08, 0, 0, 0),
        long("orphan.txt", b"ORPHAN~1TXT"),
        short(b"SOFTWARE   ", 0x20, 0, FRAGMENTS[0], u32::try_from(SOFTWARE_LEN).unwrap()),
        long("deleted.txt", b"\xE5ELETE~1TXT"),
        short(b"\xE5ELETE~1TXT", 0x20, 0, 0, 0),
        long(FOLDER, b"SICHER~1   "),
        short(b"SICHER~1   ", 0x10, 0, 7, 0),
        short(b"\x9ABER    TXT", 0x20, 0x08, 0, 0),
    ]
    .concat();
    let at = volume.root();
    put(&mut volume.bytes, at, &root);
    volume
}
