//! The corpus: every row of `expected.tsv` with the right key, at the right place, with the right integrity; every broken
//! file with an answer.
#![cfg(test)]

mod corpus;

use hivekey::report::{FoundIn, IntegrityMark, Status};
use hivekey::{Options, decode, inspect};
use hivekey_regf::{Hive, OpenOptions};

#[test]
fn every_row_is_reported() {
    let Some(table) = corpus::corpus("expected.tsv") else { return };
    let mut rows = 0;
    for row in corpus::rows(&table) {
        let cell = |name: &str| row.get(name).map(String::as_str).unwrap_or_default();
        let (file, key_path) = (cell("file"), cell("key_path"));
        // Two rows stand for the same hive with its logs, which is another test's subject.
        let (path, _guard) = corpus::unpacked(&corpus::corpus(file).expect("a file of the table"));
        let report = inspect(&path, &Options::new().replay(false));
        let source = &report.sources[0];
        let expected =
            if key_path.contains("WPA") || !cell("ProductName").is_empty() { Status::Ok } else { Status::NoWindows };
        assert_eq!(source.status, expected, "{file}: {:?}", source.error);
        let installation = &source.installations[0];
        let named = |name: &str| Some(cell(name)).filter(|text| !text.is_empty()).map(str::to_owned);
        assert_eq!(installation.windows.product_name, named("ProductName"), "{file}");
        assert_eq!(installation.windows.edition_id, named("EditionID"), "{file}");

        let bytes = std::fs::read(&path).expect("readable hive");
        let hive = Hive::open(bytes, &OpenOptions::default()).expect("a hive");
        let stored = |value: &str| -> Vec<u8> {
            let key = hive.key(key_path).expect("a readable path").expect("the key of the row");
            let value = key.value(value).expect("a readable value").expect("the value of the row");
            value.data().expect("its data").into_owned()
        };
        for (present, text, value) in
            [("DPID_present", "DPID_key", "DigitalProductId"), ("DPID4_present", "DPID4_key", "DigitalProductId4")]
        {
            if cell(present) != "yes" {
                continue;
            }
            rows += 1;
            // An Office DigitalProductID may hold a blob of version 4.
            let value = if cell("notes").contains("holds a v4 blob") { "DigitalProductID" } else { value };
            let found = installation
                .product_keys
                .iter()
                .find_map(|key| {
                    let evidence = key.evidence.iter().find(|evidence| {
                        evidence.key_path.eq_ignore_ascii_case(key_path) && evidence.value.eq_ignore_ascii_case(value)
                    })?;
                    Some((key, evidence))
                })
                .unwrap_or_else(|| panic!("{file} {key_path} {value} is not reported"));
            let (key, evidence) = found;
            assert!(
                key.key.as_ref().is_some_and(|key| key.to_string() == cell(text)),
                "{file} {key_path} {value}: another key"
            );
            assert_eq!(evidence.integrity, IntegrityMark::Ok, "{file} {key_path} {value}");
            assert_eq!(evidence.found_in, FoundIn::Live);

            let decoded = decode::blob(&stored(value));
            assert_eq!(decoded.key.map(|key| key.to_string()).as_deref(), Some(cell(text)));
            let part = if present == "DPID_present" { named("DPID_part") } else { None };
            if part.is_some() {
                assert_eq!(decoded.part_number, part, "{file} {key_path}");
            }
            if present == "DPID4_present" {
                assert_eq!(decoded.key_type, named("DPID4_keytype"), "{file} {key_path}");
                assert_eq!(decoded.edition_id, named("DPID4_edition"), "{file} {key_path}");
                assert_eq!(decoded.eula, named("DPID4_eula"), "{file} {key_path}");
                assert_eq!(decoded.extended_pid, named("DPID4_advancedpid"), "{file} {key_path}");
                assert_eq!(decoded.activation_id, named("DPID4_activationid"), "{file} {key_path}");
            }
        }
        if let Some((_, rest)) = cell("notes").split_once("BackupProductKeyDefault=") {
            rows += 1;
            let text = rest.split(';').next().unwrap_or_default();
            let backup = installation
                .product_keys
                .iter()
                .find(|key| key.evidence.iter().any(|evidence| evidence.value == "BackupProductKeyDefault"));
            assert_eq!(backup.and_then(|key| key.key.as_ref()).map(ToString::to_string).as_deref(), Some(text));
        }
        if cell("notes").contains("no product id values") {
            assert!(installation.product_keys.is_empty(), "{file}");
            assert!(installation.findings.iter().any(|finding| finding.code.as_str() == "no-product-key"));
        }
    }
    assert!(rows >= 20, "only {rows} values were compared");
}

#[test]
fn every_broken_file_of_the_corpus_is_answered() {
    let Some(folder) = corpus::corpus("corrupt") else { return };
    let mut folders = vec![folder];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a readable folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let report = inspect(&path, &Options::new().recover(true).deep(true).hash(true));
            let source = &report.sources[0];
            assert!(source.installations.is_empty(), "{}: none of them holds a Windows", path.display());
            assert!(source.error.is_some() || !source.findings.is_empty(), "{}: nothing is said", path.display());
        }
    }
    assert!(files > 10);
}
