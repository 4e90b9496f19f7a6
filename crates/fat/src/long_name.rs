//! Long names of FAT: entries that stand before the entry of the file, the last part first.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 1 | order | number of the part, from 1; 0x40 is added in the last one, which stands first |
//! | 1 | 10 | units 1 to 5 | UTF-16; after the end one 0, then FFFF |
//! | 11 | 1 | attributes | 0F |
//! | 13 | 1 | checksum | of the short name in the entry of the file |
//! | 14 | 12 | units 6 to 11 | |
//! | 28 | 4 | units 12 and 13 | |
//!
//! Systems that know no long names change the entry of the file without those before it: parts without their file are left
//! behind, and the checksum tells. Source: Microsoft, "FAT: General Overview of On-Disk Format", 1.03.

use crate::error::Error;
use crate::limits::MAX_LONG_NAME_PARTS;
use crate::read::{Fields, utf16_units};

const LAST: u8 = 0x40;

/// The parts that were met since the last entry of a file.
#[derive(Debug, Default)]
pub(crate) struct LongName {
    /// Each of 13 units, the last part of the name first.
    parts: Vec<Vec<u16>>,
    checksum: u8,
    /// The number of the part that must come next; 0: the name is whole.
    next: u8,
}

impl LongName {
    /// Forgets what was met: no file followed.
    pub(crate) fn clear(&mut self) {
        self.parts.clear();
    }

    /// Takes one part. One that does not continue the name makes all before it orphans.
    pub(crate) fn push(&mut self, fields: &Fields<'_>) -> Result<(), Error> {
        let (order, checksum) = (fields.u8(0)?, fields.u8(13)?);
        let number = order & !LAST;
        if order & LAST != 0 {
            self.parts.clear();
            self.checksum = checksum;
            if number == 0 || usize::from(number) > MAX_LONG_NAME_PARTS {
                return Ok(());
            }
        } else if self.parts.is_empty() || number == 0 || number != self.next || checksum != self.checksum {
            self.parts.clear();
            return Ok(());
        }
        let units = [fields.slice(1, 10)?, fields.slice(14, 12)?, fields.slice(28, 4)?];
        self.parts.push(units.into_iter().flat_map(utf16_units).collect());
        self.next = number.saturating_sub(1);
        Ok(())
    }

    /// The name, if it belongs to the file with that short name.
    pub(crate) fn take(&mut self, short_name: [u8; 11]) -> Option<String> {
        let parts = std::mem::take(&mut self.parts);
        if parts.is_empty() || self.next != 0 || self.checksum != checksum(short_name) {
            return None;
        }
        let units: Vec<u16> = parts.into_iter().rev().flatten().take_while(|unit| *unit != 0).collect();
        Some(String::from_utf16_lossy(&units)).filter(|name| !name.is_empty())
    }
}

fn checksum(short_name: [u8; 11]) -> u8 {
    short_name.iter().fold(0u8, |sum, byte| sum.rotate_right(1).wrapping_add(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Structure;
    use crate::offset::DeviceOffset;

    const SHORT: [u8; 11] = *b"SOFTWA~1   ";

    fn part(order: u8, checksum: u8, text: &str) -> Vec<u8> {
        let mut units: Vec<u16> = text.encode_utf16().collect();
        if units.len() < 13 {
            units.push(0);
        }
        units.resize(13, 0xFFFF);
        let bytes: Vec<u8> = units.into_iter().flat_map(u16::to_le_bytes).collect();
        let mut part = vec![order];
        part.extend(&bytes[..10]);
        part.extend([0x0F, 0, checksum]);
        part.extend(&bytes[10..22]);
        part.extend([0, 0]);
        part.extend(&bytes[22..]);
        part
    }

    fn name(parts: &[Vec<u8>]) -> Option<String> {
        let mut name = LongName::default();
        for bytes in parts {
            name.push(&Fields::new(bytes, Structure::DirectoryEntry, DeviceOffset(0))).unwrap();
        }
        name.take(SHORT)
    }

    #[test]
    fn whole_names() {
        let sum = checksum(SHORT);
        assert_eq!(name(&[part(0x41, sum, "Software")]).unwrap(), "Software");
        assert_eq!(name(&[part(0x41, sum, "thirteen unit")]).unwrap(), "thirteen unit");
        assert_eq!(name(&[part(0x42, sum, "up"), part(1, sum, "Software back")]).unwrap(), "Software backup");
        // Another name was left behind before it.
        assert_eq!(name(&[part(0x42, sum, "old"), part(0x41, sum, "new")]).unwrap(), "new");
        let longest: Vec<_> =
            (1..=20).rev().map(|at| part(if at == 20 { at | 0x40 } else { at }, sum, "0123456789abc")).collect();
        assert_eq!(name(&longest).unwrap().len(), 260);
    }

    #[test]
    fn orphans() {
        let sum = checksum(SHORT);
        assert_eq!(name(&[]), None);
        assert_eq!(name(&[part(0x41, sum ^ 1, "Software")]), None);
        assert_eq!(name(&[part(1, sum, "Software")]), None);
        assert_eq!(name(&[part(0x42, sum, "up")]), None);
        assert_eq!(name(&[part(0x43, sum, "up"), part(1, sum, "Software back")]), None);
        assert_eq!(name(&[part(0x42, sum, "up"), part(1, sum ^ 1, "Software back")]), None);
        assert_eq!(name(&[part(0x42, sum, "up"), part(1, sum, "Software back"), part(0, sum, "x")]), None);
        assert_eq!(name(&[part(0x40, sum, "up")]), None);
        assert_eq!(name(&[part(0x40 + 21, sum, "up")]), None);
        assert_eq!(name(&[part(0x7F, sum, "up")]), None);
        assert_eq!(name(&[part(0x41, sum, "")]), None);
    }

    #[test]
    fn a_name_is_taken_once() {
        let mut name = LongName::default();
        let bytes = part(0x41, checksum(SHORT), "Software");
        name.push(&Fields::new(&bytes, Structure::DirectoryEntry, DeviceOffset(0))).unwrap();
        assert!(name.take(SHORT).is_some());
        assert!(name.take(SHORT).is_none());
        name.push(&Fields::new(&bytes, Structure::DirectoryEntry, DeviceOffset(0))).unwrap();
        name.clear();
        assert!(name.take(SHORT).is_none());
    }
}
