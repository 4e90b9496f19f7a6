//! A folder of this machine as a tree of evidence.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use hivekey_read_at::ReadAt;

use crate::counter::ByteCounter;
use crate::error::{Error, Operation};
use crate::escape::Escaped;
use crate::local::{LocalFile, describe};
use crate::path::TreePath;
use crate::tree::{Entry, EntryKind, Head, Listing, Tree};

/// A folder, read with the operating system's means.
///
/// Links are followed only as long as they stay inside the folder. (The folder itself may be given through a
/// link.) Whoever can swap folders for links while the evidence is read can defeat that; evidence lies still.
#[derive(Debug)]
pub struct FolderTree {
    /// Without any link in it.
    root: PathBuf,
    mapped_bytes: u64,
    counter: ByteCounter,
}

impl FolderTree {
    /// The tree below `folder`. Files up to `mapped_bytes` long are mapped into memory; what is read of them is added
    /// to `counter`.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the path leads nowhere, [`Error::NotAFile`] if it does not lead to a folder.
    pub fn new(folder: &Path, mapped_bytes: u64, counter: ByteCounter) -> Result<Self, Error> {
        let failed = |operation| move |source| Error::Io { operation, path: Escaped::path(folder).to_string(), source };
        let root = fs::canonicalize(folder).map_err(failed(Operation::Resolve))?;
        let metadata = fs::metadata(&root).map_err(failed(Operation::Examine))?;
        if !metadata.is_dir() {
            return Err(Error::NotAFile {
                path: Escaped::path(folder).to_string(),
                what: describe(metadata.file_type()),
            });
        }
        Ok(Self { root, mapped_bytes, counter })
    }

    /// The folder's own name, if it has one (`/` has none).
    #[must_use]
    pub fn name(&self) -> Option<&OsStr> {
        self.root.file_name()
    }

    /// The path on this machine, links followed, and only if it lies inside the root.
    fn locate(&self, path: &TreePath) -> Result<PathBuf, Error> {
        let mut full = self.root.clone();
        for name in path.names() {
            if !is_plain_name(name) {
                return Err(Error::InvalidPath { path: shown(path) });
            }
            full.push(name);
        }
        let real = fs::canonicalize(&full).map_err(io_error(Operation::Resolve, path))?;
        if real.starts_with(&self.root) {
            Ok(real)
        } else {
            Err(Error::LinkLeaves { path: shown(path), target: Escaped::path(&real).to_string() })
        }
    }

    /// Lists a folder, keeping only the entries that `wanted` chooses.
    fn list(&self, folder: &TreePath, limit: usize, wanted: &dyn Fn(&OsStr) -> bool) -> Result<Listing, Error> {
        let real = self.locate(folder)?;
        let failed = io_error(Operation::List, folder);
        let mut listing = Listing::default();
        for item in fs::read_dir(real).map_err(&failed)? {
            let item = match item {
                Ok(item) => item,
                // The system gives no promise to go on after an error, so neither do we.
                Err(error) => {
                    listing.stopped = Some(failed(error));
                    break;
                }
            };
            if listing.seen >= limit {
                listing.stopped = Some(Error::TooManyEntries { path: shown(folder), limit });
                break;
            }
            listing.seen = listing.seen.saturating_add(1);
            let name = item.file_name();
            if !wanted(&name) {
                continue;
            }
            let kind = item.file_type().map_or(EntryKind::Other, kind_of);
            listing.entries.push(Entry { name, kind });
        }
        Ok(listing)
    }
}

impl Tree for FolderTree {
    fn entries(&self, folder: &TreePath, limit: usize) -> Result<Listing, Error> {
        self.list(folder, limit, &|_| true)
    }

    fn lookup(&self, folder: &TreePath, names: &[&str], limit: usize) -> Result<Listing, Error> {
        self.list(folder, limit, &|found| names.iter().any(|name| found.eq_ignore_ascii_case(name)))
    }

    fn resolve(&self, path: &TreePath) -> Result<(TreePath, EntryKind), Error> {
        let real = self.locate(path)?;
        let metadata = fs::symlink_metadata(&real).map_err(io_error(Operation::Examine, path))?;
        let inside = real
            .strip_prefix(&self.root)
            .unwrap_or(Path::new(""))
            .components()
            .map(|component| OsString::from(component.as_os_str()))
            .collect();
        Ok((inside, kind_of(metadata.file_type())))
    }

    fn size(&self, file: &TreePath) -> Result<u64, Error> {
        let real = self.locate(file)?;
        fs::symlink_metadata(real).map(|metadata| metadata.len()).map_err(io_error(Operation::Examine, file))
    }

    fn open(&self, file: &TreePath) -> Result<Box<dyn ReadAt>, Error> {
        let real = self.locate(file)?;
        let opened = LocalFile::open(&real, &|| shown(file), self.mapped_bytes, self.counter.clone())?;
        Ok(Box::new(opened))
    }

    /// Without a mapping: for a few bytes it costs more than it saves.
    fn head(&self, file: &TreePath, buf: &mut [u8]) -> Result<Head, Error> {
        let real = self.locate(file)?;
        let head = LocalFile::open(&real, &|| shown(file), 0, self.counter.clone())?;
        let read = head.read_available(0, buf).map_err(|source| Error::Read { path: shown(file), source })?;
        Ok(Head { read, size: head.len() })
    }
}

/// A path for an error message: the root is `.`.
pub(crate) fn shown(path: &TreePath) -> String {
    if path.is_root() { ".".to_owned() } else { path.to_string() }
}

fn io_error(operation: Operation, path: &TreePath) -> impl Fn(io::Error) -> Error {
    move |source| Error::Io { operation, path: shown(path), source }
}

/// Whether a name is one name, and not a way up or down.
fn is_plain_name(name: &OsStr) -> bool {
    let mut components = Path::new(name).components();
    let single = matches!(components.next(), Some(Component::Normal(part)) if part == name);
    single && components.next().is_none() && !name.as_bytes().contains(&0)
}

fn kind_of(file_type: fs::FileType) -> EntryKind {
    if file_type.is_dir() {
        EntryKind::Folder
    } else if file_type.is_file() {
        EntryKind::File
    } else if file_type.is_symlink() {
        EntryKind::Link
    } else {
        EntryKind::Other
    }
}
