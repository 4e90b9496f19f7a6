//! A look at a whole disk: which of its partitions can be read, and what the others are.

use std::sync::Arc;

use hivekey_images::Disk;
use hivekey_ntfs::{Content, Ntfs, PartitionType, Volume};

use super::adapt::DiskDevice;
use super::page_cache::{PageCache, Pages};
use super::tree::ImageTree;
use super::volume::VolumeTree;
use crate::error::Error;
use crate::folder::shown;
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};

/// The type of the EFI system partition: FAT, on nearly every disk, and never with a Windows. Source: UEFI 2.10, 5.3.3.
const EFI_SYSTEM_PARTITION: &str = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";

/// Opens the volumes of a disk, and says what is wrong with them.
pub(super) fn survey(disk: Arc<Disk>) -> (ImageTree, Vec<Problem>) {
    let device = Arc::new(DiskDevice(Arc::clone(&disk)));
    let found = hivekey_ntfs::volumes(&*device);
    let at_root = |anomaly| Problem { path: TreePath::root(), kind: ProblemKind::PartitionTable(anomaly) };
    let mut problems: Vec<Problem> = found.anomalies.into_iter().map(at_root).collect();
    let pages = Pages::default();
    let mut volumes = Vec::new();
    for (number, volume) in (0..).zip(&found.volumes) {
        let top = top(volume);
        // A volume that is known as nothing may still be one whose boot sectors lie elsewhere.
        if !matches!(volume.content, Content::Ntfs | Content::Unknown) {
            problems.extend(other(volume).map(|kind| Problem { path: top, kind }));
            continue;
        }
        let view = PageCache::new(volume.view(Arc::clone(&device)), number, pages.clone());
        match Ntfs::open(Arc::new(view), &hivekey_ntfs::Limits::default()) {
            Ok(ntfs) => volumes.push(VolumeTree::new(ntfs, top)),
            Err(_) if volume.content == Content::Unknown => {
                problems.extend(other(volume).map(|kind| Problem { path: top, kind }));
            }
            Err(source) => {
                let error = Error::Volume { path: shown(&top), source: Box::new(source) };
                problems.push(Problem { path: top, kind: ProblemKind::Unreadable(error) });
            }
        }
    }
    if volumes.is_empty() {
        problems.push(Problem { path: TreePath::root(), kind: ProblemKind::NoVolume });
    }
    (ImageTree::new(disk, volumes), problems)
}

/// The folder that stands for a volume: the root, if the disk has no partitions.
fn top(volume: &Volume) -> TreePath {
    match volume.kind {
        PartitionType::None => TreePath::root(),
        _ => TreePath::root().child(format!("partition {}", volume.index)),
    }
}

/// What is to be said of a volume that is not NTFS; nothing of those that are on every disk and hold no Windows.
fn other(volume: &Volume) -> Option<ProblemKind> {
    let name = match volume.content {
        Content::BitLocker => return Some(ProblemKind::BitLocker),
        Content::Reserved => return None,
        Content::Fat if is_efi(volume.kind) => return None,
        Content::Fat => "FAT",
        Content::ExFat => "exFAT",
        Content::Refs => "ReFS",
        Content::DynamicDisk => "a part of a dynamic disk (LDM)",
        Content::StorageSpaces => "a part of a storage pool (Storage Spaces)",
        Content::Lvm => "a physical volume of Linux LVM",
        Content::Luks => "encrypted by LUKS",
        Content::Foreign(name) => name,
        _ => "no file system that is known",
    };
    Some(ProblemKind::OtherFileSystem { name })
}

fn is_efi(kind: PartitionType) -> bool {
    const MBR_EFI: u8 = 0xEF;
    match kind {
        PartitionType::Gpt(guid) => guid.to_string() == EFI_SYSTEM_PARTITION,
        PartitionType::Mbr(byte) => byte == MBR_EFI,
        PartitionType::None => false,
        _ => false,
    }
}
