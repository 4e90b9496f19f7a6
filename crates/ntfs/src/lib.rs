#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod anomaly;
mod error;
pub mod limits;
mod ntfs;
mod offset;
mod partition;
mod read;
mod vss;

pub use anomaly::{Anomaly, AnomalyKind};
pub use error::{Error, Structure, Tag};
pub use hivekey_read_at::{ReadAt, ReadError, Region};
pub use limits::{Limit, Limits};
pub use ntfs::{
    BootSector, ClusterState, EarlierFormat, Entry, EntryKind, File, FileTime, FolderPath, FoundFile, FoundFiles,
    LinkTarget, Listing, Lookup, Name, Namespace, Ntfs, NtfsFile, Reparse, StandardInformation, StreamInfo,
    WofAlgorithm,
};
pub use offset::{DeviceOffset, FileReference, Lcn, RecordNumber};
pub use partition::{Content, Guid, PartitionType, Scheme, Volume, Volumes, volumes};
pub use vss::{Snapshot, SnapshotView, Snapshots, snapshots};
