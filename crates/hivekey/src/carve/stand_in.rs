//! Hive bins without their base block, and perhaps without the bins before them, made up into something that reads as a hive.
//!
//! Cells are named by their distance from the hive's first bin. So the bins that are left have to stand where they stood: behind a base
//! block of which nothing is known, and behind one free bin in place of those that are gone.

use hivekey_evidence::{ReadAt, ReadError, Region};
use hivekey_regf::BINS_START;

/// Stands where the signature of the base block would: `regf` rebuilds such a hive from its bins.
const LOST: &[u8] = b"lost";
/// Signature, offset, size, 20 bytes more, and the size of the first cell.
const BIN_HEADER: usize = 32;

/// Bins at their place in a hive of which nothing else is known.
pub(super) struct StandIn {
    bins: Region,
    /// Where the bins begin.
    start: u64,
    /// The header of the free bin before them.
    filler: Vec<u8>,
}

impl StandIn {
    /// `bins` lay `place` bytes behind the hive's first bin.
    pub(super) fn new(bins: Region, place: u32) -> Self {
        let mut filler = Vec::new();
        if place > 0 {
            let header: u32 = 32;
            filler.extend_from_slice(b"hbin\0\0\0\0");
            filler.extend_from_slice(&place.to_le_bytes());
            filler.resize(BIN_HEADER, 0);
            // A positive size: the cell is free.
            filler.extend_from_slice(&place.saturating_sub(header).to_le_bytes());
        }
        Self { bins, start: BINS_START.saturating_add(u64::from(place)), filler }
    }

    /// Where the bins begin, in bytes from the start of the hive that is made up.
    pub(super) fn start(&self) -> u64 {
        self.start
    }
}

impl ReadAt for StandIn {
    fn len(&self) -> u64 {
        self.start.saturating_add(self.bins.len())
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        let length = u64::try_from(buf.len()).unwrap_or(u64::MAX);
        if offset.checked_add(length).is_none_or(|end| end > self.len()) {
            return Err(ReadError::OutOfRange { offset, length, size: self.len() });
        }
        let before = usize::try_from(self.start.saturating_sub(offset)).unwrap_or(usize::MAX).min(buf.len());
        let (made_up, real) = buf.split_at_mut(before);
        made_up.fill(0);
        lay(made_up, offset, 0, LOST);
        lay(made_up, offset, BINS_START, &self.filler);
        if real.is_empty() {
            return Ok(());
        }
        self.bins.read_into(offset.saturating_sub(self.start), real)
    }
}

/// Puts `bytes`, which begin at `at`, into a buffer that begins at `offset`, as far as they lie in it.
fn lay(buf: &mut [u8], offset: u64, at: u64, bytes: &[u8]) {
    for (position, byte) in (at..).zip(bytes) {
        let place = position.checked_sub(offset).and_then(|place| usize::try_from(place).ok());
        if let Some(slot) = place.and_then(|place| buf.get_mut(place)) {
            *slot = *byte;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hivekey_testkit::hive::{HiveBuilder, Value};

    use super::*;

    fn bytes(source: &dyn ReadAt) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(source.len()).unwrap()];
        source.read_into(0, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn the_bins_stand_where_they_stood() {
        let disk: Arc<dyn ReadAt> = Arc::new(vec![7u8; 20_000]);
        let stand_in = StandIn::new(Region::new(disk, 100, 4096), 8192);
        assert_eq!((stand_in.start(), stand_in.len()), (12_288, 16_384));
        let all = bytes(&stand_in);
        assert_eq!(&all[..8], b"lost\0\0\0\0");
        assert_eq!(&all[4096..4108], b"hbin\0\0\0\0\0\x20\0\0");
        assert_eq!(&all[4128..4136], b"\xE0\x1F\0\0\0\0\0\0");
        assert!(all[4136..12_288].iter().all(|byte| *byte == 0) && all[12_288..].iter().all(|byte| *byte == 7));
        // Any piece is the same as that part of the whole.
        for (start, end) in
            [(0_usize, 1), (3, 5), (4090, 4100), (4100, 4140), (12_287, 12_289), (16_383, 16_384), (5, 16_384)]
        {
            let mut piece = vec![9; end - start];
            stand_in.read_into(u64::try_from(start).unwrap(), &mut piece).unwrap();
            assert_eq!(piece, all[start..end], "{start}..{end}");
        }
        assert!(stand_in.read_into(16_384, &mut [0]).is_err() && stand_in.read_into(u64::MAX, &mut [0]).is_err());
    }

    #[test]
    fn a_whole_set_of_bins_reads_as_the_hive_did() {
        let mut hive = HiveBuilder::new();
        hive.key(r"Microsoft\Test").set("Name", Value::sz("text"));
        let built = hive.build().into_bytes();
        let bins = Region::new(Arc::new(built), 4096, u64::MAX);
        let again = hivekey_regf::Hive::open(bytes(&StandIn::new(bins, 0)), &Default::default()).unwrap();
        let key = again.key(r"Microsoft\Test").unwrap().unwrap();
        assert_eq!(key.value("Name").unwrap().unwrap().text().unwrap(), "text");
    }
}
