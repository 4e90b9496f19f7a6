//! The program over real hives, where they are at hand. Nothing of theirs is written down here.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::harness::{from_hex, hivekey, root};

/// The folder of the corpus, or `None` with a word about it.
fn corpus() -> Option<PathBuf> {
    let folder = root().join("../shared/corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} absent", folder.display());
    None
}

/// The rows of a table as its columns.
fn rows(table: &str) -> Vec<Vec<String>> {
    table.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// The digest that the corpus' tables hold, from a dump.
fn logical_digest(lines: &[Value]) -> String {
    let mut facts: Vec<Vec<u8>> = Vec::new();
    for key in lines {
        let path = key["path"].as_str().unwrap();
        facts.push(format!("K\0{path}").into_bytes());
        for value in key["values"].as_array().unwrap() {
            let data = hex(&Sha256::digest(from_hex(value["data"].as_str().unwrap_or_default())));
            let (name, kind) = (value["name"].as_str().unwrap(), &value["type"]);
            facts.push(format!("V\0{path}\0{name}\0{kind}\0{data}").into_bytes());
        }
    }
    facts.sort();
    hex(&Sha256::digest(facts.join(&b'\n')))
}

#[test]
fn dumps_agree_with_an_independent_reader() {
    let Some(corpus) = corpus() else { return };
    let table = fs::read_to_string(corpus.join("hives.tsv")).unwrap();
    let mut compared = 0;
    for row in rows(&table) {
        let (file, digest) = (&row[0], row.get(15).map_or("", String::as_str));
        if digest.is_empty() || file.ends_with(".xz") {
            continue;
        }
        let path = corpus.join(file);
        let run = hivekey(["ls", "-R", "--format", "jsonl", "--no-replay", path.to_str().unwrap()]).run();
        assert_eq!(logical_digest(&run.lines()), digest, "{file}: {}", run.stderr);
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
}

#[test]
fn dumps_after_replay_agree_with_an_independent_reader() {
    let Some(corpus) = corpus() else { return };
    let table = fs::read_to_string(corpus.join("expected_logs.tsv")).unwrap();
    let mut compared = 0;
    for row in rows(&table) {
        let (file, before, after) = (&row[0], &row[8], &row[11]);
        if file.ends_with(".xz") {
            continue;
        }
        let path = corpus.join(file);
        for (args, digest) in [(vec!["--no-replay"], before), (vec![], after)] {
            if digest.is_empty() {
                continue;
            }
            let args = ["ls", "-R", "--format", "jsonl", path.to_str().unwrap()].into_iter().chain(args);
            let run = hivekey(args).run();
            assert_eq!(&logical_digest(&run.lines()), digest, "{file}: {}", run.stderr);
            compared += 1;
        }
    }
    assert!(compared > 10, "{compared}");
}

#[test]
fn every_file_is_answered_and_no_key_passes_the_mask() {
    let Some(corpus) = corpus() else { return };
    let table = fs::read_to_string(corpus.join("hives.tsv")).unwrap();
    for row in rows(&table) {
        let path = corpus.join(&row[0]);
        let path = path.to_str().unwrap();
        for format in ["text", "json"] {
            let run = hivekey(["report", "--mask", "--deep", "--verify", "--format", format, path]).run();
            assert!((0..=2).contains(&run.code) && !run.stderr.contains("panicked"), "{path}: {}", run.stderr);
        }
    }
}

#[test]
fn expected_keys_are_reported_by_their_last_five() {
    let Some(corpus) = corpus() else { return };
    let table = fs::read_to_string(corpus.join("expected.tsv")).unwrap();
    let mut compared = 0;
    for row in rows(&table) {
        let (file, key_path) = (&row[0], &row[3]);
        let Some(last5) = row[9].rsplit('-').next().filter(|text| text.len() == 5) else { continue };
        if file.ends_with(".xz") || row[9].is_empty() {
            continue;
        }
        let path = corpus.join(file);
        let run = hivekey(["report", "--mask", "--deep", "--format", "json", path.to_str().unwrap()]).run();
        let report = run.json();
        let keys = report["sources"][0]["installations"].as_array().unwrap().iter();
        let mut keys = keys.flat_map(|installation| installation["product_keys"].as_array().unwrap());
        let found = keys.any(|key| {
            let at = |evidence: &Value| evidence["key_path"].as_str().unwrap().eq_ignore_ascii_case(key_path);
            key["last5"] == last5 && key["evidence"].as_array().unwrap().iter().any(at)
        });
        assert!(found, "{file}, {key_path}");
        compared += 1;
    }
    println!("{compared} keys compared");
}
