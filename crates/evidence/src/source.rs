//! One path that the user gave, opened.

use std::cell::Cell;
use std::fmt;
use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hivekey_images::{NoSiblings, Siblings};
use hivekey_read_at::ReadAt;

use crate::block_device::BlockDevice;
use crate::counter::ByteCounter;
use crate::discover::{Discovery, discover};
use crate::error::{Error, Operation};
use crate::escape::Escaped;
use crate::formats::{self, Candidate, Local, Opened};
use crate::image::{FolderSiblings, Folders, file_name};
use crate::installation::Installation;
use crate::local::{LocalFile, describe};
use crate::nested::open_images;
use crate::options::Options;
use crate::path::TreePath;
use crate::problem::Problem;
use crate::server_backup;
use crate::signature::identify_file;
use crate::tree::Tree;

/// What kind of thing a source is. The text form (`Display`) is the `kind` of the JSON contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SourceKind {
    /// `hive`: a single hive file.
    Hive,
    /// `directory`: a folder of this machine.
    Directory,
    /// `raw`: a disk or a volume, byte for byte.
    Raw,
    /// `vhd`
    Vhd,
    /// `vhdx`
    Vhdx,
    /// `vmdk`
    Vmdk,
    /// `qcow2`
    Qcow2,
    /// `vdi`
    Vdi,
    /// `ewf`: EnCase E01 or Ex01.
    Ewf,
    /// `wim`: also ESD and SWM.
    Wim,
    /// `partclone`
    Partclone,
    /// `ntfsclone`
    Ntfsclone,
    /// `parallels`
    Parallels,
    /// `zip`
    Zip,
    /// `tar`: compressed or not.
    Tar,
    /// `7z`
    SevenZip,
    /// One file packed by gzip, Zstandard or xz.
    Packed,
}

impl SourceKind {
    /// The name in the JSON contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Hive => "hive",
            Self::Directory => "directory",
            Self::Raw => "raw",
            Self::Vhd => "vhd",
            Self::Vhdx => "vhdx",
            Self::Vmdk => "vmdk",
            Self::Qcow2 => "qcow2",
            Self::Vdi => "vdi",
            Self::Ewf => "ewf",
            Self::Wim => "wim",
            Self::Partclone => "partclone",
            Self::Ntfsclone => "ntfsclone",
            Self::Parallels => "parallels",
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::SevenZip => "7z",
            Self::Packed => "packed",
        }
    }
}

impl SourceKind {
    /// Whether files of it can be read by position, so that the images among them are opened where they lie.
    fn may_hold_images(self) -> bool {
        !matches!(self, Self::Hive | Self::Wim | Self::Zip | Self::Tar | Self::SevenZip | Self::Packed)
    }
}

impl fmt::Display for SourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An opened source: what was found in it, and the means to read it.
#[non_exhaustive]
pub struct Source {
    /// The path as the user gave it.
    pub path: PathBuf,
    /// What it is.
    pub kind: SourceKind,
    /// What was found, in the order of the paths.
    pub installations: Vec<Installation>,
    /// What could not be read, or was left out.
    pub problems: Vec<Problem>,
    tree: Box<dyn Tree>,
    counter: ByteCounter,
}

impl Source {
    /// A source whose files are in `tree`, with what discovery found in it.
    pub(crate) fn new(
        path: PathBuf,
        kind: SourceKind,
        installations: Vec<Installation>,
        problems: Vec<Problem>,
        tree: Box<dyn Tree>,
        counter: ByteCounter,
    ) -> Self {
        Self { path, kind, installations, problems, tree, counter }
    }

    /// Opens a file of this source, for example [`HiveFile::path`](crate::HiveFile::path).
    ///
    /// # Errors
    ///
    /// If it cannot be opened, or is not a regular file.
    pub fn open(&self, path: &TreePath) -> Result<Box<dyn ReadAt>, Error> {
        self.tree.open(path)
    }

    /// Reads a whole file of at most `max` bytes.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); [`Error::TooLarge`] if it is longer; [`Error::Read`] if its bytes cannot be had.
    pub fn read_small_file(&self, path: &TreePath, max: usize) -> Result<Vec<u8>, Error> {
        let reader = self.tree.open(path)?;
        let size = reader.len();
        let length = usize::try_from(size).ok().filter(|&length| length <= max);
        let Some(length) = length else {
            return Err(Error::TooLarge {
                path: path.to_string(),
                size,
                limit: u64::try_from(max).unwrap_or(u64::MAX),
            });
        };
        let mut bytes = vec![0u8; length];
        reader.read_into(0, &mut bytes).map_err(|source| Error::Read { path: path.to_string(), source })?;
        Ok(bytes)
    }

    /// All of the source's files.
    #[must_use]
    pub fn tree(&self) -> &dyn Tree {
        &*self.tree
    }

    /// Bytes of file content read from this source so far, by discovery and by everything that was opened.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.counter.total()
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("path", &self.path)
            .field("kind", &self.kind)
            .field("installations", &self.installations)
            .field("problems", &self.problems)
            .field("bytes_read", &self.bytes_read())
            .finish_non_exhaustive()
    }
}

/// Opens what `path` leads to, and finds the Windows installations in it.
///
/// `path` may be a hive, a `config` folder, a Windows folder, the root of a mounted volume, or a folder that holds
/// several of these. It may itself be a link. A source without any installation is not an error.
///
/// # Errors
///
/// If the path leads nowhere or cannot be read, and [`Error::NotEvidence`], saying what the file looks like, if
/// nothing here can open it.
pub fn open_source(path: &Path, options: &Options) -> Result<Source, Error> {
    let shown = || Escaped::path(path).to_string();
    let metadata =
        fs::metadata(path).map_err(|source| Error::Io { operation: Operation::Examine, path: shown(), source })?;
    let counter = ByteCounter::new();
    let failed = |source| Error::Io { operation: Operation::Resolve, path: shown(), source };
    // The files that belong to an image lie where it really lies.
    let real = metadata.is_file().then(|| fs::canonicalize(path).map_err(failed)).transpose()?;
    let reader: Option<Arc<dyn ReadAt>> = if let Some(real) = &real {
        // Neither the little that tells what it is nor the pages of an image need a mapping.
        Some(Arc::new(LocalFile::open(real, &shown, 0, counter.clone())?))
    } else if metadata.file_type().is_block_device() {
        Some(Arc::new(BlockDevice::open(path, counter.clone())?))
    } else {
        None
    };
    let siblings: Box<dyn Siblings> = match &real {
        Some(real) => Box::new(FolderSiblings::of(real, Folders::allowed(options, counter.clone())?)),
        None => Box::new(NoSiblings),
    };
    let candidate = Candidate {
        shown: shown(),
        name: file_name(real.as_deref().and_then(Path::file_name)),
        reader: reader.clone(),
        siblings: &*siblings,
        kept_bytes: &Cell::new(0),
        local: Some(Local { path, is_folder: metadata.is_dir(), counter: &counter }),
    };
    if let Some(Opened { kind, mut tree, start, problems: mut on_opening, .. }) = formats::open(&candidate, options)? {
        let mut found = discover(&*tree, &start, &options.limits);
        if kind.may_hold_images() {
            let allowed = Folders::allowed(options, counter.clone())?;
            let (nested, with_images) = open_images(kind, tree, found, options, &allowed);
            (tree, found) = (Box::new(nested), with_images);
        }
        let Discovery { mut installations, problems, .. } = found;
        // A link may have led here: names of backups are those of the folders where the source really is.
        server_backup::mark(&mut installations, fs::canonicalize(path).ok().as_deref());
        on_opening.extend(tree.problems());
        on_opening.extend(problems);
        return Ok(Source { path: path.to_owned(), kind, installations, problems: on_opening, tree, counter });
    }
    Err(match reader {
        Some(reader) => match identify_file(&candidate.name, &reader) {
            Ok(looks_like) => Error::NotEvidence { path: shown(), looks_like },
            Err(source) => Error::Read { path: shown(), source },
        },
        None => Error::NotAFile { path: shown(), what: describe(metadata.file_type()) },
    })
}
