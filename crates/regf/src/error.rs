//! What can go wrong, with the structure, the offset, the expected and the actual.

use core::fmt;

use crate::anomaly::Anomaly;
use crate::limits::Limit;
use crate::offset::FileOffset;
use crate::read::ReadError;

/// The on-disk structure that an error or an anomaly is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Structure {
    /// The first 4096 bytes of a hive.
    BaseBlock,
    /// A hive bin with its 32-byte header.
    HiveBin,
    /// A cell, whatever it holds.
    Cell,
    /// A key node (`nk`).
    KeyNode,
    /// The class name of a key.
    ClassName,
    /// A leaf of a subkey list (`li`, `lf`, `lh`).
    SubkeyList,
    /// An index root (`ri`), a list of leaves.
    IndexRoot,
    /// A list of value offsets.
    ValueList,
    /// A value (`vk`).
    KeyValue,
    /// The data of a value.
    ValueData,
    /// A big-data record (`db`).
    BigData,
    /// The list of segment offsets of a big-data record.
    SegmentList,
    /// One segment of big data.
    Segment,
    /// A security descriptor (`sk`).
    Security,
    /// The base block of a transaction log.
    LogBaseBlock,
    /// An entry (`HvLE`) of a log of the new format.
    LogEntry,
    /// The bitmap (`DIRT`) of a log of the old format.
    DirtyVector,
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BaseBlock => "base block",
            Self::HiveBin => "hive bin",
            Self::Cell => "cell",
            Self::KeyNode => "key node",
            Self::ClassName => "class name",
            Self::SubkeyList => "subkey list",
            Self::IndexRoot => "index root",
            Self::ValueList => "value list",
            Self::KeyValue => "key value",
            Self::ValueData => "value data",
            Self::BigData => "big data",
            Self::SegmentList => "segment list",
            Self::Segment => "data segment",
            Self::Security => "security descriptor",
            Self::LogBaseBlock => "base block of the log",
            Self::LogEntry => "log entry",
            Self::DirtyVector => "dirty vector",
        })
    }
}

/// A signature as it was found: two or four bytes, shown as text where they are text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tag {
    bytes: [u8; 4],
    wide: bool,
}

impl Tag {
    /// The bytes; a two-byte signature has zeros after it.
    #[must_use]
    pub const fn bytes(self) -> [u8; 4] {
        self.bytes
    }
}

impl From<[u8; 2]> for Tag {
    fn from([a, b]: [u8; 2]) -> Self {
        Self { bytes: [a, b, 0, 0], wide: false }
    }
}

impl From<[u8; 4]> for Tag {
    fn from(bytes: [u8; 4]) -> Self {
        Self { bytes, wide: true }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if self.wide { 4 } else { 2 };
        f.write_str("\"")?;
        for byte in self.bytes.iter().take(shown) {
            write!(f, "{}", byte.escape_ascii())?;
        }
        f.write_str("\"")
    }
}

/// Why a hive, or a part of it, cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file has no bytes. The RegBack folder holds such files since Windows 10 1803.
    #[error("the file is empty (as the hives in RegBack are since Windows 10 1803)")]
    Empty,
    /// The file is shorter than a base block.
    #[error("the file has {len} bytes, a hive has at least {}", crate::offset::BINS_START)]
    TooShort {
        /// Length of the file in bytes.
        len: u64,
    },
    /// A hive of Windows 95, 98 or Me, which has another format.
    #[error("this is a registry file of Windows 9x or Me (CREG), not a hive of the NT family")]
    Windows9x,
    /// Every byte is zero: a sparse or wiped file.
    #[error("the file has {len} bytes and all are zero")]
    ZeroFilled {
        /// Length of the file in bytes.
        len: u64,
    },
    /// The file does not start with `regf`.
    #[error("not a registry hive: it starts with {found} instead of \"regf\"{}", if *.text { " and looks like text" } else { "" })]
    NotAHive {
        /// The first four bytes.
        found: Tag,
        /// Whether the beginning reads as text (ASCII or UTF-16).
        text: bool,
    },
    /// A transaction log was given where a hive was expected.
    #[error("this is a transaction log (file type {file_type}), not a hive")]
    TransactionLog {
        /// The file type of the base block: 1 or 2 old format, 6 new format.
        file_type: u32,
    },
    /// A version that this crate does not know.
    #[error("hive version {major}.{minor} is not supported (1.3 to 1.6 are)")]
    Version {
        /// Major version.
        major: u32,
        /// Minor version.
        minor: u32,
    },
    /// Strict reading was asked for, and there is an anomaly.
    #[error("refused in strict mode: {0}")]
    Strict(Anomaly),
    /// The source failed.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A record does not start with the signature that it must have.
    #[error("{structure} at {offset}: unexpected signature {actual}")]
    Signature {
        /// What was expected there.
        structure: Structure,
        /// Where the signature lies.
        offset: FileOffset,
        /// What was found.
        actual: Tag,
    },
    /// A reference that must name a cell is 0xFFFFFFFF.
    #[error("{structure}: the reference is empty, in the structure at {offset}")]
    NoCell {
        /// What the reference should have named.
        structure: Structure,
        /// The cell that holds the reference (0 for the base block).
        offset: FileOffset,
    },
    /// A reference names a place outside the hive bins.
    #[error("{structure} at {offset}: outside the hive, which ends at {end}")]
    OutOfBounds {
        /// What was expected there.
        structure: Structure,
        /// The place named.
        offset: FileOffset,
        /// Where the data ends.
        end: FileOffset,
    },
    /// A reference is not a multiple of 8, so it cannot name a cell.
    #[error("{structure} at {offset}: cells start at multiples of 8")]
    Unaligned {
        /// What was expected there.
        structure: Structure,
        /// The place named.
        offset: FileOffset,
    },
    /// The size field of a cell cannot be true.
    #[error("{structure} at {offset}: impossible cell size {size}")]
    CellSize {
        /// What was expected there.
        structure: Structure,
        /// Where the cell lies.
        offset: FileOffset,
        /// The size field: negative for a cell in use.
        size: i32,
    },
    /// A live structure refers to a cell that is marked free.
    #[error("{structure} at {offset}: the cell is marked free")]
    Unallocated {
        /// What was expected there.
        structure: Structure,
        /// Where the cell lies.
        offset: FileOffset,
    },
    /// A structure needs more bytes than there are.
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
        /// What it may be.
        expected: &'static str,
        /// What it is.
        actual: u64,
    },
    /// A cell is referred to a second time where each may be met once: a cycle or a cross-linked list.
    #[error("{structure} at {offset}: met before, the references form a cycle or are cross-linked")]
    Repeated {
        /// The structure.
        structure: Structure,
        /// The cell.
        offset: FileOffset,
    },
    /// A limit of [`Limits`](crate::Limits) was reached.
    #[error("limit reached: {limit} (at most {max})")]
    LimitReached {
        /// Which limit.
        limit: Limit,
        /// Its value.
        max: u64,
    },
    /// The data of a value is not of the shape that was asked for.
    #[error("value at {offset}: cannot be read as {expected} ({actual} bytes)")]
    Shape {
        /// The value.
        offset: FileOffset,
        /// What was asked for.
        expected: &'static str,
        /// Length of the data.
        actual: u64,
    },
}

impl Error {
    /// The place that the error is about, where it is about one place.
    #[must_use]
    pub fn offset(&self) -> Option<FileOffset> {
        match self {
            Self::Signature { offset, .. }
            | Self::NoCell { offset, .. }
            | Self::OutOfBounds { offset, .. }
            | Self::Unaligned { offset, .. }
            | Self::CellSize { offset, .. }
            | Self::Unallocated { offset, .. }
            | Self::Truncated { offset, .. }
            | Self::Field { offset, .. }
            | Self::Repeated { offset, .. }
            | Self::Shape { offset, .. } => Some(*offset),
            Self::Strict(anomaly) => Some(anomaly.offset),
            Self::Read(error) => Some(FileOffset(error.offset)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn tags_show_text_and_escape_the_rest() {
        assert_eq!(Tag::from(*b"nk").to_string(), "\"nk\"");
        assert_eq!(Tag::from([0u8, 0xFF]).to_string(), "\"\\x00\\xff\"");
        assert_eq!(Tag::from(*b"CREG").to_string(), "\"CREG\"");
    }

    #[test]
    fn errors_stay_small_enough_to_return() {
        assert!(size_of::<Error>() <= 64, "{}", size_of::<Error>());
    }
}
