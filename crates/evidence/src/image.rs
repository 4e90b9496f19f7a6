//! Disk images: from the file over the virtual disk and its partitions to the volumes, all read by position.
//!
//! Containers are the matter of `hivekey-images`, partitions and NTFS that of `hivekey-ntfs`. Here they are joined, files beside
//! the image are let in or kept out, and what stands in the way of an answer becomes a [`Problem`](crate::Problem).

mod adapt;
mod link;
mod page_cache;
mod siblings;
mod survey;
mod tree;
mod volume;

use std::path::Path;
use std::sync::Arc;

use hivekey_images::{Disk, Kind};
use hivekey_ntfs::Scheme;

use crate::counter::ByteCounter;
use crate::discover::Start;
use crate::error::Error;
use crate::escape::Escaped;
use crate::formats::Opened;
use crate::limits::Limits;
use crate::read_at::{ReadAt, ReadError};
use crate::source::SourceKind;

use adapt::{DiskDevice, ImageFile};
use siblings::FolderSiblings;
use survey::survey;

/// The kind of image that a file is, if it has the signature of one.
pub(crate) fn kind(reader: &Arc<dyn ReadAt>) -> Result<Option<Kind>, ReadError> {
    hivekey_images::probe_file(&ImageFile(Arc::clone(reader))).map_err(|error| adapt::failure(0, 0, error))
}

/// Whether the bytes are those of a disk with partitions, or of a volume with a known file system.
pub(crate) fn is_disk(reader: &Arc<dyn ReadAt>) -> bool {
    let disk = DiskDevice(ImageFile(Arc::clone(reader)));
    hivekey_ntfs::volumes(&disk).scheme != Scheme::Unknown
}

/// What a kind of image is called in a report.
pub(crate) fn source_kind(kind: Kind) -> SourceKind {
    match kind {
        Kind::Vhd => SourceKind::Vhd,
        Kind::Vhdx => SourceKind::Vhdx,
        Kind::Vmdk => SourceKind::Vmdk,
        Kind::Qcow2 => SourceKind::Qcow2,
        Kind::Vdi => SourceKind::Vdi,
        Kind::Ewf | Kind::Ewf2 => SourceKind::Ewf,
        Kind::Partclone => SourceKind::Partclone,
        Kind::Ntfsclone => SourceKind::Ntfsclone,
        Kind::Parallels => SourceKind::Parallels,
        _ => SourceKind::Raw,
    }
}

/// Opens the image whose bytes `reader` gives, which is called `path` and lies at `real`, a path without links in it.
///
/// # Errors
///
/// [`Error::Image`] if the container cannot be read. What is wrong further inside is a problem.
pub(crate) fn open(
    path: &Path,
    real: &Path,
    reader: Arc<dyn ReadAt>,
    counter: &ByteCounter,
    limits: &Limits,
) -> Result<Opened, Error> {
    let disk = open_disk(path, real, reader, counter, limits)?;
    let kind = source_kind(disk.kind());
    let (tree, problems) = survey(Arc::new(disk));
    Ok(Opened { kind, tree: Box::new(tree), start: Start::Folder { name: None }, problems })
}

/// Opens the container alone, without a look at its disk.
///
/// # Errors
///
/// [`Error::Image`] if it cannot be read.
pub(crate) fn open_disk(
    path: &Path,
    real: &Path,
    reader: Arc<dyn ReadAt>,
    counter: &ByteCounter,
    limits: &Limits,
) -> Result<Disk, Error> {
    let siblings = FolderSiblings::of(real, counter.clone(), limits.folder_entries);
    // Names that are not Unicode stand in no image as that of a parent or a segment.
    let name = real.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let options = hivekey_images::Options::default();
    hivekey_images::open(&name, Box::new(ImageFile(reader)), &siblings, &options)
        .map_err(|source| Error::Image { path: Escaped::path(path).to_string(), source: Box::new(source) })
}
