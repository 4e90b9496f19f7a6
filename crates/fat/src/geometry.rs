//! Where the parts of a volume lie, whichever boot sector said it.

use std::fmt;

use crate::offset::{Cluster, DeviceOffset};

/// The file systems that this crate reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FatKind {
    /// Entries of 12 bits.
    Fat12,
    /// Entries of 16 bits.
    Fat16,
    /// Entries of 32 bits, of which 28 count.
    Fat32,
    /// exFAT.
    ExFat,
}

impl fmt::Display for FatKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fat12 => "FAT12",
            Self::Fat16 => "FAT16",
            Self::Fat32 => "FAT32",
            Self::ExFat => "exFAT",
        })
    }
}

/// Where the root folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// In a region of its own: FAT12 and FAT16.
    Fixed {
        offset: DeviceOffset,
        len: u64,
    },
    Chain(Cluster),
}

/// Everything in bytes from the start of the volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub(crate) kind: FatKind,
    pub(crate) sector_size: u64,
    pub(crate) cluster_size: u64,
    /// Clusters that have an entry in the table; the last one has the number `clusters + 1`.
    pub(crate) clusters: u32,
    /// Clusters by the size of the volume.
    pub(crate) expected_clusters: u64,
    /// The first cluster.
    pub(crate) heap: u64,
    /// The copy of the table that is in use, and the other one if it is kept alike.
    pub(crate) table: u64,
    pub(crate) second_table: Option<u64>,
    pub(crate) table_len: u64,
    pub(crate) root: Root,
    pub(crate) end: u64,
    /// The sector of the backup, where the boot sector names one.
    pub(crate) backup: Option<u64>,
}

impl Geometry {
    pub(crate) fn contains(&self, cluster: Cluster) -> bool {
        cluster.0.checked_sub(Cluster::FIRST.0).is_some_and(|index| index < self.clusters)
    }

    /// Where a cluster lies; meaningless for one that the volume does not have.
    pub(crate) fn position(&self, cluster: Cluster) -> u64 {
        let index = u64::from(cluster.0.saturating_sub(Cluster::FIRST.0));
        self.heap.saturating_add(index.saturating_mul(self.cluster_size))
    }

    /// Clusters that `bytes` take.
    pub(crate) fn clusters_of(&self, bytes: u64) -> u64 {
        bytes.div_ceil(self.cluster_size.max(1))
    }
}
