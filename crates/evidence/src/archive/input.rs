//! Bytes read by position, as a stream for those who want one.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use crate::read_at::{ReadAt, ReadError, check_range};

/// Reads on from where it stands.
#[derive(Clone)]
pub(super) struct Input {
    reader: Arc<dyn ReadAt>,
    at: u64,
}

impl Input {
    pub(super) fn new(reader: Arc<dyn ReadAt>) -> Self {
        Self { reader, at: 0 }
    }
}

impl Read for Input {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read_available(self.at, buf).map_err(io::Error::other)?;
        self.at = self.at.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }
}

impl Seek for Input {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(distance) => self.reader.len().checked_add_signed(distance),
            SeekFrom::Current(distance) => self.at.checked_add_signed(distance),
        };
        self.at = to.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// A part of a file.
pub(super) struct Part {
    reader: Arc<dyn ReadAt>,
    offset: u64,
    len: u64,
}

impl Part {
    /// `len` bytes from `offset` on; cut where the file ends.
    pub(super) fn new(reader: Arc<dyn ReadAt>, offset: u64, len: u64) -> Self {
        let len = len.min(reader.len().saturating_sub(offset));
        Self { reader, offset, len }
    }
}

impl ReadAt for Part {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.len)?;
        self.reader.read_into(self.offset.saturating_add(offset), buf)
    }
}

/// Bytes in memory, shared.
pub(super) struct Unpacked(pub(super) Arc<[u8]>);

impl ReadAt for Unpacked {
    fn len(&self) -> u64 {
        u64::try_from(self.0.len()).unwrap_or(u64::MAX)
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.len())?;
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        if let Some(part) = self.0.get(start..).and_then(|rest| rest.get(..buf.len())) {
            buf.copy_from_slice(part);
        }
        Ok(())
    }
}
