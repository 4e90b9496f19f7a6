//! The files that belong to an image in a tree.

use std::sync::{Mutex, PoisonError};

use hivekey_images::{ReadAt, SiblingError, Siblings};

use crate::image::{Folders, base_of};
use crate::path::TreePath;
use crate::tree::{EntryKind, Tree};

/// Opens regular files of the tree, counted from the folder that an image lies in, and of the folders that the user allows; keeps
/// account of those of the tree.
pub(super) struct TreeSiblings<'t> {
    tree: &'t dyn Tree,
    folder: TreePath,
    /// Most names of a folder that are looked at.
    entries: usize,
    elsewhere: &'t Folders,
    opened: Mutex<Vec<TreePath>>,
}

impl<'t> TreeSiblings<'t> {
    pub(super) fn new(tree: &'t dyn Tree, image: &TreePath, entries: usize, elsewhere: &'t Folders) -> Self {
        let folder = image.parent().unwrap_or_default();
        Self { tree, folder, entries, elsewhere, opened: Mutex::default() }
    }

    /// The files that were opened.
    pub(super) fn into_opened(self) -> Vec<TreePath> {
        self.opened.into_inner().unwrap_or_else(PoisonError::into_inner)
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
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).push(path);
        Ok(file)
    }
}

impl Siblings for TreeSiblings<'_> {
    fn open(&self, name: &str) -> Result<Box<dyn ReadAt>, SiblingError> {
        let base = base_of(name).ok_or(SiblingError::Refused)?;
        self.open_in_tree(name).or_else(|reason| {
            self.elsewhere.open_by_name(base).map_err(|elsewhere| match reason {
                SiblingError::NotFound => elsewhere,
                reason => reason,
            })
        })
    }

    fn list(&self, folder: &str) -> Vec<String> {
        self.path(folder).map_or_else(|_| Vec::new(), |folder| self.names(&folder))
    }
}
