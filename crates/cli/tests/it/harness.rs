//! Runs the program, and holds every JSON that it writes against the schema.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::schema;

/// Microsoft's published KMS client key of Server 2019 Standard.
pub const GVLK: &str = "N69G4-B89J2-4G8F4-WWYCC-J464C";
/// The same, masked.
pub const MASKED: &str = "*****-*****-*****-*****-J464C";

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of the test data.
pub fn testdata(path: &str) -> PathBuf {
    root().join("testdata").join(path)
}

/// Bytes from hex digits.
pub fn from_hex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// What a run gave.
pub struct Run {
    pub stdout: Vec<u8>,
    pub stderr: String,
    pub code: i32,
}

impl Run {
    /// Standard output as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// Standard output as one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap()
    }

    /// Standard output as one JSON document a line.
    pub fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// A run that is being prepared. It starts in the repository's root, so that paths in outputs are the same everywhere.
pub struct Hivekey {
    command: Command,
    input: Option<Vec<u8>>,
}

pub fn hivekey<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Hivekey {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hivekey"));
    command.args(args).current_dir(root()).env_clear();
    Hivekey { command, input: None }
}

impl Hivekey {
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = Some(input.into());
        self
    }

    pub fn run(mut self) -> Run {
        let stdin = if self.input.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut child = self.command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let writer = self.input.map(|input| {
            let mut stdin = child.stdin.take().unwrap();
            // The program may end without having read everything.
            std::thread::spawn(move || drop(stdin.write_all(&input)))
        });
        let output = child.wait_with_output().unwrap();
        if let Some(writer) = writer {
            writer.join().unwrap();
        }
        let run = Run {
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code().expect("ended by a signal"),
        };
        schema::check(&self.command.get_args().map(|arg| arg.to_string_lossy()).collect::<Vec<_>>(), &run);
        run
    }
}
