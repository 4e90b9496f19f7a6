//! `$REPARSE_POINT`: what stands in the place of a file or directory.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | tag | 0xA0000003 mount point, 0xA000000C symbolic link, 0x80000017 overlay filter (WOF), … |
//! | 4 | 2 | length | of the data |
//! | 8 | … | data | |
//!
//! Data of a mount point or symbolic link:
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 2 + 2 | target | where its text lies behind the fields, its bytes |
//! | 4 | 2 + 2 | shown | the text that is shown |
//! | 8 | 4 | flags | symbolic link only: 1 = relative to where the link is |
//!
//! Data of the overlay filter: 4 numbers of 4 bytes: version 1, provider (1 a WIM file, 2 the file itself), version 1,
//! algorithm (0 XPRESS 4 KiB, 1 LZX, 2 XPRESS 8 KiB, 3 XPRESS 16 KiB).
//!
//! Source: [MS-FSCC] 2.1.2; Microsoft, "WOF_EXTERNAL_INFO", "FILE_PROVIDER_EXTERNAL_INFO_V1".

use hivekey_read_at::wide;

use crate::error::{Error, Structure};
use crate::offset::DeviceOffset;
use crate::read::{Fields, utf16_text};
use hivekey_compression::LZX_CHUNK_LEN;

const MOUNT_POINT: u32 = 0xA000_0003;
const SYMLINK: u32 = 0xA000_000C;
const WOF: u32 = 0x8000_0017;
/// Tags with this bit stand for another file or directory.
const NAME_SURROGATE: u32 = 0x2000_0000;

/// What a reparse point says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reparse {
    /// A directory stands elsewhere: a junction, or a volume that was mounted here.
    MountPoint(LinkTarget),
    /// A file or directory stands elsewhere.
    Symlink(LinkTarget),
    /// The content is packed by the Windows overlay filter; [`File::open`](crate::File::open) unpacks it.
    Wof(WofAlgorithm),
    /// Another kind: deduplicated, in the cloud, …
    Other {
        /// The tag that names the kind.
        tag: u32,
    },
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkTarget {
    /// The target as Windows follows it, such as `\??\C:\Users`.
    pub target: String,
    /// The target as it is shown, such as `C:\Users`.
    pub shown: String,
    /// Whether it counts from where the link is.
    pub relative: bool,
}

/// How the overlay filter packed a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WofAlgorithm {
    /// XPRESS in chunks of 4 KiB.
    Xpress4K,
    /// LZX in chunks of 32 KiB.
    Lzx,
    /// XPRESS in chunks of 8 KiB.
    Xpress8K,
    /// XPRESS in chunks of 16 KiB.
    Xpress16K,
}

impl WofAlgorithm {
    /// Bytes of an unpacked chunk.
    pub(super) fn chunk_len(self) -> u64 {
        match self {
            Self::Xpress4K => 4 << 10,
            Self::Xpress8K => 8 << 10,
            Self::Xpress16K => 16 << 10,
            Self::Lzx => wide(LZX_CHUNK_LEN),
        }
    }
}

/// Whether a tag stands for another file or directory, which a path then goes on from.
pub(super) const fn is_link(tag: u32) -> bool {
    tag & NAME_SURROGATE != 0
}

impl Reparse {
    pub(super) fn parse(fields: &Fields<'_>) -> Result<Self, Error> {
        let tag = fields.u32(0)?;
        let len = usize::from(fields.u16(4)?);
        Self::of(tag, &fields.within(8, len, Structure::ReparsePoint)?)
    }

    /// What a reparse point says whose tag and data are kept apart, as in WIM images. Offsets in errors count from the data.
    ///
    /// # Errors
    ///
    /// If the data are too short, or their algorithm is not known.
    pub fn from_data(tag: u32, data: &[u8]) -> Result<Self, Error> {
        Self::of(tag, &Fields::new(data, Structure::ReparsePoint, DeviceOffset(0)))
    }

    fn of(tag: u32, data: &Fields<'_>) -> Result<Self, Error> {
        match tag {
            MOUNT_POINT => Ok(Self::MountPoint(link(data, 8, false)?)),
            SYMLINK => Ok(Self::Symlink(link(data, 12, data.u32(8)? & 1 != 0)?)),
            WOF => match (data.u32(4)?, data.u32(8)?, data.u32(12)?) {
                (2, 1, 0) => Ok(Self::Wof(WofAlgorithm::Xpress4K)),
                (2, 1, 1) => Ok(Self::Wof(WofAlgorithm::Lzx)),
                (2, 1, 2) => Ok(Self::Wof(WofAlgorithm::Xpress8K)),
                (2, 1, 3) => Ok(Self::Wof(WofAlgorithm::Xpress16K)),
                (1, ..) => Err(Error::Unsupported {
                    structure: Structure::ReparsePoint,
                    offset: data.offset(),
                    what: "content in a WIM file",
                }),
                _ => Err(data.wrong("algorithm", data.u32(12)?, "0 to 3 of the file provider")),
            },
            tag => Ok(Self::Other { tag }),
        }
    }
}

fn link(data: &Fields<'_>, texts: usize, relative: bool) -> Result<LinkTarget, Error> {
    let text = |at: usize| -> Result<String, Error> {
        let start = usize::from(data.u16(at)?).saturating_add(texts);
        let len = usize::from(data.u16(at.saturating_add(2))?);
        Ok(utf16_text(data.slice(start, len)?))
    };
    Ok(LinkTarget { target: text(0)?, shown: text(4)?, relative })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(tag: u32, data: &[u8]) -> Result<Reparse, Error> {
        let mut bytes = tag.to_le_bytes().to_vec();
        bytes.extend(u16::try_from(data.len()).unwrap().to_le_bytes());
        bytes.extend([0, 0]);
        bytes.extend(data);
        Reparse::parse(&Fields::new(&bytes, Structure::ReparsePoint, DeviceOffset(0)))
    }

    #[test]
    fn links() {
        let texts = b"C\0:\0\\\0x\0";
        let mut data = vec![0, 0, 8, 0, 0, 0, 4, 0];
        data.extend(texts);
        assert_eq!(
            parse(MOUNT_POINT, &data).unwrap(),
            Reparse::MountPoint(LinkTarget { target: "C:\\x".into(), shown: "C:".into(), relative: false })
        );
        let mut data = vec![6, 0, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0];
        data.extend(texts);
        assert_eq!(
            parse(SYMLINK, &data).unwrap(),
            Reparse::Symlink(LinkTarget { target: "x".into(), shown: String::new(), relative: true })
        );
        for (start, len) in [(0u16, 9u16), (9, 0), (0xFFFF, 0xFFFF)] {
            data[..2].copy_from_slice(&start.to_le_bytes());
            data[2..4].copy_from_slice(&len.to_le_bytes());
            assert!(parse(SYMLINK, &data).is_err());
        }
        assert!(parse(MOUNT_POINT, &[]).is_err());
        assert!(matches!(Reparse::from_data(MOUNT_POINT, &[0; 8]), Ok(Reparse::MountPoint(_))));
    }

    #[test]
    fn overlay_filter_and_others() {
        let wof = |numbers: [u32; 4]| {
            let data: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
            parse(WOF, &data)
        };
        assert_eq!(wof([1, 2, 1, 1]).unwrap(), Reparse::Wof(WofAlgorithm::Lzx));
        assert!(wof([1, 2, 1, 4]).is_err());
        assert!(matches!(wof([1, 1, 1, 0]), Err(Error::Unsupported { .. })));
        assert_eq!(parse(0x9000_001A, &[]).unwrap(), Reparse::Other { tag: 0x9000_001A });
        assert!(is_link(MOUNT_POINT) && is_link(SYMLINK) && !is_link(WOF) && !is_link(0x9000_101A));
    }
}
