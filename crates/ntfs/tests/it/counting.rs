//! A device that counts what is read of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hivekey_ntfs::{ReadAt, ReadError};

pub struct Counting {
    bytes: Vec<u8>,
    read: Arc<AtomicU64>,
}

impl Counting {
    /// The device, and the number of bytes that were read so far.
    pub fn new(bytes: Vec<u8>) -> (Arc<Self>, Arc<AtomicU64>) {
        let read = Arc::new(AtomicU64::new(0));
        (Arc::new(Self { bytes, read: Arc::clone(&read) }), read)
    }
}

impl ReadAt for Counting {
    fn len(&self) -> u64 {
        ReadAt::len(&self.bytes)
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        self.read.fetch_add(u64::try_from(buf.len()).unwrap(), Ordering::Relaxed);
        self.bytes.read_into(offset, buf)
    }
}
