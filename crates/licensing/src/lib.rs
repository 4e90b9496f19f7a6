#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod action_state;
mod activation_id;
mod channel;
mod civil_time;
pub mod edition;
pub mod generation;
pub mod groups;
mod license_type;
pub mod pkeyconfig;
mod placeholder;
pub mod product_id;
pub mod product_policy;
pub mod published;
mod read;
mod resolution;
pub mod sku;
mod table;

pub use action_state::{ActionState, LicenseState};
pub use activation_id::{ActivationId, ActivationIdError};
pub use channel::{Channel, ChannelFamily};
pub use civil_time::{CivilTime, CivilTimeError};
pub use edition::{Agreement, editions_agree, gvlk_for, product_name};
pub use generation::Generation;
pub use groups::{Algorithm, GroupRow, Witnesses, by_activation_id, groups};
pub use license_type::LicenseType;
pub use pkeyconfig::PkeyConfig;
pub use placeholder::{Placeholder, placeholder};
pub use product_id::{ProductId, ProductIdError};
pub use product_policy::{FileTime, ProductPolicy, ProductPolicyError};
pub use published::{Published, PublishedKind, published};
pub use resolution::Resolution;
pub use sku::Sku;
