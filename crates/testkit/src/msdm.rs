//! Writes the ACPI table MSDM, in which a machine's firmware keeps the product key of its preinstalled Windows.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 4 | `MSDM` |
//! | 4 | 4 | length: 85 |
//! | 8 | 1 | revision |
//! | 9 | 1 | checksum: the sum of all bytes is a multiple of 256 |
//! | 10 | 6 | OEM id |
//! | 16 | 8 | OEM table id |
//! | 24 | 4 | OEM revision |
//! | 28 | 4 | creator id |
//! | 32 | 4 | creator revision |
//! | 36 | 4 | version: 1 |
//! | 40 | 4 | reserved |
//! | 44 | 4 | type of the data: 1 |
//! | 48 | 4 | reserved |
//! | 52 | 4 | length of the data: 29 |
//! | 56 | 29 | the key as ASCII, with hyphens |
//!
//! Source: Microsoft, "Software Licensing Tables (SLIC and MSDM)".

use hivekey_dpid::ProductKey;

/// A table of 85 bytes with this key and a right checksum.
pub fn msdm(key: &ProductKey) -> Vec<u8> {
    let text = key.to_string();
    let length = 56 + text.len();
    let mut table = b"MSDM".to_vec();
    table.extend((length as u32).to_le_bytes());
    table.extend([3, 0]);
    table.extend(b"HVKEY TESTKIT ");
    table.extend(1u32.to_le_bytes());
    table.extend(b"TEST");
    table.extend(1u32.to_le_bytes());
    for word in [1, 0, 1, 0, text.len() as u32] {
        table.extend(word.to_le_bytes());
    }
    table.extend(text.bytes());
    let sum = table.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    table[9] = sum.wrapping_neg();
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_adds_up() {
        let key = ProductKey::parse("VK7JG-NPHTM-C97JM-9MPGT-3V66T").unwrap();
        let table = msdm(&key);
        assert_eq!(table.len(), 85);
        assert_eq!(table.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)), 0);
        assert_eq!(&table[52..57], b"\x1D\0\0\0V");
    }
}
