//! What one position of the source turned out to be.

use std::fmt;
use std::sync::Arc;

use hivekey_dpid::{Blob, ProductKey, recognise};

use crate::cut::Cut;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HitKind {
    /// DigitalProductId version 3, 164 bytes.
    Dpid3,
    /// DigitalProductId version 4, 1272 bytes.
    Dpid4,
    /// The ACPI table with an OEM Activation 3.0 key, 85 bytes.
    Msdm,
    /// A product key written as ASCII text, 29 bytes.
    KeyTextAscii,
    /// A product key written as UTF-16LE text, 58 bytes.
    KeyTextUtf16,
}

impl HitKind {
    /// Bytes that a complete find has.
    #[must_use]
    pub const fn length(self) -> usize {
        match self {
            Self::Dpid3 => 164,
            Self::Dpid4 => 1272,
            Self::Msdm => 85,
            Self::KeyTextAscii => 29,
            Self::KeyTextUtf16 => 58,
        }
    }
}

impl fmt::Display for HitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Dpid3 => "DigitalProductId v3",
            Self::Dpid4 => "DigitalProductId v4",
            Self::Msdm => "MSDM table",
            Self::KeyTextAscii => "key text (ASCII)",
            Self::KeyTextUtf16 => "key text (UTF-16)",
        })
    }
}

/// How certain it is that a find is what it looks like, the most certain first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Certainty {
    /// Every check value fits: the CRC of a version 3 blob, both SHA-256 of a version 4 blob, the checksum of an MSDM table that
    /// holds a key.
    Verified,
    /// Every check value fits once the blob is put together from two places; see [`Hit::cut`].
    Rejoined,
    /// Header and product id are those of a blob, or the key of an MSDM table is intact, but a check value fails: what is
    /// behind the [cut](Hit::cut), or any single field, may belong to something else.
    Damaged,
    /// Text of the right shape that passes the ten-bit checksum of Windows 8 and later keys. One in a thousand random texts of that
    /// shape does, and so does every key that stands in a list, a document or a script.
    Hint,
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Verified => "verified",
            Self::Rejoined => "rejoined",
            Self::Damaged => "damaged",
            Self::Hint => "hint",
        })
    }
}

/// One find at one offset. Its bytes are shared by all hits that have the same.
///
/// `Debug` leaves the bytes out: they are a product key.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hit {
    /// Where it begins, in bytes from the start of the source.
    pub offset: u64,
    /// What it is.
    pub kind: HitKind,
    /// How certain that is.
    pub certainty: Certainty,
    /// Where a [`Rejoined`](Certainty::Rejoined) blob was cut, or a [`Damaged`](Certainty::Damaged) one may be; `None` when no sector
    /// boundary lies inside it.
    pub cut: Option<Cut>,
    /// The bytes, [`HitKind::length`] of them; fewer where the source ends before, more never.
    pub bytes: Arc<[u8]>,
}

impl Hit {
    /// The fields of the blob or table; `None` for key texts and for a blob that ends before its key field does.
    #[must_use]
    pub fn blob(&self) -> Option<Blob<'_>> {
        match self.kind {
            HitKind::KeyTextAscii | HitKind::KeyTextUtf16 => None,
            _ => recognise(&self.bytes).ok(),
        }
    }

    /// The key; `None` where it is erased or where the bytes stand for none.
    #[must_use]
    pub fn product_key(&self) -> Option<ProductKey> {
        let width = match self.kind {
            HitKind::KeyTextAscii => 1,
            HitKind::KeyTextUtf16 => 2,
            _ => return self.blob()?.product_key(),
        };
        crate::key_text::parse(&self.bytes, width)
    }

    /// The offset after its last byte; for a rejoined blob, of its first part.
    #[must_use]
    pub fn end(&self) -> u64 {
        let here = match self.cut {
            Some(Cut { at, rest: Some(_) }) => at,
            _ => self.bytes.len(),
        };
        self.offset.saturating_add(crate::numbers::to_u64(here))
    }
}

impl fmt::Debug for Hit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hit")
            .field("offset", &self.offset)
            .field("kind", &self.kind)
            .field("certainty", &self.certainty)
            .field("cut", &self.cut)
            .field("length", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
