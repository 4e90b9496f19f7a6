//! Bytes read by position, as a stream for those who want one.

use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;
use std::sync::Arc;

use hivekey_read_at::ReadAt;

/// Bytes read at once where reading jumps about, and the most where it goes straight on.
const SHORT: usize = 4 << 10;
const LONG: usize = 64 << 10;

/// Reads on from where it stands. Headers are read in pieces of some bytes and by going back and forth: the bytes last read are
/// kept, and its clones share them, so that each is read, and counted, once.
#[derive(Clone)]
pub(super) struct Input {
    reader: Arc<dyn ReadAt>,
    at: u64,
    window: Rc<RefCell<Window>>,
}

#[derive(Default)]
struct Window {
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    fn end(&self) -> u64 {
        self.start.saturating_add(u64::try_from(self.bytes.len()).unwrap_or(u64::MAX))
    }

    /// What is kept from a position on.
    fn from(&self, at: u64) -> Option<&[u8]> {
        let skip = usize::try_from(at.checked_sub(self.start)?).ok()?;
        self.bytes.get(skip..).filter(|bytes| !bytes.is_empty())
    }

    fn fill(&mut self, reader: &dyn ReadAt, at: u64) -> io::Result<()> {
        let goes_on = at == self.end() && !self.bytes.is_empty();
        let len = if goes_on { self.bytes.len().saturating_mul(2).clamp(SHORT, LONG) } else { SHORT };
        self.start = at;
        self.bytes.resize(len, 0);
        let read = reader.read_available(at, &mut self.bytes);
        self.bytes.truncate(*read.as_ref().unwrap_or(&0));
        read.map(|_| ()).map_err(io::Error::other)
    }
}

impl Input {
    pub(super) fn new(reader: Arc<dyn ReadAt>) -> Self {
        Self { reader, at: 0, window: Rc::default() }
    }
}

impl Read for Input {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let mut window = self.window.borrow_mut();
        let count = if window.from(self.at).is_none() && buf.len() >= LONG {
            self.reader.read_available(self.at, buf).map_err(io::Error::other)?
        } else {
            if window.from(self.at).is_none() {
                window.fill(&*self.reader, self.at)?;
            }
            let kept = window.from(self.at).unwrap_or_default();
            let count = kept.len().min(buf.len());
            if let (Some(to), Some(from)) = (buf.get_mut(..count), kept.get(..count)) {
                to.copy_from_slice(from);
            }
            count
        };
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
