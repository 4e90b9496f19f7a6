//! Directory entries, in the metadata of an image.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 8 | length | of the entry; 8 or less ends the directory |
//! | 8 | 4 | attributes | 0x10 directory, 0x400 reparse point, 0x4000 encrypted |
//! | 12 | 4 | security id | |
//! | 16 | 8 | subdirectory | where its entries start, from the start of the metadata; 0: none |
//! | 24 | 16 | – | |
//! | 40 | 8 × 3 | times | created, accessed, written |
//! | 64 | 20 | SHA-1 | of the content; zeros: empty, or in a stream |
//! | 84 | 4 | – | |
//! | 88 | 4 | reparse tag | if it is a reparse point |
//! | 96 | 2 | streams | further ones, which stand behind the entry |
//! | 98 | 2 | short name bytes | |
//! | 100 | 2 | name bytes | |
//! | 102 | … | name | UTF-16, with a NUL behind it; then the short name |
//!
//! Each entry and each stream starts at a multiple of 8. A stream:
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 8 | length | of the entry |
//! | 16 | 20 | SHA-1 | of the content |
//! | 36 | 2 | name bytes | 0: the content of the file itself |
//!
//! Source: Microsoft, "Windows Imaging File Format (WIM)" (2012), "DIRENTRY", "STREAMENTRY".

use hivekey_read_at::{ReadAt, wide};

use crate::error::{Error, FileOffset, Structure};
use crate::fields::{Fields, read_exact, read_vec, utf16};
use crate::limits::{Limit, Limits};

const FIXED_LEN: usize = 102;
const STREAM_LEN: usize = 38;
/// A length up to this ends a directory.
const END: u64 = 8;

const DIRECTORY: u32 = 0x10;
const REPARSE_POINT: u32 = 0x400;
const ENCRYPTED: u32 = 0x4000;
const NO_CONTENT: [u8; 20] = [0; 20];

/// A file or directory of an image.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name; empty for the root.
    pub name: String,
    pub(crate) image: usize,
    pub(crate) attributes: u32,
    pub(crate) subdirectory: FileOffset,
    reparse_tag: u32,
    pub(crate) sha1: Option<[u8; 20]>,
}

impl Entry {
    /// Whether it is a directory, also one that is a link.
    #[must_use]
    pub const fn is_directory(&self) -> bool {
        self.attributes & DIRECTORY != 0
    }

    /// The tag of a reparse point; what it holds is then the content of the file.
    #[must_use]
    pub const fn reparse_tag(&self) -> Option<u32> {
        if self.attributes & REPARSE_POINT != 0 { Some(self.reparse_tag) } else { None }
    }

    pub(crate) const fn is_encrypted(&self) -> bool {
        self.attributes & ENCRYPTED != 0
    }

    /// Reads the entry at `offset` of the metadata of image number `image`, and says where the next one starts; `None` at the end
    /// of the directory.
    pub(crate) fn read(
        metadata: &dyn ReadAt,
        image: usize,
        offset: FileOffset,
        limits: &Limits,
    ) -> Result<Option<(Self, FileOffset)>, Error> {
        let structure = Structure::DirectoryEntry;
        let mut head = [0; FIXED_LEN];
        // The end is shorter than an entry.
        let (length_bytes, others) = head.split_at_mut_checked(8).unwrap_or_default();
        read_exact(metadata, structure, offset, length_bytes)?;
        let length = length_bytes.first_chunk().copied().map_or(0, u64::from_le_bytes);
        if length <= END {
            return Ok(None);
        }
        read_exact(metadata, structure, offset.plus(8), others)?;
        let fields = Fields::new(&head, structure, offset);
        let name_len = usize::from(fields.u16(100)?);
        if length < wide(FIXED_LEN.saturating_add(name_len)) || length > u64::from(u32::MAX) {
            return Err(fields.wrong("length", length, "that of the fields and the name, below 4 GiB"));
        }
        let name = read_vec(metadata, structure, offset.plus(wide(FIXED_LEN)), name_len)?;
        let streams = fields.u16(96)?;
        if streams > limits.streams {
            return Err(Error::Limit { limit: Limit::Streams, value: limits.streams.into() });
        }
        let sha1 = Some(fields.array(64)?).filter(|sha1| *sha1 != NO_CONTENT);
        let mut entry = Self {
            name: utf16(&name),
            image,
            attributes: fields.u32(8)?,
            subdirectory: FileOffset(fields.u64(16)?),
            reparse_tag: fields.u32(88)?,
            sha1,
        };
        let mut next = aligned(offset.plus(length));
        for _ in 0..streams {
            let mut stream = [0; STREAM_LEN];
            read_exact(metadata, Structure::StreamEntry, next, &mut stream)?;
            let fields = Fields::new(&stream, Structure::StreamEntry, next);
            let length = fields.u64(0)?;
            if length < wide(STREAM_LEN) || length > u64::from(u32::MAX) {
                return Err(fields.wrong("length", length, "38 or more, below 4 GiB"));
            }
            if fields.u16(36)? == 0 && entry.sha1.is_none() {
                entry.sha1 = Some(fields.array(16)?).filter(|sha1| *sha1 != NO_CONTENT);
            }
            next = aligned(next.plus(length));
        }
        Ok(Some((entry, next)))
    }
}

fn aligned(offset: FileOffset) -> FileOffset {
    FileOffset(offset.0.checked_next_multiple_of(8).unwrap_or(u64::MAX))
}
