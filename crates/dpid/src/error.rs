//! What can be wrong with a request: every variant names structure, place, what was expected and what was found.

use core::fmt;

use crate::Offset;

/// The structure that an error or anomaly speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Structure {
    /// The 16 stored bytes of a product key.
    KeyField,
    /// DigitalProductId "version 2": 50 bytes of UTF-16 text.
    Dpid2,
    /// DigitalProductId version 3, 164 bytes.
    Dpid3,
    /// DigitalProductId version 4, 1272 bytes.
    Dpid4,
    /// The 256-byte value below `SYSTEM\WPA` that begins with a version 3 blob.
    WpaDpid3,
    /// The text `MMMMM-GGGGG-SSS-SSSSSS-LL-LCID-BBBBB.0000-DDDYYYY`.
    ExtendedPid,
    /// The ACPI table with an OEM Activation 3.0 key.
    Msdm,
    /// The ACPI table of OEM Activation 1 and 2.
    Slic,
}

impl fmt::Display for Structure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::KeyField => "key field",
            Self::Dpid2 => "DigitalProductId v2",
            Self::Dpid3 => "DigitalProductId v3",
            Self::Dpid4 => "DigitalProductId v4",
            Self::WpaDpid3 => "WPA value with DigitalProductId v3",
            Self::ExtendedPid => "extended PID",
            Self::Msdm => "MSDM table",
            Self::Slic => "SLIC table",
        })
    }
}

/// The encoding that a text field should have had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextKind {
    /// Printable ASCII, 0x20 to 0x7E.
    Ascii,
    /// Well-formed UTF-16, little-endian.
    Utf16,
}

impl fmt::Display for TextKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ascii => "printable ASCII",
            Self::Utf16 => "well-formed UTF-16",
        })
    }
}

/// Why something could not be read, parsed or built.
///
/// No variant carries more than one symbol of a product key, so that an error may be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes end before the field does.
    #[error("{structure}: {field} at offset {offset} takes {expected} bytes, but only {actual} are left")]
    Truncated {
        /// The structure that was read.
        structure: Structure,
        /// The field that is cut off.
        field: &'static str,
        /// Where the field begins.
        offset: Offset,
        /// Length of the field in bytes.
        expected: usize,
        /// Bytes that are there from `offset` on.
        actual: usize,
    },
    /// The input has not the one length that the structure has.
    #[error("{structure}: {expected} bytes expected, {actual} given")]
    Length {
        /// The structure that was asked for.
        structure: Structure,
        /// The length that it has.
        expected: usize,
        /// The length that was given.
        actual: usize,
    },
    /// A text field holds something that is not text.
    #[error("{structure}: {field}: {actual:#06x} at offset {offset} is not {expected}")]
    Text {
        /// The structure that was read.
        structure: Structure,
        /// The field that holds the text.
        field: &'static str,
        /// Where the offending byte or code unit lies.
        offset: Offset,
        /// The encoding that the field should have.
        expected: TextKind,
        /// The offending byte or UTF-16 code unit.
        actual: u16,
    },
    /// A text has not the form that it should have.
    #[error("{structure}: {field}: {expected} expected at character {position}, found {}", Found(*actual))]
    Form {
        /// The structure that was parsed.
        structure: Structure,
        /// The part of the text.
        field: &'static str,
        /// Index of the character in the text, from 0.
        position: usize,
        /// What belongs there.
        expected: &'static str,
        /// What stands there; `None` is the end of the text.
        actual: Option<char>,
    },
    /// A number lies outside its range.
    #[error("{structure}: {field} is {actual}, but {min} to {max} is expected (character {position})")]
    Range {
        /// The structure that was parsed.
        structure: Structure,
        /// The part of the text.
        field: &'static str,
        /// Index of the number's first character in the text, from 0.
        position: usize,
        /// Smallest value allowed.
        min: u32,
        /// Largest value allowed.
        max: u32,
        /// The value found.
        actual: u32,
    },
    /// A table does not begin with its signature.
    #[error("{structure}: signature {} expected at offset {offset}, found {}", Ascii4(*expected), Ascii4(*actual))]
    Signature {
        /// The structure that was asked for.
        structure: Structure,
        /// Where the signature lies.
        offset: Offset,
        /// The signature of the structure.
        expected: [u8; 4],
        /// The bytes found.
        actual: [u8; 4],
    },
    /// A key text holds a character that no product key has.
    #[error("product key text: {actual:?} at character {position} is not a product key symbol")]
    KeySymbol {
        /// Index of the character in the text, from 0.
        position: usize,
        /// The character found.
        actual: char,
    },
    /// A key text holds a second `N`; a key has one at most.
    #[error("product key text: a second N at character {position}, the first is symbol {first}")]
    SecondN {
        /// Which symbol of the key the first `N` is, from 0, separators not counted.
        first: usize,
        /// Index of the second `N` in the text, from 0.
        position: usize,
    },
    /// A key text has not 25 symbols.
    #[error("product key text: {expected} symbols expected, {actual} found")]
    KeyLength {
        /// Always 25.
        expected: usize,
        /// Symbols found; 26 stands for any greater number.
        actual: usize,
    },
    /// A text is too long for the field that it should be written to.
    #[error("a text of {actual} units does not fit a field of {expected}")]
    FieldOverflow {
        /// Bytes (ASCII) or code units (UTF-16) that the field has.
        expected: usize,
        /// Bytes or code units that the text takes.
        actual: usize,
    },
    /// A character cannot be written to an ASCII field.
    #[error("{actual:?} at character {position} is not printable ASCII")]
    NotAscii {
        /// Index of the character in the text, from 0.
        position: usize,
        /// The character found.
        actual: char,
    },
    /// The bytes are none of the known shapes.
    #[error("no product-id structure: {length} bytes, size field {}, major version {}", OrNone(*size_field), OrNone(*major))]
    Unrecognised {
        /// Length of the input in bytes.
        length: usize,
        /// The first four bytes as a number, if there are as many.
        size_field: Option<u32>,
        /// Bytes 4 and 5 as a number, if there are as many.
        major: Option<u32>,
    },
}

/// `'x'` or `the end`.
struct Found(Option<char>);

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(c) => write!(f, "{c:?}"),
            None => f.write_str("the end"),
        }
    }
}

/// Four bytes as escaped ASCII between quotes.
struct Ascii4([u8; 4]);

impl fmt::Display for Ascii4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// A number or `absent`.
struct OrNone(Option<u32>);

impl fmt::Display for OrNone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(n) => write!(f, "{n}"),
            None => f.write_str("absent"),
        }
    }
}
