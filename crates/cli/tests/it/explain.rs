//! `hivekey explain` as a user meets it.

use crate::harness::hivekey;

#[test]
fn codes_are_explained() {
    let run = hivekey(["explain", "erased-key", "[volume-portal]"]).run();
    insta::assert_snapshot!(run.text());
    assert_eq!(run.code, 0);
    let run = hivekey(["explain", "--lang", "fr", "erased-key", "volume-portal"]).run();
    insta::assert_snapshot!("in_french", run.text());
}

#[test]
fn every_code_of_a_report_is_explained() {
    let report = hivekey(["report", "--format", "json", "testdata"]).run().json();
    let codes = report["sources"].as_array().unwrap().iter().flat_map(|source| {
        let installations = source["installations"].as_array().unwrap().iter();
        installations.flat_map(|found| {
            let lists = ["findings", "next_steps"].map(|list| found[list].as_array().unwrap().clone());
            lists.into_iter().flatten().map(|item| item["code"].as_str().unwrap().to_owned())
        })
    });
    let codes: std::collections::BTreeSet<String> = codes.collect();
    assert!(codes.len() > 10);
    let args = ["explain", "--format", "jsonl"].into_iter().map(str::to_owned).chain(codes.clone());
    assert_eq!(hivekey(args).run().lines().len(), codes.len());
}

#[test]
fn without_a_code_all_are_listed() {
    let text = hivekey(["explain"]).run();
    let lines = hivekey(["explain", "--format", "jsonl"]).run().lines();
    for line in &lines {
        assert!(text.text().contains(&format!("  {}", line["code"].as_str().unwrap())), "{line}");
    }
    assert_eq!(hivekey(["explain", "--format", "json"]).run().json().as_array().unwrap().len(), lines.len());
}

#[test]
fn an_unknown_code_is_said_to_be_one() {
    let run = hivekey(["explain", "erased-key", "no-such-code"]).run();
    assert_eq!((run.text(), run.code), ("", 2));
    assert!(run.stderr.contains("no-such-code") && run.stderr.contains("hivekey explain"), "{}", run.stderr);
}
