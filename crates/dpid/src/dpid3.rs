//! DigitalProductId version 3: 164 bytes, little-endian.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | uiSize | 164 |
//! | 4 | 2 | MajorVersion | 3 |
//! | 6 | 2 | MinorVersion | 0 |
//! | 8 | 24 | szProductId | ASCII; equals the registry value `ProductId` |
//! | 32 | 4 | uiKeyIdx | Vista and later: group id; before: BINK id |
//! | 36 | 16 | szEditionId | ASCII; in spite of its name the part number, e.g. `[RS5]X21-83736`, `A22-00001` on XP |
//! | 52 | 16 | bCDKey | the key field; zero when erased |
//! | 68 | 4 | uiCloneStatus | 0 in all samples |
//! | 72 | 4 | uiTime | Unix time, seconds, at which the key was installed |
//! | 76 | 4 | uiRandom | |
//! | 80 | 4 | uiLt | licence type: 0 retail, 1 upgrade, 2 OEM, 3 volume; before Vista no proof |
//! | 84 | 8 | uiLicenseData\[2\] | 0 in all samples |
//! | 92 | 8 | sOemId | ASCII; 0 in all samples |
//! | 100 | 4 | uiBundleId | 0 in all samples |
//! | 104 | 28 | hardware, static | see `hardware.rs`; zero on Vista and later |
//! | 132 | 28 | hardware, dynamic | the same |
//! | 160 | 4 | uiCRC32 | CRC-32/JAMCRC of bytes 0 to 159: `!crc32` of the usual CRC-32 |
//!
//! Windows XP to 11; Office XP to 2007, SQL Server 2005 to 2008 R2 and Exchange use it too. Sources: Microsoft KB 936607 (bytes 0
//! to 7), PKeyMaster `DigitalProductId.ps1`, dissect.target `productkey.py`; layout and CRC checked on 24 real blobs.

use core::fmt;

use crate::anomaly::Anomalies;
use crate::dpid3_fields::Dpid3Fields;
use crate::error::{Error, Structure};
use crate::family::KeyFamily;
use crate::field_text::AsciiField;
use crate::hardware::{HARDWARE_LENGTH, HardwareId};
use crate::integrity::Integrity;
use crate::key_field::KeyField;
use crate::pkey2009::Pkey2009;
use crate::product_key::ProductKey;
use crate::read::{Field, Source};

pub(crate) const DPID3_LENGTH: usize = 164;
/// The size field's value.
pub(crate) const DPID3_SIZE: u32 = 164;
pub(crate) const DPID3_VERSION: (u16, u16) = (3, 0);

pub(crate) const SIZE: Field = Field::new("uiSize", 0, 4);
pub(crate) const MAJOR: Field = Field::new("MajorVersion", 4, 2);
pub(crate) const MINOR: Field = Field::new("MinorVersion", 6, 2);
pub(crate) const PRODUCT_ID: Field = Field::new("szProductId", 8, 24);
pub(crate) const KEY_INDEX: Field = Field::new("uiKeyIdx", 32, 4);
pub(crate) const EDITION_ID: Field = Field::new("szEditionId", 36, 16);
pub(crate) const CD_KEY: Field = Field::new("bCDKey", 52, 16);
pub(crate) const CLONE_STATUS: Field = Field::new("uiCloneStatus", 68, 4);
pub(crate) const TIME: Field = Field::new("uiTime", 72, 4);
pub(crate) const RANDOM: Field = Field::new("uiRandom", 76, 4);
pub(crate) const LICENSE_TYPE: Field = Field::new("uiLt", 80, 4);
pub(crate) const LICENSE_DATA: Field = Field::new("uiLicenseData", 84, 8);
pub(crate) const OEM_ID: Field = Field::new("sOemId", 92, 8);
pub(crate) const BUNDLE_ID: Field = Field::new("uiBundleId", 100, 4);
pub(crate) const HARDWARE_STATIC: Field = Field::new("hardware, static", 104, HARDWARE_LENGTH);
pub(crate) const HARDWARE_DYNAMIC: Field = Field::new("hardware, dynamic", 132, HARDWARE_LENGTH);
pub(crate) const CRC: Field = Field::new("uiCRC32", 160, 4);
/// What the CRC covers.
const CRC_COVERS: Field = Field::new("bytes 0 to 159", 0, 160);
/// The blob without what follows it.
const WHOLE: Field = Field::new("blob", 0, DPID3_LENGTH);

/// BINK ids from here on belong to BINK2002 keys.
const FIRST_BINK2002_ID: u32 = 0x40;
/// The smallest group id of a PKEY2005 key in the pkeyconfig files of Windows Vista to 7.
const FIRST_PKEY2005_GROUP: u32 = 140;

/// A DigitalProductId version 3, borrowed.
///
/// Made from any bytes that reach to the end of the key field: a wrong length, size or version is an
/// [anomaly](Self::anomalies), and a field that is cut off is an error of that field only. `Debug` masks the key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dpid3<'a> {
    source: Source<'a>,
    size: u32,
    version: (u16, u16),
    group_id: u32,
    key: KeyField,
}

impl<'a> Dpid3<'a> {
    /// Length of the structure in bytes.
    pub const LENGTH: usize = DPID3_LENGTH;

    /// Reads bytes as a version 3 blob, whatever its size and version fields say.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the bytes end before the end of the key field (offset 68).
    pub fn new(bytes: &'a [u8]) -> Result<Self, Error> {
        let source = Source::new(Structure::Dpid3, bytes);
        Ok(Self {
            source,
            size: source.u32(&SIZE)?,
            version: (source.u16(&MAJOR)?, source.u16(&MINOR)?),
            group_id: source.u32(&KEY_INDEX)?,
            key: KeyField::new(source.array(&CD_KEY)?),
        })
    }

    /// The bytes given, including what may follow the structure.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.source.bytes
    }

    /// uiSize, offset 0: 164 in a healthy blob.
    #[must_use]
    pub const fn size(&self) -> u32 {
        self.size
    }

    /// MajorVersion and MinorVersion, offset 4: (3, 0) in a healthy blob.
    #[must_use]
    pub const fn version(&self) -> (u16, u16) {
        self.version
    }

    /// szProductId, offset 8.
    ///
    /// # Errors
    ///
    /// [`Error::Text`] when it is not printable ASCII.
    pub fn product_id(&self) -> Result<&'a str, Error> {
        self.source.ascii(&PRODUCT_ID)
    }

    /// uiKeyIdx, offset 32: the group id on Vista and later, the BINK id before.
    #[must_use]
    pub const fn group_id(&self) -> u32 {
        self.group_id
    }

    /// szEditionId, offset 36: in spite of its name the part number.
    ///
    /// # Errors
    ///
    /// [`Error::Text`] when it is not printable ASCII.
    pub fn part_number(&self) -> Result<&'a str, Error> {
        self.source.ascii(&EDITION_ID)
    }

    /// bCDKey, offset 52.
    #[must_use]
    pub const fn key_field(&self) -> KeyField {
        self.key
    }

    /// The key as 25 symbols; see [`KeyField::key`].
    #[must_use]
    pub fn product_key(&self) -> Option<ProductKey> {
        self.key.key()
    }

    /// uiCloneStatus, offset 68.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the blob ends before.
    pub fn clone_status(&self) -> Result<u32, Error> {
        self.source.u32(&CLONE_STATUS)
    }

    /// uiTime, offset 72: when the key was installed (not Windows), in seconds since 1970-01-01 UTC.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the blob ends before.
    pub fn time(&self) -> Result<u32, Error> {
        self.source.u32(&TIME)
    }

    /// uiRandom, offset 76.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the blob ends before.
    pub fn random(&self) -> Result<u32, Error> {
        self.source.u32(&RANDOM)
    }

    /// uiLt, offset 80: 0 retail, 1 upgrade, 2 OEM, 3 volume. An XP volume blob has 0: before Vista it is no proof.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the blob ends before.
    pub fn license_type(&self) -> Result<u32, Error> {
        self.source.u32(&LICENSE_TYPE)
    }

    /// uiLicenseData, offset 84.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the blob ends before.
    pub fn license_data(&self) -> Result<[u32; 2], Error> {
        self.source.u32_pair(&LICENSE_DATA)
    }

    /// sOemId, offset 92.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the blob ends before, [`Error::Text`] when it is not printable ASCII.
    pub fn oem_id(&self) -> Result<&'a str, Error> {
        self.source.ascii(&OEM_ID)
    }

    /// uiBundleId, offset 100.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the blob ends before.
    pub fn bundle_id(&self) -> Result<u32, Error> {
        self.source.u32(&BUNDLE_ID)
    }

    /// The static hardware fields, offset 104: filled by Windows XP and Server 2003, zero since Vista.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the blob ends before.
    pub fn hardware_static(&self) -> Result<HardwareId, Error> {
        HardwareId::read(&self.source.array(&HARDWARE_STATIC)?)
    }

    /// The dynamic hardware fields, offset 132.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the blob ends before.
    pub fn hardware_dynamic(&self) -> Result<HardwareId, Error> {
        HardwareId::read(&self.source.array(&HARDWARE_DYNAMIC)?)
    }

    /// uiCRC32, offset 160: the stored value.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the blob ends before.
    pub fn stored_crc(&self) -> Result<u32, Error> {
        self.source.u32(&CRC)
    }

    /// Computes CRC-32/JAMCRC of bytes 0 to 159 and compares it with the stored one.
    ///
    /// [`Integrity::Absent`] when the blob ends before its CRC.
    #[must_use]
    pub fn crc(&self) -> Integrity {
        match (self.source.slice(&CRC_COVERS), self.stored_crc()) {
            (Ok(covered), Ok(stored)) => Integrity::from_match(jamcrc(covered) == stored),
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

    /// The family of the key, told by the key and by the fields around it.
    ///
    /// A key without the N flag is BINK when the hardware fields are filled, when the channel and sequence number in its
    /// bits are those of the ProductId, or when its part number has the form of before Vista (`A22-00001`). It is PKEY2005
    /// when the part number begins with `X` and two digits and the group id is one of PKEY2005's. Otherwise it stays [`KeyFamily::Legacy`].
    #[must_use]
    pub fn key_family(&self) -> KeyFamily {
        match self.key.family() {
            KeyFamily::Legacy if self.is_bink() => KeyFamily::Bink,
            KeyFamily::Legacy if self.is_pkey2005() => KeyFamily::Pkey2005,
            family => family,
        }
    }

    fn is_bink(&self) -> bool {
        let filled = |hardware: Result<HardwareId, Error>| hardware.is_ok_and(|h| !h.is_zero());
        if filled(self.hardware_static()) || filled(self.hardware_dynamic()) {
            return true;
        }
        let in_key = self.key.bink1998().map(|bits| bits.serial);
        let in_text = self.product_id().ok().and_then(serial_of_product_id);
        if self.group_id < FIRST_BINK2002_ID && in_key.is_some() && in_key == in_text {
            return true;
        }
        self.part_number().is_ok_and(is_part_before_vista)
    }

    fn is_pkey2005(&self) -> bool {
        self.group_id >= FIRST_PKEY2005_GROUP && self.part_number().is_ok_and(is_part_since_vista)
    }

    /// All fields, as the owned form that encodes to the same bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Truncated`] when the blob is shorter than its 164 bytes.
    pub fn fields(&self) -> Result<Dpid3Fields, Error> {
        Ok(Dpid3Fields {
            product_id: AsciiField::from_bytes(self.source.array(&PRODUCT_ID)?),
            group_id: self.group_id,
            part_number: AsciiField::from_bytes(self.source.array(&EDITION_ID)?),
            key: self.key,
            clone_status: self.clone_status()?,
            time: self.time()?,
            random: self.random()?,
            license_type: self.license_type()?,
            license_data: self.license_data()?,
            oem_id: AsciiField::from_bytes(self.source.array(&OEM_ID)?),
            bundle_id: self.bundle_id()?,
            hardware_static: self.hardware_static()?,
            hardware_dynamic: self.hardware_dynamic()?,
        })
    }

    /// What is odd about length, size, version and key bytes.
    #[must_use]
    pub fn anomalies(&self) -> Anomalies {
        let mut anomalies = Anomalies::default();
        anomalies.head(
            Structure::Dpid3,
            (DPID3_LENGTH, self.source.bytes.len()),
            (DPID3_SIZE, self.size),
            (DPID3_VERSION, self.version),
        );
        self.key.report(Structure::Dpid3, CD_KEY.offset, &mut anomalies);
        anomalies
    }

    /// The same blob without what follows its 164 bytes.
    pub(crate) fn trimmed(&self) -> Self {
        let mut trimmed = *self;
        if let Ok(bytes) = self.source.slice(&WHOLE) {
            trimmed.source.bytes = bytes;
        }
        trimmed
    }
}

/// CRC-32/JAMCRC: the usual CRC-32 without its final XOR.
pub(crate) fn jamcrc(bytes: &[u8]) -> u32 {
    !crc32fast::hash(bytes)
}

/// Channel · 10⁶ + sequence number of a ProductId `MPC-CCC-NNNNNNk-DDEEE`, the form of before Windows 8.
fn serial_of_product_id(product_id: &str) -> Option<u32> {
    let mut parts = product_id.split('-');
    let channel = parts.nth(1).filter(|part| part.len() == 3)?;
    let sequence = parts.next().filter(|part| part.len() == 7)?;
    let (sequence, _check) = sequence.split_at_checked(6)?;
    decimal(channel)?.checked_mul(1_000_000)?.checked_add(decimal(sequence)?)
}

fn decimal(digits: &str) -> Option<u32> {
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// `A22-00001`: letter, two letters or digits, dash, five digits; not the `X` and two digits of later parts.
fn is_part_before_vista(part: &str) -> bool {
    let form = match part.as_bytes() {
        [a, b, c, b'-', rest @ ..] => {
            a.is_ascii_uppercase()
                && [b, c].into_iter().all(u8::is_ascii_alphanumeric)
                && rest.len() == 5
                && rest.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    };
    form && !is_part_since_vista(part)
}

/// `X15-37377`, also with a prefix in brackets and with a suffix.
fn is_part_since_vista(part: &str) -> bool {
    let bare = part.split_once(']').map_or(part, |(_, bare)| bare);
    matches!(bare.as_bytes(), [b'X', b, c, b'-', ..] if b.is_ascii_digit() && c.is_ascii_digit())
}

impl fmt::Debug for Dpid3<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dpid3")
            .field("length", &self.source.bytes.len())
            .field("product_id", &self.product_id())
            .field("group_id", &self.group_id)
            .field("part_number", &self.part_number())
            .field("key", &self.key)
            .field("crc", &self.crc())
            .finish_non_exhaustive()
    }
}
