//! What can go wrong, with the structure, the offset, the expected and the actual.

use std::fmt;

use hivekey_compression::CodecError;
use hivekey_read_at::ReadError;

use crate::limits::Limit;

/// A position in bytes from the start of a part; of a directory entry, from the start of its image's metadata.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileOffset(pub u64);

impl FileOffset {
    /// The position `bytes` further on; stays at the last number if there is none, where nothing can be read.
    pub(crate) const fn plus(self, bytes: u64) -> Self {
        Self(self.0.saturating_add(bytes))
    }
}

impl fmt::Display for FileOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// The structure that an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Structure {
    /// The header of a part.
    Header,
    /// A table of what is stored where.
    BlobTable,
    /// A stored file, or several in one.
    Resource,
    /// The table of a resource's chunks.
    ChunkTable,
    /// A packed chunk.
    Chunk,
    /// The security descriptors before an image's directories.
    SecurityData,
    /// An entry of a directory, in the metadata of an image.
    DirectoryEntry,
    /// A further stream of a directory entry.
    StreamEntry,
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "WIM header",
            Self::BlobTable => "WIM blob table",
            Self::Resource => "WIM resource",
            Self::ChunkTable => "WIM chunk table",
            Self::Chunk => "WIM chunk",
            Self::SecurityData => "WIM security data",
            Self::DirectoryEntry => "WIM directory entry",
            Self::StreamEntry => "WIM stream entry",
        })
    }
}

/// Why an image, or a file in it, cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not give the bytes.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file is no WIM.
    #[error("not a WIM: no signature at 0x0")]
    Signature,
    /// A structure needs more bytes than there are: it is cut off.
    #[error("{structure} at {offset}: needs {needed} bytes, has {available}")]
    Truncated {
        /// The structure.
        structure: Structure,
        /// Its first byte.
        offset: FileOffset,
        /// Bytes needed.
        needed: u64,
        /// Bytes there.
        available: u64,
    },
    /// A field has a value that it cannot have.
    #[error("{structure} at {offset}: {field} is {actual:#x}, expected {expected}")]
    Field {
        /// The structure.
        structure: Structure,
        /// Its first byte.
        offset: FileOffset,
        /// The field.
        field: &'static str,
        /// What it is.
        actual: u64,
        /// What it may be.
        expected: &'static str,
    },
    /// A chunk cannot be unpacked.
    #[error("{} at {offset}: {source}", Structure::Chunk)]
    Packed {
        /// Its first byte.
        offset: FileOffset,
        /// What is wrong with it.
        source: CodecError,
    },
    /// A bound of [`Limits`](crate::Limits).
    #[error("more than {value} {limit}")]
    Limit {
        /// Which.
        limit: Limit,
        /// Its value.
        value: u64,
    },
    /// Something that is well-formed but that this crate does not read.
    #[error("{0} is not supported")]
    Unsupported(&'static str),
    /// The content of a file lies in a part that is not there.
    #[error("part {part} of the image is missing")]
    MissingPart {
        /// Its number.
        part: u16,
    },
    /// No table says where the content of a file lies.
    #[error("no blob table has the content with the SHA-1 {}", Hex(.sha1))]
    MissingContent {
        /// Its hash.
        sha1: [u8; 20],
    },
    /// The image has no such directory, or it is a file.
    #[error("not a directory")]
    NotADirectory,
    /// The file is encrypted by EFS.
    #[error("the file is encrypted (EFS)")]
    Encrypted,
}

impl From<Error> for ReadError {
    fn from(error: Error) -> Self {
        match error {
            Error::Read(error) => error,
            other => Self::damaged(other),
        }
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Something that is wrong or was passed over; the rest was read.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Anomaly {
    /// A part was not found.
    #[error("part {part} of {total} was not found; files that lie in it cannot be read")]
    MissingPart {
        /// Its number.
        part: u16,
        /// How many there are.
        total: u16,
    },
    /// A part was found that cannot be read, or belongs to another image.
    #[error("part {part}: {error}")]
    Part {
        /// Its number.
        part: u16,
        /// What is wrong.
        error: Error,
    },
    /// The header says that there are more images than have metadata.
    #[error("{listed} images are counted in the header, {found} have metadata")]
    MissingImages {
        /// In the header.
        listed: u32,
        /// With metadata.
        found: u32,
    },
    /// What was read of a file is not what its hash was taken of.
    #[error("{name}: the SHA-1 of the content is {}, expected {}; what was read may be altered", Hex(.actual), Hex(.expected))]
    Content {
        /// The name of the file.
        name: String,
        /// The hash of what was read.
        actual: [u8; 20],
        /// The hash that the image names the content by.
        expected: [u8; 20],
    },
    /// Whoever wrote the file did not finish.
    #[error("the file was not written to its end")]
    Unfinished,
}
