//! Real hives, logs and broken files: each is taken for what the corpus' tables say that it is.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use hivekey_evidence::{Content, Error, Options, SourceKind, open_source};

/// The corpus lies beside the project, if at all.
pub fn corpus() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} absent", path.display());
    None
}

/// The rows of a table, as cells by the name of their column.
pub fn rows(table: &Path) -> Vec<HashMap<String, String>> {
    let text = fs::read_to_string(table).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split('\t').collect();
    lines
        .map(|line| {
            let cells = line.split('\t').map(ToOwned::to_owned);
            names.iter().map(|name| (*name).to_owned()).zip(cells).collect()
        })
        .collect()
}

#[test]
fn hives_and_logs() {
    let Some(corpus) = corpus() else { return };
    let mut hives = 0;
    for row in rows(&corpus.join("hives.tsv")) {
        let (file, kind) = (&row["file"], row["kind"].as_str());
        let opened = open_source(&corpus.join(file), &Options::default());
        if file.ends_with(".xz") {
            // Unpacked; a log or something else is then no hive.
            let source = opened.unwrap();
            let found: Vec<_> = source.installations.iter().flat_map(|found| &found.hives).collect();
            let sizes: Vec<String> = found.iter().map(|hive| hive.size.to_string()).collect();
            let is_hive = !matches!(kind, "log" | "not regf");
            assert_eq!(sizes, is_hive.then(|| row["size_content"].clone()).into_iter().collect::<Vec<_>>(), "{file}");
            hives += usize::from(is_hive);
            continue;
        }
        match kind {
            "log" => {
                let code = opened.unwrap_err().code();
                let empty = row["size_content"] == "0";
                assert_eq!(code, if empty { "empty-file" } else { "transaction-log" }, "{file}");
            }
            "not regf" => {
                let error = opened.unwrap_err();
                assert!(matches!(error, Error::NotEvidence { .. }), "{file}: {error}");
                assert_eq!(error.code() == "windows-9x-registry", file.contains("CREG"), "{file}");
            }
            _ => {
                let source = opened.unwrap();
                assert_eq!(source.kind, SourceKind::Hive, "{file}");
                let hive = &source.installations[0].hives[0];
                assert_eq!(hive.content, Content::Hive, "{file}");
                assert_eq!(hive.size.to_string(), row["size_content"], "{file}");
                let mut found: Vec<String> = hive
                    .logs
                    .iter()
                    .map(|log| log.path.to_string().to_ascii_lowercase())
                    .map(|name| format!(".{}", name.rsplit('.').next().unwrap()))
                    .collect();
                found.sort_unstable();
                assert_eq!(found.join(","), row["logs"], "{file}");
                hives += 1;
            }
        }
    }
    assert!(hives > 50, "{hives}");
}

/// The whole corpus as one folder of evidence: every hive of the tables is found, each once.
#[test]
fn all_of_it_at_once() {
    let Some(corpus) = corpus() else { return };
    let source = open_source(&corpus, &Options::default()).unwrap();
    let mut found: Vec<String> = source
        .installations
        .iter()
        .flat_map(|installation| &installation.hives)
        .filter(|hive| hive.content == Content::Hive)
        .map(|hive| hive.path.to_string())
        // Its images have a test of their own.
        .filter(|path| !path.starts_with("images/"))
        .collect();
    found.sort_unstable();
    let mut expected: Vec<String> = rows(&corpus.join("hives.tsv"))
        .into_iter()
        .filter(|row| !matches!(row["kind"].as_str(), "log" | "not regf"))
        .map(|row| row["file"].clone())
        .filter(|file| !file.ends_with(".xz"))
        .collect();
    expected.sort_unstable();
    assert_eq!(found, expected);
}
