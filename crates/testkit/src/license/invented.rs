//! Keys that are made up for test blobs.
//!
//! They have the shape that decoders expect, so that a test can tell a customer's key from a published one. They are
//! marked: where Microsoft's keys carry a keyed hash or a signature, these carry a fixed pattern of alternating bits.
//! Only Microsoft can make that hash, so none of these keys activates, or even installs, anything.

use hivekey_dpid::{KeyField, ProductKey};

/// Alternating bits in place of the 53-bit security value.
const SECURITY: u128 = 0x0015_5555_5555_5555;
/// Alternating bits in place of BINK's hash and signature.
const SIGNATURE: u128 = 0x0005_5555_5555_5555_5555;
const ALPHABET: &[u8; 24] = b"BCDFGHJKMPQRTVWXY2346789";
const CHECKSUM_SHIFT: u32 = 103;
const N_FLAG: u128 = 1 << 115;

/// An invented key of Windows 8 or later. Bits: group 20, serial 30, security 53, checksum 10, upgrade, extra, N flag.
pub fn pkey2009(group: u32, serial: u32, upgrade: bool) -> KeyField {
    let body = u128::from(group) | u128::from(serial) << 20 | SECURITY << 50 | u128::from(upgrade) << 113;
    let checksum = u128::from(crc32_bzip2(&body.to_le_bytes()) & 0x3FF);
    KeyField::new((body | checksum << CHECKSUM_SHIFT | N_FLAG).to_le_bytes())
}

/// An invented key of Windows Vista or 7: the alphabet, turned by `seed` places. Its bits mean nothing.
pub fn pkey2005(seed: u32) -> ProductKey {
    let start = seed as usize % ALPHABET.len();
    let symbols: String = (0..25).map(|place| char::from(ALPHABET[(start + place) % ALPHABET.len()])).collect();
    ProductKey::parse(&symbols).unwrap_or_else(|error| panic!("{symbols}: {error}"))
}

/// An invented key of Windows XP. Bits: upgrade, serial 30 (channel · 10^6 + sequence), hash 28, signature 55.
pub fn bink1998(channel: u32, sequence: u32) -> KeyField {
    let serial = channel * 1_000_000 + sequence;
    KeyField::new((u128::from(serial) << 1 | SIGNATURE << 31).to_le_bytes())
}

/// CRC-32/BZIP2, bit by bit: polynomial 0x04C11DB7, not reflected, all bits inverted before and after.
fn crc32_bzip2(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| {
            if crc & 0x8000_0000 == 0 { crc << 1 } else { crc << 1 ^ 0x04C1_1DB7 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_check_value() {
        assert_eq!(crc32_bzip2(b"123456789"), 0xFC89_1918);
    }

    #[test]
    fn invented_keys_stay_below_the_range_of_their_form() {
        let v = u128::from_le_bytes(*bink1998(640, 999_999).as_bytes());
        assert!(v < 24u128.pow(25));
        assert!(!pkey2005(7).encode().has_n_flag());
        assert!(pkey2009(4290, 987_654_321, true).has_n_flag());
    }
}
