//! The paths that a report is asked for: those of the command line, then those of a list.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::records::{self, Record};

/// Paths in order. A list is read as it grows, so that a search may feed it; its first error ends it.
pub struct Sources {
    given: std::vec::IntoIter<PathBuf>,
    list: Option<List>,
}

struct List {
    path: PathBuf,
    reader: Box<dyn BufRead + Send>,
    delimiter: u8,
    buffer: Vec<u8>,
}

impl Sources {
    /// The paths given, then those of `list` (`-` is standard input), which end in `delimiter`.
    ///
    /// # Errors
    ///
    /// The list cannot be opened.
    pub fn new(given: Vec<PathBuf>, list: Option<&Path>, delimiter: u8) -> Result<Self, Failure> {
        let list = list.map(|path| List::open(path, delimiter)).transpose()?;
        Ok(Self { given: given.into_iter(), list })
    }
}

impl Iterator for Sources {
    type Item = Result<PathBuf, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(path) = self.given.next() {
            return Some(Ok(path));
        }
        let next = self.list.as_mut()?.next();
        if !matches!(next, Some(Ok(_))) {
            self.list = None;
        }
        next
    }
}

impl List {
    fn open(path: &Path, delimiter: u8) -> Result<Self, Failure> {
        let reader: Box<dyn BufRead + Send> = if path == Path::new("-") {
            Box::new(BufReader::new(io::stdin()))
        } else {
            let file = File::open(path).map_err(|error| Failure::List { path: path.to_owned(), error })?;
            Box::new(BufReader::new(file))
        };
        Ok(Self { path: path.to_owned(), reader, delimiter, buffer: Vec::new() })
    }

    fn next(&mut self) -> Option<Result<PathBuf, Failure>> {
        loop {
            let failed = |error| Failure::List { path: self.path.clone(), error };
            match records::next(&mut self.reader, self.delimiter, &mut self.buffer) {
                Ok(Record::Read) if self.buffer.is_empty() => {}
                Ok(Record::Read) => return Some(Ok(path_of(&self.buffer))),
                Ok(Record::TooLong) => {
                    return Some(Err(failed(io::Error::from(io::ErrorKind::InvalidFilename))));
                }
                Ok(Record::End) => return None,
                Err(error) => return Some(Err(failed(error))),
            }
        }
    }
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).trim_end_matches('\r'))
}
