//! `hivekey match` as a user meets it.

use std::fs;

use hivekey_testkit::installation::Installation;
use hivekey_testkit::license::Channel;
use hivekey_testkit::windows::Windows;

use crate::harness::{GVLK, MASKED, hivekey};

/// A backup of a server whose MAK is erased, the key, and a folder to keep lists in.
fn mak() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let server = Installation::preset(Windows::Server2019, Channel::Mak).unwrap();
    server.write_tree(folder.path().join("backup")).unwrap();
    (folder, server.license.typed_key.to_string())
}

#[test]
fn an_erased_key_is_known_by_what_is_left_of_it() {
    let (folder, key) = mak();
    fs::write(folder.path().join("keys.csv"), format!("Product,Key\nServer 2019 Standard,{key}\n")).unwrap();
    let run = hivekey(["match", "--keys", "keys.csv", "backup"]).in_folder(folder.path()).run();
    insta::assert_snapshot!(run.text());
    assert_eq!((run.stderr.as_str(), run.code), ("", 0));
    let run = hivekey(["match", "--lang", "fr", "--keys", "keys.csv", "backup"]).in_folder(folder.path()).run();
    insta::assert_snapshot!("in_french", run.text());
}

#[test]
fn keys_are_shown_only_on_request() {
    let (folder, key) = mak();
    for format in ["text", "json", "jsonl"] {
        let args = ["match", "--keys", "-", "--format", format, "backup"];
        let hidden = hivekey(args).in_folder(folder.path()).input(format!("DC {key} of 2019")).run();
        assert!(!hidden.text().contains(&key) && hidden.text().contains(key.split_at(24).1), "{}", hidden.text());
        assert!(hidden.text().contains("of 2019"));
        let shown = hivekey(args.iter().chain(&["--show-keys"])).in_folder(folder.path()).input(key.clone()).run();
        assert!(shown.text().contains(&key), "{}", shown.text());
    }
}

#[test]
fn json_says_how_and_how_surely() {
    let (folder, key) = mak();
    let args = ["match", "--keys", "-", "--format", "json", "backup", "nothing"];
    let run = hivekey(args).in_folder(folder.path()).input(key.clone()).run();
    let json = run.json();
    let found = &json["matches"][0]["matches"][0];
    assert_eq!((&found["how"], &found["strength"]), (&"last-five".into(), &"certain".into()));
    assert_eq!(json["matches"][0]["reason"], serde_json::Value::Null);
    assert_eq!(json["matches"][1]["root"], serde_json::Value::Null);
    assert!(json["matches"][1]["reason"].as_str().unwrap().starts_with("It could not be read"));
    assert_eq!(run.code, 2);
}

#[test]
fn exit_codes() {
    let (folder, key) = mak();
    let code = |keys: &str, paths: &[&str]| {
        let args = ["match", "--keys", "-"].iter().chain(paths);
        hivekey(args).in_folder(folder.path()).input(keys).run().code
    };
    fs::create_dir(folder.path().join("empty")).unwrap();
    assert_eq!(code(&key, &["backup"]), 0);
    assert_eq!(code(GVLK, &["backup"]), 1);
    assert_eq!(code(&key, &["backup", "empty"]), 1);
    assert_eq!(code(&key, &["missing", "backup"]), 2);
    // A line that was meant to be a key: the answer may lack it. Words are no such line.
    assert_eq!(code(&format!("{key}\nN69G4-B89J2-4G8F4-WWYCC-J464D"), &["backup"]), 2);
    assert_eq!(code(&format!("{key}\nbought in 2019"), &["backup"]), 0);
    assert_eq!(code("no key at all", &["backup"]), 2);
    assert_eq!(code(&key, &["--files-from", "-"]), 2);
    assert_eq!(hivekey(["match", "backup"]).in_folder(folder.path()).run().code, 2);
}

#[test]
fn a_hostile_list_harms_nothing() {
    let (folder, key) = mak();
    let list = format!(
        "N69G4-B89J2-4G8F4-WWYCC-J464D\n{GVLK} \x1b[2J\u{202e}label\n=cmd|'/c calc'!A0;{key}\n{}\n\0\0\n{}\n",
        "N".repeat(100_000),
        "-".repeat(10_000),
    );
    for format in ["text", "json", "jsonl"] {
        let run = hivekey(["match", "--keys", "-", "--format", format, "backup"])
            .in_folder(folder.path())
            .input(list.clone())
            .run();
        for text in [run.text(), run.stderr.as_str()] {
            assert!(!text.contains(GVLK) && !text.contains("WWYCC") && !text.contains(&key), "{text}");
            assert!(!text.contains(['\x1b', '\u{202e}', '\0']), "{text}");
        }
        assert_eq!(run.code, 2);
    }
}

#[test]
fn the_list_and_the_evidence_are_never_overwritten() {
    let (folder, key) = mak();
    fs::write(folder.path().join("keys"), &key).unwrap();
    for target in ["keys", "backup/out"] {
        let run = hivekey(["match", "--keys", "keys", "-o", target, "backup"]).in_folder(folder.path()).run();
        assert!(run.stderr.contains("refusing to write"), "{}", run.stderr);
    }
    assert_eq!(fs::read_to_string(folder.path().join("keys")).unwrap(), key);
    let run = hivekey(["match", "--keys", "keys", "-o", "out", "backup"]).in_folder(folder.path()).run();
    assert_eq!((run.text(), run.code), ("", 0));
    assert!(!fs::read_to_string(folder.path().join("out")).unwrap().contains(MASKED));
}
