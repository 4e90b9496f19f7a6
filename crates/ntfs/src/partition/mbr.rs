//! The master boot record, and the extended boot records that have the same layout.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 446 | code | (with the disk signature at 440) |
//! | 446 | 4 × 16 | entries | see below |
//! | 510 | 2 | signature | 55 AA |
//!
//! An entry:
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 1 | status | 0x80: to be started |
//! | 1 | 3 | first | cylinder, head, sector; not used |
//! | 4 | 1 | type | 0: not used; 0x05, 0x0F, 0x85: extended; 0xEE: protects a GPT |
//! | 5 | 3 | last | cylinder, head, sector; not used |
//! | 8 | 4 | start | first sector |
//! | 12 | 4 | count | sectors |
//!
//! Source: UEFI specification 2.10, 5.2.1; all versions of Windows.

use hivekey_read_at::ReadAt;

use crate::anomaly::Anomaly;
use crate::error::{Error, Structure};
use crate::offset::DeviceOffset;
use crate::read::Fields;

/// The type that says "this disk has a GPT".
pub(super) const PROTECTIVE: u8 = 0xEE;

/// Bytes that are read of the first sector, whatever its size.
const LEN: usize = 512;
const ENTRIES: [usize; 4] = [446, 462, 478, 494];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    status: u8,
    pub(super) kind: u8,
    pub(super) start: u32,
    pub(super) count: u32,
}

impl Entry {
    const NONE: Self = Self { status: 0, kind: 0, start: 0, count: 0 };

    pub(super) const fn is_used(&self) -> bool {
        self.kind != 0 && self.count != 0
    }

    pub(super) const fn is_extended(&self) -> bool {
        matches!(self.kind, 0x05 | 0x0F | 0x85)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Mbr {
    pub(super) entries: [Entry; 4],
    signature: u16,
    offset: DeviceOffset,
    structure: Structure,
}

impl Mbr {
    pub(super) fn is_protective(&self) -> bool {
        self.has_signature() && self.entries.iter().any(|entry| entry.kind == PROTECTIVE)
    }

    pub(super) const fn has_signature(&self) -> bool {
        self.signature == 0xAA55
    }

    /// Whether the four entries can be entries: boot sectors of file systems have code or text there.
    pub(super) fn is_plausible(&self) -> bool {
        self.has_signature() && self.entries.iter().all(|entry| matches!(entry.status, 0 | 0x80))
    }

    /// Whether it has neither entries nor the signature, as if it were overwritten with zeros.
    pub(super) fn is_blank(&self) -> bool {
        self.signature == 0 && self.entries.iter().all(|entry| *entry == Entry::NONE)
    }

    pub(super) fn signature_error(&self) -> Option<Error> {
        (!self.has_signature()).then(|| Error::Field {
            structure: self.structure,
            offset: self.offset,
            field: "signature",
            actual: self.signature.into(),
            expected: "0xaa55",
        })
    }

    pub(super) fn signature_fault(&self) -> Option<Anomaly> {
        self.signature_error().map(|error| Anomaly::damaged(self.offset, error))
    }
}

/// Reads a boot record at `offset` of the disk; the signature is not yet judged.
pub(super) fn read<D: ReadAt + ?Sized>(device: &D, offset: u64) -> Result<Mbr, Error> {
    let structure = if offset == 0 { Structure::Mbr } else { Structure::ExtendedBootRecord };
    let offset = DeviceOffset(offset);
    let mut bytes = [0u8; LEN];
    device.read_into(offset.get(), &mut bytes)?;
    let fields = Fields::new(&bytes, structure, offset);
    let mut entries = [Entry::NONE; 4];
    for (entry, at) in entries.iter_mut().zip(ENTRIES) {
        let fields = fields.within(at, 16, structure)?;
        *entry = Entry { status: fields.u8(0)?, kind: fields.u8(4)?, start: fields.u32(8)?, count: fields.u32(12)? };
    }
    Ok(Mbr { entries, signature: fields.u16(510)?, offset, structure })
}
