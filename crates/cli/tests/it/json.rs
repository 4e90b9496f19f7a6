//! JSON and JSON lines. What is in them is held against the schema by the harness.

use serde_json::{Value, json};

use crate::harness::{GVLK, hivekey};

#[test]
fn a_report_in_full() {
    let run = hivekey(["report", "--format", "json", "testdata/server2019-backup", "--verify", "--hash"]).run();
    let mut report = run.json();
    // What may change without a change of the contract.
    report["tool"]["version"] = "[version]".into();
    report["sources"][0]["bytes_read"] = "[bytes]".into();
    insta::assert_json_snapshot!(report);
    assert_eq!((run.stderr.as_str(), run.code), ("", 0));
}

#[test]
fn lines_say_the_same_as_the_document() {
    let paths = ["testdata/server2019-backup", "testdata/hives/text.dat", "schema", "testdata/hives/retail-SOFTWARE"];
    let document = hivekey(["report", "--format", "json"].iter().chain(&paths)).run();
    let lines = hivekey(["report", "--format", "jsonl"].iter().chain(&paths)).run();
    assert_eq!((document.code, lines.code), (2, 2));
    let document = document.json();
    assert_eq!(document["tool"], json!({"name": "hivekey", "version": env!("CARGO_PKG_VERSION")}));
    let lines = lines.lines();
    let given: Vec<&Value> = lines.iter().map(|line| &line["path"]).collect();
    assert_eq!(given, paths);
    for (line, source) in lines.into_iter().zip(document["sources"].as_array().unwrap()) {
        let Value::Object(mut line) = line else { panic!("a line is an object") };
        assert_eq!(line.remove("schema_version"), Some(json!(1)));
        assert_eq!(&Value::Object(line), source);
    }
}

#[test]
fn status_follows_what_was_found() {
    let run = hivekey(["report", "--format", "json", "testdata/server2019-backup", "schema", "testdata/missing"]).run();
    let report = run.json();
    let status: Vec<&Value> = report["sources"].as_array().unwrap().iter().map(|source| &source["status"]).collect();
    assert_eq!(status, ["ok", "no-windows", "error"]);
    assert_eq!(report["sources"][1]["error"], Value::Null);
    assert!(report["sources"][2]["error"]["code"].is_string());
    assert_eq!(report["sources"][0]["installations"][0]["product_keys"][0]["key"], GVLK);
}

#[test]
fn order_does_not_depend_on_jobs() {
    let hives = ["retail-SOFTWARE", "text.dat", "oem-dm-SOFTWARE", "erased-mak-SOFTWARE", "missing", "dirty"];
    let paths: Vec<String> = hives.iter().cycle().take(60).map(|name| format!("testdata/hives/{name}")).collect();
    let report = |jobs: &str| {
        let options = ["report", "--format", "jsonl", "-j", jobs].map(str::to_owned);
        hivekey(options.iter().chain(&paths)).run()
    };
    let one = report("1");
    let many = report("7");
    assert_eq!(one.text(), many.text());
    assert_eq!((one.stderr, one.code), (many.stderr, many.code));
    assert_eq!(hivekey(["report", "-j", "0", "testdata"]).run().code, 2);
}
