//! Looking at a tree within limits, and keeping account of what went wrong.

use std::collections::HashSet;

use crate::error::Error;
use crate::installation::Content;
use crate::limits::{LimitName, Limits};
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};
use crate::signature::{PROBE_BYTES, identify, image_name, is_regf, is_transaction_log, may_be_image};
use crate::tree::{Entry, EntryKind, Tree};

/// One search: the tree, what is left of the limits, and the problems so far.
pub(super) struct Search<'t> {
    pub(super) tree: &'t dyn Tree,
    pub(super) limits: &'t Limits,
    entries_left: usize,
    probes_left: usize,
    problems: Vec<Problem>,
    /// What was reported, so that one unreadable folder is one problem however often it is tried.
    reported: HashSet<(&'static str, TreePath)>,
    /// Limits that were hit: where first, and how much was left out.
    hits: Vec<(LimitName, TreePath, usize)>,
}

/// What the first bytes of a file say.
pub(super) struct Probed {
    pub(super) content: Content,
    pub(super) size: u64,
    /// The kind of disk image that it seems to be.
    pub(super) image: Option<&'static str>,
}

impl<'t> Search<'t> {
    pub(super) fn new(tree: &'t dyn Tree, limits: &'t Limits) -> Self {
        Self {
            tree,
            limits,
            entries_left: limits.entries,
            probes_left: limits.probes,
            problems: Vec::new(),
            reported: HashSet::new(),
            hits: Vec::new(),
        }
    }

    /// All entries of a folder, sorted by name; fewer if a limit is hit, none if it cannot be listed.
    pub(super) fn list(&mut self, folder: &TreePath) -> Vec<Entry> {
        self.look(folder, None)
    }

    /// The entries of a folder with one of these names, whatever their case, sorted by name.
    pub(super) fn lookup(&mut self, folder: &TreePath, names: &[&str]) -> Vec<Entry> {
        self.look(folder, Some(names))
    }

    fn look(&mut self, folder: &TreePath, names: Option<&[&str]>) -> Vec<Entry> {
        let limit = self.limits.folder_entries.min(self.entries_left);
        if limit == 0 {
            self.hit(LimitName::Entries, folder, 1);
            return Vec::new();
        }
        let listing = match names {
            Some(names) => self.tree.lookup(folder, names, limit),
            None => self.tree.entries(folder, limit),
        };
        let listing = match listing {
            Ok(listing) => listing,
            Err(error) => {
                self.report(folder, unreadable(error));
                return Vec::new();
            }
        };
        self.entries_left = self.entries_left.saturating_sub(listing.seen);
        match listing.stopped {
            Some(Error::TooManyEntries { .. }) if limit < self.limits.folder_entries => {
                self.hit(LimitName::Entries, folder, 1);
            }
            Some(Error::TooManyEntries { .. }) => {
                self.hit(LimitName::FolderEntries, folder, 0);
            }
            Some(error) => self.report(folder, unreadable(error)),
            None => {}
        }
        let mut entries = listing.entries;
        entries.sort_unstable();
        entries
    }

    /// Where a path really leads, and what is there. `None`, and a problem, if it leads nowhere inside the tree.
    pub(super) fn resolve(&mut self, path: &TreePath) -> Option<(TreePath, EntryKind)> {
        match self.tree.resolve(path) {
            Ok(found) => Some(found),
            Err(error) => {
                self.report(path, ProblemKind::Link(error));
                None
            }
        }
    }

    /// Where an entry of a folder leads, if it is a link, and what it is.
    pub(super) fn settle(&mut self, folder: &TreePath, entry: &Entry) -> Option<(TreePath, EntryKind)> {
        let path = folder.child(entry.name.clone());
        match entry.kind {
            EntryKind::Link => self.resolve(&path),
            kind => Some((path, kind)),
        }
    }

    /// Reads the first bytes of a file. `None`, and a problem, if they cannot be had.
    pub(super) fn probe(&mut self, file: &TreePath) -> Option<Probed> {
        let Some(left) = self.probes_left.checked_sub(1) else {
            self.hit(LimitName::Probes, file, 1);
            return None;
        };
        self.probes_left = left;
        match self.try_probe(file) {
            Ok(probed) => Some(probed),
            Err(error) => {
                self.report(file, unreadable(error));
                None
            }
        }
    }

    fn try_probe(&self, file: &TreePath) -> Result<Probed, Error> {
        let mut buf = [0u8; PROBE_BYTES];
        let found = self.tree.head(file, &mut buf)?;
        let head = buf.get(..found.read).unwrap_or_default();
        let content = if is_transaction_log(head) {
            Content::Log
        } else if is_regf(head) {
            Content::Hive
        } else if head.starts_with(b"CREG") {
            Content::Windows9x
        } else if head.is_empty() {
            Content::Empty
        } else {
            Content::Other
        };
        let image = if content == Content::Other && may_be_image(head) {
            let reader = self.tree.open(file)?;
            identify(&*reader).map(image_name).map_err(|source| Error::Read { path: file.to_string(), source })?
        } else {
            None
        };
        Ok(Probed { content, size: found.size, image })
    }

    /// Length of a file. `None`, and a problem, if it cannot be had.
    pub(super) fn size(&mut self, file: &TreePath) -> Option<u64> {
        match self.tree.size(file) {
            Ok(size) => Some(size),
            Err(error) => {
                self.report(file, unreadable(error));
                None
            }
        }
    }

    /// Keeps a problem, once for each place and kind.
    pub(super) fn report(&mut self, path: &TreePath, kind: ProblemKind) {
        let problem = Problem { path: path.clone(), kind };
        if !self.reported.insert((problem.code(), path.clone())) {
            return;
        }
        if self.problems.len() < self.limits.problems {
            self.problems.push(problem);
        } else {
            self.hit(LimitName::Problems, path, 1);
        }
    }

    /// Notes that a limit left out `count` folders or files, the first of them at `path`.
    pub(super) fn hit(&mut self, limit: LimitName, path: &TreePath, count: usize) {
        match self.hits.iter_mut().find(|(name, ..)| *name == limit) {
            Some((_, _, left_out)) => *left_out = left_out.saturating_add(count),
            None => self.hits.push((limit, path.clone(), count)),
        }
    }

    /// The problems, in the order of their paths; those of the limits last.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by(|a, b| a.path.cmp(&b.path));
        let limits = self.limits;
        let hits = self.hits.into_iter().map(|(limit, path, left_out)| Problem {
            path,
            kind: ProblemKind::Limit { limit, value: limits.value(limit), left_out },
        });
        self.problems.into_iter().chain(hits).collect()
    }
}

fn unreadable(error: Error) -> ProblemKind {
    match error {
        Error::LinkLeaves { .. } => ProblemKind::Link(error),
        _ => ProblemKind::Unreadable(error),
    }
}
