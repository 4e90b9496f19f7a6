//! Every broken file of the corpus: what is read of it, and the words in which the rest is told.

#[cfg(test)]
mod tests {
    use crate::{corpus, digest};
    use hivekey_regf::{Hive, OpenOptions};
    use std::fmt::Write;

    const CREG: &str = "\
refused: this is a registry file of Windows 9x or Me (CREG), not a hive of the NT family
strict: this is a registry file of Windows 9x or Me (CREG), not a hive of the NT family
";

    /// File, what a lenient reader makes of it, what a strict one does.
    const FILES: [(&str, &str); 14] = [
        (
            "artemis/NTUSER_Bad.DAT",
            "\
665 keys, 1079 values
error: below \"\\\\Console\": key node at 0x10e8: met before, the references form a cycle or are cross-linked
strict: accepted
",
        ),
        ("dfwinreg-win9x-CREG/SYSTEM.DAT", CREG),
        ("dfwinreg-win9x-CREG/USER.DAT", CREG),
        (
            "ericzimmerman/NotAHive",
            "\
refused: not a registry hive: it starts with \"MZ\\x90\\x00\" instead of \"regf\"
strict: not a registry hive: it starts with \"MZ\\x90\\x00\" instead of \"regf\"
",
        ),
        (
            "ericzimmerman/SAMBadHBinHeader",
            "\
68 keys, 73 values
strict: refused in strict mode: hive bin has the signature \"gbin\", expected \"hbin\" (at 0x2000)
",
        ),
        ("ericzimmerman/SAM_DUPENAME", "112 keys, 128 values\nstrict: accepted\n"),
        ("ericzimmerman/SAM_RootValue", "65 keys, 71 values\nstrict: accepted\n"),
        ("ericzimmerman/SAM_hasBigEndianDWord", "92 keys, 103 values\nstrict: accepted\n"),
        (
            "ericzimmerman/SAN(OTHER)",
            "\
68 keys, 73 values
anomaly: base block checksum is 0x4261a0b0, computed 0x4262a0b0 (at 0x1fc)
strict: refused in strict mode: base block checksum is 0x4261a0b0, computed 0x4262a0b0 (at 0x1fc)
",
        ),
        ("ericzimmerman/SECURITYNoRoot", "8 keys, 2 values\nstrict: accepted\n"),
        (
            "plaso/corrupt_sub_key_list.hiv",
            "\
100 keys, 99 values
error: below \"\": key node at 0x5480: impossible cell size 0
strict: accepted
",
        ),
        ("python-registry/REORGANIZED_VALUES_TESTS", "3 keys, 22 values\nstrict: accepted\n"),
        ("python-registry/UNICODE_TESTS", "3 keys, 22 values\nstrict: accepted\n"),
        ("python-registry/issue22.hive", "1 keys, 10 values\nstrict: accepted\n"),
    ];

    fn describe(bytes: &[u8]) -> String {
        let mut out = String::new();
        match Hive::open(bytes, &OpenOptions::default()) {
            Ok(hive) => {
                let logical = digest::of(&hive);
                writeln!(out, "{} keys, {} values", logical.keys, logical.values).unwrap();
                for anomaly in hive.anomalies() {
                    writeln!(out, "anomaly: {anomaly}").unwrap();
                }
                for error in &logical.errors {
                    writeln!(out, "error: {error}").unwrap();
                }
            }
            Err(error) => writeln!(out, "refused: {error}").unwrap(),
        }
        let strict = OpenOptions { strict: true, ..OpenOptions::default() };
        match Hive::open(bytes, &strict) {
            Ok(_) => writeln!(out, "strict: accepted").unwrap(),
            Err(error) => writeln!(out, "strict: {error}").unwrap(),
        }
        out
    }

    #[test]
    fn broken_files_are_read_as_far_as_they_go_and_named() {
        for (file, expected) in FILES {
            let Some(bytes) = corpus::read(&format!("corrupt/{file}")) else { continue };
            assert_eq!(describe(&bytes), expected, "{file}");
        }
    }

    #[test]
    fn every_broken_file_is_in_the_table() {
        for row in crate::tables::table("hives.tsv") {
            let Some(file) = row.first().and_then(|file| file.strip_prefix("corrupt/")) else { continue };
            assert!(FILES.iter().any(|(name, _)| *name == file), "{file}");
        }
    }

    /// A hive of the corpus, cut at every kind of place.
    #[test]
    fn truncated_hives_are_read_up_to_the_cut() {
        let Some(bytes) = corpus::read("hives/ericzimmerman/SAM") else { return };
        let open = |len: usize| Hive::open(&bytes[..len], &OpenOptions::default());
        assert_eq!(
            open(0).unwrap_err().to_string(),
            "the file is empty (as the hives in RegBack are since Windows 10 1803)"
        );
        assert_eq!(open(3).unwrap_err().to_string(), "the file has 3 bytes, a hive has at least 4096");
        assert_eq!(open(4095).unwrap_err().to_string(), "the file has 4095 bytes, a hive has at least 4096");
        let headless = open(4096).unwrap();
        assert_eq!(
            headless.anomalies().iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                "file is truncated: hive bins take 0x8000 bytes, 0x0 are there (at 0x1000)",
                "root key cannot be read: key node at 0x1020: outside the hive, which ends at 0x1000 (at 0x24)",
            ]
        );
        assert!(headless.root().is_err());
        let half = digest::of(&open(0x4000).unwrap());
        assert_eq!((half.keys, half.values, half.errors.len()), (5, 4, 2));
    }

    #[test]
    fn text_and_zeros_are_named() {
        let open = |bytes: &[u8]| Hive::open(bytes, &OpenOptions::default()).unwrap_err().to_string();
        let text = "not a registry hive: it starts with \"Wind\" instead of \"regf\" and looks like text";
        assert_eq!(open(b"Windows Registry Editor Version 5.00\r\n"), text);
        let utf16: Vec<u8> = "\u{FEFF}Windows".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(open(&utf16).ends_with("and looks like text"));
        assert_eq!(open(&[0; 10_000]), "the file has 10000 bytes and all are zero");
        assert_eq!(open(&[0; 2]), "the file has 2 bytes and all are zero");
        let mut late = vec![0; 10_000];
        late[9_999] = 1;
        assert!(open(&late).starts_with("not a registry hive: it starts with \"\\x00\\x00\\x00\\x00\""));
    }
}
