//! Disk images: from the file over the virtual disk and its partitions to the volumes, all read by position.
//!
//! Containers are the matter of `hivekey-images`, partitions and NTFS that of `hivekey-ntfs`. Here they are joined, files beside
//! the image are let in or kept out, and what stands in the way of an answer becomes a [`Problem`](crate::Problem).

mod deleted;
mod fat;
mod page_cache;
mod siblings;
mod survey;
mod volume;

use std::ffi::OsStr;
use std::sync::Arc;

use hivekey_images::{Disk, Kind, Siblings};
use hivekey_ntfs::Scheme;
use hivekey_read_at::{ReadAt, ReadError};

use crate::discover::Start;
use crate::error::Error;
use crate::formats::Opened;
use crate::limits::Options;
use crate::source::SourceKind;

pub(crate) use siblings::FolderSiblings;
use survey::survey;

/// The kind of image that a file is, if it has the signature of one.
pub(crate) fn kind(reader: &Arc<dyn ReadAt>) -> Result<Option<Kind>, ReadError> {
    hivekey_images::probe_file(reader)
}

/// Whether the bytes are those of a disk with partitions, or of a volume with a known file system.
pub(crate) fn is_disk(reader: &Arc<dyn ReadAt>) -> bool {
    hivekey_ntfs::volumes(reader).scheme != Scheme::Unknown
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

/// The name that an image goes by. Names that are not Unicode stand in no image as that of a parent or a segment.
pub(crate) fn file_name(name: Option<&OsStr>) -> String {
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Opens an image, with the files that belong to it among its `siblings`. `path` is what errors call it, `name` that of its file. The
/// options say whether hives that are gone from its volumes are looked for too.
///
/// # Errors
///
/// [`Error::Image`] if the container cannot be read. What is wrong further inside is a problem.
pub(crate) fn open(
    path: &str,
    name: &str,
    reader: Arc<dyn ReadAt>,
    siblings: &dyn Siblings,
    options: &Options,
) -> Result<Opened, Error> {
    let disk = open_disk(path, name, reader, siblings)?;
    let kind = source_kind(disk.kind());
    let (tree, problems) = survey(Arc::new(disk), options);
    Ok(Opened { kind, tree: Box::new(tree), start: Start::Folder { name: None }, problems })
}

/// Opens the container alone, without a look at its disk.
///
/// # Errors
///
/// [`Error::Image`] if it cannot be read.
pub(crate) fn open_disk(
    path: &str,
    name: &str,
    reader: Arc<dyn ReadAt>,
    siblings: &dyn Siblings,
) -> Result<Disk, Error> {
    hivekey_images::open(name, Box::new(reader), siblings, &hivekey_images::Options::default())
        .map_err(|source| Error::Image { path: path.to_owned(), source: Box::new(source) })
}
