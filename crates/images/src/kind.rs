//! Which kind of image a file is, by its first and last bytes.

use std::fmt;

use hivekey_read_at::{ReadAt, ReadError, narrow, wide};

use crate::read::{array, part};

/// A kind of image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The bytes of the disk themselves, in one file or split over several.
    Raw,
    /// Microsoft Virtual Hard Disk.
    Vhd,
    /// Microsoft Virtual Hard Disk, version 2.
    Vhdx,
    /// VMware.
    Vmdk,
    /// QEMU copy-on-write, version 2 and 3.
    Qcow2,
    /// VirtualBox.
    Vdi,
    /// Expert Witness Format: EnCase, FTK, SMART.
    Ewf,
    /// Version 2 of the Expert Witness Format (`.Ex01`), named but not read.
    Ewf2,
    /// Files in the Expert Witness Format (`.L01`, `.Lx01`), not a disk: named but not read.
    EwfLogical,
    /// partclone.
    Partclone,
    /// ntfsclone's special format.
    Ntfsclone,
    /// Parallels.
    Parallels,
}

impl Kind {
    /// The short name, as used in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Vhd => "vhd",
            Self::Vhdx => "vhdx",
            Self::Vmdk => "vmdk",
            Self::Qcow2 => "qcow2",
            Self::Vdi => "vdi",
            Self::Ewf => "ewf",
            Self::Ewf2 => "ewf2",
            Self::EwfLogical => "ewf-logical",
            Self::Partclone => "partclone",
            Self::Ntfsclone => "ntfsclone",
            Self::Parallels => "parallels",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Bytes of a file's head and of its tail that [`probe`] wants to see; a shorter file gives what it has.
pub const PROBE_BYTES: usize = 512;

/// Bytes that open a file of a kind, where they stand, and the kind.
const HEAD_SIGNATURES: &[(usize, &[u8], Kind)] = &[
    (0, b"vhdxfile", Kind::Vhdx),
    (0, b"conectix", Kind::Vhd),
    (0, b"QFI\xFB", Kind::Qcow2),
    (0, b"KDMV", Kind::Vmdk),
    (0, b"COWD", Kind::Vmdk),
    (0, &[0xBE, 0xBA, 0xFE, 0xCA, 0, 0, 0, 0], Kind::Vmdk),
    (0, b"# Disk DescriptorFile", Kind::Vmdk),
    (0, b"EVF\x09\x0D\x0A\xFF\x00", Kind::Ewf),
    (0, b"EVF2\x0D\x0A\x81\x00", Kind::Ewf2),
    (0, b"LVF\x09\x0D\x0A\xFF\x00", Kind::EwfLogical),
    (0, b"LEF2\x0D\x0A\x81\x00", Kind::EwfLogical),
    (0, b"partclone-image\0", Kind::Partclone),
    (0, b"\0ntfsclone-image", Kind::Ntfsclone),
    (0, b"WithoutFreeSpace", Kind::Parallels),
    (0, b"WithouFreSpacExt", Kind::Parallels),
    (0x40, &[0x7F, 0x10, 0xDA, 0xBE], Kind::Vdi),
];

/// The kind of an image, by the first and the last [`PROBE_BYTES`] of its file (`tail` ends where the file ends). `None`
/// says that it has no signature, as a raw image has none.
#[must_use]
pub fn probe(head: &[u8], tail: &[u8]) -> Option<Kind> {
    let by_head = HEAD_SIGNATURES
        .iter()
        .find(|(at, signature, _)| part(head, *at, <[u8]>::len(signature)) == Some(*signature))
        .map(|(_, _, kind)| *kind);
    by_head.or_else(|| descriptor(head).then_some(Kind::Vmdk)).or_else(|| vhd_tail(tail).then_some(Kind::Vhd))
}

/// [`probe`] on the head and the tail of `file`.
///
/// # Errors
///
/// What reading the file gives.
pub fn probe_file(file: &dyn ReadAt) -> Result<Option<Kind>, ReadError> {
    let len = file.len().min(wide(PROBE_BYTES));
    let mut head = vec![0; narrow(len)];
    file.read_into(0, &mut head)?;
    if let Some(kind) = probe(&head, &[]) {
        return Ok(Some(kind));
    }
    let mut tail = vec![0; narrow(len)];
    file.read_into(file.len().saturating_sub(len), &mut tail)?;
    Ok(probe(&[], &tail))
}

/// A VMDK descriptor may open with other comments and empty lines than the usual one.
fn descriptor(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let is_first_word = |line: &&[u8]| !line.is_empty() && !line.starts_with(b"#");
    let starts_as_text = head.first().is_some_and(|byte| matches!(byte, b'#' | b'\r' | b'\n' | 0xEF | b'v' | b'V'));
    starts_as_text
        && text
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::trim_ascii)
            .find(is_first_word)
            .is_some_and(|line| line.get(..8).is_some_and(|word| word.eq_ignore_ascii_case(b"version=")))
        && head.windows(20).any(|window| window.eq_ignore_ascii_case(b"# Disk DescriptorFil"))
}

/// The footer of a VHD is its last 512 bytes, or 511 from versions before Virtual PC 2004.
fn vhd_tail(tail: &[u8]) -> bool {
    let cookie = |back: usize| tail.len().checked_sub(back).and_then(|at| array::<8>(tail, at));
    cookie(512) == Some(*b"conectix") || cookie(511) == Some(*b"conectix")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures() {
        assert_eq!(probe(b"vhdxfile", &[]), Some(Kind::Vhdx));
        assert_eq!(probe(b"vhdxfil", &[]), None);
        assert_eq!(probe(&[], &[]), None);
        let mut vdi = [0u8; 512];
        vdi[0x40..0x44].copy_from_slice(&0xBEDA_107F_u32.to_le_bytes());
        assert_eq!(probe(&vdi, &[]), Some(Kind::Vdi));
        assert_eq!(probe(b"EVF2\r\n\x81\0", &[]), Some(Kind::Ewf2));
    }

    #[test]
    fn descriptors_of_vmdk() {
        assert_eq!(probe(b"# Disk DescriptorFile\nversion=1\n", &[]), Some(Kind::Vmdk));
        assert_eq!(probe(b"\r\n# Disk DescriptorFile\r\nversion=1\r\n", &[]), Some(Kind::Vmdk));
        assert_eq!(probe(b"# a comment\nversion=1\n", &[]), None);
        assert_eq!(probe(b"# Another\nproject=1\n# Disk DescriptorFile", &[]), None);
    }

    #[test]
    fn footers_of_vhd() {
        let mut tail = vec![0u8; 512];
        tail[..8].copy_from_slice(b"conectix");
        assert_eq!(probe(&[], &tail), Some(Kind::Vhd));
        assert_eq!(probe(&[], &tail[..511]), Some(Kind::Vhd));
        assert_eq!(probe(&[], &tail[..510]), None);
        let mut file = vec![0u8; 4096];
        file.extend_from_slice(&tail);
        assert_eq!(probe_file(&file).unwrap(), Some(Kind::Vhd));
        assert_eq!(probe_file(&file[..4096].to_vec()).unwrap(), None);
        assert_eq!(probe_file(&Vec::new()).unwrap(), None);
    }
}
