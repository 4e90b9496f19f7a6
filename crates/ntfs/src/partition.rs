//! The volumes of a disk: GUID partition table, master boot record with logical partitions, both at once, or none.

mod content;
mod extended;
mod gpt;
mod gpt_entry;
mod gpt_header;
mod guid;
mod mbr;

pub use content::Content;
pub use guid::Guid;

use std::fmt;

use hivekey_read_at::{ReadAt, Region};

use crate::anomaly::{Anomaly, AnomalyKind};
use crate::offset::DeviceOffset;

/// Sector sizes that disks have; positions in the tables count sectors and do not say how long one is.
const SECTOR_SIZES: [u64; 2] = [512, 4096];

/// How a disk is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scheme {
    /// By a GUID partition table.
    Gpt {
        /// Bytes of one sector.
        sector_size: u64,
        /// Whether the copy at the end of the disk was used.
        backup: bool,
        /// Whether the master boot record names partitions of its own, which are listed too.
        hybrid: bool,
    },
    /// By a master boot record.
    Mbr {
        /// Bytes of one sector.
        sector_size: u64,
    },
    /// Not at all: the whole device is one volume.
    Superfloppy,
    /// Neither a table nor a known file system was found; the whole device is given as one volume all the same.
    Unknown,
}

/// The type of a partition as its table says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PartitionType {
    /// The byte of a master boot record.
    Mbr(u8),
    /// The GUID of a GUID partition table.
    Gpt(Guid),
    /// There is no table.
    None,
}

impl fmt::Display for PartitionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mbr(byte) => write!(f, "{byte:#04x}"),
            Self::Gpt(guid) => guid.fmt(f),
            Self::None => f.write_str("none"),
        }
    }
}

/// A part of the disk that may hold a file system.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Volume {
    /// Its number: the place in the GUID partition table from 1; 1 to 4 for the master boot record's own, from 5 on for
    /// logical ones; 129 and up for what only the master boot record of a hybrid disk names; 0 for a whole device.
    pub index: u32,
    /// First byte on the device.
    pub offset: u64,
    /// Length in bytes as the table says it; the device may end before.
    pub len: u64,
    /// What the table says that it is.
    pub kind: PartitionType,
    /// The name in the GUID partition table.
    pub name: Option<String>,
    /// What it is by its own bytes.
    pub content: Content,
}

impl Volume {
    /// The volume as a device of its own.
    pub fn view<D: ReadAt>(&self, device: D) -> Region<D> {
        Region::new(device, self.offset, self.len)
    }
}

/// What [`volumes`] found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Volumes {
    /// How the disk is divided.
    pub scheme: Scheme,
    /// Its volumes in the order of the table.
    pub volumes: Vec<Volume>,
    /// What is wrong with the tables.
    pub anomalies: Vec<Anomaly>,
}

/// A partition as a table names it.
#[derive(Clone, Debug)]
struct Partition {
    index: u32,
    offset: u64,
    len: u64,
    kind: PartitionType,
    name: Option<String>,
}

/// Finds the volumes of a device. A damaged table is an anomaly; the answer is what can still be told.
///
/// Reads some kilobytes: the tables, and the first and last sectors of each volume.
pub fn volumes<D: ReadAt + ?Sized>(device: &D) -> Volumes {
    let mut anomalies = Vec::new();
    let whole = Content::of(device);
    // A boot sector of a file system also ends in 55 AA, and its code lies where the table of an MBR would.
    if whole.is_boot_sector() {
        return superfloppy(device, Scheme::Superfloppy, whole, anomalies);
    }
    let boot_record = mbr::read(device, 0);
    let protective = matches!(&boot_record, Ok(mbr) if mbr.is_protective());
    let mut gpt_faults = Vec::new();
    if let Some(copy) = gpt::find(device, protective, &mut gpt_faults) {
        anomalies.append(&mut gpt_faults);
        return from_gpt(device, copy, boot_record.ok(), anomalies);
    }
    if protective {
        anomalies.append(&mut gpt_faults);
        anomalies.push(Anomaly::new(DeviceOffset(0), AnomalyKind::GptMissing));
    }
    let found = match boot_record {
        Ok(mbr) => from_mbr(device, &mbr),
        Err(error) => {
            anomalies.push(Anomaly::damaged(DeviceOffset(0), error));
            None
        }
    };
    if let Some((sector_size, volumes, mut more)) = found {
        anomalies.append(&mut more);
        return Volumes { scheme: Scheme::Mbr { sector_size }, volumes, anomalies };
    }
    let (content, lost) = identify_or_recover(device, 0, whole);
    anomalies.extend(lost);
    let scheme = if content == Content::Unknown { Scheme::Unknown } else { Scheme::Superfloppy };
    superfloppy(device, scheme, content, anomalies)
}

fn superfloppy<D: ReadAt + ?Sized>(device: &D, scheme: Scheme, content: Content, anomalies: Vec<Anomaly>) -> Volumes {
    let volume = Volume { index: 0, offset: 0, len: device.len(), kind: PartitionType::None, name: None, content };
    Volumes { scheme, volumes: vec![volume], anomalies }
}

/// The number of the first partition that only the master boot record of a hybrid disk names: behind the 128 of a usual GPT.
const FIRST_HYBRID_INDEX: u32 = 129;

fn from_gpt<D: ReadAt + ?Sized>(
    device: &D,
    copy: gpt::Copy,
    boot_record: Option<mbr::Mbr>,
    mut anomalies: Vec<Anomaly>,
) -> Volumes {
    let sector_size = copy.sector_size;
    let mut partitions = copy.partitions;
    let mut hybrid = false;
    let named = boot_record.map(|mbr| extended::partitions(device, &mbr, sector_size));
    if let Some((own, _)) = named {
        for mut partition in own {
            if partition.kind == PartitionType::Mbr(mbr::PROTECTIVE) {
                continue;
            }
            hybrid = true;
            let known = partitions.iter().any(|gpt| gpt.offset == partition.offset);
            if !known {
                partition.index = partition.index.saturating_add(FIRST_HYBRID_INDEX.saturating_sub(1));
                partitions.push(partition);
            }
        }
    }
    let volumes = describe(device, partitions, &mut anomalies);
    Volumes { scheme: Scheme::Gpt { sector_size, backup: copy.backup, hybrid }, volumes, anomalies }
}

type MbrVolumes = (u64, Vec<Volume>, Vec<Anomaly>);

/// The volumes by the master boot record. It does not say how long a sector is: 512 bytes, unless only with 4096 something
/// is recognised where the partitions start. Without the signature 55 AA something must be recognised.
fn from_mbr<D: ReadAt + ?Sized>(device: &D, boot_record: &mbr::Mbr) -> Option<MbrVolumes> {
    let mut first = None;
    for sector_size in SECTOR_SIZES {
        let (partitions, mut anomalies) = extended::partitions(device, boot_record, sector_size);
        let volumes = describe(device, partitions, &mut anomalies);
        let known = volumes.iter().any(|volume| volume.content != Content::Unknown);
        if known {
            anomalies.extend(boot_record.signature_fault());
            return Some((sector_size, volumes, anomalies));
        }
        let inside = volumes.iter().any(|volume| volume.offset < device.len());
        if first.is_none() && inside && boot_record.has_signature() {
            first = Some((sector_size, volumes, anomalies));
        }
    }
    first
}

/// Looks at what each partition holds.
fn describe<D: ReadAt + ?Sized>(device: &D, partitions: Vec<Partition>, anomalies: &mut Vec<Anomaly>) -> Vec<Volume> {
    let mut volumes = Vec::with_capacity(partitions.len());
    for partition in partitions {
        let end = partition.offset.saturating_add(partition.len);
        if end > device.len() {
            let kind = AnomalyKind::PartitionOutside { index: partition.index, end, len: device.len() };
            anomalies.push(Anomaly::new(DeviceOffset(partition.offset), kind));
        }
        let view = Region::new(device, partition.offset, partition.len);
        let (mut content, lost) = identify_or_recover(&view, partition.offset, Content::of(&view));
        anomalies.extend(lost);
        if content == Content::Unknown {
            content = Content::by_type(partition.kind);
        }
        volumes.push(Volume {
            index: partition.index,
            offset: partition.offset,
            len: partition.len,
            kind: partition.kind,
            name: partition.name,
            content,
        });
    }
    volumes
}

/// An NTFS volume whose first sector is lost is still known by the backup in its last one.
fn identify_or_recover<D: ReadAt + ?Sized>(view: &D, offset: u64, content: Content) -> (Content, Option<Anomaly>) {
    if content == Content::Unknown && content::has_backup_boot_sector(view) {
        let lost = Anomaly::new(DeviceOffset(offset), AnomalyKind::BackupBootSector);
        return (Content::Ntfs, Some(lost));
    }
    (content, None)
}
