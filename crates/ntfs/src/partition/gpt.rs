//! Which copy of a GUID partition table is used.
//!
//! The first copy without a fault wins: the primary, then the backup. If each has a wrong checksum, the primary is used all
//! the same: a table with one flipped bit still says more than none. A primary without a fault is compared with the backup.

use hivekey_read_at::{ReadAt, narrow, wide};

use super::{Partition, SECTOR_SIZES, gpt_entry, gpt_header};
use crate::anomaly::{Anomaly, AnomalyKind};
use crate::error::{Error, Structure};
use crate::offset::DeviceOffset;
use crate::read::{Fields, read_vec};

pub(super) struct Copy {
    pub(super) sector_size: u64,
    pub(super) backup: bool,
    pub(super) partitions: Vec<Partition>,
    offset: u64,
    /// The sector of the other header.
    other: u64,
    entries_crc: u32,
    /// Why it is not to be trusted fully.
    faults: Vec<Error>,
    /// Entries that were passed over.
    skipped: Vec<Anomaly>,
}

/// Finds the best copy, if there is one, and notes what is wrong with the ones that were looked at. Without a protective
/// master boot record a copy must have a right checksum: the backup of a former table may have survived at the end.
pub(super) fn find<D: ReadAt + ?Sized>(device: &D, protective: bool, anomalies: &mut Vec<Anomaly>) -> Option<Copy> {
    let mut flawed: Option<Copy> = None;
    let primary = SECTOR_SIZES.map(|size| (size, size, false));
    let backup = SECTOR_SIZES.map(|size| (device.len().saturating_sub(size), size, true));
    let mut places: Vec<(u64, u64, bool)> = primary.into_iter().chain(backup).collect();
    let mut next = 0usize;
    let mut faults = Vec::new();
    while let Some(&(offset, sector_size, backup)) = places.get(next) {
        next = next.saturating_add(1);
        let place = |error: &Error| Fault { sector_size, offset, backup, error: error.clone() };
        match read(device, offset, sector_size, backup) {
            Ok(copy) if copy.faults.is_empty() => {
                if !backup {
                    compare(device, &copy, anomalies);
                }
                note(anomalies, faults, sector_size);
                return Some(finish(copy, anomalies));
            }
            Ok(copy) => {
                // Where the image was cut or grown, the other copy is not in the last sector.
                let other = copy.other.saturating_mul(sector_size);
                if !backup && places.iter().all(|&(known, ..)| known != other) {
                    places.push((other, sector_size, true));
                }
                faults.extend(copy.faults.iter().map(place));
                flawed = flawed.or(Some(copy));
            }
            Err(error) => faults.push(place(&error)),
        }
    }
    if !protective {
        return None;
    }
    let sector_size = flawed.as_ref().map_or(SECTOR_SIZES[0], |copy| copy.sector_size);
    note(anomalies, faults, sector_size);
    let mut copy = flawed?;
    for error in std::mem::take(&mut copy.faults) {
        let at = place_of(&error, copy.offset);
        anomalies.push(Anomaly::new(at, AnomalyKind::GptChecksum(Box::new(error))));
    }
    Some(finish(copy, anomalies))
}

/// Says how the backup differs from a primary that is sound.
fn compare<D: ReadAt + ?Sized>(device: &D, primary: &Copy, anomalies: &mut Vec<Anomaly>) {
    let (sector_size, len) = (primary.sector_size, device.len());
    let offset = primary.other.saturating_mul(sector_size);
    let at = DeviceOffset(offset);
    let disk = offset.saturating_add(sector_size);
    if disk > len {
        anomalies.push(Anomaly::new(at, AnomalyKind::DiskOutside { disk, len }));
        return;
    }
    let faults = match read(device, offset, sector_size, true) {
        Ok(backup) if backup.faults.is_empty() => {
            if backup.entries_crc != primary.entries_crc {
                anomalies.push(Anomaly::new(at, AnomalyKind::GptCopiesDiffer));
            }
            return;
        }
        Ok(backup) => backup.faults,
        Err(error) => vec![error],
    };
    let fault = |error| Fault { sector_size, offset, backup: true, error };
    note(anomalies, faults.into_iter().map(fault).collect(), sector_size);
}

/// Where an error lies: that of a checksum over entries does not lie in the header.
fn place_of(error: &Error, header: u64) -> DeviceOffset {
    match error {
        Error::Checksum { offset, .. } => *offset,
        _ => DeviceOffset(header),
    }
}

/// Why a copy was not used.
struct Fault {
    sector_size: u64,
    offset: u64,
    backup: bool,
    error: Error,
}

/// Says what is wrong with the copies; the places of the other sector size were only tried.
fn note(anomalies: &mut Vec<Anomaly>, faults: Vec<Fault>, sector_size: u64) {
    let relevant = faults.into_iter().filter(|fault| fault.sector_size == sector_size);
    anomalies.extend(relevant.map(|fault| {
        let at = place_of(&fault.error, fault.offset);
        Anomaly::new(at, AnomalyKind::GptCopy { backup: fault.backup, error: Box::new(fault.error) })
    }));
}

fn finish(mut copy: Copy, anomalies: &mut Vec<Anomaly>) -> Copy {
    anomalies.append(&mut copy.skipped);
    copy
}

fn read<D: ReadAt + ?Sized>(device: &D, offset: u64, sector_size: u64, backup: bool) -> Result<Copy, Error> {
    let header = gpt_header::read(device, offset, sector_size)?;
    let mut faults: Vec<Error> = header.fault.into_iter().collect();
    let start = header.entries.saturating_mul(sector_size);
    let at = DeviceOffset(start);
    let entry_len = narrow(header.entry_size.into());
    let len = narrow(u64::from(header.count).saturating_mul(header.entry_size.into()));
    let bytes = read_vec(device, start, len)?;
    let computed = crc32fast::hash(&bytes);
    if computed != header.entries_crc {
        faults.push(Error::Checksum {
            structure: Structure::GptEntries,
            offset: at,
            stored: header.entries_crc,
            computed,
        });
    }
    let mut partitions = Vec::new();
    let mut skipped = Vec::new();
    for (position, entry) in bytes.chunks_exact(entry_len).enumerate() {
        let entry_at = at.plus(wide(position.saturating_mul(entry_len)));
        let index = u32::try_from(position).unwrap_or(u32::MAX).saturating_add(1);
        let fields = Fields::new(entry, Structure::GptEntries, entry_at);
        match gpt_entry::read(&fields, index, sector_size) {
            Ok(partition) => partitions.extend(partition),
            Err(error) => skipped.push(Anomaly::damaged(entry_at, error)),
        }
    }
    Ok(Copy {
        sector_size,
        backup,
        partitions,
        offset,
        other: header.other,
        entries_crc: header.entries_crc,
        faults,
        skipped,
    })
}
