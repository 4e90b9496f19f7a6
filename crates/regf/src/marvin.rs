//! Marvin32, the hash over the entries of a log of the new format.
//!
//! The state is two 32-bit words, `lo` and `hi`, that start as the halves of the seed. Each little-endian word of the
//! input is added to `lo`, then the state is mixed; the last, incomplete word is closed by a byte 0x80 and zeros; a
//! mix with 0 follows. The 64-bit result is `hi` above `lo`.
//!
//! Source: N. Ferguson, US patent 8 255 368 B2; the seed after M. Suhanov, "Windows registry file format
//! specification", log entries.

/// The seed of transaction logs.
const SEED: u64 = 0x82EF_4D88_7A4E_55C5;

/// The hash of an entry's part.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    hash_with(SEED, bytes)
}

fn hash_with(seed: u64, bytes: &[u8]) -> u64 {
    let halves = [seed & u64::from(u32::MAX), seed >> 32];
    let [lo, hi] = halves.map(|half| u32::try_from(half).unwrap_or(0));
    let (words, tail) = bytes.as_chunks::<4>();
    let (lo, hi) = words.iter().fold((lo, hi), |state, word| mix(state, u32::from_le_bytes(*word)));
    let closed = tail.iter().rev().fold(0x80u32, |word, &byte| word << 8 | u32::from(byte));
    let (lo, hi) = mix(mix((lo, hi), closed), 0);
    u64::from(hi) << 32 | u64::from(lo)
}

#[inline]
fn mix((lo, hi): (u32, u32), word: u32) -> (u32, u32) {
    let lo = lo.wrapping_add(word);
    let hi = hi ^ lo;
    let lo = lo.rotate_left(20).wrapping_add(hi);
    let hi = hi.rotate_left(9) ^ lo;
    let lo = lo.rotate_left(27).wrapping_add(hi);
    (lo, hi.rotate_left(19))
}

#[cfg(test)]
mod tests {
    use super::hash_with;

    /// The vectors of the .NET runtime's test of its own Marvin32.
    #[test]
    fn known_vectors() {
        let vectors: [(&[u8], u64); 8] = [
            (&[], 0x30ED_35C1_00CD_3C7D),
            (&[0xAF], 0x48E7_3FC7_7D75_DDC1),
            (&[0xE7, 0x0F], 0xB5F6_E1FC_485D_BFF8),
            (&[0x37, 0xF4, 0x95], 0xF0B0_7C78_9B8C_F7E8),
            (&[0x86, 0x42, 0xDC, 0x59], 0x7008_F2E8_7E9C_F556),
            (&[0x15, 0x3F, 0xB7, 0x98, 0x26], 0xE6C0_8C6D_A2AF_A997),
            (&[0x09, 0x32, 0xE6, 0x24, 0x6C, 0x47], 0x6F04_BF1A_5EA2_4060),
            (&[0xAB, 0x42, 0x7E, 0xA8, 0xD1, 0x0F, 0xC7], 0xE118_47E4_F067_8C41),
        ];
        for (bytes, expected) in vectors {
            assert_eq!(hash_with(0x004F_B61A_001B_DBCC, bytes), expected, "{bytes:02x?}");
        }
    }
}
