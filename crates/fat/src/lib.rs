#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod anomaly;
mod boot;
mod boot_sector;
mod chain;
mod directory;
mod entry;
mod entry_set;
mod error;
mod exfat_boot_sector;
mod file;
mod geometry;
pub mod limits;
mod long_name;
mod offset;
mod read;
mod records;
mod short_entry;
mod table;
mod volume;

pub use anomaly::{Anomaly, AnomalyKind};
pub use entry::{Entry, Listing};
pub use error::{ChainFault, Error, Structure, Tag};
pub use file::FatFile;
pub use geometry::FatKind;
pub use hivekey_read_at::{ReadAt, ReadError, Region};
pub use limits::Limit;
pub use offset::{Cluster, DeviceOffset};
pub use volume::Fat;
