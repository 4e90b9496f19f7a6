//! What must hold for every input.

#[cfg(test)]
mod reference;

#[cfg(test)]
mod tests {
    use super::reference;
    use hivekey_dpid::{
        AsciiField, Blob, Dpid2, Dpid3, Dpid3Fields, Dpid4, Dpid4Fields, ExtendedPid, HardwareId, Integrity, KeyFamily,
        KeyField, Msdm, ProductKey, Slic, WideField, WpaDpid3, decode_batch, recognise,
    };
    use proptest::array::uniform;
    use proptest::prelude::*;

    const ALPHABET: &[u8; 24] = b"BCDFGHJKMPQRTVWXY2346789";
    const N_FLAG: u128 = 1 << 115;

    /// A failure becomes a test of its own, not a line in a file.
    fn config(cases: u32) -> ProptestConfig {
        ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
    }

    fn key_without_n() -> impl Strategy<Value = ProductKey> {
        uniform::<_, 25>(0..24_usize).prop_map(|digits| key_of(&digits.map(|d| ALPHABET[d])))
    }

    fn key_with_n() -> impl Strategy<Value = ProductKey> {
        (uniform::<_, 25>(0..24_usize), 0..25_usize).prop_map(|(digits, place)| {
            let mut symbols = digits.map(|d| ALPHABET[d]);
            symbols[place] = b'N';
            key_of(&symbols)
        })
    }

    fn key_of(symbols: &[u8; 25]) -> ProductKey {
        ProductKey::parse(std::str::from_utf8(symbols).unwrap()).unwrap()
    }

    /// Numbers of any size, and numbers around the multiples of 24¹² where a quotient could be off by one.
    fn stored_number() -> impl Strategy<Value = u128> {
        let multiples = (0..24_u128.pow(13), -2..=2_i32, any::<bool>()).prop_map(|(multiple, by, flag)| {
            let near = (multiple * 24_u128.pow(12)).wrapping_add_signed(by.into());
            near & (N_FLAG - 1) | if flag { N_FLAG } else { 0 }
        });
        let places = (0..26_u128, -2..=2_i32, any::<bool>()).prop_map(|(place, by, flag)| {
            let near = (place * 24_u128.pow(24)).wrapping_add_signed(by.into());
            near & (N_FLAG - 1) | if flag { N_FLAG } else { 0 }
        });
        // Leading zeros of every number.
        let any_size = (any::<u128>(), 0..128_u32).prop_map(|(v, by)| v >> by);
        prop_oneof![any_size, multiples, places, (0..24_u128.pow(25)), (0..24_u128.pow(24)).prop_map(|v| v | N_FLAG)]
    }

    fn stands_for_a_key(v: u128) -> bool {
        let v = v & (u128::MAX >> 8);
        let limit = if v & N_FLAG == 0 { 24_u128.pow(25) } else { 24_u128.pow(24) * 25 };
        v != 0 && (v & !N_FLAG) < limit
    }

    /// The textbook takes the place of `N` for a digit, so that it cannot put it last.
    fn textbook_is_right(key: ProductKey) -> bool {
        !key.as_str().ends_with('N')
    }

    /// Everything that can be called on what was recognised.
    fn use_up(blob: &Blob<'_>) {
        let _ = (format!("{blob:?}"), blob.structure(), blob.product_key(), blob.anomalies().len());
        match blob {
            Blob::Dpid3(blob) => use_up_dpid3(*blob),
            Blob::Dpid4(blob) => use_up_dpid4(*blob),
            Blob::WpaDpid3(value) => use_up_dpid3(value.dpid3()),
            Blob::Slic(table) => drop((table.subtables().count(), table.checksum())),
            Blob::Msdm(table) => drop((table.key_text(), table.checksum(), table.version(), table.data_type())),
            _ => {}
        }
    }

    fn use_up_dpid3(blob: Dpid3<'_>) {
        let _ = (blob.product_id(), blob.part_number(), blob.oem_id(), blob.fields(), blob.key_family());
        let _ = (blob.time(), blob.random(), blob.license_data(), blob.bundle_id(), blob.clone_status());
        let _ = (blob.crc(), blob.stored_crc(), blob.key_checksum(), blob.pkey2009(), blob.license_type());
        let _ = (blob.key_field().bink1998(), blob.key_field().bink2002(), blob.anomalies());
    }

    fn use_up_dpid4(blob: Dpid4<'_>) {
        let _ = (blob.extended_pid().map(|pid| pid.to_string()), blob.fields(), blob.key_family());
        let texts = [
            blob.advanced_pid(),
            blob.activation_id(),
            blob.oem_id(),
            blob.edition_type(),
            blob.part_number(),
            blob.key_type(),
            blob.eula(),
        ];
        for text in texts {
            let _ = text.map(|text| (text.to_string(), format!("{text:?}"), text == "Retail", text.is_empty()));
        }
        let _ = (blob.key_hash(), blob.blob_hash(), blob.key_checksum(), blob.pkey2009(), blob.anomalies());
    }

    proptest! {
        #![proptest_config(config(2000))]

        #[test]
        fn keys_without_n_come_back(key in key_without_n()) {
            let field = key.encode();
            prop_assert_eq!(field.family(), KeyFamily::Legacy);
            prop_assert_eq!(field.key(), Some(key));
        }

        #[test]
        fn keys_with_n_come_back(key in key_with_n()) {
            let field = key.encode();
            prop_assert_eq!(field.family(), KeyFamily::Pkey2009);
            prop_assert_eq!(field.key(), Some(key));
        }

        #[test]
        fn text_comes_back(key in prop_oneof![key_with_n(), key_without_n()]) {
            prop_assert_eq!(ProductKey::parse(&key.to_string()), Ok(key));
            prop_assert_eq!(ProductKey::parse(key.as_str()), Ok(key));
            prop_assert_eq!(ProductKey::parse(&key.to_string().to_lowercase()), Ok(key));
            let five = key.last5();
            prop_assert!(key.to_string().ends_with(five.as_str()));
            let symbols = key.as_str().get(..20).unwrap();
            let debug = format!("{key:?}");
            prop_assert!(!debug.contains(symbols));
        }

        #[test]
        fn fields_come_back_and_agree_with_the_textbook(v in stored_number()) {
            let field = KeyField::new(v.to_le_bytes());
            prop_assert_eq!(field.key().is_some(), stands_for_a_key(v));
            if let Some(key) = field.key() {
                prop_assert!(!textbook_is_right(key) || key.as_bytes() == &reference::textbook(field.as_bytes()));
                prop_assert_eq!(key.encode(), KeyField::new((v & (u128::MAX >> 8)).to_le_bytes()));
            }
        }

        #[test]
        fn any_bytes_agree_with_the_textbook(bytes in any::<[u8; 16]>()) {
            if let Some(key) = KeyField::new(bytes).key() {
                prop_assert!(!textbook_is_right(key) || key.as_bytes() == &reference::textbook(&bytes));
            }
        }

        #[test]
        fn any_text_is_answered(text in ".{0,40}") {
            let _ = (ProductKey::parse(&text), ExtendedPid::parse(&text));
            let _ = (AsciiField::<8>::new(&text), WideField::<16>::new(&text));
        }

        #[test]
        fn extended_pid_comes_back(
            numbers in (0..100_000_u32, 0..100_000_u32, 0..1_000_000_000_u32, 0..100_u32, 0..65_536_u32, 0..100_000_u32),
            date in (0..10_000_u32, 1..367_u32, 0..10_000_u32),
        ) {
            let (mpc, group, serial, license_type, lcid, build) = numbers;
            let (revision, day_of_year, year) = date;
            let pid = ExtendedPid { mpc, group, serial, license_type, lcid, build, revision, day_of_year, year };
            prop_assert_eq!(ExtendedPid::parse(&pid.to_string()), Ok(pid));
        }
    }

    proptest! {
        #![proptest_config(config(500))]

        #[test]
        fn batch_is_single(fields in proptest::collection::vec(stored_number(), 0..70), room in 0..70_usize) {
            let fields: Vec<_> = fields.into_iter().map(|v| KeyField::new(v.to_le_bytes())).collect();
            let stale = ProductKey::parse("W269N-WFGWX-YVC9B-4J6C9-T83GX").unwrap();
            let mut keys = vec![Some(stale); room];
            let done = decode_batch(&fields, &mut keys);
            prop_assert_eq!(done, room.min(fields.len()));
            for (field, key) in fields.iter().zip(&keys) {
                prop_assert_eq!(field.key(), *key);
            }
            prop_assert!(keys[done..].iter().all(|key| *key == Some(stale)));
        }

        #[test]
        fn any_bytes_are_answered(
            bytes in proptest::collection::vec(any::<u8>(), 0..1400),
            head in prop_oneof![
                Just(&[][..]),
                Just(&[0xA4, 0, 0, 0, 3, 0, 0, 0][..]),
                Just(&[0xF8, 4, 0, 0, 4, 0, 0, 0][..]),
                Just(&b"MSDM"[..]),
                Just(&b"SLIC\x30\0\0\0"[..]),
            ],
        ) {
            let mut bytes = bytes;
            for (to, from) in bytes.iter_mut().zip(head) {
                *to = *from;
            }
            if let Ok(blob) = recognise(&bytes) {
                use_up(&blob);
            }
            let _ = Dpid3::new(&bytes).map(use_up_dpid3);
            let _ = Dpid4::new(&bytes).map(use_up_dpid4);
            let _ = (Dpid2::new(&bytes).is_ok(), WpaDpid3::new(&bytes).is_ok());
            let _ = (Msdm::new(&bytes).is_ok(), Slic::new(&bytes).is_ok());
        }

        #[test]
        fn lost_bytes_are_answered(length in 0..1273_usize) {
            let blob = &Dpid4Fields::default().encode()[..length];
            if let Ok(blob) = Dpid4::new(blob) {
                use_up_dpid4(blob);
                prop_assert_eq!(blob.fields().is_ok(), length == Dpid4::LENGTH);
            }
            let blob = &Dpid3Fields::default().encode()[..length.min(164)];
            if let Ok(blob) = Dpid3::new(blob) {
                use_up_dpid3(blob);
                prop_assert_eq!(blob.anomalies().is_empty(), length >= 164);
            }
        }

        #[test]
        fn dpid3_comes_back(
            texts in (uniform::<_, 24>(any::<u8>()), uniform::<_, 16>(any::<u8>()), uniform::<_, 8>(any::<u8>())),
            key in any::<[u8; 16]>(),
            numbers in any::<[u32; 9]>(),
            hardware in any::<([u8; 8], [u32; 5])>(),
            flipped in 0..164_usize * 8,
        ) {
            let [group_id, clone_status, time, random, license_type, a, b, bundle_id, _] = numbers;
            let (id, [id_type, bios_checksum, volume_serial, total_ram, video_bios_checksum]) = hardware;
            let hardware_static = HardwareId {
                id: AsciiField::from_bytes(id), id_type, bios_checksum, volume_serial, total_ram, video_bios_checksum,
            };
            let fields = Dpid3Fields {
                product_id: AsciiField::from_bytes(texts.0),
                group_id,
                part_number: AsciiField::from_bytes(texts.1),
                key: KeyField::new(key),
                clone_status,
                time,
                random,
                license_type,
                license_data: [a, b],
                oem_id: AsciiField::from_bytes(texts.2),
                bundle_id,
                hardware_static,
                hardware_dynamic: HardwareId { total_ram: time, ..hardware_static },
            };
            let mut blob = fields.encode();
            prop_assert_eq!(Dpid3::new(&blob).unwrap().fields(), Ok(fields));
            prop_assert_eq!(Dpid3::new(&blob).unwrap().crc(), Integrity::Ok);
            blob[flipped / 8] ^= 1 << (flipped % 8);
            prop_assert_eq!(Dpid3::new(&blob).unwrap().crc(), Integrity::Bad);
        }

        #[test]
        fn dpid4_comes_back(bytes in uniform::<_, 1272>(any::<u8>()), flipped in 0..1272_usize * 8) {
            // Size, version and hashes are the builder's; everything else is as random as the input.
            let fields = Dpid4::new(&bytes).unwrap().fields().unwrap();
            let mut blob = fields.encode();
            for (at, (ours, theirs)) in blob.iter().zip(&bytes).enumerate() {
                let made = at < 8 || (824..888).contains(&at);
                prop_assert!(made || ours == theirs, "byte {}", at);
            }
            let checks = |blob: &[u8]| Dpid4::new(blob).map(|b| (b.key_hash(), b.blob_hash())).unwrap();
            prop_assert_eq!(checks(&blob), (Integrity::Ok, Integrity::Ok));
            blob[flipped / 8] ^= 1 << (flipped % 8);
            prop_assert_eq!(checks(&blob).1, Integrity::Bad);
            let of_key = (808..856).contains(&(flipped / 8));
            prop_assert_eq!(checks(&blob).0, if of_key { Integrity::Bad } else { Integrity::Ok });
        }
    }
}
