//! Bytes read by position, as a stream for those who want one.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use hivekey_read_at::ReadAt;

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
