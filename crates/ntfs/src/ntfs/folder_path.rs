//! The path of a directory, as far as the records above it still tell.

use std::collections::HashMap;
use std::fmt;

use super::file::File;
use super::file_name::{FileName, Namespace};
use super::volume::Ntfs;
use crate::limits::MAX_PATH_DEPTH;
use crate::offset::{FileReference, RecordNumber};

/// Paths that are kept while many files are gone through.
const MAX_KEPT_PATHS: usize = 4096;

/// The path of a directory, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderPath {
    /// The names from the top down.
    pub components: Vec<String>,
    /// The directory above the first component whose record is lost, or belongs to another file by now; `None` if the first
    /// component lies in the root directory.
    pub lost: Option<FileReference>,
    /// Whether a directory on the way is deleted.
    pub deleted: bool,
}

impl FolderPath {
    /// Whether the first component lies in the root directory; otherwise a directory above it is lost.
    #[must_use]
    pub const fn from_root(&self) -> bool {
        self.lost.is_none()
    }
}

impl fmt::Display for FolderPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.from_root() {
            f.write_str("?/")?;
        }
        f.write_str(&self.components.join("/"))
    }
}

/// Finds paths, and keeps some.
#[derive(Debug, Default)]
pub(super) struct FolderPaths {
    known: HashMap<FileReference, FolderPath>,
}

impl FolderPaths {
    /// The path of a directory, deleted or not.
    pub(super) fn of(&mut self, volume: &Ntfs, directory: FileReference) -> FolderPath {
        if let Some(known) = self.known.get(&directory) {
            return known.clone();
        }
        let mut path = FolderPath { lost: Some(directory), ..FolderPath::default() };
        let mut next = directory;
        for _ in 0..MAX_PATH_DEPTH {
            path.lost = Some(next);
            if next.record == RecordNumber::ROOT {
                path.lost = None;
                break;
            }
            let Some((file, name)) = named(volume, next) else {
                break;
            };
            path.deleted |= !file.is_in_use();
            path.components.push(name.text());
            next = name.parent;
        }
        path.components.reverse();
        if self.known.len() >= MAX_KEPT_PATHS {
            self.known.clear();
        }
        self.known.insert(directory, path.clone());
        path
    }
}

/// A directory and its name, if its record still is that of the directory that was referred to.
fn named(volume: &Ntfs, reference: FileReference) -> Option<(File, FileName)> {
    let file = volume.record(reference.record).ok()?;
    let now = file.reference().sequence;
    let same = now == reference.sequence || (!file.is_in_use() && now == reference.sequence.wrapping_add(1));
    if !same || !file.is_directory() {
        return None;
    }
    let name = best_name(file.file_names())?;
    Some((file, name))
}

/// The long name, if there is one.
pub(super) fn best_name(names: Vec<FileName>) -> Option<FileName> {
    let mut short = None;
    for name in names {
        if name.namespace != Namespace::Dos {
            return Some(name);
        }
        short = Some(name);
    }
    short
}
