//! Why a member of an archive is not read.

use std::fmt;
use std::io;
use std::sync::Arc;

use sevenz_rust2::Error as SevenZipError;
use zip::CompressionMethod;
use zip::result::ZipError;

use crate::limits::LimitName;
use crate::read_failure::{self, at_bottom};

/// Why. It is what an error about the member says, and it travels through the unpackers in an [`io::Error`].
#[derive(Clone, Debug)]
pub(crate) enum Unread {
    /// It is nothing that a report is made from.
    Unwanted,
    /// It is encrypted.
    Encrypted,
    /// It is packed by a method that is not read: which.
    Method(String),
    /// It takes more than a limit leaves.
    Limit { limit: LimitName, value: u64 },
    /// To unpack it takes more kilobytes of memory than may be: for decoding, or for the list of an archive's members.
    Memory { needed: usize, allowed: usize },
    /// It is itself a disk image, or an archive: which, with the article.
    Container(&'static str),
    /// Its bytes are those of another member, too.
    Overlaps,
    /// It is named like a hive, does not begin like one, and is too long to be kept all the same.
    NoHive,
    /// Its name leads out of the archive.
    Outside,
    /// Its name has more levels or bytes than are kept.
    LongName { levels: usize, bytes: usize },
    /// A link to what is not in the archive.
    LinkNowhere { target: String },
    /// It, or the archive, breaks off: what is needed, and what is there.
    CutOff { offset: u64, needed: u64, available: u64 },
    /// It has fewer bytes than the archive states.
    Short { actual: u64, stated: u64 },
    /// What stands where a member's header should be.
    Header { offset: u64, error: Arc<io::Error> },
    /// All that stands before a member's content is longer than it may be: where it begins.
    Headers { offset: u64, most: u64 },
    /// The archive ends without the mark that its end has.
    NoEnd { offset: u64 },
    /// A zip ends without its central directory.
    NoDirectory { offset: u64 },
    /// Its checksum is another one.
    Checksum { name: &'static str, actual: u32, expected: u32 },
    /// The decoder found that its checksum is another one.
    BadChecksum,
    /// Its name before its content is another one than in the central directory.
    Renamed { local: String },
    /// It cannot be unpacked.
    Damaged(Arc<io::Error>),
}

impl Unread {
    /// What an unpacker met.
    pub(super) fn of(error: io::Error) -> Self {
        let inner = error.get_ref();
        if let Some(unread) = inner.and_then(|inner| inner.downcast_ref::<Self>()) {
            unread.clone()
        } else if let Some(ZipError::CompressionMethodNotSupported(method)) =
            inner.and_then(|inner| inner.downcast_ref())
        {
            let name = CompressionMethod::name_from_u16(*method);
            Self::Method(format!("the method {method} ({name})"))
        } else if let Some(SevenZipError::ChecksumVerificationFailed) = inner.and_then(|inner| inner.downcast_ref()) {
            Self::BadChecksum
        } else {
            Self::Damaged(Arc::new(error))
        }
    }

    /// Whether both say the same of their members, so that one finding does for both.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Method(one), Self::Method(other)) => one == other,
            (Self::Limit { limit: one, .. }, Self::Limit { limit: other, .. }) => one == other,
            (Self::Damaged(one), Self::Damaged(other)) => Arc::ptr_eq(one, other),
            (Self::Encrypted, Self::Encrypted)
            | (Self::Overlaps, Self::Overlaps)
            | (Self::Outside, Self::Outside)
            | (Self::LongName { .. }, Self::LongName { .. }) => true,
            _ => false,
        }
    }

    /// A stable short name for machines, in kebab-case.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Unwanted | Self::NoHive => "not-a-file",
            Self::Encrypted => "encrypted-file",
            Self::Method(_) | Self::Container(_) => "unsupported-format",
            Self::Limit { .. } | Self::Memory { .. } | Self::Headers { .. } | Self::LongName { .. } => "limit-reached",
            Self::Damaged(error) | Self::Header { error, .. } => {
                at_bottom(&**error).map_or("archive-damaged", read_failure::code)
            }
            Self::LinkNowhere { .. } => "not-found",
            _ => "archive-damaged",
        }
    }
}

impl std::error::Error for Unread {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Damaged(error) | Self::Header { error, .. } => Some(&**error),
            _ => None,
        }
    }
}

impl From<Unread> for io::Error {
    fn from(unread: Unread) -> Self {
        Self::other(unread)
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unwanted => f.write_str("a member of no use to a report; it was not unpacked"),
            Self::Encrypted => f.write_str("encrypted; unpack the archive with its password and give the folder"),
            Self::Method(name) => {
                write!(f, "packed by {name}, which is not read; unpack the archive and give the folder")
            }
            Self::Limit { limit, value } => write!(f, "more than {value} {limit}; not unpacked"),
            Self::Memory { needed, allowed } => {
                write!(
                    f,
                    "takes {needed} KiB of memory, more than the {allowed} KiB that it may take; unpack it and give the folder"
                )
            }
            Self::Container(what) => {
                write!(f, "{what} in an archive; unpack it first and give it as a path of its own")
            }
            Self::Overlaps => f.write_str("its bytes in the archive are those of another member too; not unpacked"),
            Self::NoHive => f.write_str("does not begin as a registry hive does, and is too long to be kept"),
            Self::Outside => f.write_str("the name leads out of the archive; the member was passed over"),
            Self::LongName { levels, bytes } => {
                write!(f, "the name has more than {levels} levels or {bytes} bytes; the member was passed over")
            }
            Self::LinkNowhere { target } => write!(f, "a link to {target}, which is not in the archive"),
            Self::CutOff { offset, needed, available } => {
                write!(f, "cut off: at {offset:#x} {needed} bytes are needed, {available} are there")
            }
            Self::Short { actual, stated } => write!(f, "has {actual} bytes, expected {stated}; the rest is lost"),
            Self::Header { offset, error } => write!(f, "header of a member at {offset:#x}: {error}; the rest is lost"),
            Self::Headers { offset, most } => {
                write!(
                    f,
                    "name and other headers of a member at {offset:#x} have more than {most} bytes; the rest is lost"
                )
            }
            Self::NoEnd { offset } => write!(f, "ends at {offset:#x} without an end mark; it may be cut off"),
            Self::NoDirectory { offset } => {
                write!(
                    f,
                    "a zip that is cut off at {offset:#x}: its central directory, which stands at its end, is lost"
                )
            }
            Self::Checksum { name, actual, expected } => {
                write!(f, "{name} is {actual:#010x}, expected {expected:#010x}; what was unpacked may be altered")
            }
            Self::BadChecksum => f.write_str("its CRC-32 is not the one expected; what was unpacked may be altered"),
            Self::Renamed { local } => {
                write!(f, "its own header names it {local}, unlike the central directory; one of the two was altered")
            }
            Self::Damaged(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                f.write_str("breaks off before its end; the rest is lost")
            }
            Self::Damaged(error) => write!(f, "cannot be unpacked further: {error}"),
        }
    }
}
