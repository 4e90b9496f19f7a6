//! Several trees as one: each partition of a disk a folder, or the only volume the tree itself; in each volume its shadow copies as
//! further folders; the images of a WIM.

use std::ffi::OsStr;
use std::sync::Arc;

use hivekey_images::{Anomaly, Disk, Kind};
use hivekey_read_at::ReadAt;

use crate::error::{Error, Operation};
use crate::folder::shown;
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};
use crate::tree::{Entry, EntryKind, ImageHashes, Listing, Moment, Tree};

/// A volume, a shadow copy of one, or an image, as a part of the tree.
pub(crate) struct Part {
    /// The folder that it stands for; the root, if the disk has no partitions.
    pub(crate) top: TreePath,
    pub(crate) moment: Moment,
    /// For a part that no folder or partition table leads to any more: the folder with what they lead to.
    pub(crate) beside: Option<TreePath>,
    /// Its paths begin with the names of `top`.
    pub(crate) tree: Box<dyn Tree>,
}

/// Such a tree.
pub(crate) struct Parts {
    /// What the parts lie on, which may turn out to be damaged when they are read.
    disk: Option<Arc<Disk>>,
    parts: Vec<Part>,
}

impl Parts {
    pub(crate) fn new(parts: Vec<Part>) -> Self {
        Self { disk: None, parts }
    }

    pub(crate) fn of_disk(disk: Arc<Disk>, parts: Vec<Part>) -> Self {
        Self { disk: Some(disk), parts }
    }

    /// The innermost part that a path lies in.
    fn part(&self, path: &TreePath) -> Option<&Part> {
        self.parts.iter().filter(|part| path.is_inside(&part.top)).max_by_key(|part| part.top.depth())
    }

    fn tree(&self, path: &TreePath) -> Result<&dyn Tree, Error> {
        let missing = || Error::Io {
            operation: Operation::Resolve,
            path: shown(path),
            source: std::io::ErrorKind::NotFound.into(),
        };
        self.part(path).map(|part| &*part.tree).ok_or_else(missing)
    }

    /// The names of the parts that stand in a folder.
    fn parts_in(&self, folder: &TreePath) -> impl Iterator<Item = &OsStr> {
        let tops = self.parts.iter().map(|part| &part.top);
        tops.filter(|top| top.parent().as_ref() == Some(folder)).filter_map(TreePath::file_name)
    }

    /// A listing of a folder with the parts that stand in it.
    fn with_parts(
        &self,
        folder: &TreePath,
        limit: usize,
        list: impl FnOnce(&dyn Tree) -> Result<Listing, Error>,
    ) -> Result<Listing, Error> {
        let mut listing = match self.part(folder) {
            Some(part) => match list(&*part.tree) {
                // The parts in it may be what is left of it.
                Err(error) if self.parts_in(folder).next().is_some() => {
                    Listing { stopped: Some(error), ..Listing::default() }
                }
                listing => listing?,
            },
            None if folder.is_root() => Listing::default(),
            None => return Err(self.tree(folder).err().unwrap_or(Error::InvalidPath { path: shown(folder) })),
        };
        for name in self.parts_in(folder) {
            if listing.seen >= limit {
                listing.stopped = Some(Error::TooManyEntries { path: shown(folder), limit });
                break;
            }
            listing.seen = listing.seen.saturating_add(1);
            listing.entries.push(Entry { name: name.to_owned(), kind: EntryKind::Folder });
        }
        Ok(listing)
    }
}

impl Tree for Parts {
    fn entries(&self, folder: &TreePath, limit: usize) -> Result<Listing, Error> {
        self.with_parts(folder, limit, |tree| tree.entries(folder, limit))
    }

    fn lookup(&self, folder: &TreePath, names: &[&str], limit: usize) -> Result<Listing, Error> {
        let mut listing = self.with_parts(folder, limit, |tree| tree.lookup(folder, names, limit))?;
        listing.entries.retain(|entry| entry.is_named(names));
        Ok(listing)
    }

    fn resolve(&self, path: &TreePath) -> Result<(TreePath, EntryKind), Error> {
        if path.is_root() && self.part(path).is_none() {
            return Ok((TreePath::root(), EntryKind::Folder));
        }
        self.tree(path)?.resolve(path)
    }

    fn size(&self, file: &TreePath) -> Result<u64, Error> {
        self.tree(file)?.size(file)
    }

    fn open(&self, file: &TreePath) -> Result<Box<dyn ReadAt>, Error> {
        self.tree(file)?.open(file)
    }

    fn moment(&self, path: &TreePath) -> Moment {
        self.part(path).map_or(Moment::Now, |part| part.moment)
    }

    fn lost_beside(&self, path: &TreePath) -> Vec<TreePath> {
        let around = self.parts.iter().filter(|part| path.is_inside(&part.top));
        around.filter_map(|part| part.beside.clone()).collect()
    }

    fn identity(&self, file: &TreePath) -> Option<(TreePath, u64)> {
        self.part(file)?.tree.identity(file)
    }

    fn problems(&self) -> Vec<Problem> {
        let of_disk = self.disk.iter().flat_map(|disk| disk.anomalies()).map(image_problem);
        let of_parts = self.parts.iter().flat_map(|part| part.tree.problems());
        of_disk.chain(of_parts).collect()
    }

    fn check_image_hashes(&self) -> Vec<ImageHashes> {
        // Of the kinds of images that are read, EWF is the one that stores them.
        let disk = self.disk.iter().filter(|disk| disk.kind() == Kind::Ewf);
        disk.map(|disk| ImageHashes { image: TreePath::root(), outcome: disk.check_hashes() }).collect()
    }
}

fn image_problem(anomaly: Anomaly) -> Problem {
    Problem { path: TreePath::root(), kind: ProblemKind::DamagedImage(anomaly) }
}
