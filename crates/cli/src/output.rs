//! Where data goes: standard output, or a file that is complete or not there at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal as _, Read as _, StdoutLock, Write};
use std::path::{Component, Path, PathBuf};

use crate::failure::Failure;

/// How many names are tried for a temporary file before giving up.
const TEMPORARY_NAMES: u32 = 100;

/// The place that data is written to.
pub struct Output {
    sink: Sink,
}

enum Sink {
    Stdout(BufWriter<StdoutLock<'static>>),
    /// A device or a pipe: written as it is.
    Special(BufWriter<File>),
    File(Atomic),
}

impl Output {
    /// Standard output.
    pub fn stdout() -> Self {
        Self { sink: Sink::Stdout(BufWriter::new(io::stdout().lock())) }
    }

    /// The file at `target`, or standard output without one. It appears at its name when it is complete.
    ///
    /// # Errors
    ///
    /// Where the file would overwrite or lie inside one of the `sources`, or cannot be created.
    pub fn create(target: Option<&Path>, sources: &[PathBuf]) -> Result<Self, Failure> {
        let Some(target) = target else {
            return Ok(Self::stdout());
        };
        let failed = |error| Failure::Create { path: target.to_owned(), error };
        let place = Place::of(target).map_err(failed)?;
        if let Some(source) = sources.iter().find(|source| place.would_harm(source)) {
            return Err(Failure::OutputIsEvidence { path: target.to_owned(), evidence: source.clone() });
        }
        if place.special {
            let file = OpenOptions::new().write(true).open(&place.path).map_err(failed)?;
            return Ok(Self { sink: Sink::Special(BufWriter::new(file)) });
        }
        if place.is_hive().map_err(failed)? {
            return Err(Failure::OutputIsHive { path: target.to_owned() });
        }
        Ok(Self { sink: Sink::File(Atomic::create(place).map_err(failed)?) })
    }

    /// Whether data goes to standard output.
    pub fn is_stdout(&self) -> bool {
        matches!(self.sink, Sink::Stdout(_))
    }

    /// Whether data goes to a terminal.
    pub fn is_terminal(&self) -> bool {
        self.is_stdout() && io::stdout().is_terminal()
    }

    /// Writes out what is buffered, and puts a file at its name.
    ///
    /// # Errors
    ///
    /// Those of the file system.
    pub fn finish(self) -> io::Result<()> {
        match self.sink {
            Sink::Stdout(mut out) => out.flush(),
            Sink::Special(mut out) => out.flush(),
            Sink::File(file) => file.finish(),
        }
    }
}

impl Write for Output {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match &mut self.sink {
            Sink::Stdout(out) => out.write(data),
            Sink::Special(out) => out.write(data),
            Sink::File(file) => file.out.write(data),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Stdout(out) => out.flush(),
            Sink::Special(out) => out.flush(),
            Sink::File(file) => file.out.flush(),
        }
    }
}

/// The place of an output file, with links resolved.
struct Place {
    path: PathBuf,
    exists: bool,
    /// There, and neither a file nor a folder.
    special: bool,
}

impl Place {
    fn of(target: &Path) -> io::Result<Self> {
        // A pipe behind /dev/stdout has no path of its own, but can be opened by this one.
        if fs::metadata(target).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
            return Ok(Self { path: target.to_owned(), exists: true, special: true });
        }
        match fs::canonicalize(target) {
            Ok(path) if path.is_dir() => Err(io::Error::from(io::ErrorKind::IsADirectory)),
            Ok(path) => Ok(Self { path, exists: true, special: false }),
            // A link that leads nowhere is not replaced: it may be more than it seems.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !target.is_symlink() => {
                let name = match target.components().next_back() {
                    Some(Component::Normal(name)) => name,
                    _ => return Err(error),
                };
                let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
                Ok(Self { path: fs::canonicalize(parent)?.join(name), exists: false, special: false })
            }
            Err(error) => Err(error),
        }
    }

    /// Whether writing here would change the evidence at `source`: the file itself, a file in the folder, a hive's log.
    fn would_harm(&self, source: &Path) -> bool {
        let Ok(source) = fs::canonicalize(source) else {
            return false;
        };
        if self.special {
            return is_same_file(&self.path, &source);
        }
        if self.path.starts_with(&source) || (self.exists && is_same_file(&self.path, &source)) {
            return true;
        }
        let is_beside = self.path.parent() == source.parent();
        is_beside && is_log_name(&source, &self.path)
    }

    fn is_hive(&self) -> io::Result<bool> {
        if !self.exists {
            return Ok(false);
        }
        let mut start = Vec::new();
        File::open(&self.path)?.take(4).read_to_end(&mut start)?;
        Ok(start == b"regf")
    }
}

/// Whether `log` has the name of a transaction log of `hive`.
fn is_log_name(hive: &Path, log: &Path) -> bool {
    let (Some(hive), Some(log)) = (hive.file_name(), log.file_name()) else {
        return false;
    };
    let mut prefix = hive.to_ascii_lowercase();
    prefix.push(".log");
    log.to_ascii_lowercase().as_encoded_bytes().starts_with(prefix.as_encoded_bytes())
}

#[cfg(unix)]
fn is_same_file(first: &Path, second: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (fs::metadata(first), fs::metadata(second)) {
        (Ok(first), Ok(second)) => first.dev() == second.dev() && first.ino() == second.ino(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_same_file(first: &Path, second: &Path) -> bool {
    first == second
}

/// A file that is written beside its place under a temporary name.
struct Atomic {
    out: BufWriter<File>,
    temporary: PathBuf,
    place: Place,
    finished: bool,
}

impl Atomic {
    fn create(place: Place) -> io::Result<Self> {
        let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
        for number in 0..TEMPORARY_NAMES {
            let mut name = OsString::from(".");
            name.push(place.path.file_name().unwrap_or_default());
            name.push(format!(".{}-{number}.tmp", std::process::id()));
            let temporary = place.path.with_file_name(name);
            match OpenOptions::new().write(true).create_new(true).open(&temporary) {
                Ok(file) => return Ok(Self { out: BufWriter::new(file), temporary, place, finished: false }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    fn finish(mut self) -> io::Result<()> {
        self.out.flush()?;
        let file = self.out.get_ref();
        if self.place.exists {
            file.set_permissions(fs::metadata(&self.place.path)?.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&self.temporary, &self.place.path)?;
        self.finished = true;
        Ok(())
    }
}

impl Drop for Atomic {
    fn drop(&mut self) {
        if !self.finished {
            // Nothing more can be done about a temporary file that cannot be removed.
            _ = fs::remove_file(&self.temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(target: &Path, sources: &[PathBuf], text: &str) -> Result<(), Failure> {
        let mut output = Output::create(Some(target), sources)?;
        output.write_all(text.as_bytes()).unwrap();
        output.finish().unwrap();
        Ok(())
    }

    #[test]
    fn a_file_appears_when_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("out.txt");
        let mut output = Output::create(Some(&target), &[]).unwrap();
        output.write_all(b"half").unwrap();
        output.flush().unwrap();
        assert!(!target.exists());
        drop(output);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "an abandoned file leaves nothing behind");
        write(&target, &[], "first").unwrap();
        write(&target, &[], "second").unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "second");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn evidence_is_never_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let hive = folder.path().join("SOFTWARE");
        fs::write(&hive, "data").unwrap();
        let inside = folder.path().join("report.txt");
        let refused = |target: &Path, source: &Path| {
            matches!(write(target, &[source.to_owned()], "x"), Err(Failure::OutputIsEvidence { .. }))
        };
        assert!(refused(&hive, &hive));
        assert!(refused(&inside, folder.path()));
        assert!(refused(&folder.path().join("software.log1"), &hive));
        assert!(!refused(&inside, &hive));
        #[cfg(unix)]
        {
            let link = folder.path().join("link");
            std::os::unix::fs::symlink(&hive, &link).unwrap();
            assert!(refused(&link, &hive));
            let elsewhere = tempfile::tempdir().unwrap();
            let hard = elsewhere.path().join("hard");
            fs::hard_link(&hive, &hard).unwrap();
            assert!(refused(&hard, &hive));
        }
        assert_eq!(fs::read_to_string(&hive).unwrap(), "data");
    }

    #[test]
    #[cfg(unix)]
    fn links_stay_links() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link, dangling) = (folder.path().join("file"), folder.path().join("link"), folder.path().join("no"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        std::os::unix::fs::symlink(folder.path().join("nowhere"), &dangling).unwrap();
        write(&link, &[], "new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert!(matches!(Output::create(Some(&dangling), &[]), Err(Failure::Create { .. })));
        assert!(dangling.is_symlink());
    }

    #[test]
    fn a_hive_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let hive = folder.path().join("SYSTEM");
        fs::write(&hive, b"regf....").unwrap();
        assert!(matches!(write(&hive, &[], "x"), Err(Failure::OutputIsHive { .. })));
        assert_eq!(fs::read(&hive).unwrap(), b"regf....");
    }
}
