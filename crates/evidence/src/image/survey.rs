//! A look at a whole disk: which of its partitions can be read, and what the others are.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use hivekey_bitlocker::Tries;
use hivekey_fat::Fat;
use hivekey_images::Disk;
use hivekey_ntfs::{Anomaly, AnomalyKind, Content, FileTime, Ntfs, PartitionType, Scheme, Volume};
use hivekey_read_at::ReadAt;

use super::bitlocker;
use super::deleted;
use super::lost;
use super::page_cache::Pages;
use super::volume::VolumeTree;
use crate::error::Error;
use crate::file_system::FileSystemTree;
use crate::folder::shown;
use crate::limits::LimitName;
use crate::options::Options;
use crate::parts::{Part, Parts};
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};
use crate::tree::Moment;

/// The type of the EFI system partition: FAT, on nearly every disk, and never with a Windows. Source: UEFI 2.10, 5.3.3.
const EFI_SYSTEM_PARTITION: &str = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";

/// Opens the volumes of a disk, and says what is wrong with them.
pub(super) fn survey(disk: Arc<Disk>, options: &Options) -> (Parts, Vec<Problem>) {
    let found = hivekey_ntfs::volumes(&*disk);
    let mut survey = Survey {
        options,
        pages: Pages::default(),
        parts: Vec::new(),
        opened: 0,
        left_out: Vec::new(),
        tries: bitlocker::tries(&options.images),
        swept: 0,
        beside: None,
        problems: found.anomalies.into_iter().map(of_table).collect(),
    };
    let mut places = HashSet::new();
    for volume in &found.volumes {
        let view = Arc::new(survey.pages.of(volume.view(Arc::clone(&disk))));
        let known = survey.problems.len();
        let top = top(volume, found.scheme);
        survey.beside = is_lost(volume, found.scheme).then(TreePath::root);
        if !places.insert((volume.offset, volume.len)) {
            survey.say_what(top, SAME_PLACE);
        } else if volume.offset >= disk.len() && volume.len != 0 {
            survey.say_what(top, PAST_THE_END);
        } else if survey.opened >= options.limits.volumes && may_be_opened(volume.content) {
            survey.left_out.push(top);
        } else {
            let parts = survey.parts.len();
            survey.look_at(view, top.clone(), volume.content, volume.kind);
            if is_dynamic(volume.kind) && volume.content != Content::DynamicDisk {
                survey.say_what(top, REST_OF_DYNAMIC_DISK);
            }
            let is_known = may_be_opened(volume.content) && volume.content != Content::Unknown;
            if is_known || survey.parts.len() > parts {
                survey.opened = survey.opened.saturating_add(1);
            }
        }
        name_partition(survey.problems.get_mut(known..).unwrap_or_default(), volume);
    }
    survey.name_left_out();
    let Survey { parts, mut problems, .. } = survey;
    if found.volumes.is_empty() {
        problems.extend(unreadable_start(&*disk, TreePath::root()));
    }
    group(&mut problems);
    if parts.is_empty() {
        problems.push(Problem { path: TreePath::root(), kind: ProblemKind::NoVolume });
    }
    (Parts::of_disk(disk, parts), problems)
}

/// What was found so far.
struct Survey<'o> {
    options: &'o Options,
    pages: Pages,
    parts: Vec<Part>,
    problems: Vec<Problem>,
    /// Volumes that were opened, or tried, without their shadow copies.
    opened: usize,
    /// Volumes that were not, since there are too many.
    left_out: Vec<TreePath>,
    /// What is left of the tries to unlock volumes.
    tries: Tries,
    /// Bytes that were searched for earlier formats.
    swept: u64,
    /// For a volume that the disk's table does not name: where those that it names are.
    beside: Option<TreePath>,
}

impl Survey<'_> {
    /// Opens one volume by what it holds.
    fn look_at(&mut self, view: Arc<dyn ReadAt>, top: TreePath, content: Content, kind: PartitionType) {
        match content {
            Content::BitLocker => {
                let (unlocked, problem) = bitlocker::unlock(view, &top, &self.options.images, &mut self.tries);
                self.problems.push(problem);
                let Some(unlocked) = unlocked else { return };
                let inner = Content::of(&unlocked);
                let unlocked = Arc::new(self.pages.of(unlocked));
                match inner {
                    // One inside the other is not made by Windows, and could be made without end.
                    Content::BitLocker => self.say_other(top, Content::Unknown),
                    inner => self.look_at(unlocked, top, inner, kind),
                }
            }
            Content::Ntfs | Content::Unknown => match Ntfs::open(Arc::clone(&view), &self.ntfs_limits()) {
                Ok(ntfs) => self.add_ntfs(ntfs, &view, &top),
                // A volume that is known as nothing may have been one whose boot sectors lie elsewhere.
                Err(_) if content == Content::Unknown => match unreadable_start(&*view, top.clone()) {
                    Some(problem) => self.problems.push(problem),
                    None => self.say_other(top, content),
                },
                Err(source) => self.problems.push(unreadable(top, source)),
            },
            Content::Fat | Content::ExFat if !is_efi(kind) => match Fat::open(view) {
                Ok(fat) => {
                    let tree = Box::new(FileSystemTree::new(fat, top.clone()));
                    self.parts.push(Part { top, moment: Moment::Now, beside: None, tree });
                }
                Err(source) => {
                    let error = Error::Fat { path: shown(&top), source: Box::new(source) };
                    self.problems.push(Problem { path: top, kind: ProblemKind::Unreadable(error) });
                }
            },
            _ => self.say_other(top, content),
        }
    }

    fn name_left_out(&mut self) {
        let (value, left_out) = (self.options.limits.volumes, self.left_out.len());
        if let Some(path) = self.left_out.drain(..).next() {
            let kind = ProblemKind::Limit { limit: LimitName::Volumes, value, left_out };
            self.problems.push(Problem { path, kind });
        }
    }

    fn say_other(&mut self, top: TreePath, content: Content) {
        if let Some(name) = other(content) {
            self.say_what(top, name);
        }
    }

    fn say_what(&mut self, top: TreePath, name: &'static str) {
        let kind = ProblemKind::OtherFileSystem { name, partition: None, more: 0 };
        self.problems.push(Problem { path: top, kind });
    }

    fn ntfs_limits(&self) -> hivekey_ntfs::Limits {
        let mut limits = hivekey_ntfs::Limits::default();
        limits.max_swept_bytes = self.options.limits.swept_bytes.saturating_sub(self.swept);
        limits
    }

    /// An NTFS volume, its shadow copies, the hives that no folder leads to and, if they are wanted, its deleted files.
    fn add_ntfs(&mut self, ntfs: Ntfs, view: &Arc<dyn ReadAt>, top: &TreePath) {
        let most = self.options.limits.deleted_hives;
        if self.options.deleted {
            let folder = free_name(&ntfs, top, deleted::FOLDER);
            let (found, overwritten) = deleted::find(&ntfs, folder.clone(), most, &mut self.swept);
            let part = |tree| Part { top: folder, moment: Moment::Deleted, beside: None, tree: Box::new(tree) };
            self.parts.extend(found.map(part));
            self.problems.extend(overwritten);
        }
        if self.options.deleted || lost::is_suspected(&ntfs) {
            let folder = free_name(&ntfs, top, lost::FOLDER);
            let (found, problem) = lost::find(&ntfs, folder.clone(), most);
            let beside = Some(top.clone());
            let part = |tree| Part { top: folder, moment: Moment::Lost, beside, tree: Box::new(tree) };
            self.parts.extend(found.map(part));
            self.problems.extend(problem);
        }
        self.parts.push(Part { beside: self.beside.clone(), ..part(ntfs, top, Moment::Now) });
        self.add_snapshots(view, top);
    }

    /// The shadow copies of a volume, each as a folder in it.
    fn add_snapshots(&mut self, volume: &Arc<dyn ReadAt>, top: &TreePath) {
        let found = hivekey_ntfs::snapshots(volume);
        let at_top = |anomaly| Problem { path: top.clone(), kind: ProblemKind::DamagedVolume(anomaly) };
        self.problems.extend(found.anomalies.into_iter().map(at_top));
        for snapshot in found.found {
            let mut name = format!("snapshot {}", date(snapshot.created));
            // Two of the same second are told apart by their ids.
            if self.parts.iter().any(|part| part.top == top.child(name.as_str())) {
                name = format!("{name} {}", snapshot.id);
            }
            let top = top.child(name);
            let view: Arc<dyn ReadAt> = Arc::new(self.pages.of(snapshot.view(Arc::clone(volume))));
            match Ntfs::open(view, &hivekey_ntfs::Limits::default()) {
                Ok(ntfs) => self.parts.push(part(ntfs, &top, Moment::Snapshot(snapshot.created.0))),
                Err(source) => self.problems.push(unreadable(top, source)),
            }
        }
    }
}

fn part(volume: Ntfs, top: &TreePath, moment: Moment) -> Part {
    Part { top: top.clone(), moment, beside: None, tree: Box::new(VolumeTree::new(volume, top.clone())) }
}

/// A folder of a volume that has none of that name in its root, which it would hide.
fn free_name(volume: &Ntfs, top: &TreePath, name: &str) -> TreePath {
    let is_free = |name: &String| !volume.lookup(&[name]).is_ok_and(|lookup| lookup.found().is_some());
    let names = (2..MAX_NAMES).map(|number| format!("{name} {number}"));
    let free = std::iter::once(name.to_owned()).chain(names).find(is_free);
    top.child(free.unwrap_or_else(|| name.to_owned()))
}

fn may_be_opened(content: Content) -> bool {
    matches!(content, Content::BitLocker | Content::Ntfs | Content::Fat | Content::ExFat | Content::Unknown)
}

/// Whether a volume was found by its boot sector on a disk that has a table.
fn is_lost(volume: &Volume, scheme: Scheme) -> bool {
    volume.kind == PartitionType::None && matches!(scheme, Scheme::Gpt { .. } | Scheme::Mbr { .. })
}

fn unreadable(path: TreePath, source: hivekey_ntfs::Error) -> Problem {
    let name = if path.is_root() { "the volume".to_owned() } else { shown(&path) };
    let error = Error::Volume { path: name, source: Box::new(source) };
    Problem { path, kind: ProblemKind::Unreadable(error) }
}

/// Whether what lies at the start of a disk or volume is unknown because it cannot be read.
fn unreadable_start(device: &dyn ReadAt, path: TreePath) -> Option<Problem> {
    let source = device.read_available(0, &mut [0; 512]).err()?;
    let error = Error::Read { path: shown(&path), source };
    Some(Problem { path, kind: ProblemKind::Unreadable(error) })
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

/// What is wrong with a partition table, or with a volume that it does not name.
fn of_table(anomaly: Anomaly) -> Problem {
    match anomaly.kind {
        AnomalyKind::VolumeOutside { .. } => {
            let path = unnamed(anomaly.offset.get());
            Problem { path, kind: ProblemKind::DamagedVolume(anomaly) }
        }
        _ => Problem { path: TreePath::root(), kind: ProblemKind::PartitionTable(anomaly) },
    }
}

/// The folder that stands for a volume: the root, if the disk has no partitions.
fn top(volume: &Volume, scheme: Scheme) -> TreePath {
    match (volume.kind, scheme) {
        (PartitionType::None, _) => unnamed(volume.offset),
        // What only the master boot record of a hybrid disk names is numbered by that record, behind the GPT's own.
        (PartitionType::Mbr(_), Scheme::Gpt { .. }) => {
            TreePath::root().child(format!("MBR partition {}", volume.index.saturating_sub(GPT_PARTITIONS)))
        }
        _ => TreePath::root().child(format!("partition {}", volume.index)),
    }
}

/// The folder of a volume that no table names.
fn unnamed(offset: u64) -> TreePath {
    match offset {
        0 => TreePath::root(),
        offset => TreePath::root().child(format!("partition at {offset}")),
    }
}

/// What is added to the numbers of partitions that only the master boot record of a hybrid disk names ([`Volume::index`]).
const GPT_PARTITIONS: u32 = 128;

/// Names that are tried for a folder.
const MAX_NAMES: usize = 1000;

const PAST_THE_END: &str = "past the end of the image";
const SAME_PLACE: &str = "in the same place as a partition before";
const REST_OF_DYNAMIC_DISK: &str = "volumes of a dynamic disk (LDM) besides the one at its start";

/// Whether a partition is a part of a dynamic disk, by the type that Windows gives all of them.
fn is_dynamic(kind: PartitionType) -> bool {
    const MBR_DYNAMIC: u8 = 0x42;
    const GPT_DYNAMIC: &str = "af9b60a0-1431-4f62-bc68-3311714a69ad";
    match kind {
        PartitionType::Mbr(byte) => byte == MBR_DYNAMIC,
        PartitionType::Gpt(guid) => guid.to_string() == GPT_DYNAMIC,
        _ => false,
    }
}

/// Says where a partition that is not read lies, and what the table says that it is.
fn name_partition(problems: &mut [Problem], volume: &Volume) {
    for problem in problems {
        if let ProblemKind::OtherFileSystem { partition, .. } = &mut problem.kind
            && volume.kind != PartitionType::None
        {
            *partition = Some(Box::new(volume.clone()));
        }
    }
}

/// Lines about partitions that hold the same, of which a table can name thousands.
const ALIKE: usize = 3;

/// Leaves out the later ones of many partitions that hold the same, and says how many.
fn group(problems: &mut Vec<Problem>) {
    let mut seen: HashMap<&'static str, usize> = HashMap::new();
    let mut count = |problem: &Problem| match &problem.kind {
        ProblemKind::OtherFileSystem { name, .. } => {
            let seen = seen.entry(name).or_default();
            *seen = seen.saturating_add(1);
            *seen
        }
        _ => 0,
    };
    problems.retain(|problem| count(problem) <= ALIKE);
    for problem in problems.iter_mut().rev() {
        if let ProblemKind::OtherFileSystem { name, more, .. } = &mut problem.kind {
            *more = seen.remove(name).unwrap_or_default().saturating_sub(ALIKE);
        }
    }
}

/// What a volume that is not read is called; nothing for those that are on every disk and hold no Windows.
fn other(content: Content) -> Option<&'static str> {
    Some(match content {
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
    })
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

    /// A disk image in memory: what is wrong with it, a line each.
    fn problems(bytes: Vec<u8>) -> Vec<String> {
        problems_with(bytes, &Options::default())
    }

    fn problems_with(bytes: Vec<u8>, options: &Options) -> Vec<String> {
        let disk =
            super::super::open_disk("disk", "disk", Arc::new(bytes), &hivekey_images::NoSiblings, &options.images);
        let (_, problems) = survey(Arc::new(disk.unwrap()), options);
        problems.iter().map(ToString::to_string).collect()
    }

    fn entry(disk: &mut [u8], slot: usize, kind: u8, start: u32, count: u32) {
        let at = 446 + 16 * slot;
        disk[at + 4] = kind;
        disk[at + 8..at + 12].copy_from_slice(&start.to_le_bytes());
        disk[at + 12..at + 16].copy_from_slice(&count.to_le_bytes());
        disk[510..512].copy_from_slice(&[0x55, 0xAA]);
    }

    #[test]
    fn partitions_that_are_not_read_are_named() {
        let mut disk = vec![0u8; 1 << 20];
        for slot in 0..4 {
            entry(&mut disk, slot, 0x83, 8 + 8 * u32::try_from(slot).unwrap(), 8);
        }
        let nothing = "the disk: there is no volume with a file system that is read (NTFS, FAT, exFAT)";
        assert_eq!(
            problems(disk.clone()),
            [
                "partition 1: 4096 bytes at 0x1000, type 0x83: no file system that is known; not read",
                "partition 2: 4096 bytes at 0x2000, type 0x83: no file system that is known; not read",
                "partition 3: 4096 bytes at 0x3000, type 0x83: no file system that is known; not read, and 1 more like it",
                nothing
            ]
        );
        for slot in 1..4 {
            entry(&mut disk, slot, 0, 0, 0);
        }
        entry(&mut disk, 0, 7, 4096, 8);
        assert_eq!(
            problems(disk),
            [
                "the disk: partition table: partition 1 ends at 0x201000, the disk at 0x100000 (at 0x200000)",
                "partition 1: 4096 bytes at 0x200000, type 0x07: past the end of the image; not read",
                nothing
            ]
        );
    }

    #[test]
    fn volumes_are_opened_once_and_not_without_end() {
        let mut disk = vec![0u8; 1 << 20];
        for at in [4096, 8192, 12288] {
            disk[at + 3..at + 11].copy_from_slice(b"-FVE-FS-");
        }
        for (slot, start) in [8, 8, 16, 24].into_iter().enumerate() {
            entry(&mut disk, slot, 7, start, 8);
        }
        let mut options = Options::default();
        let mut told = problems_with(disk.clone(), &options);
        let same = "partition 2: 4096 bytes at 0x1000, type 0x07: in the same place as a partition before; not read";
        assert_eq!((told.len(), told[1].as_str()), (5, same));
        options.limits.volumes = 1;
        told = problems_with(disk, &options);
        assert_eq!(told[1..3], [same, "partition 3: more than 1 volumes of one disk; left out: this and 1 more"]);
    }

    #[test]
    fn dates_at_the_edges() {
        assert_eq!(date(FileTime(132_643_644_032_230_304)), "2021-05-01T17:40:03Z");
        assert_eq!(date(FileTime(0)), "1601-01-01T00:00:00Z");
        assert_eq!(date(FileTime(u64::MAX)), "0xffffffffffffffff");
    }
}
