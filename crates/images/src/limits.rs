//! How much an image may ask of the reader, and what the reader is to do with it.

use std::fmt;

/// Bounds on what an image can make the reader spend. Each is generous for honest images; [`crate::Error::Limit`] names
/// the one that was hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Images in a chain of parents, the one opened first included.
    pub chain: usize,
    /// Segments or extents that one image may consist of. EWF names end at `.ZZZ`, the 14,971st.
    pub segments: usize,
    /// Size of the virtual disk in bytes.
    pub disk_bytes: u64,
    /// Size of one unit of compression (cluster, grain, chunk) in bytes.
    pub unit_bytes: u64,
    /// Unpacked units kept in memory, in bytes, per image of a chain. At least one unit is kept.
    pub cached_unit_bytes: u64,
    /// Pages of tables (4 KiB each) kept in memory, per image of a chain.
    pub cached_table_pages: usize,
    /// Size of a log that is replayed, in bytes.
    pub log_bytes: u64,
    /// Bytes that are read of one description: text descriptor, metadata table, list of snapshots.
    pub description_bytes: u64,
    /// Entries of an index that has to be built because the format has none (ntfsclone, EWF sections).
    pub index_entries: usize,
    /// Anomalies that are kept; more are counted only.
    pub anomalies: usize,
}

impl Limits {
    /// The default of every bound.
    pub const DEFAULT: Self = Self {
        chain: 64,
        segments: 16_384,
        disk_bytes: 1 << 50,
        unit_bytes: 32 << 20,
        cached_unit_bytes: 8 << 20,
        cached_table_pages: 256,
        log_bytes: 32 << 20,
        description_bytes: 4 << 20,
        index_entries: 1 << 20,
        anomalies: 64,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// One bound of [`Limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LimitName {
    /// [`Limits::chain`].
    Chain,
    /// [`Limits::segments`].
    Segments,
    /// [`Limits::disk_bytes`].
    DiskBytes,
    /// [`Limits::unit_bytes`].
    UnitBytes,
    /// [`Limits::log_bytes`].
    LogBytes,
    /// [`Limits::description_bytes`].
    DescriptionBytes,
    /// [`Limits::index_entries`].
    IndexEntries,
}

impl fmt::Display for LimitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chain => "images in a chain of parents",
            Self::Segments => "segments of an image",
            Self::DiskBytes => "bytes of the virtual disk",
            Self::UnitBytes => "bytes of a unit of compression",
            Self::LogBytes => "bytes of the log",
            Self::DescriptionBytes => "bytes of a description",
            Self::IndexEntries => "entries of an index",
        })
    }
}

/// How an image is to be opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Bounds on what the image may ask.
    pub limits: Limits,
    /// The internal snapshot to read instead of the current state, by name or id (QCOW2).
    pub snapshot: Option<String>,
    /// Go on with a parent whose identity is not the one that the child names; the mismatch is then an anomaly. Parts of
    /// the disk may then be from another time than the rest.
    pub accept_wrong_parent: bool,
}

impl Options {
    /// The same with other bounds.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same for the internal snapshot of this name or id.
    #[must_use]
    pub fn with_snapshot(mut self, snapshot: impl Into<String>) -> Self {
        self.snapshot = Some(snapshot.into());
        self
    }

    /// The same, accepting or refusing a parent of another identity.
    #[must_use]
    pub fn accepting_wrong_parent(mut self, accept: bool) -> Self {
        self.accept_wrong_parent = accept;
        self
    }
}
