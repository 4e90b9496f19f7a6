//! What discovery needs from anything that holds files: a folder, the volumes of a disk image and their shadow copies.

use std::ffi::OsString;

use hivekey_images::HashCheck;
use hivekey_read_at::{ReadAt, ReadError};

use crate::error::Error;
use crate::path::TreePath;
use crate::problem::Problem;

/// A readable tree of files.
///
/// All of discovery is written against this trait, so that an installation is found alike in a folder and in
/// an image. A disk with partitions is a tree whose top folders are the partitions (`partition 3`).
///
/// Paths are exact: it is the caller who matches names without regard to case, with [`lookup`](Self::lookup).
/// A link that stays inside the tree may be part of a path; one that leaves it is an error, never followed.
pub trait Tree: Send + Sync {
    /// What lies in a folder, in no particular order, at most `limit` entries.
    ///
    /// # Errors
    ///
    /// If the folder cannot be listed at all. A listing that stops half-way is not an error: what was seen comes
    /// back, with [`Listing::stopped`] set.
    fn entries(&self, folder: &TreePath, limit: usize) -> Result<Listing, Error>;

    /// Those entries of a folder whose name is one of `names` but for the case of ASCII letters.
    ///
    /// The default filters [`entries`](Self::entries); a file system with sorted directories can do better.
    ///
    /// # Errors
    ///
    /// As [`entries`](Self::entries).
    fn lookup(&self, folder: &TreePath, names: &[&str], limit: usize) -> Result<Listing, Error> {
        let mut listing = self.entries(folder, limit)?;
        listing.entries.retain(|entry| entry.is_named(names));
        Ok(listing)
    }

    /// Follows the links on a path: where it really leads inside the tree, and what is there.
    ///
    /// # Errors
    ///
    /// [`Error::LinkLeaves`] if a link leads out of the tree, [`Error::Io`] if a link leads nowhere or in a circle.
    fn resolve(&self, path: &TreePath) -> Result<(TreePath, EntryKind), Error>;

    /// Length of a file in bytes, without opening it.
    ///
    /// # Errors
    ///
    /// If there is no such file.
    fn size(&self, file: &TreePath) -> Result<u64, Error>;

    /// Opens a regular file.
    ///
    /// # Errors
    ///
    /// If it cannot be opened, or is not a regular file: a FIFO, a socket or a device node is never opened.
    fn open(&self, file: &TreePath) -> Result<Box<dyn ReadAt>, Error>;

    /// Reads the first bytes of a regular file, as many as fit into `buf` or as there are.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and if the bytes cannot be read.
    fn head(&self, file: &TreePath, buf: &mut [u8]) -> Result<Head, Error> {
        let reader = self.open(file)?;
        let read = reader.read_available(0, buf).map_err(|source| Error::Read { path: file.to_string(), source })?;
        Ok(Head { read, size: reader.len() })
    }

    /// Which state of its volume a path shows.
    fn moment(&self, path: &TreePath) -> Moment {
        let _ = path;
        Moment::Now
    }

    /// For a path in what no folder or partition table leads to any more: the folders with what they lead to, that of the volume and
    /// that of the disk.
    fn lost_beside(&self, path: &TreePath) -> Vec<TreePath> {
        let _ = path;
        Vec::new()
    }

    /// What tells a file from all others of the tree, whatever path led to it: its volume, and its number there. `None` if only the path
    /// does.
    fn identity(&self, file: &TreePath) -> Option<(TreePath, u64)> {
        let _ = file;
        None
    }

    /// What is wrong with whatever holds the files, such as a disk image or a file system, as far as it was met; reading
    /// more may add to it.
    fn problems(&self) -> Vec<Problem> {
        Vec::new()
    }

    /// Compares the hashes that the disk images of the tree store with those of their disks, which are read as a whole for it.
    fn check_image_hashes(&self) -> Vec<ImageHashes> {
        Vec::new()
    }
}

/// What the hashes that a disk image stores came to.
#[derive(Debug)]
#[non_exhaustive]
pub struct ImageHashes {
    /// The image, inside the source; the root, if it is the source.
    pub image: TreePath,
    /// Each stored hash beside the computed one, none if the image stores none; or why the disk cannot be read as a whole.
    pub outcome: Result<Vec<HashCheck>, ReadError>,
}

/// Which state of its volume something shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Moment {
    /// The volume as it lies in the evidence.
    #[default]
    Now,
    /// A shadow copy of the volume, made at this FILETIME (100 ns since 1601, UTC).
    Snapshot(u64),
    /// A file that was deleted.
    Deleted,
    /// What no folder or partition table leads to any more. Of an [`Installation`](crate::Installation): beside a Windows that they
    /// lead to, so that it may be an earlier one.
    Lost,
}

/// What one look into a folder gave.
#[derive(Debug, Default)]
pub struct Listing {
    /// The entries.
    pub entries: Vec<Entry>,
    /// How many entries were looked at for this, the ones that were filtered out included.
    pub seen: usize,
    /// Why the listing ended before the folder did, if it did.
    pub stopped: Option<Error>,
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The exact name.
    pub name: OsString,
    /// What it names.
    pub kind: EntryKind,
}

impl Entry {
    /// Whether the name is one of `names` but for the case of ASCII letters.
    pub(crate) fn is_named(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.name.eq_ignore_ascii_case(name))
    }
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, or in NTFS a junction.
    Link,
    /// A FIFO, socket or device node: never opened.
    Other,
}

/// The first bytes of a file, and how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many bytes were read.
    pub read: usize,
    /// Length of the whole file in bytes.
    pub size: u64,
}
