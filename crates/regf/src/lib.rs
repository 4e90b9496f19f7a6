#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

extern crate alloc;
#[cfg(any(feature = "std", test))]
extern crate std;

mod anomaly;
pub mod base_block;
mod big_data;
pub mod bin;
mod budget;
mod cell;
mod cell_set;
mod cells;
mod check;
mod error;
mod hive;
mod key;
pub mod key_node;
pub mod key_value;
pub mod limits;
mod log;
mod log_new;
mod log_old;
mod lookup;
mod marvin;
mod name;
mod offset;
mod overlay;
mod paged;
mod read;
mod recover;
mod replay;
mod security;
mod subkey_list;
mod subkeys;
mod time;
mod upcase;
mod value;
mod value_list;
mod value_type;
mod walk;

#[cfg(test)]
#[path = "../tests/it/corpus.rs"]
mod corpus;

pub use anomaly::{Anomaly, AnomalyKind};
pub use base_block::BaseBlock;
pub use cells::{CellEntry, CellItem, Cells};
pub use error::{Error, Structure, Tag};
pub use hive::{Hive, State};
pub use key::Key;
pub use key_node::{KeyFlags, KeyNode, LayerSemantics};
pub use key_value::{DataPlace, KeyValue};
pub use limits::{Limit, Limits, OpenOptions};
pub use log::{EntryFault, LogFormat, Refusal};
pub use name::Name;
pub use offset::{BINS_START, CellOffset, FileOffset};
pub use overlay::Overlay;
pub use paged::{MAX_PAGES, PAGE_SIZE, Paged, ReadPages};
pub use read::{ReadAt, ReadError, ReadFault};
pub use recover::{
    Certainty, DataState, Recovered, RecoveredKey, RecoveredValue, RegionKind, Unallocated, recover_deleted,
};
pub use replay::{AppliedLog, RefusedLog, ReplayReport, Replayed, replay};
pub use security::Security;
pub use subkeys::Subkeys;
pub use time::FileTime;
pub use value::Value;
pub use value_list::Values;
pub use value_type::ValueType;
pub use walk::{Walk, WalkError, WalkItem};
