//! What bounds the search, each limit with its name.

use std::fmt;

/// Bounds of the search for installations. When one is hit, a [`Problem`](crate::Problem) names it and the rest is
/// left out; what was found stands.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How many levels of folders below the start are searched.
    pub depth: usize,
    /// How many levels of the folders beside a Windows folder are searched (a volume's other folders seldom
    /// hold a second installation, and there are many of them).
    pub depth_beside: usize,
    /// Most entries of one folder that are looked at.
    pub folder_entries: usize,
    /// Most entries of all folders of a source together.
    pub entries: usize,
    /// Most files of a source whose first bytes are read to see what they are.
    pub probes: usize,
    /// Most installations of one source.
    pub installations: usize,
    /// Most disk images of a folder that are opened with it; each keeps its file open.
    pub images: usize,
    /// Most volumes of one disk that are opened.
    pub volumes: usize,
    /// Most deleted hives of one volume that are looked at.
    pub deleted_hives: usize,
    /// Most bytes of the free space of one disk's volumes in which deleted hives of an earlier format are looked for.
    pub swept_bytes: u64,
    /// Most members of an archive that are looked at, and most files and folders that they make.
    pub archive_members: usize,
    /// Most bytes that members of archives are unpacked into memory, those of all archives of a source together.
    pub archive_kept_bytes: u64,
    /// Most bytes that an archive's members are unpacked to, kept or passed over, whatever its length.
    pub archive_expanded_bytes: u64,
    /// Bytes that an archive's members may be unpacked to for each byte of the archive, if that is more than
    /// [`archive_expanded_bytes`](Self::archive_expanded_bytes): a large backup is read whole, a bomb is not.
    pub archive_expansion: u64,
    /// Most problems of one source that are kept.
    pub problems: usize,
    /// Longest file that is mapped into memory, in bytes; longer ones are read with `pread`. 0 maps nothing.
    pub mapped_bytes: u64,
}

impl Limits {
    /// The value of a limit.
    pub(crate) fn value(&self, limit: LimitName) -> usize {
        match limit {
            LimitName::Depth => self.depth,
            LimitName::DepthBeside => self.depth_beside,
            LimitName::FolderEntries => self.folder_entries,
            LimitName::Entries => self.entries,
            LimitName::Probes => self.probes,
            LimitName::Installations => self.installations,
            LimitName::Images => self.images,
            LimitName::Volumes => self.volumes,
            LimitName::DeletedHives => self.deleted_hives,
            LimitName::SweptBytes => usize::try_from(self.swept_bytes).unwrap_or(usize::MAX),
            LimitName::ArchiveMembers => self.archive_members,
            LimitName::ArchiveKeptBytes => usize::try_from(self.archive_kept_bytes).unwrap_or(usize::MAX),
            LimitName::ArchiveExpandedBytes => usize::try_from(self.archive_expanded_bytes).unwrap_or(usize::MAX),
            LimitName::Problems => self.problems,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 6,
            depth_beside: 2,
            folder_entries: 200_000,
            entries: 2_000_000,
            probes: 50_000,
            installations: 10_000,
            images: 256,
            volumes: 256,
            deleted_hives: 10_000,
            swept_bytes: hivekey_ntfs::limits::MAX_SWEPT_BYTES,
            archive_members: 5_000_000,
            archive_kept_bytes: 512 << 20,
            archive_expanded_bytes: 4 << 30,
            archive_expansion: 250,
            problems: 1_000,
            mapped_bytes: 1 << 40,
        }
    }
}

/// Which limit was hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LimitName {
    /// [`Limits::depth`].
    Depth,
    /// [`Limits::depth_beside`].
    DepthBeside,
    /// [`Limits::folder_entries`].
    FolderEntries,
    /// [`Limits::entries`].
    Entries,
    /// [`Limits::probes`].
    Probes,
    /// [`Limits::installations`].
    Installations,
    /// [`Limits::images`].
    Images,
    /// [`Limits::volumes`].
    Volumes,
    /// [`Limits::deleted_hives`].
    DeletedHives,
    /// [`Limits::swept_bytes`].
    SweptBytes,
    /// [`Limits::archive_members`].
    ArchiveMembers,
    /// [`Limits::archive_kept_bytes`].
    ArchiveKeptBytes,
    /// [`Limits::archive_expanded_bytes`] and [`Limits::archive_expansion`].
    ArchiveExpandedBytes,
    /// [`Limits::problems`].
    Problems,
}

impl fmt::Display for LimitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Depth => "levels of folders",
            Self::DepthBeside => "levels of folders beside a Windows folder",
            Self::FolderEntries => "entries of one folder",
            Self::Entries => "entries of all folders",
            Self::Probes => "files whose content was looked at",
            Self::Installations => "installations",
            Self::Images => "disk images in one folder",
            Self::Volumes => "volumes of one disk",
            Self::DeletedHives => "deleted hives of one volume",
            Self::SweptBytes => "bytes that an earlier format may have left files in (`hivekey carve` reads them all)",
            Self::ArchiveMembers => "members of one archive",
            Self::ArchiveKeptBytes => "bytes of archives' members in memory",
            Self::ArchiveExpandedBytes => "bytes unpacked from one archive",
            Self::Problems => "problems",
        })
    }
}
