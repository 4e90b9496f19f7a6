//! Deleted hives of a volume, as a tree: what the Master File Table still says of files that are gone.

use std::collections::BTreeMap;
use std::io;

use hivekey_ntfs::{ClusterState, DeletedFile, Ntfs, RecordNumber};

use super::adapt::VolumeFile;
use crate::error::{Error, Operation};
use crate::folder::shown;
use crate::limits::LimitName;
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};
use crate::read_at::ReadAt;
use crate::tree::{Entry, EntryKind, Listing, Tree};

/// The folder that they stand in.
pub(super) const FOLDER: &str = "deleted";
/// Stands for the folders above a file that are lost.
const LOST: &str = "?";
/// Names of the hives that tell of a Windows; their logs have one of [`LOGS`] behind them.
const HIVES: &[&str] = &["SOFTWARE", "SYSTEM", "NTUSER.DAT"];
const LOGS: &[&str] = &["", ".LOG", ".LOG1", ".LOG2", ".SAV", ".BAK", ".OLD"];

/// The deleted hives of a volume, each where it was as far as that is known.
pub(super) struct DeletedTree {
    volume: Ntfs,
    top: TreePath,
    nodes: BTreeMap<TreePath, Node>,
}

enum Node {
    Folder,
    File { record: RecordNumber, size: u64 },
}

impl DeletedTree {
    /// Looks for deleted hives. `None` if there are none. Says of which the clusters belong to other files by now.
    pub(super) fn find(volume: &Ntfs, top: TreePath, limit: usize) -> (Option<Self>, Vec<Problem>) {
        let mut tree = Self { volume: volume.clone(), top, nodes: BTreeMap::new() };
        let mut problems = Vec::new();
        let mut deleted = volume.deleted().filter(is_hive);
        let mut files: Vec<DeletedFile> = deleted.by_ref().take(limit).collect();
        if deleted.next().is_some() {
            let kind = ProblemKind::Limit { limit: LimitName::DeletedHives, value: limit, left_out: 0 };
            problems.push(Problem { path: tree.top.clone(), kind });
        }
        // Of two with one name the one that was changed last has it.
        files.sort_by_key(|file| std::cmp::Reverse(file.modified));
        for file in files {
            if let Some(path) = tree.add(&file) {
                let kind = match file.clusters {
                    ClusterState::PartlyReused { in_use, total } => {
                        ProblemKind::Overwritten { in_use: Some((in_use, total)) }
                    }
                    ClusterState::Reused => ProblemKind::Overwritten { in_use: None },
                    _ => continue,
                };
                problems.push(Problem { path, kind });
            }
        }
        let found = !tree.nodes.is_empty();
        (found.then_some(tree), problems)
    }

    /// Gives a file its place. `None` if it has no content of its own any more, but a place to name.
    fn add(&mut self, file: &DeletedFile) -> Option<TreePath> {
        let mut folder = self.top.clone();
        if !file.path.from_root {
            folder = folder.child(LOST);
        }
        for name in &file.path.components {
            folder = folder.child(name.as_str());
        }
        let mut path = folder.child(file.name.as_str());
        if self.nodes.contains_key(&path) {
            path = folder.child(format!("{} (record {})", file.name, file.reference.record));
        }
        if file.clusters == ClusterState::Reused {
            return Some(path);
        }
        let mut above = Some(folder);
        while let Some(folder) = above.filter(|folder| folder.is_inside(&self.top)) {
            above = folder.parent();
            self.nodes.entry(folder).or_insert(Node::Folder);
        }
        let node = Node::File { record: file.reference.record, size: file.size.unwrap_or(0) };
        self.nodes.insert(path.clone(), node);
        Some(path)
    }

    fn node(&self, path: &TreePath, operation: Operation) -> Result<&Node, Error> {
        let missing = || Error::Io { operation, path: shown(path), source: io::ErrorKind::NotFound.into() };
        self.nodes.get(path).ok_or_else(missing)
    }

    fn file(&self, path: &TreePath) -> Result<(RecordNumber, u64), Error> {
        match self.node(path, Operation::Open)? {
            Node::File { record, size } => Ok((*record, *size)),
            Node::Folder => Err(Error::NotAFile { path: shown(path), what: "a folder" }),
        }
    }
}

fn is_hive(file: &DeletedFile) -> bool {
    let name = file.name.to_ascii_uppercase();
    let fits = |hive: &&str| name.strip_prefix(*hive).is_some_and(|rest| LOGS.contains(&rest));
    !file.is_directory && file.size != Some(0) && HIVES.iter().any(fits)
}

impl Tree for DeletedTree {
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
            let kind = match node {
                Node::Folder => EntryKind::Folder,
                Node::File { .. } => EntryKind::File,
            };
            listing.entries.extend(path.file_name().map(|name| Entry { name: name.to_owned(), kind }));
        }
        Ok(listing)
    }

    fn resolve(&self, path: &TreePath) -> Result<(TreePath, EntryKind), Error> {
        let kind = match self.node(path, Operation::Resolve)? {
            Node::Folder => EntryKind::Folder,
            Node::File { .. } => EntryKind::File,
        };
        Ok((path.clone(), kind))
    }

    fn size(&self, file: &TreePath) -> Result<u64, Error> {
        self.file(file).map(|(_, size)| size)
    }

    fn open(&self, file: &TreePath) -> Result<Box<dyn ReadAt>, Error> {
        let (record, _) = self.file(file)?;
        let failed = |source| Error::Volume { path: shown(file), source: Box::new(source) };
        let opened = self.volume.record(record).and_then(|found| found.open()).map_err(failed)?;
        Ok(Box::new(VolumeFile(opened)))
    }
}
