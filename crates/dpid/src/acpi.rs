//! The header that every ACPI system description table begins with: 36 bytes, little-endian.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | Signature | ASCII |
//! | 4 | 4 | Length | of the whole table, header included |
//! | 8 | 1 | Revision | |
//! | 9 | 1 | Checksum | all bytes of the table sum up to 0 modulo 256 |
//! | 10 | 6 | OEMID | ASCII |
//! | 16 | 8 | OEM Table ID | ASCII |
//! | 24 | 4 | OEM Revision | |
//! | 28 | 4 | Creator ID | ASCII |
//! | 32 | 4 | Creator Revision | |
//!
//! Source: ACPI specification, "System Description Table Header".

use core::fmt;

use crate::anomaly::{Anomalies, Anomaly};
use crate::error::{Error, Structure};
use crate::integrity::Integrity;
use crate::read::{Field, Source};

pub(crate) const HEADER_LENGTH: usize = 36;

const SIGNATURE: Field = Field::new("Signature", 0, 4);
const LENGTH: Field = Field::new("Length", 4, 4);
const REVISION: Field = Field::new("Revision", 8, 1);
const OEM_ID: Field = Field::new("OEMID", 10, 6);
const OEM_TABLE_ID: Field = Field::new("OEM Table ID", 16, 8);
const OEM_REVISION: Field = Field::new("OEM Revision", 24, 4);
const CREATOR_ID: Field = Field::new("Creator ID", 28, 4);
const CREATOR_REVISION: Field = Field::new("Creator Revision", 32, 4);

/// The header of an ACPI table, borrowed together with its table.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AcpiHeader<'a> {
    pub(crate) source: Source<'a>,
    length: u32,
    revision: u8,
}

impl<'a> AcpiHeader<'a> {
    /// Reads the header of a table with a known signature.
    pub(crate) fn read(structure: Structure, signature: [u8; 4], bytes: &'a [u8]) -> Result<Self, Error> {
        let source = Source::new(structure, bytes);
        let actual = source.array(&SIGNATURE)?;
        if actual != signature {
            return Err(Error::Signature { structure, offset: SIGNATURE.offset, expected: signature, actual });
        }
        source.slice(&Field::new("header", 0, HEADER_LENGTH))?;
        Ok(Self { source, length: source.u32(&LENGTH)?, revision: source.u8(&REVISION)? })
    }

    /// Length of the table in bytes, as the header has it.
    #[must_use]
    pub const fn length(&self) -> u32 {
        self.length
    }

    /// Revision of the table.
    #[must_use]
    pub const fn revision(&self) -> u8 {
        self.revision
    }

    /// OEMID, e.g. `DELL`.
    ///
    /// # Errors
    ///
    /// [`Error::Text`] when it is not printable ASCII.
    pub fn oem_id(&self) -> Result<&'a str, Error> {
        self.source.ascii(&OEM_ID)
    }

    /// OEM Table ID.
    ///
    /// # Errors
    ///
    /// [`Error::Text`] when it is not printable ASCII.
    pub fn oem_table_id(&self) -> Result<&'a str, Error> {
        self.source.ascii(&OEM_TABLE_ID)
    }

    /// OEM Revision.
    ///
    /// # Errors
    ///
    /// None in a header that could be read.
    pub fn oem_revision(&self) -> Result<u32, Error> {
        self.source.u32(&OEM_REVISION)
    }

    /// Creator ID.
    ///
    /// # Errors
    ///
    /// [`Error::Text`] when it is not printable ASCII.
    pub fn creator_id(&self) -> Result<&'a str, Error> {
        self.source.ascii(&CREATOR_ID)
    }

    /// Creator Revision.
    ///
    /// # Errors
    ///
    /// None in a header that could be read.
    pub fn creator_revision(&self) -> Result<u32, Error> {
        self.source.u32(&CREATOR_REVISION)
    }

    /// The bytes that belong to the table by its own length; fewer when the input ends before.
    pub(crate) fn table(&self) -> &'a [u8] {
        let length = usize::try_from(self.length).unwrap_or(usize::MAX);
        self.source.bytes.get(..length).unwrap_or(self.source.bytes)
    }

    fn is_complete(&self) -> bool {
        usize::try_from(self.length).is_ok_and(|length| length <= self.source.bytes.len())
    }

    /// Sums up the bytes of the table; [`Integrity::Absent`] when the input ends before the table does.
    #[must_use]
    pub fn checksum(&self) -> Integrity {
        if !self.is_complete() {
            return Integrity::Absent;
        }
        let sum = self.table().iter().fold(0_u8, |sum, &b| sum.wrapping_add(b));
        Integrity::from_match(sum == 0)
    }

    /// Reports a length field that does not fit the bytes given.
    pub(crate) fn anomalies(&self) -> Anomalies {
        let mut anomalies = Anomalies::default();
        let given = u32::try_from(self.source.bytes.len()).unwrap_or(u32::MAX);
        if self.length != given {
            anomalies.push(Anomaly::SizeField {
                structure: self.source.structure,
                offset: LENGTH.offset,
                expected: given,
                actual: self.length,
            });
        }
        anomalies
    }
}

impl fmt::Debug for AcpiHeader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcpiHeader")
            .field("structure", &self.source.structure)
            .field("length", &self.length)
            .field("revision", &self.revision)
            .field("oem_id", &self.oem_id())
            .field("oem_table_id", &self.oem_table_id())
            .finish_non_exhaustive()
    }
}
