//! A part of a device as a device of its own.

use crate::read::{ReadAt, ReadError, check_range};

/// The bytes `offset..offset + len` of a device: a partition, seen from inside.
#[derive(Clone, Debug)]
pub struct SubDevice<D> {
    device: D,
    offset: u64,
    len: u64,
}

impl<D: ReadAt> SubDevice<D> {
    /// A view of `len` bytes from `offset` on. A view that reaches past the end of the device is cut there, as the image
    /// of a disk may be cut; reading past it is then an error like any other.
    pub fn new(device: D, offset: u64, len: u64) -> Self {
        let len = len.min(device.len().saturating_sub(offset));
        Self { device, offset, len }
    }

    /// Where the view starts in the device, in bytes.
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

impl<D: ReadAt> ReadAt for SubDevice<D> {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.len)?;
        // The view lies inside the device, so this cannot wrap.
        self.device.read_into(self.offset.saturating_add(offset), buf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::read_vec;

    #[test]
    fn a_view_is_cut_at_the_end_of_the_device() {
        let device = vec![0u8, 1, 2, 3, 4, 5];
        let view = SubDevice::new(&device, 2, 3);
        assert_eq!(read_vec(&view, 0, 3).unwrap(), [2, 3, 4]);
        assert!(read_vec(&view, 1, 3).is_err());
        let cut = SubDevice::new(&device, 4, u64::MAX);
        assert_eq!(cut.len(), 2);
        assert_eq!(read_vec(&cut, 0, 2).unwrap(), [4, 5]);
        assert!(SubDevice::new(&device, 7, 1).is_empty());
        assert!(SubDevice::new(&device, u64::MAX, u64::MAX).is_empty());
    }
}
