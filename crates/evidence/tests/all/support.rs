//! Small trees of evidence, built in a temporary folder, and what was found in them as text.

use std::ffi::CString;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use hivekey_evidence::{Limits, Options, Source, TreePath, open_source};
use tempfile::TempDir;

/// A folder that goes away at the end of the test.
pub struct Evidence {
    folder: TempDir,
}

impl Evidence {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    pub fn folder(self, inside: &str) -> Self {
        fs::create_dir_all(self.path(inside)).unwrap();
        self
    }

    pub fn file(self, inside: impl AsRef<Path>, content: impl AsRef<[u8]>) -> Self {
        let path = self.folder.path().join(inside);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Files with the base block of a hive.
    pub fn hives(self, inside: &[&str]) -> Self {
        inside.iter().fold(self, |tree, path| tree.file(path, base_block(0)))
    }

    /// Transaction logs of Windows 8.1 and later.
    pub fn logs(self, inside: &[&str]) -> Self {
        inside.iter().fold(self, |tree, path| tree.file(path, &base_block(6)[..512]))
    }

    pub fn link(self, inside: &str, target: impl AsRef<Path>) -> Self {
        let path = self.path(inside);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
        self
    }

    pub fn fifo(self, inside: &str) -> Self {
        let path = self.path(inside);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let path = CString::new(path.as_os_str().as_bytes()).unwrap();
        make_fifo(&path);
        self
    }

    pub fn open(&self, inside: &str) -> Source {
        open_source(&self.path(inside), &Options::default()).unwrap()
    }

    pub fn open_within(&self, inside: &str, limits: Limits) -> Source {
        open_source(&self.path(inside), &Options::default().with_limits(limits)).unwrap()
    }

    /// What is found, as text.
    pub fn outline(&self, inside: &str) -> String {
        self.show(&self.open(inside))
    }

    /// The error on opening, without the temporary folder's name.
    pub fn error(&self, inside: &str) -> String {
        let error = open_source(&self.path(inside), &Options::default()).unwrap_err();
        self.without_name(&format!("{}: {error}", error.code()))
    }

    pub fn show(&self, source: &Source) -> String {
        let mut text = String::new();
        for found in &source.installations {
            writeln!(
                text,
                "{:?} at \"{}\", hives in \"{}\"{}",
                found.place,
                found.root,
                found.config,
                if found.loose { ", loose" } else { "" }
            )
            .unwrap();
            for hive in &found.hives {
                write!(text, "  {:?} {:?} {} {}", hive.place, hive.content, hive.path, hive.size).unwrap();
                for log in &hive.logs {
                    write!(text, " + {} {}", log.path.file_name().unwrap().display(), log.size).unwrap();
                }
                text.push('\n');
            }
            for file in &found.files {
                writeln!(text, "  {:?} {} {}", file.kind, file.path, file.size).unwrap();
            }
        }
        for problem in &source.problems {
            writeln!(text, "! {}: {problem}", problem.code()).unwrap();
        }
        self.without_name(&text)
    }

    fn without_name(&self, text: &str) -> String {
        text.replace(self.folder.path().to_str().unwrap(), "TMP")
    }
}

/// The `mkfifo` of the system, without `unsafe`: a test may run a program, the library never does.
fn make_fifo(path: &CString) {
    let path = std::ffi::OsStr::from_bytes(path.as_bytes());
    let status = std::process::Command::new("mkfifo").arg(path).status().unwrap();
    assert!(status.success());
}

/// The first page of a hive (file type 0) or of a log (1, 2, 6). None of its later bytes is zero.
pub fn base_block(file_type: u32) -> Vec<u8> {
    let mut page = vec![0x5a; 4096];
    page[..4].copy_from_slice(b"regf");
    page[28..32].copy_from_slice(&file_type.to_le_bytes());
    page
}

/// A path inside a source.
pub fn inside(text: &str) -> TreePath {
    TreePath::from(text)
}
