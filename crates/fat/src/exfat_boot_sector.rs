//! The boot sector of exFAT: the first of twelve sectors, whose copy follows in sectors 12 to 23.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 3 | 8 | name | `EXFAT   ` |
//! | 11 | 53 | zeros | where FAT has its numbers |
//! | 72 | 8 | sectors | of the volume |
//! | 80 | 4 | table | sector of the first table |
//! | 84 | 4 | table length | sectors of one table |
//! | 88 | 4 | heap | sector of the first cluster |
//! | 92 | 4 | clusters | of the volume |
//! | 96 | 4 | root | first cluster of the root folder |
//! | 105 | 1 | version | 1 |
//! | 106 | 2 | flags | bit 0: the second table is in use; may change without the checksum |
//! | 108 | 1 | sector | bytes of a sector: 2^9 to 2^12 |
//! | 109 | 1 | cluster | sectors of a cluster: 2^0 and up, to 32 MiB |
//! | 110 | 1 | tables | copies of the table: 1, or 2 (TexFAT) |
//! | 112 | 1 | percent | in use; may change without the checksum |
//! | 510 | 2 | signature | 55 AA, whatever the size of a sector |
//!
//! The twelfth sector repeats the checksum of the eleven before it. Source: Microsoft, "exFAT file system specification", 3.1
//! and 3.4.

use crate::error::{Error, Structure, Tag};
use crate::geometry::{FatKind, Geometry, Root};
use crate::limits::MAX_CLUSTER_LEN;
use crate::offset::{Cluster, DeviceOffset};
use crate::read::{Fields, array};

/// Sectors of the boot region, and the first one of its copy.
pub(crate) const SECTORS: u64 = 12;

/// The numbers of clusters above this mean something else.
const MAX_CLUSTERS: u32 = u32::MAX - 10;

/// Bytes that the checksum leaves out: the flags and the percentage.
const CHANGING: [usize; 3] = [106, 107, 112];

/// Whether a sector says that it is one of exFAT.
pub(crate) fn is_named(bytes: &[u8]) -> bool {
    array(bytes, 3) == Some(*b"EXFAT   ")
}

pub(crate) fn parse(bytes: &[u8], offset: DeviceOffset) -> Result<Geometry, Error> {
    let fields = Fields::new(bytes, Structure::ExfatBootSector, offset);
    let name = fields.array::<4>(3)?;
    if (name, fields.array::<4>(7)?) != (*b"EXFA", *b"T   ") {
        let (structure, expected) = (Structure::ExfatBootSector, Tag(*b"EXFA"));
        return Err(Error::Signature { structure, offset: offset.plus(3), expected, actual: Tag(name) });
    }
    if let Some(other) = fields.slice(11, 53)?.iter().find(|byte| **byte != 0) {
        return Err(fields.wrong("byte 11 to 63", *other, "0"));
    }
    let signature = fields.u16(510)?;
    if signature != 0xAA55 {
        return Err(fields.wrong("signature", signature, "0xaa55"));
    }
    let version = fields.u8(105)?;
    if version != 1 {
        return Err(fields.wrong("version", version, "1"));
    }
    let shift = fields.u8(108)?;
    if !matches!(shift, 9..=12) {
        return Err(fields.wrong("sector size", shift, "9 to 12, a power of two"));
    }
    let sector_size = power(shift).unwrap_or(0);
    let shift = fields.u8(109)?;
    let cluster_size = power(shift)
        .and_then(|sectors| sectors.checked_mul(sector_size))
        .filter(|&size| size <= MAX_CLUSTER_LEN)
        .ok_or_else(|| fields.wrong("sectors per cluster", shift, "a power of two, up to 32 MiB"))?;
    let tables = fields.u8(110)?;
    if !matches!(tables, 1 | 2) {
        return Err(fields.wrong("number of tables", tables, "1 or 2"));
    }
    let sectors = fields.u64(72)?;
    let end = sectors
        .checked_mul(sector_size)
        .ok_or_else(|| fields.wrong("sectors", sectors, "a volume of fewer than 2^64 bytes"))?;
    let clusters = fields.u32(92)?;
    if !(1..=MAX_CLUSTERS).contains(&clusters) {
        return Err(fields.wrong("clusters", clusters, "1 to 2^32 - 11"));
    }

    // 32 bits times at most 32 MiB: far below 64 bits; saturating only spares the proof.
    let in_bytes = |count: u32| u64::from(count).saturating_mul(sector_size);
    let (table, table_len, heap) = (in_bytes(fields.u32(80)?), in_bytes(fields.u32(84)?), in_bytes(fields.u32(88)?));
    if table < SECTORS.saturating_mul(2).saturating_mul(sector_size) {
        return Err(fields.wrong("table", table, "behind the boot sectors"));
    }
    let entries = u64::from(clusters).saturating_add(Cluster::FIRST.0.into());
    if table_len < entries.saturating_mul(4) {
        return Err(fields.wrong("table length", table_len, "4 bytes for each cluster"));
    }
    if heap < table.saturating_add(table_len.saturating_mul(tables.into())) {
        return Err(fields.wrong("heap", heap, "behind the tables"));
    }
    if end < heap.saturating_add(cluster_size.saturating_mul(clusters.into())) {
        return Err(fields.wrong("sectors", sectors, "enough for all clusters"));
    }
    let second_is_active = fields.u16(106)? & 1 != 0 && tables == 2;
    let root = Cluster(fields.u32(96)?);
    let geometry = Geometry {
        kind: FatKind::ExFat,
        sector_size,
        cluster_size,
        clusters,
        expected_clusters: clusters.into(),
        heap,
        table: if second_is_active { table.saturating_add(table_len) } else { table },
        // The two tables of TexFAT are states of the volume at two times, not copies.
        second_table: None,
        table_len,
        root: Root::Chain(root),
        end,
        backup: Some(SECTORS),
    };
    if !geometry.contains(root) {
        return Err(fields.wrong("root cluster", root.0, "a cluster of the volume"));
    }
    Ok(geometry)
}

fn power(shift: u8) -> Option<u64> {
    1u64.checked_shl(shift.into())
}

/// Checks the checksum of the twelve sectors in `bytes`.
pub(crate) fn verify(bytes: &[u8], sector_size: usize, offset: DeviceOffset) -> Result<(), Error> {
    let fields = Fields::new(bytes, Structure::ExfatBootSector, offset);
    let at = sector_size.saturating_mul(11);
    let stored = fields.u32(at)?;
    let computed = checksum(fields.slice(0, at)?);
    if stored == computed {
        return Ok(());
    }
    Err(Error::Checksum { structure: Structure::ExfatBootSector, offset, stored, computed })
}

fn checksum(bytes: &[u8]) -> u32 {
    let counted = bytes.iter().enumerate().filter(|(at, _)| !CHANGING.contains(at));
    counted.fold(0u32, |sum, (_, &byte)| sum.rotate_right(1).wrapping_add(byte.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
        bytes[at..at + what.len()].copy_from_slice(what);
    }

    /// One table of 8 sectors at 24, 1000 clusters of 8 sectors from 32 on.
    fn sector() -> Vec<u8> {
        let mut bytes = vec![0u8; 512];
        put(&mut bytes, 3, b"EXFAT   ");
        put(&mut bytes, 72, &8032u64.to_le_bytes());
        for (at, value) in [(80, 24u32), (84, 8), (88, 32), (92, 1000), (96, 5)] {
            put(&mut bytes, at, &value.to_le_bytes());
        }
        put(&mut bytes, 104, &[0, 1, 0, 0, 9, 3, 1]);
        put(&mut bytes, 510, &[0x55, 0xAA]);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Geometry, Error> {
        parse(bytes, DeviceOffset(0))
    }

    #[test]
    fn where_things_are() {
        let geometry = read(&sector()).unwrap();
        assert_eq!((geometry.cluster_size, geometry.clusters), (4096, 1000));
        assert_eq!((geometry.table, geometry.heap, geometry.end), (24 * 512, 32 * 512, 8032 * 512));
        assert_eq!(geometry.root, Root::Chain(Cluster(5)));
        let mut bytes = sector();
        bytes[106] = 1;
        assert_eq!(read(&bytes).unwrap().table, 24 * 512);
        bytes[110] = 2;
        assert!(read(&bytes).is_err());
        bytes[88] = 40;
        bytes[72] += 8;
        assert_eq!(read(&bytes).unwrap().table, 32 * 512);
    }

    #[test]
    fn fields_that_cannot_be() {
        for (at, what) in [
            (63, &[1u8][..]),
            (72, &[0; 8]),
            (72, &[0x5F]),
            (72, &[0xFF; 8]),
            (80, &[23]),
            (80, &[0xFF; 4]),
            (84, &[7]),
            (84, &[0xFF; 4]),
            (88, &[31]),
            (88, &[0xFF; 4]),
            (92, &[0; 4]),
            (92, &[0xFF; 4]),
            (96, &[0; 4]),
            (96, &[1]),
            (96, &[0xEA, 3]),
            (96, &[0xFF; 4]),
            (105, &[2]),
            (108, &[8]),
            (108, &[13]),
            (108, &[0xFF]),
            (109, &[17]),
            (109, &[0xFF]),
            (110, &[0]),
            (110, &[3]),
            (510, &[0]),
        ] {
            let mut bytes = sector();
            put(&mut bytes, at, what);
            assert!(matches!(read(&bytes), Err(Error::Field { .. })), "{at} {what:x?}");
        }
        let mut bytes = sector();
        bytes[9] = b'X';
        assert!(!is_named(&bytes) && matches!(read(&bytes), Err(Error::Signature { .. })));
        assert!(matches!(read(&sector()[..60]), Err(Error::Truncated { .. })));
    }

    #[test]
    fn the_checksum_leaves_out_what_changes() {
        let mut region = sector();
        region.resize(12 * 512, 0);
        let sum = checksum(&region[..11 * 512]);
        put(&mut region, 11 * 512, &sum.to_le_bytes());
        region[106] = 2;
        region[112] = 50;
        verify(&region, 512, DeviceOffset(0)).unwrap();
        region[113] = 1;
        assert!(matches!(verify(&region, 512, DeviceOffset(0)), Err(Error::Checksum { .. })));
        assert!(matches!(verify(&region[..600], 512, DeviceOffset(0)), Err(Error::Truncated { .. })));
    }
}
