#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod activation_id;
mod channel;
pub mod groups;
mod license_type;
pub mod pkeyconfig;
mod placeholder;
pub mod product_id;
pub mod published;
mod resolution;
mod table;

pub use activation_id::{ActivationId, ActivationIdError};
pub use channel::{Channel, ChannelFamily};
pub use groups::{Algorithm, GroupRow, Witnesses, by_activation_id, groups};
pub use license_type::LicenseType;
pub use pkeyconfig::PkeyConfig;
pub use placeholder::{Placeholder, placeholder};
pub use product_id::{ProductId, ProductIdError};
pub use published::{Published, PublishedKind, published};
pub use resolution::Resolution;
