//! `hivekey letter` and `hivekey record` as a user meets them.

use std::fs;

use hivekey_testkit::installation::Installation;
use hivekey_testkit::license::Channel;
use hivekey_testkit::windows::Windows;

use crate::harness::{GVLK, hivekey};

#[test]
fn a_letter_names_what_is_proven() {
    let run = hivekey(["letter", "testdata/server2019-backup"]).run();
    assert_eq!((run.stderr.as_str(), run.code), ("", 0));
    for fact in ["Windows Server 2019 Standard", "SRV-FILE01", "[Your company]", "KMS host", "00429-70000"] {
        assert!(run.text().contains(fact), "{fact}\n{}", run.text());
    }
    assert!(!run.text().contains(GVLK));
    let vendor = hivekey(["letter", "--to", "vendor", "--lang", "fr", "testdata/server2019-backup"]).run();
    assert!(vendor.text().contains("[Nom et adresse du vendeur"), "{}", vendor.text());
}

#[test]
fn a_record_has_the_hashes_and_the_second_reader() {
    let run = hivekey(["record", "testdata/server2019-backup"]).run();
    assert_eq!((run.stderr.as_str(), run.code), ("", 0));
    assert!(run.text().contains("A second, independent reader (nt-hive) finds the same bytes."), "{}", run.text());
    assert!(run.text().contains("SHA-256 ") && !run.text().contains(GVLK));
    assert!(run.text().lines().all(|line| line.chars().count() <= 72));
    let french = hivekey(["record", "testdata/server2019-backup"]).env("LC_ALL", "fr_FR.UTF-8").run();
    assert!(french.text().starts_with("Fiche d'audit"), "{}", french.text());
}

#[test]
fn papers_need_an_installation() {
    for command in ["letter", "record"] {
        let none = hivekey([command, "schema"]).run();
        assert_eq!((none.text(), none.code), ("", 1));
        assert!(none.stderr.contains("no Windows installation"), "{}", none.stderr);
        let bad = hivekey([command, "testdata/hives/text.dat"]).run();
        assert_eq!((bad.text(), bad.code), ("", 2));
        assert!(!bad.stderr.is_empty());
        let several = hivekey([command, "testdata"]).run();
        assert!(several.stderr.contains("--root"), "{}", several.stderr);
        let chosen = hivekey([command, "testdata", "--root", "oem-dm-SOFTWARE"]).run();
        assert!(chosen.text().contains("OEM:DM"), "{}", chosen.text());
        let absent = hivekey([command, "testdata", "--root", "absent"]).run();
        assert_eq!((absent.text(), absent.code), ("", 2));
        assert!(absent.stderr.contains("oem-dm-SOFTWARE"), "{}", absent.stderr);
    }
}

#[test]
fn no_paper_shows_a_key_wherever_it_hides() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Installation::preset(Windows::Server2019, Channel::Retail).unwrap();
    server.owner = format!("{GVLK} \u{202e}\x1b[2J");
    server.organization = GVLK.replace('-', "");
    let named = folder.path().join(GVLK);
    server.write_tree(&named).unwrap();
    for command in ["letter", "record"] {
        let run = hivekey([command, GVLK]).in_folder(folder.path()).run();
        for text in [run.text(), run.stderr.as_str()] {
            assert!(!text.contains(GVLK) && !text.contains(&server.organization), "{text}");
            assert!(!text.contains(&server.license.typed_key.to_string()), "{text}");
            assert!(!text.contains(['\u{202e}', '\x1b']), "{text}");
        }
        assert_eq!(run.code, 0);
        let refused = hivekey([command, GVLK, "-o", &format!("{GVLK}/paper")]).in_folder(folder.path()).run();
        assert!(refused.stderr.contains("refusing to write") && !refused.stderr.contains(GVLK), "{}", refused.stderr);
    }
    hivekey(["letter", GVLK, "-o", "letter.txt"]).in_folder(folder.path()).run();
    assert!(fs::read_to_string(folder.path().join("letter.txt")).unwrap().contains("Server 2019"));
}
