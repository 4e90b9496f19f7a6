//! The text that describes a VMDK: a file of its own, or a part of a sparse extent.
//!
//! | line | meaning |
//! |---|---|
//! | `CID=1a2b3c4d` | content id, changed with each session that writes |
//! | `parentCID=ffffffff` | the parent's content id when the child was made; `ffffffff`: no parent |
//! | `parentFileNameHint="base.vmdk"` | where the parent is |
//! | `createType="…"` | how the disk was made |
//! | `RW 4192256 SPARSE "disk-s001.vmdk"` | an extent: access, sectors, type, file, and for flat ones the first sector in it |
//! | `encryption.keySafe = "…"` | the disk is encrypted |
//!
//! | extent type | read as |
//! |---|---|
//! | `FLAT`, `VMFS`, `VMFSRDM`, `VMFSRAW` | the file's bytes |
//! | `SPARSE` | [`super::sparse_header`] |
//! | `VMFSSPARSE` | [`super::cowd_header`] |
//! | `ZERO` | zeros |
//! | `SESPARSE` | not supported |
//!
//! Source: VMware, "Virtual Disk Format 5.0" (2011), "The Descriptor File"; names of extent types of ESX as QEMU reads them.

use hivekey_read_at::wide;

use crate::error::{Error, Structure};
use crate::kind::Kind;
use crate::limits::{LimitName, Limits};
use crate::offset::FileOffset;

/// `parentCID` of a disk without parent.
const NO_PARENT: u32 = 0xFFFF_FFFF;

/// What is used of a descriptor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Descriptor {
    pub(super) content_id: Option<u32>,
    /// The parent's content id and the names under which it is to be found.
    pub(super) parent: Option<(u32, Vec<String>)>,
    pub(super) extents: Vec<ExtentLine>,
}

/// A line that describes an extent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ExtentLine {
    pub(super) sectors: u64,
    pub(super) kind: ExtentKind,
    pub(super) file: String,
    /// Sector of the file where a flat extent begins.
    pub(super) first_sector: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExtentKind {
    Flat,
    Sparse,
    Cowd,
    Zero,
}

/// Reads the descriptor in `bytes`, which ends at the first NUL.
pub(super) fn parse(bytes: &[u8], offset: FileOffset, limits: &Limits) -> Result<Descriptor, Error> {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = text_of(text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text));
    let (mut content_id, mut parent_id, mut hint) = (None, None, None);
    let mut extents = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(extent) = extent(line, offset)? {
            extents.push(extent);
            let count = wide(extents.len());
            Error::check_limit(LimitName::Segments, count, wide(limits.segments))?;
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let value = value.trim().trim_matches('"');
        match key.trim().to_ascii_lowercase().as_str() {
            "cid" => content_id = u32::from_str_radix(value, 16).ok(),
            "parentcid" => parent_id = u32::from_str_radix(value, 16).ok(),
            "parentfilenamehint" => hint = Some(value.to_owned()),
            "encryption.keysafe" => {
                return Err(Error::unsupported(Kind::Vmdk, "encryption"));
            }
            _ => {}
        }
    }
    let parent = match (parent_id, hint) {
        (Some(id), hint) if id != NO_PARENT => Some((id, hint.into_iter().collect())),
        _ => None,
    };
    Ok(Descriptor { content_id, parent, extents })
}

/// A descriptor names its encoding, but it is enough to tell UTF-8 from the rest: the names of files that others than
/// Latin ones write in an 8-bit encoding cannot be found by any rule.
fn text_of(bytes: &[u8]) -> String {
    match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// The extent that a line describes, if it describes one.
fn extent(line: &str, offset: FileOffset) -> Result<Option<ExtentLine>, Error> {
    let mut words = line.split_ascii_whitespace();
    if !matches!(words.next(), Some("RW" | "RDONLY" | "NOACCESS")) {
        return Ok(None);
    }
    let structure = Structure::VmdkDescriptor;
    let wrong = |field, actual: Option<&str>, expected| {
        let actual = actual.unwrap_or_default().to_owned();
        Error::Text { structure, offset, field, actual, expected }
    };
    let size = words.next();
    let sectors = size.and_then(|word| word.parse().ok()).ok_or_else(|| wrong("extent size", size, "sectors"))?;
    let kind = match words.next() {
        Some("FLAT" | "VMFS" | "VMFSRDM" | "VMFSRAW") => ExtentKind::Flat,
        Some("SPARSE") => ExtentKind::Sparse,
        Some("VMFSSPARSE") => ExtentKind::Cowd,
        Some("ZERO") => ExtentKind::Zero,
        Some("SESPARSE") => return Err(Error::unsupported(Kind::Vmdk, "an extent of type SESPARSE")),
        other => return Err(wrong("extent type", other, "a known type of extent")),
    };
    // The file's name is in quotes, and may hold blanks.
    let mut quoted = line.splitn(3, '"').skip(1);
    let file = quoted.next().unwrap_or_default().to_owned();
    if file.is_empty() && kind != ExtentKind::Zero {
        return Err(wrong("extent file", Some(line), "a name in quotes"));
    }
    let after = quoted.next().unwrap_or_default().split_ascii_whitespace().next();
    let first_sector = match after {
        Some(word) => word.parse().map_err(|_| wrong("extent offset", after, "a sector"))?,
        None => 0,
    };
    Ok(Some(ExtentLine { sectors, kind, file, first_sector }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Descriptor, Error> {
        parse(text.as_bytes(), FileOffset(0), &Limits::DEFAULT)
    }

    #[test]
    fn a_delta_of_two_extents() {
        let text = "# Disk DescriptorFile\r\nversion=1\r\nCID=9be9b3e6\r\nparentCID=0000000a\r\n\
            parentFileNameHint=\"C:\\VMs\\base disk.vmdk\"\r\nRW 4192256 SPARSE \"a b-s001.vmdk\"\r\nRW 10 FLAT \"x\" 7\r\n\
            RDONLY 5 ZERO\r\nddb.adapterType = \"ide\"\r\n\0junk";
        let descriptor = parsed(text).unwrap();
        assert_eq!(descriptor.content_id, Some(0x9be9_b3e6));
        assert_eq!(descriptor.parent, Some((10, vec!["C:\\VMs\\base disk.vmdk".to_owned()])));
        let line =
            |sectors, kind, file: &str, first_sector| ExtentLine { sectors, kind, file: file.to_owned(), first_sector };
        assert_eq!(
            descriptor.extents,
            [
                line(4_192_256, ExtentKind::Sparse, "a b-s001.vmdk", 0),
                line(10, ExtentKind::Flat, "x", 7),
                line(5, ExtentKind::Zero, "", 0)
            ]
        );
    }

    #[test]
    fn wrong_lines_are_named() {
        for (text, word) in [
            ("RW x SPARSE \"a\"", "extent size"),
            ("RW", "extent size"),
            ("RW 1 ODD \"a\"", "extent type"),
            ("RW 1 FLAT", "extent file"),
            ("RW 1 FLAT \"a\" -1", "extent offset"),
            ("RW 1 SESPARSE \"a\"", "SESPARSE"),
            ("encryption.keySafe = \"vmware:key\"", "encryption"),
        ] {
            assert!(parsed(text).unwrap_err().to_string().contains(word), "{text}");
        }
        assert_eq!(parsed("").unwrap(), Descriptor { content_id: None, parent: None, extents: vec![] });
    }

    #[test]
    fn names_that_are_not_utf8() {
        let descriptor = parse(b"RW 1 FLAT \"\xFCber.vmdk\"", FileOffset(0), &Limits::DEFAULT).unwrap();
        assert_eq!(descriptor.extents[0].file, "über.vmdk");
    }
}
