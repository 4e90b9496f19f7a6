//! `hivekey decode`: the forms of a blob, where it may come from, and many of them.

use std::fs;

use serde_json::Value;

use crate::harness::{GVLK, from_hex, hivekey, testdata};

fn blob(name: &str) -> String {
    fs::read_to_string(testdata("blobs").join(name)).unwrap().trim().to_owned()
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// As regedit writes it.
fn reg_line(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<String> = digits.chunks(20).map(|chunk| chunk.join(",")).collect();
    format!("\"DigitalProductId\"=hex:{}", lines.join(",\\\r\n  "))
}

#[test]
fn every_form_says_the_same() {
    let hex = blob("dpid3-gvlk.hex");
    let raw = from_hex(&hex);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let export = format!(
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE]\r\n\"Other\"=dword:00000001\r\n{}\r\n",
        reg_line(&raw)
    );
    let utf16: Vec<u8> = [0xFEFF].into_iter().chain(export.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let forms = [
        hex.clone(),
        hex.to_uppercase(),
        format!("  {hex}\n"),
        base64(&raw),
        base64(&raw).trim_end_matches('=').to_owned(),
        reg_line(&raw),
        reg_line(&raw).replace("hex:", "hex(3):"),
        file("blob.bin", &raw),
        file("blob.txt", hex.as_bytes()),
        file("export.reg", &utf16),
        file("export-utf8.reg", export.as_bytes()),
    ];
    for form in forms {
        let run = hivekey(["decode", "--format", "json", &form]).run();
        let decoded = run.json();
        assert_eq!((run.stderr.as_str(), run.code), ("", 0), "{form}");
        assert_eq!(decoded["key"], GVLK, "{form}");
        assert_eq!(decoded["blob_type"], "dpid3");
        assert_eq!(decoded["integrity"]["crc32"], "ok");
    }
    let run = hivekey(["decode", "--format", "json", "-"]).input(raw).run();
    assert_eq!(run.json()["key"], GVLK, "a blob itself on standard input");
}

#[test]
fn every_blob_of_the_test_data_in_text() {
    let mut paths: Vec<_> = fs::read_dir(testdata("blobs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut text = String::new();
    for path in paths {
        let name = path.file_name().unwrap().to_str().unwrap();
        let run = hivekey(["decode", &format!("testdata/blobs/{name}")]).run();
        text.push_str(&format!("== {name}, exit code {}\n{}\n", run.code, run.text()));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_decoded_blob_in_json() {
    let run = hivekey(["decode", "--format", "json", &blob("dpid4-gvlk.hex")]).run();
    let mut decoded = run.json();
    decoded["input"] = "[hex]".into();
    insta::assert_json_snapshot!(decoded);
}

#[test]
fn many_blobs_one_a_line() {
    let (good, erased) = (blob("dpid3-gvlk.hex"), base64(&from_hex(&blob("dpid4-erased-mak.hex"))));
    let long = "ab".repeat(100_000);
    let input = format!("{good}\nnonsense\n\n{erased}\n{long}\n{GVLK}\n");
    let mut input = input.into_bytes();
    input.extend_from_slice(b"\xff\xfe\n");
    input.extend_from_slice(good.as_bytes());
    let run = hivekey(["decode", "--format", "jsonl", "-"]).input(input).run();
    assert_eq!(run.code, 2);
    let lines = run.lines();
    let keys: Vec<&Value> = lines.iter().map(|line| &line["key"]).collect();
    assert_eq!(
        keys,
        [&GVLK.into(), &Value::Null, &Value::Null, &Value::Null, &GVLK.into(), &Value::Null, &GVLK.into()]
    );
    let failed: Vec<bool> = lines.iter().map(|line| !line["error"].is_null()).collect();
    assert_eq!(failed, [false, true, false, true, false, true, false]);
    assert_eq!(lines[0]["input"], good.as_str());
    assert_eq!(lines[2]["verdict"], "erased");
    assert_eq!(lines[3]["input"], Value::Null, "too long to be repeated");
    let run = hivekey(["decode", "--format", "jsonl", "-"]).input("").run();
    assert_eq!((run.text(), run.code), ("", 0));
}

#[test]
fn what_cannot_be_decoded() {
    for nonsense in
        ["", "hello", "zz", "-----", "a4000000", "\"DigitalProductId\"=hex:", "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA"]
    {
        let run = hivekey(["decode", "--format", "json", nonsense]).run();
        assert_eq!(run.code, 2, "{nonsense}");
        assert!(run.json()["error"]["code"].is_string(), "{nonsense}");
    }
    let run = hivekey(["decode", "nonsense"]).run();
    assert_eq!(run.code, 2);
    assert!(run.text().starts_with("Not decoded"), "{}", run.text());
}

#[test]
fn a_name_that_is_a_blob_too() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(GVLK), blob("dpid3-erased-mak.hex")).unwrap();
    let run = hivekey(["decode", "--format", "json", GVLK]).in_folder(folder.path()).run();
    assert_eq!(run.json()["verdict"], "erased");
    assert_eq!(run.stderr, format!("hivekey: {GVLK} is a file and a blob: the file is decoded\n"));
}
