//! `$UpCase`: the upper case of each UTF-16 unit, by which names are compared and indexes are ordered.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 2 · u | 2 | upper case | of the unit u, for all 65 536 |
//!
//! The table is read when a name first has a character beyond ASCII, whose upper case is the same in every table. Where
//! it cannot be read, plain Unicode upper case stands in, which differs for some two hundred rare characters.
//! Source: Microsoft; the tables of `mkntfs` and Windows.

use std::cmp::Ordering;
use std::sync::OnceLock;

use hivekey_read_at::{ReadAt, wide};

use super::volume::Ntfs;
use crate::anomaly::{Anomaly, AnomalyKind};
use crate::error::{Error, Structure};
use crate::offset::{DeviceOffset, RecordNumber};
use crate::read::{read_vec, utf16_units};

const TABLE_LEN: usize = 128 << 10;

#[derive(Debug, Default)]
pub(super) struct UpCase {
    /// Empty where plain Unicode stands in.
    table: OnceLock<Vec<u16>>,
}

impl UpCase {
    fn upper(&self, volume: &Ntfs, unit: u16) -> u16 {
        if unit < 0x80 {
            return match u8::try_from(unit) {
                Ok(byte) => byte.to_ascii_uppercase().into(),
                Err(_) => unit,
            };
        }
        self.table
            .get_or_init(|| {
                read(volume).unwrap_or_else(|error| {
                    let kind = AnomalyKind::UpCase(Box::new(error));
                    volume.note(Anomaly::new(DeviceOffset(0), kind));
                    Vec::new()
                })
            })
            .get(usize::from(unit))
            .copied()
            .unwrap_or_else(|| plain_unicode(unit))
    }

    /// The order of two names in an index.
    pub(super) fn compare(&self, volume: &Ntfs, left: &[u16], right: &[u16]) -> Ordering {
        for (&left, &right) in left.iter().zip(right) {
            if left == right {
                continue;
            }
            let order = self.upper(volume, left).cmp(&self.upper(volume, right));
            if order.is_ne() {
                return order;
            }
        }
        left.len().cmp(&right.len())
    }
}

fn read(volume: &Ntfs) -> Result<Vec<u16>, Error> {
    let stream = volume.record(RecordNumber::UPCASE)?.open()?;
    if stream.len() != wide(TABLE_LEN) {
        return Err(Error::Field {
            structure: Structure::UpCase,
            offset: DeviceOffset(0),
            field: "length",
            actual: stream.len(),
            expected: "131072",
        });
    }
    let bytes = read_vec(&stream, 0, TABLE_LEN)?;
    Ok(utf16_units(&bytes))
}

fn plain_unicode(unit: u16) -> u16 {
    let mut upper = char::from_u32(unit.into()).into_iter().flat_map(char::to_uppercase);
    match (upper.next(), upper.next()) {
        (Some(single), None) => u16::try_from(u32::from(single)).unwrap_or(unit),
        _ => unit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_unicode_keeps_one_unit() {
        assert_eq!(plain_unicode(0xE9), 0xC9);
        assert_eq!(plain_unicode(0xDF), 0xDF);
        assert_eq!(plain_unicode(0xD800), 0xD800);
        assert_eq!(plain_unicode(0xFFFF), 0xFFFF);
        assert_eq!(plain_unicode(0x101), 0x100);
    }
}
