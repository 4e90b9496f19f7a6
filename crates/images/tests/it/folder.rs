//! A folder in memory: the files beside an image, and what is read of them.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use hivekey_images::{Disk, Error, Options, ReadAt, ReadError, SiblingError, Siblings, open};
use hivekey_read_at::check_range;

/// Ranges that were read: offset and length.
pub type Trace = Arc<Mutex<Vec<(u64, usize)>>>;

/// Files in memory.
#[derive(Clone, Default)]
pub struct Folder {
    files: BTreeMap<String, Arc<Vec<u8>>>,
    pub trace: Trace,
}

impl Folder {
    pub fn of<const N: usize>(files: [(&str, Vec<u8>); N]) -> Self {
        let files = files.into_iter().map(|(name, bytes)| (name.to_owned(), Arc::new(bytes))).collect();
        Self { files, trace: Trace::default() }
    }

    pub fn add(&mut self, name: &str, bytes: Vec<u8>) {
        self.files.insert(name.to_owned(), Arc::new(bytes));
    }

    pub fn remove(&mut self, name: &str) {
        self.files.remove(name).expect("a file to remove");
    }

    pub fn bytes(&self, name: &str) -> &[u8] {
        &self.files[name]
    }

    pub fn names(&self) -> Vec<String> {
        self.files.keys().cloned().collect()
    }

    pub fn bytes_read(&self) -> usize {
        self.trace.lock().unwrap().iter().map(|(_, length)| length).sum()
    }

    pub fn open(&self, name: &str) -> Result<Disk, Error> {
        self.open_with(name, &Options::default())
    }

    pub fn open_with(&self, name: &str, options: &Options) -> Result<Disk, Error> {
        open(name, Siblings::open(self, name).expect("the image itself"), self, options)
    }
}

impl Siblings for Folder {
    fn open(&self, name: &str) -> Result<Box<dyn ReadAt>, SiblingError> {
        if name.starts_with('/') || name.starts_with("..") {
            return Err(SiblingError::Refused);
        }
        let bytes = self.files.get(name).ok_or(SiblingError::NotFound)?;
        Ok(Box::new(Traced { bytes: Arc::clone(bytes), trace: Arc::clone(&self.trace) }))
    }

    fn list(&self, folder: &str) -> Vec<String> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let inside = self.files.keys().filter_map(|name| name.strip_prefix(&prefix));
        inside.filter(|name| !name.contains('/')).map(str::to_owned).collect()
    }
}

struct Traced {
    bytes: Arc<Vec<u8>>,
    trace: Trace,
}

impl ReadAt for Traced {
    fn len(&self) -> u64 {
        u64::try_from(Vec::len(&self.bytes)).unwrap()
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        self.bytes.read_into(offset, buf)?;
        self.trace.lock().unwrap().push((offset, buf.len()));
        Ok(())
    }
}

/// A folder on disk.
pub struct OnDisk(pub PathBuf);

impl OnDisk {
    pub fn open(&self, name: &str) -> Result<Disk, Error> {
        self.open_with(name, &Options::default())
    }

    pub fn open_with(&self, name: &str, options: &Options) -> Result<Disk, Error> {
        open(name, Siblings::open(self, name).expect("the image itself"), self, options)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }
}

impl Siblings for OnDisk {
    fn open(&self, name: &str) -> Result<Box<dyn ReadAt>, SiblingError> {
        if Path::new(name).is_absolute() || name.contains("..") {
            return Err(SiblingError::Refused);
        }
        let file = File::open(self.path(name)).map_err(|_| SiblingError::NotFound)?;
        let len = file.metadata().map_err(SiblingError::failed)?.len();
        Ok(Box::new(FileAt { file, len }))
    }
}

struct FileAt {
    file: File,
    len: u64,
}

impl ReadAt for FileAt {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.len)?;
        self.file.read_exact_at(buf, offset).map_err(|error| ReadError::io(offset, buf.len(), error))
    }
}
