//! An attribute in an MFT record.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | type | 0xFFFFFFFF ends the record |
//! | 4 | 4 | length | of the whole attribute, a multiple of 8 |
//! | 8 | 1 | form | 0 in the record ("resident"), 1 in clusters |
//! | 9 | 1 | name length | in UTF-16 units |
//! | 10 | 2 | name | where it lies |
//! | 12 | 2 | flags | low byte: compression (1 = LZNT1); 0x4000 encrypted; 0x8000 sparse |
//! | 14 | 2 | id | of the attribute in its file |
//!
//! In the record:
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 16 | 4 | length | of the value |
//! | 20 | 2 | value | where it lies |
//!
//! In clusters:
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 16 | 8 | first | first cluster of the stream that this attribute maps |
//! | 24 | 8 | last | last one |
//! | 32 | 2 | pairs | where the mapping pairs lie |
//! | 34 | 1 | unit | a compression unit has 2ⁿ clusters; 0: none |
//! | 40 | 8 | allocated | bytes of clusters; this and the following only count where `first` is 0 |
//! | 48 | 8 | size | bytes of the stream |
//! | 56 | 8 | initialized | bytes that were written; zeros follow |
//!
//! Source: Microsoft, "ATTRIBUTE_RECORD_HEADER".

use hivekey_read_at::{narrow, wide};

use crate::error::{Error, Structure};
use crate::limits::{Limit, MAX_ATTRIBUTES};
use crate::offset::{DeviceOffset, Vcn};
use crate::read::{Fields, utf16_units};

/// The types of attributes that this crate reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AttributeKind(pub(super) u32);

impl AttributeKind {
    pub(super) const STANDARD_INFORMATION: Self = Self(0x10);
    pub(super) const ATTRIBUTE_LIST: Self = Self(0x20);
    pub(super) const FILE_NAME: Self = Self(0x30);
    pub(super) const VOLUME_NAME: Self = Self(0x60);
    pub(super) const DATA: Self = Self(0x80);
    pub(super) const INDEX_ROOT: Self = Self(0x90);
    pub(super) const INDEX_ALLOCATION: Self = Self(0xA0);
    pub(super) const BITMAP: Self = Self(0xB0);
    pub(super) const REPARSE_POINT: Self = Self(0xC0);
    const END: u32 = u32::MAX;
}

/// Compressed by LZNT1.
const LZNT1: u16 = 1;
const COMPRESSION_MASK: u16 = 0x00FF;
const ENCRYPTED: u16 = 0x4000;

/// An attribute as it lies in its record.
#[derive(Clone, Debug)]
pub(super) struct Attribute<'a> {
    pub(super) kind: AttributeKind,
    pub(super) name: Vec<u16>,
    pub(super) flags: Flags,
    pub(super) offset: DeviceOffset,
    pub(super) form: Form<'a>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags(u16);

impl Flags {
    pub(super) const fn is_compressed(self) -> bool {
        self.0 & COMPRESSION_MASK == LZNT1
    }

    /// Compressed in a way that no Windows writes.
    pub(super) const fn is_unknown_compression(self) -> bool {
        self.0 & COMPRESSION_MASK > LZNT1
    }

    pub(super) const fn is_encrypted(self) -> bool {
        self.0 & ENCRYPTED != 0
    }
}

#[derive(Clone, Debug)]
pub(super) enum Form<'a> {
    /// The value, and where it lies.
    Resident(&'a [u8], DeviceOffset),
    Mapped(Mapped<'a>),
}

#[derive(Clone, Debug)]
pub(super) struct Mapped<'a> {
    pub(super) first: Vcn,
    pub(super) last: Vcn,
    pub(super) pairs: Fields<'a>,
    pub(super) unit_exponent: u8,
    /// Size and initialized size; only in the attribute that maps cluster 0.
    pub(super) sizes: Option<(u64, u64)>,
}

impl<'a> Attribute<'a> {
    fn parse(fields: Fields<'a>) -> Result<Self, Error> {
        let name_len = usize::from(fields.u8(9)?).saturating_mul(2);
        let name =
            if name_len == 0 { Vec::new() } else { utf16_units(fields.slice(fields.u16(10)?.into(), name_len)?) };
        let form = match fields.u8(8)? {
            0 => {
                let at = usize::from(fields.u16(20)?);
                let len = narrow(fields.u32(16)?.into());
                let value = fields.slice(at, len)?;
                Form::Resident(value, fields.offset().plus(wide(at)))
            }
            1 => Form::Mapped(Mapped::parse(fields)?),
            other => return Err(fields.wrong("form", other, "0 or 1")),
        };
        Ok(Self {
            kind: AttributeKind(fields.u32(0)?),
            name,
            flags: Flags(fields.u16(12)?),
            offset: fields.offset(),
            form,
        })
    }

    pub(super) fn is(&self, kind: AttributeKind, name: &[u16]) -> bool {
        self.kind == kind && self.name == name
    }
}

impl<'a> Mapped<'a> {
    fn parse(fields: Fields<'a>) -> Result<Self, Error> {
        let first = fields.u64(16)?;
        let pairs = usize::from(fields.u16(32)?);
        let len = fields
            .bytes()
            .len()
            .checked_sub(pairs)
            .ok_or_else(|| fields.wrong("mapping pairs", fields.u16(32).unwrap_or(0), "inside the attribute"))?;
        Ok(Self {
            first: Vcn(first),
            last: Vcn(fields.u64(24)?),
            pairs: fields.within(pairs, len, Structure::MappingPairs)?,
            unit_exponent: fields.u8(34)?,
            sizes: if first == 0 { Some((fields.u64(48)?, fields.u64(56)?)) } else { None },
        })
    }
}

/// The attributes of one record. One that cannot be read is an error and the next one follows; where a length cannot be
/// true, the rest is lost.
pub(super) struct Attributes<'a> {
    record: Fields<'a>,
    at: Option<usize>,
    left: usize,
}

impl<'a> Attributes<'a> {
    pub(super) const fn new(record: Fields<'a>, first: usize) -> Self {
        Self { record, at: Some(first), left: MAX_ATTRIBUTES }
    }

    fn step(&mut self, at: usize) -> Result<Option<Attribute<'a>>, Error> {
        if self.record.u32(at)? == AttributeKind::END {
            return Ok(None);
        }
        let Some(left) = self.left.checked_sub(1) else {
            return Err(Error::LimitReached { limit: Limit::Attributes, max: wide(MAX_ATTRIBUTES) });
        };
        self.left = left;
        let len = narrow(self.record.u32(at.saturating_add(4))?.into());
        if len < 24 {
            return Err(self.record.wrong("attribute length", wide(len), "24 or more"));
        }
        let fields = self.record.within(at, len, Structure::Attribute)?;
        // From here on the next attribute is known.
        self.at = at.checked_add(len);
        Attribute::parse(fields).map(Some)
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let at = self.at.take()?;
        self.step(at).transpose()
    }
}
