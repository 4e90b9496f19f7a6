//! Archives: zip, tar, and tars or single files that are packed by gzip, Zstandard or xz.
//!
//! An archive is gone through once. What discovery can want is kept: registry hives and their logs, the files about licensing; of all
//! other members only names and sizes. A member that lies in the archive as it is (a zip's stored one, any of a plain tar) is
//! read there; others are unpacked into memory, within limits. An image in an archive is named, not unpacked.

mod collector;
mod input;
mod packed;
mod tar;
mod zip;

use std::sync::Arc;

use hivekey_read_at::{ReadAt, ReadError};

use crate::discover::Start;
use crate::error::Error;
use crate::formats::Opened;
use crate::limits::Limits;
use crate::source::SourceKind;

use collector::Collector;
use packed::Packing;

/// What an archive is made of.
#[derive(Clone, Copy)]
pub(crate) enum Archive {
    Zip,
    Tar,
    /// One stream: of a tar, or of one file.
    Packed(Packing),
}

/// The kind of archive that a file is by its first bytes.
pub(crate) fn recognise(reader: &Arc<dyn ReadAt>) -> Result<Option<Archive>, ReadError> {
    let mut head = [0u8; 512];
    let read = reader.read_available(0, &mut head)?;
    let head = head.get(..read).unwrap_or_default();
    Ok(if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        Some(Archive::Zip)
    } else if is_tar(head) {
        Some(Archive::Tar)
    } else {
        Packing::of(head).map(Archive::Packed)
    })
}

/// Whether this is the first header of a tar: POSIX and GNU say so at offset 257.
fn is_tar(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar")
}

/// Opens an archive. `path` is what errors call it, `name` that of its file.
///
/// # Errors
///
/// [`Error::Archive`] if nothing of it can be read. What is wrong further in is a problem.
pub(crate) fn open(
    path: &str,
    name: &str,
    reader: Arc<dyn ReadAt>,
    archive: Archive,
    limits: &Limits,
) -> Result<Opened, Error> {
    let mut collector = Collector::new(limits);
    let failed = |source| Error::Archive { path: path.to_owned(), source };
    let kind = match archive {
        Archive::Zip => {
            zip::read(&reader, &mut collector).map_err(failed)?;
            SourceKind::Zip
        }
        Archive::Tar => {
            tar::read(input::Input::new(Arc::clone(&reader)), Some(&reader), &mut collector).map_err(failed)?;
            SourceKind::Tar
        }
        Archive::Packed(packing) => packed::read(&reader, packing, name, &mut collector).map_err(failed)?,
    };
    let (tree, problems) = collector.finish();
    Ok(Opened { kind, tree: Box::new(tree), start: Start::Folder { name: None }, problems })
}
