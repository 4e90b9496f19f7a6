//! Raw bytes for a sweep: a disk, an image, a dump, by position where that is possible, and as a stream where not.
//!
//! Nothing is mapped into memory: a sweep reads everything once, and an unreadable sector has to come back as an error of
//! these bytes alone. A path is taken as the user gave it, links followed: `/dev/disk/by-id/…` is one.

use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use hivekey_read_at::{ReadAt, ReadError, check_range};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::error::{Error, Operation};
use crate::escape::Escaped;
use crate::local::{describe, open_read_only};

/// How standard input is called on the command line.
const STANDARD_INPUT: &str = "-";

/// How long a stream waits for bytes before its reader may think again.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// A path opened for a sweep.
#[derive(Debug)]
#[non_exhaustive]
pub enum RawInput {
    /// A regular file or a block device, read by position.
    Device(RawDevice),
    /// A pipe: read once, from its beginning on.
    Stream(RawStream),
}

/// Opens `path` read-only: a regular file, a block device, a FIFO, or `-` for standard input.
///
/// ```
/// use hivekey_evidence::{RawInput, ReadAt, open_raw};
/// # let path = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
/// let RawInput::Device(device) = open_raw(path)? else { panic!("a regular file") };
/// let mut start = [0; 9];
/// device.read_into(0, &mut start)?;
/// assert_eq!(&start, b"[package]");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`Error::Io`] if it cannot be opened or its length cannot be had, [`Error::NotAFile`] if it is a folder, a socket or a
/// character device.
pub fn open_raw(path: &Path) -> Result<RawInput, Error> {
    let failed = |operation| move |source| Error::Io { operation, path: Escaped::path(path).to_string(), source };
    if path == Path::new(STANDARD_INPUT) {
        let input = io::stdin().as_fd().try_clone_to_owned().map_err(failed(Operation::Open))?;
        return of_descriptor(File::from(input), path);
    }
    let metadata = fs::metadata(path).map_err(failed(Operation::Examine))?;
    let file_type = metadata.file_type();
    if file_type.is_file() || file_type.is_block_device() {
        let real = fs::canonicalize(path).map_err(failed(Operation::Resolve))?;
        let file = match file_type.is_file() {
            true => open_read_only(&real),
            // Without O_NONBLOCK: a drive for removable media is then ready when it is open.
            false => OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NOCTTY).open(&real),
        };
        return of_descriptor(file.map_err(failed(Operation::Open))?, path);
    }
    if file_type.is_fifo() {
        // Waits for whoever writes into it, as every reader of a pipe does. The name may be one below /proc that has no other path.
        let file = File::open(path).map_err(failed(Operation::Open))?;
        return of_descriptor(file, path);
    }
    Err(not_a_source(file_type, path))
}

/// By position where the type allows it and everything before the present position is wanted too.
fn of_descriptor(mut file: File, path: &Path) -> Result<RawInput, Error> {
    let failed = |operation| move |source| Error::Io { operation, path: Escaped::path(path).to_string(), source };
    let metadata = file.metadata().map_err(failed(Operation::Examine))?;
    let file_type = metadata.file_type();
    let positional = file_type.is_file() || file_type.is_block_device();
    if positional && file.stream_position().map_err(failed(Operation::Examine))? == 0 {
        return RawDevice::new(file, &metadata).map(RawInput::Device).map_err(failed(Operation::Examine));
    }
    if positional || file_type.is_fifo() {
        return Ok(RawInput::Stream(RawStream { file }));
    }
    Err(not_a_source(file_type, path))
}

fn not_a_source(file_type: FileType, path: &Path) -> Error {
    Error::NotAFile { path: Escaped::path(path).to_string(), what: describe(file_type) }
}

/// A regular file or block device, read with `pread`: several threads may read at once.
#[derive(Debug)]
pub struct RawDevice {
    file: File,
    len: u64,
    /// Device number of the disk that the bytes lie on.
    disk: u64,
}

impl RawDevice {
    fn new(mut file: File, metadata: &Metadata) -> io::Result<Self> {
        let is_file = metadata.file_type().is_file();
        let len = match is_file {
            true => metadata.len(),
            // What the kernel says of the device; its metadata have no length.
            false => file.seek(SeekFrom::End(0))?,
        };
        // Larger read-ahead. Where it cannot be had, the sweep is as right as with it.
        _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::Sequential);
        let disk = if is_file { metadata.dev() } else { metadata.rdev() };
        Ok(Self { file, len, disk })
    }

    /// Length in bytes when it was opened.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.len
    }

    /// Reads bytes from `offset` on into the front of `buf` and says how many; 0 is the end.
    ///
    /// # Errors
    ///
    /// Those of the system: an unreadable sector is `EIO` of the range that was asked for.
    pub fn read_some(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(buf, offset)
    }

    /// The next stretch at or after `offset` that is no hole; `None` when only a hole is left. Where the file system cannot
    /// tell, everything is data.
    #[must_use]
    pub fn next_data(&self, offset: u64) -> Option<Range<u64>> {
        if offset >= self.len {
            return None;
        }
        // Both calls move the position of the file, which nothing here reads from.
        match rustix::fs::seek(&self.file, rustix::fs::SeekFrom::Data(offset)) {
            Ok(start) => {
                let end = rustix::fs::seek(&self.file, rustix::fs::SeekFrom::Hole(start)).unwrap_or(self.len);
                // A file that grows between the two is read as far as it went.
                Some(start..end.min(self.len)).filter(|data| !data.is_empty())
            }
            Err(Errno::NXIO) => None,
            Err(_) => Some(offset..self.len),
        }
    }

    /// Whether the bytes lie on a disk with heads that move, so that one reader at a time is fastest. `None` where the system
    /// does not say: a network share, a layered file system.
    #[must_use]
    pub fn is_rotational(&self) -> Option<bool> {
        let (major, minor) = (rustix::fs::major(self.disk), rustix::fs::minor(self.disk));
        let folder = format!("/sys/dev/block/{major}:{minor}");
        // A partition's queue is that of the disk above it.
        let answers = ["queue", "../queue"].into_iter().map(|queue| format!("{folder}/{queue}/rotational"));
        let answer = answers.filter_map(|path| fs::read_to_string(path).ok()).next()?;
        match answer.trim_end() {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        }
    }
}

impl ReadAt for RawDevice {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.len)?;
        self.file.read_exact_at(buf, offset).map_err(|source| ReadError::io(offset, buf.len(), source))
    }
}

/// A pipe. Where nothing comes for a while, a read ends with [`io::ErrorKind::Interrupted`], so that a reader who was told to stop
/// can do so; whoever reads again goes on waiting.
#[derive(Debug)]
pub struct RawStream {
    file: File,
}

impl RawStream {
    /// A stream of what the other end of a pipe writes.
    #[must_use]
    pub fn new(pipe: OwnedFd) -> Self {
        Self { file: File::from(pipe) }
    }
}

impl Read for RawStream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut waiting = [PollFd::new(&self.file, PollFlags::IN)];
        match poll(&mut waiting, Some(&PATIENCE)) {
            Ok(0) => Err(io::ErrorKind::Interrupted.into()),
            Ok(_) => self.file.read(buf),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn device_of(path: &Path) -> RawDevice {
        match open_raw(path).unwrap() {
            RawInput::Device(device) => device,
            RawInput::Stream(_) => panic!("{} is no stream", path.display()),
        }
    }

    #[test]
    fn a_file_is_read_by_position() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        fs::write(&path, [1, 2, 3, 4, 5]).unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("disk", &link).unwrap();
        for path in [&path, &link] {
            let device = device_of(path);
            let mut buf = [0; 3];
            assert_eq!((device.size(), ReadAt::len(&device)), (5, 5));
            assert_eq!(device.read_some(1, &mut buf).unwrap(), 3);
            assert_eq!(buf, [2, 3, 4]);
            assert_eq!(device.read_some(4, &mut buf).unwrap(), 1);
            assert_eq!(device.read_some(5, &mut buf).unwrap(), 0);
            device.read_into(2, &mut buf).unwrap();
            assert_eq!(buf, [3, 4, 5]);
            assert!(matches!(device.read_into(3, &mut buf), Err(ReadError::OutOfRange { .. })));
            assert!(matches!(device.read_into(u64::MAX, &mut buf), Err(ReadError::OutOfRange { .. })));
        }
    }

    #[test]
    fn what_shrank_is_an_error_where_bytes_are_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        fs::write(&path, [7; 100]).unwrap();
        let device = device_of(&path);
        fs::write(&path, [7; 10]).unwrap();
        let mut buf = [0; 20];
        assert_eq!(device.read_some(0, &mut buf).unwrap(), 10);
        assert!(matches!(device.read_into(0, &mut buf), Err(ReadError::Io { .. })));
    }

    #[test]
    fn holes_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sparse");
        let file = File::create(&path).unwrap();
        file.set_len(64 << 20).unwrap();
        file.write_all_at(&[1; 4096], 32 << 20).unwrap();
        file.sync_all().unwrap();
        let device = device_of(&path);
        let data = device.next_data(0).unwrap();
        // A file system may know of holes, or not; data is told in any case.
        assert!(data.start <= 32 << 20 && data.end >= (32 << 20) + 4096, "{data:?}");
        assert_eq!(device.next_data(64 << 20), None);
        assert_eq!(device.next_data(u64::MAX), None);
        if data.end < 64 << 20 {
            assert_eq!(device.next_data(data.end), None);
            assert_eq!(device.next_data(data.start + 5).unwrap(), data.start + 5..data.end);
        }
        let empty = folder.path().join("empty");
        File::create(&empty).unwrap();
        assert_eq!(device_of(&empty).next_data(0), None);
    }

    #[test]
    fn what_is_no_source_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for (path, what) in [(folder.path(), "a folder"), (Path::new("/dev/null"), "a character device")] {
            match open_raw(path) {
                Err(Error::NotAFile { what: actual, .. }) => assert_eq!(actual, what),
                other => panic!("{other:?}"),
            }
        }
        let missing = open_raw(&folder.path().join("nothing")).unwrap_err();
        assert!(matches!(missing, Error::Io { operation: Operation::Examine, .. }), "{missing}");
    }

    #[test]
    fn a_pipe_is_a_stream_that_never_blocks_for_ever() {
        let (reader, mut writer) = io::pipe().unwrap();
        let mut stream = RawStream::new(reader.into());
        let mut buf = [0; 8];
        assert_eq!(stream.read(&mut buf).unwrap_err().kind(), io::ErrorKind::Interrupted);
        writer.write_all(b"abc").unwrap();
        assert_eq!(stream.read(&mut buf).unwrap(), 3);
        drop(writer);
        assert_eq!(stream.read(&mut buf).unwrap(), 0);
    }

    #[test]
    fn a_fifo_is_a_stream() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fifo");
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| fs::write(&path, b"through the pipe").unwrap());
            let RawInput::Stream(mut stream) = open_raw(&path).unwrap() else { panic!("a stream") };
            let mut text = Vec::new();
            stream.read_to_end(&mut text).unwrap();
            assert_eq!(text, b"through the pipe");
        });
    }

    #[test]
    fn a_descriptor_that_was_read_from_goes_on_as_a_stream() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        fs::write(&path, b"0123456789").unwrap();
        let mut file = File::open(&path).unwrap();
        file.read_exact(&mut [0; 4]).unwrap();
        let RawInput::Stream(mut stream) = of_descriptor(file, &path).unwrap() else { panic!("a stream") };
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, b"456789");
        assert!(matches!(of_descriptor(File::open(&path).unwrap(), &path).unwrap(), RawInput::Device(_)));
    }
}
