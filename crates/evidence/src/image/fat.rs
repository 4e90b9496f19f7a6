//! A FAT or exFAT volume as a tree of evidence: backups lie on sticks.

use hivekey_fat::{Entry, Error as FatError, Fat, Listing};
use hivekey_read_at::ReadAt;

use crate::error::Error;
use crate::file_system::{FileSystem, Listed, Stopped};
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};

impl FileSystem for Fat {
    type Node = Entry;
    type Error = FatError;

    fn root(&self) -> Entry {
        Self::root(self)
    }

    fn list(&self, folder: &Entry, limit: usize) -> Result<Listed<Entry, FatError>, FatError> {
        let Listing { entries, complete, .. } = self.entries(folder, limit)?;
        // A folder that has more than was asked for is not damaged for that.
        let is_damaged = !complete && entries.len() < limit;
        Ok(Listed { nodes: entries, stopped: is_damaged.then_some(Stopped::Damage) })
    }

    fn name<'n>(&self, entry: &'n Entry) -> &'n str {
        &entry.name
    }

    fn is_folder(&self, entry: &Entry) -> bool {
        entry.is_directory
    }

    fn size(&self, entry: &Entry) -> u64 {
        entry.size
    }

    fn open(&self, entry: &Entry) -> Result<Box<dyn ReadAt>, FatError> {
        self.file(entry).map(|file| -> Box<dyn ReadAt> { Box::new(file) })
    }

    fn at(&self, path: String, source: FatError) -> Error {
        Error::Fat { path, source: Box::new(source) }
    }

    fn problems(&self, top: &TreePath) -> Vec<Problem> {
        let (anomalies, _) = self.anomalies();
        let at = |anomaly| Problem { path: top.clone(), kind: ProblemKind::DamagedFat(anomaly) };
        anomalies.into_iter().map(at).collect()
    }
}
