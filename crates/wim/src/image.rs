//! One image: its metadata, which hold its directories.
//!
//! The metadata start with security descriptors: 4 bytes their length altogether, 4 their number, 8 the length of each, then they
//! themselves. At the next multiple of 8 stands the entry of the root. Source: Microsoft, "Windows Imaging File Format (WIM)" (2012),
//! "SECURITYBLOCK_DISK".

use std::sync::Arc;

use hivekey_read_at::{ReadAt, wide};

use crate::dentry::Entry;
use crate::error::{Error, FileOffset, Structure};
use crate::fields::{Fields, read_exact};
use crate::limits::Limits;

/// An image.
#[derive(Clone)]
pub struct Image {
    pub(crate) metadata: Arc<dyn ReadAt>,
    root: Entry,
}

/// What a directory holds.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Listing {
    /// The entries, in their order.
    pub entries: Vec<Entry>,
    /// What kept the rest from being read.
    pub stopped: Option<Error>,
}

impl Image {
    pub(crate) fn open(metadata: Arc<dyn ReadAt>, number: usize, limits: &Limits) -> Result<Self, Error> {
        let mut head = [0; 8];
        read_exact(&metadata, Structure::SecurityData, FileOffset(0), &mut head)?;
        let fields = Fields::new(&head, Structure::SecurityData, FileOffset(0));
        let (length, count) = (fields.u32(0)?, fields.u32(4)?);
        // Without descriptors, writers put any length below that of the two fields.
        let length = u64::from(length).max(8);
        if u64::from(count).saturating_mul(8) > length {
            return Err(fields.wrong("number", count, "no more than their length has room for"));
        }
        let at = FileOffset(length.next_multiple_of(8));
        let (root, _) = Entry::read(&metadata, number, at, limits)?.ok_or(Error::Truncated {
            structure: Structure::DirectoryEntry,
            offset: at,
            needed: wide(102),
            available: 0,
        })?;
        Ok(Self { metadata, root })
    }

    /// The directory at the top.
    #[must_use]
    pub fn root(&self) -> Entry {
        self.root.clone()
    }

    /// What lies in a directory, at most `most` entries.
    pub(crate) fn entries(&self, directory: &Entry, most: usize, limits: &Limits) -> Listing {
        let mut listing = Listing::default();
        // A directory of nothing.
        if directory.subdirectory.0 == 0 {
            return listing;
        }
        let mut at = directory.subdirectory;
        while listing.entries.len() < most {
            match Entry::read(&self.metadata, directory.image, at, limits) {
                Ok(Some((entry, next))) => {
                    listing.entries.push(entry);
                    at = next;
                }
                Ok(None) => break,
                Err(error) => {
                    listing.stopped = Some(error);
                    break;
                }
            }
        }
        listing
    }
}
