//! DigitalProductId4, version 4: 1272 bytes, little-endian; texts are UTF-16LE.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | uiSize | 1272 |
//! | 4 | 2 | MajorVersion | 4 |
//! | 6 | 2 | MinorVersion | 0 |
//! | 8 | 128 | szAdvancedPid | extended PID, see `extended_pid.rs` |
//! | 136 | 128 | szActivationId | GUID without braces: ActConfigId of pkeyconfig, SkuId |
//! | 264 | 16 | szOemID | |
//! | 280 | 520 | szEditionType | EditionID, e.g. `ServerStandard` |
//! | 800 | 1 | bIsUpgrade | |
//! | 801 | 7 | – | reserved |
//! | 808 | 16 | bCDKey | the key field; the same bytes as in the version 3 blob beside it |
//! | 824 | 32 | bCDKey256Hash | SHA-256 of bytes 808 to 823 (16 bytes, not 15) |
//! | 856 | 32 | b256Hash | SHA-256 of all 1272 bytes with bytes 856 to 887 zero |
//! | 888 | 128 | szEditionId | in spite of its name the part number, e.g. `[RS5]X21-83736` |
//! | 1016 | 128 | szKeyType | channel: `Retail`, `OEM:DM`, `Volume:GVLK`, … |
//! | 1144 | 128 | szEULA | `Retail`, `OEM`, `Volume`, … |
//!
//! Windows Vista to 11, Office 2010. Source: PKeyMaster `DigitalProductId.ps1`; layout and both hashes checked on 20 real blobs.

use core::fmt;

use sha2::{Digest, Sha256};

use crate::anomaly::Anomalies;
use crate::dpid4_fields::Dpid4Fields;
use crate::error::{Error, Structure};
use crate::extended_pid::ExtendedPid;
use crate::family::KeyFamily;
use crate::field_text::WideField;
use crate::integrity::Integrity;
use crate::key_field::KeyField;
use crate::pkey2009::Pkey2009;
use crate::product_key::ProductKey;
use crate::read::{Field, Source};
use crate::wide_text::WideText;

pub(crate) const DPID4_LENGTH: usize = 1272;
/// The size field's value.
pub(crate) const DPID4_SIZE: u32 = 1272;
pub(crate) const DPID4_VERSION: (u16, u16) = (4, 0);
pub(crate) const HASH_LENGTH: usize = 32;

pub(crate) const SIZE: Field = Field::new("uiSize", 0, 4);
pub(crate) const MAJOR: Field = Field::new("MajorVersion", 4, 2);
pub(crate) const MINOR: Field = Field::new("MinorVersion", 6, 2);
pub(crate) const ADVANCED_PID: Field = Field::new("szAdvancedPid", 8, 128);
pub(crate) const ACTIVATION_ID: Field = Field::new("szActivationId", 136, 128);
pub(crate) const OEM_ID: Field = Field::new("szOemID", 264, 16);
pub(crate) const EDITION_TYPE: Field = Field::new("szEditionType", 280, 520);
pub(crate) const IS_UPGRADE: Field = Field::new("bIsUpgrade", 800, 1);
pub(crate) const RESERVED: Field = Field::new("reserved", 801, 7);
pub(crate) const CD_KEY: Field = Field::new("bCDKey", 808, 16);
pub(crate) const KEY_HASH: Field = Field::new("bCDKey256Hash", 824, HASH_LENGTH);
pub(crate) const BLOB_HASH: Field = Field::new("b256Hash", 856, HASH_LENGTH);
pub(crate) const EDITION_ID: Field = Field::new("szEditionId", 888, 128);
pub(crate) const KEY_TYPE: Field = Field::new("szKeyType", 1016, 128);
pub(crate) const EULA: Field = Field::new("szEULA", 1144, 128);
/// The two parts of the blob that its hash covers as they are.
const BEFORE_BLOB_HASH: Field = Field::new("bytes 0 to 855", 0, 856);
const AFTER_BLOB_HASH: Field = Field::new("bytes 888 to 1271", 888, 384);

/// A DigitalProductId4, borrowed.
///
/// Made from any bytes that reach to the end of the key field: a wrong length, size or version is an
/// [anomaly](Self::anomalies), and a field that is cut off is an error of that field only. `Debug` masks the key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dpid4<'a> {
    source: Source<'a>,
    size: u32,
    version: (u16, u16),
    upgrade: u8,
    key: KeyField,
}

impl<'a> Dpid4<'a> {
    /// Length of the structure in bytes.
    pub const LENGTH: usize = DPID4_LENGTH;

    /// Reads bytes as a version 4 blob, whatever its size and version fields say.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the bytes end before the end of the key field (offset 824).
    pub fn new(bytes: &'a [u8]) -> Result<Self, Error> {
        let source = Source::new(Structure::Dpid4, bytes);
        Ok(Self {
            source,
            size: source.u32(&SIZE)?,
            version: (source.u16(&MAJOR)?, source.u16(&MINOR)?),
            upgrade: source.u8(&IS_UPGRADE)?,
            key: KeyField::new(source.array(&CD_KEY)?),
        })
    }

    /// The bytes given, including what may follow the structure.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.source.bytes
    }

    /// uiSize, offset 0: 1272 in a healthy blob.
    #[must_use]
    pub const fn size(&self) -> u32 {
        self.size
    }

    /// MajorVersion and MinorVersion, offset 4: (4, 0) in a healthy blob.
    #[must_use]
    pub const fn version(&self) -> (u16, u16) {
        self.version
    }

    /// szAdvancedPid, offset 8, as text.
    ///
    /// # Errors
    ///
    /// [`Error::Text`] when it is not well-formed UTF-16.
    pub fn advanced_pid(&self) -> Result<WideText<'a>, Error> {
        WideText::read(&self.source, &ADVANCED_PID)
    }

    /// szAdvancedPid, offset 8, in its parts.
    ///
    /// # Errors
    ///
    /// [`Error::Text`] when it is not well-formed UTF-16, [`Error::Form`] or [`Error::Range`] when it is not an extended PID.
    pub fn extended_pid(&self) -> Result<ExtendedPid, Error> {
        ExtendedPid::from_chars(self.advanced_pid()?.chars())
    }

    /// szActivationId, offset 136: a GUID without braces.
    ///
    /// # Errors
    ///
    /// [`Error::Text`] when it is not well-formed UTF-16.
    pub fn activation_id(&self) -> Result<WideText<'a>, Error> {
        WideText::read(&self.source, &ACTIVATION_ID)
    }

    /// szOemID, offset 264.
    ///
    /// # Errors
    ///
    /// [`Error::Text`] when it is not well-formed UTF-16.
    pub fn oem_id(&self) -> Result<WideText<'a>, Error> {
        WideText::read(&self.source, &OEM_ID)
    }

    /// szEditionType, offset 280: the EditionID, e.g. `ServerStandard`.
    ///
    /// # Errors
    ///
    /// [`Error::Text`] when it is not well-formed UTF-16.
    pub fn edition_type(&self) -> Result<WideText<'a>, Error> {
        WideText::read(&self.source, &EDITION_TYPE)
    }

    /// bIsUpgrade, offset 800: whether the byte is not 0.
    #[must_use]
    pub const fn is_upgrade(&self) -> bool {
        self.upgrade != 0
    }

    /// bCDKey, offset 808.
    #[must_use]
    pub const fn key_field(&self) -> KeyField {
        self.key
    }

    /// The key as 25 symbols; see [`KeyField::key`].
    #[must_use]
    pub fn product_key(&self) -> Option<ProductKey> {
        self.key.key()
    }

    /// szEditionId, offset 888: in spite of its name the part number.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the blob ends before, [`Error::Text`] when it is not well-formed UTF-16.
    pub fn part_number(&self) -> Result<WideText<'a>, Error> {
        WideText::read(&self.source, &EDITION_ID)
    }

    /// szKeyType, offset 1016: the channel, e.g. `Volume:GVLK`.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the blob ends before, [`Error::Text`] when it is not well-formed UTF-16.
    pub fn key_type(&self) -> Result<WideText<'a>, Error> {
        WideText::read(&self.source, &KEY_TYPE)
    }

    /// szEULA, offset 1144, e.g. `Volume`.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the blob ends before, [`Error::Text`] when it is not well-formed UTF-16.
    pub fn eula(&self) -> Result<WideText<'a>, Error> {
        WideText::read(&self.source, &EULA)
    }

    /// bCDKey256Hash, offset 824: the stored value.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the blob ends before.
    pub fn stored_key_hash(&self) -> Result<[u8; HASH_LENGTH], Error> {
        self.source.array(&KEY_HASH)
    }

    /// b256Hash, offset 856: the stored value.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the blob ends before.
    pub fn stored_blob_hash(&self) -> Result<[u8; HASH_LENGTH], Error> {
        self.source.array(&BLOB_HASH)
    }

    /// Computes SHA-256 of the 16 key bytes and compares it with bCDKey256Hash.
    ///
    /// [`Integrity::Absent`] when the blob ends before the hash.
    #[must_use]
    pub fn key_hash(&self) -> Integrity {
        match self.stored_key_hash() {
            Ok(stored) => Integrity::from_match(stored == key_hash(&self.key)),
            Err(_) => Integrity::Absent,
        }
    }

    /// Computes SHA-256 of the 1272 bytes, with the hash itself zero, and compares it with b256Hash.
    ///
    /// [`Integrity::Absent`] when the blob is shorter than 1272 bytes.
    #[must_use]
    pub fn blob_hash(&self) -> Integrity {
        let before = self.source.slice(&BEFORE_BLOB_HASH);
        let after = self.source.slice(&AFTER_BLOB_HASH);
        match (before, after, self.stored_blob_hash()) {
            (Ok(before), Ok(after), Ok(stored)) => Integrity::from_match(stored == blob_hash(before, after)),
            _ => Integrity::Absent,
        }
    }

    /// Checks the ten-bit checksum of a PKEY2009 key; [`Integrity::Absent`] for other families, which have none.
    #[must_use]
    pub fn key_checksum(&self) -> Integrity {
        self.key.checksum()
    }

    /// The plain fields of a PKEY2009 key; see [`KeyField::pkey2009`].
    #[must_use]
    pub fn pkey2009(&self) -> Option<Pkey2009> {
        self.key.pkey2009()
    }

    /// The family of the key. Version 4 came with Vista, so a key without the N flag is PKEY2005.
    #[must_use]
    pub fn key_family(&self) -> KeyFamily {
        match self.key.family() {
            KeyFamily::Legacy => KeyFamily::Pkey2005,
            family => family,
        }
    }

    /// All fields, as the owned form that encodes to the same bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the blob is shorter than its 1272 bytes.
    pub fn fields(&self) -> Result<Dpid4Fields, Error> {
        Ok(Dpid4Fields {
            advanced_pid: WideField::from_bytes(self.source.array(&ADVANCED_PID)?),
            activation_id: WideField::from_bytes(self.source.array(&ACTIVATION_ID)?),
            oem_id: WideField::from_bytes(self.source.array(&OEM_ID)?),
            edition_type: WideField::from_bytes(self.source.array(&EDITION_TYPE)?),
            upgrade: self.upgrade,
            reserved: self.source.array(&RESERVED)?,
            key: self.key,
            part_number: WideField::from_bytes(self.source.array(&EDITION_ID)?),
            key_type: WideField::from_bytes(self.source.array(&KEY_TYPE)?),
            eula: WideField::from_bytes(self.source.array(&EULA)?),
        })
    }

    /// What is odd about length, size, version and key bytes.
    #[must_use]
    pub fn anomalies(&self) -> Anomalies {
        let mut anomalies = Anomalies::default();
        anomalies.head(
            Structure::Dpid4,
            (DPID4_LENGTH, self.source.bytes.len()),
            (DPID4_SIZE, self.size),
            (DPID4_VERSION, self.version),
        );
        self.key.report(Structure::Dpid4, CD_KEY.offset, &mut anomalies);
        anomalies
    }
}

/// SHA-256 of the 16 key bytes.
pub(crate) fn key_hash(key: &KeyField) -> [u8; HASH_LENGTH] {
    Sha256::digest(key.as_bytes()).into()
}

/// SHA-256 of a blob: the bytes before its hash, zeros for the hash, the bytes after it.
pub(crate) fn blob_hash(before: &[u8], after: &[u8]) -> [u8; HASH_LENGTH] {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update([0; HASH_LENGTH]);
    hash.update(after);
    hash.finalize().into()
}

impl fmt::Debug for Dpid4<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dpid4")
            .field("length", &self.source.bytes.len())
            .field("advanced_pid", &self.advanced_pid())
            .field("edition_type", &self.edition_type())
            .field("part_number", &self.part_number())
            .field("key_type", &self.key_type())
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
