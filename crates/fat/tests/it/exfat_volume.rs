//! exFAT volumes made by hand: sectors of 512 bytes, clusters of 1024, one table.
//!
//! | cluster | what |
//! |---|---|
//! | 2 | allocation bitmap |
//! | 3 | up-case table |
//! | 4, 9 | root folder |
//! | 10, 11, 12, 20, 15, 5 | `SOFTWARE` |
//! | 30 to 33 | `System Profile.dat` in one piece, of which 2500 bytes were written |
//! | 40, 41 | `Sicherung`, a folder in one piece, with 20 files |
//! | 42 | the content of one of them |

use crate::fat_volume::{pattern, put};

pub const SECTOR: usize = 512;
pub const CLUSTER: usize = 1024;
pub const CLUSTERS: u32 = 200;
pub const TABLE: usize = 24 * SECTOR;
pub const HEAP: usize = 32 * SECTOR;

pub const FRAGMENTS: [u32; 6] = [10, 11, 12, 20, 15, 5];
pub const SOFTWARE_LEN: usize = 5 * CLUSTER + 100;
pub const PROFILE_LEN: usize = 3 * CLUSTER + 700;
pub const PROFILE_VALID: usize = 2500;

pub struct ExfatVolume {
    pub bytes: Vec<u8>,
}

fn upper(unit: u16) -> u16 {
    if (0x61..0x7B).contains(&unit) { unit - 0x20 } else { unit }
}

/// The up-case table in its packed form: only the letters of ASCII differ from themselves.
fn up_case() -> Vec<u8> {
    let mut units = vec![0xFFFF, 0x61];
    units.extend((0x61..0x7B).map(upper));
    units.extend([0xFFFF, 0xFF85]);
    units.into_iter().flat_map(u16::to_le_bytes).collect()
}

fn checksum32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0u32, |sum, byte| sum.rotate_right(1).wrapping_add(u32::from(*byte)))
}

/// Makes the checksum of a set of entries right.
pub fn seal(set: &mut [u8]) {
    put(set, 2, &[0, 0]);
    let counted = set.iter().enumerate().filter(|(at, _)| !matches!(at, 2 | 3));
    let sum = counted.fold(0u16, |sum, (_, byte)| sum.rotate_right(1).wrapping_add(u16::from(*byte)));
    put(set, 2, &sum.to_le_bytes());
}

/// A set of entries. `flags`: 1 a chain, 3 in one piece.
pub fn set(name: &str, attributes: u8, flags: u8, cluster: u32, valid: usize, len: usize) -> Vec<u8> {
    let units: Vec<u16> = name.encode_utf16().collect();
    let upper: Vec<u8> = units.iter().flat_map(|unit| upper(*unit).to_le_bytes()).collect();
    let hash = upper.iter().fold(0u16, |sum, byte| sum.rotate_right(1).wrapping_add(u16::from(*byte)));
    let mut bytes = vec![0u8; 64];
    put(&mut bytes, 0, &[0x85, u8::try_from(1 + units.len().div_ceil(15)).unwrap(), 0, 0, attributes]);
    // 1 January 1980.
    for at in [8, 12, 16] {
        put(&mut bytes, at, &[0, 0, 0x21, 0]);
    }
    put(&mut bytes, 32, &[0xC0, flags, 0, u8::try_from(units.len()).unwrap()]);
    put(&mut bytes, 36, &hash.to_le_bytes());
    put(&mut bytes, 40, &u64::try_from(valid).unwrap().to_le_bytes());
    put(&mut bytes, 52, &cluster.to_le_bytes());
    put(&mut bytes, 56, &u64::try_from(len).unwrap().to_le_bytes());
    for part in units.chunks(15) {
        let mut entry = vec![0xC1, 0];
        entry.extend(part.iter().flat_map(|unit| unit.to_le_bytes()));
        entry.resize(32, 0);
        bytes.extend(entry);
    }
    seal(&mut bytes);
    bytes
}

/// An entry of the root folder about the volume itself.
fn about(kind: u8, checksum: u32, cluster: u32, len: usize) -> Vec<u8> {
    let mut bytes = vec![0u8; 32];
    bytes[0] = kind;
    put(&mut bytes, 4, &checksum.to_le_bytes());
    put(&mut bytes, 20, &cluster.to_le_bytes());
    put(&mut bytes, 24, &u64::try_from(len).unwrap().to_le_bytes());
    bytes
}

impl ExfatVolume {
    fn empty() -> Self {
        let mut bytes = vec![0u8; HEAP + CLUSTER * usize::try_from(CLUSTERS).unwrap()];
        let sectors = u64::try_from(bytes.len() / SECTOR).unwrap();
        put(&mut bytes, 0, b"\xEB\x76\x90EXFAT   ");
        put(&mut bytes, 72, &sectors.to_le_bytes());
        for (at, value) in [(80, 24u32), (84, 8), (88, 32), (92, CLUSTERS), (96, 4), (100, 0x1234_5678)] {
            put(&mut bytes, at, &value.to_le_bytes());
        }
        put(&mut bytes, 104, &[0, 1, 0, 0, 9, 1, 1, 0x80, 0xFF]);
        put(&mut bytes, 510, &[0x55, 0xAA]);
        for sector in 1..9 {
            put(&mut bytes, (sector + 1) * SECTOR - 2, &[0x55, 0xAA]);
        }
        let mut volume = Self { bytes };
        volume.seal_boot();
        volume.set_link(0, 0xFFFF_FFF8);
        volume.set_link(1, 0xFFFF_FFFF);
        volume
    }

    /// Makes the checksum of the boot sectors right, and their copy.
    pub fn seal_boot(&mut self) {
        let counted = self.bytes[..11 * SECTOR].iter().enumerate().filter(|(at, _)| !matches!(at, 106 | 107 | 112));
        let sum = counted.fold(0u32, |sum, (_, byte)| sum.rotate_right(1).wrapping_add(u32::from(*byte)));
        let sector = sum.to_le_bytes().repeat(SECTOR / 4);
        put(&mut self.bytes, 11 * SECTOR, &sector);
        self.bytes.copy_within(..12 * SECTOR, 12 * SECTOR);
    }

    pub fn cluster(number: u32) -> usize {
        HEAP + CLUSTER * (usize::try_from(number).unwrap() - 2)
    }

    pub fn set_link(&mut self, cluster: u32, value: u32) {
        put(&mut self.bytes, TABLE + 4 * usize::try_from(cluster).unwrap(), &value.to_le_bytes());
    }

    pub fn chain(&mut self, clusters: &[u32]) {
        for (at, &cluster) in clusters.iter().enumerate() {
            self.set_link(cluster, clusters.get(at + 1).copied().unwrap_or(0xFFFF_FFFF));
        }
    }

    fn take(&mut self, cluster: u32) {
        let bit = usize::try_from(cluster - 2).unwrap();
        self.bytes[Self::cluster(2) + bit / 8] |= 1 << (bit % 8);
    }

    fn content(&mut self, clusters: &[u32], content: &[u8]) {
        for (&cluster, part) in clusters.iter().zip(content.chunks(CLUSTER)) {
            put(&mut self.bytes, Self::cluster(cluster), part);
        }
        clusters.iter().for_each(|cluster| self.take(*cluster));
    }

    /// Where a byte of the root folder lies.
    fn root(at: usize) -> usize {
        Self::cluster([4, 9][at / CLUSTER]) + at % CLUSTER
    }

    /// Where the bytes of an entry set in the root folder lie.
    fn set(&self, name: &str) -> Vec<usize> {
        let units: Vec<u8> = name.encode_utf16().take(15).flat_map(u16::to_le_bytes).collect();
        let byte = |at: usize| self.bytes[Self::root(at)];
        let is_set = |at: &usize| byte(*at) == 0x85 && (0..units.len()).all(|unit| byte(at + 66 + unit) == units[unit]);
        let start = (0..2 * CLUSTER - 96).step_by(32).find(is_set).expect(name);
        (start..start + 32 * (1 + usize::from(byte(start + 1)))).map(Self::root).collect()
    }

    /// Where an entry set in the root folder starts.
    pub fn find(&self, name: &str) -> usize {
        self.set(name)[0]
    }

    /// Changes an entry set of the root folder, and makes its checksum right.
    pub fn change(&mut self, name: &str, at: usize, what: &[u8]) {
        let places = self.set(name);
        let mut set: Vec<u8> = places.iter().map(|place| self.bytes[*place]).collect();
        put(&mut set, at, what);
        seal(&mut set);
        places.iter().zip(set).for_each(|(place, byte)| self.bytes[*place] = byte);
    }

    /// A volume with one of everything.
    pub fn sample() -> Self {
        let mut volume = Self::empty();
        volume.content(&[2], &[]);
        volume.chain(&[2]);
        volume.content(&[3], &up_case());
        volume.chain(&[3]);
        volume.content(&FRAGMENTS, &pattern(1, SOFTWARE_LEN));
        volume.chain(&FRAGMENTS);
        volume.content(&[30, 31, 32, 33], &pattern(2, 4 * CLUSTER));
        volume.content(&[42], b"user");
        volume.chain(&[42]);

        let mut folder = Vec::new();
        for number in 0..20 {
            let (cluster, len) = if number == 19 { (42, 4) } else { (0, 0) };
            folder.extend(set(&format!("{number}.dat"), 0x20, 1, cluster, len, len));
        }
        assert!(folder.len() > CLUSTER);
        volume.content(&[40, 41], &folder);

        let mut label = vec![0x83, 3];
        label.extend("Sic".encode_utf16().flat_map(u16::to_le_bytes));
        label.resize(32, 0);
        let mut deleted = set("deleted.txt", 0x20, 1, 10, 9, 9);
        deleted.chunks_mut(32).for_each(|entry| entry[0] &= 0x7F);
        let mut root = [
            label,
            about(0x81, 0, 2, usize::try_from(CLUSTERS).unwrap().div_ceil(8)),
            about(0x82, checksum32(&up_case()), 3, up_case().len()),
            set("SOFTWARE", 0x20, 1, FRAGMENTS[0], SOFTWARE_LEN, SOFTWARE_LEN),
            deleted.clone(),
            set("System Profile.dat", 0x20, 3, 30, PROFILE_VALID, PROFILE_LEN),
        ]
        .concat();
        while root.len() < CLUSTER - 64 {
            root.extend(&deleted[..32]);
        }
        // This set lies in both clusters of the root.
        root.extend(set("Sicherung vom 31. Dezember", 0x10, 3, 40, 2 * CLUSTER, 2 * CLUSTER));
        root.extend(set("leer", 0x20, 1, 0, 0, 0));
        volume.content(&[4, 9], &root);
        volume.chain(&[4, 9]);
        volume
    }
}
