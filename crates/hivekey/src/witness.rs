//! One place where key material was found, with what it says.

use crate::blob::BlobFacts;
use crate::places::{self, Standing};
use crate::report::{Evidence, FoundIn, Timestamp};

/// One piece of key material and the way back to its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Witness {
    pub product: String,
    pub standing: Standing,
    /// Whether the hive is of the installation as it last ran, and not a copy kept beside it (`RegBack`, `repair`).
    pub from_live_hive: bool,
    pub hive: String,
    /// With a leading backslash.
    pub key_path: String,
    pub value: String,
    pub offset: Option<u64>,
    pub last_written: Option<Timestamp>,
    pub found_in: FoundIn,
    pub verified: Option<bool>,
    pub facts: BlobFacts,
    /// The data as stored, for the second reader.
    pub data: Vec<u8>,
}

impl Witness {
    /// Where it stands, in words: `\Microsoft\…\DigitalProductId in Windows/System32/config/SOFTWARE`.
    pub(crate) fn place(&self) -> String {
        places::value_place(&self.hive, &self.key_path, &self.value)
    }

    /// Whether it is the value that Windows itself reports its key from, in the installation as it last ran.
    pub(crate) fn is_current_place(&self) -> bool {
        self.standing == Standing::Current
            && self.from_live_hive
            && matches!(self.found_in, FoundIn::Live | FoundIn::Log)
    }

    /// Whether both stand under one value name of one key of one hive.
    pub(crate) fn is_same_value(&self, other: &Self) -> bool {
        self.hive == other.hive
            && self.key_path.eq_ignore_ascii_case(&other.key_path)
            && self.value.eq_ignore_ascii_case(&other.value)
    }

    pub(crate) fn evidence(&self) -> Evidence {
        Evidence {
            hive: self.hive.clone(),
            key_path: self.key_path.clone(),
            value: self.value.clone(),
            offset: self.offset,
            last_written: self.last_written,
            found_in: self.found_in,
            integrity: self.facts.checks.mark(),
            verified: self.verified,
        }
    }
}
