//! Evidence that was made to deceive: nothing in it may steer a terminal or break the JSON.

use std::path::PathBuf;

use hivekey_testkit::hive::{Corruption, Name, Value};
use hivekey_testkit::installation::Installation;
use hivekey_testkit::license::Channel;
use hivekey_testkit::windows::Windows;

use crate::harness::{Run, hivekey};

/// Clears the screen, turns the text around, hides a character, ends a line, and more.
const POISON: &str = "a\x1b[2Jb\u{9b}31mc\u{202e}d\u{200b}e\r\nf\tg\u{7}h\u{7f}i\u{e0041}j\"k\\l<m>&n";

fn hostile(folder: &tempfile::TempDir) -> PathBuf {
    let server = Installation::preset(Windows::Server2019, Channel::Retail).unwrap();
    let mut hive = server.software();
    let version = hive.key(r"Microsoft\Windows NT\CurrentVersion");
    for name in ["ProductName", "EditionID", "RegisteredOwner", "DisplayVersion", "ProductId", "CurrentBuild"] {
        version.set(name, Value::sz(POISON));
    }
    version.set("RegisteredOrganization", Value::sz(&"x".repeat(100_000)));
    version.set(Name::utf16(POISON), Value::sz(POISON));
    // Halves of surrogate pairs, which no text can hold.
    version.set(Name::from_units(&[0xD800, 0x41]), Value::new(1, vec![0x00, 0xDC, 0, 0]));
    version.subkey(Name::utf16(POISON)).set("", Value::sz(POISON));
    version.subkey(Name::from_units(&[0xDC00]));
    let office = hive.key(r"Microsoft\Office\14.0\Registration").subkey(Name::utf16(POISON));
    office.set("DigitalProductID", Value::binary(server.license.dpid4()));
    let path = folder.path().join("SOFTWARE");
    hive.build().write(&path).unwrap();
    path
}

/// Only line feeds, tabs between columns, and printable characters that stay where they are.
fn assert_harmless(run: &Run) {
    for text in [run.text(), &run.stderr] {
        let bad = |c: char| {
            !matches!(c, '\n' | '\t')
                && (c.is_control()
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{e0000}'..='\u{e007f}'))
        };
        assert!(!text.contains(bad), "{:?}", text.lines().find(|line| line.contains(bad)));
    }
}

#[test]
fn reports_stay_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let path = hostile(&folder);
    for format in ["text", "json", "jsonl"] {
        let run = hivekey(["report", "--deep", "--verify", "--format", format, path.to_str().unwrap()]).run();
        assert_harmless(&run);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    let run = hivekey(["report", "--format", "json", path.to_str().unwrap()]).run();
    let windows = &run.json()["sources"][0]["installations"][0]["windows"];
    assert_eq!(windows["registered_owner"], POISON, "escapes of JSON lose nothing");
    let run = hivekey(["report", path.to_str().unwrap()]).run();
    assert!(
        run.text().starts_with(r"a\u{1b}[2Jb\u{9b}31mc\u{202e}d\u{200b}e\r\nf\tg\u{7}h\u{7f}i\u{e0041}j"),
        "{}",
        run.text()
    );
    assert!(run.text().len() < 20_000, "a fact is cut at some length");
}

#[test]
fn browsing_stays_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let path = hostile(&folder);
    let path = path.to_str().unwrap();
    let version = r"Microsoft\Windows NT\CurrentVersion";
    for args in [
        vec!["ls", path, version],
        vec!["ls", "-R", path],
        vec!["ls", "-R", "--format", "jsonl", path],
        vec!["get", path, version],
        vec!["ls", path, "No\x1b[2JKey"],
        vec!["get", path, version, "No\x1b[2JValue"],
    ] {
        assert_harmless(&hivekey(args).run());
    }
}

#[test]
fn export_keeps_what_is_there_and_leaves_out_what_no_line_can_hold() {
    let folder = tempfile::tempdir().unwrap();
    let path = hostile(&folder);
    let run = hivekey(["export", path.to_str().unwrap(), r"Microsoft\Windows NT"]).run();
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("a .reg file cannot hold this name"), "{}", run.stderr);
    // A line feed in a name or a text never becomes a line of its own.
    for line in run.text().lines() {
        let known = ["Windows Registry", "[HKEY_LOCAL_MACHINE\\SOFTWARE\\", "\"", "@=", "  "];
        assert!(line.is_empty() || known.iter().any(|start| line.starts_with(start)), "{line:?}");
    }
}

#[test]
fn every_damage_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let target = r"Microsoft\Windows NT\CurrentVersion";
    for damage in Corruption::ALL {
        let mut hive = Installation::preset(Windows::Server2019, Channel::Retail).unwrap().software().build();
        if !damage.apply(&mut hive, target) {
            continue;
        }
        let path = folder.path().join(damage.name());
        hive.write(&path).unwrap();
        let path = path.to_str().unwrap();
        for args in [
            vec!["report", "--deep", "--verify", path],
            vec!["report", "--format", "json", path],
            vec!["ls", "-R", "--format", "jsonl", path],
            vec!["ls", path, target],
            vec!["export", path],
        ] {
            let run = hivekey(&args).run();
            assert!((0..=2).contains(&run.code), "{args:?}: {}", run.stderr);
            assert!(!run.stderr.contains("panicked"), "{args:?}: {}", run.stderr);
            assert!(run.code != 2 || !run.stderr.is_empty(), "{args:?}: an error is never silent");
        }
    }
}
