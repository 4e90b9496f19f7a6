//! The disk inside an image, as bytes for a sweep: what its file system shows and what it does not.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use hivekey_images::Disk;
use hivekey_read_at::ReadAt;

use crate::counter::ByteCounter;
use crate::error::{Error, Operation};
use crate::escape::Escaped;
use crate::image::{self, FolderSiblings, Folders};
use crate::local::LocalFile;
use crate::options::Options;
use crate::source::SourceKind;

/// The virtual disk of a container such as VHDX, VMDK or E01, with its segments and parents.
#[derive(Debug)]
pub struct DiskImage {
    disk: Disk,
    kind: SourceKind,
}

/// Opens the image at `path`; `None` if it is no regular file, or has the signature of no container.
///
/// # Errors
///
/// [`Error::Image`] if it is a container that cannot be read, and whatever keeps its file from being opened.
pub fn open_disk_image(path: &Path, options: &Options) -> Result<Option<DiskImage>, Error> {
    let shown = || Escaped::path(path).to_string();
    let failed = |operation| move |source| Error::Io { operation, path: Escaped::path(path).to_string(), source };
    if !fs::metadata(path).map_err(failed(Operation::Examine))?.is_file() {
        return Ok(None);
    }
    let real = fs::canonicalize(path).map_err(failed(Operation::Resolve))?;
    let counter = ByteCounter::new();
    // Everything is read once: a mapping would only fill the memory.
    let reader: Arc<dyn ReadAt> = Arc::new(LocalFile::open(&real, &shown, 0, counter.clone())?);
    let Some(kind) = image::kind(&reader).map_err(|source| Error::Read { path: shown(), source })? else {
        return Ok(None);
    };
    let siblings = FolderSiblings::of(&real, Folders::allowed(options, counter)?);
    let disk = image::open_disk(&shown(), &image::file_name(real.file_name()), reader, &siblings, &options.images)?;
    Ok(Some(DiskImage { disk, kind: image::source_kind(kind) }))
}

impl DiskImage {
    /// What kind of container it is.
    #[must_use]
    pub fn kind(&self) -> SourceKind {
        self.kind
    }

    /// Size of the disk in bytes, as its users saw it.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.disk.virtual_size()
    }

    /// Reads bytes of the disk from `offset` on into the front of `buf` and says how many; 0 is its end.
    ///
    /// # Errors
    ///
    /// What is damaged or cut off in the image, or cannot be read of its files; other parts stay readable.
    pub fn read_some(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.size().saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = left.min(buf.len());
        let part = buf.get_mut(..count).unwrap_or_default();
        if part.is_empty() {
            return Ok(0);
        }
        self.disk.read_into(offset, part).map_err(io::Error::other)?;
        Ok(count)
    }

    /// The next stretch at or after `offset` that the image stores; `None` when there is none. What it does not store reads as
    /// zeros.
    #[must_use]
    pub fn next_data(&self, offset: u64) -> Option<Range<u64>> {
        self.disk.data_extent(offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_container_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        fs::write(&path, vec![7; 10_000]).unwrap();
        assert!(open_disk_image(&path, &Options::default()).unwrap().is_none());
        assert!(open_disk_image(folder.path(), &Options::default()).unwrap().is_none());
        assert!(open_disk_image(&folder.path().join("missing"), &Options::default()).is_err());
        // The signature of QCOW2, and nothing that makes sense behind it.
        fs::write(&path, b"QFI\xFB\0\0\0\x03").unwrap();
        assert!(matches!(open_disk_image(&path, &Options::default()), Err(Error::Image { .. })));
    }

    #[test]
    fn the_disk_of_a_container_is_read_by_position() {
        // What the bytes are is the matter of `hivekey-images`; here it is the ways through.
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/images/real/dfvfs/ntfs-dynamic.vhd");
        if !path.is_file() {
            println!("skipped: {} absent", path.display());
            return;
        }
        let image = open_disk_image(&path, &Options::default()).unwrap().unwrap();
        let mut start = [0; 512];
        assert_eq!(image.read_some(0, &mut start).unwrap(), 512);
        assert_eq!(image.read_some(image.size(), &mut start).unwrap(), 0);
        assert_eq!(image.read_some(image.size() - 1, &mut start).unwrap(), 1);
        assert!(image.next_data(0).is_some() && image.next_data(image.size()).is_none());
    }
}
