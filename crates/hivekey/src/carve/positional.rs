//! One source, as the sweep and as everything else reads it.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use hivekey_carve::RawSource;
use hivekey_evidence::{DiskImage, RawDevice};
use hivekey_read_at::{ReadAt, ReadError, check_range};

/// A file or block device, for the sweep.
pub(super) struct Device(pub(super) RawDevice);

impl RawSource for Device {
    fn size(&self) -> Option<u64> {
        Some(self.0.size())
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read_some(offset, buf)
    }

    fn next_data(&self, offset: u64) -> Option<Range<u64>> {
        self.0.next_data(offset)
    }
}

/// The disk in an image, for the sweep.
pub(super) struct Image(pub(super) DiskImage);

impl RawSource for Image {
    fn size(&self) -> Option<u64> {
        Some(self.0.size())
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read_some(offset, buf)
    }

    fn next_data(&self, offset: u64) -> Option<Range<u64>> {
        self.0.next_data(offset)
    }
}

/// A swept source, for whoever looks at parts of it again.
pub(super) struct Positional<S> {
    source: Arc<S>,
    size: u64,
}

impl<S: RawSource> Positional<S> {
    pub(super) fn new(source: Arc<S>, size: u64) -> Self {
        Self { source, size }
    }

    fn fill(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let mut done = 0_usize;
        while let Some(rest) = buf.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let here = offset.saturating_add(u64::try_from(done).unwrap_or(u64::MAX));
            match self.source.read_at(here, rest) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => done = done.saturating_add(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl<S: RawSource + Send> ReadAt for Positional<S> {
    fn len(&self) -> u64 {
        self.size
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.size)?;
        self.fill(offset, buf).map_err(|source| ReadError::io(offset, buf.len(), source))
    }
}
