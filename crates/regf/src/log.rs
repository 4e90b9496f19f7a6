//! What both formats of transaction logs begin with: a copy of the first 512 bytes of the base block.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 512 | base block | as in a hive, but file type 1 or 2 (old format) or 6 (new format); own sequence numbers and checksum |
//! | 512 | … | old: dirty vector and pages; new: entries | see the modules of the two formats |
//!
//! A log whose two sequence numbers differ was being written; an empty file is a log that was never needed.
//!
//! Source: M. Suhanov, "Windows registry file format specification", format of transaction log files.

use alloc::boxed::Box;

use crate::base_block::{BaseBlock, HEAD_LEN, SIGNATURE};
use crate::error::{Error, Structure, Tag};
use crate::limits::Limit;
use crate::offset::FileOffset;
use crate::read::{ReadAt, ReadError, array, read_clipped};
use crate::time::FileTime;

/// Logs that are shorter hold no page.
const MIN_LEN: u64 = 1024;

/// The two formats of transaction logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogFormat {
    /// Dirty vector and pages (`DIRT`), up to Windows 8.
    Old,
    /// Entries (`HvLE`), since Windows 8.1.
    New,
}

/// Why a log, or the rest of one, was not applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The hive is clean, so it is newer than its logs, whatever they hold.
    #[error("the hive is clean, its logs are of no use")]
    HiveClean,
    /// The file is empty, as logs are that were never needed.
    #[error("the log is empty")]
    Empty,
    /// The file is too short to hold a page.
    #[error("the log has {len} bytes, too few for an entry")]
    TooShort {
        /// Its length in bytes.
        len: u64,
    },
    /// The file does not start with `regf`.
    #[error("not a log: it starts with {found} instead of \"regf\"")]
    NotALog {
        /// Its first four bytes.
        found: Tag,
    },
    /// The checksum of its base block does not match.
    #[error("base block checksum of the log is {stored:#010x}, computed {computed:#010x}")]
    Checksum {
        /// As stored.
        stored: u32,
        /// As computed.
        computed: u32,
    },
    /// The log was still being written.
    #[error("the log is unfinished: its sequence numbers are {primary} and {secondary}")]
    Unfinished {
        /// Raised before a write.
        primary: u32,
        /// Raised after a write.
        secondary: u32,
    },
    /// The file type is that of no log.
    #[error("file type {actual} is that of no log (1, 2 or 6)")]
    FileType {
        /// The field.
        actual: u32,
    },
    /// All that the log holds is in the hive already.
    #[error("the log is older than the hive: it starts at {sequence}, the hive is at {hive}")]
    Stale {
        /// The sequence number of the log.
        sequence: u32,
        /// The secondary sequence number of the hive.
        hive: u32,
    },
    /// The log does not go on where the one before it ended.
    #[error("the log starts at {sequence}, {expected} would follow")]
    NotConsecutive {
        /// The sequence number of the log.
        sequence: u32,
        /// The number that would follow.
        expected: u32,
    },
    /// No entry could be applied before it.
    #[error("the log before it could not be applied")]
    AfterFailed,
    /// A later log is used alone, because the base block of the hive is broken and is taken from it.
    #[error("the base block of the hive is broken, and a later log is used for it")]
    Superseded,
    /// Another log fits better or is of the newer format.
    #[error("another log is used")]
    NotChosen,
    /// The time of the log is not that of the hive (old format).
    #[error("the log is of another time than the hive: {} and {} (100 ns since 1601)", .log.0, .hive.0)]
    Timestamp {
        /// Time of the last write in the log.
        log: FileTime,
        /// Time of the last write in the hive.
        hive: FileTime,
    },
    /// An entry is not as it must be.
    #[error("entry at {offset}: {fault}")]
    Entry {
        /// Where it lies in the log.
        offset: FileOffset,
        /// What is wrong with it.
        fault: EntryFault,
    },
    /// The dirty vector or its pages are not as they must be (old format).
    #[error(transparent)]
    DirtyVector(Box<Error>),
    /// A limit of [`Limits`](crate::Limits) was reached.
    #[error("limit reached: {limit} (at most {max})")]
    LimitReached {
        /// Which limit.
        limit: Limit,
        /// Its value.
        max: u64,
    },
    /// The source of the log failed.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// What is wrong with an entry of a log of the new format.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryFault {
    /// It does not start with `HvLE`: the end of the entries, as a rule.
    #[error("signature {found} instead of \"HvLE\"")]
    Signature {
        /// What stands there.
        found: Tag,
    },
    /// The sequence number is not the next one: an entry of an earlier use of the log, as a rule.
    #[error("sequence number {found}, expected {expected}")]
    Sequence {
        /// The field.
        found: u32,
        /// The next number.
        expected: u32,
    },
    /// The size is no multiple of 512, too small for its references and pages, or reaches past the end of the log.
    #[error("impossible size {size:#x}")]
    Size {
        /// The field.
        size: u32,
    },
    /// The size of the hive bins is no multiple of 4096, or zero.
    #[error("impossible size of the hive bins {size:#x}")]
    BinsSize {
        /// The field.
        size: u32,
    },
    /// It has no page, or one that lies outside the hive bins.
    #[error("page {index} of {count} is outside the hive")]
    Page {
        /// The page, counted from 0.
        index: u32,
        /// The number of pages.
        count: u32,
    },
    /// Hash-1, over references and pages, does not match.
    #[error("hash of the pages is {stored:#018x}, computed {computed:#018x}")]
    PagesHash {
        /// As stored.
        stored: u64,
        /// As computed.
        computed: u64,
    },
    /// Hash-2, over the header, does not match.
    #[error("hash of the header is {stored:#018x}, computed {computed:#018x}")]
    HeaderHash {
        /// As stored.
        stored: u64,
        /// As computed.
        computed: u64,
    },
}

/// The base block of a log that passed the checks which both formats share.
#[derive(Clone, Debug)]
pub(crate) struct LogHead {
    pub(crate) base: BaseBlock,
    pub(crate) bytes: [u8; HEAD_LEN],
    pub(crate) format: LogFormat,
}

impl LogHead {
    /// Reads and judges the base block of a log.
    pub(crate) fn read<L: ReadAt>(log: &L) -> Result<Self, Refusal> {
        let len = log.len();
        if len == 0 {
            return Err(Refusal::Empty);
        }
        let head = read_clipped(log, 0, HEAD_LEN)?;
        if let Some(found) = array::<4>(&head, 0).filter(|found| *found != SIGNATURE) {
            return Err(Refusal::NotALog { found: found.into() });
        }
        let (Some(bytes), true) = (array::<HEAD_LEN>(&head, 0), len >= MIN_LEN) else {
            return Err(Refusal::TooShort { len });
        };
        let base = BaseBlock::parse(&bytes, Structure::LogBaseBlock).map_err(|_| Refusal::TooShort { len })?;
        if !base.checksum_ok() {
            return Err(Refusal::Checksum { stored: base.checksum_stored, computed: base.checksum_computed });
        }
        let format = match base.file_type {
            1 | 2 => LogFormat::Old,
            6 => LogFormat::New,
            actual => return Err(Refusal::FileType { actual }),
        };
        if !base.sequences_equal() {
            return Err(Refusal::Unfinished { primary: base.primary_sequence, secondary: base.secondary_sequence });
        }
        Ok(Self { base, bytes, format })
    }
}
