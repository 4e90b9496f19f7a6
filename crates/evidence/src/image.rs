//! Disk images: from the file over the virtual disk and its partitions to the volumes, all read by position.
//!
//! Containers are the matter of `hivekey-images`, partitions and NTFS that of `hivekey-ntfs`. Here they are joined, files beside
//! the image are let in or kept out, and what stands in the way of an answer becomes a [`Problem`](crate::Problem).

mod bitlocker;
mod deleted;
mod fat;
mod found_hives;
mod lost;
mod page_cache;
mod siblings;
mod survey;
mod volume;

use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use hivekey_images::{Disk, Kind, Siblings, Snapshot};
use hivekey_ntfs::Scheme;
use hivekey_read_at::{ReadAt, ReadError};

use crate::discover::Start;
use crate::error::Error;
use crate::escape::Escaped;
use crate::formats::Opened;
use crate::options::{ImageOptions, Options};
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};
use crate::source::SourceKind;

pub(crate) use siblings::{FolderSiblings, Folders, is_name_of_file};
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
    let disk = open_disk(path, name, reader, siblings, &options.images)?;
    let kind = source_kind(disk.kind());
    let snapshots = internal_snapshots(&disk, options);
    let parts = disk.files().iter().map(|file| file.name.clone()).collect();
    let (tree, mut problems) = survey(Arc::new(disk), options);
    problems.splice(..0, snapshots);
    Ok(Opened { kind, tree: Box::new(tree), start: Start::Folder { name: None }, problems, parts })
}

/// A word on the states that the image keeps besides the one that is read.
fn internal_snapshots(disk: &Disk, options: &Options) -> Option<Problem> {
    let snapshots = disk.snapshots();
    if snapshots.is_empty() {
        return None;
    }
    let shown = |snapshot: &Snapshot| {
        let name = Escaped::path(Path::new(&snapshot.name));
        let taken = jiff::Timestamp::from_second(snapshot.unix_seconds.into()).unwrap_or_default();
        format!("{name} (id {}, {taken})", Escaped::path(Path::new(&snapshot.id)))
    };
    let read = options.images.snapshot.as_ref().map(|name| Escaped::path(Path::new(name)).to_string());
    let names = snapshots.iter().map(shown).collect();
    Some(Problem { path: TreePath::root(), kind: ProblemKind::InternalSnapshots { names, read } })
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
    options: &ImageOptions,
) -> Result<Disk, Error> {
    let options = match &options.snapshot {
        None => hivekey_images::Options::default(),
        Some(name) => hivekey_images::Options::default().with_snapshot(name),
    };
    hivekey_images::open(name, Box::new(reader), siblings, &options)
        .map_err(|source| Error::Image { path: path.to_owned(), source: Box::new(source) })
}
