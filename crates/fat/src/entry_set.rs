//! The entries of a folder of exFAT that belong to one file: the file, its stream, its name.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | | | **file** | |
//! | 0 | 1 | type | 85 |
//! | 1 | 1 | count | entries that follow: stream, names, what vendors add |
//! | 2 | 2 | checksum | of all these entries without these two bytes |
//! | 4 | 2 | attributes | 10: folder |
//! | | | **stream** | |
//! | 0 | 1 | type | C0 |
//! | 1 | 1 | flags | 02: the clusters lie in one piece and have no chain |
//! | 3 | 1 | name length | UTF-16 units |
//! | 8 | 8 | valid length | bytes that were written; zeros follow |
//! | 20 | 4 | cluster | the first one; 0: no content |
//! | 24 | 8 | length | bytes of the content |
//! | | | **name** | |
//! | 0 | 1 | type | C1 |
//! | 2 | 30 | name | 15 UTF-16 units |
//!
//! A type of 00 ends the folder; without 80 the entry is not in use (deleted); with 40 it belongs to the one before it. Source:
//! Microsoft, "exFAT file system specification", 6 and 7.

use crate::entry::{Entry, Place};
use crate::error::{Error, Structure};
use crate::offset::{Cluster, DeviceOffset};
use crate::read::{Fields, utf16_units};
use crate::short_entry::LEN;

pub(crate) const END: u8 = 0;
pub(crate) const FILE: u8 = 0x85;
const STREAM: u8 = 0xC0;
const NAME: u8 = 0xC1;

const DIRECTORY: u16 = 0x10;
const NO_CHAIN: u8 = 0x02;
const UNITS_PER_ENTRY: usize = 15;

/// Whether an entry of that type belongs to the one before it.
pub(crate) const fn is_secondary(kind: u8) -> bool {
    kind & 0xC0 == 0xC0
}

/// The file that a whole set in `bytes` stands for; its first entry lies at `offset`.
pub(crate) fn parse(bytes: &[u8], offset: DeviceOffset) -> Result<Entry, Error> {
    let set = Fields::new(bytes, Structure::EntrySet, offset);
    let (stored, computed) = (set.u16(2)?, checksum(bytes));
    if stored != computed {
        let (stored, computed) = (stored.into(), computed.into());
        return Err(Error::Checksum { structure: Structure::EntrySet, offset, stored, computed });
    }
    let attributes = set.u16(4)?;
    let stream = Fields::new(set.slice(LEN, LEN)?, Structure::EntrySet, offset);
    let kind = stream.u8(0)?;
    if kind != STREAM {
        return Err(set.wrong("type of the second entry", kind, "0xc0"));
    }
    let name_len = stream.u8(3)?;
    if name_len == 0 {
        return Err(set.wrong("name length", name_len, "at least 1"));
    }
    let mut units = Vec::new();
    let mut at = LEN.saturating_mul(2);
    while units.len() < usize::from(name_len) {
        let name = Fields::new(set.slice(at, LEN)?, Structure::EntrySet, offset);
        let kind = name.u8(0)?;
        if kind != NAME {
            return Err(set.wrong("type of an entry with the name", kind, "0xc1"));
        }
        let left = usize::from(name_len).saturating_sub(units.len());
        units.extend(utf16_units(name.slice(2, 30)?).take(left.min(UNITS_PER_ENTRY)));
        at = at.saturating_add(LEN);
    }
    let (flags, cluster) = (stream.u8(1)?, Cluster(stream.u32(20)?));
    let size = stream.u64(24)?;
    Ok(Entry {
        name: String::from_utf16_lossy(&units),
        is_directory: attributes & DIRECTORY != 0,
        size,
        offset,
        place: if flags & NO_CHAIN != 0 { Place::Contiguous(cluster) } else { Place::Chain(cluster) },
        // More than there is cannot have been written.
        valid: stream.u64(8)?.min(size),
    })
}

fn checksum(bytes: &[u8]) -> u16 {
    let counted = bytes.iter().enumerate().filter(|(at, _)| !matches!(at, 2 | 3));
    counted.fold(0u16, |sum, (_, &byte)| sum.rotate_right(1).wrapping_add(byte.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
        bytes[at..at + what.len()].copy_from_slice(what);
    }

    fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
        let sum = checksum(&bytes);
        put(&mut bytes, 2, &sum.to_le_bytes());
        bytes
    }

    fn set(name: &str) -> Vec<u8> {
        let units: Vec<u16> = name.encode_utf16().collect();
        let mut bytes = vec![0u8; 64];
        put(&mut bytes, 0, &[FILE, 0, 0, 0, 0x20]);
        put(&mut bytes, 32, &[STREAM, 1, 0, u8::try_from(units.len()).unwrap()]);
        put(&mut bytes, 40, &90u64.to_le_bytes());
        put(&mut bytes, 52, &7u32.to_le_bytes());
        put(&mut bytes, 56, &100u64.to_le_bytes());
        for part in units.chunks(15) {
            let mut entry = vec![NAME, 0];
            entry.extend(part.iter().flat_map(|unit| unit.to_le_bytes()));
            entry.resize(32, 0);
            bytes.extend(entry);
        }
        bytes[1] = u8::try_from(bytes.len() / 32 - 1).unwrap();
        sealed(bytes)
    }

    fn read(bytes: &[u8]) -> Result<Entry, Error> {
        parse(bytes, DeviceOffset(0x40))
    }

    #[test]
    fn files_and_folders() {
        let entry = read(&set("SOFTWARE")).unwrap();
        assert_eq!((entry.name.as_str(), entry.is_directory, entry.size, entry.valid), ("SOFTWARE", false, 100, 90));
        assert_eq!((entry.place, entry.offset), (Place::Chain(Cluster(7)), DeviceOffset(0x40)));
        let long = "Sicherung vom 31. Dezember, größer";
        let mut bytes = set(long);
        bytes[4] = 0x10;
        bytes[33] = 3;
        put(&mut bytes, 40, &[0xFF; 8]);
        let entry = read(&sealed(bytes)).unwrap();
        assert_eq!((entry.name.as_str(), entry.is_directory, entry.valid), (long, true, 100));
        assert_eq!(entry.place, Place::Contiguous(Cluster(7)));
        assert_eq!(read(&set(&"x".repeat(255))).unwrap().name.len(), 255);
        // What vendors add behind the name does not matter.
        let mut bytes = set("a");
        bytes.extend([0xE0; 32]);
        assert!(read(&sealed(bytes)).is_ok());
    }

    #[test]
    fn sets_that_are_wrong() {
        let mut bytes = set("SOFTWARE");
        bytes[70] ^= 1;
        assert!(matches!(read(&bytes), Err(Error::Checksum { structure: Structure::EntrySet, .. })));
        for (at, value) in [(32, 0xC1), (35, 0), (64, 0xC0), (64, 0xE0)] {
            let mut bytes = set("SOFTWARE");
            bytes[at] = value;
            assert!(matches!(read(&sealed(bytes)), Err(Error::Field { .. })), "{at}");
        }
        // The name is longer than its entries.
        let mut bytes = set("SOFTWARE");
        bytes[35] = 16;
        assert!(matches!(read(&sealed(bytes)), Err(Error::Truncated { .. })));
        assert!(read(&sealed(set("a")[..32].to_vec())).is_err());
        assert!(read(&[]).is_err());
    }
}
