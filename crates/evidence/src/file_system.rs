//! File systems whose folders are lists, as trees of evidence: WIM images, FAT.

use std::ffi::OsString;
use std::io;

use hivekey_read_at::ReadAt;

use crate::error::{Error, Operation};
use crate::escape::Escaped;
use crate::folder::shown;
use crate::link::{self, Target};
use crate::path::TreePath;
use crate::problem::Problem;
use crate::tree::{Entry, EntryKind, Listing, Tree};

/// Links on one path that are followed; Windows follows 63.
const MAX_LINKS: usize = 63;

/// What such a file system has to tell.
pub(crate) trait FileSystem: Send + Sync {
    /// A file or folder.
    type Node: Clone;
    /// What goes wrong in it.
    type Error;

    fn root(&self) -> Self::Node;

    /// What lies in a folder, at most `limit` nodes.
    fn list(&self, folder: &Self::Node, limit: usize) -> Result<Listed<Self::Node, Self::Error>, Self::Error>;

    fn name<'n>(&self, node: &'n Self::Node) -> &'n str;

    fn is_folder(&self, node: &Self::Node) -> bool;

    /// Whether the node may be a link, without a look at what it holds.
    fn may_be_link(&self, _: &Self::Node) -> bool {
        false
    }

    /// Where the node leads, if it is a link.
    fn target(&self, _: &Self::Node) -> Result<Option<Target>, Self::Error> {
        Ok(None)
    }

    fn size(&self, node: &Self::Node) -> u64;

    fn open(&self, node: &Self::Node) -> Result<Box<dyn ReadAt>, Self::Error>;

    /// The error, with the path that it is about.
    fn at(&self, path: String, error: Self::Error) -> Error;

    /// What is damaged and was passed over, found so far.
    fn problems(&self, top: &TreePath) -> Vec<Problem>;
}

/// What lies in a folder.
pub(crate) struct Listed<N, E> {
    pub(crate) nodes: Vec<N>,
    /// What kept the rest from being listed.
    pub(crate) stopped: Option<Stopped<E>>,
}

/// What keeps a folder from being listed whole.
pub(crate) enum Stopped<E> {
    Error(E),
    /// Damage that was passed over: any entry may be missing.
    Damage,
}

/// One of them. Its paths begin with the names of `top`, which is the folder that it stands for.
pub(crate) struct FileSystemTree<F> {
    file_system: F,
    top: TreePath,
}

/// Where a path leads.
struct Located<N> {
    /// The names from the root down as they are spelled, links followed.
    names: Vec<String>,
    node: N,
}

impl<F: FileSystem> FileSystemTree<F> {
    pub(crate) fn new(file_system: F, top: TreePath) -> Self {
        Self { file_system, top }
    }

    fn stopped(&self, path: &TreePath, stopped: Stopped<F::Error>) -> Error {
        match stopped {
            Stopped::Error(error) => self.file_system.at(shown(path), error),
            Stopped::Damage => Error::DamagedFolder { path: shown(path) },
        }
    }

    fn failed(&self, path: &TreePath) -> impl FnOnce(F::Error) -> Error {
        let path = shown(path);
        |error| self.file_system.at(path, error)
    }

    fn outside(&self, names: &[String]) -> TreePath {
        names.iter().fold(self.top.clone(), |path, name| path.child(name.as_str()))
    }

    /// The names of a path below the top. A name that is not Unicode is that of no file here.
    fn inside(&self, path: &TreePath) -> Result<Vec<String>, Error> {
        if !path.is_inside(&self.top) {
            return Err(Error::InvalidPath { path: shown(path) });
        }
        let names = path.names().skip(self.top.depth());
        names.map(|name| name.to_str().map(ToOwned::to_owned).ok_or_else(|| missing(path))).collect()
    }

    /// What a folder on the way to `path` has under a name: spelled so, or else but for case.
    fn child(&self, path: &TreePath, folder: &F::Node, name: &str) -> Result<Option<F::Node>, Error> {
        let listed = self.file_system.list(folder, usize::MAX).map_err(self.failed(path))?;
        let Listed { nodes, stopped } = listed;
        let lower = name.to_lowercase();
        let spelling = |node: &F::Node| self.file_system.name(node).to_owned();
        let alike: Vec<&F::Node> = nodes.iter().filter(|node| spelling(node).to_lowercase() == lower).collect();
        let exact = alike.iter().find(|node| spelling(node) == name).or(alike.first());
        match (exact, stopped) {
            (None, Some(stopped)) => Err(self.stopped(path, stopped)),
            (found, _) => Ok(found.map(|node| (*node).clone())),
        }
    }

    /// Goes down a path and follows the links on it, also the last one.
    fn locate(&self, path: &TreePath) -> Result<Located<F::Node>, Error> {
        let mut names = self.inside(path)?;
        for _ in 0..=MAX_LINKS {
            match self.descend(path, &names)? {
                Step::There(located) => return Ok(located),
                Step::Link(further) => names = further,
            }
        }
        let source = io::Error::from_raw_os_error(libc::ELOOP);
        Err(Error::Io { operation: Operation::Resolve, path: shown(path), source })
    }

    /// Goes down names to the first link.
    fn descend(&self, path: &TreePath, names: &[String]) -> Result<Step<F::Node>, Error> {
        let mut node = self.file_system.root();
        let mut spelled: Vec<String> = Vec::new();
        for (depth, name) in names.iter().enumerate() {
            if !self.file_system.is_folder(&node) {
                return Err(missing(path));
            }
            node = self.child(path, &node, name)?.ok_or_else(|| missing(path))?;
            spelled.push(self.file_system.name(&node).to_owned());
            let target = match self.file_system.target(&node).map_err(self.failed(path))? {
                None => continue,
                Some(target) => target,
            };
            let leaves = |target: &str| Error::LinkLeaves {
                path: shown(&self.outside(&spelled)),
                target: Escaped::name(target.as_ref()).to_string(),
            };
            let (target, is_beside) = match target {
                Target::Beside(target) => (target, true),
                Target::Root(target) | Target::Drive { target, .. } => (target, false),
                Target::Elsewhere(target) => return Err(leaves(&target)),
            };
            let text = target.join("\\");
            let rest = names.get(depth.saturating_add(1)..).unwrap_or_default();
            let further = link::follow(&spelled, target, is_beside, rest).ok_or_else(|| leaves(&text))?;
            return Ok(Step::Link(further));
        }
        Ok(Step::There(Located { names: spelled, node }))
    }

    fn file(&self, path: &TreePath) -> Result<F::Node, Error> {
        let node = self.locate(path)?.node;
        if self.file_system.is_folder(&node) {
            return Err(Error::NotAFile { path: shown(path), what: "a folder" });
        }
        Ok(node)
    }

    fn kind(&self, node: &F::Node) -> EntryKind {
        if self.file_system.may_be_link(node) {
            EntryKind::Link
        } else if self.file_system.is_folder(node) {
            EntryKind::Folder
        } else {
            EntryKind::File
        }
    }
}

enum Step<N> {
    There(Located<N>),
    /// The names of the path that the link makes of it.
    Link(Vec<String>),
}

impl<F: FileSystem> Tree for FileSystemTree<F> {
    fn entries(&self, folder: &TreePath, limit: usize) -> Result<Listing, Error> {
        let node = self.locate(folder)?.node;
        if !self.file_system.is_folder(&node) {
            let source = io::Error::from(io::ErrorKind::NotADirectory);
            return Err(Error::Io { operation: Operation::List, path: shown(folder), source });
        }
        let one_more = limit.saturating_add(1);
        let Listed { nodes, stopped } = self.file_system.list(&node, one_more).map_err(self.failed(folder))?;
        let stopped = stopped.map(|stopped| self.stopped(folder, stopped));
        let mut listing = Listing { stopped, ..Listing::default() };
        for node in &nodes {
            if listing.seen >= limit {
                listing.stopped = Some(Error::TooManyEntries { path: shown(folder), limit });
                break;
            }
            listing.seen = listing.seen.saturating_add(1);
            listing.entries.push(Entry { name: OsString::from(self.file_system.name(node)), kind: self.kind(node) });
        }
        Ok(listing)
    }

    fn resolve(&self, path: &TreePath) -> Result<(TreePath, EntryKind), Error> {
        let found = self.locate(path)?;
        let kind = if self.file_system.is_folder(&found.node) { EntryKind::Folder } else { EntryKind::File };
        Ok((self.outside(&found.names), kind))
    }

    fn size(&self, file: &TreePath) -> Result<u64, Error> {
        Ok(self.file_system.size(&self.file(file)?))
    }

    fn open(&self, file: &TreePath) -> Result<Box<dyn ReadAt>, Error> {
        self.file_system.open(&self.file(file)?).map_err(self.failed(file))
    }

    fn problems(&self) -> Vec<Problem> {
        self.file_system.problems(&self.top)
    }
}

fn missing(path: &TreePath) -> Error {
    Error::Io { operation: Operation::Resolve, path: shown(path), source: io::ErrorKind::NotFound.into() }
}
