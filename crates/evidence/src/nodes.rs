//! A tree whose folders and files are all known: what the Master File Table says of deleted and lost files, the members of an archive.

use std::collections::BTreeMap;
use std::io;

use hivekey_read_at::ReadAt;

use crate::error::{Error, Operation};
use crate::folder::shown;
use crate::path::TreePath;
use crate::tree::{Entry, EntryKind, Head, Listing, Tree};

/// A file of such a tree.
pub(crate) trait Leaf: Send + Sync {
    /// Length in bytes.
    fn size(&self) -> u64;

    /// Opens it; `path` is what errors call it.
    fn open(&self, path: &TreePath) -> Result<Box<dyn ReadAt>, Error>;

    /// Whether it can be opened. Of others only the name and the size are known.
    fn is_kept(&self) -> bool {
        true
    }
}

enum Node<L> {
    Folder,
    File(L),
}

/// Folders and files by their paths, all of them below `top`.
pub(crate) struct NodeTree<L> {
    top: TreePath,
    nodes: BTreeMap<TreePath, Node<L>>,
}

impl<L: Leaf> NodeTree<L> {
    /// A tree with nothing in it but its top.
    pub(crate) fn new(top: TreePath) -> Self {
        Self { nodes: BTreeMap::from([(top.clone(), Node::Folder)]), top }
    }

    pub(crate) fn top(&self) -> &TreePath {
        &self.top
    }

    /// How many folders and files there are, the top among them.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn contains(&self, path: &TreePath) -> bool {
        self.nodes.contains_key(path)
    }

    /// Whether there is no file.
    pub(crate) fn is_empty(&self) -> bool {
        !self.nodes.values().any(|node| matches!(node, Node::File(_)))
    }

    /// Adds a folder and those above it. What is a file already stays one.
    pub(crate) fn add_folder(&mut self, path: &TreePath) {
        let mut next = Some(path.clone());
        while let Some(folder) = next.filter(|folder| folder.is_inside(&self.top)) {
            next = folder.parent();
            self.nodes.entry(folder).or_insert(Node::Folder);
        }
    }

    /// Adds a file, or puts it in the place of one, and the folders above it.
    pub(crate) fn add_file(&mut self, path: TreePath, leaf: L) {
        if let Some(folder) = path.parent() {
            self.add_folder(&folder);
        }
        self.nodes.insert(path, Node::File(leaf));
    }

    /// The file at a path.
    pub(crate) fn leaf(&self, path: &TreePath) -> Option<&L> {
        match self.nodes.get(path) {
            Some(Node::File(leaf)) => Some(leaf),
            _ => None,
        }
    }

    fn node(&self, path: &TreePath, operation: Operation) -> Result<&Node<L>, Error> {
        let missing = || Error::Io { operation, path: shown(path), source: io::ErrorKind::NotFound.into() };
        self.nodes.get(path).ok_or_else(missing)
    }

    fn file(&self, path: &TreePath) -> Result<&L, Error> {
        match self.node(path, Operation::Open)? {
            Node::File(leaf) => Ok(leaf),
            Node::Folder => Err(Error::NotAFile { path: shown(path), what: "a folder" }),
        }
    }
}

fn kind<L>(node: &Node<L>) -> EntryKind {
    match node {
        Node::Folder => EntryKind::Folder,
        Node::File(_) => EntryKind::File,
    }
}

impl<L: Leaf> Tree for NodeTree<L> {
    fn entries(&self, folder: &TreePath, limit: usize) -> Result<Listing, Error> {
        self.node(folder, Operation::List)?;
        let mut listing = Listing::default();
        let inside = self.nodes.range(folder..).take_while(|(path, _)| path.is_inside(folder));
        for (path, node) in inside.filter(|(path, _)| path.parent().as_ref() == Some(folder)) {
            if listing.seen >= limit {
                listing.stopped = Some(Error::TooManyEntries { path: shown(folder), limit });
                break;
            }
            listing.seen = listing.seen.saturating_add(1);
            listing.entries.extend(path.file_name().map(|name| Entry { name: name.to_owned(), kind: kind(node) }));
        }
        Ok(listing)
    }

    fn resolve(&self, path: &TreePath) -> Result<(TreePath, EntryKind), Error> {
        self.node(path, Operation::Resolve).map(|node| (path.clone(), kind(node)))
    }

    fn size(&self, file: &TreePath) -> Result<u64, Error> {
        self.file(file).map(Leaf::size)
    }

    fn open(&self, file: &TreePath) -> Result<Box<dyn ReadAt>, Error> {
        self.file(file)?.open(file)
    }

    /// Of a file that is not kept one zero byte, which is the start of nothing that is looked for.
    fn head(&self, file: &TreePath, buf: &mut [u8]) -> Result<Head, Error> {
        let leaf = self.file(file)?;
        let size = leaf.size();
        if !leaf.is_kept() && size > 0 {
            let read = buf.first_mut().map_or(0, |first| {
                *first = 0;
                1
            });
            return Ok(Head { read, size });
        }
        let read = leaf.open(file)?.read_available(0, buf);
        read.map(|read| Head { read, size }).map_err(|source| Error::Read { path: shown(file), source })
    }
}
