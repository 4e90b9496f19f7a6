//! Partition tables: those of the corpus, and ones made by hand for what no tool writes.

use crate::corpus;
use crate::disk::{Gpt, mbr_entry, ntfs_mark};
use hivekey_ntfs::{AnomalyKind, Content, PartitionType, Scheme, Volumes, volumes};
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
    assert!(matches!(gpt_faults(&found)[..], [AnomalyKind::PartitionOutside { index: 2, end: 61_440, len: 51_200 }]));
    assert_eq!(hivekey_ntfs::ReadAt::len(&found.volumes[1].view(&gpt.disk)), 20 * 512);
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
    ntfs_mark(&mut disk, 29 * 512);
    let found = volumes(&disk);
    assert_eq!(found.volumes[0].content, Content::Ntfs);
    assert!(matches!(found.anomalies[0].kind, AnomalyKind::BackupBootSector));
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
