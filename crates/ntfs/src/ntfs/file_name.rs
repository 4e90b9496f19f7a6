//! `$FILE_NAME`: one name of a file in one directory; also the key of a directory's index.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 8 | parent | the directory |
//! | 8 | 4 × 8 | times | created, content changed, record changed, read |
//! | 40 | 8 | allocated | bytes of clusters |
//! | 48 | 8 | size | bytes of the content; brought up to date in the index only when the file is closed |
//! | 56 | 4 | flags | as in `$STANDARD_INFORMATION`; 0x400 reparse point; 0x10000000 directory |
//! | 60 | 4 | reparse tag | if it is a reparse point |
//! | 64 | 1 | name length | in UTF-16 units |
//! | 65 | 1 | namespace | 0 POSIX, 1 Windows, 2 DOS, 3 both |
//! | 66 | … | name | UTF-16 |
//!
//! Source: Microsoft, "FILE_NAME"; ntfs-3g.

use super::standard_information::FileTime;
use crate::error::Error;
use crate::offset::FileReference;
use crate::read::{Fields, utf16_units};

const REPARSE: u32 = 0x400;
const DIRECTORY: u32 = 0x1000_0000;

/// Which rules a name follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Namespace {
    /// Any character but `/` and NUL.
    Posix,
    /// A long name.
    Windows,
    /// A short name (8.3) beside a long one.
    Dos,
    /// A name that is both.
    WindowsAndDos,
    /// A number that has no meaning.
    Unknown(u8),
}

impl From<u8> for Namespace {
    fn from(field: u8) -> Self {
        match field {
            0 => Self::Posix,
            1 => Self::Windows,
            2 => Self::Dos,
            3 => Self::WindowsAndDos,
            other => Self::Unknown(other),
        }
    }
}

/// A name of a file, with what the directory knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileName {
    /// The directory that the name is in.
    pub(super) parent: FileReference,
    /// When the content last changed, as the directory knows it.
    pub(super) modified: FileTime,
    /// Bytes of the content, as the directory knows it.
    pub(super) size: u64,
    /// Which rules the name follows.
    pub(super) namespace: Namespace,
    /// The name in UTF-16.
    pub(super) units: Vec<u16>,
    flags: u32,
    tag: u32,
}

impl FileName {
    pub(super) fn parse(fields: &Fields<'_>) -> Result<Self, Error> {
        let name_len = usize::from(fields.u8(64)?).saturating_mul(2);
        Ok(Self {
            parent: FileReference::from_field(fields.u64(0)?),
            modified: FileTime(fields.u64(16)?),
            size: fields.u64(48)?,
            namespace: Namespace::from(fields.u8(65)?),
            units: utf16_units(fields.slice(66, name_len)?),
            flags: fields.u32(56)?,
            tag: fields.u32(60)?,
        })
    }

    /// The name as text; a lone surrogate becomes U+FFFD.
    pub(super) fn text(&self) -> String {
        String::from_utf16_lossy(&self.units)
    }

    /// Whether it is the name of a directory.
    pub(super) const fn is_directory(&self) -> bool {
        self.flags & DIRECTORY != 0
    }

    /// The tag of a reparse point.
    pub(super) fn reparse_tag(&self) -> Option<u32> {
        (self.flags & REPARSE != 0).then_some(self.tag)
    }
}
