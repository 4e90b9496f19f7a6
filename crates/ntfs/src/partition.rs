//! The volumes of a disk: GUID partition table, master boot record with logical partitions, both at once, or none.

mod content;
mod extended;
mod gpt;
mod gpt_entry;
mod gpt_header;
mod guid;
mod lost;
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
    /// There is no table any more, but volumes were found by their boot sectors.
    Lost,
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
    /// No table says it: the volume is the whole device, or was found by its boot sector.
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
    /// logical ones; 129 and up for what only the master boot record of a hybrid disk names; 0 for a whole device and for
    /// what no table names.
    pub index: u32,
    /// First byte on the device.
    pub offset: u64,
    /// Length in bytes as the table says it, or the boot sector where no table does; the device may end before.
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
/// NTFS volumes that no table names are looked for in what the partitions leave free. Reads some kilobytes: the tables, and the
/// first and last sectors of each volume; some megabytes where the tables name no volume of Windows.
pub fn volumes<D: ReadAt + ?Sized>(device: &D) -> Volumes {
    let mut anomalies = Vec::new();
    let whole = Content::of(device);
    // A boot sector of a file system also ends in 55 AA, and its code lies where the table of an MBR would.
    if whole.is_boot_sector() {
        return superfloppy(device, Scheme::Superfloppy, whole, anomalies);
    }
    let boot_record = mbr::read(device, 0);
    let protective = matches!(&boot_record, Ok(mbr) if mbr.is_protective());
    if let Some(copy) = gpt::find(device, protective, &mut anomalies) {
        return with_lost(device, from_gpt(device, copy, boot_record.ok(), anomalies));
    }
    if protective {
        anomalies.push(Anomaly::new(DeviceOffset(0), AnomalyKind::GptMissing));
    }
    let boot_record = boot_record.map_err(|error| anomalies.push(Anomaly::damaged(DeviceOffset(0), error))).ok();
    let mut by_table = boot_record.as_ref().and_then(|mbr| from_mbr(device, mbr));
    if let Some(mut found) = by_table.take_if(|found| found.verified) {
        found.volumes.anomalies.splice(..0, anomalies);
        return with_lost(device, found.volumes);
    }
    // What looks like entries may be the code of a boot sector whose name is lost.
    if whole == Content::Unknown && is_whole_by_backup(device) {
        return superfloppy(device, Scheme::Superfloppy, Content::Ntfs, anomalies);
    }
    let plausible = boot_record.as_ref().is_some_and(mbr::Mbr::is_plausible);
    if let Some(mut found) = by_table.take_if(|_| plausible) {
        found.volumes.anomalies.splice(..0, anomalies);
        return with_lost(device, found.volumes);
    }
    if whole == Content::Unknown {
        let content = Content::by_fat_backup(device);
        if content != Content::Unknown {
            return superfloppy(device, Scheme::Superfloppy, content, anomalies);
        }
        let was_table = boot_record.as_ref().is_none_or(|mbr| mbr.has_signature() || mbr.is_blank());
        let depth = if was_table { lost::Depth::Thorough } else { lost::Depth::Edges };
        let volumes = lost::find(device, &[], depth);
        if !volumes.is_empty() {
            let mut found = Volumes { scheme: Scheme::Lost, volumes: Vec::new(), anomalies };
            found.add_lost(volumes, device.len());
            return found;
        }
    }
    if let Some(mut found) = by_table {
        found.volumes.anomalies.splice(..0, anomalies);
        return found.volumes;
    }
    let scheme = if whole == Content::Unknown { Scheme::Unknown } else { Scheme::Superfloppy };
    superfloppy(device, scheme, whole, anomalies)
}

fn superfloppy<D: ReadAt + ?Sized>(
    device: &D,
    scheme: Scheme,
    content: Content,
    mut anomalies: Vec<Anomaly>,
) -> Volumes {
    let len = device.len();
    let boot = Some(device).filter(|_| content == Content::Ntfs).and_then(|device| lost::boot_sector(device, 0));
    // The backup boot sector may be left out: the volume is all there without it.
    let end = boot.and_then(|boot| boot.sectors.checked_mul(boot.sector_size));
    if let Some(end) = end.filter(|&end| end > len) {
        anomalies.push(Anomaly::new(DeviceOffset(0), AnomalyKind::VolumeOutside { end, len }));
    }
    let volume = Volume { index: 0, offset: 0, len, kind: PartitionType::None, name: None, content };
    Volumes { scheme, volumes: vec![volume], anomalies }
}

/// Whether the last sector is the backup boot sector of an NTFS volume that is as long as the device.
fn is_whole_by_backup<D: ReadAt + ?Sized>(device: &D) -> bool {
    let len = device.len();
    SECTOR_SIZES.into_iter().any(|sector_size| {
        let boot = len.checked_sub(sector_size).and_then(|at| lost::boot_sector(device, at));
        boot.and_then(|boot| lost::volume_len(&boot)) == Some(len)
    })
}

/// Adds the volumes that the table does not name. All places are looked at only where it names no volume of Windows.
fn with_lost<D: ReadAt + ?Sized>(device: &D, mut found: Volumes) -> Volumes {
    let windows = |volume: &Volume| matches!(volume.content, Content::Ntfs | Content::BitLocker);
    let depth = if found.volumes.iter().any(windows) { lost::Depth::Edges } else { lost::Depth::Thorough };
    let volumes = lost::find(device, &found.volumes, depth);
    found.add_lost(volumes, device.len());
    found
}

impl Volumes {
    fn add_lost(&mut self, volumes: Vec<Volume>, len: u64) {
        for volume in volumes {
            let at = DeviceOffset(volume.offset);
            self.anomalies.push(Anomaly::new(at, AnomalyKind::LostVolume));
            let end = volume.offset.saturating_add(volume.len);
            if end > len {
                self.anomalies.push(Anomaly::new(at, AnomalyKind::VolumeOutside { end, len }));
            }
            self.volumes.push(volume);
        }
    }
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
            hybrid = true;
            let known = partitions.iter().any(|gpt| gpt.offset == partition.offset);
            if !known {
                partition.index = partition.index.saturating_add(FIRST_HYBRID_INDEX.saturating_sub(1));
                partitions.push(partition);
            }
        }
    }
    let mut volumes = describe(device, partitions, &mut anomalies);
    name_by_type(&mut volumes);
    Volumes { scheme: Scheme::Gpt { sector_size, backup: copy.backup, hybrid }, volumes, anomalies }
}

/// What a master boot record gives.
struct ByRecord {
    volumes: Volumes,
    /// Whether one of the partitions is known by its own bytes.
    verified: bool,
}

/// The volumes by the master boot record. It does not say how long a sector is: 512 bytes, unless only with 4096 something
/// is recognised where the partitions start. Without the signature 55 AA something must be recognised; without entries that
/// can be ones, a partition must begin on the device.
fn from_mbr<D: ReadAt + ?Sized>(device: &D, boot_record: &mbr::Mbr) -> Option<ByRecord> {
    let mut first = None;
    for sector_size in SECTOR_SIZES {
        let (partitions, mut anomalies) = extended::partitions(device, boot_record, sector_size);
        let mut volumes = describe(device, partitions, &mut anomalies);
        let verified = volumes.iter().any(|volume| volume.content != Content::Unknown);
        let named = if boot_record.is_plausible() {
            boot_record.entries.iter().any(mbr::Entry::is_used)
        } else {
            boot_record.has_signature() && volumes.iter().any(|volume| volume.offset < device.len())
        };
        if !verified && (first.is_some() || !named) {
            continue;
        }
        name_by_type(&mut volumes);
        if verified {
            anomalies.extend(boot_record.signature_fault());
        }
        let found = Volumes { scheme: Scheme::Mbr { sector_size }, volumes, anomalies };
        if verified {
            return Some(ByRecord { volumes: found, verified });
        }
        first = Some(ByRecord { volumes: found, verified });
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
        let content = match Content::of(&view) {
            // The first sector may be lost; the file system says so itself when it is opened.
            Content::Unknown => Content::by_backup(&view),
            content => content,
        };
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

/// Says of what is not known by its bytes what the table says.
fn name_by_type(volumes: &mut [Volume]) {
    for volume in volumes.iter_mut().filter(|volume| volume.content == Content::Unknown) {
        volume.content = Content::by_type(volume.kind);
    }
}
