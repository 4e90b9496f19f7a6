//! Hives that were found by their records in the Master File Table, as a tree.

use hivekey_ntfs::{FolderPath, FoundFile, Ntfs, RecordNumber};
use hivekey_read_at::ReadAt;

use crate::error::Error;
use crate::folder::shown;
use crate::nodes::{Leaf, NodeTree};
use crate::path::TreePath;

/// What stands behind the name of a hive in that of its logs and copies.
pub(super) const LOGS: [&str; 3] = [".LOG", ".LOG1", ".LOG2"];
const COPIES: [&str; 3] = [".SAV", ".BAK", ".OLD"];

/// A file by its record.
pub(super) struct FoundHive {
    volume: Ntfs,
    record: RecordNumber,
    size: u64,
}

impl FoundHive {
    pub(super) fn new(volume: &Ntfs, record: RecordNumber, size: Option<u64>) -> Self {
        Self { volume: volume.clone(), record, size: size.unwrap_or(0) }
    }
}

impl Leaf for FoundHive {
    fn size(&self) -> u64 {
        self.size
    }

    fn open(&self, path: &TreePath) -> Result<Box<dyn ReadAt>, Error> {
        let failed = |source| Error::Volume { path: shown(path), source: Box::new(source) };
        let opened = self.volume.record(self.record).and_then(|found| found.open()).map_err(failed)?;
        Ok(Box::new(opened))
    }
}

/// Whether a name is that of one of these hives, of a log of one, or of a copy beside it.
pub(super) fn is_named(name: &str, hives: &[&str]) -> bool {
    let name = name.to_ascii_uppercase();
    let endings = || [""].into_iter().chain(LOGS).chain(COPIES);
    hives.iter().any(|hive| name.strip_prefix(*hive).is_some_and(|rest| endings().any(|ending| ending == rest)))
}

/// A folder of the tree: `lost` stands for the folders above that are lost.
pub(super) fn folder(top: &TreePath, path: &FolderPath, lost: &str) -> TreePath {
    let lost = (!path.from_root()).then_some(lost);
    let names = lost.into_iter().chain(path.components.iter().map(String::as_str));
    names.fold(top.clone(), |folder, name| folder.child(name))
}

/// Where a file stands in a folder of the tree. Of two with one name the second has its record in the name.
pub(super) fn place(tree: &NodeTree<FoundHive>, folder: &TreePath, file: &FoundFile) -> TreePath {
    let path = folder.child(file.name.as_str());
    match tree.contains(&path) {
        true => folder.child(format!("{} (record {})", file.name, file.reference.record)),
        false => path,
    }
}
