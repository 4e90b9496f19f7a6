//! Blobs in real and synthetic hives and firmware tables. Keys of real machines are compared by their last five symbols.

#[cfg(test)]
mod tests {
    use std::path::Path;

    use hivekey_dpid::{Blob, Dpid4, Integrity, KeyFamily, Msdm, recognise};

    fn corpus(name: &str) -> Option<Vec<u8>> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(name);
        let bytes = std::fs::read(&path).ok();
        if bytes.is_none() {
            println!("skipped: {} absent", path.display());
        }
        bytes
    }

    /// Every place at which `head` stands.
    fn places<'a>(bytes: &'a [u8], head: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let starts = (0..bytes.len()).filter(move |&at| bytes[at..].starts_with(head));
        starts.map(|at| &bytes[at..])
    }

    #[test]
    fn windows_xp_activation_values() {
        let Some(hive) = corpus("hives/dfwinreg-old/SYSTEM") else { return };
        let mut seen = 0;
        for place in places(&hive, &[0xA4, 0, 0, 0, 3, 0, 0, 0]) {
            let Blob::WpaDpid3(value) = recognise(&place[..256]).unwrap() else { panic!() };
            let blob = value.dpid3();
            assert_eq!((blob.crc(), value.anomalies().len()), (Integrity::Ok, 0));
            assert_eq!(blob.product_id(), Ok("76500-006-3255411-20680"));
            assert_eq!((blob.part_number(), blob.group_id()), (Ok("A22-00001"), 0x28));
            assert!(blob.product_key().unwrap().last5() == "368MQ");
            assert_eq!((blob.key_family(), blob.key_checksum()), (KeyFamily::Bink, Integrity::Absent));
            let plain = blob.key_field().bink1998().unwrap();
            assert_eq!((plain.channel(), plain.sequence(), plain.upgrade), (6, 325_541, false));
            let hardware = blob.hardware_static().unwrap();
            assert_eq!(hardware.id.text(), Some("43820"));
            assert_eq!((hardware.bios_checksum, hardware.volume_serial), (6214, 1_681_254_831));
            assert_eq!((hardware.total_ram, hardware.video_bios_checksum, hardware.id_type), (512, 0, 0));
            assert!(blob.hardware_dynamic().unwrap().is_zero());
            seen += 1;
        }
        assert_eq!(seen, 2);
    }

    #[test]
    fn synthetic_hives() {
        for (name, part, edition) in [
            ("W10-22H2-Pro.SOFTWARE", "[TH]X19-98795", "Professional"),
            ("WS2016-Std.SOFTWARE", "[RS1]X21-03191", "ServerStandard"),
            ("WS2019-Std.SOFTWARE", "[RS5]X21-83736", "ServerStandard"),
        ] {
            let Some(hive) = corpus(&format!("hives/synthetic/{name}")) else { return };
            let (mut v3, mut v4) = (0, 0);
            for place in places(&hive, &[0xA4, 0, 0, 0, 3, 0, 0, 0]) {
                let Blob::Dpid3(blob) = recognise(&place[..164]).unwrap() else { panic!() };
                assert_eq!((blob.crc(), blob.part_number()), (Integrity::Ok, Ok(part)));
                v3 += 1;
            }
            for place in places(&hive, &[0xF8, 4, 0, 0, 4, 0, 0, 0]) {
                let blob = Dpid4::new(&place[..1272]).unwrap();
                assert_eq!((blob.key_hash(), blob.blob_hash()), (Integrity::Ok, Integrity::Ok));
                assert!(blob.edition_type().unwrap() == edition && blob.part_number().unwrap() == part);
                let group = blob.pkey2009().unwrap().group;
                assert!(blob.extended_pid().unwrap().matches_group(group));
                v4 += 1;
            }
            // One in CurrentVersion and one in DefaultProductKey, at least.
            assert!(v3 >= 2 && v4 >= 2, "{name}: {v3} {v4}");
        }
    }

    #[test]
    fn firmware_tables() {
        let Some(good) = corpus("msdm/MSDM.synthetic.bin") else { return };
        let Some(bad) = corpus("msdm/MSDM.synthetic-badchecksum.bin") else { return };
        let table = Msdm::new(&good).unwrap();
        assert_eq!(table.product_key().unwrap().to_string(), "W269N-WFGWX-YVC9B-4J6C9-T83GX");
        assert_eq!((table.checksum(), table.anomalies().len()), (Integrity::Ok, 0));
        let table = Msdm::new(&bad).unwrap();
        assert_eq!(table.checksum(), Integrity::Bad);
        assert_eq!(
            table.product_key().unwrap_err().to_string(),
            "product key text: '!' at character 28 is not a product key symbol"
        );
    }
}
