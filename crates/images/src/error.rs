//! What can go wrong, with the structure, the offset, the expected and the actual.

use std::borrow::Cow;
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
    #[error("{kind}: {what} is not supported{}", .advice.map(|advice| format!("; {advice}")).unwrap_or_default())]
    Unsupported {
        /// The kind of image.
        kind: Kind,
        /// What is not supported.
        what: Cow<'static, str>,
        /// What can be done about it, if anything is known.
        advice: Option<&'static str>,
    },
    /// A parent, segment, extent or data file that the image needs was not found, or may not be opened. Without it a part
    /// of the disk is unknown, so that nothing is read at all.
    #[error("{}", missing(*.role, .name, *.identity, .reason))]
    MissingSibling {
        /// What it is to the image.
        role: Role,
        /// Its name, as the image gives it; empty if the image knows it by its identity only.
        name: String,
        /// The identity by which it was looked for among the images nearby.
        identity: Identity,
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

/// What is missing, why, and what to do.
fn missing(role: Role, name: &str, identity: Identity, reason: &SiblingError) -> String {
    let what = match (name, identity) {
        ("", identity) => {
            format!("the {role} of the image, known by its identity {identity} only, is not among the images nearby")
        }
        (name, Identity::None) => format!("the {role} {name:?} of the image cannot be opened: {reason}"),
        (name, identity) => {
            format!(
                "the {role} {name:?} of the image cannot be opened: {reason}, and no image nearby has its identity {identity}"
            )
        }
    };
    let advice = match reason {
        SiblingError::NotFound => "; put it beside the image",
        SiblingError::Refused => "; put it beside the image, or allow its folder",
        SiblingError::Failed(_) => "",
    };
    what + advice
}

impl Error {
    /// The error for something that is not read, and for which there is no advice.
    pub(crate) const fn unsupported(kind: Kind, what: &'static str) -> Self {
        Self::Unsupported { kind, what: Cow::Borrowed(what), advice: None }
    }

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
