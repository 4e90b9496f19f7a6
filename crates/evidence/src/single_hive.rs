//! A stretch of raw bytes as a source of its own: a hive that lies somewhere on a disk without any file system's help.

use std::path::Path;
use std::sync::Arc;

use hivekey_read_at::{ReadAt, ReadError};

use crate::counter::ByteCounter;
use crate::discover::{Discovery, Start, discover};
use crate::error::Error;
use crate::options::Options;
use crate::path::TreePath;
use crate::source::{Source, SourceKind};
use crate::tree::{Entry, EntryKind, Listing, Tree};

/// A source that is one hive, whatever holds its bytes. `name` is the hive's name in the report; there are no logs beside it.
#[must_use]
pub fn hive_source(name: &str, bytes: Arc<dyn ReadAt>, options: &Options) -> Source {
    let counter = ByteCounter::new();
    let path = TreePath::root().child(name);
    let tree = OneFile { path: path.clone(), bytes, counter: counter.clone() };
    let Discovery { installations, problems, .. } = discover(&tree, &Start::Hive(path), &options.limits);
    Source::new(Path::new(name).to_owned(), SourceKind::Hive, installations, problems, Box::new(tree), counter)
}

/// A tree that holds one file.
struct OneFile {
    path: TreePath,
    bytes: Arc<dyn ReadAt>,
    counter: ByteCounter,
}

impl OneFile {
    fn check(&self, path: &TreePath) -> Result<(), Error> {
        match *path == self.path {
            true => Ok(()),
            false => Err(Error::InvalidPath { path: path.to_string() }),
        }
    }
}

impl Tree for OneFile {
    fn entries(&self, folder: &TreePath, limit: usize) -> Result<Listing, Error> {
        let name = self.path.file_name().filter(|_| folder.is_root() && limit > 0);
        let entries: Vec<Entry> =
            name.map(|name| Entry { name: name.to_owned(), kind: EntryKind::File }).into_iter().collect();
        Ok(Listing { seen: entries.len(), entries, stopped: None })
    }

    fn resolve(&self, path: &TreePath) -> Result<(TreePath, EntryKind), Error> {
        if path.is_root() {
            return Ok((path.clone(), EntryKind::Folder));
        }
        self.check(path)?;
        Ok((path.clone(), EntryKind::File))
    }

    fn size(&self, file: &TreePath) -> Result<u64, Error> {
        self.check(file)?;
        Ok(self.bytes.len())
    }

    fn open(&self, file: &TreePath) -> Result<Box<dyn ReadAt>, Error> {
        self.check(file)?;
        Ok(Box::new(Counted { bytes: Arc::clone(&self.bytes), counter: self.counter.clone() }))
    }
}

/// A reader whose reads are counted.
struct Counted {
    bytes: Arc<dyn ReadAt>,
    counter: ByteCounter,
}

impl ReadAt for Counted {
    fn len(&self) -> u64 {
        self.bytes.len()
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        self.bytes.read_into(offset, buf)?;
        self.counter.add(buf.len());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hivekey_read_at::Region;

    fn disk() -> Arc<dyn ReadAt> {
        let mut disk = vec![0xEE; 1000];
        disk.splice(100..100, *b"regf");
        Arc::new(disk)
    }

    #[test]
    fn a_hive_in_a_region_is_a_source() {
        let source = hive_source("hive@0x64", Arc::new(Region::new(disk(), 100, 800)), &Options::default());
        assert_eq!((source.kind, source.problems.len()), (SourceKind::Hive, 0));
        let [installation] = source.installations.as_slice() else { panic!("{source:?}") };
        let [hive] = installation.hives.as_slice() else { panic!("{source:?}") };
        assert_eq!((hive.path.to_string().as_str(), hive.size, hive.logs.len()), ("hive@0x64", 800, 0));
        let reader = source.open(&hive.path).unwrap();
        let before = source.bytes_read();
        let mut buf = [0; 4];
        reader.read_into(0, &mut buf).unwrap();
        assert_eq!((&buf, source.bytes_read()), (b"regf", before + 4));
        assert!(source.open(&TreePath::root().child("other")).is_err());
    }
}
