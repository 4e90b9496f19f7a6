//! Transaction logs of the old format (up to Windows 8): a bitmap of dirty pages, and the pages.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 512 | 4 | signature | `DIRT` |
//! | 516 | n / 8 | bitmap | one bit for each 512 bytes of the hive bins, lowest bit first; n = hive bins size / 512 |
//! | next multiple of 512 | 512 each | pages | one for each bit set, in order |
//!
//! On disks with sectors of 4096 bytes (clustering factor 8) the base block may take a whole sector; the signature then
//! stands at 4096, and the pages start at a multiple of that.
//!
//! There is no hash: a log is taken whole or not at all.
//!
//! Source: M. Suhanov, "Windows registry file format specification", old format.

use alloc::sync::Arc;
use core::ops::Range;

use crate::base_block::{BaseBlock, HEAD_LEN};
use crate::error::{Error, Structure};
use crate::offset::FileOffset;
use crate::read::{ReadAt, array, read_clipped, wide};

const SIGNATURE: [u8; 4] = *b"DIRT";
const SIGNATURE_LEN: u64 = 4;
/// Bytes of a page.
const PAGE: u64 = 512;
/// Bytes of hive bins that a byte of the bitmap stands for.
const BYTES_PER_BYTE: u32 = 4096;
/// The biggest sector, in units of 512 bytes.
const MAX_CLUSTERING: u32 = 8;

/// The dirty pages of a log.
#[derive(Clone, Debug)]
pub(crate) struct DirtyPages {
    bitmap: Arc<[u8]>,
    /// All pages, one behind the other.
    pub(crate) bytes: Arc<[u8]>,
}

/// Pages that lie side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Their place, from the first bin.
    pub(crate) offset: u64,
    /// Where their bytes are among those of the log.
    pub(crate) bytes: Range<u64>,
}

/// Where the dirty vector starts, and the size of a sector: 512 bytes, or those of the clustering factor.
fn dirty_vector<L: ReadAt>(log: &L, base: &BaseBlock) -> Result<u64, Error> {
    let first = wide(HEAD_LEN);
    let clustering = base.clustering_factor.clamp(1, MAX_CLUSTERING);
    let sector = first.saturating_mul(u64::from(clustering));
    let mut found = [0u8; 4];
    for at in [first, sector] {
        let bytes = read_clipped(log, at, found.len())?;
        found = array(&bytes, 0).unwrap_or_default();
        if found == SIGNATURE {
            return Ok(at);
        }
    }
    Err(Error::Signature { structure: Structure::DirtyVector, offset: FileOffset(first), actual: found.into() })
}

impl DirtyPages {
    /// Reads the dirty vector and all pages of a log.
    pub(crate) fn read<L: ReadAt>(log: &L, base: &BaseBlock) -> Result<Self, Error> {
        let structure = Structure::DirtyVector;
        let sector = dirty_vector(log, base)?;
        let offset = FileOffset(sector);
        if base.bins_size == 0 || !base.bins_size.is_multiple_of(BYTES_PER_BYTE) {
            return Err(Error::Field {
                structure,
                offset,
                field: "hive bins size",
                expected: "a multiple of 4096",
                actual: u64::from(base.bins_size),
            });
        }
        let bitmap_len = base.bins_size.checked_div(BYTES_PER_BYTE).unwrap_or(0);
        let bitmap_at = sector.saturating_add(SIGNATURE_LEN);
        let bitmap_end = bitmap_at.saturating_add(u64::from(bitmap_len));
        let available = log.len().saturating_sub(bitmap_at);
        if available < u64::from(bitmap_len) {
            return Err(Error::Truncated { structure, offset, needed: u64::from(bitmap_len), available });
        }
        let bitmap = log.read_at(bitmap_at, usize::try_from(bitmap_len).unwrap_or(usize::MAX))?;
        let pages = bitmap.iter().fold(0u64, |pages, byte| pages.saturating_add(u64::from(byte.count_ones())));
        let needed = pages.saturating_mul(PAGE);
        let pages_at = bitmap_end.checked_next_multiple_of(sector).unwrap_or(u64::MAX);
        let available = log.len().saturating_sub(pages_at);
        if needed == 0 || available < needed {
            let offset = FileOffset(pages_at);
            return Err(Error::Truncated { structure, offset, needed: needed.max(PAGE), available });
        }
        let bytes = log.read_at(pages_at, usize::try_from(needed).unwrap_or(usize::MAX))?;
        Ok(Self { bitmap: Arc::from(bitmap.as_ref()), bytes: Arc::from(bytes.as_ref()) })
    }

    /// The number of pages.
    pub(crate) fn count(&self) -> u64 {
        self.bytes.len().checked_div(PAGE).unwrap_or(0)
    }

    /// The pages, those side by side as one.
    pub(crate) fn runs(&self) -> impl Iterator<Item = Run> + '_ {
        let mut bits = self.bitmap.iter().flat_map(|byte| (0..8u8).map(move |bit| byte >> bit & 1 != 0));
        let mut offset = 0u64;
        let mut taken = 0u64;
        core::iter::from_fn(move || {
            let clean = wide(bits.by_ref().position(|dirty| dirty)?);
            let dirty = wide(bits.by_ref().take_while(|&dirty| dirty).count()).saturating_add(1);
            let start = offset.saturating_add(clean.saturating_mul(PAGE));
            let len = dirty.saturating_mul(PAGE);
            // The clean bit that ended the run is consumed, too.
            offset = start.saturating_add(len).saturating_add(PAGE);
            let bytes = taken..taken.saturating_add(len);
            taken = bytes.end;
            Some(Run { offset: start, bytes })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn pages(bitmap: &[u8]) -> DirtyPages {
        let count: usize = bitmap.iter().map(|byte| usize::try_from(byte.count_ones()).unwrap()).sum();
        DirtyPages { bitmap: Arc::from(bitmap), bytes: Arc::from(vec![0; count * 512]) }
    }

    fn runs(bitmap: &[u8]) -> Vec<(u64, Range<u64>)> {
        pages(bitmap).runs().map(|run| (run.offset, run.bytes)).collect()
    }

    #[test]
    fn runs_of_pages() {
        assert_eq!(runs(&[]), []);
        assert_eq!(runs(&[0, 0]), []);
        assert_eq!(runs(&[0xFF, 0xFF]), [(0, 0..8192)]);
        assert_eq!(runs(&[0x00, 0xFF, 0x00]), [(4096, 0..4096)]);
        assert_eq!(runs(&[0b1000_0101, 0b1]), [(0, 0..512), (1024, 512..1024), (3584, 1024..2048)]);
    }

    proptest! {
        #[test]
        fn runs_hold_each_bit_once(bitmap in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut places = Vec::new();
            let mut taken = 0;
            for run in pages(&bitmap).runs() {
                prop_assert_eq!(run.bytes.start, taken);
                taken = run.bytes.end;
                places.extend((run.bytes).step_by(512).zip(0u64..).map(|(_, page)| run.offset / 512 + page));
            }
            let bits: Vec<u64> = (0..wide(bitmap.len() * 8))
                .filter(|bit| bitmap[usize::try_from(bit / 8).unwrap()] >> (bit % 8) & 1 != 0)
                .collect();
            prop_assert_eq!(places, bits);
        }
    }
}
