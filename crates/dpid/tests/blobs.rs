//! Recognition, fields and anomalies of every structure.

#[cfg(test)]
mod tests {
    use hivekey_dpid::{
        AsciiField, Blob, Dpid2, Dpid3, Dpid3Fields, Dpid4, Dpid4Fields, Error, ExtendedPid, HardwareId, Integrity,
        KeyFamily, KeyField, Msdm, ProductKey, Slic, WideField, WpaDpid3, recognise,
    };

    const GVLK_2019: &str = "N69G4-B89J2-4G8F4-WWYCC-J464C";
    const GVLK_2008_R2: &str = "YC6KT-GKW9T-YTKYR-T4X34-R7VHC";

    fn key(text: &str) -> KeyField {
        ProductKey::parse(text).unwrap().encode()
    }

    fn server_2019() -> Dpid3Fields {
        Dpid3Fields {
            product_id: AsciiField::new("00429-70000-00000-AA123").unwrap(),
            group_id: 4297,
            part_number: AsciiField::new("[RS5]X21-83736").unwrap(),
            key: key(GVLK_2019),
            time: 1_556_495_466,
            random: 7,
            license_type: 3,
            ..Dpid3Fields::default()
        }
    }

    fn server_2019_v4() -> Dpid4Fields {
        Dpid4Fields {
            advanced_pid: WideField::new("03612-04297-000-000000-03-1033-17763.0000-0272019").unwrap(),
            activation_id: WideField::new("de32eafd-aaee-4662-9444-c1befb41bde2").unwrap(),
            edition_type: WideField::new("ServerStandard").unwrap(),
            part_number: WideField::new("[RS5]X21-83736").unwrap(),
            key_type: WideField::new("Volume:GVLK").unwrap(),
            eula: WideField::new("Volume").unwrap(),
            key: key(GVLK_2019),
            ..Dpid4Fields::default()
        }
    }

    fn anomalies(bytes: &[u8]) -> Vec<String> {
        recognise(bytes).unwrap().anomalies().iter().map(|a| a.to_string()).collect()
    }

    #[test]
    fn healthy_blobs() {
        let v3 = server_2019().encode();
        let v4 = server_2019_v4().encode();
        let Blob::Dpid3(blob) = recognise(&v3).unwrap() else { panic!() };
        assert_eq!(blob.product_id(), Ok("00429-70000-00000-AA123"));
        assert_eq!((blob.size(), blob.version(), blob.crc()), (164, (3, 0), Integrity::Ok));
        assert_eq!((blob.license_data(), blob.oem_id(), blob.bundle_id()), (Ok([0, 0]), Ok(""), Ok(0)));
        assert_eq!(blob.key_family(), KeyFamily::Pkey2009);
        assert!(blob.hardware_static().unwrap().is_zero());
        let Blob::Dpid4(blob) = recognise(&v4).unwrap() else { panic!() };
        assert_eq!((blob.size(), blob.version()), (1272, (4, 0)));
        assert!(blob.edition_type().unwrap() == "ServerStandard");
        assert!(blob.activation_id().unwrap().eq_ignore_ascii_case("DE32EAFD-AAEE-4662-9444-C1BEFB41BDE2"));
        assert!(blob.oem_id().unwrap().is_empty() && !blob.is_upgrade());
        assert_eq!((blob.key_hash(), blob.blob_hash(), blob.key_checksum()), [Integrity::Ok; 3].into());
        assert!(anomalies(&v3).is_empty() && anomalies(&v4).is_empty());
    }

    #[test]
    fn truncated_blob_keeps_what_is_there() {
        let whole = server_2019().encode();
        let Blob::Dpid3(blob) = recognise(&whole[..160]).unwrap() else { panic!() };
        assert_eq!(blob.product_key().unwrap().to_string(), GVLK_2019);
        assert_eq!((blob.license_type(), blob.crc()), (Ok(3), Integrity::Absent));
        assert_eq!(anomalies(&whole[..160]), ["DigitalProductId v3: 164 bytes expected, 160 are there"]);
        assert_eq!(
            blob.stored_crc().unwrap_err().to_string(),
            "DigitalProductId v3: uiCRC32 at offset 160 takes 4 bytes, but only 0 are left"
        );
        assert!(Dpid3::new(&whole[..68]).unwrap().product_key().is_some());
        assert_eq!(
            recognise(&whole[..67]).unwrap_err().to_string(),
            "DigitalProductId v3: bCDKey at offset 52 takes 16 bytes, but only 15 are left"
        );
        let whole = server_2019_v4().encode();
        let Blob::Dpid4(blob) = recognise(&whole[..1000]).unwrap() else { panic!() };
        assert_eq!(blob.product_key().unwrap().to_string(), GVLK_2019);
        assert_eq!((blob.key_hash(), blob.blob_hash()), (Integrity::Ok, Integrity::Absent));
        assert!(blob.part_number().is_err() && blob.edition_type().is_ok());
    }

    #[test]
    fn oversized_blob_is_read_and_named() {
        let mut bytes = server_2019().encode().to_vec();
        bytes.extend([0; 36]);
        let Blob::Dpid3(blob) = recognise(&bytes).unwrap() else { panic!() };
        assert_eq!((blob.crc(), blob.product_id()), (Integrity::Ok, Ok("00429-70000-00000-AA123")));
        assert_eq!(anomalies(&bytes), ["DigitalProductId v3: 164 bytes expected, 200 are there"]);
    }

    #[test]
    fn wrong_size_or_version_is_named() {
        let mut bytes = server_2019().encode();
        bytes[0] = 0xA5;
        assert_eq!(anomalies(&bytes), ["DigitalProductId v3: size field at offset 0 is 165, not 164"]);
        let mut bytes = server_2019().encode();
        bytes[4] = 9;
        assert_eq!(anomalies(&bytes), ["DigitalProductId v3: version at offset 4 is 9.0, not 3.0"]);
        bytes[1] = 1;
        let error = recognise(&bytes).unwrap_err();
        assert_eq!(error.to_string(), "no product-id structure: 164 bytes, size field 420, major version 9");
        assert_eq!(Dpid3::new(&bytes).unwrap().anomalies().len(), 2);
        assert_eq!(
            recognise(b"abc").unwrap_err().to_string(),
            "no product-id structure: 3 bytes, size field absent, major version absent"
        );
        // The extended PID of a version 4 blob must not be taken for a version 3 key.
        let Blob::Dpid4(_) = recognise(&server_2019_v4().encode()).unwrap() else { panic!() };
    }

    #[test]
    fn texts_that_are_none_are_errors_of_their_field() {
        let mut bytes = server_2019().encode();
        bytes[10] = 0xFF;
        let error = Dpid3::new(&bytes).unwrap().product_id().unwrap_err();
        assert_eq!(error.to_string(), "DigitalProductId v3: szProductId: 0x00ff at offset 10 is not printable ASCII");
        assert_eq!(Dpid3::new(&bytes).unwrap().part_number(), Ok("[RS5]X21-83736"));
        let mut bytes = server_2019_v4().encode();
        bytes[1017] = 0xD8;
        let error = Dpid4::new(&bytes).unwrap().key_type().unwrap_err();
        assert_eq!(
            error.to_string(),
            "DigitalProductId v4: szKeyType: 0xd856 at offset 1016 is not well-formed UTF-16"
        );
        assert_eq!(AsciiField::<4>::new("grün").unwrap_err().to_string(), "'ü' at character 2 is not printable ASCII");
        let error = WideField::<4>::new("abc").unwrap_err();
        assert_eq!(error.to_string(), "a text of 3 units does not fit a field of 2");
        // A text may fill its field, without a NUL.
        let full = Dpid3Fields { part_number: AsciiField::new("0123456789abcdef").unwrap(), ..server_2019() };
        assert_eq!(Dpid3::new(&full.encode()).unwrap().part_number(), Ok("0123456789abcdef"));
    }

    #[test]
    fn utf16_is_checked_unit_by_unit() {
        let with = |units: &[u16]| {
            let mut bytes = [0; 128];
            for (place, unit) in bytes.chunks_exact_mut(2).zip(units) {
                place.copy_from_slice(&unit.to_le_bytes());
            }
            Dpid4Fields { key_type: WideField::from_bytes(bytes), ..Dpid4Fields::default() }.encode()
        };
        let read = |units: &[u16]| {
            let blob = with(units);
            let text = Dpid4::new(&blob).unwrap().key_type();
            text.map(|text| text.to_string()).map_err(|error| match error {
                Error::Text { offset, actual, .. } => (offset.get() - 1016, actual),
                other => panic!("{other}"),
            })
        };
        assert_eq!(read(&[0x41, 0xD83D, 0xDE00, 0x42, 0, 0xDC00]), Ok("A\u{1F600}B".to_owned()));
        assert_eq!(read(&[0xD7FF, 0xE000, 0xFFFF]), Ok("\u{D7FF}\u{E000}\u{FFFF}".to_owned()));
        assert_eq!(read(&[0x41, 0xDC00]), Err((2, 0xDC00)));
        assert_eq!(read(&[0x41, 0xD800]), Err((2, 0xD800)));
        assert_eq!(read(&[0xD800, 0x41]), Err((0, 0xD800)));
        assert_eq!(read(&[0xD800, 0xD801, 0xDC00]), Err((0, 0xD800)));
        assert_eq!(read(&[0xD800; 64]), Err((0, 0xD800)));
        assert_eq!(read(&[0x42; 64]), Ok("B".repeat(64)));
        let text = with(&[0x41, 0x0A]);
        let text = Dpid4::new(&text).unwrap().key_type().unwrap();
        assert_eq!(format!("{text:?} {text}"), "\"A\\n\" A\n");
    }

    #[test]
    fn debug_output_never_holds_a_key() {
        let v3 = server_2019().encode();
        let v4 = server_2019_v4().encode();
        let shown = format!("{:?} {:?}", recognise(&v3).unwrap(), recognise(&v4).unwrap());
        assert!(shown.contains("*****-J464C") && !shown.contains("N69G4") && !shown.contains("WWYCC"));
        let shown = format!("{:?} {:?}", server_2019(), server_2019_v4());
        assert!(shown.contains("*****-J464C") && !shown.contains("N69G4"));
        let mut table = msdm(GVLK_2019);
        let shown = format!("{:?}", Msdm::new(&table).unwrap());
        assert!(shown.contains("*****-J464C") && !shown.contains("N69G4"), "{shown}");
        table.truncate(70);
        assert!(!format!("{:?}", Msdm::new(&table).unwrap()).contains("N69G4"));
    }

    #[test]
    fn key_family_from_the_fields_around() {
        let legacy = key(GVLK_2008_R2);
        let of = |fields: Dpid3Fields| Dpid3::new(&fields.encode()).unwrap().key_family();
        let base = Dpid3Fields { key: legacy, ..Dpid3Fields::default() };
        assert_eq!(of(base), KeyFamily::Legacy);
        assert_eq!(of(Dpid3Fields { key: KeyField::ERASED, ..base }), KeyFamily::Erased);
        let hardware_static = HardwareId { total_ram: 504, ..HardwareId::default() };
        assert_eq!(of(Dpid3Fields { hardware_static, ..base }), KeyFamily::Bink);
        let part = |text: &str| AsciiField::new(text).unwrap();
        assert_eq!(of(Dpid3Fields { part_number: part("A22-00001"), group_id: 46, ..base }), KeyFamily::Bink);
        assert_eq!(of(Dpid3Fields { part_number: part("X15-37377"), group_id: 178, ..base }), KeyFamily::Pkey2005);
        assert_eq!(of(Dpid3Fields { part_number: part("X15-37377"), group_id: 12, ..base }), KeyFamily::Legacy);
        // Channel 640 and sequence 101187 in the bits of the key and in the ProductId.
        let bits = (640_101_187_u128 << 1) | (0xABCDEF << 40);
        let fields = Dpid3Fields {
            key: KeyField::new(bits.to_le_bytes()),
            group_id: 0x2E,
            product_id: AsciiField::new("55274-640-1011873-23111").unwrap(),
            ..base
        };
        assert_eq!(of(fields), KeyFamily::Bink);
        let plain = fields.key.bink1998().unwrap();
        assert_eq!((plain.channel(), plain.sequence(), plain.upgrade), (640, 101_187, false));
        let other = AsciiField::new("55274-640-1011883-23111").unwrap();
        assert_eq!(of(Dpid3Fields { product_id: other, ..fields }), KeyFamily::Legacy);
        let v4 = Dpid4Fields { key: legacy, ..Dpid4Fields::default() }.encode();
        assert_eq!(Dpid4::new(&v4).unwrap().key_family(), KeyFamily::Pkey2005);
    }

    #[test]
    fn bink2002_bits() {
        let bits = 1 | (335_u128 << 1) | (777_u128 << 104);
        let plain = KeyField::new(bits.to_le_bytes()).bink2002().unwrap();
        assert_eq!((plain.upgrade, plain.channel, plain.authentication), (true, 335, 777));
    }

    #[test]
    fn extended_pid() {
        let blob = server_2019_v4().encode();
        let pid = Dpid4::new(&blob).unwrap().extended_pid().unwrap();
        let expected = ExtendedPid {
            mpc: 3612,
            group: 4297,
            serial: 0,
            license_type: 3,
            lcid: 1033,
            build: 17763,
            revision: 0,
            day_of_year: 27,
            year: 2019,
        };
        assert_eq!(pid, expected);
        assert!(pid.matches_group(4297) && pid.matches_group(104_297) && !pid.matches_group(4298));
        let windows_7 = "00426-00172-067-181715-00-1033-7600.0000-3142010";
        assert_eq!(ExtendedPid::parse(windows_7).unwrap().to_string(), windows_7);
        assert_eq!(ExtendedPid::parse(windows_7).unwrap().serial, 67_181_715);
    }

    #[test]
    fn extended_pid_errors_name_the_part() {
        let cases = [
            ("", "extended PID: product code: a digit expected at character 0, found the end"),
            ("0042600172", "extended PID: product code: a separator expected at character 5, found '0'"),
            ("00426-0017x", "extended PID: group: a digit expected at character 10, found 'x'"),
            (
                "00426-00172-067-181715-00-1033-76000000000",
                "extended PID: build: a separator expected at character 37, found '0'",
            ),
            (
                "00426-00172-067-181715-00-1033-7600.0000-3672010",
                "extended PID: day of the year is 367, but 1 to 366 is expected (character 41)",
            ),
            (
                "00426-00172-067-181715-00-1033-7600.0000-3142010-",
                "extended PID: year: the end expected at character 48, found '-'",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(ExtendedPid::parse(text).unwrap_err().to_string(), expected, "{text:?}");
        }
    }

    #[test]
    fn version_2_is_text_and_has_no_key() {
        let text = WideField::<50>::new("00429-70000-00000-AA123").unwrap();
        let Blob::Dpid2(blob) = recognise(text.as_bytes()).unwrap() else { panic!() };
        assert!(blob.product_id() == "00429-70000-00000-AA123");
        assert_eq!(recognise(text.as_bytes()).unwrap().key_field(), None);
        for other in ["00429-70000-00000", "00429-70000-00000-AA-23", "00429-70000-00000 AA123", ""] {
            let bytes = WideField::<50>::new(other).unwrap();
            assert!(Dpid2::new(bytes.as_bytes()).is_err() && recognise(bytes.as_bytes()).is_err(), "{other:?}");
        }
        assert!(Dpid2::new(&text.as_bytes()[..48]).is_err());
    }

    #[test]
    fn wpa_value_holds_a_blob() {
        let mut bytes = server_2019().encode().to_vec();
        bytes.resize(256, 0);
        let Blob::WpaDpid3(value) = recognise(&bytes).unwrap() else { panic!() };
        assert_eq!((value.dpid3().crc(), value.dpid3().bytes().len()), (Integrity::Ok, 164));
        assert_eq!(recognise(&bytes).unwrap().product_key().unwrap().to_string(), GVLK_2019);
        assert!(anomalies(&bytes).is_empty());
        bytes[255] = 1;
        assert_eq!(
            anomalies(&bytes),
            ["WPA value with DigitalProductId v3: byte at offset 255, after the end, is 0x01, not 0"]
        );
        assert!(WpaDpid3::new(&bytes[..255]).is_err());
    }

    /// An MSDM table with a given key text.
    fn msdm(text: &str) -> Vec<u8> {
        let mut table = b"MSDM".to_vec();
        table.extend(u32::try_from(56 + text.len()).unwrap().to_le_bytes());
        table.extend(*b"\x03\x00OEMIDSTABLEID\0\x01\0\0\0MAKR\x01\0\0\0");
        table.resize(36, 0);
        for number in [1_u32, 0, 1, 0, u32::try_from(text.len()).unwrap()] {
            table.extend(number.to_le_bytes());
        }
        table.extend(text.as_bytes());
        let sum = table.iter().fold(0_u8, |sum, b| sum.wrapping_add(*b));
        table[9] = sum.wrapping_neg();
        table
    }

    #[test]
    fn msdm_table() {
        let table = msdm(GVLK_2019);
        let Blob::Msdm(parsed) = recognise(&table).unwrap() else { panic!() };
        assert_eq!(parsed.product_key().unwrap().to_string(), GVLK_2019);
        assert_eq!((parsed.checksum(), parsed.data_length()), (Integrity::Ok, Ok(29)));
        assert_eq!((parsed.version(), parsed.data_type()), (Ok(1), Ok(1)));
        let header = parsed.header();
        assert_eq!(
            (header.oem_id(), header.oem_table_id(), header.creator_id()),
            (Ok("OEMIDS"), Ok("TABLEID"), Ok("MAKR"))
        );
        assert_eq!((header.revision(), header.oem_revision(), header.creator_revision()), (3, Ok(1), Ok(1)));
        assert!(anomalies(&table).is_empty());

        let mut bad = table.clone();
        bad[84] ^= 1;
        assert_eq!(Msdm::new(&bad).unwrap().checksum(), Integrity::Bad);
        let cut = Msdm::new(&table[..80]).unwrap();
        assert_eq!(cut.checksum(), Integrity::Absent);
        assert_eq!(
            cut.product_key().unwrap_err().to_string(),
            "MSDM table: Data at offset 56 takes 29 bytes, but only 24 are left"
        );
        assert_eq!(anomalies(&table[..80]), ["MSDM table: size field at offset 4 is 85, not 80"]);
        let mut padded = table.clone();
        padded.resize(4096, 0xEE);
        assert_eq!(Msdm::new(&padded).unwrap().checksum(), Integrity::Ok);
        let mut endless = table;
        endless[52..56].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(matches!(Msdm::new(&endless).unwrap().key_text(), Err(Error::Truncated { .. })));
        assert!(matches!(Msdm::new(b"MSDM"), Err(Error::Truncated { .. })));
        assert_eq!(
            Msdm::new(b"SLIC").unwrap_err().to_string(),
            "MSDM table: signature \"MSDM\" expected at offset 0, found \"SLIC\""
        );
    }

    #[test]
    fn slic_table_has_no_key() {
        let mut table = b"SLIC".to_vec();
        table.resize(36, 0);
        for (kind, length) in [(0_u32, 156_u32), (1, 182)] {
            table.extend(kind.to_le_bytes());
            table.extend(length.to_le_bytes());
            table.resize(table.len() + usize::try_from(length).unwrap() - 8, 0x55);
        }
        table[4..8].copy_from_slice(&374_u32.to_le_bytes());
        let sum = table.iter().fold(0_u8, |sum, b| sum.wrapping_add(*b));
        table[9] = sum.wrapping_neg();
        let Blob::Slic(parsed) = recognise(&table).unwrap() else { panic!() };
        let kinds: Vec<_> = parsed.subtables().map(|t| (t.kind, t.data.len())).collect();
        assert_eq!(kinds, [(0, 148), (1, 174)]);
        assert!(parsed.has_windows_marker());
        assert_eq!((parsed.checksum(), table.len()), (Integrity::Ok, 374));
        assert_eq!(recognise(&table).unwrap().product_key(), None);
        // A subtable of length 0 would never end.
        table[40..44].copy_from_slice(&0_u32.to_le_bytes());
        assert_eq!(Slic::new(&table).unwrap().subtables().count(), 0);
    }
}
