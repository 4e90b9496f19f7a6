//! Where a differencing VHD says that its parent is: eight entries of 24 bytes in the dynamic header, each with a name
//! elsewhere in the file.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | platform code | `W2ru` relative path, `W2ku` absolute path (both UTF-16, little-endian), `MacX` file URL (UTF-8), 0 none; `Wi2r`, `Wi2k`, `Mac ` are obsolete |
//! | 4 | 4 | platform data space | bytes (or sectors, in old files) set aside |
//! | 8 | 4 | platform data length | bytes of the name |
//! | 16 | 8 | platform data offset | where the name lies in the file |
//!
//! All numbers are big-endian. Source: the specification named in the parent module, "Parent Locator Entry".

use hivekey_read_at::{ReadAt, narrow};

use super::dynamic_header::DynamicHeader;
use crate::error::{Error, Structure};
use crate::offset::FileOffset;
use crate::read::{Fields, read_vec, utf16_le};

/// Bytes of an entry.
const ENTRY: usize = 24;

/// Bytes of the longest name that is read: the longest path of Windows, in UTF-16.
const MAX_NAME: u32 = 65_536;

/// The names under which the parent is to be found: the relative path first, the bare name in the header last.
pub(super) fn names(file: &dyn ReadAt, header: &DynamicHeader) -> Result<Vec<String>, Error> {
    let structure = Structure::VhdParentLocator;
    let mut found: Vec<(u8, String)> = Vec::new();
    for entry in header.locators.chunks_exact(ENTRY) {
        let fields = Fields::new(entry, structure, FileOffset(0));
        let rank = match &fields.array::<4>(0)? {
            b"W2ru" => 0,
            b"W2ku" => 1,
            b"MacX" => 2,
            _ => continue,
        };
        let (length, offset) = (fields.u32_be(8)?, FileOffset(fields.u64_be(16)?));
        // A locator that cannot be read leaves the others, and the name in the header.
        let Ok(bytes) = read_vec(file, structure, offset, narrow(u64::from(length.min(MAX_NAME)))) else { continue };
        let name = if rank == 2 { String::from_utf8_lossy(&bytes).into_owned() } else { utf16_le(&bytes) };
        found.push((rank, name));
    }
    found.push((3, header.parent_name.clone()));
    found.sort_by_key(|(rank, _)| *rank);
    Ok(found.into_iter().map(|(_, name)| name).filter(|name| !name.is_empty()).collect())
}
