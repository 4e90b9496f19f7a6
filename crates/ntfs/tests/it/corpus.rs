//! Access to the corpus of public images, which lies beside the checkout and is not part of it.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::process::Command;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/images").join(name)
}

/// An image of the corpus as raw bytes: decompressed if its name ends in `.xz`, converted by `qemu-img` if it is no raw
/// image; `None`, with a note, if it or the tool is not there.
pub fn image(name: &str) -> Option<Vec<u8>> {
    let path = path(name);
    if !path.exists() {
        println!("skipped: corpus image {name} absent");
        return None;
    }
    if !name.contains(".raw") {
        return converted(name);
    }
    let stored = fs::read(path).expect("the image can be read");
    if !name.ends_with(".xz") {
        return Some(stored);
    }
    let mut content = Vec::new();
    liblzma::read::XzDecoder::new(stored.as_slice()).read_to_end(&mut content).expect("corpus files decompress");
    Some(content)
}

fn converted(name: &str) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let raw = folder.path().join("raw");
    let status = Command::new("qemu-img").args(["convert", "-O", "raw"]).arg(path(name)).arg(&raw).status();
    match status {
        Ok(status) if status.success() => Some(fs::read(raw).expect("the converted image")),
        _ => {
            println!("skipped: qemu-img absent, for {name}");
            None
        }
    }
}
