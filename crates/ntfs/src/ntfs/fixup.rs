//! The fix-up of records that are longer than a sector.
//!
//! When such a record is written, the last two bytes of each 512 bytes are replaced by one number; the bytes themselves
//! stand in the update sequence array. A reader puts them back, and sees by the number whether all sectors were written
//! together.
//!
//! | offset in the record | length | field | meaning |
//! |---|---|---|---|
//! | 4 | 2 | array | where the update sequence array lies |
//! | 6 | 2 | count | its 16-bit numbers: the one number, then one per 512 bytes |
//!
//! The step is 512 bytes whatever the sector size is. Source: Microsoft, "MULTI_SECTOR_HEADER".

use crate::anomaly::{Anomaly, AnomalyKind};
use crate::error::Error;
use crate::read::{Fields, array};

pub(super) const STRIDE: usize = 512;

/// Puts the bytes back and gives what does not fit: a sector with another number was not written with the others. The bytes are put
/// back there, too: what stands in their place is another number, never the bytes.
pub(super) fn apply(
    bytes: &mut [u8],
    structure: crate::error::Structure,
    offset: crate::offset::DeviceOffset,
) -> Result<Option<Anomaly>, Error> {
    let fields = Fields::new(bytes, structure, offset);
    let at = usize::from(fields.u16(4)?);
    let count = usize::from(fields.u16(6)?);
    let sectors = bytes.len() / STRIDE;
    if count == 0 || count.saturating_sub(1) > sectors.max(1) {
        return Err(fields.wrong("update sequence count", fields.u16(6)?, "one per 512 bytes and one more"));
    }
    let saved = fields.slice(at, count.saturating_mul(2))?.to_vec();
    let number = array::<2>(&saved, 0);
    let (_, saved) = saved.split_at_checked(2).unwrap_or_default();
    let (originals, _) = saved.as_chunks::<2>();
    let mut torn = None;
    for (sector, (part, original)) in bytes.chunks_exact_mut(STRIDE).zip(originals).enumerate() {
        let Some(end) = part.last_chunk_mut::<2>() else {
            continue;
        };
        if Some(*end) != number && torn.is_none() {
            torn = Some(Anomaly::new(offset, AnomalyKind::TornRecord { sector }));
        }
        *end = *original;
    }
    Ok(torn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Structure;
    use crate::offset::DeviceOffset;

    fn record() -> Vec<u8> {
        let mut bytes = vec![0xAAu8; 1024];
        bytes[4..8].copy_from_slice(&[0x30, 0, 3, 0]);
        bytes[0x30..0x36].copy_from_slice(&[7, 0, 1, 2, 3, 4]);
        for end in [510, 1022] {
            bytes[end..end + 2].copy_from_slice(&[7, 0]);
        }
        bytes
    }

    fn fix(bytes: &mut [u8]) -> Result<Option<Anomaly>, Error> {
        apply(bytes, Structure::MftRecord, DeviceOffset(0x400))
    }

    #[test]
    fn bytes_come_back() {
        let mut bytes = record();
        assert!(fix(&mut bytes).unwrap().is_none());
        assert_eq!(bytes[510..512], [1, 2]);
        assert_eq!(bytes[1022..], [3, 4]);
    }

    #[test]
    fn a_torn_sector_is_named() {
        let mut bytes = record();
        bytes[1022] = 6;
        let torn = fix(&mut bytes).unwrap().unwrap();
        assert!(matches!(torn.kind, AnomalyKind::TornRecord { sector: 1 }));
        assert_eq!(bytes[510..512], [1, 2]);
        assert_eq!(bytes[1022..], [3, 4]);
    }

    #[test]
    fn impossible_arrays() {
        for (at, count) in [(0x30u16, 0u16), (0x30, 4), (0x30, 0xFFFF), (0xFFFF, 3), (1020, 3)] {
            let mut bytes = record();
            bytes[4..6].copy_from_slice(&at.to_le_bytes());
            bytes[6..8].copy_from_slice(&count.to_le_bytes());
            assert!(fix(&mut bytes).is_err(), "{at} {count}");
        }
        assert!(fix(&mut []).is_err());
    }
}
