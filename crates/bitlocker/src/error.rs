//! What can go wrong, with the structure, the offset, the expected and the actual.

use std::fmt;

use hivekey_read_at::ReadError;

/// The structure that an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Structure {
    /// The first sector.
    VolumeHeader,
    /// A copy of the metadata.
    Metadata,
    /// An entry of the metadata.
    Entry,
    /// A key, as it comes out of its entry.
    Key,
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::VolumeHeader => "BitLocker volume header",
            Self::Metadata => "BitLocker metadata",
            Self::Entry => "BitLocker metadata entry",
            Self::Key => "BitLocker key",
        })
    }
}

/// Why a volume cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The volume could not give the bytes.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The volume is not one of BitLocker.
    #[error("not a BitLocker volume")]
    NotBitLocker,
    /// A structure needs more bytes than there are.
    #[error("{structure} at {offset:#x}: needs {needed} bytes, has {available}")]
    Truncated {
        /// The structure.
        structure: Structure,
        /// Its first byte.
        offset: u64,
        /// Bytes needed.
        needed: u64,
        /// Bytes there.
        available: u64,
    },
    /// A field has a value that it cannot have.
    #[error("{structure} at {offset:#x}: {field} is {actual:#x}, expected {expected}")]
    Field {
        /// The structure.
        structure: Structure,
        /// Its first byte.
        offset: u64,
        /// The field.
        field: &'static str,
        /// What it is.
        actual: u64,
        /// What it may be.
        expected: &'static str,
    },
    /// No copy of the metadata can be read; this is what the last one lacks.
    #[error("no copy of the BitLocker metadata is usable: {last}")]
    NoMetadata {
        /// Why the last copy was refused.
        last: Box<Self>,
    },
    /// Something that is well-formed but that this crate does not read.
    #[error("BitLocker: {0} is not supported")]
    Unsupported(&'static str),
    /// The volume has no protector that any of the secrets is for.
    #[error("none of the given secrets is of a kind that unlocks this volume")]
    NoProtector,
    /// None of the secrets is the right one.
    #[error("none of the given secrets unlocks this volume")]
    WrongSecret,
    /// No secret fitted before a limit was reached.
    #[error(
        "none of the secrets that were tried unlocks this volume: more than {value} {what}; the rest was not tried"
    )]
    Limit {
        /// What is limited.
        what: &'static str,
        /// How many.
        value: usize,
    },
    /// The key of the volume does not decrypt, though the secret was right.
    #[error("the encryption key of the volume is damaged")]
    DamagedKey,
}

impl From<Error> for ReadError {
    fn from(error: Error) -> Self {
        match error {
            Error::Read(error) => error,
            other => Self::damaged(other),
        }
    }
}
