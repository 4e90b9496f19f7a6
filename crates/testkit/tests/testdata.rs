//! `testdata/` is what its generator makes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hivekey_testkit::testdata;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata")
}

#[test]
fn committed_files_are_the_generated_ones() {
    for fixture in testdata::all() {
        let committed = std::fs::read(root().join(&fixture.path)).unwrap_or_default();
        assert!(
            committed == fixture.bytes,
            "{} differs: run `cargo run -p hivekey-testkit --bin make-testdata`",
            fixture.path
        );
    }
}

/// Files that nobody generates are regressions and the outputs that other crates' tests keep in folders of their own.
#[test]
fn generated_folders_hold_nothing_else() {
    let known: BTreeSet<PathBuf> = testdata::all().iter().map(|fixture| root().join(&fixture.path)).collect();
    let mut folders: Vec<PathBuf> = ["blobs", "hives", "server2019-backup"].map(|name| root().join(name)).into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert!(known.contains(&path), "{} has no generator", path.display());
            }
        }
    }
}

#[test]
fn it_stays_small() {
    let bytes: usize = testdata::all().iter().map(|fixture| fixture.bytes.len()).sum();
    assert!(bytes < 400_000, "{bytes} bytes");
}
