//! The volumes of a disk image as one tree: each partition a folder, or the only volume the tree itself.

use std::sync::Arc;

use hivekey_images::{Anomaly, Disk};

use super::volume::VolumeTree;
use crate::error::{Error, Operation};
use crate::folder::shown;
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};
use crate::read_at::ReadAt;
use crate::tree::{Entry, EntryKind, Listing, Tree};

/// An open image.
pub(crate) struct ImageTree {
    disk: Arc<Disk>,
    /// Each has a top folder of its own, except that the volume of a disk without partitions has the root.
    volumes: Vec<VolumeTree>,
}

impl ImageTree {
    pub(super) fn new(disk: Arc<Disk>, volumes: Vec<VolumeTree>) -> Self {
        Self { disk, volumes }
    }

    fn volume(&self, path: &TreePath) -> Option<&VolumeTree> {
        self.volumes.iter().find(|volume| path.is_inside(volume.top()))
    }

    fn volume_or_error(&self, path: &TreePath) -> Result<&VolumeTree, Error> {
        self.volume(path).ok_or_else(|| Error::Io {
            operation: Operation::Resolve,
            path: shown(path),
            source: std::io::ErrorKind::NotFound.into(),
        })
    }

    /// The partitions.
    fn top(&self, limit: usize) -> Listing {
        let names = self.volumes.iter().filter_map(|volume| volume.top().file_name());
        let entries: Vec<Entry> =
            names.map(|name| Entry { name: name.to_owned(), kind: EntryKind::Folder }).take(limit).collect();
        let stopped =
            (self.volumes.len() > limit).then(|| Error::TooManyEntries { path: shown(&TreePath::root()), limit });
        Listing { seen: entries.len(), entries, stopped }
    }
}

impl Tree for ImageTree {
    fn entries(&self, folder: &TreePath, limit: usize) -> Result<Listing, Error> {
        match self.volume(folder) {
            None if folder.is_root() => Ok(self.top(limit)),
            _ => self.volume_or_error(folder)?.entries(folder, limit),
        }
    }

    fn lookup(&self, folder: &TreePath, names: &[&str], limit: usize) -> Result<Listing, Error> {
        match self.volume(folder) {
            None if folder.is_root() => {
                let mut listing = self.top(limit);
                listing.entries.retain(|entry| entry.is_named(names));
                Ok(listing)
            }
            _ => self.volume_or_error(folder)?.lookup(folder, names, limit),
        }
    }

    fn resolve(&self, path: &TreePath) -> Result<(TreePath, EntryKind), Error> {
        match self.volume(path) {
            None if path.is_root() => Ok((TreePath::root(), EntryKind::Folder)),
            _ => self.volume_or_error(path)?.resolve(path),
        }
    }

    fn size(&self, file: &TreePath) -> Result<u64, Error> {
        self.volume_or_error(file)?.size(file)
    }

    fn open(&self, file: &TreePath) -> Result<Box<dyn ReadAt>, Error> {
        self.volume_or_error(file)?.open(file)
    }

    fn problems(&self) -> Vec<Problem> {
        let of_disk = self.disk.anomalies().into_iter().map(image_problem);
        let of_volumes = self.volumes.iter().flat_map(Tree::problems);
        of_disk.chain(of_volumes).collect()
    }
}

fn image_problem(anomaly: Anomaly) -> Problem {
    Problem { path: TreePath::root(), kind: ProblemKind::DamagedImage(anomaly) }
}
