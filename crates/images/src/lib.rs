#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod anomaly;
mod bitmap;
mod crc32c;
mod disk;
mod error;
mod ewf;
mod identity;
mod kind;
mod layer;
mod limits;
mod map;
mod ntfsclone;
mod offset;
mod open;
mod pages;
mod parallels;
mod partclone;
mod patched;
mod qcow2;
mod raw;
mod read;
mod siblings;
mod split;
mod structure;
mod units;
mod unpack;
mod vdi;
mod verify;
mod vhd;
mod vhdx;
mod vmdk;

pub use anomaly::Anomaly;
pub use disk::{Disk, OpenedFile};
pub use error::{Error, Structure};
pub use hivekey_read_at::{ReadAt, ReadError};
pub use identity::Identity;
pub use kind::{Kind, PROBE_BYTES, probe, probe_file};
pub use limits::{LimitName, Limits, Options};
pub use map::{Snapshot, StoredHashes};
pub use offset::{DiskOffset, FileOffset};
pub use open::open;
pub use siblings::{NoSiblings, Role, SiblingError, Siblings};
pub use split::is_later_piece;
pub use verify::HashCheck;
