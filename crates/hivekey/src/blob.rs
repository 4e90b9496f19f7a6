//! The facts of one blob or key text, owned: what [`hivekey_dpid`] reads, with edition and channel looked up.

use hivekey_dpid::{self as dpid, Blob, Dpid3, Dpid4, Integrity, KeyFamily, KeyField, Msdm, Pkey2009, recognise};
use hivekey_licensing::product_id::ProductId;

use crate::report::{IntegrityMark, Timestamp};

/// Why bytes say nothing about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// They are none of the known structures, or not whole enough to read.
    #[error(transparent)]
    Dpid(#[from] dpid::Error),
    /// They are a known structure that holds no key.
    #[error("{0}: this structure holds no product key")]
    NoKey(dpid::Structure),
}

/// The form that key material was found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlobForm {
    Dpid3,
    Dpid4,
    KeyField,
    Msdm,
    KeyText,
}

impl BlobForm {
    /// The name in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Dpid3 => "dpid3",
            Self::Dpid4 => "dpid4",
            Self::KeyField => "key-field",
            Self::Msdm => "msdm",
            Self::KeyText => "key-text",
        }
    }

    /// The name among the witnesses that decide.
    pub(crate) fn witness_name(self) -> &'static str {
        match self {
            Self::Dpid3 => "digital-product-id",
            Self::Dpid4 => "digital-product-id-4",
            Self::KeyField => "key-field",
            Self::Msdm => "msdm",
            Self::KeyText => "key-text",
        }
    }
}

/// The outcome of each check that a form brings along; `None` where it brings none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Checks {
    pub crc32: Option<bool>,
    pub key_hash: Option<bool>,
    pub blob_hash: Option<bool>,
    pub checksum: Option<bool>,
}

impl Checks {
    fn all(self) -> [Option<bool>; 4] {
        [self.crc32, self.key_hash, self.blob_hash, self.checksum]
    }

    /// All of them taken together.
    pub(crate) fn mark(self) -> IntegrityMark {
        if self.all().contains(&Some(false)) {
            IntegrityMark::Bad
        } else if self.all().contains(&Some(true)) {
            IntegrityMark::Ok
        } else {
            IntegrityMark::None
        }
    }
}

/// What one blob says.
#[derive(Debug, Clone)]
pub(crate) struct BlobFacts {
    pub form: BlobForm,
    pub key: Option<dpid::ProductKey>,
    /// The key bytes are all zero.
    pub erased: bool,
    /// Key group; never the BINK id that Windows XP keeps in the same field.
    pub group: Option<u32>,
    pub serial: Option<u32>,
    pub product_id: Option<String>,
    pub extended_pid: Option<String>,
    pub activation_id: Option<String>,
    pub edition_id: Option<String>,
    pub part_number: Option<String>,
    pub key_type: Option<String>,
    pub eula: Option<String>,
    pub license_type: Option<u32>,
    pub installed_at: Option<Timestamp>,
    pub is_upgrade: Option<bool>,
    pub checks: Checks,
    /// What is odd about the blob's shape.
    pub anomalies: Vec<String>,
    /// The group that the blob names and the group that its key carries, where both are there and differ.
    pub index_mismatch: Option<(u32, u32)>,
}

impl BlobFacts {
    fn of_key(form: BlobForm, field: KeyField, checks: Checks) -> Self {
        let bits = field.pkey2009();
        Self {
            form,
            key: field.key(),
            erased: field.is_erased(),
            group: sound(bits.as_ref()).map(|bits| bits.group),
            serial: sound(bits.as_ref()).map(|bits| bits.serial),
            product_id: None,
            extended_pid: None,
            activation_id: None,
            edition_id: None,
            part_number: None,
            key_type: None,
            eula: None,
            license_type: None,
            installed_at: None,
            is_upgrade: sound(bits.as_ref()).map(|bits| bits.upgrade),
            checks: Checks { checksum: passed(field.checksum()), ..checks },
            anomalies: field.anomalies().iter().map(|anomaly| anomaly.to_string()).collect(),
            index_mismatch: None,
        }
    }

    /// Takes the group that the blob itself names, and notes where the key disagrees. The blob's word stands: it is
    /// there for erased keys too, and for keys whose group is no plain bits.
    fn name_group(&mut self, group: u32) {
        if let Some(in_key) = self.group.filter(|&in_key| in_key != group) {
            self.index_mismatch = Some((group, in_key));
        }
        self.group = Some(group);
    }

    /// Serial from the ProductId, where the key itself does not tell.
    fn name_product_id(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.serial.is_none() {
            self.serial = ProductId::parse(text).ok().and_then(|id| id.serial());
        }
        self.product_id = Some(text.to_owned());
    }
}

/// The bits of a key say something only where its checksum holds.
fn sound(bits: Option<&Pkey2009>) -> Option<&Pkey2009> {
    bits.filter(|bits| bits.checksum_ok)
}

fn passed(integrity: Integrity) -> Option<bool> {
    match integrity {
        Integrity::Ok => Some(true),
        Integrity::Bad => Some(false),
        Integrity::Absent => None,
    }
}

/// A check that every whole blob brings along fails where the blob is cut off before it.
fn held(integrity: Integrity) -> Option<bool> {
    Some(integrity.is_ok())
}

/// Reads the blob, whichever of the known structures it is.
pub(crate) fn read(data: &[u8]) -> Result<BlobFacts, BlobError> {
    match recognise(data)? {
        Blob::Dpid3(blob) => Ok(dpid3(&blob)),
        Blob::Dpid4(blob) => Ok(dpid4(&blob)),
        Blob::KeyField(field) => Ok(BlobFacts::of_key(BlobForm::KeyField, field, Checks::default())),
        Blob::WpaDpid3(value) => {
            let mut facts = dpid3(&value.dpid3());
            facts.anomalies = value.anomalies().iter().map(|anomaly| anomaly.to_string()).collect();
            Ok(facts)
        }
        Blob::Msdm(table) => Ok(msdm(&table)?),
        other => Err(BlobError::NoKey(other.structure())),
    }
}

/// Reads a key that is written out.
pub(crate) fn read_text(text: &str) -> Result<BlobFacts, BlobError> {
    let key = dpid::ProductKey::parse(text)?;
    Ok(BlobFacts::of_key(BlobForm::KeyText, key.encode(), Checks::default()))
}

/// Whether the bytes are a product-id blob beyond doubt: its CRC, or both of its hashes, hold.
pub(crate) fn is_intact_product_id(data: &[u8]) -> bool {
    match recognise(data) {
        Ok(Blob::Dpid3(blob)) => blob.crc().is_ok(),
        Ok(Blob::Dpid4(blob)) => blob.key_hash().is_ok() && blob.blob_hash().is_ok(),
        Ok(Blob::WpaDpid3(value)) => value.dpid3().crc().is_ok(),
        _ => false,
    }
}

fn dpid3(blob: &Dpid3<'_>) -> BlobFacts {
    let checks = Checks { crc32: held(blob.crc()), ..Checks::default() };
    let mut facts = BlobFacts::of_key(BlobForm::Dpid3, blob.key_field(), checks);
    // On XP the same field holds the BINK id.
    if blob.key_family() != KeyFamily::Bink {
        facts.name_group(blob.group_id());
    }
    facts.name_product_id(blob.product_id().unwrap_or_default());
    facts.part_number = named(blob.part_number().unwrap_or_default());
    facts.license_type = blob.license_type().ok();
    facts.installed_at = blob.time().ok().and_then(Timestamp::from_unix);
    facts.anomalies = blob.anomalies().iter().map(|anomaly| anomaly.to_string()).collect();
    facts
}

fn dpid4(blob: &Dpid4<'_>) -> BlobFacts {
    let checks = Checks { key_hash: held(blob.key_hash()), blob_hash: held(blob.blob_hash()), ..Checks::default() };
    let wide = |text: Result<dpid::WideText<'_>, dpid::Error>| text.ok().and_then(|text| named(&text.to_string()));
    let mut facts = BlobFacts::of_key(BlobForm::Dpid4, blob.key_field(), checks);
    facts.extended_pid = wide(blob.advanced_pid());
    facts.activation_id = wide(blob.activation_id()).map(|id| id.to_ascii_lowercase());
    facts.edition_id = wide(blob.edition_type());
    facts.part_number = wide(blob.part_number());
    facts.key_type = wide(blob.key_type());
    facts.eula = wide(blob.eula());
    facts.is_upgrade = Some(blob.is_upgrade());
    facts.anomalies = blob.anomalies().iter().map(|anomaly| anomaly.to_string()).collect();
    if let Ok(pid) = blob.extended_pid() {
        // The text has five digits for the group: enough for all but the pseudo groups.
        match facts.group {
            Some(in_key) if pid.matches_group(in_key) => {}
            _ => facts.name_group(pid.group),
        }
        facts.serial = facts.serial.or(Some(pid.serial));
        facts.license_type = Some(pid.license_type);
    }
    facts
}

fn msdm(table: &Msdm<'_>) -> Result<BlobFacts, dpid::Error> {
    let key = table.product_key()?;
    let mut facts = BlobFacts::of_key(BlobForm::Msdm, key.encode(), Checks::default());
    // The table's own checksum covers the key; the key's ten bits add to it.
    let key_sound = facts.checks.checksum != Some(false);
    facts.checks.checksum = passed(table.checksum()).map(|table_sound| table_sound && key_sound);
    facts.anomalies = table.anomalies().iter().map(|anomaly| anomaly.to_string()).collect();
    Ok(facts)
}

fn named(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
