//! What went wrong, or was left out, while the rest of a source was read.

use std::fmt;

use hivekey_bitlocker::Protector;
use hivekey_fat::AnomalyKind as FatFault;
use hivekey_images::Anomaly as ImageFault;
use hivekey_ntfs::AnomalyKind as VolumeFault;

use crate::error::Error;
use crate::folder::shown;
use crate::limits::LimitName;
use crate::path::TreePath;

/// Something about one place in the evidence that the user should know. The rest of the source was still read.
#[derive(Debug)]
#[non_exhaustive]
pub struct Problem {
    /// Where, inside the source.
    pub path: TreePath,
    /// What.
    pub kind: ProblemKind,
}

/// Kinds of [`Problem`].
#[derive(Debug)]
#[non_exhaustive]
pub enum ProblemKind {
    /// A folder or a file cannot be read. The error names the place and the system's reason.
    Unreadable(Error),
    /// A link leads out of the evidence, or nowhere, or in a circle. It was not followed.
    Link(Error),
    /// A link names another drive than `C:`. The volume has the path, too, and was taken for that drive.
    OtherDrive {
        /// Where it leads, with the letter.
        target: String,
    },
    /// Two names differ only by case, which Windows would not allow. Both were looked at.
    SameNameButCase {
        /// The other one.
        other: TreePath,
    },
    /// A limit was hit; what lies past it was not looked at.
    Limit {
        /// Which one.
        limit: LimitName,
        /// Its value.
        value: usize,
        /// How many folders or files were left out; 0 if that is not known.
        left_out: usize,
    },
    /// A Windows folder without a single hive.
    NoHives,
    /// A transaction log of SOFTWARE or SYSTEM without its hive.
    LogWithoutHive,
    /// A disk image that is not opened where it lies: of a kind that is opened only as a path of its own, or inside another image.
    ImageInFolder {
        /// What it is, with the article, for example `a VHDX disk image`.
        format: &'static str,
    },
    /// A volume that BitLocker encrypts and that no secret unlocked. Nothing of it was read.
    BitLockerLocked {
        /// What would unlock it.
        protectors: Vec<Protector>,
        /// How many secrets were tried.
        tried: usize,
    },
    /// A volume that BitLocker encrypts, and that was read all the same.
    BitLockerUnlocked {
        /// What unlocked it.
        protector: Protector,
    },
    /// A volume that BitLocker encrypts in a way that is not read, or whose metadata are damaged. Nothing of it was read.
    BitLockerUnreadable(Error),
    /// A volume with a file system that is not read, or with none. Nothing of it was read.
    OtherFileSystem {
        /// Which one, for example `ReFS`.
        name: &'static str,
        /// The partition, where the volume is one.
        partition: Option<Box<hivekey_ntfs::Volume>>,
        /// How many further partitions of the disk are left out here that hold the same.
        more: usize,
    },
    /// A deleted file whose clusters belong to other files by now, at least in part.
    Overwritten {
        /// Clusters in use by others, and clusters of the file; `None` if all of them are.
        in_use: Option<(u64, u64)>,
    },
    /// A disk without a single volume that can be read.
    NoVolume,
    /// A disk image keeps further states of its disk besides the one that was read.
    InternalSnapshots {
        /// The names of all, with the dates on which they were taken.
        names: Vec<String>,
        /// The one that was read, if it is not the current state.
        read: Option<String>,
    },
    /// The partition table of a disk is damaged, or names what lies past its end. The rest was used.
    PartitionTable(hivekey_ntfs::Anomaly),
    /// A disk image is damaged, cut off or was not closed properly, but could be read.
    DamagedImage(hivekey_images::Anomaly),
    /// Parts or images of a WIM could not be read; others could.
    DamagedWim(hivekey_wim::Anomaly),
    /// An NTFS volume is damaged, but could be read.
    DamagedVolume(hivekey_ntfs::Anomaly),
    /// A FAT or exFAT volume is damaged, but could be read.
    DamagedFat(hivekey_fat::Anomaly),
}

impl Problem {
    /// Whether something may lie behind it, so that where nothing was found it does not follow that there is nothing.
    #[must_use]
    pub fn may_hide(&self) -> bool {
        match &self.kind {
            ProblemKind::Unreadable(_) | ProblemKind::BitLockerLocked { .. } | ProblemKind::BitLockerUnreadable(_) => {
                true
            }
            // How deep a search goes is a choice, and what was deleted is not missed.
            ProblemKind::Limit { limit, .. } => !matches!(
                limit,
                LimitName::Depth
                    | LimitName::DepthBeside
                    | LimitName::DeletedHives
                    | LimitName::SweptBytes
                    | LimitName::Problems
            ),
            ProblemKind::DamagedImage(_) | ProblemKind::DamagedWim(_) | ProblemKind::PartitionTable(_) => {
                matches!(self.code(), "image-truncated" | "image-part-missing" | "image-log-unusable")
            }
            ProblemKind::DamagedVolume(anomaly) => matches!(
                anomaly.kind,
                VolumeFault::Damaged(_)
                    | VolumeFault::IndexRebuilt { complete: false, .. }
                    | VolumeFault::VolumeOutside { .. }
            ),
            ProblemKind::DamagedFat(anomaly) => {
                matches!(
                    anomaly.kind,
                    FatFault::Damaged(_) | FatFault::VolumeOutside { .. } | FatFault::ShortTable { .. }
                )
            }
            _ => false,
        }
    }

    /// The code of a source that could not be read because of it: that of the error, if it is one.
    #[must_use]
    pub fn error_code(&self) -> &'static str {
        match &self.kind {
            ProblemKind::Unreadable(error) | ProblemKind::BitLockerUnreadable(error) => error.code(),
            _ => self.code(),
        }
    }

    /// A stable short name for machines, in kebab-case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.kind {
            ProblemKind::Unreadable(_) => "unreadable",
            ProblemKind::Link(error) if error.leaves_evidence() => "link-leaves-evidence",
            ProblemKind::Link(_) => "link-broken",
            ProblemKind::OtherDrive { .. } => "link-other-drive",
            ProblemKind::SameNameButCase { .. } => "same-name-but-case",
            ProblemKind::Limit { limit: LimitName::DepthBeside, .. } => "not-searched",
            ProblemKind::Limit { .. } => "limit-reached",
            ProblemKind::NoHives => "no-hives",
            ProblemKind::LogWithoutHive => "log-without-hive",
            ProblemKind::ImageInFolder { .. } => "image-in-folder",
            ProblemKind::BitLockerLocked { .. } | ProblemKind::BitLockerUnreadable(_) => "bitlocker-volume",
            ProblemKind::BitLockerUnlocked { .. } => "bitlocker-unlocked",
            ProblemKind::OtherFileSystem { .. } => "other-file-system",
            ProblemKind::Overwritten { .. } => "deleted-file-overwritten",
            ProblemKind::NoVolume => "no-volume",
            ProblemKind::InternalSnapshots { .. } => "internal-snapshots",
            ProblemKind::PartitionTable(anomaly) => match anomaly.kind {
                VolumeFault::PartitionOutside { .. } | VolumeFault::DiskOutside { .. } => "image-truncated",
                _ => "partition-table-damaged",
            },
            ProblemKind::DamagedImage(anomaly) => image_code(anomaly),
            ProblemKind::DamagedWim(hivekey_wim::Anomaly::MissingPart { .. }) => "image-part-missing",
            ProblemKind::DamagedWim(_) => "image-damaged",
            ProblemKind::DamagedVolume(anomaly) if matches!(anomaly.kind, VolumeFault::VolumeOutside { .. }) => {
                "image-truncated"
            }
            ProblemKind::DamagedVolume(_) | ProblemKind::DamagedFat(_) => "volume-damaged",
        }
    }
}

impl Problem {
    /// The path for a message. What is the matter with a whole image has no path inside it.
    fn place(&self) -> String {
        match &self.kind {
            ProblemKind::PartitionTable(_)
            | ProblemKind::DamagedImage(_)
            | ProblemKind::InternalSnapshots { .. }
            | ProblemKind::NoVolume
                if self.path.is_root() =>
            {
                "the disk".to_owned()
            }
            ProblemKind::OtherFileSystem { .. }
            | ProblemKind::BitLockerLocked { .. }
            | ProblemKind::BitLockerUnlocked { .. }
            | ProblemKind::DamagedVolume(_)
            | ProblemKind::DamagedFat(_)
                if self.path.is_root() =>
            {
                "the volume".to_owned()
            }
            _ => shown(&self.path),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.place();
        match &self.kind {
            ProblemKind::Unreadable(error) | ProblemKind::Link(error) => error.fmt(f),
            ProblemKind::OtherDrive { target } => write!(
                f,
                "{path}: a link leads to {target}, on another drive than C:; followed on this volume, which has that path, too"
            ),
            ProblemKind::SameNameButCase { other } => {
                write!(f, "{path}: differs only by case from {}; both were looked at", shown(other))
            }
            ProblemKind::Limit { limit, value, left_out: 0 } => {
                write!(f, "{path}: more than {value} {limit}; the rest was not looked at")
            }
            ProblemKind::Limit { limit, value, left_out } => {
                write!(f, "{path}: more than {value} {limit}; left out: this and {} more", left_out.saturating_sub(1))
            }
            ProblemKind::NoHives => {
                write!(f, "{path}: a Windows folder, but there is no registry hive in it")
            }
            ProblemKind::LogWithoutHive => {
                write!(f, "{path}: a transaction log, but its hive is not there")
            }
            ProblemKind::ImageInFolder { format } => {
                write!(f, "{path}: {format}; not opened where it lies, give it as a path of its own")
            }
            ProblemKind::BitLockerLocked { protectors, tried } => {
                write!(f, "{path}: encrypted by BitLocker; nothing of it was read")?;
                match tried {
                    0 => {}
                    1 => f.write_str("; the secret that was given does not unlock it")?,
                    tried => write!(f, "; none of the {tried} secrets that were given unlocks it")?,
                }
                let kinds: Vec<String> = protectors.iter().map(protector).collect();
                if kinds.is_empty() { Ok(()) } else { write!(f, "; what unlocks it: {}", kinds.join(", ")) }
            }
            ProblemKind::BitLockerUnlocked { protector: by } => {
                write!(f, "{path}: encrypted by BitLocker; unlocked by its {}", protector(by))
            }
            ProblemKind::BitLockerUnreadable(error) => error.fmt(f),
            ProblemKind::OtherFileSystem { name, partition, more } => {
                write!(f, "{path}: ")?;
                if let Some(partition) = partition {
                    write!(f, "{} bytes at {:#x}, type {}: ", partition.len, partition.offset, partition.kind)?;
                }
                write!(f, "{name}; not read")?;
                if *more == 0 { Ok(()) } else { write!(f, ", and {more} more like it") }
            }
            ProblemKind::Overwritten { in_use: None } => {
                write!(f, "{path}: deleted; all its clusters belong to other files by now")
            }
            ProblemKind::Overwritten { in_use: Some((in_use, total)) } => {
                write!(f, "{path}: deleted; {in_use} of its {total} clusters belong to other files by now")
            }
            ProblemKind::NoVolume => {
                write!(f, "{path}: there is no volume with a file system that is read (NTFS, FAT, exFAT)")
            }
            ProblemKind::InternalSnapshots { names, read } => {
                let which =
                    read.as_ref().map_or_else(|| "its current state".to_owned(), |name| format!("its snapshot {name}"));
                write!(f, "{path}: {which} was read; the image keeps the snapshots {}", names.join(", "))
            }
            ProblemKind::PartitionTable(anomaly) => write!(f, "{path}: partition table: {anomaly}"),
            ProblemKind::DamagedImage(anomaly) => write!(f, "{path}: {anomaly}"),
            ProblemKind::DamagedWim(anomaly) => write!(f, "{path}: {anomaly}"),
            ProblemKind::DamagedVolume(anomaly) => write!(f, "{path}: {anomaly}"),
            ProblemKind::DamagedFat(anomaly) => write!(f, "{path}: {anomaly}"),
        }
    }
}

/// A protector and its identifier, of which Windows shows the first eight digits beside the recovery key that belongs to it.
fn protector(protector: &Protector) -> String {
    format!("{} (id {})", protector.kind, protector.id.to_string().to_uppercase())
}

fn image_code(fault: &ImageFault) -> &'static str {
    match fault {
        ImageFault::CutOff { .. } | ImageFault::SegmentMissing { .. } | ImageFault::SegmentSize { .. } => {
            "image-truncated"
        }
        ImageFault::NotFirstSegment => "image-part-missing",
        ImageFault::LogUnusable => "image-log-unusable",
        ImageFault::LogReplayed { .. } | ImageFault::NotClosed => "image-not-closed",
        ImageFault::WrongParent { .. } => "image-wrong-parent",
        ImageFault::AcquisitionError { .. } => "image-bad-sectors",
        _ => "image-damaged",
    }
}
