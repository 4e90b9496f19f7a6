//! The boot sector of FAT12, FAT16 and FAT32: the first sector of a volume, for FAT32 with a copy, by custom in sector 6.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 11 | 2 | sector | bytes of a sector: 512 to 4096 |
//! | 13 | 1 | cluster | sectors of a cluster, a power of two |
//! | 14 | 2 | reserved | sectors before the first table |
//! | 16 | 1 | tables | copies of the table: 2, or 1 |
//! | 17 | 2 | root | entries of the root folder; 0: FAT32 |
//! | 19 | 2 | sectors | of the volume; 0: see 32 |
//! | 21 | 1 | media | F0, F8 to FF |
//! | 22 | 2 | table | sectors of one table; 0: FAT32, see 36 |
//! | 32 | 4 | sectors | of the volume, where they do not fit at 19 |
//! | 36 | 4 | table | FAT32: sectors of one table |
//! | 40 | 2 | flags | FAT32: bit 7: only one copy of the table is kept, its number in bits 0 to 3 |
//! | 44 | 4 | root | FAT32: first cluster of the root folder |
//! | 50 | 2 | backup | FAT32: sector of the copy of this sector; 0: none |
//! | 510 | 2 | signature | 55 AA, whatever the size of a sector |
//!
//! Then come the tables, the root folder (FAT12, FAT16) and the clusters. Source: Microsoft, "FAT: General Overview of On-Disk
//! Format", 1.03. By its letter the number of clusters alone tells the kinds apart; Windows and Linux take a volume without a
//! 16-bit table length for FAT32 however small it is, and so does this crate, since nothing else could be read of it.

use crate::error::{Error, Structure};
use crate::geometry::{FatKind, Geometry, Root};
use crate::offset::{Cluster, DeviceOffset};
use crate::read::Fields;

/// Bytes that are read of the sector, whatever its size.
pub(crate) const LEN: usize = 512;

/// Bytes of an entry of a folder.
const ENTRY_LEN: u64 = 32;

/// The first number of clusters that is too many for FAT12, for FAT16 and for FAT32.
const TOO_MANY: [(FatKind, u64); 3] = [(FatKind::Fat12, 4085), (FatKind::Fat16, 65_525), (FatKind::Fat32, 0x0FFF_FFF6)];

pub(crate) fn parse(bytes: &[u8], offset: DeviceOffset) -> Result<Geometry, Error> {
    let fields = Fields::new(bytes, Structure::BootSector, offset);
    let signature = fields.u16(510)?;
    if signature != 0xAA55 {
        return Err(fields.wrong("signature", signature, "0xaa55"));
    }
    let sector = fields.u16(11)?;
    if !matches!(sector, 512 | 1024 | 2048 | 4096) {
        return Err(fields.wrong("sector size", sector, "512 to 4096, a power of two"));
    }
    let per_cluster = fields.u8(13)?;
    if !per_cluster.is_power_of_two() {
        return Err(fields.wrong("sectors per cluster", per_cluster, "a power of two"));
    }
    let reserved = fields.u16(14)?;
    if reserved == 0 {
        return Err(fields.wrong("reserved sectors", reserved, "at least 1"));
    }
    let tables = fields.u8(16)?;
    if !matches!(tables, 1 | 2) {
        return Err(fields.wrong("number of tables", tables, "1 or 2"));
    }
    let media = fields.u8(21)?;
    if !matches!(media, 0xF0 | 0xF8..) {
        return Err(fields.wrong("media", media, "0xf0 or 0xf8 to 0xff"));
    }
    let short_table = fields.u16(22)?;
    let is_fat32 = short_table == 0;
    let table_sectors = if is_fat32 { fields.u32(36)? } else { short_table.into() };
    if table_sectors == 0 {
        return Err(fields.wrong("sectors of a table", table_sectors, "at least 1"));
    }
    let root_entries = fields.u16(17)?;
    if is_fat32 != (root_entries == 0) {
        return Err(fields.wrong("entries of the root folder", root_entries, "0 for FAT32, at least 1 for others"));
    }
    let sectors = match fields.u16(19)? {
        0 => fields.u32(32)?,
        few => few.into(),
    };

    // Products of the widths above stay far below 64 bits; saturating only spares the proof.
    let sector_size = u64::from(sector);
    let cluster_size = sector_size.saturating_mul(per_cluster.into());
    let table = u64::from(reserved).saturating_mul(sector_size);
    let table_len = u64::from(table_sectors).saturating_mul(sector_size);
    let root = table.saturating_add(table_len.saturating_mul(tables.into()));
    let root_len = u64::from(root_entries).saturating_mul(ENTRY_LEN);
    let heap = root.saturating_add(root_len.next_multiple_of(sector_size));
    let end = u64::from(sectors).saturating_mul(sector_size);
    let expected_clusters = end.saturating_sub(heap).checked_div(cluster_size).unwrap_or(0);
    if expected_clusters == 0 {
        return Err(fields.wrong("sectors", sectors, "more than the tables and the root folder take"));
    }
    let kind = TOO_MANY
        .iter()
        .find(|(kind, too_many)| is_fat32 == (*kind == FatKind::Fat32) && expected_clusters < *too_many)
        .map(|(kind, _)| *kind)
        .ok_or_else(|| {
            fields.wrong("clusters", expected_clusters, "fewer than 65525 for FAT16, 268435446 for FAT32")
        })?;

    let bits = match kind {
        FatKind::Fat12 => 12,
        FatKind::Fat16 => 16,
        FatKind::Fat32 | FatKind::ExFat => 32,
    };
    let entries = table_len.saturating_mul(8).checked_div(bits).unwrap_or(0).saturating_sub(Cluster::FIRST.0.into());
    let clusters = u32::try_from(entries.min(expected_clusters)).unwrap_or(0);
    let second = Some(table.saturating_add(table_len)).filter(|_| tables == 2);
    let mut geometry = Geometry {
        kind,
        sector_size,
        cluster_size,
        clusters,
        expected_clusters,
        heap,
        table,
        second_table: second,
        table_len,
        root: Root::Fixed { offset: DeviceOffset(root), len: root_len },
        end,
        backup: None,
    };
    if is_fat32 {
        let flags = fields.u16(40)?;
        if flags & 0x80 != 0 {
            geometry.table = match (flags & 0x0F, second) {
                (0, _) => table,
                (1, Some(second)) => second,
                _ => return Err(fields.wrong("flags", flags, "the number of a table in bits 0 to 3")),
            };
            geometry.second_table = None;
        }
        let first = Cluster(fields.u32(44)?);
        if !geometry.contains(first) {
            return Err(fields.wrong("root cluster", first.0, "a cluster of the volume"));
        }
        geometry.root = Root::Chain(first);
        geometry.backup = Some(fields.u16(50)?).filter(|sector| !matches!(sector, 0 | 0xFFFF)).map(u64::from);
    }
    Ok(geometry)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
        bytes[at..at + what.len()].copy_from_slice(what);
    }

    /// Two tables of 32 sectors and 4000 or more clusters of one sector.
    fn fat16(clusters: u32) -> Vec<u8> {
        let mut bytes = vec![0u8; LEN];
        put(&mut bytes, 11, &[0, 2, 1, 1, 0, 2, 16, 0, 0, 0, 0xF8, 0, 1]);
        put(&mut bytes, 32, &(1 + 512 + 1 + clusters).to_le_bytes());
        put(&mut bytes, 510, &[0x55, 0xAA]);
        bytes
    }

    fn fat32(clusters: u32) -> Vec<u8> {
        let mut bytes = vec![0u8; LEN];
        put(&mut bytes, 11, &[0, 2, 1, 32, 0, 2, 0, 0, 0, 0, 0xF8, 0, 0]);
        put(&mut bytes, 32, &(32 + 2 * 1024 + clusters).to_le_bytes());
        put(&mut bytes, 36, &1024u32.to_le_bytes());
        bytes[44] = 2;
        bytes[50] = 6;
        put(&mut bytes, 510, &[0x55, 0xAA]);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Geometry, Error> {
        parse(bytes, DeviceOffset(0))
    }

    #[test]
    fn kinds_by_the_number_of_clusters() {
        assert_eq!(read(&fat16(4084)).unwrap().kind, FatKind::Fat12);
        assert_eq!(read(&fat16(4085)).unwrap().kind, FatKind::Fat16);
        assert_eq!(read(&fat16(65_524)).unwrap().kind, FatKind::Fat16);
        assert!(read(&fat16(65_525)).is_err());
        assert_eq!(read(&fat32(70_000)).unwrap().kind, FatKind::Fat32);
        assert_eq!(read(&fat32(100)).unwrap().kind, FatKind::Fat32);
        assert!(read(&fat16(0)).is_err());
    }

    #[test]
    fn where_things_are() {
        let geometry = read(&fat16(5000)).unwrap();
        assert_eq!((geometry.table, geometry.second_table), (512, Some(512 + 256 * 512)));
        assert_eq!(geometry.root, Root::Fixed { offset: DeviceOffset(513 * 512), len: 512 });
        assert_eq!((geometry.heap, geometry.clusters), (514 * 512, 5000));
        assert_eq!(geometry.position(Cluster(3)), 515 * 512);
        assert!(geometry.contains(Cluster(5001)) && !geometry.contains(Cluster(5002)));
        assert!(!geometry.contains(Cluster(1)) && !geometry.contains(Cluster(u32::MAX)));
        let geometry = read(&fat32(200_000)).unwrap();
        // The table has 131072 entries, the first two of which are no clusters.
        assert_eq!((geometry.clusters, geometry.expected_clusters), (131_070, 200_000));
        assert_eq!(geometry.backup, Some(6));
    }

    #[test]
    fn one_table_in_use() {
        let mut bytes = fat32(70_000);
        bytes[40] = 0x81;
        let geometry = read(&bytes).unwrap();
        assert_eq!((geometry.table, geometry.second_table), ((32 + 1024) * 512, None));
        bytes[40] = 0x82;
        assert!(read(&bytes).is_err());
        bytes[40] = 0x81;
        bytes[16] = 1;
        assert!(read(&bytes).is_err());
    }

    #[test]
    fn fields_that_cannot_be() {
        for (at, what) in [
            (11, &[0u8, 0][..]),
            (11, &[1, 2]),
            (11, &[0, 1]),
            (11, &[0, 32]),
            (13, &[0]),
            (13, &[3]),
            (14, &[0, 0]),
            (14, &[0xFF, 0xFF]),
            (16, &[0]),
            (16, &[3]),
            (17, &[0, 0]),
            (19, &[1, 0]),
            (21, &[0]),
            (22, &[0, 0]),
            (22, &[0xFF, 0xFF]),
            (32, &[0; 4]),
            (32, &[0xFF; 4]),
            (510, &[0, 0]),
        ] {
            let mut bytes = fat16(5000);
            put(&mut bytes, at, what);
            assert!(matches!(read(&bytes), Err(Error::Field { .. })), "{at} {what:x?}");
        }
        for root in [0u32, 1, 70_002, u32::MAX] {
            let mut bytes = fat32(70_000);
            put(&mut bytes, 44, &root.to_le_bytes());
            assert!(read(&bytes).is_err());
        }
        assert!(matches!(read(&fat16(5000)[..511]), Err(Error::Truncated { needed: 512, .. })));
    }
}
