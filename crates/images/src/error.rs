//! What can go wrong, with the structure, the offset, the expected and the actual.

use std::fmt;

use hivekey_read_at::ReadError;

use crate::identity::Identity;
use crate::kind::Kind;
use crate::limits::LimitName;
use crate::offset::FileOffset;
use crate::siblings::{Role, SiblingError};
pub use crate::structure::Structure;

/// Why an image, or a part of it, cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not give the bytes.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A structure needs more bytes than the file has: it is cut off.
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
    /// A structure does not start with the signature that it must have.
    #[error("{structure} at {offset}: signature is not \"{}\"", .expected.escape_ascii())]
    Signature {
        /// The structure.
        structure: Structure,
        /// Its first byte.
        offset: FileOffset,
        /// The signature that it should have.
        expected: &'static [u8],
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
    /// A text of the image (a descriptor's line, a name) says what it cannot say.
    #[error("{structure} at {offset}: {field} is {actual:?}, expected {expected}")]
    Text {
        /// The structure.
        structure: Structure,
        /// Its first byte.
        offset: FileOffset,
        /// The field.
        field: &'static str,
        /// What it says.
        actual: String,
        /// What it may say.
        expected: &'static str,
    },
    /// No copy of a structure is usable; this is what the last one lacks.
    #[error("no copy of the {structure} is usable: {last}")]
    NoCopy {
        /// The structure.
        structure: Structure,
        /// Why the last copy was refused.
        last: Box<Self>,
    },
    /// A structure or an item that the image must have is not there.
    #[error("{structure} at {offset}: has no {item}")]
    Missing {
        /// The structure that should hold it.
        structure: Structure,
        /// Its first byte.
        offset: FileOffset,
        /// What is not there.
        item: &'static str,
    },
    /// A stored checksum is not that of the bytes, and without the bytes nothing can be read.
    #[error("{structure} at {offset}: checksum is {stored:#010x}, computed {computed:#010x}")]
    Checksum {
        /// The structure.
        structure: Structure,
        /// Its first byte.
        offset: FileOffset,
        /// As stored.
        stored: u32,
        /// As computed.
        computed: u32,
    },
    /// Compressed bytes cannot be unpacked.
    #[error("{structure} at {offset}: cannot be unpacked, {unpacked} of {expected} bytes came out")]
    Unpack {
        /// What is compressed.
        structure: Structure,
        /// Its first byte.
        offset: FileOffset,
        /// Bytes that came out before the fault.
        unpacked: u64,
        /// Bytes that should have come out.
        expected: u64,
    },
    /// Something that is well-formed but that this crate does not read.
    #[error("{kind}: {what} is not supported")]
    Unsupported {
        /// The kind of image.
        kind: Kind,
        /// What is not supported.
        what: &'static str,
    },
    /// A parent, segment, extent or data file that the image needs was not found, or may not be opened. Without it a part
    /// of the disk is unknown, so that nothing is read at all.
    #[error("the {role} {name:?} of the image cannot be opened: {reason}")]
    MissingSibling {
        /// What it is to the image.
        role: Role,
        /// Its name, as the image gives it.
        name: String,
        /// What the folder said.
        reason: SiblingError,
    },
    /// A parent was found, but it is not the one from which the child was made, or was changed since.
    #[error(
        "the parent {name:?} is not the one that the image was made from: its identity is {actual}, expected {expected}"
    )]
    WrongParent {
        /// Its name.
        name: String,
        /// The identity that the child names.
        expected: Identity,
        /// The identity that the parent has.
        actual: Identity,
    },
    /// An image is, through its parents, its own parent.
    #[error("the chain of parents comes back to {name:?}")]
    Cycle {
        /// The image that was met twice.
        name: String,
    },
    /// The image has no internal snapshot of this name or id.
    #[error("the image has no snapshot {name:?}")]
    NoSnapshot {
        /// What was asked for.
        name: String,
    },
    /// The image asks for more than it is allowed to.
    #[error("too many {limit}: {value}, at most {max} are allowed")]
    Limit {
        /// The bound.
        limit: LimitName,
        /// What the image asks for.
        value: u64,
        /// What is allowed.
        max: u64,
    },
}

impl From<Error> for ReadError {
    fn from(error: Error) -> Self {
        match error {
            Error::Read(error) => error,
            other => Self::damaged(other),
        }
    }
}

impl Error {
    /// The error for a bound, if `value` exceeds it.
    pub(crate) fn check_limit(limit: LimitName, value: u64, max: u64) -> Result<(), Self> {
        if value > max { Err(Self::Limit { limit, value, max }) } else { Ok(()) }
    }
}

/// Bytes of a structure are shown with the structure's name.
impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
