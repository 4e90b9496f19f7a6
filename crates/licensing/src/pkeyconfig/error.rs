//! What can be wrong with a pkeyconfig file.

use core::fmt;

use super::MAX_FILE_BYTES;
use super::xml::XmlFault;

/// Which of the two XML texts of a pkeyconfig file an offset is in. Offsets count bytes of the text in UTF-8 without its
/// byte-order mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Layer {
    /// The XrML licence, that is the file.
    Outer,
    /// The configuration inside it.
    Inner,
}

/// A sort of record of the inner layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecordKind {
    /// `Configuration`
    Configuration,
    /// `KeyRange`
    KeyRange,
    /// `PublicKey`
    PublicKey,
}

/// A field of a record that has to be there and well formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Field {
    /// `ActConfigId` or `RefActConfigId`: a GUID.
    ActivationId,
    /// `RefGroupId` or `GroupId`: a number.
    Group,
    /// `Start`: a number.
    Start,
    /// `End`: a number.
    End,
    /// `AlgorithmId`: a known algorithm.
    Algorithm,
}

/// Why a file could not be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PkeyConfigError {
    /// Larger than [`MAX_FILE_BYTES`].
    #[error("pkeyconfig: {actual} bytes, limit {MAX_FILE_BYTES}")]
    TooLarge {
        /// Bytes given.
        actual: usize,
    },
    /// The XML is broken before anything was found.
    #[error("pkeyconfig, {layer} XML, offset {offset}: {fault}")]
    Xml {
        /// Which text.
        layer: Layer,
        /// Where in it.
        offset: u64,
        /// What is wrong.
        fault: XmlFault,
    },
    /// Well-formed XML without an `infoBin` named `pkeyConfigData`.
    #[error("pkeyconfig: no infoBin named pkeyConfigData")]
    NoPayload,
    /// The payload is no base64 at all.
    #[error("pkeyconfig: payload is not base64 from its digit {offset} on")]
    Base64 {
        /// Digits before the fault, white space not counted.
        offset: usize,
    },
    /// The inner XML holds no configuration.
    #[error("pkeyconfig: no configuration in the payload")]
    NoConfiguration,
}

/// What was wrong with a file that could be read in part. The rest of it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Anomaly {
    /// The XML is broken from here on.
    #[error("{layer} XML, offset {offset}: {fault}; the rest is lost")]
    Xml {
        /// Which text.
        layer: Layer,
        /// Where in it.
        offset: u64,
        /// What is wrong.
        fault: XmlFault,
    },
    /// The payload is no base64 from here on.
    #[error("payload is not base64 from its digit {offset} on; the rest is lost")]
    Base64 {
        /// Digits before the fault, white space not counted.
        offset: usize,
    },
    /// A field is missing or not what it should be; the record is passed over.
    #[error("{record} ending at offset {offset}: {field} missing or malformed")]
    Field {
        /// The sort of record.
        record: RecordKind,
        /// Offset of its end in the inner XML.
        offset: u64,
        /// The field.
        field: Field,
    },
    /// Configurations with the activation id of an earlier one; they are passed over.
    #[error("{count} configurations repeat an activation id")]
    Duplicates {
        /// How many.
        count: usize,
    },
    /// More records than [`MAX_RECORDS`](super::MAX_RECORDS); the rest is not read.
    #[error("more than {limit} records; the rest is not read")]
    TooManyRecords {
        /// The limit.
        limit: usize,
    },
    /// A field is longer than [`MAX_FIELD_BYTES`](super::MAX_FIELD_BYTES) and was cut.
    #[error("{record} ending at offset {offset}: a field is longer than {limit} bytes and was cut")]
    LongField {
        /// The sort of record.
        record: RecordKind,
        /// Offset of its end in the inner XML.
        offset: u64,
        /// The limit.
        limit: usize,
    },
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Outer => "outer",
            Self::Inner => "inner",
        })
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Configuration => "Configuration",
            Self::KeyRange => "KeyRange",
            Self::PublicKey => "PublicKey",
        })
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ActivationId => "activation id",
            Self::Group => "group id",
            Self::Start => "Start",
            Self::End => "End",
            Self::Algorithm => "algorithm id",
        })
    }
}
