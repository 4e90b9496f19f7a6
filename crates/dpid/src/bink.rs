//! The plain bits of keys from before Vista. The rest of the bits, a hash and a signature, says nothing to a reader.
//!
//! BINK1998 (Windows 98 to XP; BINK id below 0x40), least significant bit first:
//!
//! | bits | field | source |
//! |---|---|---|
//! | 0 | upgrade | PKeyMaster `DecodePKey980-PKey986.ps1` |
//! | 1..=30 | serial = channel · 10⁶ + sequence | same; agrees with the ProductId of two real XP blobs |
//! | 31..=58, 59.. | hash, signature | same |
//!
//! BINK2002 (Server 2003; BINK id from 0x40 on), same source:
//!
//! | bits | field |
//! |---|---|
//! | 0 | upgrade |
//! | 1..=10 | channel |
//! | 11..=41, 42..=103 | hash, signature |
//! | 104..=113 | authentication info |

/// The sequence number takes six decimal digits of the serial.
const SEQUENCE_MODULUS: u32 = 1_000_000;

/// Plain bits of a BINK1998 key (Windows 98 to XP).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bink1998 {
    /// Bit 0: an upgrade key.
    pub upgrade: bool,
    /// 30 bits: channel · 10⁶ + sequence.
    pub serial: u32,
}

impl Bink1998 {
    pub(crate) fn from_bits(v: u128) -> Self {
        Self { upgrade: v & 1 == 1, serial: bits(v, 1, 30) }
    }

    /// The channel id, the second part of an XP ProductId.
    #[must_use]
    pub const fn channel(&self) -> u32 {
        self.serial / SEQUENCE_MODULUS
    }

    /// The sequence number, the first six digits of the third part of an XP ProductId.
    #[must_use]
    pub const fn sequence(&self) -> u32 {
        self.serial % SEQUENCE_MODULUS
    }
}

/// Plain bits of a BINK2002 key (Server 2003).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bink2002 {
    /// Bit 0: an upgrade key.
    pub upgrade: bool,
    /// 10 bits: the channel id.
    pub channel: u32,
    /// 10 bits: authentication info.
    pub authentication: u32,
}

impl Bink2002 {
    pub(crate) fn from_bits(v: u128) -> Self {
        Self { upgrade: v & 1 == 1, channel: bits(v, 1, 10), authentication: bits(v, 104, 10) }
    }
}

/// `count` bits of `v` from bit `first` on, at most 32 of them.
fn bits(v: u128, first: u32, count: u32) -> u32 {
    let mask = u32::MAX.wrapping_shr(32_u32.saturating_sub(count));
    let shifted = v.wrapping_shr(first) & u128::from(mask);
    u32::try_from(shifted).unwrap_or(mask)
}
