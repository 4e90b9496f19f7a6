//! The named limits that bound work and memory on any input.

use core::fmt;

/// Depth of the deepest key that Windows allows ("registry tree depth", 512 levels).
pub const MAX_DEPTH: u32 = 512;

/// Keys of one walk. A hive holds one key per 88 bytes at most and may have 2 GiB; real ones have some 100 000 to a million.
pub const MAX_KEYS: u64 = 8_000_000;

/// List elements and values that one walk, one list, one look-up or one recovery goes through, bad ones included. Far more
/// than real hives have, so that only forged lists get there.
pub const MAX_ELEMENTS: u64 = 16_000_000;

/// Bytes of one value. Windows writes values of some megabytes at most.
pub const MAX_VALUE_LEN: u32 = 64 << 20;

/// Bytes that a transaction log may add to a hive.
pub const MAX_GROWTH: u64 = 512 << 20;

/// Bytes of pages that are kept from transaction logs.
pub const MAX_LOG_PAGES: u64 = 512 << 20;

/// Bytes of all paths that a walk gives: a million keys, each with a path of a thousand bytes.
pub const MAX_WALK_PATH_BYTES: u64 = 1 << 30;

/// Records that a recovery of deleted cells gives back.
pub const MAX_RECOVERED: u64 = 500_000;

/// Bytes of all paths that a recovery gives back.
pub const MAX_PATH_BYTES: u64 = 128 << 20;

/// A limit that can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::max_depth`].
    Depth,
    /// [`Limits::max_keys`].
    Keys,
    /// [`Limits::max_elements`].
    Elements,
    /// [`Limits::max_value_len`].
    ValueLen,
    /// [`Limits::max_growth`].
    Growth,
    /// [`Limits::max_log_pages`].
    LogPages,
    /// [`Limits::max_recovered`].
    Recovered,
    /// [`Limits::max_path_bytes`].
    PathBytes,
    /// [`Limits::max_walk_path_bytes`].
    WalkPathBytes,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Depth => "depth of keys",
            Self::Keys => "keys in one walk",
            Self::Elements => "list elements",
            Self::ValueLen => "bytes of one value",
            Self::Growth => "bytes added to a hive by its logs",
            Self::LogPages => "bytes of pages kept from logs",
            Self::Recovered => "records recovered",
            Self::WalkPathBytes => "bytes of the paths in one walk",
            Self::PathBytes => "bytes of the paths of records recovered",
        })
    }
}

/// How much work and memory one operation may take. The defaults are the constants of the same names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Levels below the root that a walk goes down; the root is level 0.
    pub max_depth: u32,
    /// Keys that one walk gives.
    pub max_keys: u64,
    /// List elements and values that one walk, one list of subkeys, one look-up or one recovery goes through.
    pub max_elements: u64,
    /// Bytes of one value's data.
    pub max_value_len: u32,
    /// Bytes by which logs may grow a hive.
    pub max_growth: u64,
    /// Bytes of pages held from logs.
    pub max_log_pages: u64,
    /// Records that a recovery gives back.
    pub max_recovered: u64,
    /// Bytes of all paths that a recovery gives back.
    pub max_path_bytes: u64,
    /// Bytes of all paths that one walk gives.
    pub max_walk_path_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_depth: MAX_DEPTH,
            max_keys: MAX_KEYS,
            max_elements: MAX_ELEMENTS,
            max_value_len: MAX_VALUE_LEN,
            max_growth: MAX_GROWTH,
            max_log_pages: MAX_LOG_PAGES,
            max_recovered: MAX_RECOVERED,
            max_path_bytes: MAX_PATH_BYTES,
            max_walk_path_bytes: MAX_WALK_PATH_BYTES,
        }
    }
}

/// How a hive is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// Refuse what is not as the format demands, instead of noting it in [`Hive::anomalies`](crate::Hive::anomalies).
    /// All bin headers are then read, too.
    pub strict: bool,
    /// Bounds of work and memory.
    pub limits: Limits,
}
