#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod cipher;
mod elephant;
mod entry;
mod error;
mod guid;
mod key_chain;
mod metadata;
mod method;
mod protector;
mod read;
mod secret;
mod stretch;
mod tries;
mod unlocked;
mod volume;
mod volume_header;

pub use error::{Error, Structure};
pub use guid::Guid;
pub use hivekey_read_at::{ReadAt, ReadError};
pub use method::Method;
pub use protector::{Protector, ProtectorKind};
pub use secret::{KeyError, Password, RecoveryKey, Secret};
pub use tries::Tries;
pub use unlocked::Unlocked;
pub use volume::Volume;
