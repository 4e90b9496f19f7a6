//! The files beside an image: parents, segments, extents. An image may come from anywhere, and name anything.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use hivekey_images::{ReadAt, SiblingError, Siblings};

use crate::counter::ByteCounter;
use crate::escape::Escaped;
use crate::local::LocalFile;

/// Opens regular files of the folder that an image lies in, and of no other, links to elsewhere not followed.
pub(crate) struct FolderSiblings {
    /// Without any link in it.
    folder: PathBuf,
    counter: ByteCounter,
    entries: usize,
}

impl FolderSiblings {
    /// Those of the image at `real`, a path without links. At most `entries` names of the folder are looked at.
    pub(crate) fn of(real: &Path, counter: ByteCounter, entries: usize) -> Self {
        let folder = real.parent().unwrap_or(Path::new("/")).to_owned();
        Self { folder, counter, entries }
    }

    fn names(&self) -> io::Result<impl Iterator<Item = String>> {
        let names = fs::read_dir(&self.folder)?.take(self.entries);
        Ok(names.filter_map(|entry| entry.ok()?.file_name().into_string().ok()))
    }

    /// Where the file of this name lies: exactly so, or else but for case, as on the system that wrote the image.
    fn find(&self, name: &str) -> io::Result<Option<PathBuf>> {
        match fs::canonicalize(self.folder.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            found => return found.map(Some),
        }
        let lower = name.to_lowercase();
        let alike = self.names()?.filter(|found| found.to_lowercase() == lower).min();
        alike.map(|found| fs::canonicalize(self.folder.join(found))).transpose()
    }
}

impl Siblings for FolderSiblings {
    fn open(&self, name: &str) -> Result<Box<dyn ReadAt>, SiblingError> {
        if name.contains(['/', '\0']) || matches!(name, "" | "." | "..") {
            return Err(SiblingError::Refused);
        }
        let real = self.find(name).map_err(SiblingError::failed)?.ok_or(SiblingError::NotFound)?;
        if real.parent() != Some(self.folder.as_path()) {
            return Err(SiblingError::Refused);
        }
        let shown = || Escaped::path(&real).to_string();
        let file = LocalFile::open(&real, &shown, 0, self.counter.clone()).map_err(SiblingError::failed)?;
        Ok(Box::new(file))
    }

    fn list(&self, folder: &str) -> Vec<String> {
        match folder {
            "" => self.names().map(Iterator::collect).unwrap_or_default(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_folder() {
        let top = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(top.path()).unwrap().join("images");
        fs::create_dir_all(folder.join("sub")).unwrap();
        fs::write(top.path().join("secret"), "s").unwrap();
        fs::write(folder.join("Base.VHDX"), "base").unwrap();
        std::os::unix::fs::symlink("../secret", folder.join("out")).unwrap();
        std::os::unix::fs::symlink("Base.VHDX", folder.join("in")).unwrap();
        let counter = ByteCounter::new();
        let siblings = FolderSiblings::of(&folder.join("child.avhdx"), counter.clone(), 100);
        for name in ["Base.VHDX", "base.vhdx", "in"] {
            let file = siblings.open(name).unwrap();
            assert_eq!(file.len(), 4, "{name}");
            file.read_into(0, &mut [0; 4]).unwrap();
        }
        assert_eq!(counter.total(), 12);
        for name in ["../secret", "/etc/passwd", "out", "..", ".", "", "sub/../Base.VHDX", "a\0b"] {
            assert!(matches!(siblings.open(name), Err(SiblingError::Refused)), "{name:?}");
        }
        assert!(matches!(siblings.open("nothing"), Err(SiblingError::NotFound)));
        assert!(matches!(siblings.open("sub"), Err(SiblingError::Failed(_))));
        assert_eq!(siblings.list("").len(), 4);
        assert!(siblings.list("..").is_empty());
    }
}
