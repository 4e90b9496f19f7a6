//! What is wrong with a hive that can be read all the same.

use crate::error::{Error, Tag};
use crate::offset::FileOffset;
use alloc::boxed::Box;

/// Something that the format does not allow, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (at {offset})")]
pub struct Anomaly {
    /// Where it lies in the file.
    pub offset: FileOffset,
    /// What it is.
    pub kind: AnomalyKind,
}

/// The kinds of [`Anomaly`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnomalyKind {
    /// The base block does not start with `regf`, but hive bins follow it: it is lost, and its fields are guessed.
    #[error("base block is lost: it starts with {found} instead of \"regf\", but hive bins follow")]
    BaseBlockLost {
        /// What stands there.
        found: Tag,
    },
    /// The checksum of the base block does not match: the base block is damaged or half written.
    #[error("base block checksum is {stored:#010x}, computed {computed:#010x}")]
    Checksum {
        /// As stored.
        stored: u32,
        /// As computed.
        computed: u32,
    },
    /// The sequence numbers differ: the last write of the hive did not finish, newer data may stand in the logs.
    #[error("sequence numbers differ: {primary} and {secondary}")]
    Sequence {
        /// Raised before a write.
        primary: u32,
        /// Raised after a write.
        secondary: u32,
    },
    /// The base block names a version outside 1.3 to 1.6.
    #[error("hive version is {major}.{minor}, expected 1.3 to 1.6")]
    Version {
        /// Major version.
        major: u32,
        /// Minor version.
        minor: u32,
    },
    /// The file type is not 0 (primary file).
    #[error("file type is {actual}, expected 0")]
    FileType {
        /// The field.
        actual: u32,
    },
    /// The file format is not 1 (direct memory load).
    #[error("file format is {actual}, expected 1")]
    FileFormat {
        /// The field.
        actual: u32,
    },
    /// The size of the hive bins is no multiple of 4096, or zero.
    #[error("hive bins size is {size:#x}, expected a multiple of 4096")]
    BinsSize {
        /// The field.
        size: u32,
    },
    /// The file ends before the hive bins do.
    #[error("file is truncated: hive bins take {declared:#x} bytes, {present:#x} are there")]
    TruncatedFile {
        /// Bytes of hive bins that the base block names.
        declared: u64,
        /// Bytes that the file has for them.
        present: u64,
    },
    /// The root reference of the base block does not lead to a key.
    #[error("root key cannot be read: {0}")]
    Root(Box<Error>),
    /// Another key was taken as the root, found by its flag in a sweep of the cells.
    #[error("another key was taken as the root, found by its root flag")]
    RootFound,
    /// A hive bin does not start with `hbin`.
    #[error("hive bin has the signature {actual}, expected \"hbin\"")]
    BinSignature {
        /// What stands there.
        actual: Tag,
    },
    /// A hive bin names another offset than its own.
    #[error("hive bin names the offset {actual:#x}, expected {expected:#x}")]
    BinOffset {
        /// Its place, counted from the first bin.
        expected: u32,
        /// The field.
        actual: u32,
    },
    /// The size of a hive bin is no multiple of 4096, zero, or reaches past the end.
    #[error("hive bin has the size {size:#x}")]
    BinSize {
        /// The field.
        size: u32,
    },
    /// The cells of a bin do not fill it: this one has an impossible size.
    #[error("cell has the size {size}, the rest of its bin cannot be followed")]
    CellChain {
        /// The field.
        size: i32,
    },
    /// A subkey names another parent than the key under which it is found.
    #[error("key names the parent {actual:#x}, but is found under {expected:#x}")]
    ParentLink {
        /// The key under which it is found, from the first bin.
        expected: u32,
        /// The field.
        actual: u32,
    },
    /// A subkey does not come after the one before it in the list: a search by order may miss it.
    #[error("key is out of order in the list of its parent")]
    ListOrder,
    /// A list does not have as many subkeys as its key names.
    #[error("key names {declared} subkeys, its list has {present}")]
    SubkeyCount {
        /// As the key names.
        declared: u32,
        /// As the list has.
        present: u64,
    },
    /// A part cannot be read.
    #[error("unreadable: {0}")]
    Unreadable(Box<Error>),
}
