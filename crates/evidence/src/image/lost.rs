//! Hives of a volume that are in use, but that no folder leads to any more: the record of one above them is destroyed.
//!
//! They are found by a search of the Master File Table for their names, and stand below what is left of their path:
//! `lost/record 64/System32/config/SOFTWARE`, where record 64 was that of the Windows folder.

use hivekey_ntfs::{EntryKind, FoundFile, Ntfs};

use super::found_hives::{FoundHive, folder, is_named, place};
use super::volume::is_hidden;
use crate::limits::LimitName;
use crate::nodes::NodeTree;
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};

/// The folder that they stand in.
pub(super) const FOLDER: &str = "lost";
/// The hives of a config folder.
const HIVES: &[&str] = &["SOFTWARE", "SYSTEM", "SAM", "SECURITY", "DEFAULT"];
/// Folders of the root that are looked at for damage.
const MAX_FOLDERS: usize = 1000;

/// Whether a Windows folder may be out of reach: the root, a folder in it, or one on the way to the config folder of one cannot be
/// read. Discovery goes the same ways, so that on a sound volume nothing more is read for this.
pub(super) fn is_suspected(volume: &Ntfs) -> bool {
    let Ok(listing) = volume.root().and_then(|root| volume.entries(&root)) else {
        return true;
    };
    let folders = listing
        .entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::Directory && !is_hidden(entry.reference.record.0));
    folders.take(MAX_FOLDERS).any(|entry| {
        let folder = volume.file(entry.reference);
        folder.and_then(|folder| volume.lookup_in(&folder, &["System32", "config"])).is_err()
    })
}

/// The lost hives; `None` if there are none.
pub(super) fn find(volume: &Ntfs, top: TreePath, limit: usize) -> (Option<NodeTree<FoundHive>>, Option<Problem>) {
    let root_is_lost = volume.root().is_err();
    let is_lost = move |file: &FoundFile| root_is_lost || !file.path.from_root() || file.path.deleted;
    let mut lost = volume.live().named(|name| is_named(name, HIVES)).filter(is_lost);
    let mut tree = NodeTree::new(top);
    for file in lost.by_ref().filter(|file| !file.is_directory).take(limit) {
        let record = file.path.lost.map(|lost| format!("record {}", lost.record)).unwrap_or_default();
        let path = place(&tree, &folder(tree.top(), &file.path, &record), &file);
        tree.add_file(path, FoundHive::new(volume, file.reference.record, file.size));
    }
    let problem = lost.next().map(|_| {
        let kind = ProblemKind::Limit { limit: LimitName::DeletedHives, value: limit, left_out: 0 };
        Problem { path: tree.top().clone(), kind }
    });
    (Some(tree).filter(|tree| !tree.is_empty()), problem)
}
