//! An entry of a folder of FAT12, FAT16 or FAT32.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 11 | name | 8 bytes and an extension of 3, filled with spaces; first byte 00: the folder ends here, E5: deleted, 05: stands for E5 |
//! | 11 | 1 | attributes | 08: label of the volume, 10: folder, 0F: part of a long name |
//! | 12 | 1 | case | Windows NT: 08: the name is in lower case, 10: the extension is |
//! | 20 | 2 | cluster | FAT32: high half of the first cluster |
//! | 26 | 2 | cluster | low half of the first cluster; 0: no content |
//! | 28 | 4 | size | bytes of the content; 0 for folders |
//!
//! Sources: Microsoft, "FAT: General Overview of On-Disk Format", 1.03; Linux, `fs/fat/dir.c`, for the case. The code page of the
//! short name is not stored; 437 is that of the specification and of Linux. It only matters beyond ASCII.

use crate::entry::{Entry, Place};
use crate::error::Error;
use crate::geometry::FatKind;
use crate::offset::{Cluster, DeviceOffset};
use crate::read::Fields;

/// Bytes of an entry, of exFAT too.
pub(crate) const LEN: usize = 32;

const LABEL: u8 = 0x08;
const DIRECTORY: u8 = 0x10;
const LONG_NAME: u8 = 0x0F;
/// The attributes that there are; the two others are always 0.
const KNOWN: u8 = 0x3F;

const LOWER_NAME: u8 = 0x08;
const LOWER_EXTENSION: u8 = 0x10;

/// The upper half of code page 437.
const CODE_PAGE: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}";

/// What an entry is, before it is read in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShortKind {
    /// The folder ends here.
    End,
    Deleted,
    LongNamePart,
    /// The label of the volume, `.` or `..`.
    LeftOut,
    File,
}

pub(crate) fn kind(fields: &Fields<'_>) -> Result<ShortKind, Error> {
    let (name, attributes) = (fields.array::<11>(0)?, fields.u8(11)?);
    Ok(match name {
        [0, ..] => ShortKind::End,
        [0xE5, ..] => ShortKind::Deleted,
        _ if attributes & KNOWN == LONG_NAME => ShortKind::LongNamePart,
        _ if attributes & LABEL != 0 => ShortKind::LeftOut,
        [b'.', b' ' | b'.', rest @ ..] if rest == *b"         " => ShortKind::LeftOut,
        _ => ShortKind::File,
    })
}

/// The entry of a file or folder. `long_name` says its name, if there is one for the short name.
pub(crate) fn parse(
    fields: &Fields<'_>,
    offset: DeviceOffset,
    fat: FatKind,
    long_name: impl FnOnce([u8; 11]) -> Option<String>,
) -> Result<Entry, Error> {
    let name = fields.array::<11>(0)?;
    // Bytes of some file where a folder was expected are mostly found out here.
    if let Some(&byte) = name.iter().skip(1).find(|byte| **byte < 0x20) {
        return Err(fields.wrong("name", byte, "bytes from 0x20 on"));
    }
    if let [first @ (..=0x04 | 0x06..=0x20), ..] = name {
        return Err(fields.wrong("first byte of the name", first, "0x05 or from 0x21 on"));
    }
    let attributes = fields.u8(11)?;
    if attributes & !KNOWN != 0 {
        return Err(fields.wrong("attributes", attributes, "0 to 0x3f"));
    }
    let high = if fat == FatKind::Fat32 { fields.u16(20)? } else { 0 };
    let cluster = Cluster(u32::from(high) << 16 | u32::from(fields.u16(26)?));
    let is_directory = attributes & DIRECTORY != 0;
    let size = if is_directory { 0 } else { u64::from(fields.u32(28)?) };
    let name = match long_name(name) {
        Some(name) => name,
        None => short_name(name, fields.u8(12)?),
    };
    Ok(Entry { name, is_directory, size, offset, place: Place::Chain(cluster), valid: size })
}

fn short_name(name: [u8; 11], case: u8) -> String {
    let [a, b, c, d, e, f, g, h, extension @ ..] = name;
    let first = if a == 0x05 { 0xE5 } else { a };
    let mut text = String::new();
    push(&mut text, &[first, b, c, d, e, f, g, h], case & LOWER_NAME != 0);
    let end = text.len();
    text.push('.');
    push(&mut text, &extension, case & LOWER_EXTENSION != 0);
    if text.len() == end.saturating_add(1) {
        text.truncate(end);
    }
    text
}

fn push(text: &mut String, bytes: &[u8], lower: bool) {
    for &byte in bytes.trim_ascii_end() {
        let character = byte
            .checked_sub(0x80)
            .and_then(|upper_half| CODE_PAGE.chars().nth(upper_half.into()))
            .unwrap_or_else(|| byte.into());
        if lower {
            text.extend(character.to_lowercase());
        } else {
            text.push(character);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Structure;

    fn bytes(name: &[u8; 11], attributes: u8, case: u8) -> Vec<u8> {
        let mut bytes = name.to_vec();
        bytes.extend([attributes, case]);
        bytes.resize(LEN, 0);
        bytes[20..22].copy_from_slice(&[2, 1]);
        bytes[26..32].copy_from_slice(&[4, 3, 0x78, 0x56, 0x34, 0x12]);
        bytes
    }

    fn read(bytes: &[u8], fat: FatKind) -> Result<Entry, Error> {
        parse(&Fields::new(bytes, Structure::DirectoryEntry, DeviceOffset(64)), DeviceOffset(64), fat, |_| None)
    }

    fn kind_of(name: &[u8; 11], attributes: u8) -> ShortKind {
        kind(&Fields::new(&bytes(name, attributes, 0), Structure::DirectoryEntry, DeviceOffset(0))).unwrap()
    }

    #[test]
    fn kinds() {
        assert_eq!(kind_of(b"\0OFTWARE   ", 0x20), ShortKind::End);
        assert_eq!(kind_of(b"\xE5OFTWARE   ", 0x20), ShortKind::Deleted);
        assert_eq!(kind_of(b"BACKUPS    ", 0x08), ShortKind::LeftOut);
        assert_eq!(kind_of(b"AS\0o\0f\0t\0w\0", 0x0F), ShortKind::LongNamePart);
        assert_eq!(kind_of(b".          ", 0x10), ShortKind::LeftOut);
        assert_eq!(kind_of(b"..         ", 0x10), ShortKind::LeftOut);
        assert_eq!(kind_of(b"SOFTWARE   ", 0x3F), ShortKind::LeftOut);
        assert_eq!(kind_of(b"SOFTWARE   ", 0x10), ShortKind::File);
    }

    #[test]
    fn names_with_their_case() {
        let name = |name, case| read(&bytes(name, 0x20, case), FatKind::Fat16).unwrap().name;
        assert_eq!(name(b"SOFTWARE   ", 0), "SOFTWARE");
        assert_eq!(name(b"SOFTWARE   ", 0x18), "software");
        assert_eq!(name(b"NTUSER  DAT", 0x08), "ntuser.DAT");
        assert_eq!(name(b"NTUSER  DAT", 0x10), "NTUSER.dat");
        assert_eq!(name(b"A B     C  ", 0), "A B.C");
        assert_eq!(name(b"\x9ABER\x80      ", 0), "ÜBERÇ");
        assert_eq!(name(b"\x9ABER       ", 0x08), "über");
        assert_eq!(name(b"\x05A         ", 0), "σA");
        assert_eq!(CODE_PAGE.chars().count(), 128);
    }

    #[test]
    fn numbers() {
        let entry = read(&bytes(b"SOFTWARE   ", 0x20, 0), FatKind::Fat32).unwrap();
        assert_eq!((entry.place, entry.size), (Place::Chain(Cluster(0x0102_0304)), 0x1234_5678));
        assert!(!entry.is_directory);
        let entry = read(&bytes(b"SOFTWARE   ", 0x30, 0), FatKind::Fat16).unwrap();
        assert_eq!((entry.place, entry.size), (Place::Chain(Cluster(0x0304)), 0));
        assert!(entry.is_directory);
    }

    #[test]
    fn what_is_no_entry() {
        for (name, attributes) in [
            (b"SOFT\0ARE   ", 0x20),
            (b" OFTWARE   ", 0x20),
            (b"\x06OFTWARE   ", 0x20),
            (b"SOFTWARE   ", 0x40),
            (b"SOFTWARE   ", 0x80),
        ] {
            let error = read(&bytes(name, attributes, 0), FatKind::Fat16).unwrap_err();
            assert!(matches!(error, Error::Field { offset: DeviceOffset(64), .. }));
        }
        assert!(read(&bytes(b"\x05OFTWARE   ", 0x20, 0), FatKind::Fat16).is_ok());
        assert!(read(&bytes(b"SOFTWARE   ", 0x20, 0)[..31], FatKind::Fat16).is_err());
    }
}
