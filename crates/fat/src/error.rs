//! What can go wrong, with the structure, the offset, the expected and the actual.

use std::fmt;

use hivekey_read_at::ReadError;

use crate::limits::Limit;
use crate::offset::{Cluster, DeviceOffset};

/// The on-disk structure that an error or an anomaly is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Structure {
    /// The first sector of a volume of FAT12, FAT16 or FAT32, or its backup.
    BootSector,
    /// The first sector of an exFAT volume, or its backup.
    ExfatBootSector,
    /// The table that says for each cluster which one follows.
    Table,
    /// An entry of a folder of FAT12, FAT16 or FAT32.
    DirectoryEntry,
    /// The entries of a folder of exFAT that belong to one file.
    EntrySet,
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BootSector => "FAT boot sector",
            Self::ExfatBootSector => "exFAT boot sector",
            Self::Table => "file allocation table",
            Self::DirectoryEntry => "directory entry",
            Self::EntrySet => "exFAT entry set",
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

/// What is wrong with a cluster of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainFault {
    /// The chain ends with this cluster, but the content does not.
    #[error("the chain ends, but {wanted} clusters are needed")]
    Ends {
        /// Clusters that the content takes.
        wanted: u64,
    },
    /// The table says that nobody uses the cluster.
    #[error("marked as free")]
    Free,
    /// The table says that the cluster cannot be read.
    #[error("marked as bad")]
    Bad,
    /// The next cluster is not one of the volume.
    #[error("leads to {0:#x}, which is no cluster of the volume")]
    Outside(u32),
    /// The chain comes to this cluster a second time.
    #[error("met before, the chain is a circle")]
    Circle,
}

/// Why a volume, or a part of it, cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The device could not give the bytes.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is no boot sector, nor a backup of one. The fault is that of the first sector.
    #[error("not a FAT or exFAT volume: {0}")]
    NotFat(Box<Self>),
    /// A structure does not start with the signature that it must have.
    #[error("{structure} at {offset}: signature is {actual}, expected {expected}")]
    Signature {
        /// What was expected there.
        structure: Structure,
        /// Where the signature stands.
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
    /// A chain of clusters cannot be followed.
    #[error("cluster {cluster}, after {before} others of the chain from {first}: {fault}")]
    Chain {
        /// The first cluster of the chain.
        first: Cluster,
        /// The cluster where it breaks.
        cluster: Cluster,
        /// Clusters of the chain before that one.
        before: u64,
        /// What is wrong with it.
        fault: ChainFault,
    },
    /// A folder was expected.
    #[error("the entry at {0} is not a folder")]
    NotADirectory(DeviceOffset),
    /// A file was expected.
    #[error("the entry at {0} is not a file")]
    NotAFile(DeviceOffset),
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
            structure: Structure::ExfatBootSector,
            offset: DeviceOffset(3),
            expected: Tag(*b"EXFA"),
            actual: Tag([0, 0xFF, b'A', b'D']),
        };
        assert_eq!(error.to_string(), r#"exFAT boot sector at 0x3: signature is "\x00\xffAD", expected "EXFA""#);
        let (first, cluster) = (Cluster(5), Cluster(9));
        let chain = Error::Chain { first, cluster, before: 2, fault: ChainFault::Outside(0xFFF0) };
        let text = "cluster 9, after 2 others of the chain from 5: leads to 0xfff0, which is no cluster of the volume";
        assert_eq!(chain.to_string(), text);
        let through = ReadError::from(chain);
        assert_eq!(through.to_string(), text);
        assert!(matches!(through.damage::<Error>(), Some(Error::Chain { before: 2, .. })));
        assert!(size_of::<Error>() <= 72, "{}", size_of::<Error>());
    }
}
