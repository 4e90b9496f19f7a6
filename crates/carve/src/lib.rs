#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod base_block;
mod bin;
mod carver;
mod collect;
mod control;
mod cut;
mod filter;
mod findings;
mod groups;
mod judge;
mod key_text;
mod limits;
mod numbers;
mod options;
mod read;
mod rejoin;
mod result;
mod scan;
mod source;
mod units;
mod window;

pub use base_block::{LostHive, RegfKind};
pub use bin::BinRun;
pub use carver::Carver;
pub use control::{Control, Progress};
pub use cut::Cut;
pub use findings::{Certainty, Hit, HitKind};
pub use groups::Group;
pub use limits::{DEFAULT_MAX_HITS, Limit, MAX_BAD_RANGES, MAX_BIN_RUNS, MAX_HIVES, MAX_REJOINS, REJOIN_RADIUS};
pub use options::{DEFAULT_WINDOW, Options};
pub use result::{BadRange, Carved, Counts, Outcome};
pub use source::RawSource;
