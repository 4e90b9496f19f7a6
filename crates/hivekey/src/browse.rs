//! Hives as they are: keys, values, types, offsets and times, without a judgement.
//!
//! ```
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/server2019-backup");
//! let hives = hivekey::browse::Hives::open(path, &hivekey::Options::default())?;
//! let (hive, path) = hives.choose(r"SOFTWARE\Microsoft\Windows NT\CurrentVersion")?;
//! let key = hive.key(path)?.expect("a Windows has this key");
//! let build = key.value("CurrentBuild")?.expect("and this value");
//! println!("{} at {:#x}, key written {:?}", build.name(), build.offset(), key.last_written());
//! # assert_eq!(build.kind(), 1);
//! # Ok::<(), hivekey::browse::BrowseError>(())
//! ```

mod choice;
mod hive;
mod key;
#[cfg(test)]
mod tests;

pub use choice::Hives;
pub use hive::{BrowsedHive, Walk};
pub use key::{BrowsedKey, BrowsedValue, Subkeys, Values};

use crate::hives::HiveError;
use hivekey_evidence as evidence;
use hivekey_regf as regf;

/// Why something cannot be browsed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrowseError {
    /// The path cannot be read.
    #[error(transparent)]
    Source(#[from] evidence::Error),
    /// The hive cannot be read.
    #[error("{path}: {error}")]
    Open {
        /// Path of the hive inside the source.
        path: String,
        /// What is wrong with it.
        error: OpenError,
    },
    /// A part of the hive cannot be read.
    #[error(transparent)]
    Read(#[from] regf::Error),
    /// A part of the tree cannot be entered.
    #[error(transparent)]
    Walk(#[from] regf::WalkError),
    /// There is no hive at the path.
    #[error("there is no registry hive here")]
    NoHive,
    /// There are several hives, and the key does not begin with the name of one.
    #[error("there are several hives here; begin the key with the name of one: {}", names.join(", "))]
    ChooseHive {
        /// The names that can be chosen from.
        names: Vec<String>,
    },
    /// The name fits several hives.
    #[error("{name} could be any of these, so give the path of one: {}", paths.join(", "))]
    Ambiguous {
        /// The name.
        name: String,
        /// Paths of the hives inside the source.
        paths: Vec<String>,
    },
    /// The values name more data than the hive can hold: they share it, which only a crafted hive does.
    #[error("value at {offset:#x}: the values of this hive name more data than it can hold; the rest is not given")]
    TooMuchData {
        /// Bytes from the start of the hive file to the value.
        offset: u64,
    },
}

/// Why a hive file cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct OpenError(HiveError);

impl OpenError {
    /// A stable, kebab-case code, the same as in reports.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code()
    }
}

impl BrowseError {
    fn open(path: &str, error: HiveError) -> Self {
        Self::Open { path: path.to_owned(), error: OpenError(error) }
    }
}
