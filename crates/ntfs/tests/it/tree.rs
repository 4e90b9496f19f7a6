//! All files of a volume, as lines that can be compared.

use hivekey_ntfs::{EntryKind, File, Ntfs, NtfsFile, ReadAt, ReadError};
use sha2::{Digest, Sha256};

/// Levels that are gone down; a damaged volume may have a directory in itself.
const MAX_DEPTH: usize = 40;

pub fn content(file: &NtfsFile) -> Result<Vec<u8>, ReadError> {
    let mut bytes = vec![0u8; usize::try_from(file.len()).expect("the file fits into memory")];
    file.read_into(0, &mut bytes)?;
    Ok(bytes)
}

fn digest(file: &NtfsFile) -> Result<String, ReadError> {
    let mut hash = Sha256::new();
    let mut piece = vec![0u8; 1 << 20];
    let mut at = 0u64;
    while at < file.len() {
        let count = usize::try_from(file.len() - at).unwrap().min(piece.len());
        file.read_into(at, &mut piece[..count])?;
        hash.update(&piece[..count]);
        at += u64::try_from(count).unwrap();
    }
    Ok(hex::encode(hash.finalize()))
}

/// `path`, then `dir`, or size and SHA-256 of each stream; sorted by bytes.
pub fn lines(volume: &Ntfs) -> Vec<String> {
    let mut lines = Vec::new();
    walk(&volume.root().expect("the root directory"), "", 0, &mut lines);
    lines.sort();
    lines
}

fn walk(directory: &File, path: &str, depth: usize, lines: &mut Vec<String>) {
    let volume = directory.volume();
    let listing = volume.entries(directory).expect("a directory");
    assert!(listing.anomalies.is_empty() && listing.complete, "{path}: {:?}", listing.anomalies);
    for entry in listing.entries {
        let path = format!("{path}/{}", entry.name);
        let file = volume.file(entry.reference).expect("the file of an entry");
        if entry.kind == EntryKind::Directory {
            lines.push(format!("{path}/ dir"));
            if depth < MAX_DEPTH {
                walk(&file, &path, depth + 1, lines);
            }
            continue;
        }
        for stream in file.streams() {
            let (path, open) = if stream.name.is_empty() {
                (path.clone(), file.open())
            } else {
                (format!("{path}:{}", stream.name), file.open_stream(&stream.name))
            };
            let open = open.expect("a stream that is listed");
            assert_eq!(open.len(), stream.size, "{path}");
            let digest = digest(&open).expect("a stream can be read");
            lines.push(format!("{path} {} {digest}", stream.size));
        }
    }
}

/// SHA-256 of the lines, each with a newline.
pub fn lines_digest(lines: &[String]) -> String {
    let mut hash = Sha256::new();
    for line in lines {
        hash.update(line);
        hash.update("\n");
    }
    hex::encode(hash.finalize())
}
