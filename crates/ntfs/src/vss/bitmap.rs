//! The bitmap of a snapshot: one bit for each 16 KiB block of the volume, lowest bit of a byte first; 1: the block was not in use.
//!
//! The bits fill the content of the blocks of a chain. Source: libvshadow documentation, "Store bitmap".

use hivekey_read_at::{ReadAt, narrow};

use super::block::{self, Table};
use crate::error::{Error, Structure};

const TABLE: Table = Table { structure: Structure::VssBitmap, record_type: 6 };

/// The bits of all blocks.
#[derive(Debug)]
pub(super) struct Bitmap(Vec<u8>);

impl Bitmap {
    /// Whether the block with this number is marked; one past the end is not.
    pub(super) fn is_set(&self, block: u64) -> bool {
        let byte = self.0.get(narrow(block >> 3)).copied().unwrap_or(0);
        byte.checked_shr(u32::try_from(block & 7).unwrap_or(0)).unwrap_or(0) & 1 == 1
    }
}

pub(super) fn read<D: ReadAt + ?Sized>(device: &D, offset: u64) -> Result<Bitmap, Error> {
    let mut bits = Vec::new();
    block::each(device, TABLE, offset, |content| {
        bits.extend_from_slice(content.bytes());
        Ok(())
    })?;
    Ok(Bitmap(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lowest_bit_first() {
        let bitmap = Bitmap(vec![0b0000_0001, 0b1000_0000]);
        let set: Vec<u64> = (0..20).filter(|&block| bitmap.is_set(block)).collect();
        assert_eq!(set, [0, 15]);
        assert!(!bitmap.is_set(u64::MAX));
    }
}
