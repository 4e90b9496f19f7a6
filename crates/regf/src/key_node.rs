//! The key node (`nk`), the record of a key.
//!
//! Offsets count from the content of the cell, 4 bytes after its size field.
//!
//! | offset | length | field | meaning | since |
//! |---|---|---|---|---|
//! | 0 | 2 | signature | `nk` | |
//! | 2 | 2 | flags | see [`KeyFlags`] | |
//! | 4 | 8 | last written | FILETIME | |
//! | 12 | 1 | access bits | kinds of access seen | 8 |
//! | 13 | 1 | layered key bits | bits 0–1 layer semantics, bit 7 inherit class | 10 1607 |
//! | 14 | 2 | spare | | |
//! | 16 | 4 | parent | offset of the parent's key node; no meaning in the root | |
//! | 20 | 4 | number of subkeys | | |
//! | 24 | 4 | number of volatile subkeys | no meaning on disk | |
//! | 28 | 4 | subkey list | offset of a leaf or an index root | |
//! | 32 | 4 | volatile subkey list | no meaning on disk | |
//! | 36 | 4 | number of values | the handle, if the predefined-handle flag is set | |
//! | 40 | 4 | value list | offset | |
//! | 44 | 4 | security | offset of a security descriptor (`sk`) | |
//! | 48 | 4 | class name | offset of a cell with UTF-16LE text | |
//! | 52 | 2 | largest subkey name | bytes in UTF-16 | |
//! | 54 | 1 | bits 0–3 virtualization control, bits 4–7 user (Wow64) flags | | XP SP3, Vista |
//! | 55 | 1 | debug flags | | XP SP3, Vista |
//! | 56 | 4 | largest subkey class name | bytes | |
//! | 60 | 4 | largest value name | bytes in UTF-16 | |
//! | 64 | 4 | largest value data | bytes | |
//! | 68 | 4 | work variable | no meaning on disk | |
//! | 72 | 2 | name length | bytes | |
//! | 74 | 2 | class name length | bytes | |
//! | 76 | … | name | Latin-1 if the compressed-name flag is set, otherwise UTF-16LE | |
//!
//! Source: M. Suhanov, "Windows registry file format specification", key node; the layered-key bits after the public
//! debug symbols of the kernel (`_CM_KEY_NODE`).

use core::fmt;

use crate::error::{Error, Structure};
use crate::offset::{CellOffset, FileOffset};
use crate::read::Fields;
use crate::time::FileTime;

/// Length of the fixed part; the name follows.
pub(crate) const LEN: usize = 76;

/// The signature of a key node.
pub(crate) const SIGNATURE: [u8; 2] = *b"nk";

/// The flags of a key node. Unknown bits are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct KeyFlags(pub u16);

impl KeyFlags {
    /// The key is volatile: never meant for the disk.
    pub const VOLATILE: Self = Self(0x0001);
    /// Mount point of another hive.
    pub const HIVE_EXIT: Self = Self(0x0002);
    /// Root key of its hive.
    pub const ROOT: Self = Self(0x0004);
    /// The key cannot be deleted.
    pub const NO_DELETE: Self = Self(0x0008);
    /// Symbolic link; the target stands in the value `SymbolicLinkValue`.
    pub const SYMLINK: Self = Self(0x0010);
    /// The name is stored as Latin-1.
    pub const COMPRESSED_NAME: Self = Self(0x0020);
    /// A predefined handle; it stands in the place of the number of values.
    pub const PREDEFINED_HANDLE: Self = Self(0x0040);
    /// The key was virtualized at least once (Vista).
    pub const VIRTUAL_SOURCE: Self = Self(0x0080);
    /// The key is virtual (Vista).
    pub const VIRTUAL_TARGET: Self = Self(0x0100);
    /// The key is part of a virtual store (Vista).
    pub const VIRTUAL_STORE: Self = Self(0x0200);

    const NAMES: [(Self, &'static str); 10] = [
        (Self::VOLATILE, "volatile"),
        (Self::HIVE_EXIT, "hive-exit"),
        (Self::ROOT, "root"),
        (Self::NO_DELETE, "no-delete"),
        (Self::SYMLINK, "symlink"),
        (Self::COMPRESSED_NAME, "compressed-name"),
        (Self::PREDEFINED_HANDLE, "predefined-handle"),
        (Self::VIRTUAL_SOURCE, "virtual-source"),
        (Self::VIRTUAL_TARGET, "virtual-target"),
        (Self::VIRTUAL_STORE, "virtual-store"),
    ];

    /// Whether all bits of `flags` are set.
    #[must_use]
    pub const fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// The names of the bits that are set and known, lowest first.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.into_iter().filter(move |(flag, _)| self.contains(*flag)).map(|(_, name)| name)
    }
}

impl fmt::Display for KeyFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for name in self.names() {
            f.write_str(if first { "" } else { " " })?;
            f.write_str(name)?;
            first = false;
        }
        let known = Self::NAMES.iter().fold(0, |all, (flag, _)| all | flag.0);
        let unknown = self.0 & !known;
        if unknown != 0 {
            write!(f, "{}{unknown:#06x}", if first { "" } else { " " })?;
        }
        Ok(())
    }
}

/// How a key of a layered hive (container delta hives, Windows 10) stands to the key of the same path below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LayerSemantics {
    /// An ordinary key; in a layered hive it is merged with the one below.
    Merge,
    /// A tombstone: the key of the layer below is deleted.
    Tombstone,
    /// The key replaces that of the layer below, without its subkeys.
    SupersedeLocal,
    /// The key replaces that of the layer below with everything in it.
    SupersedeTree,
}

/// The fixed part of a key node.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyNode {
    /// Flags.
    pub flags: KeyFlags,
    /// When the key, its values or its list of subkeys were last changed.
    pub last_written: FileTime,
    /// Access bits (Windows 8 and later).
    pub access_bits: u8,
    /// Layered-key bits (Windows 10 1607 and later).
    pub layer_bits: u8,
    /// The parent's key node; no meaning in the root.
    pub parent: Option<CellOffset>,
    /// Number of subkeys.
    pub subkey_count: u32,
    /// The list of subkeys.
    pub subkey_list: Option<CellOffset>,
    /// Number of values, or the predefined handle.
    pub value_count: u32,
    /// The list of values.
    pub value_list: Option<CellOffset>,
    /// The security descriptor.
    pub security: Option<CellOffset>,
    /// The class name.
    pub class_name: Option<CellOffset>,
    /// Bits 0–3 virtualization control, bits 4–7 user flags.
    pub control_bits: u8,
    /// Debug flags.
    pub debug_bits: u8,
    /// Bytes of the name.
    pub name_len: u16,
    /// Bytes of the class name.
    pub class_name_len: u16,
}

impl KeyNode {
    /// Reads the fixed part from the content of a cell that starts at `offset` of the file.
    ///
    /// # Errors
    /// [`Error::Signature`] or [`Error::Truncated`].
    #[inline]
    pub fn parse(content: &[u8], offset: FileOffset) -> Result<Self, Error> {
        let fields = Fields::new(content, Structure::KeyNode, offset);
        fields.signature(SIGNATURE)?;
        // The last field first: what fits to its end fits altogether.
        let class_name_len = fields.u16(74)?;
        Ok(Self {
            flags: KeyFlags(fields.u16(2)?),
            last_written: FileTime(fields.u64(4)?),
            access_bits: fields.u8(12)?,
            layer_bits: fields.u8(13)?,
            parent: CellOffset::from_field(fields.u32(16)?),
            subkey_count: fields.u32(20)?,
            subkey_list: CellOffset::from_field(fields.u32(28)?),
            value_count: fields.u32(36)?,
            value_list: CellOffset::from_field(fields.u32(40)?),
            security: CellOffset::from_field(fields.u32(44)?),
            class_name: CellOffset::from_field(fields.u32(48)?),
            control_bits: fields.u8(54)?,
            debug_bits: fields.u8(55)?,
            name_len: fields.u16(72)?,
            class_name_len,
        })
    }

    /// How the key stands to the layer below it.
    #[must_use]
    pub const fn layer_semantics(&self) -> LayerSemantics {
        match self.layer_bits & 3 {
            1 => LayerSemantics::Tombstone,
            2 => LayerSemantics::SupersedeLocal,
            3 => LayerSemantics::SupersedeTree,
            _ => LayerSemantics::Merge,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    fn node() -> Vec<u8> {
        let mut n = alloc::vec![0u8; LEN];
        n[..2].copy_from_slice(b"nk");
        n[2..4].copy_from_slice(&0x002Cu16.to_le_bytes());
        n[13] = 0x81;
        for at in [16, 28, 32, 40, 44, 48] {
            n[at..at + 4].copy_from_slice(&[0xFF; 4]);
        }
        n[20..24].copy_from_slice(&u32::MAX.to_le_bytes());
        n[72..74].copy_from_slice(&4u16.to_le_bytes());
        n
    }

    #[test]
    fn fields_are_where_the_table_says() {
        let node = KeyNode::parse(&node(), FileOffset(4)).unwrap();
        assert_eq!(node.flags.to_string(), "root no-delete compressed-name");
        assert_eq!(node.layer_semantics(), LayerSemantics::Tombstone);
        assert_eq!(
            (node.parent, node.subkey_list, node.value_list, node.security, node.class_name),
            (None, None, None, None, None)
        );
        assert_eq!((node.subkey_count, node.name_len), (u32::MAX, 4));
    }

    #[test]
    fn each_missing_byte_is_an_error() {
        let node = node();
        for len in 0..LEN {
            assert!(matches!(KeyNode::parse(&node[..len], FileOffset(0)), Err(Error::Truncated { .. })), "{len}");
        }
        assert!(matches!(KeyNode::parse(&[0; LEN], FileOffset(0)), Err(Error::Signature { .. })));
    }

    #[test]
    fn unknown_flags_are_shown() {
        assert_eq!(KeyFlags(0x8020).to_string(), "compressed-name 0x8000");
        assert_eq!(KeyFlags(0x4000).to_string(), "0x4000");
        assert_eq!(KeyFlags(0).to_string(), "");
    }
}
