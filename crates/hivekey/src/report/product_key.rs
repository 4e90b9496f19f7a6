//! A product key, what it is worth, and where each piece of evidence for it lies.

use core::fmt;

use serde::{Serialize, Serializer};

use super::Timestamp;

/// One product key: everything that was found about it.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ProductKey {
    /// The product it belongs to: `Windows`, `Office 2010`, `SQL Server 2012`, …
    pub product: String,
    /// The key, or `null` when it was erased or cannot be read.
    pub key: Option<KeyText>,
    /// The last five characters, also when only they survive.
    pub last5: Option<String>,
    /// What the key is worth.
    pub verdict: Verdict,
    /// Which of Microsoft's public keys it is.
    pub generic: Option<Generic>,
    /// Microsoft's channel name.
    pub channel: Option<String>,
    /// `EditionID` that the key is for.
    pub edition: Option<String>,
    /// Part number.
    pub part_number: Option<String>,
    /// Key group.
    pub group_id: Option<u32>,
    /// Serial number within the group.
    pub serial: Option<u32>,
    /// Whether this is the key of its installation as it last ran.
    pub current: bool,
    /// Where it was found.
    pub evidence: Vec<Evidence>,
}

/// A key's text `XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`. `Debug` shows the last five characters only, so that no log leaks a key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyText(hivekey_dpid::ProductKey);

impl KeyText {
    /// Replaces all but the last five characters, for `--mask`.
    #[must_use]
    pub fn masked(&self) -> String {
        self.0.masked().to_string()
    }

    /// The key itself.
    #[must_use]
    pub fn product_key(&self) -> &hivekey_dpid::ProductKey {
        &self.0
    }
}

impl From<hivekey_dpid::ProductKey> for KeyText {
    fn from(key: hivekey_dpid::ProductKey) -> Self {
        Self(key)
    }
}

impl fmt::Display for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for KeyText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a key is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// A key of its own, as sold to a customer.
    Specific,
    /// One that Microsoft publishes for everybody.
    Generic,
    /// The key bytes are zero.
    Erased,
    /// An integrity check fails.
    Damaged,
    /// None of these can be shown.
    Unknown,
}

impl Verdict {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Specific => "specific",
            Self::Generic => "generic",
            Self::Erased => "erased",
            Self::Damaged => "damaged",
            Self::Unknown => "unknown",
        }
    }
}

/// Which of Microsoft's public keys a key is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Generic {
    /// What Microsoft publishes it for.
    pub kind: GenericKind,
    /// The edition that Microsoft publishes it for, in words.
    pub edition: String,
}

impl Generic {
    /// A public key of this kind for this edition.
    #[must_use]
    pub fn new(kind: GenericKind, edition: impl Into<String>) -> Self {
        Self { kind, edition: edition.into() }
    }
}

/// What Microsoft publishes a key for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GenericKind {
    /// KMS client setup key.
    Gvlk,
    /// Automatic virtual machine activation.
    Avma,
    /// The key that an edition's installation media brings along.
    Install,
}

/// One place where a key stands, traceable to its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Evidence {
    /// Path of the hive inside the source.
    pub hive: String,
    /// Key path inside the hive, with a leading backslash.
    pub key_path: String,
    /// Value name.
    pub value: String,
    /// Bytes from the start of the hive file to the value's record; `null` where there is no record.
    pub offset: Option<u64>,
    /// When the key that holds the value was last written.
    pub last_written: Option<Timestamp>,
    /// How it was found.
    pub found_in: FoundIn,
    /// Whether the blob's own checks hold.
    pub integrity: IntegrityMark,
    /// Whether an independent reader found the same bytes; `null` when it was not asked.
    pub verified: Option<bool>,
}

/// How a piece of evidence was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FoundIn {
    /// In the hive's live tree.
    Live,
    /// In a transaction log only.
    Log,
    /// In free cells or slack.
    Deleted,
    /// In raw bytes.
    Carved,
    /// In a volume shadow copy.
    Snapshot,
}

impl FoundIn {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Log => "log",
            Self::Deleted => "deleted",
            Self::Carved => "carved",
            Self::Snapshot => "snapshot",
        }
    }
}

/// Whether the checks that a blob brings along hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum IntegrityMark {
    /// All of them hold.
    Ok,
    /// At least one fails.
    Bad,
    /// This form brings none along.
    None,
}

impl IntegrityMark {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Bad => "bad",
            Self::None => "none",
        }
    }
}
