//! What can go wrong, with the structure, the offset, the expected and the actual.

use std::fmt;

use hivekey_read_at::ReadError;

use crate::limits::Limit;
use crate::offset::{DeviceOffset, FileReference, RecordNumber};
use hivekey_compression::CodecError;

/// The on-disk structure that an error or an anomaly is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Structure {
    /// The first sector of a disk with a partition table of the old kind.
    Mbr,
    /// A link of the chain of logical partitions.
    ExtendedBootRecord,
    /// The header of a GUID partition table.
    GptHeader,
    /// The entries of a GUID partition table.
    GptEntries,
    /// The first sector of a volume, or its backup.
    BootSector,
    /// A record of the Master File Table.
    MftRecord,
    /// An attribute in a record.
    Attribute,
    /// The mapping pairs of an attribute that lies outside its record.
    MappingPairs,
    /// `$ATTRIBUTE_LIST`.
    AttributeList,
    /// `$FILE_NAME`.
    FileName,
    /// `$STANDARD_INFORMATION`.
    StandardInformation,
    /// `$INDEX_ROOT`.
    IndexRoot,
    /// A block (`INDX`) of `$INDEX_ALLOCATION`.
    IndexBlock,
    /// An entry of an index.
    IndexEntry,
    /// `$REPARSE_POINT`.
    ReparsePoint,
    /// A unit of a file that NTFS compressed.
    CompressionUnit,
    /// A chunk, or the chunk table, of a file compressed by the Windows overlay filter.
    WofChunk,
    /// `$UpCase`.
    UpCase,
    /// The header of a volume's shadow copies.
    VssHeader,
    /// The catalog of a volume's shadow copies.
    VssCatalog,
    /// The block list of a shadow copy.
    VssBlockList,
    /// A bitmap of a shadow copy.
    VssBitmap,
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mbr => "master boot record",
            Self::ExtendedBootRecord => "extended boot record",
            Self::GptHeader => "GPT header",
            Self::GptEntries => "GPT entries",
            Self::BootSector => "boot sector",
            Self::MftRecord => "MFT record",
            Self::Attribute => "attribute",
            Self::MappingPairs => "mapping pairs",
            Self::AttributeList => "attribute list",
            Self::FileName => "file name attribute",
            Self::StandardInformation => "standard information attribute",
            Self::IndexRoot => "index root",
            Self::IndexBlock => "index block",
            Self::IndexEntry => "index entry",
            Self::ReparsePoint => "reparse point",
            Self::CompressionUnit => "compression unit",
            Self::WofChunk => "WOF chunk",
            Self::UpCase => "$UpCase",
            Self::VssHeader => "shadow copy volume header",
            Self::VssCatalog => "shadow copy catalog",
            Self::VssBlockList => "shadow copy block list",
            Self::VssBitmap => "shadow copy bitmap",
        })
    }
}

/// A four-byte signature, shown as text where it is text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tag(pub [u8; 4]);

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// Why a volume, or a part of it, cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The device could not give the bytes.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Neither the first nor the last sector is a boot sector of NTFS.
    #[error("not an NTFS volume: {0}")]
    NotNtfs(Box<Self>),
    /// A structure does not start with the signature that it must have.
    #[error("{structure} at {offset}: signature is {actual}, expected {expected}")]
    Signature {
        /// What was expected there.
        structure: Structure,
        /// Its first byte.
        offset: DeviceOffset,
        /// The signature that it should have.
        expected: Tag,
        /// What stands there.
        actual: Tag,
    },
    /// A structure needs more bytes than there are.
    #[error("{structure} at {offset}: needs {needed} bytes, has {available}")]
    Truncated {
        /// The structure.
        structure: Structure,
        /// Its first byte.
        offset: DeviceOffset,
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
        offset: DeviceOffset,
        /// The field.
        field: &'static str,
        /// What it is.
        actual: u64,
        /// What it may be.
        expected: &'static str,
    },
    /// A stored checksum is not that of the bytes.
    #[error("{structure} at {offset}: checksum is {stored:#010x}, computed {computed:#010x}")]
    Checksum {
        /// The structure.
        structure: Structure,
        /// Its first byte.
        offset: DeviceOffset,
        /// As stored.
        stored: u32,
        /// As computed.
        computed: u32,
    },
    /// A structure is met a second time where each may be met once: a cycle.
    #[error("{structure} at {offset}: met before, the references form a cycle")]
    Repeated {
        /// The structure.
        structure: Structure,
        /// Its first byte.
        offset: DeviceOffset,
    },
    /// No run of the attribute covers this cluster: a part of its mapping pairs is lost.
    #[error("no run of the stream covers cluster {vcn}")]
    Unmapped {
        /// The cluster, counted from the start of the stream.
        vcn: u64,
    },
    /// The record now belongs to another file than the one that was referred to.
    #[error("record {} was used anew: sequence number is {actual}, expected {}", .reference.record, .reference.sequence)]
    Stale {
        /// The file that was asked for.
        reference: FileReference,
        /// The sequence number in the record.
        actual: u16,
    },
    /// The record is an extension of another one, not a file of its own.
    #[error("record {record} belongs to file {base}")]
    Extension {
        /// The record that was asked for.
        record: RecordNumber,
        /// The file that it is a part of.
        base: FileReference,
    },
    /// There is no such record.
    #[error("record {record} lies outside the Master File Table of {count} records")]
    NoRecord {
        /// The record that was asked for.
        record: RecordNumber,
        /// Records in the table.
        count: u64,
    },
    /// A directory was expected.
    #[error("file {0} is not a directory")]
    NotADirectory(FileReference),
    /// The file has no such stream.
    #[error("file {reference} has no stream {name:?}")]
    NoStream {
        /// The file.
        reference: FileReference,
        /// The stream; empty for the file's main content.
        name: String,
    },
    /// The stream is encrypted by EFS; without its key it cannot be read.
    #[error("file {0} is encrypted (EFS)")]
    Encrypted(FileReference),
    /// Something that is well-formed but that this crate does not read.
    #[error("{structure} at {offset}: {what} is not supported")]
    Unsupported {
        /// The structure.
        structure: Structure,
        /// Its first byte.
        offset: DeviceOffset,
        /// What it asks for.
        what: &'static str,
    },
    /// Compressed bytes cannot be unpacked.
    #[error("{structure} at byte {position:#x} of the stream: {source}")]
    Compressed {
        /// What is compressed.
        structure: Structure,
        /// Where it starts in the unpacked stream.
        position: u64,
        /// What is wrong with it.
        source: CodecError,
    },
    /// A limit was reached.
    #[error("limit reached: {limit} (at most {max})")]
    LimitReached {
        /// Which limit.
        limit: Limit,
        /// Its value.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_name_the_place() {
        let error = Error::Signature {
            structure: Structure::MftRecord,
            offset: DeviceOffset(0xC000),
            expected: Tag(*b"FILE"),
            actual: Tag([0, 0xFF, b'A', b'D']),
        };
        assert_eq!(error.to_string(), r#"MFT record at 0xc000: signature is "\x00\xffAD", expected "FILE""#);
        let stale = Error::Stale { reference: FileReference { record: RecordNumber(40), sequence: 2 }, actual: 3 };
        assert_eq!(stale.to_string(), "record 40 was used anew: sequence number is 3, expected 2");
        assert!(size_of::<Error>() <= 72, "{}", size_of::<Error>());
    }
}
