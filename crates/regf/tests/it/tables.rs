//! The tables of the corpus.

use crate::corpus;

/// The rows of a tab-separated table of the corpus as lists of cells, without the head.
pub fn table(name: &str) -> Vec<Vec<String>> {
    let Some(bytes) = corpus::read(name) else {
        return Vec::new();
    };
    let text = String::from_utf8(bytes).expect("tables are UTF-8");
    text.lines().skip(1).map(|line| line.split('\t').map(String::from).collect()).collect()
}
