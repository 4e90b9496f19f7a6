//! What an inspection says: the types behind the JSON contract (`schema_version` 1).
//!
//! Absent facts are `None` (JSON `null`), lists may be empty, times are RFC 3339 UTC, and offsets are bytes from the start
//! of the hive file. `report.schema.json` in the repository describes the same shapes.

mod codes;
mod installation;
mod note;
mod product_key;
mod time;

pub use codes::{FindingCode, Level, StepCode};
pub use installation::{HiveReport, HiveRole, HiveState, Installation, License, ServerBackup, Windows};
pub use note::{Args, Finding, NextStep};
pub use product_key::{Evidence, FoundIn, Generic, GenericKind, IntegrityMark, KeyText, ProductKey, Verdict};
pub use time::Timestamp;

use serde::Serialize;

/// The version of the JSON contract that this library writes.
pub const SCHEMA_VERSION: u32 = 1;

/// The whole answer: one entry a source, in the order asked for.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Version of the JSON contract.
    pub schema_version: u32,
    /// What wrote the report.
    pub tool: Tool,
    /// One entry a path that was asked for.
    pub sources: Vec<SourceReport>,
}

impl Report {
    /// A report of these sources.
    #[must_use]
    pub fn new(sources: Vec<SourceReport>) -> Self {
        Self { schema_version: SCHEMA_VERSION, tool: Tool::default(), sources }
    }

    /// Every installation of every source, in order.
    pub fn installations(&self) -> impl Iterator<Item = &Installation> {
        self.sources.iter().flat_map(|source| source.installations.iter())
    }
}

/// Name and version of the program that wrote a report.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Tool {
    /// `hivekey`.
    pub name: &'static str,
    /// The version of the library.
    pub version: &'static str,
}

impl Default for Tool {
    fn default() -> Self {
        Self { name: "hivekey", version: env!("CARGO_PKG_VERSION") }
    }
}

/// What was read at one path.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct SourceReport {
    /// The path as it was given; bytes that are not UTF-8 are shown as U+FFFD.
    pub path: String,
    /// What the path holds: `hive`, `directory`, or the name of an image or archive format.
    pub kind: String,
    /// Whether it could be read, and whether a Windows was in it.
    pub status: Status,
    /// Why it could not be read, or not wholly.
    pub error: Option<SourceError>,
    /// Bytes read from the evidence, as far as the reader can count them.
    pub bytes_read: u64,
    /// The Windows installations found, the live one before older ones.
    pub installations: Vec<Installation>,
    /// What concerns the source as a whole: folders that could not be read, links that lead outside.
    pub findings: Vec<Finding>,
}

/// The state of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Status {
    /// Read, and at least one installation was in it.
    Ok,
    /// Read, and no Windows was in it.
    NoWindows,
    /// Could not be read, or not the part that the answer needs.
    Error,
}

/// Why a source could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SourceError {
    /// A stable, kebab-case code.
    pub code: &'static str,
    /// What happened, with file, structure and offset where there is one.
    pub message: String,
}
