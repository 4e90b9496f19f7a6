//! The files beside an image in a tree.

use std::sync::{Mutex, PoisonError};

use hivekey_images::{ReadAt, SiblingError, Siblings};

use crate::path::TreePath;
use crate::tree::{EntryKind, Tree};

/// Opens regular files of the folder that an image lies in, and of no other; keeps account of them.
pub(super) struct TreeSiblings<'t> {
    tree: &'t dyn Tree,
    folder: TreePath,
    /// Most names of the folder that are looked at.
    entries: usize,
    opened: Mutex<Vec<TreePath>>,
}

impl<'t> TreeSiblings<'t> {
    pub(super) fn new(tree: &'t dyn Tree, image: &TreePath, entries: usize) -> Self {
        let folder = image.parent().unwrap_or_default();
        Self { tree, folder, entries, opened: Mutex::default() }
    }

    /// The files that were opened.
    pub(super) fn into_opened(self) -> Vec<TreePath> {
        self.opened.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn names(&self) -> Vec<String> {
        let listing = self.tree.entries(&self.folder, self.entries).unwrap_or_default();
        listing.entries.into_iter().filter_map(|entry| entry.name.into_string().ok()).collect()
    }
}

impl Siblings for TreeSiblings<'_> {
    fn open(&self, name: &str) -> Result<Box<dyn ReadAt>, SiblingError> {
        if name.contains(['/', '\0']) || matches!(name, "" | "." | "..") {
            return Err(SiblingError::Refused);
        }
        // Exactly so, or else but for case, as on the system that wrote the image.
        let names = self.names();
        let lower = name.to_lowercase();
        let exact = names.iter().find(|found| *found == name);
        let found = exact.or_else(|| names.iter().filter(|found| found.to_lowercase() == lower).min());
        let path = self.folder.child(found.ok_or(SiblingError::NotFound)?);
        let (path, kind) = self.tree.resolve(&path).map_err(SiblingError::failed)?;
        if kind != EntryKind::File || path.parent().as_ref() != Some(&self.folder) {
            return Err(SiblingError::Refused);
        }
        let file = self.tree.open(&path).map_err(SiblingError::failed)?;
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).push(path);
        Ok(file)
    }

    fn list(&self, folder: &str) -> Vec<String> {
        if folder.is_empty() { self.names() } else { Vec::new() }
    }
}
