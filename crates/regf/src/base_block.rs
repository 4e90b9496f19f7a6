//! The base block: the first 4096 bytes of a hive, the first 512 of a log.
//!
//! | offset | length | field | meaning | since |
//! |---|---|---|---|---|
//! | 0 | 4 | signature | `regf` | NT 3.1 |
//! | 4 | 4 | primary sequence number | raised when a write begins | |
//! | 8 | 4 | secondary sequence number | raised when a write has ended | |
//! | 12 | 8 | last written | FILETIME | |
//! | 20 | 4 | major version | 1 | |
//! | 24 | 4 | minor version | 3 NT 4, 4 and 5 XP, 6 Windows 10 (container delta hives) | |
//! | 28 | 4 | file type | 0 hive, 1 or 2 log of the old format, 6 log of the new format | |
//! | 32 | 4 | file format | 1 = direct memory load | |
//! | 36 | 4 | root cell | offset of the root key, from 4096 | |
//! | 40 | 4 | hive bins size | bytes, a multiple of 4096 | |
//! | 44 | 4 | clustering factor | sector size / 512 | |
//! | 48 | 64 | file name | UTF-16LE, the end of the path, for debugging | |
//! | 112 | 16 | RmId | GUID of the resource manager | Vista |
//! | 128 | 16 | LogId | GUID of its CLFS log | Vista |
//! | 144 | 4 | flags | 1 = transactions in the log, 2 = defragmented | Vista |
//! | 148 | 16 | TmId | GUID of the transaction manager | Vista |
//! | 164 | 4 | GUID signature | `rmtm` if the GUIDs are set | Vista |
//! | 168 | 8 | last reorganized | FILETIME | 8 |
//! | 508 | 4 | checksum | XOR of the 127 numbers before it; 0 is stored as 1, −1 as −2 | |
//! | 4040 | 48 | ThawTmId, ThawRmId, ThawLogId | GUIDs, restored after a shadow copy | Vista |
//! | 4088 | 4 | boot type | no meaning on disk | |
//! | 4092 | 4 | boot recover | no meaning on disk | |
//!
//! Source: M. Suhanov, "Windows registry file format specification", base block.

use alloc::string::String;

use crate::error::{Error, Structure};
use crate::name::utf16_until_nul;
use crate::offset::{CellOffset, FileOffset};
use crate::read::{Fields, u32_at};
use crate::time::FileTime;

/// The signature of hives and logs.
pub const SIGNATURE: [u8; 4] = *b"regf";

/// Bytes of the base block that the checksum covers and that a log repeats, the checksum field included.
pub const HEAD_LEN: usize = 512;

/// Where the checksum is stored.
const CHECKSUM_AT: usize = 508;

/// `rmtm`: the GUID fields are in use.
const GUIDS_SET: [u8; 4] = *b"rmtm";

/// A GUID as its 16 bytes are stored (the first three groups little-endian).
pub type Guid = [u8; 16];

/// The fields of a base block.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BaseBlock {
    /// Raised when a write begins.
    pub primary_sequence: u32,
    /// Raised when a write has ended; equal to the primary number in a clean hive.
    pub secondary_sequence: u32,
    /// When the hive was last written.
    pub last_written: FileTime,
    /// Major version, 1.
    pub major_version: u32,
    /// Minor version, 3 to 6.
    pub minor_version: u32,
    /// 0 hive, 1 or 2 old log, 6 new log.
    pub file_type: u32,
    /// 1.
    pub file_format: u32,
    /// The cell of the root key.
    pub root_cell: Option<CellOffset>,
    /// Bytes of hive bins after the base block.
    pub bins_size: u32,
    /// Sector size / 512.
    pub clustering_factor: u32,
    /// The embedded file name, up to its first NUL, lossily decoded.
    pub file_name: String,
    /// GUID of the resource manager, if the GUIDs are set.
    pub rm_id: Option<Guid>,
    /// GUID of the log, if the GUIDs are set.
    pub log_id: Option<Guid>,
    /// GUID of the transaction manager, if the GUIDs are set.
    pub tm_id: Option<Guid>,
    /// The flags field: 1 = the hive is in a transaction, 2 = it was defragmented.
    pub flags: u32,
    /// When the hive was last defragmented; only Windows 8 and later write it.
    pub last_reorganized: FileTime,
    /// The checksum as stored.
    pub checksum_stored: u32,
    /// The checksum as it should be.
    pub checksum_computed: u32,
}

impl BaseBlock {
    /// Reads the fields from the first bytes of a hive or a log; 512 bytes are enough. `structure` names the kind of
    /// file in errors. The signature must be right, no other field is judged.
    ///
    /// # Errors
    /// [`Error::Truncated`] if there are fewer than 512 bytes, [`Error::Signature`] if they do not start with `regf`.
    pub fn parse(bytes: &[u8], structure: Structure) -> Result<Self, Error> {
        let fields = Fields::new(bytes, structure, FileOffset(0));
        let signature = fields.array::<4>(0)?;
        if signature != SIGNATURE {
            return Err(Error::Signature { structure, offset: FileOffset(0), actual: signature.into() });
        }
        let guids_set = fields.array::<4>(164)? == GUIDS_SET;
        let guid = |at: usize| -> Result<Option<Guid>, Error> {
            let guid = fields.array::<16>(at)?;
            Ok(guids_set.then_some(guid))
        };
        let checksum_stored = fields.u32(CHECKSUM_AT)?;
        Ok(Self {
            primary_sequence: fields.u32(4)?,
            secondary_sequence: fields.u32(8)?,
            last_written: FileTime(fields.u64(12)?),
            major_version: fields.u32(20)?,
            minor_version: fields.u32(24)?,
            file_type: fields.u32(28)?,
            file_format: fields.u32(32)?,
            root_cell: CellOffset::from_field(fields.u32(36)?),
            bins_size: fields.u32(40)?,
            clustering_factor: fields.u32(44)?,
            file_name: utf16_until_nul(&fields.array::<64>(48)?),
            rm_id: guid(112)?,
            log_id: guid(128)?,
            tm_id: guid(148)?,
            flags: fields.u32(144)?,
            last_reorganized: FileTime(fields.u64(168)?),
            checksum_stored,
            checksum_computed: checksum(bytes),
        })
    }

    /// Stands for a base block that is lost: version 1.5, no root, a checksum that does not match.
    pub(crate) const fn lost(bins_size: u32) -> Self {
        Self {
            primary_sequence: 0,
            secondary_sequence: 0,
            last_written: FileTime(0),
            major_version: 1,
            minor_version: 5,
            file_type: 0,
            file_format: 1,
            root_cell: None,
            bins_size,
            clustering_factor: 1,
            file_name: String::new(),
            rm_id: None,
            log_id: None,
            tm_id: None,
            flags: 0,
            last_reorganized: FileTime(0),
            checksum_stored: 0,
            checksum_computed: 1,
        }
    }

    /// Whether the checksum matches.
    #[must_use]
    pub const fn checksum_ok(&self) -> bool {
        self.checksum_stored == self.checksum_computed
    }

    /// Whether the last write of the hive has ended.
    #[must_use]
    pub const fn sequences_equal(&self) -> bool {
        self.primary_sequence == self.secondary_sequence
    }

    /// Whether the version is one of 1.3 to 1.6.
    #[must_use]
    pub const fn version_known(&self) -> bool {
        self.major_version == 1 && matches!(self.minor_version, 3..=6)
    }
}

/// The checksum over the first 508 bytes: XOR of the little-endian numbers, with 0 stored as 1 and −1 as −2.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    let covered = bytes.get(..CHECKSUM_AT).unwrap_or(bytes);
    let xor = covered.chunks_exact(4).filter_map(|group| u32_at(group, 0)).fold(0, |sum, group| sum ^ group);
    match xor {
        0 => 1,
        u32::MAX => u32::MAX ^ 1,
        sum => sum,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block() -> [u8; 512] {
        let mut b = [0u8; 512];
        b[..4].copy_from_slice(b"regf");
        b[4..8].copy_from_slice(&7u32.to_le_bytes());
        b[8..12].copy_from_slice(&6u32.to_le_bytes());
        b[20..24].copy_from_slice(&1u32.to_le_bytes());
        b[24..28].copy_from_slice(&5u32.to_le_bytes());
        b[36..40].copy_from_slice(&0x20u32.to_le_bytes());
        b[48..54].copy_from_slice(b"S\0A\0M\0");
        b
    }

    #[test]
    fn fields_are_where_the_table_says() {
        let mut b = block();
        b[112..128].copy_from_slice(&[0x11; 16]);
        let sum = checksum(&b);
        b[508..512].copy_from_slice(&sum.to_le_bytes());
        let base = BaseBlock::parse(&b, Structure::BaseBlock).unwrap();
        assert_eq!((base.primary_sequence, base.secondary_sequence), (7, 6));
        assert_eq!(base.root_cell.map(CellOffset::get), Some(0x20));
        assert_eq!(base.file_name, "SAM");
        assert_eq!(base.rm_id, None, "the GUID signature is not set");
        assert!(base.checksum_ok() && !base.sequences_equal() && base.version_known());
        b[164..168].copy_from_slice(b"rmtm");
        let base = BaseBlock::parse(&b, Structure::BaseBlock).unwrap();
        assert_eq!(base.rm_id, Some([0x11; 16]));
        assert!(!base.checksum_ok());
    }

    #[test]
    fn checksum_never_is_zero_or_minus_one() {
        assert_eq!(checksum(&[0u8; 512]), 1);
        let mut b = [0u8; 512];
        b[0..4].copy_from_slice(&[0xFF; 4]);
        assert_eq!(checksum(&b), 0xFFFF_FFFE);
        b[4..8].copy_from_slice(&[0x01, 0, 0, 0]);
        assert_eq!(checksum(&b), 0xFFFF_FFFE, "the XOR itself may be −2");
        b[508..512].copy_from_slice(&[9; 4]);
        assert_eq!(checksum(&b), 0xFFFF_FFFE, "the checksum field is not covered");
    }

    #[test]
    fn short_and_foreign_blocks_are_named() {
        assert!(matches!(
            BaseBlock::parse(&block()[..511], Structure::BaseBlock),
            Err(Error::Truncated { needed: 512, .. })
        ));
        assert!(matches!(BaseBlock::parse(&[0; 512], Structure::LogBaseBlock), Err(Error::Signature { .. })));
        assert!(matches!(BaseBlock::parse(&[], Structure::BaseBlock), Err(Error::Truncated { available: 0, .. })));
    }

    #[test]
    fn no_root_is_none() {
        let mut b = block();
        b[36..40].copy_from_slice(&[0xFF; 4]);
        assert_eq!(BaseBlock::parse(&b, Structure::BaseBlock).unwrap().root_cell, None);
    }
}
