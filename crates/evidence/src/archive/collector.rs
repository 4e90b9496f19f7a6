//! What is kept of an archive's members, and where it stands.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;

use hivekey_read_at::{ReadAt, Region};

use crate::error::Error;
use crate::escape::Escaped;
use crate::folder::shown;
use crate::limits::{LimitName, Limits};
use crate::nodes::{Leaf, NodeTree};
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};
use crate::signature::{PROBE_BYTES, image_by_head, is_regf};

/// Names in which this stands are those of hives, of their logs, or of files about licensing.
const WANTED: &[&str] =
    &["software", "system", "sam", "security", "default", "ntuser", ".log", "pkeyconfig", ".hiv", ".hve"];

/// Links that lead to links are followed so often.
const MAX_LINKS: usize = 8;

/// A member of an archive.
pub(crate) struct Member {
    size: u64,
    content: Content,
}

#[derive(Clone)]
enum Content {
    /// In memory.
    Unpacked(Arc<[u8]>),
    /// In the archive as it is.
    Stored { reader: Arc<dyn ReadAt>, offset: u64 },
    /// Not kept: name and size are all that anybody asks for.
    Named,
}

impl Leaf for Member {
    fn size(&self) -> u64 {
        self.size
    }

    fn open(&self, path: &TreePath) -> Result<Box<dyn ReadAt>, Error> {
        match &self.content {
            Content::Unpacked(bytes) => Ok(Box::new(Arc::clone(bytes))),
            Content::Stored { reader, offset } => Ok(Box::new(Region::new(Arc::clone(reader), *offset, self.size))),
            Content::Named => Err(Error::NotAFile { path: shown(path), what: "a member that was not unpacked" }),
        }
    }

    fn is_kept(&self) -> bool {
        !matches!(self.content, Content::Named)
    }
}

/// Takes members one after the other.
pub(super) struct Collector<'l> {
    limits: &'l Limits,
    tree: NodeTree<Member>,
    links: Vec<(TreePath, TreePath)>,
    problems: Vec<Problem>,
    members: usize,
    kept_bytes: u64,
}

impl<'l> Collector<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        let tree = NodeTree::new(TreePath::root());
        Self { limits, tree, links: Vec::new(), problems: Vec::new(), members: 0, kept_bytes: 0 }
    }

    /// Counts a member. `false` if there may be no more: the limit is told.
    pub(super) fn counts(&mut self) -> bool {
        self.members = self.members.saturating_add(1);
        let fits = self.members <= self.limits.archive_members;
        if !fits {
            self.hit(TreePath::root(), LimitName::ArchiveMembers, self.limits.archive_members);
        }
        fits
    }

    /// The place of a member by the name in the archive. `None`, and a problem, if it would stand outside.
    pub(super) fn place(&mut self, name: &[u8]) -> Option<TreePath> {
        let mut path = TreePath::root();
        for part in name.split(|&byte| matches!(byte, b'/' | b'\\')) {
            match part {
                b"" | b"." => {}
                b".." => {
                    let shown = Escaped::path(Path::new(OsStr::from_bytes(name))).to_string();
                    let kind = ProblemKind::Link(Error::InvalidPath { path: shown });
                    self.problem(TreePath::root(), kind);
                    return None;
                }
                part => path = path.child(OsString::from(OsStr::from_bytes(part))),
            }
        }
        (!path.is_root()).then_some(path)
    }

    pub(super) fn folder(&mut self, path: &TreePath) {
        self.tree.add_folder(path);
    }

    /// A member that lies in the archive as it is.
    pub(super) fn stored(&mut self, path: TreePath, reader: &Arc<dyn ReadAt>, offset: u64, size: u64) {
        let content = Content::Stored { reader: Arc::clone(reader), offset };
        self.tree.add_file(path, Member { size, content });
    }

    /// A member that cannot be read: its name stays.
    pub(super) fn unreadable(&mut self, path: TreePath, size: u64, error: io::Error) {
        let error = Error::Archive { path: shown(&path), source: Box::new(error) };
        self.problem(path.clone(), ProblemKind::Unreadable(error));
        self.tree.add_file(path, Member { size, content: Content::Named });
    }

    /// A member of which only a part could be unpacked: that part stays.
    pub(super) fn unreadable_rest(&mut self, path: TreePath, size: u64, error: io::Error) {
        if self.tree.leaf(&path).is_some_and(Leaf::is_kept) {
            let error = Error::Archive { path: shown(&path), source: Box::new(error) };
            self.problem(path, ProblemKind::Unreadable(error));
        } else {
            self.unreadable(path, size, error);
        }
    }

    /// A packed member of `size` bytes, or so says the archive. Reads as much of it as is kept.
    ///
    /// # Errors
    ///
    /// What keeps it from being unpacked; its name is kept.
    pub(super) fn packed(&mut self, path: TreePath, size: u64, content: &mut dyn Read) -> io::Result<()> {
        let mut head = Vec::new();
        let probe = u64::try_from(PROBE_BYTES).unwrap_or(u64::MAX);
        let named = |size| Member { size, content: Content::Named };
        if let Err(error) = content.take(probe).read_to_end(&mut head) {
            self.tree.add_file(path, named(size));
            return Err(error);
        }
        if !is_regf(&head) && !is_wanted(&path) {
            if let Some(format) = image_by_head(&head) {
                self.problem(path.clone(), ProblemKind::ImageInFolder { format });
            }
            self.tree.add_file(path, named(size));
            return Ok(());
        }
        let room = self.limits.archive_kept_bytes.saturating_sub(self.kept_bytes);
        let mut bytes = head;
        // One more than fits, so that what is longer shows.
        let read = content.take(room.saturating_add(1)).read_to_end(&mut bytes);
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if length > room {
            let value = usize::try_from(self.limits.archive_kept_bytes).unwrap_or(usize::MAX);
            self.hit(path.clone(), LimitName::ArchiveKeptBytes, value);
            self.tree.add_file(path, named(size));
            return Ok(());
        }
        self.kept_bytes = self.kept_bytes.saturating_add(length);
        // What was read before the end broke off is worth reading: hives are read in part.
        self.tree.add_file(path, Member { size: length, content: Content::Unpacked(bytes.into()) });
        read.map(|_| ())
    }

    /// A link to another member, by its path from the folder that the link stands in, or from the top.
    pub(super) fn link(&mut self, path: TreePath, target: &[u8], from_top: bool) {
        let mut at = if from_top || target.starts_with(b"/") { Some(TreePath::root()) } else { path.parent() };
        for part in target.split(|&byte| byte == b'/') {
            at = match part {
                b"" | b"." => at,
                b".." => at.and_then(|path| path.parent()),
                part => at.map(|path| path.child(OsString::from(OsStr::from_bytes(part)))),
            };
        }
        match at {
            Some(target) => self.links.push((path, target)),
            None => {
                let target = Escaped::name(OsStr::from_bytes(target)).to_string();
                let error = Error::LinkLeaves { path: shown(&path), target };
                self.problem(path, ProblemKind::Link(error));
            }
        }
    }

    pub(super) fn problem(&mut self, path: TreePath, kind: ProblemKind) {
        if self.problems.len() < self.limits.problems {
            self.problems.push(Problem { path, kind });
        }
    }

    fn hit(&mut self, path: TreePath, limit: LimitName, value: usize) {
        self.problem(path, ProblemKind::Limit { limit, value, left_out: 0 });
    }

    /// The tree, with each link a second name of its file. A link that leads nowhere in the archive stands for nothing.
    pub(super) fn finish(mut self) -> (NodeTree<Member>, Vec<Problem>) {
        for _ in 0..MAX_LINKS {
            let links = std::mem::take(&mut self.links);
            let (found, open): (Vec<_>, Vec<_>) = links.into_iter().partition(|(_, to)| self.tree.leaf(to).is_some());
            if found.is_empty() {
                break;
            }
            for (path, target) in found {
                if let Some(Member { size, content }) = self.tree.leaf(&target) {
                    let twin = Member { size: *size, content: content.clone() };
                    self.tree.add_file(path, twin);
                }
            }
            self.links = open;
        }
        (self.tree, self.problems)
    }
}

fn is_wanted(path: &TreePath) -> bool {
    let name = path.file_name().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
    let name = name.to_string_lossy();
    WANTED.iter().any(|part| name.contains(part)) && !name.ends_with(".dll") && !name.ends_with(".exe")
}
