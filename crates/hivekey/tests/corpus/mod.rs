//! Access to the test corpus and the fact tables beside the checkout; absent in a plain clone.

use std::io::Read;
use std::path::{Path, PathBuf};

/// A file or folder of the corpus, or `None` with a line that says so.
pub fn corpus(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus").join(path);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is absent", path.display());
    None
}

/// A corpus file as a file of its own, decompressed where it ends in `.xz`; the guard keeps the copy.
pub fn unpacked(path: &Path) -> (PathBuf, Option<tempfile::TempDir>) {
    if path.extension().is_none_or(|extension| extension != "xz") {
        return (path.to_owned(), None);
    }
    let dir = tempfile::tempdir().expect("a folder for the unpacked file");
    let mut bytes = Vec::new();
    liblzma::read::XzDecoder::new(std::fs::File::open(path).expect("readable corpus"))
        .read_to_end(&mut bytes)
        .expect("a whole .xz file");
    let name = path.file_stem().expect("a file name");
    let unpacked = dir.path().join(name);
    std::fs::write(&unpacked, bytes).expect("room for the unpacked file");
    (unpacked, Some(dir))
}

/// The rows of a table, each as a map from column name to cell.
pub fn rows(table: &Path) -> Vec<std::collections::HashMap<String, String>> {
    let text = std::fs::read_to_string(table).expect("readable table");
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    lines
        .map(|line| {
            let cells = line.split('\t').map(str::to_owned);
            names.iter().map(|name| (*name).to_owned()).zip(cells).collect()
        })
        .collect()
}
