//! Access to the corpus of public hives, which lies beside the checkout and is not part of it.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::vec::Vec;

/// Where the corpus would be.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus")
}

/// A file of the corpus, decompressed if its name ends in `.xz`; `None`, with a note, if it is not there.
pub fn read(path: &str) -> Option<Vec<u8>> {
    let Ok(stored) = fs::read(root().join(path)) else {
        std::println!("skipped: corpus file {path} absent");
        return None;
    };
    if !path.ends_with(".xz") {
        return Some(stored);
    }
    let mut content = Vec::new();
    liblzma::read::XzDecoder::new(stored.as_slice()).read_to_end(&mut content).expect("corpus files decompress");
    Some(content)
}
