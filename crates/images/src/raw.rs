//! Raw images: the file's bytes are the disk's. There is no structure, and so no layout table.

use std::sync::Arc;

use hivekey_read_at::{ReadAt, narrow};

use crate::error::{Error, Structure};
use crate::map::{Image, Map, Piece, Place};
use crate::offset::{Blocks, DiskOffset, FileOffset};
use crate::read::{array, part};

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

/// Whether the first sectors speak of a larger disk than `file`: an entry of the partition table (MBR) or the place of the second
/// header (GPT) lies past its end, or an NTFS volume has more sectors.
pub(crate) fn states_more(file: &dyn ReadAt) -> bool {
    let mut head = vec![0; narrow(file.len().min(1024))];
    if file.read_into(0, &mut head).is_err() || part(&head, 510, 2) != Some(&[0x55, 0xAA]) {
        return false;
    }
    let number = |at: usize| array(&head, at).map_or(0, u32::from_le_bytes);
    let long = |at: usize| array(&head, at).map_or(0, u64::from_le_bytes);
    let sectors = if part(&head, 3, 8) == Some(b"NTFS    ") {
        long(40)
    } else if part(&head, 512, 8) == Some(b"EFI PART") {
        long(544)
    } else {
        let entries = [446usize, 462, 478, 494];
        let is_table = entries.iter().all(|at| matches!(head.get(*at), Some(0 | 0x80)));
        let end = |at: usize| {
            u64::from(number(at.saturating_add(8))).saturating_add(u64::from(number(at.saturating_add(12))))
        };
        // A protective entry covers what it can count, whatever the disk has.
        let counts = |at: &usize| is_table && !matches!(head.get(at.saturating_add(4)), None | Some(0 | 0xEE));
        entries.into_iter().filter(counts).map(end).max().unwrap_or(0)
    };
    sectors > Blocks::SECTORS.index(file.len())
}
