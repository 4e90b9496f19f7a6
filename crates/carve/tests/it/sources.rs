//! Sources that are not simply bytes in memory.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use hivekey_carve::RawSource;

use crate::make::to_u64;

/// Bytes with holes; reading a hole fails, to show that it is not done but for the overlap.
pub struct Sparse {
    pub bytes: Vec<u8>,
    pub data: Vec<Range<u64>>,
}

impl RawSource for Sparse {
    fn size(&self) -> Option<u64> {
        self.bytes.size()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.bytes.read_at(offset, buf)
    }

    fn next_data(&self, offset: u64) -> Option<Range<u64>> {
        self.data.iter().find(|data| data.end > offset).cloned()
    }
}

/// Bytes of which some cannot be read: a read that touches them fails as a whole.
pub struct Failing {
    pub bytes: Vec<u8>,
    pub bad: Vec<Range<u64>>,
    pub reads: AtomicU64,
}

impl Failing {
    pub fn new(bytes: Vec<u8>, bad: &[Range<u64>]) -> Self {
        Self { bytes, bad: bad.to_vec(), reads: AtomicU64::new(0) }
    }
}

impl RawSource for Failing {
    fn size(&self) -> Option<u64> {
        self.bytes.size()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let end = offset + to_u64(buf.len());
        if self.bad.iter().any(|bad| bad.start < end && offset < bad.end) {
            return Err(io::Error::from_raw_os_error(5));
        }
        self.bytes.read_at(offset, buf)
    }
}

/// Bytes that come in small pieces, with interruptions, and without a size.
pub struct Dribbling {
    pub bytes: Vec<u8>,
    pub piece: usize,
    pub calls: AtomicU64,
}

impl RawSource for Dribbling {
    fn size(&self) -> Option<u64> {
        None
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        if self.calls.fetch_add(1, Ordering::Relaxed).is_multiple_of(3) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = buf.len().min(self.piece);
        self.bytes.read_at(offset, &mut buf[..length])
    }
}

/// A stream that gives pieces of changing length and ends as told.
pub struct Stream<'a> {
    pub rest: &'a [u8],
    pub calls: usize,
    pub end: Option<io::ErrorKind>,
}

impl<'a> Stream<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, calls: 0, end: None }
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls.is_multiple_of(5) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let count = self.rest.len().min(buf.len()).min(1 + self.calls * 37 % 700);
        match self.end {
            Some(kind) if count == 0 => Err(kind.into()),
            _ => {
                buf[..count].copy_from_slice(&self.rest[..count]);
                self.rest = &self.rest[count..];
                Ok(count)
            }
        }
    }
}
