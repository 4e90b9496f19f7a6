//! Disk images and archives that lie in a folder or on a disk, each opened as if it were a folder of its name.
//!
//! Who keeps backups keeps many of them in one folder, and a host keeps the disks of its virtual machines beside its own files.
//! An image is opened by the same code wherever it lies; only paths and errors get the image's name before them. So are those on
//! the volumes of a disk image, such as the backups on the image of a backup disk; images inside of these are named, not opened.

mod siblings;
mod tree;

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Arc;

use hivekey_images::Kind;
use hivekey_read_at::ReadAt;

use crate::archive;
use crate::discover::{Discovery, discover, windows_place};
use crate::error::Error;
use crate::folder::shown;
use crate::formats::{self, Candidate, Opened};
use crate::image::{self, Folders};
use crate::installation::{Installation, InstallationPlace};
use crate::limits::{LimitName, Limits};
use crate::options::Options;
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};
use crate::source::SourceKind;
use crate::tree::{EntryKind, Moment, Tree};

use siblings::TreeSiblings;
pub(crate) use tree::NestedTree;

/// Opens the images that a search met in a folder, and searches them in turn.
///
/// A file that another image consists of (an extent, a segment, the parent of a difference) is part of that image and no
/// source of its own.
pub(crate) fn open_images(
    kind: SourceKind,
    tree: Box<dyn Tree>,
    found: Discovery,
    options: &Options,
    elsewhere: &Folders,
) -> (NestedTree, Discovery) {
    let limits = &options.limits;
    let (named, mut problems): (Vec<Problem>, Vec<Problem>) = found.problems.into_iter().partition(|problem| {
        matches!(problem.kind, ProblemKind::ImageInFolder { .. }) && !is_installation_medium(&problem.path)
    });
    let mut named = named;
    if kind == SourceKind::Directory && found.installations.is_empty() {
        named.extend(archives(&*tree, limits));
    }
    let mut installations = found.installations;
    let mut opened: Vec<(TreePath, Opened)> = Vec::new();
    let mut parts = HashSet::new();
    let kept_bytes = Cell::new(0);
    let left_out = named.len().saturating_sub(limits.images);
    for (index, problem) in named.into_iter().enumerate() {
        if index == limits.images {
            let kind = ProblemKind::Limit { limit: LimitName::Images, value: limits.images, left_out };
            problems.push(Problem { path: problem.path, kind });
            break;
        }
        match open(kind, &*tree, &problem.path, options, elsewhere, &kept_bytes, &mut parts) {
            Ok(Some(image)) => opened.push((problem.path, image)),
            Ok(None) => problems.push(problem),
            Err(error) => {
                problems.push(Problem { path: problem.path, kind: ProblemKind::Unreadable(error) });
            }
        }
    }
    opened.retain(|(path, _)| !parts.contains(path));
    let mut trees = Vec::new();
    for (path, image) in opened {
        let found = discover(&*image.tree, &image.start, limits);
        let inside = |problem| tree::problem_inside(&path, problem);
        problems.extend(image.problems.into_iter().chain(found.problems).map(inside));
        let outer = tree.moment(&path);
        installations.extend(found.installations.into_iter().map(|found| moved(found, &path, outer)));
        trees.push((path, image.tree));
    }
    (NestedTree::new(tree, trees), Discovery { installations, problems })
}

/// Whether a file is named like the images that Windows is installed and repaired from. What is in them never ran.
fn is_installation_medium(path: &TreePath) -> bool {
    let name = path.file_name().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
    let name = name.to_string_lossy();
    let is_install =
        name.starts_with("install") && [".wim", ".esd", ".swm"].iter().any(|ending| name.ends_with(ending));
    is_install || matches!(&*name, "winre.wim" | "boot.wim" | "winpe.wim")
}

/// The archives directly in a folder of this machine. They are looked for only where nothing else is: on a volume they lie everywhere.
fn archives(tree: &dyn Tree, limits: &Limits) -> Vec<Problem> {
    let entries = tree.entries(&TreePath::root(), limits.probes).unwrap_or_default().entries;
    let files = entries.into_iter().filter(|entry| entry.kind == EntryKind::File);
    let mut paths: Vec<TreePath> = files.map(|entry| TreePath::root().child(entry.name)).collect();
    paths.sort();
    let is_archive = |path: &TreePath| {
        let reader: Arc<dyn ReadAt> = tree.open(path).ok()?.into();
        archive::recognise(&reader).ok()?
    };
    paths.retain(|path| is_archive(path).is_some());
    let kind = || ProblemKind::ImageInFolder { format: "an archive" };
    paths.into_iter().map(|path| Problem { path, kind: kind() }).collect()
}

/// Opens one image or archive. `None` if it is of a kind that only looks like an image, or is not opened in a folder.
fn open(
    outer: SourceKind,
    tree: &dyn Tree,
    path: &TreePath,
    options: &Options,
    elsewhere: &Folders,
    kept_bytes: &Cell<u64>,
    parts: &mut HashSet<TreePath>,
) -> Result<Option<Opened>, Error> {
    let siblings = TreeSiblings::new(tree, path, options.limits.folder_entries, elsewhere);
    let candidate = Candidate {
        shown: shown(path),
        name: image::file_name(path.file_name()),
        reader: Some(tree.open(path)?.into()),
        siblings: &siblings,
        kept_bytes,
        local: None,
    };
    // A snapshot is one of the image that was given; in a folder of images, one of each that can have any.
    let is_qcow2 = |reader: &Arc<dyn ReadAt>| matches!(image::kind(reader), Ok(Some(Kind::Qcow2)));
    let may_have_any = || outer == SourceKind::Directory && candidate.reader.as_ref().is_some_and(is_qcow2);
    let mut options = Cow::Borrowed(options);
    if options.images.snapshot.is_some() && !may_have_any() {
        options.to_mut().images.snapshot = None;
    }
    let opened = formats::open(&candidate, &options)?;
    parts.extend(opened.iter().flat_map(|opened| siblings.paths_of(&opened.parts)));
    Ok(opened)
}

/// The same installation, seen from the folder that the image lies in.
fn moved(mut found: Installation, image: &TreePath, outer: Moment) -> Installation {
    // What an image in a shadow copy, or a deleted one, shows is no newer than that.
    if outer != Moment::Now {
        found.moment = outer;
    }
    if found.place == InstallationPlace::Windows {
        found.place = windows_place(image.names());
    }
    let within = |path: &mut TreePath| *path = path.within(image);
    within(&mut found.root);
    within(&mut found.config);
    for hive in &mut found.hives {
        within(&mut hive.path);
        hive.logs.iter_mut().for_each(|log| within(&mut log.path));
    }
    found.files.iter_mut().for_each(|file| within(&mut file.path));
    found
}
