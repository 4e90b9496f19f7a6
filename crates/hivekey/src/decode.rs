//! One blob, decoded: what `hivekey decode` shows.

use serde::Serialize;

use crate::blob::{self, BlobError, BlobFacts};
use crate::knowledge::Knowledge;
use crate::report::{Generic, KeyText, SourceError, Timestamp, Verdict};
use crate::verdict;

/// What one blob says (DECODED in the JSON contract).
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Decoded {
    /// The input as it was given; the caller fills it in, since only it knows the form.
    pub input: Option<String>,
    /// `dpid3`, `dpid4`, `key-field`, `msdm` or `key-text`.
    pub blob_type: Option<&'static str>,
    /// The key.
    pub key: Option<KeyText>,
    /// Its last five characters.
    pub last5: Option<String>,
    /// Key group.
    pub group_id: Option<u32>,
    /// Serial number within the group.
    pub serial: Option<u32>,
    /// ProductId of a version 3 blob.
    pub product_id: Option<String>,
    /// AdvancedPid of a version 4 blob.
    pub extended_pid: Option<String>,
    /// Activation id.
    pub activation_id: Option<String>,
    /// `EditionID` that the key is for.
    pub edition_id: Option<String>,
    /// Part number.
    pub part_number: Option<String>,
    /// Channel.
    pub key_type: Option<String>,
    /// EULA type of a version 4 blob.
    pub eula: Option<String>,
    /// License type: 0 retail, 1 upgrade, 2 OEM, 3 volume; no proof before Windows Vista.
    pub license_type: Option<u32>,
    /// When the key was installed.
    pub key_installed_at: Option<Timestamp>,
    /// Whether it is an upgrade key.
    pub is_upgrade: Option<bool>,
    /// The checks that the blob brings along.
    pub integrity: DecodedIntegrity,
    /// What the key is worth.
    pub verdict: Option<Verdict>,
    /// Which of Microsoft's public keys it is.
    pub generic: Option<Generic>,
    /// What is odd about the blob's shape.
    pub anomalies: Vec<String>,
    /// Why it could not be decoded.
    pub error: Option<SourceError>,
}

/// The outcome of each check; `None` where the form brings none along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct DecodedIntegrity {
    /// JAMCRC of a version 3 blob.
    pub crc32: Option<Check>,
    /// SHA-256 of the key bytes of a version 4 blob.
    pub key_hash: Option<Check>,
    /// SHA-256 of a whole version 4 blob.
    pub blob_hash: Option<Check>,
    /// The checksum of an ACPI table, or else the ten bits that a PKEY2009 key carries itself.
    pub checksum: Option<Check>,
}

/// The outcome of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// It holds.
    Ok,
    /// It fails.
    Bad,
}

impl From<bool> for Check {
    fn from(holds: bool) -> Self {
        if holds { Self::Ok } else { Self::Bad }
    }
}

impl Decoded {
    /// A blob that could not be decoded.
    #[must_use]
    pub fn failed(code: &'static str, message: String) -> Self {
        Self { error: Some(SourceError { code, message }), ..Self::empty() }
    }

    fn empty() -> Self {
        Self {
            input: None,
            blob_type: None,
            key: None,
            last5: None,
            group_id: None,
            serial: None,
            product_id: None,
            extended_pid: None,
            activation_id: None,
            edition_id: None,
            part_number: None,
            key_type: None,
            eula: None,
            license_type: None,
            key_installed_at: None,
            is_upgrade: None,
            integrity: DecodedIntegrity::default(),
            verdict: None,
            generic: None,
            anomalies: Vec::new(),
            error: None,
        }
    }

    fn from_facts(facts: BlobFacts) -> Self {
        let meaning = Knowledge::default().meaning(&facts, None);
        let verdict = verdict::of_blob(&facts, &meaning);
        let check = |holds: Option<bool>| holds.map(Check::from);
        Self {
            input: None,
            blob_type: Some(facts.form.name()),
            last5: facts.key.map(|key| key.last5().to_string()),
            key: facts.key.map(Into::into),
            group_id: facts.group,
            serial: facts.serial,
            product_id: facts.product_id,
            extended_pid: facts.extended_pid,
            activation_id: meaning.activation_id,
            edition_id: meaning.edition,
            part_number: meaning.part_number,
            key_type: meaning.channel,
            eula: meaning.eula,
            license_type: facts.license_type,
            key_installed_at: facts.installed_at,
            is_upgrade: facts.is_upgrade,
            integrity: DecodedIntegrity {
                crc32: check(facts.checks.crc32),
                key_hash: check(facts.checks.key_hash),
                blob_hash: check(facts.checks.blob_hash),
                checksum: check(facts.checks.checksum),
            },
            verdict: Some(verdict),
            generic: meaning.generic,
            anomalies: facts.anomalies,
            error: None,
        }
    }
}

/// Decodes a blob: a DigitalProductId of version 3 or 4, a key field of 16 bytes, an MSDM table, in lenient fashion: what a
/// damaged blob still says is there, and [`Decoded::integrity`] and [`Decoded::anomalies`] say what is wrong.
///
/// ```
/// let blob = [0u8; 16];
/// let decoded = hivekey::decode::blob(&blob);
/// assert_eq!(decoded.verdict, Some(hivekey::report::Verdict::Erased));
/// ```
#[must_use]
pub fn blob(bytes: &[u8]) -> Decoded {
    finish(blob::read(bytes))
}

/// Decodes a key that is written out, with or without dashes.
#[must_use]
pub fn key_text(text: &str) -> Decoded {
    finish(blob::read_text(text))
}

fn finish(result: Result<BlobFacts, BlobError>) -> Decoded {
    match result {
        Ok(facts) => Decoded::from_facts(facts),
        Err(error @ BlobError::NoKey(_)) => Decoded::failed("no-key", error.to_string()),
        Err(error) => Decoded::failed("not-a-blob", error.to_string()),
    }
}
