//! The ACPI table SLIC of OEM Activation 1 and 2 (Windows Vista, 7, Server 2008 and 2008 R2): little-endian.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 36 | header | see `acpi.rs`; Length is 374 as a rule |
//! | 36 | – | subtables | one after the other |
//!
//! A subtable:
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | Type | 0 OEM public key, 1 Windows marker |
//! | 4 | 4 | Length | of the subtable, these eight bytes included |
//!
//! It holds no product key; a Windows marker shows that the machine was sold for OEM:SLP activation. Sources: Microsoft,
//! "Software Licensing Tables (SLIC and MSDM)"; ACPICA `actbl2.h`.

use core::fmt;

use crate::acpi::{AcpiHeader, HEADER_LENGTH};
use crate::anomaly::Anomalies;
use crate::error::{Error, Structure};
use crate::integrity::Integrity;
use crate::read::{Field, Source};

pub(crate) const SLIC_SIGNATURE: [u8; 4] = *b"SLIC";

const TYPE: Field = Field::new("Type", 0, 4);
const LENGTH: Field = Field::new("Length", 4, 4);
/// Type and length take this many bytes of a subtable, so none is shorter.
const SUBTABLE_HEADER_LENGTH: usize = 8;
/// The type of the Windows marker.
const WINDOWS_MARKER: u32 = 1;

/// A SLIC table, borrowed. It holds no product key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slic<'a> {
    header: AcpiHeader<'a>,
}

impl<'a> Slic<'a> {
    /// Reads a table, whatever its checksum says.
    ///
    /// # Errors
    ///
    /// [`Error::Signature`] when it is another table, [`Error::Truncated`] when it ends within its header.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Error> {
        let header = AcpiHeader::read(Structure::Slic, SLIC_SIGNATURE, bytes)?;
        Ok(Self { header })
    }

    /// The ACPI header.
    #[must_use]
    pub const fn header(&self) -> AcpiHeader<'a> {
        self.header
    }

    /// Checks that the bytes of the table sum up to 0.
    #[must_use]
    pub fn checksum(&self) -> Integrity {
        self.header.checksum()
    }

    /// The subtables, until the end or the first whose length does not fit.
    #[must_use]
    pub fn subtables(&self) -> SlicSubtables<'a> {
        SlicSubtables { rest: self.header.table().get(HEADER_LENGTH..).unwrap_or_default() }
    }

    /// Whether there is a Windows marker: the machine was sold for OEM:SLP activation.
    #[must_use]
    pub fn has_windows_marker(&self) -> bool {
        self.subtables().any(|table| table.kind == WINDOWS_MARKER)
    }

    /// A length field that does not fit the bytes given.
    #[must_use]
    pub fn anomalies(&self) -> Anomalies {
        self.header.anomalies()
    }
}

impl fmt::Debug for Slic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slic")
            .field("header", &self.header)
            .field("has_windows_marker", &self.has_windows_marker())
            .finish()
    }
}

/// One subtable of a [`Slic`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SlicSubtable<'a> {
    /// 0 OEM public key, 1 Windows marker.
    pub kind: u32,
    /// The bytes after type and length.
    pub data: &'a [u8],
}

/// Iterates over the subtables of a [`Slic`].
#[derive(Debug, Clone)]
pub struct SlicSubtables<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for SlicSubtables<'a> {
    type Item = SlicSubtable<'a>;

    fn next(&mut self) -> Option<SlicSubtable<'a>> {
        let source = Source::new(Structure::Slic, self.rest);
        let kind = source.u32(&TYPE).ok()?;
        let length = usize::try_from(source.u32(&LENGTH).ok()?).ok()?;
        let (table, rest) = self.rest.split_at_checked(length)?;
        let data = table.get(SUBTABLE_HEADER_LENGTH..)?;
        self.rest = rest;
        Some(SlicSubtable { kind, data })
    }
}
