//! Finding a boot sector that can be used: the first one, or a backup.

use hivekey_read_at::{ReadAt, narrow};

use crate::anomaly::{Anomaly, AnomalyKind, AnomalyLog};
use crate::boot_sector;
use crate::error::Error;
use crate::exfat_boot_sector;
use crate::geometry::{FatKind, Geometry};
use crate::offset::DeviceOffset;
use crate::read::read_vec;

const SECTOR_SIZES: [u64; 4] = [512, 1024, 2048, 4096];

/// Where FAT32 keeps its backup by custom. The sector that would name another one is the one that is damaged.
const FAT32_BACKUP: u64 = 6;

struct Candidate {
    geometry: Geometry,
    /// What is wrong with its checksum; only exFAT has one.
    checksum: Option<Error>,
}

/// Finds the boot sector of the volume that starts with the device, and notes what is wrong with it.
pub(crate) fn find<D: ReadAt + ?Sized>(device: &D, log: &AnomalyLog) -> Result<Geometry, Error> {
    let found = match candidate(device, DeviceOffset(0)) {
        Ok(Candidate { geometry, checksum: None }) => geometry,
        Ok(Candidate { geometry, checksum: Some(error) }) => match backup(device, true) {
            Some(Candidate { geometry, .. }) => {
                log.add(Anomaly::new(DeviceOffset(0), AnomalyKind::BackupBootSector(Box::new(error))));
                geometry
            }
            None => {
                log.add(Anomaly::new(DeviceOffset(0), AnomalyKind::BootChecksum(Box::new(error))));
                geometry
            }
        },
        Err(error) => {
            let Some(Candidate { geometry, checksum }) = backup(device, true).or_else(|| backup(device, false)) else {
                return Err(Error::NotFat(Box::new(error)));
            };
            log.add(Anomaly::new(DeviceOffset(0), AnomalyKind::BackupBootSector(Box::new(error))));
            if let Some(error) = checksum {
                let offset = DeviceOffset(exfat_boot_sector::SECTORS.saturating_mul(geometry.sector_size));
                log.add(Anomaly::new(offset, AnomalyKind::BootChecksum(Box::new(error))));
            }
            geometry
        }
    };
    let (end, len) = (found.end, device.len());
    if end > len {
        log.add(Anomaly::new(DeviceOffset(0), AnomalyKind::VolumeOutside { end, len }));
    }
    let (entries, clusters) = (u64::from(found.clusters), found.expected_clusters);
    if entries < clusters {
        log.add(Anomaly::new(DeviceOffset(found.table), AnomalyKind::ShortTable { entries, clusters }));
    }
    Ok(found)
}

fn candidate<D: ReadAt + ?Sized>(device: &D, offset: DeviceOffset) -> Result<Candidate, Error> {
    let bytes = read_vec(device, offset.0, boot_sector::LEN)?;
    if !exfat_boot_sector::is_named(&bytes) {
        return Ok(Candidate { geometry: boot_sector::parse(&bytes, offset)?, checksum: None });
    }
    let geometry = exfat_boot_sector::parse(&bytes, offset)?;
    let sector_size = narrow(geometry.sector_size);
    let len = narrow(geometry.sector_size.saturating_mul(exfat_boot_sector::SECTORS));
    let checksum = read_vec(device, offset.0, len)
        .map_err(Error::from)
        .and_then(|region| exfat_boot_sector::verify(&region, sector_size, offset))
        .err();
    Ok(Candidate { geometry, checksum })
}

/// A backup: a boot sector that says of itself that it belongs where it was found, so that none is made of stray bytes.
fn backup<D: ReadAt + ?Sized>(device: &D, checked: bool) -> Option<Candidate> {
    let places = SECTOR_SIZES.iter().flat_map(|&size| [(size, FAT32_BACKUP), (size, exfat_boot_sector::SECTORS)]);
    places.into_iter().find_map(|(size, sector)| {
        let found = candidate(device, DeviceOffset(size.saturating_mul(sector))).ok()?;
        let of_fat = matches!(found.geometry.kind, FatKind::Fat32 | FatKind::ExFat);
        let belongs = found.geometry.sector_size == size && found.geometry.backup == Some(sector);
        (of_fat && belongs && !(checked && found.checksum.is_some())).then_some(found)
    })
}
