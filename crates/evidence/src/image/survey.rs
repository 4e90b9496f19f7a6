//! A look at a whole disk: which of its partitions can be read, and what the others are.

use std::sync::Arc;

use hivekey_fat::Fat;
use hivekey_images::Disk;
use hivekey_ntfs::{Content, FileTime, Ntfs, PartitionType, Volume};
use hivekey_read_at::ReadAt;

use super::deleted;
use super::page_cache::Pages;
use super::volume::VolumeTree;
use crate::error::Error;
use crate::file_system::FileSystemTree;
use crate::folder::shown;
use crate::limits::Options;
use crate::parts::{Part, Parts};
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};
use crate::tree::Moment;

/// The type of the EFI system partition: FAT, on nearly every disk, and never with a Windows. Source: UEFI 2.10, 5.3.3.
const EFI_SYSTEM_PARTITION: &str = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";

/// Opens the volumes of a disk, and says what is wrong with them.
pub(super) fn survey(disk: Arc<Disk>, options: &Options) -> (Parts, Vec<Problem>) {
    let found = hivekey_ntfs::volumes(&*disk);
    let at_root = |anomaly| Problem { path: TreePath::root(), kind: ProblemKind::PartitionTable(anomaly) };
    let mut problems: Vec<Problem> = found.anomalies.into_iter().map(at_root).collect();
    let pages = Pages::default();
    let mut parts = Vec::new();
    for volume in &found.volumes {
        let view: Arc<dyn ReadAt> = Arc::new(pages.of(volume.view(Arc::clone(&disk))));
        let top = top(volume);
        match volume.content {
            Content::Ntfs | Content::Unknown => match Ntfs::open(Arc::clone(&view), &hivekey_ntfs::Limits::default()) {
                Ok(ntfs) => problems.extend(ntfs_parts(ntfs, &view, &top, &pages, options, &mut parts)),
                // A volume that is known as nothing may have been one whose boot sectors lie elsewhere.
                Err(_) if volume.content == Content::Unknown => {
                    problems.extend(other(volume).map(|kind| Problem { path: top, kind }));
                }
                Err(source) => problems.push(unreadable(top, source)),
            },
            Content::Fat | Content::ExFat if !is_efi(volume.kind) => match Fat::open(view) {
                Ok(fat) => {
                    let tree = Box::new(FileSystemTree::new(fat, top.clone()));
                    parts.push(Part { top, moment: Moment::Now, tree });
                }
                Err(source) => {
                    let error = Error::Fat { path: shown(&top), source: Box::new(source) };
                    problems.push(Problem { path: top, kind: ProblemKind::Unreadable(error) });
                }
            },
            _ => problems.extend(other(volume).map(|kind| Problem { path: top, kind })),
        }
    }
    if parts.is_empty() {
        problems.push(Problem { path: TreePath::root(), kind: ProblemKind::NoVolume });
    }
    (Parts::of_disk(disk, parts), problems)
}

/// An NTFS volume, its shadow copies and, if they are wanted, its deleted files. Says what is wrong with them.
fn ntfs_parts(
    ntfs: Ntfs,
    view: &Arc<dyn ReadAt>,
    top: &TreePath,
    pages: &Pages,
    options: &Options,
    parts: &mut Vec<Part>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    if options.deleted {
        let folder = top.child(deleted::FOLDER);
        let (found, overwritten) = deleted::find(&ntfs, folder.clone(), options.limits.deleted_hives);
        parts.extend(found.map(|tree| Part { top: folder, moment: Moment::Deleted, tree: Box::new(tree) }));
        problems.extend(overwritten);
    }
    parts.push(part(ntfs, top, Moment::Now));
    problems.extend(snapshots(view, top, pages, parts));
    problems
}

fn part(volume: Ntfs, top: &TreePath, moment: Moment) -> Part {
    Part { top: top.clone(), moment, tree: Box::new(VolumeTree::new(volume, top.clone())) }
}

fn unreadable(path: TreePath, source: hivekey_ntfs::Error) -> Problem {
    let error = Error::Volume { path: shown(&path), source: Box::new(source) };
    Problem { path, kind: ProblemKind::Unreadable(error) }
}

/// Opens the shadow copies of a volume, each as a folder in it. Says what is wrong with them.
fn snapshots(volume: &Arc<dyn ReadAt>, top: &TreePath, pages: &Pages, parts: &mut Vec<Part>) -> Vec<Problem> {
    let found = hivekey_ntfs::snapshots(volume);
    let at_top = |anomaly| Problem { path: top.clone(), kind: ProblemKind::DamagedVolume(anomaly) };
    let mut problems: Vec<Problem> = found.anomalies.into_iter().map(at_top).collect();
    for snapshot in found.found {
        let mut name = format!("snapshot {}", date(snapshot.created));
        // Two of the same second are told apart by their ids.
        if parts.iter().any(|part| part.top == top.child(name.as_str())) {
            name = format!("{name} {}", snapshot.id);
        }
        let top = top.child(name);
        let view: Arc<dyn ReadAt> = Arc::new(pages.of(snapshot.view(Arc::clone(volume))));
        match Ntfs::open(view, &hivekey_ntfs::Limits::default()) {
            Ok(ntfs) => parts.push(part(ntfs, &top, Moment::Snapshot(snapshot.created.0))),
            Err(source) => problems.push(unreadable(top, source)),
        }
    }
    problems
}

/// A time to the second, in UTC: `2024-05-01T12:00:00Z`.
fn date(time: FileTime) -> String {
    /// Seconds from 1601-01-01 to 1970-01-01 (MS-DTYP 2.3.3).
    const UNIX_EPOCH: i64 = 11_644_473_600;
    let seconds = i64::try_from(time.0 / 10_000_000).ok().and_then(|seconds| seconds.checked_sub(UNIX_EPOCH));
    // A time that no calendar has is shown as it is stored.
    let known = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    known.map_or_else(|| format!("{:#x}", time.0), |time| time.to_string())
}

/// The folder that stands for a volume: the root, if the disk has no partitions.
fn top(volume: &Volume) -> TreePath {
    match volume.kind {
        PartitionType::None => TreePath::root(),
        _ => TreePath::root().child(format!("partition {}", volume.index)),
    }
}

/// What is to be said of a volume that is not read; nothing of those that are on every disk and hold no Windows.
fn other(volume: &Volume) -> Option<ProblemKind> {
    let name = match volume.content {
        Content::BitLocker => return Some(ProblemKind::BitLocker),
        Content::Reserved => return None,
        // The EFI system partition.
        Content::Fat | Content::ExFat => return None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_at_the_edges() {
        assert_eq!(date(FileTime(132_643_644_032_230_304)), "2021-05-01T17:40:03Z");
        assert_eq!(date(FileTime(0)), "1601-01-01T00:00:00Z");
        assert_eq!(date(FileTime(u64::MAX)), "0xffffffffffffffff");
    }
}
