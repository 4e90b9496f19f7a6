//! Deleted hives of a volume, as a tree: what the Master File Table still says of files that are gone, and what is left of an earlier
//! format of the volume.

use std::collections::BTreeSet;

use hivekey_ntfs::{ClusterState, FileReference, FoundFile, FoundFiles, Ntfs};

use super::found_hives::{FoundHive, LOGS, folder, is_named, place};
use crate::limits::LimitName;
use crate::nodes::NodeTree;
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};

/// The folder that they stand in.
pub(super) const FOLDER: &str = "deleted";
/// In it, the folder of those that were there before the volume was formatted anew.
const EARLIER: &str = "earlier format";
/// Stands for the folders above a file that are lost.
const LOST: &str = "?";
/// Names of the hives that tell of a Windows.
const HIVES: &[&str] = &["SOFTWARE", "SYSTEM", "NTUSER.DAT"];

/// The deleted hives of a volume, each where it was as far as that is known; `None` if there are none. Says of which the clusters
/// belong to other files by now. The bytes that are searched for an earlier format are added to those `swept` on the disk so far.
pub(super) fn find(
    volume: &Ntfs,
    top: TreePath,
    limit: usize,
    swept: &mut u64,
) -> (Option<NodeTree<FoundHive>>, Vec<Problem>) {
    let mut found = Found { tree: NodeTree::new(top.clone()), problems: Vec::new(), limit };
    let deleted = found.add(volume, volume.deleted(), &top);
    found.add_live_logs(volume, &deleted);
    let earlier = volume.earlier_format();
    let folder = top.child(EARLIER);
    found.add(&earlier.volume, earlier.files(), &folder);
    *swept = swept.saturating_add(earlier.swept);
    if !earlier.complete {
        let value = usize::try_from(*swept).unwrap_or(usize::MAX);
        found.problems.push(Problem { path: folder, kind: limit_reached(LimitName::SweptBytes, value) });
    }
    (Some(found.tree).filter(|tree| !tree.is_empty()), found.problems)
}

struct Found {
    tree: NodeTree<FoundHive>,
    problems: Vec<Problem>,
    /// Most hives of one search.
    limit: usize,
}

/// A hive or log that was added.
struct Added {
    parent: FileReference,
    name: String,
    folder: TreePath,
}

impl Found {
    /// Adds the files of a search below a folder.
    fn add(&mut self, volume: &Ntfs, files: FoundFiles, top: &TreePath) -> Vec<Added> {
        let is_hive = |file: &FoundFile| !file.is_directory && file.size != Some(0);
        let mut files = files.named(|name| is_named(name, HIVES)).filter(is_hive);
        let mut kept: Vec<FoundFile> = files.by_ref().take(self.limit).collect();
        if files.next().is_some() {
            let kind = limit_reached(LimitName::DeletedHives, self.limit);
            self.problems.push(Problem { path: top.clone(), kind });
        }
        // Of two with one name the one that was changed last has it.
        kept.sort_by_key(|file| std::cmp::Reverse(file.modified));
        let mut added = Vec::new();
        for file in kept {
            let folder = folder(top, &file.path, LOST);
            let path = place(&self.tree, &folder, &file);
            let in_use = match file.clusters {
                ClusterState::PartlyReused { in_use, total } => Some(Some((in_use, total))),
                ClusterState::Reused => Some(None),
                _ => None,
            };
            let kind = in_use.map(|in_use| ProblemKind::Overwritten { in_use });
            self.problems.extend(kind.map(|kind| Problem { path: path.clone(), kind }));
            if file.clusters != ClusterState::Reused {
                self.tree.add_file(path, FoundHive::new(volume, file.reference.record, file.size));
                added.push(Added { parent: file.parent, name: file.name.to_ascii_uppercase(), folder });
            }
        }
        added
    }

    /// Gives each deleted hive the logs of its name that are in use in the folder that it was in, if there is no hive in use that
    /// they may belong to. The last changes of a hive often stand in its logs alone.
    fn add_live_logs(&mut self, volume: &Ntfs, deleted: &[Added]) {
        let mut known: BTreeSet<(FileReference, &str)> = BTreeSet::new();
        for Added { parent, name, folder } in deleted {
            let Ok(parent_folder) = volume.file(*parent) else {
                continue;
            };
            let live = |name: &str| volume.lookup_in(&parent_folder, &[name]).ok()?.found();
            let is_hive = HIVES.contains(&name.as_str());
            if !parent_folder.is_in_use() || !is_hive || !known.insert((*parent, name)) || live(name).is_some() {
                continue;
            }
            for ending in LOGS {
                let name = format!("{name}{ending}");
                let log = live(&name).filter(|log| !log.is_directory() && log.size() != Some(0));
                // A deleted one, spelled in any way, is the older one.
                let is_new = !deleted.iter().any(|other| other.parent == *parent && other.name == name);
                if let Some(log) = log.filter(|_| is_new) {
                    let leaf = FoundHive::new(volume, log.reference().record, log.size());
                    self.tree.add_file(folder.child(name), leaf);
                }
            }
        }
    }
}

fn limit_reached(limit: LimitName, value: usize) -> ProblemKind {
    ProblemKind::Limit { limit, value, left_out: 0 }
}
