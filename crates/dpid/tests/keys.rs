//! Every key that Microsoft publishes, from text to bytes and back, and what its bits say.

#[cfg(test)]
mod tests {
    use std::path::Path;

    use hivekey_dpid::{Error, Integrity, KeyFamily, KeyField, ProductKey};

    fn published_keys() -> Option<String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/facts/published-keys.tsv");
        let text = std::fs::read_to_string(&path).ok();
        if text.is_none() {
            println!("skipped: {} absent", path.display());
        }
        text
    }

    #[test]
    fn published_keys_survive_the_round_trip_and_pass_their_checksum() {
        let Some(table) = published_keys() else { return };
        let (mut new, mut old) = (0, 0);
        for line in table.lines().skip(1) {
            let columns: Vec<_> = line.split('\t').collect();
            let (text, algorithm, group, serial) = (columns[1], columns[4], columns[5], columns[6]);
            let key = ProductKey::parse(text).unwrap();
            let field = key.encode();
            assert_eq!(field.key(), Some(key), "{text}");
            assert_eq!(key.to_string(), text);
            assert_eq!(field.as_bytes()[15], 0);
            assert!(field.anomalies().is_empty());
            if algorithm == "pkey/2009" {
                let bits = field.pkey2009().unwrap();
                assert_eq!(bits.group.to_string(), group, "{text}");
                assert_eq!(bits.serial.to_string(), serial, "{text}");
                assert!(bits.checksum_ok && !bits.upgrade && !bits.extra, "{text}");
                assert_eq!(field.checksum(), Integrity::Ok);
                new += 1;
            } else {
                assert_eq!(field.family(), KeyFamily::Legacy, "{text}");
                assert_eq!(field.checksum(), Integrity::Absent);
                assert_eq!(field.pkey2009(), None);
                old += 1;
            }
        }
        assert_eq!((new, old), (85, 25));
    }

    /// The released dissect.target makes `NB69G-4B89J-24G8F-4WWYC-CJ464` of this key: an N at place 0 without dropping the
    /// first digit.
    #[test]
    fn n_at_the_first_place() {
        let key = ProductKey::parse("N69G4-B89J2-4G8F4-WWYCC-J464C").unwrap();
        let bits = key.encode().pkey2009().unwrap();
        assert_eq!((bits.group, bits.serial), (4297, 0));
        assert_eq!(key.encode().key().unwrap().to_string(), "N69G4-B89J2-4G8F4-WWYCC-J464C");
    }

    /// A symbol that stands where N goes must not be replaced elsewhere, too (`str.replace` in other decoders).
    #[test]
    fn inserting_n_leaves_equal_symbols_alone() {
        for place in 0..=24 {
            let mut symbols = *b"GGGGGGGGGGGGGGGGGGGGGGGGG";
            symbols[place] = b'N';
            let key = ProductKey::parse(std::str::from_utf8(&symbols).unwrap()).unwrap();
            assert_eq!(key.encode().key().unwrap().as_bytes(), &symbols, "N at {place}");
        }
    }

    /// The N flag is bit 3 of byte 14; `(b / 6) & 1`, copied from script to script, is wrong for 6, 7 and 12 to 15.
    #[test]
    fn n_flag_for_every_value_of_byte_14() {
        for byte in 0..=u8::MAX {
            let mut bytes = [1; 16];
            bytes[14] = byte;
            assert_eq!(KeyField::new(bytes).has_n_flag(), byte & 8 != 0, "{byte:#x}");
        }
    }

    /// Public documentation says CRC-32/MPEG-2, which is the complement of what keys hold.
    #[test]
    fn complement_of_the_checksum_is_wrong() {
        let field = ProductKey::parse("W269N-WFGWX-YVC9B-4J6C9-T83GX").unwrap().encode();
        let complement = u128::from_le_bytes(*field.as_bytes()) ^ (0x3FF << 103);
        let complement = KeyField::new(complement.to_le_bytes());
        assert_eq!(field.checksum(), Integrity::Ok);
        assert_eq!(complement.checksum(), Integrity::Bad);
    }

    #[test]
    fn erased_is_told_by_bytes() {
        let field = KeyField::from_slice(&[0; 16]).unwrap();
        assert!(field.is_erased());
        assert_eq!((field.family(), field.key()), (KeyFamily::Erased, None));
        assert_eq!((field.bink1998(), field.pkey2009()), (None, None));
        assert_eq!(KeyField::ERASED, field);
        let text = ProductKey::parse("BBBBB-BBBBB-BBBBB-BBBBB-BBBBB").unwrap();
        assert_eq!(text.encode(), field);
        // Not erased: an N flag and nothing else is a key, if an odd one.
        let mut bytes = [0; 16];
        bytes[14] = 8;
        let key = KeyField::new(bytes).key().unwrap();
        assert_eq!(key.to_string(), "NBBBB-BBBBB-BBBBB-BBBBB-BBBBB");
    }

    #[test]
    fn largest_numbers_of_both_families() {
        let limit = 24_u128.pow(25);
        let field = |v: u128| KeyField::new(v.to_le_bytes());
        let nines = field(limit - 1).key().unwrap();
        assert_eq!(nines.to_string(), "99999-99999-99999-99999-99999");
        assert_eq!(field(limit).key(), None);
        assert!(!field(limit).anomalies().is_empty());
        let flag = 1 << 115;
        let last = field((24_u128.pow(24) * 25 - 1) | flag).key().unwrap();
        assert_eq!(last.to_string(), "99999-99999-99999-99999-9999N");
        assert_eq!(field((24_u128.pow(24) * 25) | flag).key(), None);
        assert_eq!(field(u128::MAX >> 8).key(), None);
    }

    #[test]
    fn sixteenth_byte_is_an_anomaly_and_no_more() {
        let field = ProductKey::parse("W269N-WFGWX-YVC9B-4J6C9-T83GX").unwrap().encode();
        let mut bytes = *field.as_bytes();
        bytes[15] = 0x80;
        let odd = KeyField::new(bytes);
        assert_eq!(odd.key(), field.key());
        assert_eq!(odd.pkey2009(), field.pkey2009());
        assert_eq!(odd.checksum(), Integrity::Ok);
        let anomalies: Vec<_> = odd.anomalies().iter().map(|a| a.to_string()).collect();
        assert_eq!(anomalies, ["key field: the 16th key byte at offset 15 is 0x80, not 0"]);
        // Nor does it turn an erased field into a key.
        let mut bytes = [0; 16];
        bytes[15] = 1;
        assert!(KeyField::new(bytes).is_erased());
        assert_eq!(KeyField::new(bytes).key(), None);
    }

    #[test]
    fn slices_of_other_lengths_are_refused() {
        for length in [0, 1, 15, 17] {
            let error = KeyField::from_slice(&vec![0; length]).unwrap_err();
            assert_eq!(error.to_string(), format!("key field: 16 bytes expected, {length} given"));
        }
    }

    #[test]
    fn text_is_read_as_people_write_it() {
        let expected = ProductKey::parse("W269N-WFGWX-YVC9B-4J6C9-T83GX").unwrap();
        for text in [
            "W269NWFGWXYVC9B4J6C9T83GX",
            "w269n-wfgwx-yvc9b-4j6c9-t83gx",
            "  W269N-WFGWX-YVC9B-4J6C9-T83GX\r\n",
            "W269N\u{2013}WFGWX\u{2011}YVC9B-4J6C9-T83GX",
            "W269NWFGWX-YVC9B4J6C9-T83GX",
        ] {
            assert_eq!(ProductKey::parse(text), Ok(expected), "{text:?}");
            assert_eq!(text.parse(), Ok(expected));
        }
    }

    #[test]
    fn text_errors_name_the_place() {
        let cases = [
            ("", "product key text: 25 symbols expected, 0 found"),
            ("W269N", "product key text: 25 symbols expected, 5 found"),
            ("W269N-WFGWX-YVC9B-4J6C9-T83GXB", "product key text: 25 symbols expected, 26 found"),
            ("W269N-WFGWX-YVC9B-4J6C9-T83GX-", "product key text: '-' at character 29 is not a product key symbol"),
            ("-W269N", "product key text: '-' at character 0 is not a product key symbol"),
            ("W269N--WFGWX", "product key text: '-' at character 6 is not a product key symbol"),
            ("W26-9NWFGWX", "product key text: '-' at character 3 is not a product key symbol"),
            ("  W269O", "product key text: 'O' at character 6 is not a product key symbol"),
            ("W269é", "product key text: 'é' at character 4 is not a product key symbol"),
            ("W269N-WFGNX", "product key text: a second N at character 9, the first is symbol 4"),
        ];
        for (text, expected) in cases {
            assert_eq!(ProductKey::parse(text).unwrap_err().to_string(), expected, "{text:?}");
        }
        let error = ProductKey::parse("1").unwrap_err();
        assert_eq!(error, Error::KeySymbol { position: 0, actual: '1' });
    }

    #[test]
    fn debug_output_never_holds_a_key() {
        let key = ProductKey::parse("N69G4-B89J2-4G8F4-WWYCC-J464C").unwrap();
        assert_eq!(format!("{key:?}"), "ProductKey(*****-*****-*****-*****-J464C)");
        assert_eq!(key.masked().to_string(), "*****-*****-*****-*****-J464C");
        assert_eq!(format!("{:?}", key.masked()), "Masked(Last5(J464C))");
        assert_eq!(format!("{:?}", key.encode()), "KeyField(PKEY2009, *****-*****-*****-*****-J464C)");
        assert_eq!(format!("{:?}", KeyField::ERASED), "KeyField(erased, no key)");
        assert!(key.last5() == "J464C" && key.last5().as_bytes() == b"J464C");
        assert_eq!(key.as_str(), "N69G4B89J24G8F4WWYCCJ464C");
        assert_eq!(format!("[{key:>31}] [{:<6}]", key.last5()), "[  N69G4-B89J2-4G8F4-WWYCC-J464C] [J464C ]");
    }
}
