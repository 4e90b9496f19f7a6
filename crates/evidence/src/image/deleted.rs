//! Deleted hives of a volume, as a tree: what the Master File Table still says of files that are gone.

use hivekey_ntfs::{ClusterState, DeletedFile, Ntfs, RecordNumber};
use hivekey_read_at::ReadAt;

use crate::error::Error;
use crate::folder::shown;
use crate::limits::LimitName;
use crate::nodes::{Leaf, NodeTree};
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};

/// The folder that they stand in.
pub(super) const FOLDER: &str = "deleted";
/// Stands for the folders above a file that are lost.
const LOST: &str = "?";
/// Names of the hives that tell of a Windows; their logs have one of [`LOGS`] behind them.
const HIVES: &[&str] = &["SOFTWARE", "SYSTEM", "NTUSER.DAT"];
const LOGS: &[&str] = &["", ".LOG", ".LOG1", ".LOG2", ".SAV", ".BAK", ".OLD"];

/// A deleted file.
pub(super) struct Deleted {
    volume: Ntfs,
    record: RecordNumber,
    size: u64,
}

impl Leaf for Deleted {
    fn size(&self) -> u64 {
        self.size
    }

    fn open(&self, path: &TreePath) -> Result<Box<dyn ReadAt>, Error> {
        let failed = |source| Error::Volume { path: shown(path), source: Box::new(source) };
        let opened = self.volume.record(self.record).and_then(|found| found.open()).map_err(failed)?;
        Ok(Box::new(opened))
    }
}

/// The deleted hives of a volume, each where it was as far as that is known; `None` if there are none. Says of which the clusters
/// belong to other files by now.
pub(super) fn find(volume: &Ntfs, top: TreePath, limit: usize) -> (Option<NodeTree<Deleted>>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut deleted = volume.deleted().filter(is_hive);
    let mut files: Vec<DeletedFile> = deleted.by_ref().take(limit).collect();
    if deleted.next().is_some() {
        let kind = ProblemKind::Limit { limit: LimitName::DeletedHives, value: limit, left_out: 0 };
        problems.push(Problem { path: top.clone(), kind });
    }
    // Of two with one name the one that was changed last has it.
    files.sort_by_key(|file| std::cmp::Reverse(file.modified));
    let mut tree = NodeTree::new(top);
    for file in files {
        let path = path(&tree, &file);
        let in_use = match file.clusters {
            ClusterState::PartlyReused { in_use, total } => Some(Some((in_use, total))),
            ClusterState::Reused => Some(None),
            _ => None,
        };
        problems.extend(in_use.map(|in_use| Problem { path: path.clone(), kind: ProblemKind::Overwritten { in_use } }));
        if file.clusters != ClusterState::Reused {
            let leaf = Deleted { volume: volume.clone(), record: file.reference.record, size: file.size.unwrap_or(0) };
            tree.add_file(path, leaf);
        }
    }
    (Some(tree).filter(|tree| !tree.is_empty()), problems)
}

/// Where a file stands in the tree.
fn path(tree: &NodeTree<Deleted>, file: &DeletedFile) -> TreePath {
    let lost = (!file.path.from_root).then_some(LOST);
    let names = lost.into_iter().chain(file.path.components.iter().map(String::as_str));
    let folder = names.fold(tree.top().clone(), |folder, name| folder.child(name));
    let path = folder.child(file.name.as_str());
    match tree.contains(&path) {
        true => folder.child(format!("{} (record {})", file.name, file.reference.record)),
        false => path,
    }
}

fn is_hive(file: &DeletedFile) -> bool {
    let name = file.name.to_ascii_uppercase();
    let fits = |hive: &&str| name.strip_prefix(*hive).is_some_and(|rest| LOGS.contains(&rest));
    !file.is_directory && file.size != Some(0) && HIVES.iter().any(fits)
}
