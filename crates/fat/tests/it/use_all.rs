//! Uses everything that a volume offers, for volumes of which nothing is known.

use std::sync::Arc;

use hivekey_fat::{Entry, Fat, ReadAt, ReadError};

pub fn open(bytes: Vec<u8>) -> Fat {
    Fat::open(Arc::new(bytes)).unwrap()
}

pub fn names(fat: &Fat, folder: &Entry) -> Vec<String> {
    let listing = fat.entries(folder, usize::MAX).unwrap();
    assert!(listing.complete, "{:?}", fat.anomalies());
    listing.entries.into_iter().map(|entry| entry.name).collect()
}

pub fn find(fat: &Fat, path: &[&str]) -> Entry {
    path.iter().fold(fat.root(), |folder, name| fat.lookup(&folder, name).unwrap().expect(name))
}

/// All of a file, in pieces that fit no cluster.
pub fn content(fat: &Fat, entry: &Entry) -> Result<Vec<u8>, ReadError> {
    let file = fat.file(entry)?;
    let mut bytes = vec![0xEE; usize::try_from(file.len()).unwrap()];
    let mut at = 0;
    for part in bytes.chunks_mut(777) {
        file.read_into(at, part)?;
        at += u64::try_from(part.len()).unwrap();
    }
    Ok(bytes)
}

/// Within a budget of folders: a damaged one can contain itself.
pub fn exercise(bytes: Vec<u8>) {
    let Ok(fat) = Fat::open(Arc::new(bytes)) else {
        return;
    };
    let mut folders = vec![fat.root()];
    for _ in 0..32 {
        let Some(folder) = folders.pop() else {
            break;
        };
        for name in ["software", "übers.txt", ""] {
            let _ = fat.lookup(&folder, name);
        }
        let listing = fat.entries(&folder, 500).unwrap();
        assert!(listing.entries.len() <= 500);
        for entry in listing.entries {
            if entry.is_directory {
                assert!(fat.file(&entry).is_err());
                folders.push(entry);
                continue;
            }
            assert!(fat.entries(&entry, 1).is_err());
            if let Ok(file) = fat.file(&entry) {
                let len = file.len();
                let covered: u64 = file.plain_extents().iter().map(|(_, _, len)| len).sum();
                assert!(len == entry.size && covered <= len);
                let mut buf = [0u8; 700];
                for at in [0, 1, 511, len / 2, len.saturating_sub(700), len, u64::MAX] {
                    let _ = file.read_into(at, &mut buf);
                    let _ = file.read_available(at, &mut buf);
                }
            }
        }
    }
    let (anomalies, _) = fat.anomalies();
    for anomaly in anomalies {
        assert!(!anomaly.to_string().is_empty());
    }
}
