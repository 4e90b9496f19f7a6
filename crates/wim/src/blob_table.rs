//! The blob table of a part: what is stored where, by the SHA-1 of its content.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 24 | resource | a resource header |
//! | 24 | 2 | part | in which it lies |
//! | 26 | 4 | references | |
//! | 30 | 20 | SHA-1 | of the unpacked bytes |
//!
//! The metadata of the images stand in their order. Entries of solid resources, one or more, come before those of what lies in them:
//! these count their offsets through all resources of the run. Source: Microsoft, "Windows Imaging File Format (WIM)" (2012), "Lookup
//! table"; wimlib for solid resources.

use hivekey_read_at::wide;

use crate::error::{Error, FileOffset, Structure};
use crate::fields::Fields;
use crate::resource_header::ResourceHeader;

pub(crate) const ENTRY_LEN: usize = 50;

/// One entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlobEntry {
    pub(crate) resource: ResourceHeader,
    pub(crate) part: u16,
    pub(crate) sha1: [u8; 20],
}

impl BlobEntry {
    /// `offset`: where the table lies.
    pub(crate) fn parse(bytes: &[u8], number: usize, offset: FileOffset) -> Result<Self, Error> {
        let at = number.saturating_mul(ENTRY_LEN);
        let bytes = bytes.get(at..).unwrap_or_default();
        let fields = Fields::new(bytes, Structure::BlobTable, offset.plus(wide(at)));
        Ok(Self {
            resource: ResourceHeader::parse(&fields, 0)?,
            part: fields.u16(ResourceHeader::LEN)?,
            sha1: fields.array(30)?,
        })
    }
}
