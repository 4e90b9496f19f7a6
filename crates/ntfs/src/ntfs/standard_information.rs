//! `$STANDARD_INFORMATION`: times and flags of a file.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 8 | created | 100-nanosecond steps since 1601-01-01 UTC, like the other times |
//! | 8 | 8 | modified | content changed |
//! | 16 | 8 | changed | record changed |
//! | 24 | 8 | read | |
//! | 32 | 4 | flags | 1 read-only, 2 hidden, 4 system, 0x800 compressed, 0x400 reparse point, 0x4000 encrypted, … |
//!
//! Source: Microsoft, "STANDARD_INFORMATION"; File Attribute Constants.

use crate::error::Error;
use crate::read::Fields;

/// A time of Windows: 100-nanosecond steps since 1601-01-01 00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileTime(pub u64);

/// Times and flags of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StandardInformation {
    /// When the file was made.
    pub created: FileTime,
    /// When its content last changed.
    pub modified: FileTime,
    /// When its record last changed.
    pub changed: FileTime,
    /// When it was last read, as far as Windows keeps that.
    pub read: FileTime,
    /// `FILE_ATTRIBUTE_…` flags.
    pub flags: u32,
}

impl StandardInformation {
    pub(super) fn parse(fields: &Fields<'_>) -> Result<Self, Error> {
        Ok(Self {
            created: FileTime(fields.u64(0)?),
            modified: FileTime(fields.u64(8)?),
            changed: FileTime(fields.u64(16)?),
            read: FileTime(fields.u64(24)?),
            flags: fields.u32(32)?,
        })
    }
}
