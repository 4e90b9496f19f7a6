#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod activation_id;
mod channel;
pub mod groups;
pub mod published;
mod resolution;
mod table;

pub use activation_id::{ActivationId, ActivationIdError};
pub use channel::Channel;
pub use groups::{Algorithm, GroupRow, Witnesses, by_activation_id, groups};
pub use published::{Published, PublishedKind, published};
pub use resolution::Resolution;
