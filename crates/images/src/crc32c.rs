//! CRC-32C (Castagnoli), which guards the structures of VHDX. Source: RFC 3720, appendix B.4.

use std::sync::LazyLock;

/// The polynomial 0x1EDC6F41, reflected.
const POLYNOMIAL: u32 = 0x82F6_3B78;

static TABLE: LazyLock<[u32; 256]> = LazyLock::new(|| {
    std::array::from_fn(|byte| {
        let mut crc = u32::try_from(byte).unwrap_or(0);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
        }
        crc
    })
});

/// The CRC-32C of several pieces, one after the other.
pub(crate) fn crc32c<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> u32 {
    let table = &*TABLE;
    let bytes = pieces.into_iter().flatten();
    !bytes.fold(u32::MAX, |crc, byte| {
        let [low, ..] = crc.to_le_bytes();
        (crc >> 8) ^ table.get(usize::from(low ^ byte)).copied().unwrap_or_default()
    })
}

/// The CRC-32C of a structure whose four bytes at `stored_at` hold it, and count as zeros.
pub(crate) fn with_hole(bytes: &[u8], stored_at: usize) -> u32 {
    let before = bytes.get(..stored_at).unwrap_or(bytes);
    let after = bytes.get(stored_at.saturating_add(4)..).unwrap_or_default();
    crc32c([before, &[0; 4], after])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_the_rfc() {
        assert_eq!(crc32c([&b"123456789"[..]]), 0xE306_9283);
        assert_eq!(crc32c([&[0u8; 32][..]]), 0x8A91_36AA);
        assert_eq!(crc32c([&[0xFFu8; 16][..], &[0xFF; 16]]), 0x62A8_AB43);
        assert_eq!(crc32c([]), 0);
        assert_eq!(with_hole(&[0, 0, 9, 9, 9, 9, 0], 2), crc32c([&[0u8; 7][..]]));
    }
}
