//! Directories: the entries of one, and the way down a path.
//!
//! A directory is a B+ tree of names in the order of their upper case: the root in `$INDEX_ROOT`, further nodes in blocks of
//! `$INDEX_ALLOCATION`. A path is looked up by going down the tree. Where the tree is damaged, its other blocks are swept,
//! and the files that name the directory as their parent are searched in the whole Master File Table.

mod index;
mod list;
mod rebuilt;

use std::sync::Arc;

use super::file::File;
use super::file_name::{FileName, Namespace};
use super::reparse;
use super::standard_information::FileTime;
use crate::anomaly::Anomaly;
use crate::error::Error;
use crate::offset::FileReference;
use crate::read::utf16_units;

use index::{Index, Search};
use rebuilt::Rebuilt;
pub(super) use rebuilt::RebuiltListings;

/// What an entry of a directory is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EntryKind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link or mount point: it stands for another file or directory.
    Link,
}

/// An entry of a directory. Short names (8.3) beside long ones are not listed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The name; a lone surrogate becomes U+FFFD.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// What the name stands for.
    pub reference: FileReference,
    /// Bytes of the content as the directory knows it: what is written to a file through another hard link does not show.
    pub size: u64,
    /// When the content last changed, as the directory knows it.
    pub modified: FileTime,
    /// The tag of a reparse point: of a link, but also of a packed file.
    pub reparse_tag: Option<u32>,
}

impl Entry {
    pub(super) fn new(reference: FileReference, name: &FileName) -> Self {
        let reparse_tag = name.reparse_tag();
        let kind = match reparse_tag {
            Some(tag) if reparse::is_link(tag) => EntryKind::Link,
            _ if name.is_directory() => EntryKind::Directory,
            _ => EntryKind::File,
        };
        Self { name: name.text(), kind, reference, size: name.size, modified: name.modified, reparse_tag }
    }
}

/// The entries of a directory.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Listing {
    /// In the order of the index; those that were found in another way follow.
    pub entries: Vec<Entry>,
    /// What is wrong with the directory.
    pub anomalies: Vec<Anomaly>,
    /// Whether nothing can be missing: the index is sound, or all files were searched for those that belong here.
    pub complete: bool,
}

/// What a path leads to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Lookup {
    /// The file or directory at the end of the path; it may itself be a link.
    Found(File),
    /// A link in the middle of the path.
    Link {
        /// The link.
        link: File,
        /// How many components of the path lead to it.
        depth: usize,
    },
    /// A component of the path does not exist, or is a file where a directory is needed.
    Missing {
        /// Which component, from 0.
        depth: usize,
    },
}

impl Lookup {
    /// The file or directory at the end of the path.
    #[must_use]
    pub fn found(self) -> Option<File> {
        match self {
            Self::Found(file) => Some(file),
            _ => None,
        }
    }
}

/// Goes down from `start`.
pub(super) fn lookup(start: File, path: &[&str]) -> Result<Lookup, Error> {
    let mut file = start;
    for (depth, name) in path.iter().enumerate() {
        if is_link(&file) {
            return Ok(Lookup::Link { link: file, depth });
        }
        let units: Vec<u16> = name.encode_utf16().collect();
        let Some(reference) = child(&file, &units)? else {
            return Ok(Lookup::Missing { depth });
        };
        file = file.volume().file(reference)?;
    }
    Ok(Lookup::Found(file))
}

fn is_link(file: &File) -> bool {
    use super::reparse::Reparse;
    match file.reparse() {
        Ok(Some(Reparse::MountPoint(_) | Reparse::Symlink(_))) => true,
        Ok(Some(Reparse::Other { tag })) => reparse::is_link(tag),
        _ => false,
    }
}

/// What a directory holds. The listing of a damaged one is kept.
pub(super) fn list(directory: &File) -> Result<Listing, Error> {
    if let Some(known) = directory.volume().rebuilt_listings().get(directory.reference()) {
        return Ok(known.listing.clone());
    }
    let listing = list::list(directory)?;
    match listing.anomalies.is_empty() {
        true => Ok(listing),
        false => Ok(keep(directory, listing).listing.clone()),
    }
}

/// Keeps the listing of a directory whose tree cannot be searched.
fn keep(directory: &File, listing: Listing) -> Arc<Rebuilt> {
    let volume = directory.volume();
    for anomaly in &listing.anomalies {
        volume.note(anomaly.clone());
    }
    let rebuilt = Arc::new(Rebuilt::new(volume, listing));
    volume.rebuilt_listings().keep(directory.reference(), &rebuilt);
    rebuilt
}

/// The file of that name in a directory.
fn child(directory: &File, name: &[u16]) -> Result<Option<FileReference>, Error> {
    let volume = directory.volume();
    if let Some(known) = volume.rebuilt_listings().get(directory.reference()) {
        return Ok(known.find(volume, name));
    }
    match Index::open(directory).and_then(|index| index.search(name)) {
        Ok(Search::Found(reference)) => return Ok(Some(reference)),
        Ok(Search::Missing) => return Ok(None),
        Ok(Search::Unordered(anomaly)) => volume.note(anomaly),
        Err(_) if !directory.is_directory() => return Ok(None),
        // The listing says what is wrong.
        Err(_) => {}
    }
    // The way down is broken: the name may be in another part of the tree, or in none.
    Ok(keep(directory, list::list(directory)?).find(volume, name))
}

/// Whether an entry of an index is listed.
fn is_listed(directory: &File, reference: FileReference, name: &FileName) -> bool {
    let own = reference.record == directory.reference().record && name.units == utf16_units(b".\0");
    name.namespace != Namespace::Dos && !own
}
