//! The item of metadata in which a differencing VHDX (AVHDX) names its parent: keys and values in UTF-16, little-endian.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 16 | locator type | B04AEFB7-D19E-4A81-B789-25B8E9445913: the parent is a VHDX |
//! | 18 | 2 | key-value count | |
//! | 20 | n × 12 | entries | key offset (4), value offset (4), key length (2), value length (2); offsets from the start of the item |
//!
//! | key | value |
//! |---|---|
//! | `parent_linkage` | the parent's data write GUID, in braces |
//! | `parent_linkage2` | the one that it had while the two were being merged; optional |
//! | `relative_path` | from the child's folder |
//! | `volume_path` | with the volume's GUID |
//! | `absolute_win32_path` | with a drive letter |
//!
//! Source: \[MS-VHDX\] 2.6.2.6.

use crate::error::{Error, Structure};
use crate::identity::Identity;
use crate::kind::Kind;
use crate::map::{Nearby, ParentLink};
use crate::offset::FileOffset;
use crate::read::{Fields, utf16_le};

const VHDX_PARENT: [u8; 16] =
    [0xB7, 0xEF, 0x4A, 0xB0, 0x9E, 0xD1, 0x81, 0x4A, 0xB7, 0x89, 0x25, 0xB8, 0xE9, 0x44, 0x59, 0x13];

/// Keys of a locator. Five are known; each may be long, so many of them would cost much.
const MAX_ENTRIES: u16 = 64;

/// What the locator in `bytes`, which lies at `offset`, says of the parent.
pub(super) fn parse(bytes: &[u8], offset: FileOffset) -> Result<ParentLink, Error> {
    let structure = Structure::VhdxParentLocator;
    let fields = Fields::new(bytes, structure, offset);
    if fields.array(0)? != VHDX_PARENT {
        return Err(Error::unsupported(Kind::Vhdx, "a parent locator of another type"));
    }
    let mut linkages: Vec<Identity> = Vec::new();
    // Places for the relative path, the volume path and the absolute path, in the order in which they are tried.
    let mut paths: [Option<String>; 3] = [None, None, None];
    let [relative, volume, absolute] = &mut paths;
    let count = fields.u16(18)?;
    if count > MAX_ENTRIES {
        return Err(fields.wrong("key-value count", count, "at most 64"));
    }
    for index in 0..usize::from(count) {
        let at = index.saturating_mul(12).saturating_add(20);
        let text = |offset_at: usize, length_at: usize| {
            let start = usize::try_from(fields.u32(offset_at)?).unwrap_or(usize::MAX);
            fields.slice(start, usize::from(fields.u16(length_at)?)).map(utf16_le)
        };
        let key = text(at, at.saturating_add(8))?;
        let value = text(at.saturating_add(4), at.saturating_add(10))?;
        match key.as_str() {
            "parent_linkage" | "parent_linkage2" => {
                let no_guid = Identity::parse("00000000-0000-0000-0000-000000000000");
                linkages.extend(Identity::parse(&value).filter(|identity| Some(*identity) != no_guid));
            }
            "relative_path" => *relative = Some(value),
            "volume_path" => *volume = Some(value),
            "absolute_win32_path" => *absolute = Some(value),
            _ => {}
        }
    }
    if linkages.is_empty() {
        return Err(Error::Missing { structure, offset, item: "parent_linkage" });
    }
    let stated: Vec<String> = paths.into_iter().flatten().collect();
    if stated.is_empty() {
        return Err(Error::Missing { structure, offset, item: "path of the parent" });
    }
    let nearby = Some(Nearby { kind: Kind::Vhdx, endings: &[".vhdx", ".avhdx"] });
    Ok(ParentLink { stated, expected: linkages, revision: None, nearby, kind: Some(Kind::Vhdx) })
}
