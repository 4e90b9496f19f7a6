//! `ls`, `get` and `export`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use hivekey_testkit::hive::{HiveBuilder, Name, Value as Data};
use serde_json::Value;

use crate::harness::{from_hex, hivekey, root};

/// A hive with every type of value, in shapes that fit the type and in some that do not.
fn every_type(folder: &tempfile::TempDir) -> PathBuf {
    let mut hive = HiveBuilder::new();
    let key = hive.key(r"Software\Types");
    key.set("", Data::sz("the default value"));
    key.set("text", Data::sz("C:\\Program Files\\\"quoted\""));
    key.set("empty text", Data::sz(""));
    key.set("no data", Data::new(1, vec![]));
    key.set("no end", Data::new(1, b"a\0b\0".to_vec()));
    key.set("two lines", Data::sz("one\r\ntwo"));
    key.set("Zürich ", Data::sz("日本語 \u{1F511}"));
    key.set("expand", Data::expand_sz("%SystemRoot%\\x"));
    key.set("binary", Data::binary((0..=255).collect::<Vec<u8>>()));
    key.set("dword", Data::dword(0x8000_002A));
    key.set("short dword", Data::new(4, vec![1, 2]));
    key.set("big-endian", Data::new(5, vec![0, 0, 1, 0]));
    key.set("link", Data::link(r"\REGISTRY\MACHINE\X"));
    key.set("texts", Data::multi_sz(&["one", "two"]));
    key.set("qword", Data::qword(u64::MAX));
    key.set("none", Data::new(0, vec![1]));
    key.set("device property", Data::new(0xFFFF_0012, vec![1, 0]));
    key.set("big", Data::binary(vec![0xA5; 40_000]));
    key.set(r#"na"me\with"#, Data::sz("x"));
    key.subkey("Sub [key]").set("@", Data::sz("named @"));
    key.subkey(Name::utf16("日本語"));
    let path = folder.path().join("every-type.hive");
    hive.build().write(&path).unwrap();
    path
}

fn path(path: &std::path::Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_key_is_listed() {
    let folder = tempfile::tempdir().unwrap();
    let hive = every_type(&folder);
    let run = hivekey(["ls", path(&hive), r"software\TYPES"]).run();
    insta::assert_snapshot!(run.text());
    assert_eq!((run.stderr.as_str(), run.code), ("", 0));
}

#[test]
fn everything_is_dumped() {
    let folder = tempfile::tempdir().unwrap();
    let hive = every_type(&folder);
    let run = hivekey(["ls", "-R", "--format", "jsonl", path(&hive)]).run();
    assert_eq!((run.stderr.as_str(), run.code), ("", 0));
    let lines = run.lines();
    let paths: Vec<&str> = lines.iter().map(|line| line["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["", r"\Software", r"\Software\Types", r"\Software\Types\Sub [key]", r"\Software\Types\日本語"]);
    let values = lines[2]["values"].as_array().unwrap();
    let value = |name: &str| values.iter().find(|value| value["name"] == name).unwrap();
    assert_eq!((&value("binary")["type"], &value("binary")["size"]), (&3.into(), &256.into()));
    assert_eq!(value("big")["data"], "a5".repeat(40_000));
    assert_eq!(value("device property")["type"], 0xFFFF_0012u32);
    assert_eq!(value("no data")["data"], "");
    // Below a key, and only there; a single key and its subkeys without -R.
    let below = hivekey(["ls", "-R", "--format", "jsonl", path(&hive), r"software\types"]).run().lines();
    assert_eq!(below, lines[2..]);
    let two = hivekey(["ls", "--format", "jsonl", path(&hive)]).run().lines();
    assert_eq!(two, lines[..2]);
}

#[test]
fn values_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    let hive = every_type(&folder);
    let get = |args: &[&str]| {
        let run = hivekey(["get", path(&hive), r"Software\Types"].iter().chain(args)).run();
        assert_eq!((run.stderr.as_str(), run.code), ("", 0), "{args:?}");
        run.stdout
    };
    assert_eq!(get(&["text"]), b"C:\\Program Files\\\"quoted\"\n");
    assert_eq!(get(&["@"]), b"the default value\n");
    assert_eq!(get(&[""]), b"the default value\n");
    assert_eq!(get(&["DWORD"]), b"2147483690 (0x8000002a)\n");
    assert_eq!(get(&["dword", "--hex"]), b"2a000080\n");
    assert_eq!(get(&["dword", "--raw"]), [0x2a, 0, 0, 0x80]);
    assert_eq!(get(&["texts"]), b"one\ntwo\n");
    let all = String::from_utf8(get(&[])).unwrap();
    let lines: Vec<&str> = all.lines().filter(|line| line.len() < 1000).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn what_is_not_there_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let hive = every_type(&folder);
    let error = |args: &[&str]| {
        let run = hivekey(args).in_folder(folder.path()).run();
        assert_eq!((run.text(), run.code), ("", 2), "{args:?}");
        run.stderr
    };
    fs::write(folder.path().join("text"), "no hive").unwrap();
    let name = path(&hive).rsplit('/').next().unwrap();
    let mut errors = error(&["ls", name, r"Software\Missing"]);
    errors += &error(&["get", name, r"Software\Types", "missing"]);
    errors += &error(&["export", name, "missing"]);
    errors += &error(&["ls", "missing"]);
    errors += &error(&["ls", "text"]);
    insta::assert_snapshot!(errors);
    assert_eq!(hivekey(["ls", "schema"]).run().code, 2);
}

#[test]
fn a_folder_asks_which_hive_is_meant() {
    let backup = "testdata/server2019-backup";
    let key = r"Microsoft\Windows NT\CurrentVersion";
    insta::assert_snapshot!("hives_of_a_folder", hivekey(["ls", backup]).run().text());
    for name in ["SOFTWARE", "software", r"HKEY_LOCAL_MACHINE\SOFTWARE", r"\HKLM\Software"] {
        let run = hivekey(["get", backup, &format!(r"{name}\{key}"), "ProductName"]).run();
        assert_eq!((run.text(), run.stderr.as_str()), ("Windows Server 2019 Standard\n", ""), "{name}");
    }
    let run = hivekey(["get", backup, r"SYSTEM\Select", "Current"]).run();
    assert_eq!(run.text(), "1 (0x1)\n");
    let run = hivekey(["ls", backup, r"NTUSER.DAT\Software"]).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = hivekey(["get", backup, r"Microsoft\Windows", "x"]).run();
    assert_eq!(run.code, 2);
    insta::assert_snapshot!("which_hive", run.stderr);
}

#[test]
fn logs_are_replayed_first() {
    let dump = |args: &[&str]| {
        let run = hivekey(["ls", "-R", "--format", "jsonl", "testdata/hives/dirty/SOFTWARE"].iter().chain(args)).run();
        assert_eq!(run.code, 0, "{}", run.stderr);
        run
    };
    let replayed = dump(&[]);
    let stored = dump(&["--no-replay"]);
    assert!(replayed.text().contains("DigitalProductId") && !stored.text().contains("DigitalProductId"));
    assert!(replayed.stderr.contains("recovered in memory"), "{}", replayed.stderr);
    assert!(stored.stderr.contains("not written out completely"), "{}", stored.stderr);
}

/// A reader of .reg files as its rules are written down: paths, names, types and bytes. Shares nothing with the writer.
fn read_reg(text: &str) -> BTreeMap<(String, String), (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut key = String::new();
    let joined = text.replace("\\\r\n  ", "");
    let mut lines = joined.split("\r\n");
    assert_eq!(lines.next(), Some("Windows Registry Editor Version 5.00"));
    for line in lines.filter(|line| !line.is_empty()) {
        if let Some(path) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            key = path.to_owned();
            found.insert((key.clone(), String::from("\0key")), (0, vec![]));
            continue;
        }
        let (name, data) = match line.strip_prefix("@=") {
            Some(data) => (String::new(), data),
            None => {
                let (name, rest) = quoted(line);
                (name, rest.strip_prefix('=').unwrap())
            }
        };
        let value = if data.starts_with('"') {
            let (text, rest) = quoted(data);
            assert_eq!(rest, "");
            (1, text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect())
        } else if let Some(number) = data.strip_prefix("dword:") {
            (4, u32::from_str_radix(number, 16).unwrap().to_le_bytes().to_vec())
        } else {
            let (kind, bytes) = data.strip_prefix("hex").unwrap().split_once(':').unwrap();
            let kind = match kind.strip_prefix('(') {
                Some(kind) => u32::from_str_radix(kind.strip_suffix(')').unwrap(), 16).unwrap(),
                None => 3,
            };
            let bytes = bytes.split(',').filter(|byte| !byte.is_empty());
            (kind, bytes.map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect())
        };
        found.insert((key.clone(), name), value);
    }
    found
}

fn quoted(text: &str) -> (String, &str) {
    let mut out = String::new();
    let mut chars = text.strip_prefix('"').unwrap().char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => out.push(chars.next().unwrap().1),
            '"' => return (out, text.get(at + 2..).unwrap()),
            c => out.push(c),
        }
    }
    panic!("no closing quote in {text}");
}

/// A dump in the shape of [`read_reg`].
fn read_dump(lines: &[Value], prefix: &str) -> BTreeMap<(String, String), (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    for line in lines {
        let key = format!("{prefix}{}", line["path"].as_str().unwrap());
        found.insert((key.clone(), String::from("\0key")), (0, vec![]));
        for value in line["values"].as_array().unwrap() {
            let hex = value["data"].as_str().unwrap();
            let data = from_hex(hex);
            let kind = u32::try_from(value["type"].as_u64().unwrap()).unwrap();
            found.insert((key.clone(), value["name"].as_str().unwrap().to_owned()), (kind, data));
        }
    }
    found
}

#[test]
fn an_export_read_back_is_the_hive() {
    let folder = tempfile::tempdir().unwrap();
    let every_type = every_type(&folder);
    let config = root().join("testdata/server2019-backup/Windows/System32/config");
    for hive in [every_type, config.join("SOFTWARE"), config.join("SYSTEM")] {
        let dump = hivekey(["ls", "-R", "--format", "jsonl", path(&hive)]).run();
        let expected = read_dump(&dump.lines(), r"HKEY_LOCAL_MACHINE\TEST");
        let target = folder.path().join("out.reg");
        let args = ["export", path(&hive), "--prefix", r"HKEY_LOCAL_MACHINE\TEST"];
        let run = hivekey(args.iter().chain(&["-o", path(&target)])).run();
        assert_eq!((run.text(), run.stderr.as_str(), run.code), ("", "", 0));
        let bytes = fs::read(&target).unwrap();
        let units: Vec<u16> = bytes.as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
        assert_eq!(units[0], 0xFEFF);
        let text = String::from_utf16(&units[1..]).unwrap();
        assert_eq!(read_reg(&text), expected);
        // Standard output gets the same text in UTF-8.
        assert_eq!(hivekey(args).run().text(), text);
        assert!(text.split("\r\n").filter(|line| line.starts_with("  ")).all(|line| line.len() <= 80));
    }
}

#[test]
fn an_export_as_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let hive = every_type(&folder);
    let run = hivekey(["export", path(&hive), "Software"]).run();
    let shown = run.text().replace("\r\n", "\n").replace(&format!("{}\\\n  ", "a5,".repeat(25)), "");
    insta::assert_snapshot!(shown);
    assert_eq!((run.stderr.as_str(), run.code), ("", 0));
}

#[test]
fn a_part_is_exported_under_the_hive_s_own_place() {
    let key = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform";
    let run = hivekey(["export", "testdata/server2019-backup", key]).run();
    insta::assert_snapshot!(run.text().replace("\r\n", "\n"));
    assert_eq!((run.stderr.as_str(), run.code), ("", 0));
}

#[test]
fn damage_is_told_and_the_rest_is_given() {
    let run = hivekey(["ls", "-R", "--format", "jsonl", "testdata/hives/truncated-SOFTWARE"]).run();
    assert_eq!(run.code, 2);
    assert!(!run.lines().is_empty());
    assert!(run.stderr.lines().all(|line| line.starts_with("hivekey: ")), "{}", run.stderr);
}
