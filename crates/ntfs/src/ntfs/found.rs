//! Files that are found by their records: deleted ones, whose records are not in use but still say what they were, those that no
//! directory leads to any more, and those of an earlier format of the volume.

use std::fmt;

use super::bitmap;
use super::file;
use super::folder_path::{FolderPath, FolderPaths, best_name};
use super::record::Record;
use super::runs::Run;
use super::standard_information::FileTime;
use super::stream::NtfsFile;
use super::volume::Ntfs;
use crate::anomaly::Anomaly;
use crate::error::Error;
use crate::limits::Limit;
use crate::offset::{DeviceOffset, FileReference, RecordNumber};

/// A file that was found by its record. Its content is read through [`Ntfs::record`] with the record of [`reference`](Self::reference).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FoundFile {
    /// Its record; the sequence number is the one that the record has now: of a deleted file the one that it has as it is free.
    pub reference: FileReference,
    /// Its name.
    pub name: String,
    /// The directory that it is or was in.
    pub parent: FileReference,
    /// The path of that directory, as far as it is known.
    pub path: FolderPath,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// Bytes of the content; `None` if that is not told, as for directories.
    pub size: Option<u64>,
    /// When the content last changed.
    pub modified: FileTime,
    /// Whether the clusters of the content belong to other files by now.
    pub clusters: ClusterState,
}

/// What became of the clusters of a deleted file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClusterState {
    /// The content lies in the record itself.
    Resident,
    /// All are free: the content is most likely whole.
    Free,
    /// Some are in use by other files.
    PartlyReused {
        /// Clusters in use.
        in_use: u64,
        /// Clusters of the file.
        total: u64,
    },
    /// All are in use by other files.
    Reused,
    /// That cannot be told: the runs or `$Bitmap` are damaged, or the file is too long to be checked. Also of a file in use.
    Unknown,
}

/// Which files a search gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Deleted,
    Live,
    /// All that are known of an earlier format.
    Earlier,
}

/// Files of a volume, one after the other, by a search of all records. Made by [`Ntfs::deleted`], [`Ntfs::live`] and
/// [`EarlierFormat::files`](super::earlier::EarlierFormat::files).
pub struct FoundFiles {
    volume: Ntfs,
    wanted: Wanted,
    fits: Box<dyn Fn(&str) -> bool + Send>,
    next: u64,
    /// Files of the piece of the table that was read last.
    ready: std::vec::IntoIter<RecordNumber>,
    bitmap: Option<NtfsFile>,
    paths: FolderPaths,
}

impl FoundFiles {
    pub(super) fn new(volume: Ntfs, wanted: Wanted) -> Self {
        let max = volume.limits().max_scanned_records;
        if volume.record_count() > max {
            let error = Error::LimitReached { limit: Limit::ScannedRecords, max };
            volume.note(Anomaly::damaged(DeviceOffset(0), error));
        }
        // A file in use has its clusters.
        let bitmap = match wanted {
            Wanted::Live => None,
            _ => volume.present().record(RecordNumber::BITMAP).and_then(|file| file.open()).ok(),
        };
        Self {
            volume,
            wanted,
            fits: Box::new(|_| true),
            next: 0,
            ready: Vec::new().into_iter(),
            bitmap,
            paths: FolderPaths::default(),
        }
    }

    /// The same search for those files alone whose name fits; of the others no more than the record is looked at.
    #[must_use]
    pub fn named(mut self, fits: impl Fn(&str) -> bool + Send + 'static) -> Self {
        self.fits = Box::new(fits);
        self
    }

    /// Records to go through at once, so that the table is read in pieces.
    const BATCH: usize = 1024;

    /// The next free records that were files; `false` at the end of the table.
    fn fill(&mut self) -> bool {
        let mut found = Vec::new();
        let mut looked_at = 0usize;
        let mut next = None;
        for record in self.volume.scan(self.next) {
            next = record.number.0.checked_add(1);
            if self.is_wanted(&record) {
                found.push(record.number);
            }
            looked_at = looked_at.saturating_add(1);
            if looked_at >= Self::BATCH {
                break;
            }
        }
        self.ready = found.into_iter();
        match next {
            Some(next) => {
                self.next = next;
                true
            }
            None => false,
        }
    }

    fn is_wanted(&self, record: &Record) -> bool {
        let state = match self.wanted {
            Wanted::Deleted => !record.is_in_use(),
            Wanted::Live => record.is_in_use(),
            Wanted::Earlier => true,
        };
        // The names of a file with many attributes may stand in further records.
        let mut names = file::record_names(record).into_iter().peekable();
        let named = names.peek().is_none() || names.any(|name| (self.fits)(&name.text()));
        state && record.base.is_none() && named
    }

    fn describe(&mut self, number: RecordNumber) -> Option<FoundFile> {
        let file = self.volume.record(number).ok()?;
        let names = file.file_names().into_iter().filter(|name| (self.fits)(&name.text()));
        let name = best_name(names.collect())?;
        let path = self.paths.of(&self.volume, name.parent);
        let content = file.open().ok();
        if self.wanted == Wanted::Earlier && content.as_ref().is_some_and(|content| self.leads_outside(content)) {
            return None;
        }
        Some(FoundFile {
            reference: file.reference(),
            name: name.text(),
            parent: name.parent,
            path,
            is_directory: file.is_directory(),
            size: file.size(),
            modified: file.information().ok().flatten().map_or(name.modified, |information| information.modified),
            clusters: self.clusters(content.as_ref()),
        })
    }

    /// Whether a run leaves the volume: the record is one of another volume, as an image of a disk may hold them.
    fn leads_outside(&self, content: &NtfsFile) -> bool {
        let clusters = self.volume.clusters();
        let end = |run: &Run| Some(run.lcn?.0.saturating_add(run.clusters).saturating_mul(clusters.size));
        let runs = content.extents().into_iter().flat_map(|extents| extents.runs.iter());
        runs.filter_map(end).any(|end| end > clusters.device.len())
    }

    fn clusters(&self, content: Option<&NtfsFile>) -> ClusterState {
        let Some(content) = content else {
            return ClusterState::Unknown;
        };
        let Some(extents) = content.extents() else {
            return ClusterState::Resident;
        };
        let counted = self.bitmap.as_ref().and_then(|bitmap| {
            let sizes = (self.volume.clusters().size, self.volume.present().clusters().size);
            bitmap::in_use(bitmap, extents.runs.iter(), sizes).ok()?
        });
        match counted {
            None => ClusterState::Unknown,
            Some((0, _)) => ClusterState::Free,
            Some((in_use, total)) if in_use == total => ClusterState::Reused,
            Some((in_use, total)) => ClusterState::PartlyReused { in_use, total },
        }
    }
}

impl Iterator for FoundFiles {
    type Item = FoundFile;

    fn next(&mut self) -> Option<FoundFile> {
        loop {
            if let Some(number) = self.ready.next() {
                match self.describe(number) {
                    Some(file) => return Some(file),
                    None => continue,
                }
            }
            if !self.fill() {
                return None;
            }
        }
    }
}

impl fmt::Debug for FoundFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FoundFiles").field("wanted", &self.wanted).field("next", &self.next).finish_non_exhaustive()
    }
}
