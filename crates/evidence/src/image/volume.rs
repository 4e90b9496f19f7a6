//! An NTFS volume as a tree of evidence.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hivekey_ntfs::{AnomalyKind, Entry as NtfsEntry, EntryKind as NtfsKind, File, Lookup, Namespace, Ntfs};
use hivekey_read_at::ReadAt;

use crate::error::{Error, Operation};
use crate::folder::shown;
use crate::link::{self, Target};
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};
use crate::tree::{Entry, EntryKind, Listing, Tree};

/// Links on one path that are followed; Windows follows 63.
const MAX_LINKS: usize = 63;

/// Links to other drives that are told.
const MAX_OTHER_DRIVES: usize = 256;

/// The files that make up the volume itself (`$MFT`, `$LogFile` …) have the first records. Windows hides them.
const SYSTEM_RECORDS: u64 = 16;

/// One volume. Its paths begin with the names of `top`, which is the folder that it stands for in the image.
pub(crate) struct VolumeTree {
    volume: Ntfs,
    top: TreePath,
    /// Links to folders of another drive that were followed in this volume, and their targets; at most [`MAX_OTHER_DRIVES`].
    other_drives: Mutex<BTreeMap<TreePath, String>>,
}

/// Where a path leads.
struct Located {
    /// The names from the root of the volume down, links followed.
    names: Vec<String>,
    file: File,
}

impl VolumeTree {
    pub(super) fn new(volume: Ntfs, top: TreePath) -> Self {
        Self { volume, top, other_drives: Mutex::default() }
    }

    fn failed(&self, path: &TreePath) -> impl Fn(hivekey_ntfs::Error) -> Error {
        let path = shown(path);
        move |source| Error::Volume { path: path.clone(), source: Box::new(source) }
    }

    /// The names of a path below the top. A name that is not Unicode is that of no file here.
    fn inside(&self, path: &TreePath) -> Result<Vec<String>, Error> {
        if !path.is_inside(&self.top) {
            return Err(Error::InvalidPath { path: shown(path) });
        }
        let names = path.names().skip(self.top.depth());
        names.map(|name| name.to_str().map(ToOwned::to_owned).ok_or_else(|| missing(path))).collect()
    }

    fn outside(&self, names: &[String]) -> TreePath {
        names.iter().fold(self.top.clone(), |path, name| path.child(name.as_str()))
    }

    /// Goes down a path and follows the links on it, also the last one.
    fn locate(&self, path: &TreePath) -> Result<Located, Error> {
        let failed = self.failed(path);
        let mut names = self.inside(path)?;
        // The last link on the way that names another drive.
        let mut drive: Option<(TreePath, String)> = None;
        for _ in 0..=MAX_LINKS {
            let parts: Vec<&str> = names.iter().map(String::as_str).collect();
            let (file, depth) = match self.volume.lookup(&parts).map_err(&failed)? {
                Lookup::Found(file) => (file, names.len()),
                Lookup::Link { link, depth } => (link, depth),
                _ => {
                    return Err(match drive {
                        Some((at, target)) => Error::LinkLeaves { path: shown(&at), target },
                        None => missing(path),
                    });
                }
            };
            let target = match file.reparse().map_err(&failed)?.as_ref().and_then(link::target) {
                None => {
                    self.note_drive(drive.filter(|_| file.is_directory()));
                    return Ok(Located { names, file });
                }
                Some(target) => target,
            };
            let (from, rest) = names.split_at_checked(depth).unwrap_or((&names, &[]));
            let at = self.outside(from);
            let leaves = |target: String| Error::LinkLeaves { path: shown(&at), target };
            let (target, is_beside) = match target {
                Target::Beside(target) => (target, true),
                Target::Root(target) => (target, false),
                Target::Drive { target, shown } => {
                    drive = Some((at.clone(), escaped(&shown)));
                    (target, false)
                }
                Target::Elsewhere(target) => return Err(leaves(escaped(&target))),
            };
            let text = escaped(&target.join("\\"));
            names = link::follow(from, target, is_beside, rest).ok_or_else(|| leaves(text))?;
        }
        let source = io::Error::from_raw_os_error(libc::ELOOP);
        Err(Error::Io { operation: Operation::Resolve, path: shown(path), source })
    }

    fn note_drive(&self, drive: Option<(TreePath, String)>) {
        let mut known = lock(&self.other_drives);
        if known.len() < MAX_OTHER_DRIVES {
            known.extend(drive);
        }
    }

    fn folder(&self, path: &TreePath) -> Result<Located, Error> {
        let found = self.locate(path)?;
        if found.file.is_directory() {
            return Ok(found);
        }
        let source = io::Error::from(io::ErrorKind::NotADirectory);
        Err(Error::Io { operation: Operation::List, path: shown(path), source })
    }

    fn file(&self, path: &TreePath) -> Result<File, Error> {
        let found = self.locate(path)?.file;
        if found.is_directory() {
            return Err(Error::NotAFile { path: shown(path), what: "a folder" });
        }
        Ok(found)
    }

    /// The names of a located file as the volume spells them.
    fn spelling(&self, found: &Located) -> Vec<String> {
        let mut names = found.names.clone();
        let mut file = found.file.clone();
        for wanted in names.iter_mut().rev() {
            let Some((name, parent)) = long_name(&file, wanted, None) else {
                break;
            };
            *wanted = name;
            match self.volume.file(parent) {
                Ok(parent) => file = parent,
                Err(_) => break,
            }
        }
        names
    }

    /// What a folder has under one name, if anything.
    fn child(&self, folder: &Located, name: &str) -> Result<Option<Entry>, hivekey_ntfs::Error> {
        let Some(file) = self.volume.lookup_in(&folder.file, &[name])?.found() else {
            return Ok(None);
        };
        if is_hidden(file.reference().record.0) {
            return Ok(None);
        }
        let parent = folder.file.reference().record.0;
        let name = long_name(&file, name, Some(parent)).map_or_else(|| name.to_owned(), |(name, _)| name);
        // A damaged reparse point is no link that could be followed; opening the file says what is wrong.
        let kind = match file.reparse() {
            Ok(Some(reparse)) if link::target(&reparse).is_some() => EntryKind::Link,
            _ if file.is_directory() => EntryKind::Folder,
            _ => EntryKind::File,
        };
        Ok(Some(Entry { name: name.into(), kind }))
    }
}

impl Tree for VolumeTree {
    fn entries(&self, folder: &TreePath, limit: usize) -> Result<Listing, Error> {
        let located = self.folder(folder)?;
        let found = self.volume.entries(&located.file).map_err(self.failed(folder))?;
        let mut listing = Listing::default();
        for entry in found.entries.iter().filter(|entry| !is_hidden(entry.reference.record.0)) {
            if listing.seen >= limit {
                listing.stopped = Some(Error::TooManyEntries { path: shown(folder), limit });
                return Ok(listing);
            }
            listing.seen = listing.seen.saturating_add(1);
            listing.entries.push(Entry { name: OsString::from(&entry.name), kind: kind_of(entry) });
        }
        if !found.complete {
            listing.stopped = Some(Error::DamagedFolder { path: shown(folder) });
        }
        Ok(listing)
    }

    /// Goes down the index for each name: the folder may have thousands of others.
    fn lookup(&self, folder: &TreePath, names: &[&str], limit: usize) -> Result<Listing, Error> {
        let located = self.folder(folder)?;
        let mut listing = Listing::default();
        for name in names.iter().take(limit) {
            listing.seen = listing.seen.saturating_add(1);
            match self.child(&located, name) {
                Ok(Some(entry)) if entry.is_named(names) && !listing.entries.contains(&entry) => {
                    listing.entries.push(entry);
                }
                Ok(_) => {}
                Err(error) => listing.stopped = Some(self.failed(&folder.child(*name))(error)),
            }
        }
        Ok(listing)
    }

    fn resolve(&self, path: &TreePath) -> Result<(TreePath, EntryKind), Error> {
        let found = self.locate(path)?;
        let kind = if found.file.is_directory() { EntryKind::Folder } else { EntryKind::File };
        Ok((self.outside(&self.spelling(&found)), kind))
    }

    fn size(&self, file: &TreePath) -> Result<u64, Error> {
        Ok(self.file(file)?.size().unwrap_or(0))
    }

    fn open(&self, file: &TreePath) -> Result<Box<dyn ReadAt>, Error> {
        let opened = self.file(file)?.open().map_err(self.failed(file))?;
        Ok(Box::new(opened))
    }

    fn identity(&self, file: &TreePath) -> Option<(TreePath, u64)> {
        Some((self.top.clone(), self.file(file).ok()?.reference().record.0))
    }

    fn problems(&self) -> Vec<Problem> {
        let (anomalies, _) = self.volume.anomalies();
        let damaged = anomalies.into_iter().map(|anomaly| {
            let path = match &anomaly.kind {
                AnomalyKind::IndexRebuilt { directory, .. } => {
                    self.outside(&self.volume.folder_path(*directory).components)
                }
                _ => self.top.clone(),
            };
            Problem { path, kind: ProblemKind::DamagedVolume(anomaly) }
        });
        let other_drives = lock(&self.other_drives);
        let links = other_drives.iter().map(|(path, target)| Problem {
            path: path.clone(),
            kind: ProblemKind::OtherDrive { target: target.clone() },
        });
        damaged.chain(links).collect()
    }
}

/// The long name of a file, and the folder that has it: in the folder `parent`, if that is said, and best the one `wanted`,
/// since a file may have several.
fn long_name(file: &File, wanted: &str, parent: Option<u64>) -> Option<(String, hivekey_ntfs::FileReference)> {
    let fits = |name: &hivekey_ntfs::Name| {
        name.namespace != Namespace::Dos && parent.is_none_or(|parent| name.parent.record.0 == parent)
    };
    let mut names: Vec<_> = file.names().into_iter().filter(fits).collect();
    let lower = wanted.to_lowercase();
    names.sort_by_key(|name| name.name.to_lowercase() != lower);
    names.into_iter().next().map(|name| (name.name, name.parent))
}

pub(super) fn is_hidden(record: u64) -> bool {
    record < SYSTEM_RECORDS
}

fn kind_of(entry: &NtfsEntry) -> EntryKind {
    match entry.kind {
        NtfsKind::Directory => EntryKind::Folder,
        NtfsKind::Link => EntryKind::Link,
        _ => EntryKind::File,
    }
}

fn escaped(text: &str) -> String {
    crate::escape::Escaped::name(text.as_ref()).to_string()
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn missing(path: &TreePath) -> Error {
    Error::Io { operation: Operation::Resolve, path: shown(path), source: io::ErrorKind::NotFound.into() }
}
