//! The named limits that bound work and memory on any input.

use std::fmt;

/// Bytes of one cluster: exFAT allows 2^25.
pub const MAX_CLUSTER_LEN: u64 = 32 << 20;

/// Bytes of one folder of FAT12, FAT16 and FAT32: 65 536 entries by the specification.
pub const MAX_FAT_DIRECTORY_LEN: u64 = 2 << 20;

/// Bytes of one folder of exFAT, by the specification.
pub const MAX_EXFAT_DIRECTORY_LEN: u64 = 256 << 20;

/// Entries of one folder that make no sense, until the rest of it is given up.
pub const MAX_BAD_ENTRIES: usize = 64;

/// Entries that together hold one long name of FAT: 13 units each, for 255 of them.
pub const MAX_LONG_NAME_PARTS: usize = 20;

/// Runs of clusters of one file, at 12 bytes each.
pub const MAX_RUNS: usize = 1 << 20;

/// Pieces of the table, of 12 KiB each, that an open volume keeps.
pub const MAX_CACHED_WINDOWS: usize = 16;

/// Anomalies that are kept; further ones are counted.
pub const MAX_ANOMALIES: usize = 256;

/// A limit that can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`MAX_FAT_DIRECTORY_LEN`] or [`MAX_EXFAT_DIRECTORY_LEN`].
    DirectoryLen,
    /// [`MAX_BAD_ENTRIES`].
    BadEntries,
    /// [`MAX_RUNS`].
    Runs,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DirectoryLen => "bytes of one folder",
            Self::BadEntries => "damaged entries of one folder",
            Self::Runs => "runs of clusters of one file",
        })
    }
}
