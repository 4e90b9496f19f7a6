#![doc = include_str!("../README.md")]
// `mapped.rs` is the one file that may use `unsafe`, and says why; hence deny and not forbid.
#![deny(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod archive;
mod block_device;
mod counter;
mod discover;
mod disk_image;
mod error;
mod escape;
mod file_system;
mod folder;
mod formats;
mod image;
mod installation;
mod limits;
mod link;
mod local;
#[cfg(target_os = "linux")]
mod mapped;
mod nested;
mod nodes;
mod options;
mod parts;
mod path;
mod problem;
mod raw;
mod read_failure;
mod server_backup;
mod signature;
mod single_hive;
mod source;
mod tree;
mod wim;

pub use counter::ByteCounter;
pub use discover::{Discovery, Start, discover};
pub use disk_image::{DiskImage, open_disk_image};
pub use error::{Error, Operation};
pub use escape::Escaped;
pub use folder::FolderTree;
pub use hivekey_bitlocker::{KeyError, Password, Protector, RecoveryKey, Secret};
pub use hivekey_images::HashCheck;
pub use hivekey_read_at::{ReadAt, ReadError, Region};
pub use installation::{
    Backup, Content, HiveFile, HivePlace, Installation, InstallationPlace, LogFile, SideFile, SideFileKind,
};
pub use limits::{LimitName, Limits};
pub use options::{ImageOptions, Options};
pub use path::TreePath;
pub use problem::{Problem, ProblemKind};
pub use raw::{RawDevice, RawInput, RawStream, open_raw};
pub use signature::{LooksLike, identify};
pub use single_hive::hive_source;
pub use source::{Source, SourceKind, open_source};
pub use tree::{Entry, EntryKind, Head, ImageHashes, Listing, Moment, Tree};
