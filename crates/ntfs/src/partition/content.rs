//! What a volume holds, by the signatures in its first sectors.
//!
//! | offset | bytes | content | source |
//! |---|---|---|---|
//! | 3 | `NTFS    ` | NTFS | boot sector of NTFS |
//! | 3 | `EXFAT   ` | exFAT | Microsoft, exFAT specification 3.1.2 |
//! | 3 | `-FVE-FS-` | BitLocker | libbde, "BitLocker Drive Encryption format" |
//! | 0x1A8 | GUID 4967d63b-2e29-4ad8-8399-f6a339e3d001 | BitLocker To Go (a FAT boot sector in front) | libbde |
//! | 3 | `ReFS` and four zeros | ReFS | libfsrefs |
//! | 0 | `LUKS` BA BE | LUKS | cryptsetup |
//! | 0x200 | `LABELONE` | physical volume of LVM (label in the second sector) | lvm2 |
//! | 0x438 | 53 EF | ext2, ext3, ext4 | Linux |
//! | 0 | `XFSB` | XFS | Linux |
//! | 0x10040 | `_BHRfS_M` | btrfs | Linux |
//! | 0x20 | `NXSB` | APFS | Apple File System Reference |
//! | 0x400 | `H+`, `HX` | HFS+ | Apple TN1150 |
//! | 0xFF6 | `SWAPSPACE2` | Linux swap | Linux |
//! | 3 | `MSWIN`, `MSDOS`, `mkfs.fat` … | FAT, if the numbers of its boot sector fit | Microsoft, FAT specification |

use hivekey_read_at::ReadAt;

use super::PartitionType;
use super::guid::Guid;
use crate::read::array;

/// What a volume holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Content {
    /// A volume that this crate reads.
    Ntfs,
    /// FAT12, FAT16 or FAT32.
    Fat,
    /// exFAT.
    ExFat,
    /// Encrypted by BitLocker.
    BitLocker,
    /// ReFS, the other file system of Windows Server.
    Refs,
    /// A part of a dynamic disk (Logical Disk Manager) that is not itself a plain volume.
    DynamicDisk,
    /// A part of a storage pool (Storage Spaces).
    StorageSpaces,
    /// Reserved by Windows (MSR): holds nothing.
    Reserved,
    /// A physical volume of the Linux Logical Volume Manager.
    Lvm,
    /// Encrypted by LUKS.
    Luks,
    /// A file system of another system, by name.
    Foreign(&'static str),
    /// Nothing that is known.
    Unknown,
}

impl Content {
    /// Whether the signature lies in a boot sector that ends in 55 AA like a master boot record.
    pub(super) const fn is_boot_sector(self) -> bool {
        matches!(self, Self::Ntfs | Self::Fat | Self::ExFat | Self::BitLocker | Self::Refs)
    }

    /// What the type in the partition table says where the bytes say nothing.
    pub(super) fn by_type(kind: PartitionType) -> Self {
        match kind {
            PartitionType::Mbr(0x42) => Self::DynamicDisk,
            PartitionType::Mbr(0x8E) => Self::Lvm,
            PartitionType::Gpt(guid) => {
                TYPES.iter().find(|(known, _)| *known == guid).map_or(Self::Unknown, |&(_, content)| content)
            }
            _ => Self::Unknown,
        }
    }
}

/// Types of a GUID partition table that stand for no file system. Source: Microsoft, `PARTITION_INFORMATION_GPT`; the
/// Discoverable Partitions Specification.
const TYPES: [(Guid, Content); 5] = [
    (Guid::new(0xE3C9_E316, 0x0B5C, 0x4DB8, [0x81, 0x7D, 0xF9, 0x2D, 0xF0, 0x02, 0x15, 0xAE]), Content::Reserved),
    (Guid::new(0x5808_C8AA, 0x7E8F, 0x42E0, [0x85, 0xD2, 0xE1, 0xE9, 0x04, 0x34, 0xCF, 0xB3]), Content::DynamicDisk),
    (Guid::new(0xAF9B_60A0, 0x1431, 0x4F62, [0xBC, 0x68, 0x33, 0x11, 0x71, 0x4A, 0x69, 0xAD]), Content::DynamicDisk),
    (Guid::new(0xE75C_AF8F, 0xF680, 0x4CEE, [0xAF, 0xA3, 0xB0, 0x01, 0xE5, 0x6E, 0xFC, 0x2D]), Content::StorageSpaces),
    (Guid::new(0xE6D6_D379, 0xF507, 0x44C2, [0xA2, 0x3C, 0x23, 0x8F, 0x2A, 0x3D, 0xF9, 0x28]), Content::Lvm),
];

/// BitLocker To Go writes this into a boot sector of FAT.
const TO_GO: Guid = Guid::new(0x4967_D63B, 0x2E29, 0x4AD8, [0x83, 0x99, 0xF6, 0xA3, 0x39, 0xE3, 0xD0, 0x01]);

/// (offset, bytes, content), the first that fits counts.
const SIGNATURES: [(u64, &[u8], Content); 14] = [
    (3, b"NTFS    ", Content::Ntfs),
    (3, b"EXFAT   ", Content::ExFat),
    (3, b"-FVE-FS-", Content::BitLocker),
    (0x1A8, &TO_GO.0, Content::BitLocker),
    (3, b"ReFS\0\0\0\0", Content::Refs),
    (0, b"LUKS\xBA\xBE", Content::Luks),
    (0x200, b"LABELONE", Content::Lvm),
    (0x20, b"NXSB", Content::Foreign("APFS")),
    (0, b"XFSB", Content::Foreign("XFS")),
    (0x438, b"\x53\xEF", Content::Foreign("ext2/3/4")),
    (0x400, b"H+", Content::Foreign("HFS+")),
    (0x400, b"HX", Content::Foreign("HFS+")),
    (0xFF6, b"SWAPSPACE2", Content::Foreign("Linux swap")),
    (0x1_0040, b"_BHRfS_M", Content::Foreign("btrfs")),
];

const HEAD_LEN: usize = 4096;

impl Content {
    /// Says what a volume holds by its bytes; `Unknown` also where it cannot be read.
    #[must_use]
    pub fn of<D: ReadAt + ?Sized>(volume: &D) -> Self {
        let mut head = vec![0u8; HEAD_LEN];
        if volume.read_into(0, &mut head).is_err() {
            // A tiny volume, or a bad sector: the first sector alone decides.
            head.truncate(512);
            if volume.read_into(0, &mut head).is_err() {
                return Content::Unknown;
            }
        }
        let known = SIGNATURES
            .iter()
            .find(|(offset, bytes, _)| has(volume, &head, *offset, bytes))
            .map(|&(_, _, content)| content);
        match known {
            Some(content) => content,
            None if is_fat(&head) => Content::Fat,
            None => Content::Unknown,
        }
    }
}

fn has<D: ReadAt + ?Sized>(volume: &D, head: &[u8], offset: u64, expected: &[u8]) -> bool {
    let inside = usize::try_from(offset).ok().and_then(|start| head.get(start..)?.get(..expected.len()));
    if let Some(bytes) = inside {
        return bytes == expected;
    }
    let mut bytes = [0u8; 16];
    bytes.get_mut(..expected.len()).is_some_and(|bytes| volume.read_into(offset, bytes).is_ok() && bytes == expected)
}

/// Whether the numbers of a FAT boot sector fit together. Its text fields mean nothing by the specification.
fn is_fat(head: &[u8]) -> bool {
    let byte = |at: usize| head.get(at).copied();
    let word = |at: usize| array(head, at).map(u16::from_le_bytes);
    let jump = matches!((byte(0), byte(2)), (Some(0xEB), Some(0x90)) | (Some(0xE9), _));
    let sector = matches!(word(11), Some(512 | 1024 | 2048 | 4096));
    let cluster = byte(13).is_some_and(u8::is_power_of_two);
    let reserved = word(14).is_some_and(|count| count != 0);
    let tables = matches!(byte(16), Some(1 | 2));
    let media = matches!(byte(21), Some(0xF0 | 0xF8..=0xFF));
    let signature = word(510) == Some(0xAA55);
    jump && sector && cluster && reserved && tables && media && signature
}

impl Content {
    /// What a volume whose first sector is lost holds by the copies of it: NTFS has one in its last sector, FAT32 by custom in
    /// sector 6, exFAT in sector 12.
    pub(super) fn by_backup<D: ReadAt + ?Sized>(volume: &D) -> Self {
        if has_ntfs_backup(volume) { Self::Ntfs } else { Self::by_fat_backup(volume) }
    }

    /// Like [`by_backup`](Self::by_backup) for FAT32 and exFAT alone. A copy has to say how long a sector is, and so where it lies.
    pub(super) fn by_fat_backup<D: ReadAt + ?Sized>(volume: &D) -> Self {
        for shift in FAT_SECTOR_SHIFTS {
            let mut sector = [0u8; 512];
            let mut read = |number: u64| volume.read_into(number << shift, &mut sector).map(|()| sector);
            if read(FAT32_BACKUP).is_ok_and(|sector| is_fat32_backup(&sector, shift)) {
                return Self::Fat;
            }
            if read(EXFAT_BACKUP).is_ok_and(|sector| is_exfat_backup(&sector, shift)) {
                return Self::ExFat;
            }
        }
        Self::Unknown
    }
}

/// Binary logarithms of the sizes of sectors that FAT and exFAT have.
const FAT_SECTOR_SHIFTS: std::ops::RangeInclusive<u8> = 9..=12;
const FAT32_BACKUP: u64 = 6;
const EXFAT_BACKUP: u64 = 12;

fn is_fat32_backup(sector: &[u8], shift: u8) -> bool {
    let word = |at: usize| array(sector, at).map(u16::from_le_bytes);
    let own_place = word(50).map(u64::from) == Some(FAT32_BACKUP);
    is_fat(sector) && word(11) == Some(1 << shift) && word(22) == Some(0) && own_place
}

fn is_exfat_backup(sector: &[u8], shift: u8) -> bool {
    let named = array(sector, 3) == Some(*b"EXFAT   ");
    named && sector.get(108) == Some(&shift) && array(sector, 510) == Some([0x55, 0xAA])
}

fn has_ntfs_backup<D: ReadAt + ?Sized>(volume: &D) -> bool {
    super::SECTOR_SIZES.iter().any(|&sector_size| {
        volume
            .len()
            .checked_sub(sector_size)
            .and_then(|offset| offset.checked_add(3))
            .is_some_and(|at| has(volume, &[], at, b"NTFS    "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_found_where_they_belong() {
        for (offset, bytes, content) in SIGNATURES {
            let mut volume = vec![0u8; 128 << 10];
            let at = usize::try_from(offset).unwrap();
            volume[at..at + bytes.len()].copy_from_slice(bytes);
            assert_eq!(Content::of(&volume), content);
        }
        assert_eq!(Content::of(&vec![0u8; 4096]), Content::Unknown);
        assert_eq!(Content::of(&Vec::new()), Content::Unknown);
        assert_eq!(Content::of(&vec![0xFFu8; 513]), Content::Unknown);
    }

    #[test]
    fn fat_is_known_by_its_numbers() {
        let mut sector = vec![0u8; 512];
        sector[..3].copy_from_slice(&[0xEB, 0x3C, 0x90]);
        sector[11..17].copy_from_slice(&[0, 2, 4, 1, 0, 2]);
        sector[21] = 0xF8;
        sector[510..].copy_from_slice(&[0x55, 0xAA]);
        assert_eq!(Content::of(&sector), Content::Fat);
        for (at, value) in [(0, 0), (11, 1), (13, 3), (14, 0), (16, 0), (21, 0), (510, 0)] {
            let mut wrong = sector.clone();
            wrong[at] = value;
            assert_eq!(Content::of(&wrong), Content::Unknown, "byte {at}");
        }
    }

    #[test]
    fn types_that_stand_for_no_file_system() {
        assert_eq!(Content::by_type(PartitionType::Mbr(0x42)), Content::DynamicDisk);
        assert_eq!(Content::by_type(PartitionType::Mbr(7)), Content::Unknown);
        let reserved: Guid = TYPES[0].0;
        assert_eq!(reserved.to_string(), "e3c9e316-0b5c-4db8-817d-f92df00215ae");
        assert_eq!(Content::by_type(PartitionType::Gpt(reserved)), Content::Reserved);
    }
}
