//! The files that belong to an image in a tree.

use std::ffi::OsString;
use std::sync::{Mutex, PoisonError};

use hivekey_images::{ReadAt, SiblingError, Siblings};

use crate::image::{Folders, is_name_of_file};
use crate::path::TreePath;
use crate::tree::{EntryKind, Tree};

/// Opens regular files of the tree, counted from the folder that an image lies in, and of the folders that the user allows; keeps
/// account of those of the tree.
pub(super) struct TreeSiblings<'t> {
    tree: &'t dyn Tree,
    folder: TreePath,
    /// The name of the image.
    image: OsString,
    /// Most names of a folder that are looked at.
    entries: usize,
    elsewhere: &'t Folders,
    /// Each under the name by which it was asked for.
    opened: Mutex<Vec<(String, TreePath)>>,
}

impl<'t> TreeSiblings<'t> {
    pub(super) fn new(tree: &'t dyn Tree, image: &TreePath, entries: usize, elsewhere: &'t Folders) -> Self {
        let folder = image.parent().unwrap_or_default();
        let image = image.file_name().unwrap_or_default().to_owned();
        Self { tree, folder, image, entries, elsewhere, opened: Mutex::default() }
    }

    /// Where the files of these names lie, if they are of the tree.
    pub(super) fn paths_of(&self, names: &[String]) -> Vec<TreePath> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        names
            .iter()
            .filter_map(|name| opened.iter().find(|(known, _)| known == name))
            .map(|(_, path)| path.clone())
            .collect()
    }

    fn names(&self, folder: &TreePath) -> Vec<String> {
        let listing = self.tree.entries(folder, self.entries).unwrap_or_default();
        listing.entries.into_iter().filter_map(|entry| entry.name.into_string().ok()).collect()
    }

    /// The entry of a folder: exactly so, or else but for case, as on the system that wrote the image.
    fn child(&self, folder: &TreePath, name: &str) -> Result<TreePath, SiblingError> {
        let names = self.names(folder);
        let lower = name.to_lowercase();
        let exact = names.iter().find(|found| *found == name);
        let found = exact.or_else(|| names.iter().filter(|found| found.to_lowercase() == lower).min());
        Ok(folder.child(found.ok_or(SiblingError::NotFound)?))
    }

    /// Where a name leads from the folder of the image.
    fn path(&self, name: &str) -> Result<TreePath, SiblingError> {
        if name.starts_with('/') {
            return Err(SiblingError::Refused);
        }
        let mut path = self.folder.clone();
        for part in name.split('/') {
            path = match part {
                "" | "." => path,
                ".." => path.parent().ok_or(SiblingError::Refused)?,
                part => self.child(&path, part)?,
            };
        }
        Ok(path)
    }

    fn open_in_tree(&self, name: &str) -> Result<Box<dyn ReadAt>, SiblingError> {
        let (path, kind) = self.tree.resolve(&self.path(name)?).map_err(SiblingError::failed)?;
        if kind != EntryKind::File {
            return Err(SiblingError::Refused);
        }
        let file = self.tree.open(&path).map_err(SiblingError::failed)?;
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).push((name.to_owned(), path));
        Ok(file)
    }
}

impl Siblings for TreeSiblings<'_> {
    fn open(&self, name: &str) -> Result<Box<dyn ReadAt>, SiblingError> {
        if is_name_of_file(name) { self.open_in_tree(name) } else { Err(SiblingError::Refused) }
    }

    fn open_moved(&self, name: &str) -> Result<Box<dyn ReadAt>, SiblingError> {
        // The image itself may lie in a folder that is allowed, and is not its own parent.
        let is_own = self.image.eq_ignore_ascii_case(name);
        if is_own { Err(SiblingError::NotFound) } else { self.elsewhere.open_in_others(name, None) }
    }

    fn list(&self, folder: &str) -> Vec<String> {
        self.path(folder).map_or_else(|_| Vec::new(), |folder| self.names(&folder))
    }
}
