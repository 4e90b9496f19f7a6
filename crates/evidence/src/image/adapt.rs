//! The same reading by position, in the terms of each of the three crates that pass it on.

use std::error::Error as StdError;
use std::sync::Arc;

use hivekey_images as images;
use hivekey_ntfs as ntfs;

use crate::read_at::{ReadAt, ReadError, check_range};

/// A file of this machine, as an image reads it.
pub(crate) struct ImageFile(pub(crate) Arc<dyn ReadAt>);

impl images::ReadAt for ImageFile {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), images::ReadError> {
        self.0.read_into(offset, buf).map_err(|error| images::ReadError::device(offset, buf.len(), error))
    }
}

/// A disk that an image holds, or a raw one, as a volume reads it.
pub(super) struct DiskDevice<D>(pub(super) D);

impl<D: images::ReadAt> ntfs::ReadAt for DiskDevice<D> {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ntfs::ReadError> {
        self.0.read_into(offset, buf).map_err(|error| ntfs::ReadError::device(offset, buf.len(), error))
    }
}

/// A file of a volume, as evidence.
pub(super) struct VolumeFile(pub(super) ntfs::NtfsFile);

impl ReadAt for VolumeFile {
    fn len(&self) -> u64 {
        ntfs::ReadAt::len(&self.0)
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.len())?;
        ntfs::ReadAt::read_into(&self.0, offset, buf).map_err(|error| failure(offset, buf.len(), error))
    }
}

/// What an image or a volume says when it cannot give bytes.
pub(super) fn failure(offset: u64, length: usize, source: impl StdError + Send + Sync + 'static) -> ReadError {
    ReadError::Image { offset, length: u64::try_from(length).unwrap_or(u64::MAX), source: Box::new(source) }
}
