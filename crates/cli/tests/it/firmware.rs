//! `hivekey firmware` as a user meets it. What the running machine has is not ours to say.

use std::fs;

use crate::harness::{hivekey, testdata};

#[test]
fn a_saved_table_in_text() {
    let run = hivekey(["firmware", "testdata/blobs/MSDM"]).run();
    insta::assert_snapshot!(run.text());
    assert_eq!((run.stderr.as_str(), run.code), ("", 0));
    let french = hivekey(["firmware", "--lang", "fr", "--mask", "testdata/blobs/MSDM"]).run();
    insta::assert_snapshot!("in_french", french.text());
}

#[test]
fn a_saved_table_in_json() {
    let json = hivekey(["firmware", "--format", "json", "--mask", "testdata/blobs/MSDM"]).run().json();
    assert_eq!((&json["table"], &json["checksum"]), (&"msdm".into(), &"ok".into()));
    assert_eq!(
        (&json["running_machine"], &json["notes"][0]["code"]),
        (&false.into(), &"belongs-to-that-machine".into())
    );
    assert!(json["product_key"]["key"].as_str().unwrap().starts_with("*****-"));
}

#[test]
fn tables_that_hold_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let msdm = fs::read(testdata("blobs/MSDM")).unwrap();
    let mut slic = b"SLIC\x24\0\0\0\x01\0".to_vec();
    slic.resize(36, b' ');
    let mut damaged = msdm.clone();
    damaged[60] ^= 1;
    for (name, bytes) in [("SLIC", &slic), ("damaged", &damaged), ("FACP", &b"FACP".to_vec()), ("MSDM", &msdm)] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let run = |name: &str| hivekey(["firmware", name]).in_folder(folder.path()).run();
    let slic = run("SLIC");
    assert_eq!(slic.code, 1);
    assert!(slic.text().contains("SLIC table holds no product key"), "{}", slic.text());
    assert!(run("damaged").text().contains("checksum of the table fails"));
    assert_eq!(run("FACP").code, 2);
    assert_eq!(run("absent").code, 2);
    let msdm = run("MSDM");
    assert_eq!(msdm.code, 0);
    assert!(msdm.text().contains("There is a SLIC table as well"), "{}", msdm.text());
}

#[test]
fn the_running_machine_gives_an_answer_or_a_reason() {
    let run = hivekey(["firmware", "--mask"]).run();
    assert!(matches!(run.code, 0..=2));
    assert_ne!(run.text().is_empty(), run.stderr.is_empty());
}
