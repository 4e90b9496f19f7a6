//! The bits of a PKEY2009 key (Windows 8, Server 2012, Office 2013 and later), least significant bit first.
//!
//! | bits | field | meaning |
//! |---|---|---|
//! | 0..=19 | group | group id: product, edition and channel, see pkeyconfig |
//! | 20..=49 | serial | number of the key in its group |
//! | 50..=102 | security | a keyed hash that only Microsoft can check |
//! | 103..=112 | checksum | low ten bits of CRC-32/BZIP2 over the 16 bytes with these bits and the N flag zero |
//! | 113 | upgrade | |
//! | 114 | extra | covered by the checksum |
//! | 115 | N flag | the text holds an `N` |
//!
//! Sources: awuctl/licensing-stuff `docs/product-keys.md`, PKeyMaster `DecodePKey2009.ps1`; US patent 8984293. The checksum
//! was computed for all 85 published keys of this family and for real blobs.

use crate::checksum::crc32_bzip2;

/// Bit 115, which is bit 3 of byte 14.
pub(crate) const N_FLAG: u128 = 1 << 115;

const CHECKSUM_MASK: u128 = 0x3FF << 103;

/// The fields of a PKEY2009 key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pkey2009 {
    /// Group id, 20 bits: product, edition and channel.
    pub group: u32,
    /// Number of the key in its group, 30 bits. Placeholders have tiny ones.
    pub serial: u32,
    /// 53 bits that only Microsoft can check.
    pub security: u64,
    /// The stored checksum, 10 bits.
    pub checksum: u16,
    /// Whether the stored checksum fits the other bits. It detects damage; it does not show that a key is genuine.
    pub checksum_ok: bool,
    /// An upgrade key.
    pub upgrade: bool,
    /// The extra bit, 0 in every published key.
    pub extra: bool,
}

impl Pkey2009 {
    pub(crate) fn from_bits(v: u128) -> Self {
        let checksum = low_u16(v.wrapping_shr(103), 0x3FF);
        Self {
            group: low_u32(v, 0xF_FFFF),
            serial: low_u32(v.wrapping_shr(20), 0x3FFF_FFFF),
            security: low_u64(v.wrapping_shr(50), 0x001F_FFFF_FFFF_FFFF),
            checksum,
            checksum_ok: checksum == expected_checksum(v),
            upgrade: v.wrapping_shr(113) & 1 == 1,
            extra: v.wrapping_shr(114) & 1 == 1,
        }
    }
}

/// The checksum that the other bits of `v` call for.
fn expected_checksum(v: u128) -> u16 {
    let covered = v & !CHECKSUM_MASK & !N_FLAG;
    low_u16(u128::from(crc32_bzip2(&covered.to_le_bytes())), 0x3FF)
}

fn low_u16(v: u128, mask: u16) -> u16 {
    u16::try_from(v & u128::from(mask)).unwrap_or(mask)
}

fn low_u32(v: u128, mask: u32) -> u32 {
    u32::try_from(v & u128::from(mask)).unwrap_or(mask)
}

fn low_u64(v: u128, mask: u64) -> u64 {
    u64::try_from(v & u128::from(mask)).unwrap_or(mask)
}
