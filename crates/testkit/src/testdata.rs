//! The files of `testdata/`, made here and nowhere else.

mod blobs;
mod hives;
mod readme;
mod server2019;

use std::path::Path;
use std::{fs, io};

/// A file of `testdata/`.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// Path below `testdata/`, with `/`.
    pub path: String,
    /// Content.
    pub bytes: Vec<u8>,
    /// What it is and what it is for, in one sentence.
    pub purpose: String,
}

impl Fixture {
    fn new(path: impl Into<String>, bytes: impl Into<Vec<u8>>, purpose: impl Into<String>) -> Self {
        Fixture { path: path.into(), bytes: bytes.into(), purpose: purpose.into() }
    }
}

/// All files, sorted by path, with the `README.md` that lists the others.
pub fn all() -> Vec<Fixture> {
    let mut fixtures = [server2019::fixtures(), hives::fixtures(), blobs::fixtures()].concat();
    fixtures.sort_by(|left, right| left.path.cmp(&right.path));
    let readme = readme::write(&fixtures);
    fixtures.push(Fixture::new("README.md", readme, "The list of the files."));
    // No checkout may change a line end.
    fixtures.push(Fixture::new(".gitattributes", "* -text\n", "Keeps git from changing bytes."));
    fixtures.push(Fixture::new("regressions/README.md", readme::REGRESSIONS, "What the folder is for."));
    fixtures.sort_by(|left, right| left.path.cmp(&right.path));
    fixtures
}

/// Writes all files below `root`, which is made if absent.
///
/// # Errors
/// As of [`fs::create_dir_all`] and [`fs::write`].
pub fn write(root: &Path) -> io::Result<usize> {
    let fixtures = all();
    for fixture in &fixtures {
        let path = root.join(&fixture.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, &fixture.bytes)?;
    }
    Ok(fixtures.len())
}
