//! The files that belong to an image: from the folder that it lies in, and from folders that the user allows.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use hivekey_images::{ReadAt, SiblingError, Siblings};

use crate::counter::ByteCounter;
use crate::error::{Error, Operation};
use crate::escape::Escaped;
use crate::local::LocalFile;
use crate::options::Options;

/// Folders of this machine out of which images may take their files; whatever path they name, no other file is opened.
pub(crate) struct Folders {
    /// Without any link in them.
    folders: Vec<PathBuf>,
    counter: ByteCounter,
    /// Most names of a folder that are looked at.
    entries: usize,
}

impl Folders {
    /// Those that the user allows.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if one of them is not there.
    pub(crate) fn allowed(options: &Options, counter: ByteCounter) -> Result<Self, Error> {
        let folders = options.images.folders.iter().map(|folder| {
            fs::canonicalize(folder).map_err(|source| Error::Io {
                operation: Operation::Resolve,
                path: Escaped::path(folder).to_string(),
                source,
            })
        });
        Ok(Self { folders: folders.collect::<Result<_, _>>()?, counter, entries: options.limits.folder_entries })
    }

    /// Opens a file by its name alone, in the first folder that has it, but not in `own`.
    pub(crate) fn open_in_others(&self, name: &str, own: Option<&Path>) -> Result<Box<dyn ReadAt>, SiblingError> {
        if name.contains('/') || !is_name_of_file(name) {
            return Err(SiblingError::Refused);
        }
        let mut reason = SiblingError::NotFound;
        for folder in self.folders.iter().filter(|folder| Some(folder.as_path()) != own) {
            match self.open(&folder.join(name)) {
                Ok(file) => return Ok(file),
                Err(SiblingError::NotFound) => {}
                Err(error) => reason = error,
            }
        }
        Err(reason)
    }

    /// Opens a regular file, if it lies in one of the folders.
    fn open(&self, path: &Path) -> Result<Box<dyn ReadAt>, SiblingError> {
        // Not even looked at elsewhere: a look can start a mount, or wait for a network.
        if !self.contains(&without_dots(path)) {
            return Err(SiblingError::Refused);
        }
        let real = self.find(path).map_err(SiblingError::failed)?.ok_or(SiblingError::NotFound)?;
        if !self.contains(&real) {
            return Err(SiblingError::Refused);
        }
        let shown = || Escaped::path(&real).to_string();
        let file = LocalFile::open(&real, &shown, 0, self.counter.clone()).map_err(SiblingError::failed)?;
        Ok(Box::new(file))
    }

    fn contains(&self, path: &Path) -> bool {
        self.folders.iter().any(|folder| path.starts_with(folder))
    }

    /// Where the file lies: exactly so, or else but for case, as on the system that wrote the image.
    fn find(&self, path: &Path) -> io::Result<Option<PathBuf>> {
        match fs::canonicalize(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            found => return found.map(Some),
        }
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(None) };
        let lower = name.to_string_lossy().to_lowercase();
        let alike = self.names(folder).filter(|found| found.to_lowercase() == lower).min();
        alike.map(|found| fs::canonicalize(folder.join(found))).transpose()
    }

    fn names(&self, folder: &Path) -> impl Iterator<Item = String> {
        let entries = fs::read_dir(folder).into_iter().flatten().take(self.entries);
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok())
    }
}

/// The path without `.` and `..`, by its text alone.
fn without_dots(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = clean.pop(),
            part => clean.push(part),
        }
    }
    clean
}

/// Whether a name, perhaps with folders before it, can be that of a file.
pub(crate) fn is_name_of_file(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or_default();
    !matches!(base, "" | "." | "..") && !name.contains('\0')
}

/// The files of the folder that an image lies in and of those below it, and of the folders that are allowed besides.
pub(crate) struct FolderSiblings {
    /// Without any link in it.
    folder: PathBuf,
    /// With that folder in front.
    folders: Folders,
}

impl FolderSiblings {
    /// Those of the image at `real`, a path without links.
    pub(crate) fn of(real: &Path, mut allowed: Folders) -> Self {
        let folder = real.parent().unwrap_or(Path::new("/")).to_owned();
        allowed.folders.insert(0, folder.clone());
        Self { folder, folders: allowed }
    }
}

impl Siblings for FolderSiblings {
    fn open(&self, name: &str) -> Result<Box<dyn ReadAt>, SiblingError> {
        if !is_name_of_file(name) {
            return Err(SiblingError::Refused);
        }
        self.folders.open(&self.folder.join(name))
    }

    fn open_moved(&self, name: &str) -> Result<Box<dyn ReadAt>, SiblingError> {
        self.folders.open_in_others(name, Some(&self.folder))
    }

    fn list(&self, folder: &str) -> Vec<String> {
        let folders = &self.folders;
        let path = without_dots(&self.folder.join(folder));
        match folder {
            "" => folders.folders.iter().flat_map(|folder| folders.names(folder)).collect(),
            _ if folders.contains(&path) => folders.names(&path).collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::ImageOptions;

    fn allowed(folders: &[PathBuf], counter: &ByteCounter) -> Result<Folders, Error> {
        let images = ImageOptions::default().with_folders(folders.to_vec());
        Folders::allowed(&Options::default().with_images(images), counter.clone())
    }

    #[test]
    fn only_files_of_the_folder() {
        let top = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(top.path()).unwrap().join("images");
        fs::create_dir_all(folder.join("sub")).unwrap();
        fs::write(top.path().join("secret"), "s").unwrap();
        fs::write(folder.join("Base.VHDX"), "base").unwrap();
        fs::write(folder.join("sub/part"), "part").unwrap();
        std::os::unix::fs::symlink("../secret", folder.join("out")).unwrap();
        std::os::unix::fs::symlink("..", folder.join("up")).unwrap();
        std::os::unix::fs::symlink("Base.VHDX", folder.join("in")).unwrap();
        let counter = ByteCounter::new();
        let siblings = FolderSiblings::of(&folder.join("child.avhdx"), allowed(&[], &counter).unwrap());
        for name in ["Base.VHDX", "base.vhdx", "in", "sub/part", "sub/../Base.VHDX"] {
            let file = siblings.open(name).unwrap();
            assert_eq!(file.len(), 4, "{name}");
            file.read_into(0, &mut [0; 4]).unwrap();
        }
        assert_eq!(counter.total(), 20);
        for name in ["../secret", "/etc/passwd", "out", "up/secret", "..", ".", "", "a\0b", "sub/../../secret"] {
            assert!(matches!(siblings.open(name), Err(SiblingError::Refused)), "{name:?}");
        }
        assert!(matches!(siblings.open("nothing"), Err(SiblingError::NotFound)));
        assert!(matches!(siblings.open("sub"), Err(SiblingError::Failed(_))));
        assert_eq!(siblings.list("").len(), 5);
        assert!(siblings.list("..").is_empty());
    }

    #[test]
    fn folders_that_are_allowed() {
        let top = tempfile::tempdir().unwrap();
        let top = fs::canonicalize(top.path()).unwrap();
        for folder in ["images", "bases/old", "others"] {
            fs::create_dir_all(top.join(folder)).unwrap();
        }
        for file in ["bases/base.qcow2", "bases/old/base.vhd", "others/secret"] {
            fs::write(top.join(file), file).unwrap();
        }
        let counter = ByteCounter::new();
        let child = top.join("images/child");
        let siblings = FolderSiblings::of(&child, allowed(&[top.join("bases")], &counter).unwrap());
        let bases = top.join("bases/base.qcow2").to_str().unwrap().to_owned();
        // Where the image says.
        for name in ["../bases/base.qcow2", &bases, "../bases/BASE.QCOW2"] {
            assert_eq!(siblings.open(name).unwrap().len(), 16, "{name}");
        }
        assert_eq!(siblings.open("../bases/old/base.vhd").unwrap().len(), 18);
        for (name, is_refused) in [("base.qcow2", false), ("../others/secret", true), ("/srv/base.qcow2", true)] {
            let error = siblings.open(name).err().unwrap();
            assert_eq!(matches!(error, SiblingError::Refused), is_refused, "{name}: {error}");
        }
        // By its name alone, but never the image's own folder: the image itself may have that name.
        assert_eq!(siblings.open_moved("base.qcow2").unwrap().len(), 16);
        for name in ["base.vhd", "old", "../bases/base.qcow2", "..", ""] {
            assert!(siblings.open_moved(name).is_err(), "{name}");
        }
        let own = FolderSiblings::of(&top.join("bases/base.qcow2"), allowed(&[top.join("bases")], &counter).unwrap());
        assert!(matches!(own.open_moved("base.qcow2"), Err(SiblingError::NotFound)));
        let missing = allowed(&[top.join("nowhere")], &counter).err().unwrap();
        assert!(missing.to_string().contains("nowhere: cannot follow the path"), "{missing}");
    }
}
