//! Raw images: the file's bytes are the disk's. There is no structure, and so no layout table.

use std::sync::Arc;

use hivekey_read_at::ReadAt;

use crate::error::{Error, Structure};
use crate::map::{Image, Map, Piece, Place};
use crate::offset::{DiskOffset, FileOffset};

/// A file, or a range of one from its start, that is the disk itself.
pub(crate) struct Flat {
    size: u64,
    structure: Structure,
}

impl Flat {
    /// The first `size` bytes of the image's first file.
    pub(crate) const fn new(size: u64, structure: Structure) -> Self {
        Self { size, structure }
    }
}

impl Map for Flat {
    fn locate(&self, at: DiskOffset) -> Result<Piece, Error> {
        let place = Place::Stored { file: 0, offset: FileOffset(at.get()), structure: self.structure };
        Ok(Piece::new(place, self.size.saturating_sub(at.get())))
    }
}

/// Opens a raw image.
pub(crate) fn open(file: Arc<dyn ReadAt>) -> Image {
    let size = file.len();
    Image::new(Flat::new(size, Structure::RawData), vec![file], size)
}
