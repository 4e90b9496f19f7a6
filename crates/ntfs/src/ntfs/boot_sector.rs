//! The boot sector: the first sector of a volume, with a copy in its last one.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 3 | 8 | name | `NTFS    ` |
//! | 11 | 2 | sector | bytes of a sector: 512 to 4096 |
//! | 13 | 1 | cluster | sectors of a cluster; above 0x80: 2^(256 − n) sectors (Windows 10 1709 and later, up to 2 MiB) |
//! | 40 | 8 | sectors | of the volume, without the backup boot sector |
//! | 48 | 8 | MFT | first cluster of `$MFT` |
//! | 56 | 8 | mirror | first cluster of `$MFTMirr` |
//! | 64 | 1 | record | clusters of an MFT record; negative: 2^−n bytes |
//! | 68 | 1 | index | clusters of an index block; negative: 2^−n bytes |
//! | 72 | 8 | serial | serial number of the volume |
//! | 510 | 2 | signature | 55 AA |
//!
//! Sources: Microsoft, "NTFS: Boot Sector" (Windows 2000 Resource Kit); ntfs-3g for the negative cluster form.

use crate::error::{Error, Structure, Tag};
use crate::limits::{MAX_CLUSTER_LEN, MAX_RECORD_LEN};
use crate::offset::{DeviceOffset, Lcn};
use crate::read::Fields;

/// Bytes that are read of the sector, whatever its size.
pub(super) const LEN: usize = 512;

/// What the boot sector says of a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BootSector {
    /// Bytes of a sector.
    pub sector_size: u64,
    /// Bytes of a cluster.
    pub cluster_size: u64,
    /// Sectors of the volume.
    pub sectors: u64,
    /// First cluster of the Master File Table.
    pub mft: Lcn,
    /// First cluster of the copy of its first records.
    pub mft_mirror: Lcn,
    /// Bytes of an MFT record.
    pub record_size: u64,
    /// Bytes of an index block, for the indexes that do not say it themselves.
    pub index_size: u64,
    /// Serial number of the volume.
    pub serial: u64,
}

impl BootSector {
    pub(crate) fn parse(bytes: &[u8], offset: DeviceOffset) -> Result<Self, Error> {
        let fields = Fields::new(bytes, Structure::BootSector, offset);
        let name = fields.array::<4>(3)?;
        if (name, fields.array::<4>(7)?) != (*b"NTFS", *b"    ") {
            return Err(Error::Signature {
                structure: Structure::BootSector,
                offset: offset.plus(3),
                expected: Tag(*b"NTFS"),
                actual: Tag(name),
            });
        }
        let sector = fields.u16(11)?;
        if !matches!(sector, 256 | 512 | 1024 | 2048 | 4096) {
            return Err(fields.wrong("sector size", sector, "256 to 4096, a power of two"));
        }
        let sector_size = u64::from(sector);
        let per_cluster = fields.u8(13)?;
        let cluster_size = power(per_cluster)
            .and_then(|sectors| sectors.checked_mul(sector_size))
            .filter(|&size| size <= MAX_CLUSTER_LEN)
            .ok_or_else(|| fields.wrong("sectors per cluster", per_cluster, "a power of two, up to 2 MiB"))?;
        Ok(Self {
            sector_size,
            cluster_size,
            sectors: fields.u64(40)?,
            mft: Lcn(fields.u64(48)?),
            mft_mirror: Lcn(fields.u64(56)?),
            record_size: record_size(&fields, 64, cluster_size, "MFT record size")?,
            index_size: record_size(&fields, 68, cluster_size, "index block size")?,
            serial: fields.u64(72)?,
        })
    }

    /// Where a cluster lies; `None` if there cannot be one.
    pub(super) fn position(&self, lcn: Lcn) -> Option<u64> {
        lcn.0.checked_mul(self.cluster_size)
    }
}

/// Sectors of a cluster.
fn power(field: u8) -> Option<u64> {
    if field > 0x80 {
        1u64.checked_shl(256u32.saturating_sub(field.into()))
    } else {
        Some(u64::from(field)).filter(|count| count.is_power_of_two())
    }
}

fn record_size(fields: &Fields<'_>, at: usize, cluster_size: u64, name: &'static str) -> Result<u64, Error> {
    let field = fields.u8(at)?;
    let size = match i8::from_le_bytes([field]) {
        exponent @ ..0 => 1u64.checked_shl(exponent.unsigned_abs().into()),
        clusters => u64::from(clusters.unsigned_abs()).checked_mul(cluster_size),
    };
    size.filter(|size| size.is_power_of_two() && (256..=MAX_RECORD_LEN).contains(size))
        .ok_or_else(|| fields.wrong(name, field, "256 bytes to 64 KiB, a power of two"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sector(size: u16, per_cluster: u8, record: u8, index: u8) -> Vec<u8> {
        let mut bytes = vec![0u8; LEN];
        bytes[3..11].copy_from_slice(b"NTFS    ");
        bytes[11..13].copy_from_slice(&size.to_le_bytes());
        bytes[13] = per_cluster;
        bytes[64] = record;
        bytes[68] = index;
        bytes
    }

    fn parse(size: u16, per_cluster: u8, record: u8, index: u8) -> Result<(u64, u64, u64), Error> {
        BootSector::parse(&sector(size, per_cluster, record, index), DeviceOffset(0))
            .map(|boot| (boot.cluster_size, boot.record_size, boot.index_size))
    }

    #[test]
    fn sizes_in_both_forms() {
        assert_eq!(parse(512, 8, 0xF6, 1).unwrap(), (4096, 1024, 4096));
        assert_eq!(parse(512, 1, 2, 8).unwrap(), (512, 1024, 4096));
        assert_eq!(parse(4096, 1, 1, 1).unwrap(), (4096, 4096, 4096));
        assert_eq!(parse(512, 0x80, 0xF6, 0xF4).unwrap(), (65536, 1024, 4096));
        // 2^12 sectors of 512 bytes: 2 MiB.
        assert_eq!(parse(512, 0xF4, 0xF6, 0xF4).unwrap(), (2 << 20, 1024, 4096));
        assert_eq!(parse(512, 0xF8, 0xF6, 0xF4).unwrap().0, 128 << 10);
    }

    #[test]
    fn sizes_that_cannot_be() {
        for (size, per_cluster, record, index) in [
            (0, 8, 0xF6, 1),
            (513, 8, 0xF6, 1),
            (8192, 8, 0xF6, 1),
            (512, 0, 0xF6, 1),
            (512, 3, 0xF6, 1),
            (512, 0x81, 0xF6, 0xF4),
            (512, 0xF3, 0xF6, 0xF4),
            (4096, 0xF4, 0xF6, 0xF4),
            (512, 8, 0, 1),
            (512, 8, 0x80, 1),
            (512, 8, 0xF9, 1),
            (512, 8, 0x7F, 1),
            (512, 8, 3, 1),
            (512, 8, 0xF6, 0xEF),
        ] {
            assert!(parse(size, per_cluster, record, index).is_err());
        }
        let mut bytes = sector(512, 8, 0xF6, 1);
        bytes[3] = b'M';
        assert!(BootSector::parse(&bytes, DeviceOffset(0)).is_err());
        assert!(BootSector::parse(&bytes[..20], DeviceOffset(0)).is_err());
    }
}
