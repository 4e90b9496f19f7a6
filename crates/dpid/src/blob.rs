//! Which structure some bytes are.

use crate::anomaly::Anomalies;
use crate::dpid2::{DPID2_LENGTH, Dpid2};
use crate::dpid3::{self, DPID3_LENGTH, DPID3_SIZE, DPID3_VERSION, Dpid3};
use crate::dpid4::{DPID4_LENGTH, DPID4_SIZE, DPID4_VERSION, Dpid4};
use crate::error::{Error, Structure};
use crate::key_field::{KEY_FIELD_LENGTH, KeyField};
use crate::msdm::{MSDM_SIGNATURE, Msdm};
use crate::product_key::ProductKey;
use crate::read::Source;
use crate::slic::{SLIC_SIGNATURE, Slic};
use crate::wpa::{WPA_LENGTH, WpaDpid3};

/// A structure that [`recognise`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Blob<'a> {
    /// 50 bytes of text, no key.
    Dpid2(Dpid2<'a>),
    /// DigitalProductId, 164 bytes, or what is left of one.
    Dpid3(Dpid3<'a>),
    /// DigitalProductId4, 1272 bytes, or what is left of one.
    Dpid4(Dpid4<'a>),
    /// The 16 key bytes alone, as SQL Server 2012 and later store them.
    KeyField(KeyField),
    /// The 256-byte value below `SYSTEM\WPA` of Windows XP.
    WpaDpid3(WpaDpid3<'a>),
    /// The firmware table with an OEM key.
    Msdm(Msdm<'a>),
    /// The firmware table without one.
    Slic(Slic<'a>),
}

impl Blob<'_> {
    /// Which structure it is.
    #[must_use]
    pub const fn structure(&self) -> Structure {
        match self {
            Self::Dpid2(_) => Structure::Dpid2,
            Self::Dpid3(_) => Structure::Dpid3,
            Self::Dpid4(_) => Structure::Dpid4,
            Self::KeyField(_) => Structure::KeyField,
            Self::WpaDpid3(_) => Structure::WpaDpid3,
            Self::Msdm(_) => Structure::Msdm,
            Self::Slic(_) => Structure::Slic,
        }
    }

    /// The stored key bytes; `None` where the structure has none.
    #[must_use]
    pub const fn key_field(&self) -> Option<KeyField> {
        match self {
            Self::Dpid3(blob) => Some(blob.key_field()),
            Self::Dpid4(blob) => Some(blob.key_field()),
            Self::KeyField(field) => Some(*field),
            Self::WpaDpid3(value) => Some(value.dpid3().key_field()),
            Self::Dpid2(_) | Self::Msdm(_) | Self::Slic(_) => None,
        }
    }

    /// The key; `None` where there is none, where it is erased, or where the bytes stand for none.
    #[must_use]
    pub fn product_key(&self) -> Option<ProductKey> {
        match self {
            Self::Msdm(table) => table.product_key().ok(),
            _ => self.key_field()?.key(),
        }
    }

    /// What is odd about it.
    #[must_use]
    pub fn anomalies(&self) -> Anomalies {
        match self {
            Self::Dpid2(_) => Anomalies::default(),
            Self::Dpid3(blob) => blob.anomalies(),
            Self::Dpid4(blob) => blob.anomalies(),
            Self::KeyField(field) => field.anomalies(),
            Self::WpaDpid3(value) => value.anomalies(),
            Self::Msdm(table) => table.anomalies(),
            Self::Slic(table) => table.anomalies(),
        }
    }
}

/// Tells by length, size field, version and signature which structure the bytes are.
///
/// A version 3 or 4 blob is recognised when two of its three marks hold: the length of the input, the size field, the version
/// fields. The mark that fails is an anomaly, and everything that is there can be read. Other structures are told by length or
/// signature.
///
/// # Errors
///
/// [`Error::Unrecognised`] when the bytes are none of these; [`Error::Truncated`] when a blob is cut off before the end of its
/// key bytes. To read such bytes as a given structure nevertheless, use its own constructor.
pub fn recognise(bytes: &[u8]) -> Result<Blob<'_>, Error> {
    if bytes.starts_with(&MSDM_SIGNATURE) {
        return Msdm::new(bytes).map(Blob::Msdm);
    }
    if bytes.starts_with(&SLIC_SIGNATURE) {
        return Slic::new(bytes).map(Blob::Slic);
    }
    match bytes.len() {
        KEY_FIELD_LENGTH => return KeyField::from_slice(bytes).map(Blob::KeyField),
        DPID2_LENGTH => {
            if let Ok(text) = Dpid2::new(bytes) {
                return Ok(Blob::Dpid2(text));
            }
        }
        _ => {}
    }
    // Both versions begin with the same three fields.
    let source = Source::new(Structure::Dpid3, bytes);
    let size = source.u32(&dpid3::SIZE).ok();
    let major = source.u16(&dpid3::MAJOR).ok();
    let version = major.zip(source.u16(&dpid3::MINOR).ok());
    let two_marks = |length: usize, size_field: u32, expected: (u16, u16)| {
        let marks = [bytes.len() == length, size == Some(size_field), version == Some(expected)];
        marks.into_iter().filter(|&mark| mark).count() >= 2
    };
    if two_marks(DPID4_LENGTH, DPID4_SIZE, DPID4_VERSION) {
        Dpid4::new(bytes).map(Blob::Dpid4)
    } else if two_marks(WPA_LENGTH, DPID3_SIZE, DPID3_VERSION) && bytes.len() == WPA_LENGTH {
        WpaDpid3::new(bytes).map(Blob::WpaDpid3)
    } else if two_marks(DPID3_LENGTH, DPID3_SIZE, DPID3_VERSION) {
        Dpid3::new(bytes).map(Blob::Dpid3)
    } else {
        Err(Error::Unrecognised { length: bytes.len(), size_field: size, major: major.map(u32::from) })
    }
}
