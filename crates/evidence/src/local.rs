//! Files of the machine that the tool runs on, opened so that nothing can hang or be changed.

use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, FileTypeExt, OpenOptionsExt};
use std::path::Path;

use hivekey_read_at::{ReadAt, ReadError, check_range};

use crate::counter::ByteCounter;
use crate::error::{Error, Operation};
#[cfg(target_os = "linux")]
use crate::mapped::Mapping;

/// A regular file, read through a mapping where that works and with `pread` where it does not.
pub(crate) struct LocalFile {
    file: File,
    len: u64,
    counter: ByteCounter,
    #[cfg(target_os = "linux")]
    mapping: Option<Mapping>,
}

impl LocalFile {
    /// Opens `path`, whose last component must not be a link. `shown` names it in errors.
    ///
    /// Files longer than `mapped_bytes` are not mapped.
    pub(crate) fn open(
        path: &Path,
        shown: &dyn Fn() -> String,
        mapped_bytes: u64,
        counter: ByteCounter,
    ) -> Result<Self, Error> {
        let (file, metadata) = open_regular(path, shown)?;
        let len = metadata.len();
        Ok(Self {
            #[cfg(target_os = "linux")]
            mapping: if len <= mapped_bytes { Mapping::new(&file, len) } else { None },
            file,
            len,
            counter,
        })
    }

    /// Reads through the mapping. `false`: there is none, or it met a page that could not be had.
    #[cfg(target_os = "linux")]
    fn read_mapped(&self, offset: u64, buf: &mut [u8]) -> bool {
        self.mapping.as_ref().is_some_and(|mapping| mapping.copy(offset, buf).is_ok())
    }

    #[cfg(not(target_os = "linux"))]
    fn read_mapped(&self, _: u64, _: &mut [u8]) -> bool {
        false
    }

    /// Fails if the file has become shorter. Asked after every read: what a shrunk file leaves of its last page
    /// reads as zeros through a mapping, without any signal, and a zeroed key would be taken for an erased one.
    fn check_length(&self, offset: u64, length: usize) -> Result<(), ReadError> {
        match self.file.metadata() {
            Ok(now) if now.len() >= self.len => Ok(()),
            Ok(now) => Err(ReadError::Shrank { expected: self.len, actual: now.len() }),
            Err(source) => Err(ReadError::io(offset, length, source)),
        }
    }
}

impl ReadAt for LocalFile {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.len)?;
        // `pread` also tells why the mapping met a page that could not be had.
        let result = if self.read_mapped(offset, buf) { Ok(()) } else { self.file.read_exact_at(buf, offset) };
        self.check_length(offset, buf.len())?;
        result.map_err(|source| ReadError::io(offset, buf.len(), source))?;
        self.counter.add(buf.len());
        Ok(())
    }
}

/// Opens a regular file for reading, and nothing else.
///
/// The type is looked at first, because to open a FIFO waits for its writer and to open a device may set it to
/// work; it is checked again on what was opened. `O_NONBLOCK` is for whatever takes its place in between, and for
/// the odd file of `/proc` that would wait for an event; it changes nothing for ordinary files.
pub(crate) fn open_regular(path: &Path, shown: &dyn Fn() -> String) -> Result<(File, Metadata), Error> {
    let failed = |operation| move |source| Error::Io { operation, path: shown(), source };
    let before = fs::symlink_metadata(path).map_err(failed(Operation::Examine))?;
    refuse_special(before.file_type(), shown)?;
    let file = open_read_only(path).map_err(failed(Operation::Open))?;
    let metadata = file.metadata().map_err(failed(Operation::Examine))?;
    refuse_special(metadata.file_type(), shown)?;
    Ok((file, metadata))
}

fn refuse_special(file_type: FileType, shown: &dyn Fn() -> String) -> Result<(), Error> {
    if file_type.is_file() {
        return Ok(());
    }
    Err(Error::NotAFile { path: shown(), what: describe(file_type) })
}

/// What a file system object is called in an error.
pub(crate) fn describe(file_type: FileType) -> &'static str {
    if file_type.is_dir() {
        "a folder"
    } else if file_type.is_symlink() {
        "a symbolic link"
    } else if file_type.is_fifo() {
        "a FIFO"
    } else if file_type.is_socket() {
        "a socket"
    } else if file_type.is_block_device() {
        "a block device"
    } else if file_type.is_char_device() {
        "a character device"
    } else if file_type.is_file() {
        "a file"
    } else {
        "a special file"
    }
}

/// The access time is left alone where the system allows it: only the owner of a file may ask for that.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn open_read_only(path: &Path) -> io::Result<File> {
    match open_with(path, libc::O_NOATIME) {
        Err(error) if error.raw_os_error() == Some(libc::EPERM) => open_with(path, 0),
        result => result,
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn open_read_only(path: &Path) -> io::Result<File> {
    open_with(path, 0)
}

fn open_with(path: &Path, more: libc::c_int) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY | more).open(path)
}
