#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod blob_table;
mod checked;
mod chunks;
mod dentry;
mod error;
mod fields;
mod header;
mod image;
mod limits;
mod resource_header;
mod wim;

pub use dentry::Entry;
pub use error::{Anomaly, Error, FileOffset, Structure};
pub use header::{Header, SIGNATURE, part_name};
pub use hivekey_read_at::{ReadAt, ReadError};
pub use image::{Image, Listing};
pub use limits::{Limit, Limits};
pub use wim::Wim;
