//! What ends a command before its work is done.

use std::io;
use std::path::PathBuf;

use hivekey::KeyError;
use hivekey::browse::BrowseError;
use hivekey::firmware::TableError;
use thiserror::Error;

/// Why a command could not do its work.
#[derive(Debug, Error)]
pub enum Failure {
    /// Writing data failed.
    #[error("cannot write the output: {0}")]
    Write(#[from] io::Error),
    /// The output file cannot be made.
    #[error("cannot write {}: {error}", path.display())]
    Create { path: PathBuf, error: io::Error },
    /// The output file would change the evidence.
    #[error("refusing to write {}: it belongs to the evidence at {}", path.display(), evidence.display())]
    OutputIsEvidence { path: PathBuf, evidence: PathBuf },
    /// The output file is a registry hive.
    #[error("refusing to overwrite {}: it is a registry hive", path.display())]
    OutputIsHive { path: PathBuf },
    /// The input cannot be read.
    #[error("cannot read {}: {error}", path.display())]
    Input { path: PathBuf, error: io::Error },
    /// A recovery key is none.
    #[error("--recovery-key: {0}")]
    RecoveryKey(KeyError),
    /// The hive cannot be browsed.
    #[error("{}: {error}", path.display())]
    Browse { path: PathBuf, error: Box<BrowseError> },
    /// There is no such key.
    #[error("{}: no key {key} in {hive}", path.display())]
    NoKey { path: PathBuf, hive: String, key: String },
    /// There is no such value.
    #[error("{}: no value {value} in {key}", path.display())]
    NoValue { path: PathBuf, key: String, value: String },
    /// There is no such installation.
    #[error("there is no installation {root}; there is: {known}")]
    NoInstallation { root: String, known: String },
    /// There is no such code.
    #[error("no finding and no step has the code {code}; hivekey explain lists them all")]
    NoCode { code: String },
    /// The file is no firmware table.
    #[error("{}: {error}", path.display())]
    Table { path: PathBuf, error: TableError },
    /// The list of keys holds none.
    #[error("{}: no product key in it", path.display())]
    NoKnownKeys { path: PathBuf },
    /// Standard input cannot be two lists.
    #[error("standard input cannot be both the list of keys and the list of paths")]
    StandardInputTwice,
    /// The list of sources cannot be read.
    #[error("cannot read the list of paths in {}: {error}", path.display())]
    List { path: PathBuf, error: io::Error },
}

impl Failure {
    /// Whether the reader of the output went away: what was asked for has been delivered as far as it was wanted.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Write(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// What a run amounted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Everything was read, and each source held what was looked for.
    Complete,
    /// Everything was read, but at least one source held no Windows.
    Missing,
    /// Something could not be read.
    Unreadable,
    /// The user ended it before its end.
    Interrupted,
}

impl Outcome {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Missing => 1,
            Self::Unreadable => 2,
            // As a shell reports a program that an interrupt ended.
            Self::Interrupted => 130,
        }
    }
}
