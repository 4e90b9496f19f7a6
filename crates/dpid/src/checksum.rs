//! CRC-32/BZIP2: polynomial 0x04C11DB7, not reflected, initial value and final XOR 0xFFFFFFFF.
//!
//! Public documentation of PKEY2009 says "CRC-32/MPEG-2"; that value is the complement of what keys really hold.

/// Remainder of every byte, for a byte-wise computation.
static TABLE: [u32; 256] = {
    let mut table = [0_u32; 256];
    let mut byte = 0_u32;
    let mut entries: &mut [u32] = &mut table;
    while let Some((entry, rest)) = entries.split_first_mut() {
        *entry = byte << 24;
        let mut bit = 0;
        while bit < 8 {
            *entry = if *entry & 0x8000_0000 == 0 { *entry << 1 } else { (*entry << 1) ^ 0x04C1_1DB7 };
            bit += 1;
        }
        byte += 1;
        entries = rest;
    }
    table
};

/// CRC-32/BZIP2 of `bytes`.
pub(crate) fn crc32_bzip2(bytes: &[u8]) -> u32 {
    let rest = bytes.iter().fold(u32::MAX, |rest, &byte| {
        let [top, ..] = rest.to_be_bytes();
        let step = TABLE.get(usize::from(top ^ byte)).copied();
        rest.wrapping_shl(8) ^ step.unwrap_or_default()
    });
    !rest
}

#[cfg(test)]
mod tests {
    use super::crc32_bzip2;

    #[test]
    fn catalogue_check_value() {
        assert_eq!(crc32_bzip2(b"123456789"), 0xFC89_1918);
    }

    #[test]
    fn empty_input() {
        assert_eq!(crc32_bzip2(b""), 0);
    }
}
