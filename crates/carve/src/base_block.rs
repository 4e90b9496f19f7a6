//! The base block of a registry hive, as far as a sweep needs it to name a lost hive.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | signature | `regf` |
//! | 4 | 4 | primary sequence number | raised when a write begins |
//! | 8 | 4 | secondary sequence number | raised when a write has ended |
//! | 12 | 8 | last written | FILETIME |
//! | 20 | 4 | major version | 1 |
//! | 24 | 4 | minor version | 3 to 6 |
//! | 28 | 4 | file type | 0 hive; 1, 2 log of the old format; 6 log of the new format |
//! | 40 | 4 | hive bins size | bytes, a multiple of 4096 |
//! | 48 | 64 | file name | UTF-16LE, the end of the path |
//! | 508 | 4 | checksum | XOR of the 127 numbers before it; 0 is stored as 1, −1 as −2 |
//!
//! Source: M. Suhanov, "Windows registry file format specification", base block. The full reader is `hivekey-regf`.

use std::fmt;

use crate::numbers::{u32_at, u64_at};

/// The first bytes.
pub(crate) const SIGNATURE: [u8; 4] = *b"regf";
/// Bytes that the checksum covers, its own included.
pub(crate) const HEAD: usize = 512;
/// Bytes before the first hive bin.
pub(crate) const BASE_BLOCK: u64 = 4096;

const PRIMARY_SEQUENCE: usize = 4;
const SECONDARY_SEQUENCE: usize = 8;
const LAST_WRITTEN: usize = 12;
const MAJOR: usize = 20;
const MINOR: usize = 24;
const FILE_TYPE: usize = 28;
const BINS_SIZE: usize = 40;
const FILE_NAME: usize = 48;
const FILE_NAME_UNITS: usize = 32;
const CHECKSUM: usize = 508;

/// What a base block says of the file that it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RegfKind {
    /// A hive.
    Hive,
    /// A transaction log, old or new format: no bins follow, but it may hold the newest values.
    Log,
    /// Another file type, by its number.
    Other(u32),
}

/// A base block with a valid checksum, and what of its hive lies behind it.
///
/// Only the base block is shown to be intact. Take [`size`](Self::size) bytes from [`offset`](Self::offset) as the hive: where
/// [`is_whole`](Self::is_whole) holds, they are one; otherwise the hive is fragmented or overwritten behind
/// [`bins_in_place`](Self::bins_in_place).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LostHive {
    /// Where the base block begins, in bytes from the start of the source.
    pub offset: u64,
    /// Hive or log.
    pub kind: RegfKind,
    /// Size of all hive bins in bytes, as the base block has it.
    pub bins_size: u64,
    /// Bytes of hive bins found where this hive has them.
    pub bins_in_place: u64,
    /// Where the last of these bins ends, in bytes from the base block: what lies behind is somebody else's. The size of the base
    /// block where there are none.
    pub end_in_place: u64,
    /// Major and minor version.
    pub version: (u32, u32),
    /// Primary and secondary sequence number; the hive is clean when they are equal.
    pub sequences: (u32, u32),
    /// When the hive was last written, as a FILETIME: units of 100 ns since 1601-01-01 UTC.
    pub last_written: u64,
    /// The end of the path that the file had; evidence, to be escaped before it is shown.
    pub file_name: String,
}

impl LostHive {
    /// Reads a base block from the bytes at `offset`; `None` unless signature, checksum and sizes hold.
    pub(crate) fn read(offset: u64, bytes: &[u8]) -> Option<Self> {
        let head = bytes.first_chunk::<HEAD>()?;
        if !head.starts_with(&SIGNATURE) || u32_at(head, CHECKSUM)? != checksum(head) {
            return None;
        }
        let bins_size = u64::from(u32_at(head, BINS_SIZE)?);
        if bins_size.checked_rem(4096) != Some(0) {
            return None;
        }
        Some(Self {
            offset,
            kind: match u32_at(head, FILE_TYPE)? {
                0 => RegfKind::Hive,
                1 | 2 | 6 => RegfKind::Log,
                other => RegfKind::Other(other),
            },
            bins_size,
            bins_in_place: 0,
            end_in_place: BASE_BLOCK,
            version: (u32_at(head, MAJOR)?, u32_at(head, MINOR)?),
            sequences: (u32_at(head, PRIMARY_SEQUENCE)?, u32_at(head, SECONDARY_SEQUENCE)?),
            last_written: u64_at(head, LAST_WRITTEN)?,
            file_name: file_name(head),
        })
    }

    /// Bytes of the whole file: base block and hive bins. For a log this is the size of its hive.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.bins_size.saturating_add(BASE_BLOCK)
    }

    /// Whether all hive bins lie where the base block has them, so that the bytes can be read as a hive.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        matches!(self.kind, RegfKind::Hive) && self.bins_in_place >= self.bins_size
    }
}

impl fmt::Display for RegfKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hive => f.pad("hive"),
            Self::Log => f.pad("transaction log"),
            Self::Other(number) => write!(f, "file type {number}"),
        }
    }
}

/// The XOR of all numbers before the checksum, with the two values that Windows never stores replaced.
fn checksum(head: &[u8; HEAD]) -> u32 {
    let (numbers, _) = head.as_chunks::<4>();
    let covered = numbers.iter().take(CHECKSUM / 4);
    match covered.fold(0, |sum, &number| sum ^ u32::from_le_bytes(number)) {
        0 => 1,
        u32::MAX => u32::MAX - 1,
        sum => sum,
    }
}

fn file_name(head: &[u8; HEAD]) -> String {
    let (units, _) = head.get(FILE_NAME..).unwrap_or_default().as_chunks::<2>();
    let units = units.iter().take(FILE_NAME_UNITS);
    let units = units.map(|&unit| u16::from_le_bytes(unit));
    char::decode_utf16(units.take_while(|&unit| unit != 0)).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
