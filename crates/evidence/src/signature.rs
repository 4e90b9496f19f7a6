//! What a file is, told by its first (or last) bytes: only to name it, not to open it.
//!
//! | offset | bytes | what | source |
//! |---|---|---|---|
//! | 0 | `regf` | registry hive; file type (u32) at 28: 0 hive, 1, 2, 6 transaction log | msuhanov/regf, "Base block" |
//! | 0 | `CREG` | Windows 95/98/ME registry | libcreg, "Windows 9x/Me Registry File format" |
//! | 0 | `vhdxfile` | VHDX | MS-VHDX 2.2.1 |
//! | 0, or 512 from the end | `conectix` | VHD: dynamic, fixed | Virtual Hard Disk Image Format Specification |
//! | 0 | `KDMV`, `COWD`, `# Disk DescriptorFile` | VMDK | Virtual Disk Format 5.0 |
//! | 0 | `QFI` FB | QCOW | QEMU docs/interop/qcow2.txt |
//! | 64 | 7F 10 DA BE | VDI | VirtualBox VDICore.h |
//! | 0 | `EVF` 09 0D 0A FF 00, `EVF2` 0D 0A 81 00 | EnCase E01, Ex01 | libewf documentation |
//! | 0 | `MSWIM` 00 00 00 | WIM, ESD, SWM | Windows Imaging File Format |
//! | 0 | `partclone-image`, `\0ntfsclone-image` | clones | partclone, ntfs-3g sources |
//! | 0 | `WithoutFreeSpace`, `WithouFreSpacExt` | Parallels | QEMU block/parallels.c |
//! | 3 | `NTFS    `, `-FVE-FS-` | NTFS, BitLocker volume | MS-FSA; libbde documentation |
//! | 512 or 4096 | `EFI PART` | GPT disk | UEFI 5.3 |
//! | 0 | `QED\0` | QED | QEMU docs/interop/qed_spec.rst |
//! | 0, 22 from the end | `PK` 07 08, `PK` 05 06 with a disk number | the first and the last piece of a split zip | APPNOTE 8.5 |
//! | 510 | 55 AA, and four plausible partition entries from 446 | MBR disk | UEFI 5.2 |

use std::fmt;

use crate::source::SourceKind;
use hivekey_read_at::{ReadAt, ReadError};

/// How many first bytes are enough for everything but what stands at the end.
const HEAD_BYTES: usize = 4608;
/// How many first bytes tell a hive or an image in a folder that is searched.
pub(crate) const PROBE_BYTES: usize = 512;

/// What the content of a file looks like that is not read as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LooksLike {
    /// No bytes at all.
    Empty,
    /// Zero bytes as far as was looked.
    Zeros,
    /// A registry file of Windows 95, 98 or ME.
    Windows9x,
    /// A transaction log of a hive.
    TransactionLog,
    /// A disk image or archive of a format that is not opened yet.
    Container {
        /// Its kind.
        kind: SourceKind,
        /// Its name, with the article, for example `a VHDX disk image`.
        name: &'static str,
    },
    /// Something that may lead to an installation, but is not read: something else is to be given in its place.
    Instead {
        /// Its name with the article, for example `a QED disk image`.
        name: &'static str,
        /// What to do.
        advice: &'static str,
        /// Whether it is a disk image of its own; else it is a part of something.
        is_image: bool,
    },
    /// A later piece of a split file, by its name: it ends in this number, which has so many digits.
    LaterPiece {
        /// The number.
        number: u32,
        /// Its digits.
        digits: usize,
    },
    /// Something well known that holds no Windows installation.
    Known {
        /// Its name with the article, for example `an ELF program`.
        name: &'static str,
    },
    /// Text that `regedit` exported.
    RegistryExport,
    /// Some other text.
    Text,
    /// None of the above.
    Unknown,
}

impl LooksLike {
    /// A stable short name for machines, in kebab-case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty-file",
            Self::Windows9x => "windows-9x-registry",
            Self::TransactionLog => "transaction-log",
            Self::Container { .. } | Self::Instead { is_image: true, .. } => "unsupported-format",
            Self::Instead { is_image: false, .. } | Self::LaterPiece { .. } => "image-part-missing",
            Self::RegistryExport => "registry-export",
            Self::Zeros | Self::Known { .. } | Self::Text | Self::Unknown => "not-recognised",
        }
    }
}

impl fmt::Display for LooksLike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the file is empty"),
            Self::Zeros => {
                f.write_str("the file begins with zero bytes only, where a hive or a disk image would begin")
            }
            Self::Windows9x => {
                f.write_str("a registry file of Windows 95, 98 or ME (CREG), not a hive of Windows NT or later")
            }
            Self::TransactionLog => {
                f.write_str("a transaction log of a registry hive; give the hive that lies beside it")
            }
            Self::Container { name, .. } => {
                write!(f, "recognised as {name}, which is not supported yet")
            }
            Self::Instead { name, advice, .. } => write!(f, "{name}, which is not read: {advice}"),
            Self::LaterPiece { number, digits } => write!(
                f,
                "a later piece of a split image ({number:0digits$}): give its first piece, the file that ends in .{:0digits$} or .{:0digits$}",
                1, 0
            ),
            Self::Known { name } => write!(f, "{name}, not a registry hive or a disk image"),
            Self::RegistryExport => f.write_str("a registry export (.reg text), not a registry hive"),
            Self::Text => f.write_str("a text file, not a registry hive or a disk image"),
            Self::Unknown => f.write_str("neither a registry hive nor a known disk image or archive"),
        }
    }
}

/// Where a signature stands.
enum At {
    /// This many bytes from the start.
    Start(usize),
    /// This many bytes before the end.
    End(u64),
}

/// One row: bytes at a place, and what they mean. The first row that fits decides.
struct Signature {
    at: At,
    bytes: &'static [u8],
    means: LooksLike,
}

const fn container(at: At, bytes: &'static [u8], kind: SourceKind, name: &'static str) -> Signature {
    Signature { at, bytes, means: LooksLike::Container { kind, name } }
}

const fn known(bytes: &'static [u8], name: &'static str) -> Signature {
    Signature { at: At::Start(0), bytes, means: LooksLike::Known { name } }
}

const fn instead(bytes: &'static [u8], name: &'static str, advice: &'static str, is_image: bool) -> Signature {
    Signature { at: At::Start(0), bytes, means: LooksLike::Instead { name, advice, is_image } }
}

const SPLIT_ZIP: &str = "a piece of a split zip archive";
const JOIN_ZIP: &str = "join its pieces with zip -s 0 FILE.zip --out WHOLE.zip";
const NTFS: &str = "an NTFS volume";
const VMDK: &str = "a VMDK disk image";
const EWF: &str = "an EnCase (E01) disk image";

/// In this order, since a disk inside a VHD has the signs of a disk too.
static SIGNATURES: &[Signature] = {
    use At::{End, Start};
    &[
        Signature { at: Start(0), bytes: b"CREG", means: LooksLike::Windows9x },
        container(Start(0), b"vhdxfile", SourceKind::Vhdx, "a VHDX disk image"),
        container(Start(0), b"conectix", SourceKind::Vhd, "a VHD disk image"),
        container(End(512), b"conectix", SourceKind::Vhd, "a VHD disk image"),
        container(Start(0), b"KDMV", SourceKind::Vmdk, VMDK),
        container(Start(0), b"COWD", SourceKind::Vmdk, VMDK),
        container(Start(0), b"# Disk DescriptorFile", SourceKind::Vmdk, VMDK),
        container(Start(0), b"QFI\xfb", SourceKind::Qcow2, "a QCOW2 disk image"),
        container(Start(64), b"\x7f\x10\xda\xbe", SourceKind::Vdi, "a VDI disk image"),
        container(Start(0), b"EVF\t\r\n\xff\0\x01\x01\0", SourceKind::Ewf, EWF),
        instead(
            b"EVF\t\r\n\xff\0",
            "a later segment of an EnCase (E01) disk image",
            "give its first segment (.E01)",
            false,
        ),
        instead(b"QED\0", "a QED disk image", "make a raw image of it with qemu-img convert -O raw", true),
        instead(b"PK\x07\x08", SPLIT_ZIP, JOIN_ZIP, false),
        container(Start(0), b"EVF2\r\n\x81\0", SourceKind::Ewf, "an EnCase 7 (Ex01) disk image"),
        container(Start(0), b"MSWIM\0\0\0", SourceKind::Wim, "a WIM image"),
        container(Start(0), b"partclone-image", SourceKind::Partclone, "a partclone image"),
        container(Start(0), b"\0ntfsclone-image", SourceKind::Ntfsclone, "an ntfsclone image"),
        container(Start(0), b"WithoutFreeSpace", SourceKind::Parallels, "a Parallels disk image"),
        container(Start(0), b"WithouFreSpacExt", SourceKind::Parallels, "a Parallels disk image"),
        container(Start(3), b"NTFS    ", SourceKind::Raw, NTFS),
        container(Start(3), b"-FVE-FS-", SourceKind::Raw, "a BitLocker volume"),
        container(Start(512), b"EFI PART", SourceKind::Raw, "a raw disk image (GPT)"),
        container(Start(4096), b"EFI PART", SourceKind::Raw, "a raw disk image (GPT)"),
        container(Start(0), b"PK\x03\x04", SourceKind::Zip, "a zip archive"),
        container(Start(0), b"PK\x05\x06", SourceKind::Zip, "a zip archive"),
        container(Start(257), b"ustar", SourceKind::Tar, "a tar archive"),
        container(Start(0), b"\x1f\x8b", SourceKind::Tar, "a gzip archive"),
        container(Start(0), b"\x28\xb5\x2f\xfd", SourceKind::Tar, "a Zstandard archive"),
        container(Start(0), b"\xfd7zXZ\0", SourceKind::Tar, "an xz archive"),
        container(Start(0), b"BZh", SourceKind::Tar, "a bzip2 archive"),
        container(Start(0), b"7z\xbc\xaf\x27\x1c", SourceKind::SevenZip, "a 7z archive"),
        known(b"Rar!\x1a\x07", "a RAR archive"),
        known(b"MSCF", "a cabinet file"),
        known(b"\x7fELF", "an ELF program"),
        known(b"MZ", "a Windows program"),
        known(b"%PDF", "a PDF document"),
        known(b"SQLite format 3\0", "an SQLite database"),
        known(b"ElfFile\0", "a Windows event log"),
        known(b"hibr", "a hibernation file"),
        known(b"HIBR", "a hibernation file"),
        known(b"\x89PNG", "a PNG picture"),
        known(b"\xff\xd8\xff", "a JPEG picture"),
    ]
};

/// Names what a file looks like.
///
/// # Errors
///
/// If its bytes cannot be read.
pub fn identify(reader: &dyn ReadAt) -> Result<LooksLike, ReadError> {
    let mut buf = [0u8; HEAD_BYTES];
    let read = reader.read_available(0, &mut buf)?;
    let head = buf.get(..read).unwrap_or_default();
    if head.is_empty() {
        return Ok(LooksLike::Empty);
    }
    if is_transaction_log(head) {
        return Ok(LooksLike::TransactionLog);
    }
    for signature in SIGNATURES {
        if fits(signature, head, reader)? {
            return Ok(signature.means);
        }
    }
    Ok(if is_partitioned(head) {
        LooksLike::Container { kind: SourceKind::Raw, name: "a raw disk image (MBR)" }
    } else if is_last_of_split_zip(reader)? {
        LooksLike::Instead { name: SPLIT_ZIP, advice: JOIN_ZIP, is_image: false }
    } else if head.iter().all(|&byte| byte == 0) {
        LooksLike::Zeros
    } else {
        text_kind(head).unwrap_or(LooksLike::Unknown)
    })
}

/// As [`identify`], of a file of this name: what its bytes do not tell may be a later piece of something.
///
/// # Errors
///
/// If its bytes cannot be read.
pub(crate) fn identify_file(name: &str, reader: &dyn ReadAt) -> Result<LooksLike, ReadError> {
    let number = name.rsplit_once('.').filter(|_| hivekey_images::is_later_piece(name)).map(|(_, number)| number);
    let piece = number.and_then(|text| Some(LooksLike::LaterPiece { number: text.parse().ok()?, digits: text.len() }));
    Ok(match (identify(reader)?, piece) {
        (LooksLike::Zeros | LooksLike::Unknown, Some(piece)) => piece,
        (found, _) => found,
    })
}

/// Whether the file ends as a zip archive that lies on several disks does.
fn is_last_of_split_zip(reader: &dyn ReadAt) -> Result<bool, ReadError> {
    let mut end = [0u8; 22];
    let Some(at) = reader.len().checked_sub(22) else { return Ok(false) };
    let read = reader.read_available(at, &mut end)?;
    let [b'P', b'K', 5, 6, low, high, ..] = end else { return Ok(false) };
    Ok(read == 22 && !matches!(u16::from_le_bytes([low, high]), 0 | u16::MAX))
}

/// The name of the disk image that a file in a folder seems to be, if any. Archives are left out: there are too
/// many of them that hold anything but a backup.
pub(crate) fn image_name(looks_like: LooksLike) -> Option<&'static str> {
    match looks_like {
        LooksLike::Container { kind, name } => {
            (!matches!(kind, SourceKind::Zip | SourceKind::Tar | SourceKind::SevenZip)).then_some(name)
        }
        LooksLike::Instead { name, is_image: true, .. } => Some(name),
        _ => None,
    }
}

/// Whether the first [`PROBE_BYTES`] may be those of a disk image, so that a closer look is worth it.
pub(crate) fn may_be_image(head: &[u8]) -> bool {
    let by_signature = SIGNATURES.iter().any(|signature| {
        image_name(signature.means).is_some()
            && matches!(signature.at, At::Start(offset) if stands_at(head, offset, signature.bytes))
    });
    by_signature || is_partitioned(head)
}

/// Whether this is the base block of a hive or of its log.
pub(crate) fn is_regf(head: &[u8]) -> bool {
    head.starts_with(b"regf")
}

/// Whether this is the base block of a transaction log: file type 1 (XP to 8), 2 (2000) or 6 (8.1 and later).
pub(crate) fn is_transaction_log(head: &[u8]) -> bool {
    let file_type = head.get(28..32).and_then(|b| <[u8; 4]>::try_from(b).ok());
    is_regf(head) && file_type.is_some_and(|b| matches!(u32::from_le_bytes(b), 1 | 2 | 6))
}

fn fits(signature: &Signature, head: &[u8], reader: &dyn ReadAt) -> Result<bool, ReadError> {
    match signature.at {
        At::Start(offset) => Ok(stands_at(head, offset, signature.bytes)),
        At::End(distance) => {
            let Some(offset) = reader.len().checked_sub(distance) else {
                return Ok(false);
            };
            let mut found = [0u8; 32];
            let Some(found) = found.get_mut(..signature.bytes.len()) else {
                return Ok(false);
            };
            let read = reader.read_available(offset, found)?;
            Ok(read == signature.bytes.len() && found == signature.bytes)
        }
    }
}

fn stands_at(head: &[u8], offset: usize, bytes: &[u8]) -> bool {
    head.get(offset..).is_some_and(|rest| rest.starts_with(bytes))
}

/// A master boot record: its mark, each entry's status 0 or 0x80, and at least one entry with a type.
fn is_partitioned(head: &[u8]) -> bool {
    let marked = head.get(510..512) == Some(&[0x55, 0xaa]);
    let Some(table) = head.get(446..510).filter(|_| marked) else {
        return false;
    };
    let entries = table.chunks_exact(16);
    entries.clone().all(|entry| matches!(entry.first(), Some(0 | 0x80)))
        && entries.filter_map(|entry| entry.get(4)).any(|&kind| kind != 0)
}

/// Text in UTF-8 or UTF-16, as far as the first bytes tell.
fn text_kind(head: &[u8]) -> Option<LooksLike> {
    let text = if let Some(utf16) = head.strip_prefix(b"\xff\xfe") {
        let units = utf16.chunks_exact(2).filter_map(|pair| <[u8; 2]>::try_from(pair).ok()).map(u16::from_le_bytes);
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    } else {
        let bytes = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            // The last character may be cut off.
            Err(error) if error.error_len().is_none() => {
                let valid = bytes.get(..error.valid_up_to())?;
                std::str::from_utf8(valid).ok()?.to_owned()
            }
            Err(_) => return None,
        }
    };
    if text.contains("<Parallels_disk_image") {
        let advice = "give its folder, or the .hds file beside it";
        return Some(LooksLike::Instead { name: "the description of a Parallels disk image", advice, is_image: false });
    }
    if text.starts_with("Windows Registry Editor") || text.starts_with("REGEDIT4") {
        return Some(LooksLike::RegistryExport);
    }
    let is_text = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\u{c}');
    (!text.is_empty() && text.chars().all(is_text)).then_some(LooksLike::Text)
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
