//! Hive bins without their base block, and perhaps without the bins before them, made up into something that reads as a hive.
//!
//! Cells are named by their distance from the hive's first bin. So the bins that are left have to stand where they stood: behind a base
//! block of which nothing is known, and behind one free bin in place of those that are gone.

use std::borrow::Cow;

use hivekey_regf::{BINS_START, ReadAt, ReadError};

/// Stands where the signature of the base block would: `regf` rebuilds such a hive from its bins.
const LOST: &[u8] = b"lost";
/// Bytes of a bin's header, before its first cell.
const BIN_HEADER: u32 = 32;

/// Bins at their place in a hive of which nothing else is known.
pub(super) struct StandIn {
    /// What was made up, zeros behind it left out.
    made_up: Vec<u8>,
    /// Where the bins begin.
    start: u64,
    bins: Vec<u8>,
}

impl StandIn {
    /// `bins` lay `place` bytes behind the hive's first bin.
    pub(super) fn new(bins: Vec<u8>, place: u32) -> Self {
        let mut made_up = LOST.to_vec();
        if place > 0 {
            made_up.resize(usize::try_from(BINS_START).unwrap_or(0), 0);
            made_up.extend_from_slice(b"hbin\0\0\0\0");
            made_up.extend_from_slice(&place.to_le_bytes());
            made_up.extend_from_slice(&[0; 20]);
            // A positive size: the cell is free.
            made_up.extend_from_slice(&place.saturating_sub(BIN_HEADER).to_le_bytes());
        }
        Self { made_up, start: BINS_START.saturating_add(u64::from(place)), bins }
    }

    /// Where the bins begin, in bytes from the start of the hive that is made up.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    fn past_end(&self, offset: u64, len: usize) -> ReadError {
        ReadError::past_end(offset, len, self.len())
    }
}

/// The part of `bytes` from `offset` on.
fn from(bytes: &[u8], offset: u64) -> &[u8] {
    usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)).unwrap_or_default()
}

impl ReadAt for StandIn {
    fn len(&self) -> u64 {
        self.start.saturating_add(u64::try_from(self.bins.len()).unwrap_or(u64::MAX))
    }

    fn read_at(&self, offset: u64, len: usize) -> Result<Cow<'_, [u8]>, ReadError> {
        if let Some(inside) = offset.checked_sub(self.start) {
            let bytes = from(&self.bins, inside).get(..len);
            return bytes.map(Cow::Borrowed).ok_or_else(|| self.past_end(offset, len));
        }
        let end = offset.checked_add(u64::try_from(len).unwrap_or(u64::MAX));
        if end.is_none_or(|end| end > self.len()) {
            return Err(self.past_end(offset, len));
        }
        let mut bytes = vec![0; len];
        for (byte, made_up) in bytes.iter_mut().zip(from(&self.made_up, offset)) {
            *byte = *made_up;
        }
        let before = usize::try_from(self.start.saturating_sub(offset)).unwrap_or(usize::MAX);
        for (byte, real) in bytes.iter_mut().skip(before).zip(&self.bins) {
            *byte = *real;
        }
        Ok(Cow::Owned(bytes))
    }
}

#[cfg(test)]
mod tests {
    use hivekey_regf::Hive;
    use hivekey_testkit::hive::{HiveBuilder, Value};

    use super::*;

    #[test]
    fn the_bins_stand_where_they_stood() {
        let stand_in = StandIn::new(vec![7; 4096], 8192);
        assert_eq!((stand_in.start(), stand_in.len()), (12_288, 16_384));
        let all = stand_in.read_at(0, 16_384).unwrap();
        assert_eq!(&all[..8], b"lost\0\0\0\0");
        assert_eq!(&all[4096..4108], b"hbin\0\0\0\0\0\x20\0\0");
        assert_eq!(&all[4128..4136], b"\xE0\x1F\0\0\0\0\0\0");
        assert!(all[4136..12_288].iter().all(|byte| *byte == 0) && all[12_288..].iter().all(|byte| *byte == 7));
        // Any piece is the same as that part of the whole.
        for (start, end) in
            [(0_usize, 1), (3, 5), (4090, 4100), (4100, 4140), (12_287, 12_289), (16_383, 16_384), (5, 16_384)]
        {
            let piece = stand_in.read_at(u64::try_from(start).unwrap(), end - start).unwrap();
            assert_eq!(*piece, all[start..end], "{start}..{end}");
        }
        for (offset, len) in [(16_384, 1), (16_383, 2), (0, 16_385), (u64::MAX, 1), (5, usize::MAX)] {
            assert!(stand_in.read_at(offset, len).is_err(), "{offset} {len}");
        }
    }

    #[test]
    fn bins_read_as_the_hive_did() {
        let mut hive = HiveBuilder::new();
        for number in 0..300 {
            hive.key(&format!(r"Microsoft\Test{number}")).set("Name", Value::sz("text"));
        }
        let built = hive.build();
        let whole = Hive::open(StandIn::new(built.bytes()[4096..].to_vec(), 0), &Default::default()).unwrap();
        let key = whole.key(r"Microsoft\Test299").unwrap().unwrap();
        assert_eq!(key.value("Name").unwrap().unwrap().text().unwrap(), "text");
        // Without the first bin, the keys in the others are where they were.
        let rest = Hive::open(StandIn::new(built.bytes()[8192..].to_vec(), 4096), &Default::default()).unwrap();
        assert_eq!(rest.key_at(key.offset()).unwrap().name(), "Test299");
    }
}
