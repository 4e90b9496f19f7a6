//! The header of a part: 208 bytes at its start.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 8 | signature | `MSWIM\0\0\0`; `WLPWM\0\0\0` for pipable images |
//! | 8 | 4 | header size | 208 |
//! | 12 | 4 | version | 0x10D00; 0xE00 with solid resources |
//! | 16 | 4 | flags | 0x40 being written; 0x20000 XPRESS, 0x40000 LZX, 0x80000 LZMS |
//! | 20 | 4 | chunk size | bytes of an unpacked chunk |
//! | 24 | 16 | GUID | of the image; the same in all its parts |
//! | 40 | 2 + 2 | part | its number from 1, how many there are |
//! | 44 | 4 | images | |
//! | 48 | 24 | blob table | a resource header |
//! | 72 | 24 | XML data | |
//! | 96 | 24 | boot metadata | |
//! | 120 | 4 | boot index | |
//! | 124 | 24 | integrity table | |
//!
//! Source: Microsoft, "Windows Imaging File Format (WIM)" (2012), "WIMHEADER_V1_PACKED"; wimlib for LZMS.

use hivekey_read_at::ReadAt;

use crate::chunks::Codec;
use crate::error::{Error, FileOffset, Structure};
use crate::fields::{Fields, read_vec};
use crate::resource_header::ResourceHeader;

/// What every WIM starts with.
pub const SIGNATURE: &[u8; 8] = b"MSWIM\0\0\0";
const PIPABLE: &[u8; 8] = b"WLPWM\0\0\0";
const HEADER_LEN: usize = 208;

const BEING_WRITTEN: u32 = 0x40;
const IS_PACKED: u32 = 0x2;
const XPRESS: u32 = 0x2_0000;
const LZX: u32 = 0x4_0000;
const LZMS: u32 = 0x8_0000;
const XPRESS_TOO: u32 = 0x20_0000;
/// Bytes of a chunk where the header does not say.
const USUAL_CHUNK: u32 = 32 << 10;

/// The header of a part.
#[derive(Clone, Debug)]
pub struct Header {
    pub(crate) codec: Codec,
    pub(crate) chunk_len: u32,
    pub(crate) guid: [u8; 16],
    /// The number of this part, from 1.
    pub part: u16,
    /// How many parts there are.
    pub parts: u16,
    /// How many images there are.
    pub images: u32,
    /// Whether whoever wrote the file did not finish.
    pub unfinished: bool,
    pub(crate) blob_table: ResourceHeader,
}

impl Header {
    /// Reads the header of a part.
    ///
    /// # Errors
    ///
    /// [`Error::Signature`] if the file is no WIM, and others for one that cannot be read.
    pub fn read(file: &dyn ReadAt) -> Result<Self, Error> {
        let mut signature = [0; 8];
        let read = file.read_available(0, &mut signature)?;
        if read == PIPABLE.len() && signature == *PIPABLE {
            return Err(Error::Unsupported(
                "a pipable WIM (make a plain one of it with wimlib-imagex optimize FILE --not-pipable)",
            ));
        }
        if read != SIGNATURE.len() || signature != *SIGNATURE {
            return Err(Error::Signature);
        }
        let bytes = read_vec(file, Structure::Header, FileOffset(0), HEADER_LEN)?;
        let fields = Fields::new(&bytes, Structure::Header, FileOffset(0));
        let size = fields.u32(8)?;
        if usize::try_from(size).ok() != Some(HEADER_LEN) {
            return Err(fields.wrong("header size", size, "0xd0"));
        }
        let flags = fields.u32(16)?;
        let codec = match flags & (XPRESS | LZX | LZMS | XPRESS_TOO) {
            _ if flags & IS_PACKED == 0 => Codec::Stored,
            XPRESS | XPRESS_TOO => Codec::Xpress,
            LZX => Codec::Lzx,
            LZMS => Codec::Lzms,
            _ => return Err(fields.wrong("flags", flags, "one compression")),
        };
        let chunk_len = match fields.u32(20)? {
            0 => USUAL_CHUNK,
            len => len,
        };
        let (part, parts) = (fields.u16(40)?, fields.u16(42)?);
        if part == 0 || part > parts {
            return Err(fields.wrong("part", part, "1 to the number of parts"));
        }
        Ok(Self {
            codec,
            chunk_len,
            guid: fields.array(24)?,
            part,
            parts,
            images: fields.u32(44)?,
            unfinished: flags & BEING_WRITTEN != 0,
            blob_table: ResourceHeader::parse(&fields, 48)?,
        })
    }
}

/// The name of another part of an image, by the name of one: `install.swm`, `install2.swm`, `install3.swm` … `None` if the name is none
/// of a part.
#[must_use]
pub fn part_name(name: &str, part: u16, other: u16) -> Option<String> {
    let (stem, ending) =
        name.rsplit_once('.').map_or((name, ""), |(stem, _)| (stem, name.get(stem.len()..).unwrap_or("")));
    let first = match part {
        1 => stem,
        part => stem.strip_suffix(&part.to_string())?,
    };
    let number = if other == 1 { String::new() } else { other.to_string() };
    Some(format!("{first}{number}{ending}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_parts() {
        assert_eq!(part_name("install.swm", 1, 2).unwrap(), "install2.swm");
        assert_eq!(part_name("install2.swm", 2, 1).unwrap(), "install.swm");
        assert_eq!(part_name("Win10.1.SWM", 1, 12).unwrap(), "Win10.112.SWM");
        assert_eq!(part_name("install", 1, 2).unwrap(), "install2");
        assert_eq!(part_name("renamed.swm", 2, 1), None);
    }

    fn header(change: impl FnOnce(&mut [u8])) -> Result<Header, Error> {
        let mut bytes = vec![0; 208];
        bytes[..8].copy_from_slice(SIGNATURE);
        bytes[8] = 208;
        bytes[40] = 1;
        bytes[42] = 1;
        change(&mut bytes);
        Header::read(&bytes)
    }

    #[test]
    fn fields_at_their_edges() {
        let usual = header(|_| {}).unwrap();
        assert_eq!((usual.part, usual.parts, usual.chunk_len, usual.codec), (1, 1, 32 << 10, Codec::Stored));
        assert!(matches!(header(|bytes| bytes[0] = 0), Err(Error::Signature)));
        assert!(matches!(header(|bytes| bytes[..8].copy_from_slice(b"WLPWM\0\0\0")), Err(Error::Unsupported(_))));
        for (at, value) in [(8, 0u32), (8, u32::MAX), (40, 0), (40, 2), (16, 0xE_0002), (16, 0x2)] {
            let error = header(|bytes| bytes[at..at + 4].copy_from_slice(&value.to_le_bytes())).unwrap_err();
            assert!(error.to_string().starts_with("WIM header at 0x0: "), "{error}");
        }
        assert!(matches!(Header::read(&SIGNATURE.to_vec()), Err(Error::Truncated { .. })));
        assert!(matches!(Header::read(&Vec::new()), Err(Error::Signature)));
    }
}
