#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod blob;
pub mod browse;
pub mod carve;
pub mod decode;
pub mod explain;
pub mod firmware;
mod gather;
mod history;
mod hives;
mod inspect;
mod judgement;
mod key_search;
mod keys;
mod kms;
mod knowledge;
mod license;
pub mod matching;
mod options;
pub mod papers;
mod places;
mod reasoning;
mod recover;
pub mod report;
mod steps;
mod system;
mod texts;
mod verdict;
mod verify;
mod windows;
mod witness;

pub use hivekey_evidence::{ImageOptions, KeyError, Password, RecoveryKey, Secret};

pub use explain::{Explanation, explain};
pub use inspect::{inspect, inspect_each};
pub use options::Options;
pub use report::{Report, SourceReport};
pub use texts::Lang;
