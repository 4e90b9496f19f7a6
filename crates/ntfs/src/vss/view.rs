//! A snapshot as a device: the volume as it was.

use std::sync::Arc;

use hivekey_read_at::{ReadAt, ReadError, check_range, narrow, wide};

use super::block_list::Whole;
use super::{BLOCK, Store};

/// Bytes of the sectors that an overlay counts in, whatever the volume's are.
const SECTOR: u64 = 512;

/// The bytes of a volume as they were when a snapshot was made.
#[derive(Clone, Debug)]
pub struct SnapshotView<D> {
    device: D,
    /// All snapshots of the volume, oldest first.
    stores: Arc<[Store]>,
    index: usize,
    size: u64,
}

/// Where a block's bytes stand.
enum Source {
    Device(u64),
    Zeros,
}

impl<D: ReadAt> SnapshotView<D> {
    pub(super) fn new(device: D, stores: Arc<[Store]>, index: usize, size: u64) -> Self {
        Self { device, stores, index, size }
    }

    /// Where a block stands, overlays aside.
    fn source(&self, mut block: u64) -> Source {
        let mut younger = self.stores.iter().skip(self.index).peekable();
        let own_is_last = self.index.checked_add(1) == Some(self.stores.len());
        while let Some(store) = younger.next() {
            match store.blocks.saved(block).whole {
                Some(Whole::Saved(offset)) => return Source::Device(offset),
                Some(Whole::Moved(to)) => {
                    block = to;
                    if younger.peek().is_none() {
                        break;
                    }
                }
                // What was not in use when the youngest was made was not saved, and may have been overwritten since.
                None if own_is_last && !store.blocks.is_target(block) && is_unused(store, block) => {
                    return Source::Zeros;
                }
                None => {}
            }
        }
        Source::Device(block.saturating_mul(BLOCK))
    }

    /// Reads a part of one block.
    fn read_part(&self, block: u64, within: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        match self.source(block) {
            Source::Device(offset) => self.device.read_into(offset.saturating_add(within), buf)?,
            Source::Zeros => buf.fill(0),
        }
        let own = self.stores.get(self.index).and_then(|store| store.blocks.saved(block).overlay);
        let Some(overlay) = own else {
            return Ok(());
        };
        let end = within.saturating_add(wide(buf.len()));
        let mut at = within;
        while at < end {
            let sector = at / SECTOR;
            let next = sector.saturating_add(1).saturating_mul(SECTOR).min(end);
            let is_saved = u32::try_from(sector).ok().and_then(|sector| overlay.sectors.checked_shr(sector));
            if is_saved.unwrap_or(0) & 1 == 1 {
                let range = narrow(at.saturating_sub(within))..narrow(next.saturating_sub(within));
                if let Some(part) = buf.get_mut(range) {
                    self.device.read_into(overlay.offset.saturating_add(at), part)?;
                }
            }
            at = next;
        }
        Ok(())
    }
}

fn is_unused(store: &Store, block: u64) -> bool {
    let [current, previous] = &store.unused;
    let marked = |bitmap: &super::Bitmap| bitmap.is_set(block);
    current.as_ref().is_some_and(marked) && previous.as_ref().is_none_or(marked)
}

impl<D: ReadAt> ReadAt for SnapshotView<D> {
    fn len(&self) -> u64 {
        self.size
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.size)?;
        let mut at = offset;
        let mut rest = buf;
        while !rest.is_empty() {
            let within = at % BLOCK;
            let count = narrow(BLOCK.saturating_sub(within)).min(rest.len());
            let (part, later) = rest.split_at_mut(count);
            self.read_part(at / BLOCK, within, part)?;
            at = at.saturating_add(wide(count));
            rest = later;
        }
        Ok(())
    }
}
