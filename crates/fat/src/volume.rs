//! An open volume.

use std::fmt;
use std::sync::Arc;

use hivekey_read_at::ReadAt;

use crate::anomaly::{Anomaly, AnomalyLog};
use crate::boot;
use crate::chain::{Run, follow};
use crate::directory;
use crate::entry::{Entry, Listing, Place};
use crate::error::{Error, Structure};
use crate::file::FatFile;
use crate::geometry::{FatKind, Geometry};
use crate::offset::Cluster;
use crate::table::{Table, Windows};

/// An open FAT12, FAT16, FAT32 or exFAT volume. Cheap to clone; clones share what was read.
#[derive(Clone)]
pub struct Fat {
    inner: Arc<Inner>,
}

struct Inner {
    device: Arc<dyn ReadAt>,
    geometry: Geometry,
    windows: Windows,
    log: AnomalyLog,
}

impl Fat {
    /// Opens the volume that a device holds from its first byte on.
    ///
    /// Where the boot sector is damaged, the backup of FAT32 or exFAT is used; [`anomalies`](Self::anomalies) says so. Reads a
    /// few kilobytes.
    ///
    /// # Errors
    ///
    /// [`Error::NotFat`] if there is neither.
    pub fn open(device: Arc<dyn ReadAt>) -> Result<Self, Error> {
        let log = AnomalyLog::default();
        let geometry = boot::find(&device, &log)?;
        Ok(Self { inner: Arc::new(Inner { device, geometry, windows: Windows::default(), log }) })
    }

    /// Which of the file systems it is.
    #[must_use]
    pub fn kind(&self) -> FatKind {
        self.inner.geometry.kind
    }

    /// Bytes of a cluster.
    #[must_use]
    pub fn cluster_size(&self) -> u64 {
        self.inner.geometry.cluster_size
    }

    /// What was found to be wrong so far, each thing once, and how many further ones were left out.
    #[must_use]
    pub fn anomalies(&self) -> (Vec<Anomaly>, u64) {
        self.inner.log.snapshot()
    }

    /// The root folder.
    #[must_use]
    pub fn root(&self) -> Entry {
        Entry::root()
    }

    /// What a folder holds, at most `limit` entries.
    ///
    /// # Errors
    ///
    /// [`Error::NotADirectory`]. Damage is no error: the listing has what can be found and says that it is not complete, and
    /// [`anomalies`](Self::anomalies) what is wrong.
    pub fn entries(&self, folder: &Entry, limit: usize) -> Result<Listing, Error> {
        check_directory(folder)?;
        Ok(directory::list(self, folder, limit))
    }

    /// The entry of a folder with that name, without regard to case; the first one if there are several.
    ///
    /// # Errors
    ///
    /// [`Error::NotADirectory`]; the first damage of the folder if the name was not found in what is left of it.
    pub fn lookup(&self, folder: &Entry, name: &str) -> Result<Option<Entry>, Error> {
        check_directory(folder)?;
        directory::lookup(self, folder, name)
    }

    /// The content of a file. Follows its chain to the end, but reads nothing of the content.
    ///
    /// # Errors
    ///
    /// [`Error::NotAFile`] for a folder, [`Error::Chain`] if the clusters cannot be known, [`Error::Field`] if the entry names
    /// what the volume does not have.
    pub fn file(&self, entry: &Entry) -> Result<FatFile, Error> {
        if entry.is_directory {
            return Err(Error::NotAFile(entry.offset));
        }
        let runs = self.runs(entry)?;
        Ok(FatFile::new(self.clone(), entry.size, entry.valid, runs))
    }

    fn runs(&self, entry: &Entry) -> Result<Vec<Run>, Error> {
        let geometry = self.geometry();
        let wanted = match u32::try_from(geometry.clusters_of(entry.size)) {
            Ok(0) => return Ok(Vec::new()),
            Ok(wanted) if wanted <= geometry.clusters => wanted,
            _ => return Err(self.wrong(entry, "size", entry.size, "what the volume has room for")),
        };
        let (first, last) = match entry.place {
            Place::Chain(first) => (first, Some(first)),
            Place::Contiguous(first) => (first, self.contiguous_end(first, entry.size)),
            // Only the root folder is there.
            Place::Root => return Err(Error::NotAFile(entry.offset)),
        };
        if !geometry.contains(first) || !last.is_some_and(|last| geometry.contains(last)) {
            return Err(self.wrong_cluster(entry, first));
        }
        match entry.place {
            Place::Chain(_) => follow(&mut self.table(), first, wanted),
            _ => Ok(vec![Run { before: 0, first, clusters: wanted }]),
        }
    }

    /// The last cluster of `len` bytes in one piece, if there can be one.
    pub(crate) fn contiguous_end(&self, first: Cluster, len: u64) -> Option<Cluster> {
        let clusters = u32::try_from(self.geometry().clusters_of(len)).ok()?;
        first.0.checked_add(clusters.checked_sub(1)?).map(Cluster)
    }

    /// The error about an entry whose clusters are not those of the volume.
    pub(crate) fn wrong_cluster(&self, entry: &Entry, first: Cluster) -> Error {
        let expected = match entry.place {
            Place::Contiguous(_) => "the first of as many clusters of the volume as the size takes",
            _ => "a cluster of the volume",
        };
        self.wrong(entry, "first cluster", first.0.into(), expected)
    }

    fn wrong(&self, entry: &Entry, field: &'static str, actual: u64, expected: &'static str) -> Error {
        let structure = match self.kind() {
            FatKind::ExFat => Structure::EntrySet,
            _ => Structure::DirectoryEntry,
        };
        Error::Field { structure, offset: entry.offset, field, actual, expected }
    }

    pub(crate) fn geometry(&self) -> &Geometry {
        &self.inner.geometry
    }

    pub(crate) fn device(&self) -> &dyn ReadAt {
        &self.inner.device
    }

    pub(crate) fn table(&self) -> Table<'_> {
        Table::new(&self.inner.device, &self.inner.geometry, &self.inner.windows, &self.inner.log)
    }

    pub(crate) fn note(&self, anomaly: Anomaly) {
        self.inner.log.add(anomaly);
    }
}

fn check_directory(folder: &Entry) -> Result<(), Error> {
    if folder.is_directory { Ok(()) } else { Err(Error::NotADirectory(folder.offset)) }
}

impl fmt::Debug for Fat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fat").field("geometry", &self.inner.geometry).finish_non_exhaustive()
    }
}
