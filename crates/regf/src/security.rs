//! Security descriptors (`sk`), shared by the keys that refer to them.
//!
//! Offsets count from the content of the cell.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 2 | signature | `sk` |
//! | 2 | 2 | reserved | |
//! | 4 | 4 | flink | offset of the next descriptor |
//! | 8 | 4 | blink | offset of the previous descriptor |
//! | 12 | 4 | reference count | |
//! | 16 | 4 | size | bytes of the descriptor |
//! | 20 | … | descriptor | SECURITY_DESCRIPTOR, self-relative |
//!
//! Source: M. Suhanov, "Windows registry file format specification", key security.

use alloc::borrow::Cow;

use crate::error::{Error, Structure};
use crate::hive::Hive;
use crate::offset::{CellOffset, FileOffset};
use crate::read::{Fields, ReadAt};

/// Length of the record before the descriptor.
pub(crate) const LEN: usize = 20;

/// Longest descriptor: two access lists of 64 KiB, and twice that for the rest.
const MAX_DESCRIPTOR: u32 = 256 << 10;

/// A security descriptor of a hive.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Security<'h> {
    /// Its cell.
    pub offset: FileOffset,
    /// How many keys share it, as the field says.
    pub references: u32,
    /// The next one in the list of all.
    pub next: Option<CellOffset>,
    /// The previous one.
    pub previous: Option<CellOffset>,
    /// The self-relative SECURITY_DESCRIPTOR, not interpreted.
    pub descriptor: Cow<'h, [u8]>,
}

impl<'h> Security<'h> {
    pub(crate) fn read<S: ReadAt>(hive: &'h Hive<S>, at: CellOffset) -> Result<Self, Error> {
        let structure = Structure::Security;
        let cell = hive.cell(structure, at)?;
        let mut head = [0u8; LEN];
        hive.content_into(structure, cell, &mut head)?;
        let fields = Fields::new(&head, structure, cell.content);
        fields.signature(*b"sk")?;
        let size = fields.u32(16)?;
        if size > MAX_DESCRIPTOR {
            return Err(Error::Field {
                structure,
                offset: cell.content,
                field: "size of the descriptor",
                expected: "at most 256 KiB",
                actual: u64::from(size),
            });
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        Ok(Self {
            offset: at.file(),
            references: fields.u32(12)?,
            next: CellOffset::from_field(fields.u32(4)?),
            previous: CellOffset::from_field(fields.u32(8)?),
            descriptor: hive.content(structure, cell, LEN, size)?,
        })
    }
}
