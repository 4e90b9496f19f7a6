//! The ACPI table MSDM, which holds the OEM Activation 3.0 key of the machine: little-endian.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 36 | header | see `acpi.rs`; Length is 85 as a rule |
//! | 36 | 4 | Version | 1 |
//! | 40 | 4 | Reserved | 0 |
//! | 44 | 4 | Data Type | 1 |
//! | 48 | 4 | Data Reserved | 0 |
//! | 52 | 4 | Data Length | 29 |
//! | 56 | Data Length | Data | the key, ASCII with dashes |
//!
//! Windows 8, Server 2012 and later. Source: Microsoft, "Software Licensing Tables (SLIC and MSDM)".
//!
//! The table belongs to the machine that it was read on, not to a backup that is looked at there.

use core::fmt;

use crate::acpi::AcpiHeader;
use crate::anomaly::Anomalies;
use crate::error::{Error, Structure};
use crate::integrity::Integrity;
use crate::product_key::ProductKey;
use crate::read::Field;

pub(crate) const MSDM_SIGNATURE: [u8; 4] = *b"MSDM";

const VERSION: Field = Field::new("Version", 36, 4);
const DATA_TYPE: Field = Field::new("Data Type", 44, 4);
const DATA_LENGTH: Field = Field::new("Data Length", 52, 4);
/// Where the data begin.
const DATA_OFFSET: usize = 56;

/// An MSDM table, borrowed. `Debug` masks the key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Msdm<'a> {
    header: AcpiHeader<'a>,
}

impl<'a> Msdm<'a> {
    /// Reads a table, whatever its checksum says.
    ///
    /// # Errors
    ///
    /// [`Error::Signature`] when it is another table, [`Error::Truncated`] when it ends within its header.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Error> {
        let header = AcpiHeader::read(Structure::Msdm, MSDM_SIGNATURE, bytes)?;
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

    /// Version of the licensing structure, offset 36.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the table ends before.
    pub fn version(&self) -> Result<u32, Error> {
        self.header.source.u32(&VERSION)
    }

    /// Type of the data, offset 44; 1 is a product key.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the table ends before.
    pub fn data_type(&self) -> Result<u32, Error> {
        self.header.source.u32(&DATA_TYPE)
    }

    /// Length of the data in bytes, offset 52; 29 for a product key.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the table ends before.
    pub fn data_length(&self) -> Result<u32, Error> {
        self.header.source.u32(&DATA_LENGTH)
    }

    /// The text of the data, offset 56.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the table ends before, [`Error::Text`] when it is not printable ASCII.
    pub fn key_text(&self) -> Result<&'a str, Error> {
        let length = usize::try_from(self.data_length()?).unwrap_or(usize::MAX);
        self.header.source.ascii(&Field::new("Data", DATA_OFFSET, length))
    }

    /// The key.
    ///
    /// # Errors
    ///
    /// As [`key_text`](Self::key_text) and [`ProductKey::parse`].
    pub fn product_key(&self) -> Result<ProductKey, Error> {
        ProductKey::parse(self.key_text()?)
    }

    /// A length field that does not fit the bytes given.
    #[must_use]
    pub fn anomalies(&self) -> Anomalies {
        self.header.anomalies()
    }
}

impl fmt::Debug for Msdm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Msdm")
            .field("header", &self.header)
            .field("key", &self.product_key())
            .field("checksum", &self.checksum())
            .finish()
    }
}
