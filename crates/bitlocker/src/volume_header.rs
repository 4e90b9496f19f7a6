//! The first sector of an encrypted volume.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 3 | jump | EB 58 90 |
//! | 3 | 8 | signature | `-FVE-FS-`; `MSWIN4.1` for BitLocker To Go, which shows a FAT volume to older systems |
//! | 11 | 2 | bytes per sector | 512 or 4096 |
//! | 160 (To Go 424) | 16 | GUID | 4967d63b-… ; 92a84d3b-…: encrypt-on-write |
//! | 176 (To Go 440) | 3 × 8 | metadata | where its copies lie |
//!
//! Source: libbde, "BitLocker Drive Encryption (BDE) format", "Volume header"; cryptsetup for the second GUID.

use crate::error::{Error, Structure};
use crate::guid::Guid;
use crate::read::Fields;

pub(crate) const LEN: usize = 512;

const SIGNATURE: [u8; 8] = *b"-FVE-FS-";
const USUAL: &str = "4967d63b-2e29-4ad8-8399-f6a339e3d001";
const ENCRYPT_ON_WRITE: &str = "92a84d3b-dd80-4d0e-9e4e-b1e3284eaed8";
const VISTA: [u8; 3] = [0xEB, 0x52, 0x90];

pub(crate) struct VolumeHeader {
    pub(crate) sector_len: u16,
    pub(crate) metadata: [u64; 3],
}

impl VolumeHeader {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let fields = Fields::new(bytes, Structure::VolumeHeader, 0);
        let is_fixed = fields.array::<8>(3)? == SIGNATURE;
        if is_fixed && fields.array::<3>(0)? == VISTA {
            return Err(Error::Unsupported("a volume of Windows Vista"));
        }
        let guid_at = if is_fixed { 160usize } else { 424 };
        match fields.guid(guid_at).map(|guid: Guid| guid.to_string())?.as_str() {
            USUAL => {}
            ENCRYPT_ON_WRITE => {
                return Err(Error::Unsupported(
                    "encrypt-on-write, where parts of the volume may not be encrypted yet,",
                ));
            }
            _ => return Err(Error::NotBitLocker),
        }
        let sector_len = fields.u16(11)?;
        if !matches!(sector_len, 512 | 4096) {
            return Err(fields.wrong("bytes per sector", sector_len, "512 or 4096"));
        }
        let metadata = |number: usize| fields.u64(guid_at.saturating_add(16).saturating_add(number.saturating_mul(8)));
        Ok(Self { sector_len, metadata: [metadata(0)?, metadata(1)?, metadata(2)?] })
    }
}
