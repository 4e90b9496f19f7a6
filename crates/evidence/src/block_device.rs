//! A whole disk or partition of this machine as evidence.

use std::path::Path;

use hivekey_read_at::{ReadAt, ReadError};

use crate::counter::ByteCounter;
use crate::error::Error;
use crate::escape::Escaped;
use crate::raw::{RawDevice, RawInput, open_raw};

/// A block device, what is read of it counted.
pub(crate) struct BlockDevice {
    device: RawDevice,
    counter: ByteCounter,
}

impl BlockDevice {
    pub(crate) fn open(path: &Path, counter: ByteCounter) -> Result<Self, Error> {
        match open_raw(path)? {
            RawInput::Device(device) => Ok(Self { device, counter }),
            RawInput::Stream(_) => {
                Err(Error::NotAFile { path: Escaped::path(path).to_string(), what: "a device that has no positions" })
            }
        }
    }
}

impl ReadAt for BlockDevice {
    fn len(&self) -> u64 {
        self.device.len()
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        self.device.read_into(offset, buf)?;
        self.counter.add(buf.len());
        Ok(())
    }
}
