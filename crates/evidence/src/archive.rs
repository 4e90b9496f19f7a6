//! Archives: zip, 7z, tar, and tars or single files that are packed by gzip, bzip2, Zstandard or xz.
//!
//! An archive is gone through once. What discovery can want is kept: registry hives and their logs, the files about licensing; of all
//! other members only names and sizes. A member that lies in the archive as it is (a zip's stored one, any of a plain tar) is
//! read there; others are unpacked into memory, within limits. An image in an archive is named, not unpacked.
//!
//! Checksums are compared where all bytes are read anyway; one that differs is a problem, and the answer stays. A stored member of
//! more than 1 MiB is read by position, a few pages of it: its checksum is not looked at.

mod budget;
mod collector;
mod input;
mod packed;
mod seven_zip;
mod tar;
mod unread;
mod zip;
mod zip_cut;

use std::sync::Arc;

use hivekey_read_at::{ReadAt, ReadError};

use crate::discover::Start;
use crate::error::Error;
use crate::formats::{Candidate, Opened};
use crate::limits::Limits;
use crate::source::SourceKind;

use collector::Collector;
use input::Input;
use packed::Packing;
pub(crate) use unread::Unread;

/// What an archive is made of.
#[derive(Clone, Copy)]
pub(crate) enum Archive {
    Zip,
    SevenZip,
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
    } else if head.starts_with(b"7z\xbc\xaf\x27\x1c") {
        Some(Archive::SevenZip)
    } else if tar::begins(head) {
        Some(Archive::Tar)
    } else {
        Packing::of(head).map(Archive::Packed)
    })
}

/// Opens an archive.
///
/// # Errors
///
/// [`Error::Archive`] if nothing of it can be read. What is wrong further in is a problem.
pub(crate) fn open(
    candidate: &Candidate<'_>,
    reader: Arc<dyn ReadAt>,
    archive: Archive,
    limits: &Limits,
) -> Result<Opened, Error> {
    let mut collector = Collector::new(limits, reader.len(), candidate.kept_bytes);
    let input = Input::new(Arc::clone(&reader));
    let read = match archive {
        Archive::Zip => zip::read(&reader, input, &mut collector).map(|()| SourceKind::Zip),
        Archive::SevenZip => seven_zip::read(input, &mut collector).map(|()| SourceKind::SevenZip),
        Archive::Tar => tar::read_plain(&reader, input, &mut collector).map(|()| SourceKind::Tar),
        Archive::Packed(packing) => packed::read(input, packing, &candidate.name, &mut collector),
    };
    let kind = read.map_err(|why| Error::Archive { path: candidate.shown.clone(), source: Box::new(why) })?;
    let (tree, problems) = collector.finish();
    Ok(Opened { kind, tree: Box::new(tree), start: Start::Folder { name: None }, problems, parts: Vec::new() })
}
