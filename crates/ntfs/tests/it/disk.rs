//! Disks made by hand.

/// An entry of a master boot record.
pub fn mbr_entry(disk: &mut [u8], record: usize, slot: usize, kind: u8, start: u32, count: u32) {
    let at = record + 446 + 16 * slot;
    disk[at + 4] = kind;
    disk[at + 8..at + 12].copy_from_slice(&start.to_le_bytes());
    disk[at + 12..at + 16].copy_from_slice(&count.to_le_bytes());
    disk[record + 510..record + 512].copy_from_slice(&[0x55, 0xAA]);
}

/// The name of NTFS in a boot sector, which is what a volume is known by.
pub fn ntfs_mark(disk: &mut [u8], at: usize) {
    disk[at + 3..at + 11].copy_from_slice(b"NTFS    ");
}

/// A boot sector of NTFS: clusters of 4096 bytes, the Master File Table in cluster 2 and its mirror in cluster 3.
pub fn ntfs_boot(disk: &mut [u8], at: usize, sectors: usize) {
    ntfs_mark(disk, at);
    disk[at + 11..at + 14].copy_from_slice(&[0, 2, 8]);
    disk[at + 40..at + 48].copy_from_slice(&u64::try_from(sectors).unwrap().to_le_bytes());
    disk[at + 48] = 2;
    disk[at + 56] = 3;
    disk[at + 64] = 0xF6;
    disk[at + 68] = 1;
    disk[at + 510..at + 512].copy_from_slice(&[0x55, 0xAA]);
}

pub const BASIC_DATA: [u8; 16] =
    [0xA2, 0xA0, 0xD0, 0xEB, 0xE5, 0xB9, 0x33, 0x44, 0x87, 0xC0, 0x68, 0xB6, 0xB7, 0x26, 0x99, 0xC7];

/// A GUID partition table with both copies and a protective master boot record.
pub struct Gpt {
    pub sector: usize,
    pub disk: Vec<u8>,
}

impl Gpt {
    /// `partitions` are first and last sector.
    pub fn new(sector: usize, sectors: usize, partitions: &[(u64, u64)]) -> Self {
        let mut disk = vec![0u8; sector * sectors];
        mbr_entry(&mut disk, 0, 0, 0xEE, 1, u32::MAX);
        let mut entries = vec![0u8; 128 * 128];
        for (slot, (first, last)) in partitions.iter().enumerate() {
            let at = 128 * slot;
            entries[at..at + 16].copy_from_slice(&BASIC_DATA);
            entries[at + 16] = u8::try_from(slot).unwrap() + 1;
            entries[at + 32..at + 40].copy_from_slice(&first.to_le_bytes());
            entries[at + 40..at + 48].copy_from_slice(&last.to_le_bytes());
            entries[at + 56..at + 60].copy_from_slice(&[b'P', 0, b'0' + u8::try_from(slot).unwrap(), 0]);
        }
        let mut gpt = Self { sector, disk };
        let last = sectors - 1;
        let table = entries.len() / sector;
        gpt.put(2 * sector, &entries);
        gpt.put((last - table) * sector, &entries);
        gpt.header(1, last, 2, &entries);
        gpt.header(last, 1, last - table, &entries);
        gpt
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.disk[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn header(&mut self, own: usize, other: usize, table: usize, entries: &[u8]) {
        let mut header = [0u8; 92];
        header[..8].copy_from_slice(b"EFI PART");
        header[8..16].copy_from_slice(&[0, 0, 1, 0, 92, 0, 0, 0]);
        for (at, value) in [(24, own), (32, other), (72, table)] {
            let value = u64::try_from(value).unwrap();
            header[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }
        header[80] = 128;
        header[84] = 128;
        header[88..].copy_from_slice(&crc32fast::hash(entries).to_le_bytes());
        let crc = crc32fast::hash(&header);
        header[16..20].copy_from_slice(&crc.to_le_bytes());
        self.put(own * self.sector, &header);
    }
}
