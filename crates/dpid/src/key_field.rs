//! The key field: 16 stored bytes.
//!
//! | offset | length | field | meaning | source |
//! |---|---|---|---|---|
//! | 0 | 15 | value | the key as a little-endian number V of 120 bits | every decoder; 110 published keys |
//! | 15 | 1 | – | 0 in every real blob; takes no part in the key | 24 real v3 and 20 real v4 blobs |
//!
//! Found at offset 52 of a version 3 blob, at 808 of a version 4 blob, and alone as the value of SQL Server 2012 and later.

use core::fmt;

use crate::anomaly::{Anomalies, Anomaly};
use crate::base24::Halves;
use crate::bink::{Bink1998, Bink2002};
use crate::error::{Error, Structure};
use crate::family::KeyFamily;
use crate::integrity::Integrity;
use crate::pkey2009::{N_FLAG, Pkey2009};
use crate::product_key::ProductKey;
use crate::read::Offset;

/// Stored bytes, the 16th included.
pub(crate) const KEY_FIELD_LENGTH: usize = 16;

/// The 16 stored bytes of a product key.
///
/// `Debug` shows family and last five symbols, never the bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyField([u8; KEY_FIELD_LENGTH]);

impl KeyField {
    /// A field of zeros: what is left of a key that Windows does not keep.
    pub const ERASED: Self = Self([0; KEY_FIELD_LENGTH]);

    /// Takes the 16 bytes as they are stored.
    #[must_use]
    pub const fn new(bytes: [u8; KEY_FIELD_LENGTH]) -> Self {
        Self(bytes)
    }

    /// Takes exactly 16 bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] for any other number of bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        match <[u8; KEY_FIELD_LENGTH]>::try_from(bytes) {
            Ok(bytes) => Ok(Self(bytes)),
            Err(_) => {
                Err(Error::Length { structure: Structure::KeyField, expected: KEY_FIELD_LENGTH, actual: bytes.len() })
            }
        }
    }

    /// The field that stores V; the 16th byte is 0.
    pub(crate) const fn from_bits(v: u128) -> Self {
        Self(v.to_le_bytes())
    }

    /// The bytes as they are stored.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; KEY_FIELD_LENGTH] {
        &self.0
    }

    /// V, the N flag included: the first 15 bytes.
    fn bits(&self) -> u128 {
        u128::from_le_bytes(self.0) & (u128::MAX >> 8)
    }

    /// Whether all 15 significant bytes are zero: a MAK, a KMS host key, or a key cleared with `slmgr /cpky`.
    ///
    /// Told by bytes, not by the text `BBBBB-…` that naive decoders make of it.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.bits() == 0
    }

    /// Whether the N flag, bit 3 of byte 14, is set.
    #[must_use]
    pub fn has_n_flag(&self) -> bool {
        self.bits() & N_FLAG != 0
    }

    /// What the bits alone tell: [`KeyFamily::Erased`], [`KeyFamily::Pkey2009`] or [`KeyFamily::Legacy`].
    ///
    /// [`Dpid3::key_family`](crate::Dpid3::key_family) tells more, from the fields around the key.
    #[must_use]
    pub fn family(&self) -> KeyFamily {
        if self.is_erased() {
            KeyFamily::Erased
        } else if self.has_n_flag() {
            KeyFamily::Pkey2009
        } else {
            KeyFamily::Legacy
        }
    }

    /// The 25 symbols; `None` when the field is erased or its number stands for no 25 symbols.
    ///
    /// The 16th byte takes no part; [`anomalies`](Self::anomalies) tells when it is not zero.
    #[must_use]
    #[inline]
    pub fn key(&self) -> Option<ProductKey> {
        let halves = Halves::new(&self.0)?;
        let mut key = ProductKey::BLANK;
        halves.write(key.symbols_mut());
        Some(key)
    }

    /// The plain fields of a PKEY2009 key; `None` without the N flag.
    #[must_use]
    pub fn pkey2009(&self) -> Option<Pkey2009> {
        self.has_n_flag().then(|| Pkey2009::from_bits(self.bits()))
    }

    /// Checks the ten-bit checksum of a PKEY2009 key; [`Integrity::Absent`] without the N flag, where there is none.
    #[must_use]
    pub fn checksum(&self) -> Integrity {
        match self.pkey2009() {
            Some(fields) => Integrity::from_match(fields.checksum_ok),
            None => Integrity::Absent,
        }
    }

    /// The plain bits, if this is a BINK1998 key (Windows 98 to XP); `None` when erased or when the N flag is set.
    ///
    /// The bits do not tell BINK from PKEY2005: use this on blobs of that age only, where the BINK id is below 0x40.
    #[must_use]
    pub fn bink1998(&self) -> Option<Bink1998> {
        (self.family() == KeyFamily::Legacy).then(|| Bink1998::from_bits(self.bits()))
    }

    /// The plain bits, if this is a BINK2002 key (Server 2003); `None` when erased or when the N flag is set.
    ///
    /// The bits do not tell BINK from PKEY2005: use this on blobs of that age only, where the BINK id is 0x40 or more.
    #[must_use]
    pub fn bink2002(&self) -> Option<Bink2002> {
        (self.family() == KeyFamily::Legacy).then(|| Bink2002::from_bits(self.bits()))
    }

    /// What is odd about the bytes: a 16th byte that is not zero, a number that stands for no key.
    #[must_use]
    pub fn anomalies(&self) -> Anomalies {
        let mut anomalies = Anomalies::default();
        self.report(Structure::KeyField, Offset::new(0), &mut anomalies);
        anomalies
    }

    /// Adds what is odd about a field that lies at `offset` of `structure`.
    pub(crate) fn report(&self, structure: Structure, offset: Offset, to: &mut Anomalies) {
        if !self.is_erased() && Halves::new(&self.0).is_none() {
            to.push(Anomaly::KeyRange { structure, offset });
        }
        let [.., tail] = self.0;
        if tail != 0 {
            to.push(Anomaly::KeyTail {
                structure,
                offset: offset.plus(KEY_FIELD_LENGTH.saturating_sub(1)),
                actual: tail,
            });
        }
    }
}

impl fmt::Debug for KeyField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key() {
            Some(key) => write!(f, "KeyField({}, {})", self.family(), key.masked()),
            None => write!(f, "KeyField({}, no key)", self.family()),
        }
    }
}

impl From<[u8; KEY_FIELD_LENGTH]> for KeyField {
    fn from(bytes: [u8; KEY_FIELD_LENGTH]) -> Self {
        Self(bytes)
    }
}
