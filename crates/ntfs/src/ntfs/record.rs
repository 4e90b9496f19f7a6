//! A record of the Master File Table.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | signature | `FILE`; `BAAD` where a check found it torn |
//! | 4 | 4 | update sequence | see the fix-up |
//! | 8 | 8 | LSN | place in the journal |
//! | 16 | 2 | sequence | raised each time the record is given free |
//! | 18 | 2 | links | hard links |
//! | 20 | 2 | attributes | where the first attribute lies |
//! | 22 | 2 | flags | 1 in use, 2 directory |
//! | 24 | 4 | used | bytes of the record that are used |
//! | 28 | 4 | allocated | bytes of the record |
//! | 32 | 8 | base | the record that this one extends; 0 for a file of its own |
//! | 44 | 4 | number | of this record (Windows XP and later) |
//!
//! Source: Microsoft, "FILE_RECORD_SEGMENT_HEADER"; ntfs-3g.

use super::attribute::Attributes;
use super::fixup;
use crate::anomaly::Anomaly;
use crate::error::{Error, Structure};
use crate::offset::{DeviceOffset, FileReference, RecordNumber};
use crate::read::Fields;

const IN_USE: u16 = 1;
const DIRECTORY: u16 = 2;

#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) number: RecordNumber,
    pub(super) offset: DeviceOffset,
    pub(super) sequence: u16,
    pub(super) links: u16,
    /// The record that this one extends.
    pub(super) base: Option<FileReference>,
    flags: u16,
    attributes: usize,
    used: usize,
    bytes: Box<[u8]>,
}

impl Record {
    /// Takes a record as it lies on the device; a torn one is given with what is wrong.
    pub(super) fn parse(
        number: RecordNumber,
        offset: DeviceOffset,
        mut bytes: Vec<u8>,
    ) -> Result<(Self, Option<Anomaly>), Error> {
        Fields::new(&bytes, Structure::MftRecord, offset).signature(*b"FILE")?;
        let torn = fixup::apply(&mut bytes, Structure::MftRecord, offset)?;
        let fields = Fields::new(&bytes, Structure::MftRecord, offset);
        let base = fields.u64(32)?;
        let used = usize::try_from(fields.u32(24)?).unwrap_or(usize::MAX);
        let record = Self {
            number,
            offset,
            sequence: fields.u16(16)?,
            links: fields.u16(18)?,
            base: (base != 0).then(|| FileReference::from_field(base)),
            flags: fields.u16(22)?,
            attributes: usize::from(fields.u16(20)?),
            // Attributes end with a mark of their own; a wrong length must not hide them.
            used: if used < 56 || used > bytes.len() { bytes.len() } else { used },
            bytes: bytes.into_boxed_slice(),
        };
        Ok((record, torn))
    }

    pub(super) const fn is_in_use(&self) -> bool {
        self.flags & IN_USE != 0
    }

    pub(super) const fn is_directory(&self) -> bool {
        self.flags & DIRECTORY != 0
    }

    pub(super) const fn reference(&self) -> FileReference {
        FileReference { record: self.number, sequence: self.sequence }
    }

    /// The attributes, up to the first whose length cannot be true.
    pub(super) fn attributes(&self) -> Attributes<'_> {
        let used = self.bytes.get(..self.used).unwrap_or(&self.bytes);
        Attributes::new(Fields::new(used, Structure::MftRecord, self.offset), self.attributes)
    }
}
