//! Writes registry hives (regf 1.3 to 1.6) from scratch.
//!
//! [`HiveBuilder`] holds a tree of [`Key`]s and turns it into a [`BuiltHive`]: the bytes, and where in them each key
//! and value landed. A [`Corruption`] then damages one chosen structure of it.
//! Source of every layout: Maxim Suhanov, "Windows registry file format specification".

mod base_block;
mod big_data;
mod bins;
mod builder;
mod built;
mod corruption;
mod filler;
mod key;
mod lists;
mod name;
mod nk;
mod sk;
mod value;
mod vk;

pub(crate) use base_block::seal;
pub use base_block::{BASE_BLOCK_SIZE, BaseBlock, checksum};
pub use builder::HiveBuilder;
pub use built::{BuiltHive, KeyPlace, ValuePlace};
pub use corruption::Corruption;
pub use filler::{Filler, Rng};
pub use key::{KEY_NO_DELETE, KEY_SYMLINK, Key, Remains};
pub use lists::ListKind;
pub use name::{Name, compare as compare_names};
pub use value::{Storage, Value};
