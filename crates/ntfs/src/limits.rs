//! The named limits that bound work and memory on any input.

use std::fmt;

/// Bytes of the entries of a GUID partition table. The usual table has 16 KiB.
pub const MAX_GPT_ENTRIES_LEN: u64 = 1 << 20;

/// Logical partitions that one chain gives.
pub const MAX_LOGICAL_PARTITIONS: u32 = 256;

/// Places of a disk that a search for volumes that no table names looks at, with a few small reads each.
pub const MAX_LOST_VOLUME_LOOKS: usize = 8192;

/// Bytes of one cluster: Windows 10 1709 and later format with up to 2 MiB.
pub const MAX_CLUSTER_LEN: u64 = 2 << 20;

/// Bytes of one MFT record or index block. Windows uses 1024 or 4096, and 4096.
pub const MAX_RECORD_LEN: u64 = 64 << 10;

/// Bytes of one attribute list; Windows does not write a longer one.
pub const MAX_ATTRIBUTE_LIST_LEN: u64 = 256 << 10;

/// Records named by one attribute list that cannot be read or belong to other files, until the list is given up.
pub const MAX_STRAY_RECORDS: usize = 16;

/// Attributes that are looked at in one record. A header takes 24 bytes, so a record of 4096 bytes has fewer.
pub const MAX_ATTRIBUTES: usize = 4096;

/// Runs of one stream. A file with a full attribute list can have more, but no hive has.
pub const MAX_RUNS: usize = 1 << 20;

/// Bytes of a compression unit (16 clusters of 64 KiB).
pub const MAX_COMPRESSION_UNIT: u64 = 1 << 20;

/// Unpacked compression units or chunks that one open file keeps.
pub const MAX_CACHED_UNITS: usize = 8;

/// MFT records that one open volume keeps.
pub const MAX_CACHED_RECORDS: usize = 256;

/// Entries of one directory.
pub const MAX_ENTRIES: usize = 1_000_000;

/// Blocks of one directory's index that are looked at.
pub const MAX_INDEX_BLOCKS: u64 = 1 << 18;

/// Levels of one directory's index. Four levels hold tens of millions of names.
pub const MAX_INDEX_DEPTH: usize = 32;

/// MFT records that a search for lost or deleted files looks at.
pub const MAX_SCANNED_RECORDS: u64 = 16_000_000;

/// Bytes of a volume's free space that are searched for records of an earlier format. They take a second or two from a fast disk.
pub const MAX_SWEPT_BYTES: u64 = 1 << 30;

/// Names that a search for lost files keeps, at 8 bytes each.
pub const MAX_SCANNED_NAMES: usize = 16_000_000;

/// Directories above a deleted file that are followed to name its path.
pub const MAX_PATH_DEPTH: usize = 256;

/// Bytes of `$Bitmap` that are read to say whether the clusters of one deleted file are in use again.
pub const MAX_BITMAP_LEN: u64 = 4 << 20;

/// Bytes of a reparse point; Windows allows 16 KiB.
pub const MAX_REPARSE_LEN: u64 = 16 << 10;

/// Snapshots of one volume. Windows keeps at most 512.
pub const MAX_SNAPSHOTS: usize = 512;

/// Blocks of 16 KiB of one table of a snapshot: bits for 136 TB, or descriptors of 532 GB of saved blocks.
pub const MAX_SNAPSHOT_TABLE_BLOCKS: usize = 65_536;

/// Saved blocks that are kept for one snapshot, at some 60 bytes each: 64 GB of saved content.
pub const MAX_SAVED_BLOCKS: usize = 4_000_000;

/// Anomalies that are kept; further ones are counted.
pub const MAX_ANOMALIES: usize = 256;

/// A limit that can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`MAX_GPT_ENTRIES_LEN`].
    GptEntriesLen,
    /// [`MAX_LOGICAL_PARTITIONS`].
    LogicalPartitions,
    /// [`MAX_ATTRIBUTE_LIST_LEN`].
    AttributeListLen,
    /// [`MAX_STRAY_RECORDS`].
    StrayRecords,
    /// [`MAX_ATTRIBUTES`].
    Attributes,
    /// [`Limits::max_runs`].
    Runs,
    /// [`MAX_COMPRESSION_UNIT`].
    CompressionUnit,
    /// [`Limits::max_entries`].
    Entries,
    /// [`Limits::max_index_blocks`].
    IndexBlocks,
    /// [`MAX_INDEX_DEPTH`].
    IndexDepth,
    /// [`Limits::max_scanned_records`].
    ScannedRecords,
    /// [`MAX_SCANNED_NAMES`].
    ScannedNames,
    /// [`MAX_REPARSE_LEN`].
    ReparseLen,
    /// [`MAX_SNAPSHOTS`].
    Snapshots,
    /// [`MAX_SNAPSHOT_TABLE_BLOCKS`].
    SnapshotTable,
    /// [`MAX_SAVED_BLOCKS`].
    SavedBlocks,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GptEntriesLen => "bytes of GPT entries",
            Self::LogicalPartitions => "logical partitions",
            Self::AttributeListLen => "bytes of one attribute list",
            Self::StrayRecords => "records of other files in one attribute list",
            Self::Attributes => "attributes of one record",
            Self::Runs => "runs of one stream",
            Self::CompressionUnit => "bytes of one compression unit",
            Self::Entries => "entries of one directory",
            Self::IndexBlocks => "index blocks of one directory",
            Self::IndexDepth => "levels of one directory's index",
            Self::ScannedRecords => "MFT records searched",
            Self::ScannedNames => "names kept by a search of the MFT",
            Self::ReparseLen => "bytes of a reparse point",
            Self::Snapshots => "shadow copies of one volume",
            Self::SnapshotTable => "blocks of one table of a shadow copy",
            Self::SavedBlocks => "saved blocks of one shadow copy",
        })
    }
}

/// How much work and memory one operation on a volume may take. The defaults are the constants of the same names; what
/// the format itself bounds is not adjustable.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Runs of one stream, at 24 bytes each.
    pub max_runs: usize,
    /// Entries that one directory gives.
    pub max_entries: usize,
    /// Index blocks that are looked at for one directory.
    pub max_index_blocks: u64,
    /// MFT records that a search for lost or deleted files looks at; 0 forbids the search.
    pub max_scanned_records: u64,
    /// Bytes of free space that a search for an earlier format reads.
    pub max_swept_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_runs: MAX_RUNS,
            max_entries: MAX_ENTRIES,
            max_index_blocks: MAX_INDEX_BLOCKS,
            max_scanned_records: MAX_SCANNED_RECORDS,
            max_swept_bytes: MAX_SWEPT_BYTES,
        }
    }
}
