//! Why a source, a folder or a file could not be read.

use std::fmt;
use std::io;

use hivekey_read_at::ReadError;

use crate::archive::Unread;
use crate::read_failure::{self, at_bottom};
use crate::signature::LooksLike;

/// Why something could not be opened or read. Paths are already escaped for display.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system refused.
    #[error("{path}: cannot {operation}: {source}")]
    Io {
        /// What was tried.
        operation: Operation,
        /// On what.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file was opened, but its bytes could not be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// What happened.
        source: ReadError,
    },
    /// A link leads out of the evidence. It is not followed.
    #[error("{path}: a link leads out of the evidence, to {target}; not followed")]
    LinkLeaves {
        /// Where the link was met, inside the source.
        path: String,
        /// Where it leads.
        target: String,
    },
    /// A name that cannot stand in a path: empty, `.` or `..`, or with a slash or NUL in it.
    #[error("{path}: not a path inside the evidence")]
    InvalidPath {
        /// The path.
        path: String,
    },
    /// Neither a regular file nor a folder.
    #[error("{path}: is {what}; only regular files and folders are read")]
    NotAFile {
        /// The path.
        path: String,
        /// What it is instead, for example `a FIFO`.
        what: &'static str,
    },
    /// A readable file, but nothing that a Windows installation can be found in.
    #[error("{path}: {looks_like}")]
    NotEvidence {
        /// The path as given.
        path: String,
        /// What the content looks like.
        looks_like: LooksLike,
    },
    /// A folder has more entries than [`Limits::folder_entries`](crate::Limits::folder_entries).
    #[error("{path}: the folder has more than {limit} entries; the rest was not looked at")]
    TooManyEntries {
        /// The folder.
        path: String,
        /// The limit.
        limit: usize,
    },
    /// A file is longer than the caller allowed.
    #[error("{path}: {size} bytes are more than the {limit} that such a file may have")]
    TooLarge {
        /// The file.
        path: String,
        /// Its length in bytes.
        size: u64,
        /// The most that was allowed.
        limit: u64,
    },
    /// A disk image cannot be read at all: it is damaged where it has to be understood, or a file that it needs is missing.
    #[error("{path}: {source}")]
    Image {
        /// The image.
        path: String,
        /// What is wrong with it.
        source: Box<hivekey_images::Error>,
    },
    /// A volume of a disk image cannot be read, or something in it.
    #[error("{path}: {source}")]
    Volume {
        /// Where, inside the image.
        path: String,
        /// What is wrong.
        source: Box<hivekey_ntfs::Error>,
    },
    /// A volume that BitLocker encrypts cannot be read, even with its key.
    #[error("{path}: {source}")]
    BitLocker {
        /// Where, inside the image.
        path: String,
        /// What is wrong.
        source: Box<hivekey_bitlocker::Error>,
    },
    /// A FAT or exFAT volume of a disk image cannot be read, or something in it.
    #[error("{path}: {source}")]
    Fat {
        /// Where, inside the image.
        path: String,
        /// What is wrong.
        source: Box<hivekey_fat::Error>,
    },
    /// A WIM, or a file in it, cannot be read.
    #[error("{path}: {source}")]
    Wim {
        /// The WIM, or where in it.
        path: String,
        /// What is wrong.
        source: Box<hivekey_wim::Error>,
    },
    /// An archive, or a member of one, cannot be read or unpacked.
    #[error("{path}: {source}")]
    Archive {
        /// The archive, or the member.
        path: String,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something in a disk image that lies in a folder.
    #[error("{image}/{source}")]
    InImage {
        /// The image, inside the folder.
        image: String,
        /// What happened, with a path inside the image.
        source: Box<Error>,
    },
    /// A folder of a volume is damaged, so that some of its entries may be missing.
    #[error("{path}: the folder is damaged; some of its entries may be missing")]
    DamagedFolder {
        /// The folder.
        path: String,
    },
}

impl Error {
    /// A stable short name for machines, in kebab-case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::NotFound => "not-found",
                io::ErrorKind::PermissionDenied => "permission-denied",
                _ => "io-error",
            },
            Self::Read { source, .. } => read_failure::code(source),
            Self::Image { source, .. } => image_code(source),
            Self::Volume { source, .. } => match &**source {
                hivekey_ntfs::Error::Encrypted(_) => "encrypted-file",
                hivekey_ntfs::Error::Unsupported { .. } => "unsupported-format",
                error => at_bottom(error).map_or("volume-damaged", read_failure::code),
            },
            Self::Fat { source, .. } => at_bottom(&**source).map_or("volume-damaged", read_failure::code),
            Self::BitLocker { source, .. } => match &**source {
                hivekey_bitlocker::Error::Unsupported(_) => "unsupported-format",
                error => at_bottom(error).map_or("volume-damaged", read_failure::code),
            },
            Self::Wim { source, .. } => wim_code(source),
            Self::Archive { source, .. } => match source.downcast_ref::<Unread>() {
                Some(why) => why.code(),
                None => at_bottom(&**source).map_or("archive-damaged", read_failure::code),
            },
            Self::InImage { source, .. } => source.code(),
            Self::DamagedFolder { .. } => "volume-damaged",
            Self::LinkLeaves { .. } => "link-leaves-evidence",
            Self::InvalidPath { .. } => "invalid-path",
            Self::NotAFile { .. } => "not-a-file",
            Self::NotEvidence { looks_like, .. } => looks_like.code(),
            Self::TooManyEntries { .. } => "limit-reached",
            Self::TooLarge { .. } => "file-too-large",
        }
    }

    /// Whether a link leads out of the evidence.
    pub(crate) fn leaves_evidence(&self) -> bool {
        match self {
            Self::LinkLeaves { .. } => true,
            Self::InImage { source, .. } => source.leaves_evidence(),
            _ => false,
        }
    }

    /// The system's error number, where the system refused.
    #[must_use]
    pub fn os_error(&self) -> Option<i32> {
        match self {
            Self::Io { source, .. } => source.raw_os_error(),
            Self::Read { source, .. } => system_error(source),
            Self::Image { source, .. } => system_error(&**source),
            Self::Volume { source, .. } => system_error(&**source),
            Self::Fat { source, .. } => system_error(&**source),
            Self::BitLocker { source, .. } => system_error(&**source),
            Self::Wim { source, .. } => system_error(&**source),
            Self::InImage { source, .. } => source.os_error(),
            _ => None,
        }
    }
}

fn system_error(error: &(dyn std::error::Error + 'static)) -> Option<i32> {
    at_bottom(error)?.os_error()
}

fn image_code(error: &hivekey_images::Error) -> &'static str {
    use hivekey_images::Error as Image;
    match error {
        Image::Unsupported { .. } => "unsupported-format",
        Image::MissingSibling { .. } => "image-part-missing",
        Image::WrongParent { .. } | Image::Cycle { .. } => "image-wrong-parent",
        Image::Truncated { .. } => "image-truncated",
        Image::Limit { .. } => "limit-reached",
        error => at_bottom(error).map_or("image-damaged", read_failure::code),
    }
}

fn wim_code(error: &hivekey_wim::Error) -> &'static str {
    use hivekey_wim::Error as Wim;
    match error {
        Wim::Encrypted => "encrypted-file",
        Wim::Unsupported(_) => "unsupported-format",
        Wim::MissingPart { .. } => "image-part-missing",
        Wim::Truncated { .. } => "image-truncated",
        Wim::Limit { .. } => "limit-reached",
        error => at_bottom(error).map_or("image-damaged", read_failure::code),
    }
}

/// What was tried when the system refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// Opening a file.
    Open,
    /// Listing a folder.
    List,
    /// Finding out what a path is.
    Examine,
    /// Following a link.
    Resolve,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open the file",
            Self::List => "list the folder",
            Self::Examine => "look at it",
            Self::Resolve => "follow the path",
        })
    }
}
