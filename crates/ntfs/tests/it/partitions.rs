//! Partition tables: those of the corpus, and ones made by hand for what no tool writes.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::corpus;
use crate::disk::{Gpt, mbr_entry, ntfs_boot, ntfs_mark};
use hivekey_ntfs::{AnomalyKind, Content, PartitionType, ReadAt, ReadError, Scheme, Volumes, volumes};
use proptest::prelude::*;

/// Index, offset, length.
type Places = &'static [(u32, u64, u64)];

fn places(found: &Volumes) -> Vec<(u32, u64, u64)> {
    found.volumes.iter().map(|volume| (volume.index, volume.offset, volume.len)).collect()
}

#[test]
fn tables_of_the_corpus() {
    // Offsets and lengths as `sfdisk -d` gives them. (dissect.volume, in `images.tsv`, drops the last sector of GPT partitions.)
    let gpt = Scheme::Gpt { sector_size: 512, backup: false, hybrid: false };
    let mbr = Scheme::Mbr { sector_size: 512 };
    let expected: [(&str, Scheme, Places); 7] = [
        ("real/dfvfs/gpt.raw", gpt, &[(1, 1_048_576, 65_536), (2, 2_097_152, 65_536)]),
        ("real/dfvfs/gpt_non_sequential.raw", gpt, &[(1, 1_048_576, 65_536), (3, 3_145_728, 65_536)]),
        ("real/dfvfs/mbr.raw", mbr, &[(1, 512, 66_048), (5, 67_072, 66_048)]),
        ("built/win11-gpt.raw.xz", gpt, &[(1, 1_048_576, 50_331_648)]),
        ("built/win7-mbr.qcow2", mbr, &[(1, 1_048_576, 20_971_520), (2, 22_020_096, 115_343_360)]),
        (
            "real/dfvfs/gpt_empty_with_mbr.raw",
            Scheme::Gpt { sector_size: 512, backup: false, hybrid: true },
            &[(129, 24_576, 131_584)],
        ),
        ("real/dfvfs/ntfs.raw", Scheme::Superfloppy, &[(0, 0, 4_194_304)]),
    ];
    for (name, scheme, partitions) in expected {
        let Some(disk) = corpus::image(name) else {
            continue;
        };
        let found = volumes(&disk);
        assert_eq!(found.scheme, scheme, "{name} {found:#?}");
        assert_eq!(places(&found), partitions, "{name} {found:#?}");
        assert!(found.anomalies.is_empty(), "{name} {found:#?}");
    }
}

fn gpt_faults(found: &Volumes) -> Vec<&AnomalyKind> {
    found.anomalies.iter().map(|anomaly| &anomaly.kind).collect()
}

fn healthy(sector: usize) -> Gpt {
    let mut gpt = Gpt::new(sector, 200, &[(40, 79), (80, 119)]);
    ntfs_mark(&mut gpt.disk, 40 * sector);
    gpt
}

#[test]
fn both_sector_sizes_and_both_copies() {
    for sector in [512usize, 4096] {
        let mut gpt = healthy(sector);
        let size = u64::try_from(sector).unwrap();
        let expected = [(1, 40 * size, 40 * size), (2, 80 * size, 40 * size)];
        let found = volumes(&gpt.disk);
        assert!(found.anomalies.is_empty(), "{found:#?}");
        assert_eq!(places(&found), expected);
        assert_eq!(found.volumes[0].content, Content::Ntfs);
        assert_eq!(found.volumes[1].content, Content::Unknown);
        assert_eq!(found.volumes[1].name.as_deref(), Some("P1"));
        assert_eq!(found.volumes[0].kind.to_string(), "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7");

        // A flipped bit in an entry of the primary: the backup is used.
        let intact = gpt.disk.clone();
        gpt.disk[2 * sector + 32] ^= 1;
        let found = volumes(&gpt.disk);
        assert_eq!(places(&found), expected);
        assert!(matches!(found.scheme, Scheme::Gpt { backup: true, .. }));
        assert!(matches!(gpt_faults(&found)[..], [AnomalyKind::GptCopy { backup: false, .. }]));

        // The backup is lost, too: the primary with its wrong checksum still says something.
        gpt.disk[199 * sector..].fill(0);
        let found = volumes(&gpt.disk);
        assert!(matches!(found.scheme, Scheme::Gpt { backup: false, .. }));
        assert_eq!(found.volumes.len(), 2);
        assert!(gpt_faults(&found).iter().any(|kind| matches!(kind, AnomalyKind::GptChecksum(_))));

        // The primary header is gone.
        gpt.disk.copy_from_slice(&intact);
        gpt.disk[sector..2 * sector].fill(0);
        let found = volumes(&gpt.disk);
        assert_eq!(places(&found), expected);
        assert!(matches!(found.scheme, Scheme::Gpt { backup: true, .. }));
        assert!(!found.anomalies.is_empty());

        // Both are gone: said, not passed over.
        gpt.disk[199 * sector..].fill(0);
        let found = volumes(&gpt.disk);
        assert!(gpt_faults(&found).iter().any(|kind| matches!(kind, AnomalyKind::GptMissing)));

        // No protective record: the table counts all the same, if it is sound.
        gpt.disk.copy_from_slice(&intact);
        gpt.disk[..512].fill(0);
        assert_eq!(places(&volumes(&gpt.disk)), expected);

        // The image goes on behind the disk, and the primary is damaged: the backup is where the primary says.
        gpt.disk.copy_from_slice(&intact);
        gpt.disk[2 * sector] ^= 1;
        gpt.disk.extend(vec![0u8; 3 * sector]);
        let found = volumes(&gpt.disk);
        assert_eq!(places(&found), expected);
        assert!(matches!(found.scheme, Scheme::Gpt { backup: true, .. }));
    }
}

#[test]
fn edge_numbers_in_a_gpt() {
    for value in [0u64, 1, 199, 200, u64::from(u32::MAX), u64::MAX / 2, u64::MAX] {
        for at in [24, 32, 40, 48, 72, 80, 84] {
            let mut gpt = healthy(512);
            gpt.disk[199 * 512..].fill(0);
            gpt.disk[512 + at..512 + at + 8].copy_from_slice(&value.to_le_bytes());
            let _ = volumes(&gpt.disk);
        }
        for at in [32, 40] {
            let mut gpt = healthy(512);
            gpt.disk[199 * 512..].fill(0);
            gpt.disk[1024 + at..1024 + at + 8].copy_from_slice(&value.to_le_bytes());
            let found = volumes(&gpt.disk);
            // The other entry does not suffer.
            assert!(found.volumes.iter().any(|volume| volume.index == 2));
        }
    }
}

#[test]
fn a_cut_image_is_named_and_read() {
    let mut gpt = healthy(512);
    gpt.disk.truncate(100 * 512);
    let found = volumes(&gpt.disk);
    assert_eq!(found.volumes.len(), 2);
    assert!(matches!(
        gpt_faults(&found)[..],
        [
            AnomalyKind::DiskOutside { disk: 102_400, len: 51_200 },
            AnomalyKind::PartitionOutside { index: 2, end: 61_440, len: 51_200 }
        ]
    ));
    assert_eq!(ReadAt::len(&found.volumes[1].view(&gpt.disk)), 20 * 512);
}

#[test]
fn hybrid_disks_list_both_tables_once() {
    let mut gpt = healthy(512);
    mbr_entry(&mut gpt.disk, 0, 1, 7, 40, 40);
    mbr_entry(&mut gpt.disk, 0, 2, 7, 120, 10);
    let found = volumes(&gpt.disk);
    assert!(matches!(found.scheme, Scheme::Gpt { hybrid: true, .. }));
    let indexes: Vec<u32> = found.volumes.iter().map(|volume| volume.index).collect();
    assert_eq!(indexes, [1, 2, 131]);
}

#[test]
fn logical_partitions() {
    let mut disk = vec![0u8; 400 * 512];
    mbr_entry(&mut disk, 0, 0, 7, 10, 20);
    mbr_entry(&mut disk, 0, 1, 0x0F, 100, 300);
    mbr_entry(&mut disk, 0, 3, 0x42, 40, 20);
    mbr_entry(&mut disk, 100 * 512, 0, 7, 2, 30);
    mbr_entry(&mut disk, 100 * 512, 1, 5, 50, 40);
    mbr_entry(&mut disk, 150 * 512, 0, 0x83, 2, 30);
    ntfs_mark(&mut disk, 102 * 512);
    let found = volumes(&disk);
    assert_eq!(found.scheme, Scheme::Mbr { sector_size: 512 });
    assert!(found.anomalies.is_empty(), "{found:#?}");
    assert_eq!(
        places(&found),
        [(1, 5120, 10_240), (4, 20_480, 10_240), (5, 102 * 512, 15_360), (6, 152 * 512, 15_360)]
    );
    assert_eq!(found.volumes[1].content, Content::DynamicDisk);
    assert_eq!(found.volumes[2].content, Content::Ntfs);
    assert_eq!(found.volumes[3].kind, PartitionType::Mbr(0x83));

    // The chain comes back to its first link.
    mbr_entry(&mut disk, 150 * 512, 1, 5, 0, 40);
    let found = volumes(&disk);
    assert_eq!(found.volumes.len(), 4);
    assert_eq!(found.anomalies.len(), 1);
    // It leaves the disk.
    mbr_entry(&mut disk, 150 * 512, 1, 5, u32::MAX, 40);
    let found = volumes(&disk);
    assert_eq!((found.volumes.len(), found.anomalies.len()), (4, 1));
    // A link leads to itself, to the first sector.
    mbr_entry(&mut disk, 0, 1, 5, 0, 300);
    let found = volumes(&disk);
    assert_eq!((found.volumes.len(), found.anomalies.len()), (2, 1));
}

#[test]
fn a_chain_of_thousands_is_bounded() {
    let mut disk = vec![0u8; 6000 * 512];
    mbr_entry(&mut disk, 0, 0, 5, 1, 5000);
    for link in 1..3000u32 {
        let at = usize::try_from(link).unwrap() * 512;
        mbr_entry(&mut disk, at, 0, 7, 1, 1);
        mbr_entry(&mut disk, at, 1, 5, link, 1);
    }
    let found = volumes(&disk);
    assert_eq!(found.volumes.len(), 256);
    assert!(found.anomalies[0].to_string().contains("limit reached: logical partitions (at most 256)"));
}

#[test]
fn sectors_of_4096_bytes_are_told_by_what_lies_there() {
    let mut disk = vec![0u8; 100 * 4096];
    mbr_entry(&mut disk, 0, 0, 7, 10, 20);
    ntfs_mark(&mut disk, 10 * 4096);
    let found = volumes(&disk);
    assert_eq!(found.scheme, Scheme::Mbr { sector_size: 4096 });
    assert_eq!(places(&found), [(1, 40_960, 81_920)]);
}

#[test]
fn lost_boot_sectors_and_signatures() {
    // No 55 AA, but a partition where the table says so.
    let mut disk = vec![0u8; 100 * 512];
    mbr_entry(&mut disk, 0, 0, 7, 10, 20);
    disk[510] = 0;
    assert_eq!(volumes(&disk).scheme, Scheme::Unknown);
    ntfs_mark(&mut disk, 10 * 512);
    let found = volumes(&disk);
    assert_eq!(found.scheme, Scheme::Mbr { sector_size: 512 });
    assert_eq!(found.anomalies.len(), 1);

    // The first sector of a volume is lost, its backup is not: in a partition, and on the whole device.
    disk[510] = 0x55;
    disk[10 * 512..11 * 512].fill(0);
    ntfs_boot(&mut disk, 29 * 512, 19);
    let found = volumes(&disk);
    assert_eq!(found.volumes[0].content, Content::Ntfs);
    // That it is lost is said once, by the file system.
    assert!(found.anomalies.is_empty(), "{found:#?}");
    let found = volumes(&disk[10 * 512..30 * 512].to_vec());
    assert_eq!(found.scheme, Scheme::Superfloppy);
    assert_eq!(found.volumes[0].content, Content::Ntfs);
}

#[test]
fn devices_with_next_to_nothing() {
    for len in [0usize, 1, 511, 512, 513, 4095, 4096, 8192] {
        for byte in [0u8, 0xFF] {
            let found = volumes(&vec![byte; len]);
            assert_eq!(found.scheme, Scheme::Unknown);
            assert_eq!(found.volumes.len(), 1);
        }
    }
}

const MIB: usize = 1 << 20;

/// An NTFS volume of `sectors` with its backup boot sector, as far as a search looks at it.
fn ntfs_volume(disk: &mut [u8], at: usize, sectors: usize) {
    ntfs_boot(disk, at, sectors - 1);
    ntfs_boot(disk, at + (sectors - 1) * 512, sectors - 1);
    disk[at + 16 * 512..at + 16 * 512 + 4].copy_from_slice(b"FILE");
}

#[test]
fn volumes_that_no_table_names_any_more() {
    let sectors = 12 * MIB / 512;
    // The first track, the MiB of today, one further on, a cylinder and the track behind it.
    let cylinder = 255 * 63 * 512;
    for at in [63 * 512, MIB, 5 * MIB, cylinder, cylinder + 63 * 512] {
        for table in ["zeros", "empty", "another"] {
            for lost in ["table", "boot sector", "backup"] {
                let mut disk = vec![0u8; 32 * MIB];
                ntfs_volume(&mut disk, at, sectors);
                match lost {
                    "boot sector" => disk[at..at + 512].fill(0),
                    "backup" => disk[at + 12 * MIB - 512..at + 12 * MIB].fill(0),
                    _ => {}
                }
                // Without its boot sector a volume is found where its end is a likely place.
                if lost == "boot sector" && at % MIB != 0 {
                    continue;
                }
                let scheme = match table {
                    "zeros" => Scheme::Lost,
                    "empty" => {
                        disk[510..512].copy_from_slice(&[0x55, 0xAA]);
                        Scheme::Lost
                    }
                    _ => {
                        mbr_entry(&mut disk, 0, 0, 0x83, 24 * 2048, 2048);
                        Scheme::Mbr { sector_size: 512 }
                    }
                };
                let found = volumes(&disk);
                assert_eq!(found.scheme, scheme);
                let named = usize::from(table == "another");
                let volume = &found.volumes[named];
                assert_eq!((volume.offset, volume.len), (u64::try_from(at).unwrap(), 12 << 20), "{table} {lost} {at}");
                assert_eq!((volume.content, volume.kind), (Content::Ntfs, PartitionType::None));
                assert_eq!(found.volumes.len(), named + 1);
                assert!(matches!(gpt_faults(&found)[..], [AnomalyKind::LostVolume]), "{found:#?}");
            }
        }
    }
}

#[test]
fn former_volumes_are_no_lost_ones() {
    let sectors = 12 * MIB / 512;
    // The boot sector of a former table's volume lies before the first partition, and the volume would reach into it.
    let mut disk = vec![0u8; 48 * MIB];
    mbr_entry(&mut disk, 0, 0, 7, 10 * 2048, 12 * 2048);
    ntfs_mark(&mut disk, 10 * MIB);
    ntfs_volume(&mut disk, 63 * 512, sectors);
    // Its volume was formatted anew, so that there is no table of files.
    ntfs_boot(&mut disk, 22 * MIB, sectors - 1);
    let found = volumes(&disk);
    assert_eq!(places(&found), [(1, 10 << 20, 12 << 20)]);
    assert!(found.anomalies.is_empty(), "{found:#?}");
}

#[test]
fn a_lost_volume_that_the_image_cuts() {
    let mut disk = vec![0u8; 30 * MIB];
    ntfs_volume(&mut disk, MIB, 20 * MIB / 512);
    disk.truncate(16 * MIB);
    let found = volumes(&disk);
    assert_eq!(places(&found), [(0, 1 << 20, 20 << 20)]);
    assert!(matches!(
        gpt_faults(&found)[..],
        [AnomalyKind::LostVolume, AnomalyKind::VolumeOutside { end: 0x150_0000, len: 0x100_0000 }]
    ));
}

#[test]
fn a_former_volume_past_the_end_is_no_lost_one() {
    let mut disk = vec![0u8; 32 * MIB];
    mbr_entry(&mut disk, 0, 0, 7, 2048, 2048);
    ntfs_mark(&mut disk, MIB);
    // A boot sector of the time when the disk was larger.
    ntfs_volume(&mut disk, 4 * MIB, 28 * MIB / 512);
    assert_eq!(volumes(&disk).volumes.len(), 2);
    ntfs_boot(&mut disk, 4 * MIB, 40 * MIB / 512);
    disk[32 * MIB - 512..].fill(0);
    assert_eq!(places(&volumes(&disk)), [(1, 1 << 20, 1 << 20)]);
}

#[test]
fn the_mirror_alone_is_no_volume() {
    let mut disk = vec![0u8; 32 * MIB];
    let (at, sectors) = (MIB, 12 * MIB / 512);
    ntfs_volume(&mut disk, at, sectors);
    let mft = at + 16 * 512;
    let mirror = at + 24 * 512;
    let backup = at + (sectors - 1) * 512;
    disk.copy_within(mft..mft + 4, mirror);
    disk[mft..mft + 4].fill(0);
    assert_eq!(volumes(&disk).scheme, Scheme::Lost, "by its backup");
    disk[backup..backup + 512].fill(0);
    assert_eq!(volumes(&disk).scheme, Scheme::Unknown);
}

/// A disk of many GiB of zeros behind what is given.
struct Sparse {
    head: Vec<u8>,
    len: u64,
    read: AtomicUsize,
}

impl ReadAt for Sparse {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        self.read.fetch_add(buf.len(), Ordering::Relaxed);
        for (at, byte) in (offset..).zip(buf) {
            *byte = usize::try_from(at).ok().and_then(|at| self.head.get(at)).copied().unwrap_or(0);
        }
        Ok(())
    }
}

#[test]
fn a_search_is_bounded() {
    // A table that names a volume of Windows, and much free space: only the edges of the gap.
    let mut head = vec![0u8; 2 * MIB];
    mbr_entry(&mut head, 0, 0, 7, 2048, 2048);
    ntfs_mark(&mut head, MIB);
    let disk = Sparse { head, len: 40 << 30, read: AtomicUsize::new(0) };
    assert_eq!(volumes(&disk).volumes.len(), 1);
    assert!(disk.read.load(Ordering::Relaxed) < 64 << 10, "{}", disk.read.load(Ordering::Relaxed));
    // No table at all.
    let disk = Sparse { head: Vec::new(), len: 1 << 60, read: AtomicUsize::new(0) };
    assert_eq!(volumes(&disk).scheme, Scheme::Unknown);
    assert!(disk.read.load(Ordering::Relaxed) < 12 << 20, "{}", disk.read.load(Ordering::Relaxed));
    // Volume behind volume.
    let mut disk = vec![0u8; 64 * MIB];
    for at in 1..63 {
        ntfs_volume(&mut disk, at * MIB, 2048);
    }
    let found = volumes(&disk).volumes;
    assert!(found.len() > 50 && found.windows(2).all(|pair| pair[0].offset + pair[0].len <= pair[1].offset));
}

#[test]
fn code_of_a_lost_boot_sector_is_no_table() {
    // What lies where the entries would be names a volume of LVM, by its type alone; once with and once without 55 AA.
    for signature in [0xAA, 0] {
        let mut disk = vec![0u8; 4 * MIB];
        ntfs_boot(&mut disk, 4 * MIB - 512, 4 * MIB / 512 - 1);
        mbr_entry(&mut disk, 0, 0, 0x8E, 100, 100);
        disk[511] = signature;
        let found = volumes(&disk);
        assert_eq!((found.scheme, found.volumes[0].content), (Scheme::Superfloppy, Content::Ntfs));
        // The backup of a volume of another length belongs to a partition.
        ntfs_boot(&mut disk, 4 * MIB - 512, 4 * MIB / 512 - 2);
        assert_ne!(volumes(&disk).scheme, Scheme::Superfloppy);
    }
}

#[test]
fn copies_of_fat_and_exfat_boot_sectors() {
    for size in [512usize, 1024, 2048, 4096] {
        let word = u16::try_from(size).unwrap().to_le_bytes();
        let mut fat32 = vec![0u8; 512];
        fat32[..3].copy_from_slice(&[0xEB, 0x58, 0x90]);
        fat32[11..17].copy_from_slice(&[word[0], word[1], 1, 32, 0, 2]);
        fat32[21] = 0xF8;
        fat32[50] = 6;
        let mut exfat = vec![0u8; 512];
        exfat[3..11].copy_from_slice(b"EXFAT   ");
        exfat[108] = u8::try_from(size.trailing_zeros()).unwrap();
        for (mut sector, number, content) in [(fat32, 6, Content::Fat), (exfat, 12, Content::ExFat)] {
            sector[510..].copy_from_slice(&[0x55, 0xAA]);
            let mut disk = vec![0u8; 64 * 4096];
            disk[number * size..number * size + 512].copy_from_slice(&sector);
            let found = volumes(&disk);
            assert_eq!((found.scheme, found.volumes[0].content), (Scheme::Superfloppy, content), "{size}");
            // In a partition.
            let mut whole = vec![0u8; 63 * 512];
            mbr_entry(&mut whole, 0, 0, 0x0C, 63, 512);
            whole.append(&mut disk.clone());
            assert_eq!(volumes(&whole).volumes[0].content, content, "{size}");
            // A sector that says that it belongs elsewhere is none.
            disk.rotate_right(512);
            assert_eq!(volumes(&disk).volumes[0].content, Content::Unknown, "{size}");
        }
    }
}

#[test]
fn the_backup_of_a_sound_gpt_is_compared() {
    let healthy = healthy(512).disk;
    let fault = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut disk = healthy.clone();
        change(&mut disk);
        let found = volumes(&disk);
        assert_eq!(found.volumes.len(), 2);
        assert!(matches!(found.scheme, Scheme::Gpt { backup: false, .. }));
        let [anomaly] = &found.anomalies[..] else { panic!("{found:#?}") };
        anomaly.to_string()
    };
    let lost = fault(&|disk| disk[199 * 512..].fill(0));
    assert!(lost.starts_with("backup GPT cannot be used: GPT header at 0x18e00: signature"), "{lost}");
    let flipped = fault(&|disk| disk[199 * 512 + 60] ^= 1);
    assert!(flipped.contains("GPT header at 0x18e00: checksum") && flipped.ends_with("(at 0x18e00)"), "{flipped}");
    // The place is that of the entries, not that of their header.
    let entries = fault(&|disk| disk[167 * 512 + 60] ^= 1);
    assert!(entries.contains("GPT entries at 0x14e00: checksum") && entries.ends_with("(at 0x14e00)"), "{entries}");
    let other = Gpt::new(512, 200, &[(40, 79), (80, 120)]).disk;
    let differs = fault(&|disk| disk[167 * 512..].copy_from_slice(&other[167 * 512..]));
    assert!(differs.starts_with("the backup GPT is sound, but differs"), "{differs}");
}

#[test]
fn a_partition_past_the_end_is_listed() {
    let mut disk = vec![0u8; 100 * 512];
    mbr_entry(&mut disk, 0, 0, 7, 200, 100);
    let found = volumes(&disk);
    assert_eq!(places(&found), [(1, 102_400, 51_200)]);
    assert!(matches!(gpt_faults(&found)[..], [AnomalyKind::PartitionOutside { index: 1, .. }]));
}

#[test]
fn a_cut_volume_without_a_table() {
    let mut disk = vec![0u8; 100 * 512];
    ntfs_boot(&mut disk, 0, 99);
    assert!(volumes(&disk).anomalies.is_empty());
    ntfs_boot(&mut disk, 0, 100);
    // Only the backup boot sector is missing.
    assert!(volumes(&disk).anomalies.is_empty());
    ntfs_boot(&mut disk, 0, 150);
    let found = volumes(&disk);
    assert_eq!(found.anomalies[0].to_string(), "the NTFS volume ends at 0x12c00, the image at 0xc800 (at 0x0)");
}

#[test]
fn what_protects_a_gpt_is_no_partition() {
    let mut disk = vec![0u8; 100 * 512];
    mbr_entry(&mut disk, 0, 0, 0xEE, 1, 99);
    mbr_entry(&mut disk, 0, 1, 7, 10, 20);
    ntfs_mark(&mut disk, 10 * 512);
    let found = volumes(&disk);
    assert_eq!(places(&found), [(2, 5120, 10_240)]);
    assert!(gpt_faults(&found).iter().any(|kind| matches!(kind, AnomalyKind::GptMissing)));
}

proptest! {
    /// Whatever bytes change: no panic, and no more volumes than the limits allow.
    #[test]
    fn damaged_tables(changes in prop::collection::vec((0usize..120 * 512, any::<u8>()), 1..40), mbr: bool) {
        let mut disk = if mbr {
            let mut disk = vec![0u8; 200 * 512];
            mbr_entry(&mut disk, 0, 1, 0x0F, 100, 100);
            mbr_entry(&mut disk, 100 * 512, 0, 7, 2, 3);
            disk
        } else {
            healthy(512).disk
        };
        for (at, byte) in changes {
            // Half of the changes go where the structures are.
            let at = if at % 2 == 0 { at % 2048 } else { at };
            disk[at] = byte;
        }
        prop_assert!(volumes(&disk).volumes.len() <= 8192 + 4 + 256);
    }
}
