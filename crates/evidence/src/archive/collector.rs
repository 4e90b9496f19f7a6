//! What is kept of an archive's members, and where it stands.

use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;

use hivekey_read_at::{ReadAt, Region};

use super::budget::Budget;
use super::unread::Unread;
use crate::error::Error;
use crate::escape::Escaped;
use crate::folder::shown;
use crate::limits::{LimitName, Limits};
use crate::nodes::{Leaf, NodeTree};
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};
use crate::signature::{LooksLike, PROBE_BYTES, identify, image_name, is_regf, may_be_image};

/// Names in which this stands are those of hives, of their logs, or of files about licensing.
const WANTED: &[&str] =
    &["software", "system", "sam", "security", "default", "ntuser", ".log", "pkeyconfig", ".hiv", ".hve"];

/// Folders that lead to the hives: a link in the place of one matters.
const WANTED_FOLDERS: &[&str] = &["windows", "winnt", "system32", "config", "regback", "spp"];

/// Links that lead to links are followed so often.
const MAX_LINKS: usize = 8;

/// The most levels and bytes of a member's name; Windows' own longest path has fewer. Every folder is kept with all names above it.
const MAX_LEVELS: usize = 64;
const MAX_NAME: usize = 96 << 10;
/// Bytes of a name that is passed over that are shown.
const MAX_SHOWN: usize = 256;

/// First bytes that are enough to name an image or an archive.
const NAMING_BYTES: u64 = 4608;

/// Nothing shorter is a hive: its base block alone has so many bytes.
const SHORTEST_HIVE: u64 = 4096;

/// The longest file that is kept for its name alone, in bytes: logs and licensing files have no more than some megabytes.
const NO_HIVE_BYTES: u64 = 64 << 20;

/// The longest member whose checksum is checked where it lies in the archive as it is, in bytes. To check a longer one would be to
/// read all of it where a report reads some pages.
const CHECKED_IN_PLACE: u64 = 1 << 20;

/// A member of an archive.
pub(crate) struct Member {
    size: u64,
    content: Content,
}

#[derive(Clone)]
enum Content {
    /// In memory.
    Unpacked(Arc<Vec<u8>>),
    /// In the archive as it is.
    Stored { reader: Arc<dyn ReadAt>, offset: u64 },
    /// Not kept: only name and size are known.
    Unread(Unread),
}

impl Member {
    fn unread(size: u64, why: Unread) -> Self {
        Self { size, content: Content::Unread(why) }
    }
}

impl Leaf for Member {
    fn size(&self) -> u64 {
        self.size
    }

    fn open(&self, path: &TreePath) -> Result<Box<dyn ReadAt>, Error> {
        match &self.content {
            Content::Unpacked(bytes) => Ok(Box::new(Arc::clone(bytes))),
            Content::Stored { reader, offset } => Ok(Box::new(Region::new(Arc::clone(reader), *offset, self.size))),
            Content::Unread(why) => Err(failed(path, why.clone())),
        }
    }

    fn is_kept(&self) -> bool {
        !matches!(self.content, Content::Unread(_))
    }
}

/// What the archive says of a packed member.
#[derive(Clone, Copy)]
pub(super) struct Stated {
    /// Unpacked bytes, if they are known beforehand.
    pub(super) size: Option<u64>,
    pub(super) crc32: Option<u32>,
}

/// Members of which the same is to be said.
struct Group {
    why: Unread,
    first: TreePath,
    /// What errors call the first one.
    name: String,
    count: usize,
}

/// Takes members one after the other.
pub(super) struct Collector<'l> {
    limits: &'l Limits,
    budget: Budget,
    tree: NodeTree<Member>,
    links: Vec<(TreePath, TreePath)>,
    problems: Vec<Problem>,
    unread: Vec<Group>,
    /// Archives in the archive.
    archives: Vec<(TreePath, &'static str)>,
    members: usize,
    /// Of all archives of the source.
    kept_bytes: &'l Cell<u64>,
    has_hives: bool,
}

impl<'l> Collector<'l> {
    /// For an archive of `len` bytes, in a source that holds `kept_bytes` of others in memory.
    pub(super) fn new(limits: &'l Limits, len: u64, kept_bytes: &'l Cell<u64>) -> Self {
        Self {
            limits,
            budget: Budget::new(limits, len),
            tree: NodeTree::new(TreePath::root()),
            links: Vec::new(),
            problems: Vec::new(),
            unread: Vec::new(),
            archives: Vec::new(),
            members: 0,
            kept_bytes,
            has_hives: false,
        }
    }

    pub(super) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Counts a member, and the folders that there are because of those before. `false` if there may be no more: the limit is told.
    pub(super) fn counts(&mut self) -> bool {
        self.members = self.members.saturating_add(1);
        let value = self.limits.archive_members;
        let fits = self.members.max(self.tree.len()) <= value;
        if !fits {
            self.problem(TreePath::root(), ProblemKind::Limit { limit: LimitName::ArchiveMembers, value, left_out: 0 });
        }
        fits
    }

    /// The place of a member by the name in the archive. `None`, and a problem, if it would stand outside or too deep.
    pub(super) fn place(&mut self, name: &[u8]) -> Option<TreePath> {
        let parts = || name.split(|&byte| matches!(byte, b'/' | b'\\')).filter(|part| !matches!(*part, b"" | b"."));
        let why = if name.len() > MAX_NAME || parts().count() > MAX_LEVELS {
            Unread::LongName { levels: MAX_LEVELS, bytes: MAX_NAME }
        } else if parts().any(|part| part == b"..") {
            Unread::Outside
        } else {
            let path: TreePath = parts().map(OsStr::from_bytes).collect();
            return (!path.is_root()).then_some(path);
        };
        let name = name.get(..MAX_SHOWN).unwrap_or(name);
        let name = Escaped::path(Path::new(OsStr::from_bytes(name))).to_string();
        self.tell_of(&TreePath::root(), name, why);
        None
    }

    pub(super) fn folder(&mut self, path: &TreePath) {
        self.tree.add_folder(path);
    }

    /// A member without any bytes.
    pub(super) fn empty(&mut self, path: TreePath) {
        self.tree.add_file(path, Member { size: 0, content: Content::Unpacked(Arc::default()) });
    }

    /// Whether a member can be read.
    pub(super) fn keeps(&self, path: &TreePath) -> bool {
        self.tree.leaf(path).is_some_and(Leaf::is_kept)
    }

    /// A member that lies in the archive as it is.
    pub(super) fn stored(
        &mut self,
        path: TreePath,
        reader: &Arc<dyn ReadAt>,
        offset: u64,
        size: u64,
        crc: Option<u32>,
    ) {
        let content = Content::Stored { reader: Arc::clone(reader), offset };
        let wanted = is_wanted(&path);
        if size < SHORTEST_HIVE && !wanted {
            self.tree.add_file(path, Member::unread(size, Unread::Unwanted));
            return;
        }
        let region = Region::new(Arc::clone(reader), offset, size);
        let mut head = vec![0; PROBE_BYTES];
        let read = region.read_available(0, &mut head);
        head.truncate(*read.as_ref().unwrap_or(&0));
        if let Err(error) = read {
            self.unread(path, size, Unread::of(io::Error::other(error)));
            return;
        }
        let is_hive = is_regf(&head);
        if !is_hive && !wanted {
            let looks_like = if may_be_image(&head) { identify(&region).ok() } else { identify(&head).ok() };
            self.unwanted(path, size, looks_like);
            return;
        }
        self.has_hives |= is_hive;
        if let Some(expected) = crc.filter(|_| size <= CHECKED_IN_PLACE) {
            let mut bytes = vec![0; usize::try_from(size).unwrap_or(usize::MAX)];
            let read = region.read_available(0, &mut bytes).unwrap_or(0);
            let bytes = bytes.get(..read).unwrap_or_default();
            self.check(&path, bytes, expected);
        }
        self.tree.add_file(path, Member { size, content });
    }

    /// A packed member. Reads as much of it as is kept.
    ///
    /// # Errors
    ///
    /// What keeps it from being unpacked; its name is kept, and what could be had of it: hives are read in part.
    pub(super) fn packed(&mut self, path: TreePath, stated: Stated, content: &mut dyn Read) -> Result<(), Unread> {
        let wanted = is_wanted(&path);
        let size = stated.size.unwrap_or(0);
        if stated.size.is_some_and(|size| size < SHORTEST_HIVE) && !wanted {
            self.tree.add_file(path, Member::unread(size, Unread::Unwanted));
            return Ok(());
        }
        let mut head = Vec::new();
        let probe = u64::try_from(PROBE_BYTES).unwrap_or(u64::MAX);
        if let Err(error) = content.take(probe).read_to_end(&mut head) {
            let why = Unread::of(error);
            self.tree.add_file(path, Member::unread(size, why.clone()));
            return Err(why);
        }
        let is_hive = is_regf(&head);
        let size = stated.size.unwrap_or(u64::try_from(head.len()).unwrap_or(0));
        if !is_hive && !wanted {
            if head.is_empty() {
                self.empty(path);
                return Ok(());
            }
            if may_be_image(&head) {
                // What is wrong further on is told when the next member is read.
                let _ = content.take(NAMING_BYTES.saturating_sub(probe)).read_to_end(&mut head);
            }
            let looks_like = identify(&head).ok();
            self.unwanted(path, size, looks_like);
            return Ok(());
        }
        // Hives under names that are none of Windows' own leave room for the others.
        let share = if wanted { self.limits.archive_kept_bytes } else { self.limits.archive_kept_bytes.div_euclid(2) };
        let room = share.saturating_sub(self.kept_bytes.get());
        let is_like_hive = is_hive || head.starts_with(b"CREG");
        let most = if is_like_hive { room } else { room.min(NO_HIVE_BYTES) };
        let too_long = if most < room {
            Unread::NoHive
        } else {
            Unread::Limit { limit: LimitName::ArchiveKeptBytes, value: share }
        };
        if size > most {
            self.unread(path, size, too_long);
            return Ok(());
        }
        let mut bytes = head;
        let known = usize::try_from(size).unwrap_or(0).saturating_sub(bytes.len());
        if bytes.try_reserve_exact(known).is_err() {
            self.unread(path, size, too_long);
            return Ok(());
        }
        // One more than fits, so that what is longer shows.
        let read = content.take(most.saturating_add(1)).read_to_end(&mut bytes);
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if length > most {
            self.unread(path, size.max(length), too_long);
            return Ok(());
        }
        bytes.shrink_to_fit();
        self.kept_bytes.set(self.kept_bytes.get().saturating_add(length));
        self.has_hives |= is_hive;
        let short = stated.size.filter(|stated| length < *stated);
        let short = short.map(|stated| Unread::Short { actual: length, stated });
        let failed = read.err().map(Unread::of).or(short);
        if failed.is_none()
            && let Some(expected) = stated.crc32
        {
            self.check(&path, &bytes, expected);
        }
        if bytes.is_empty()
            && let Some(why) = failed.clone()
        {
            self.tree.add_file(path, Member::unread(size, why));
        } else {
            self.tree.add_file(path, Member { size: length, content: Content::Unpacked(Arc::new(bytes)) });
        }
        failed.map_or(Ok(()), Err)
    }

    /// A member that is no hive and is not named like something that is looked for.
    fn unwanted(&mut self, path: TreePath, size: u64, looks_like: Option<LooksLike>) {
        let why = match looks_like {
            Some(looks_like @ LooksLike::Container { name, .. }) => {
                let why = Unread::Container(name);
                match image_name(looks_like) {
                    Some(_) => self.tell(&path, why.clone()),
                    None => self.archives.push((path.clone(), name)),
                }
                why
            }
            _ => Unread::Unwanted,
        };
        self.tree.add_file(path, Member::unread(size, why));
    }

    /// A member that is not read, for a reason that is told.
    pub(super) fn unread(&mut self, path: TreePath, size: u64, why: Unread) {
        self.tell(&path, why.clone());
        self.tree.add_file(path, Member::unread(size, why));
    }

    /// Compares a checksum. What was unpacked stays in any case.
    fn check(&mut self, path: &TreePath, bytes: &[u8], expected: u32) {
        let actual = crc32fast::hash(bytes);
        if actual != expected {
            self.tell(path, Unread::Checksum { name: "CRC-32", actual, expected });
        }
    }

    /// Says something of a member, once for all members of which the same is to be said.
    pub(super) fn tell(&mut self, path: &TreePath, why: Unread) {
        self.tell_of(path, shown(path), why);
    }

    fn tell_of(&mut self, path: &TreePath, name: String, why: Unread) {
        if let Some(group) = self.unread.iter_mut().find(|group| group.why.is_like(&why)) {
            group.count = group.count.saturating_add(1);
        } else if self.unread.len() < self.limits.problems {
            self.unread.push(Group { why, first: path.clone(), name, count: 1 });
        }
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
                let target = Escaped::path(Path::new(OsStr::from_bytes(target))).to_string();
                let error = Error::LinkLeaves { path: shown(&path), target };
                self.problem(path, ProblemKind::Link(error));
            }
        }
    }

    fn problem(&mut self, path: TreePath, kind: ProblemKind) {
        if self.problems.len() < self.limits.problems {
            self.problems.push(Problem { path, kind });
        }
    }

    /// The tree, with each link a second name of its file. A link that leads nowhere in the archive stands for nothing.
    pub(super) fn finish(mut self) -> (NodeTree<Member>, Vec<Problem>) {
        for _ in 0..MAX_LINKS {
            let links = std::mem::take(&mut self.links);
            let (found, open): (Vec<_>, Vec<_>) = links.into_iter().partition(|(_, to)| self.tree.leaf(to).is_some());
            self.links = open;
            if found.is_empty() {
                break;
            }
            for (path, target) in found {
                if let Some(Member { size, content }) = self.tree.leaf(&target) {
                    let twin = Member { size: *size, content: content.clone() };
                    self.tree.add_file(path, twin);
                }
            }
        }
        for (path, target) in std::mem::take(&mut self.links) {
            // A whole system has thousands of other links.
            if is_wanted(&path) || path.file_name().is_some_and(|name| is_one_of(name, WANTED_FOLDERS)) {
                let target = shown(&target);
                self.problem(path.clone(), ProblemKind::Link(failed(&path, Unread::LinkNowhere { target })));
            }
        }
        if !self.has_hives {
            for (path, name) in std::mem::take(&mut self.archives) {
                self.tell(&path, Unread::Container(name));
            }
        }
        for Group { why, first, name, count } in std::mem::take(&mut self.unread) {
            let kind = match why {
                Unread::Limit { limit, value } => {
                    // What is behind the end of all unpacking was not even counted.
                    let count = if limit == LimitName::ArchiveExpandedBytes { 0 } else { count };
                    let value = usize::try_from(value).unwrap_or(usize::MAX);
                    ProblemKind::Limit { limit, value, left_out: count }
                }
                why => {
                    let more = count.saturating_sub(1);
                    let path = if more > 0 { format!("{name} and {more} more") } else { name };
                    ProblemKind::Unreadable(Error::Archive { path, source: Box::new(why) })
                }
            };
            self.problem(first, kind);
        }
        (self.tree, self.problems)
    }
}

fn failed(path: &TreePath, why: Unread) -> Error {
    Error::Archive { path: shown(path), source: Box::new(why) }
}

fn is_wanted(path: &TreePath) -> bool {
    let name = path.file_name().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
    let name = name.to_string_lossy();
    WANTED.iter().any(|part| name.contains(part)) && !name.ends_with(".dll") && !name.ends_with(".exe")
}

fn is_one_of(name: &OsStr, names: &[&str]) -> bool {
    names.iter().any(|one| name.eq_ignore_ascii_case(one))
}
