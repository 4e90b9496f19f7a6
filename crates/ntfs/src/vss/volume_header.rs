//! The volume header, which says that a volume has snapshots.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 16 | identifier | {3808876b-c176-4e48-b7ae-04046e6cc752} |
//! | 16 | 4 | version | 1; 2 since Windows 8 |
//! | 20 | 4 | record type | 1 |
//! | 24 | 8 | offset | of this header: 0x1E00 |
//! | 48 | 8 | catalog | offset of the first block of the catalog; 0 if there are no snapshots |
//!
//! Source: libvshadow documentation, "Volume header".

use hivekey_read_at::ReadAt;

use super::block::IDENTIFIER;
use crate::anomaly::Anomaly;
use crate::error::{Error, Structure};
use crate::offset::DeviceOffset;
use crate::read::{Fields, read_vec};

/// Where it lies in the volume: in the last of the sectors that belong to the boot code.
const OFFSET: u64 = 0x1E00;
const LEN: usize = 512;
const RECORD_TYPE: u32 = 1;

/// Where the catalog lies. `None` if the volume has no snapshots.
pub(super) fn catalog_offset<D: ReadAt + ?Sized>(device: &D, anomalies: &mut Vec<Anomaly>) -> Option<u64> {
    // A volume that is too short or cannot be read there tells of it elsewhere.
    let bytes = read_vec(device, OFFSET, LEN).ok()?;
    let fields = Fields::new(&bytes, Structure::VssHeader, DeviceOffset(OFFSET));
    if fields.array::<16>(0).ok()? != IDENTIFIER {
        return None;
    }
    match parse(fields) {
        Ok(0) => None,
        Ok(offset) => Some(offset),
        Err(error) => {
            anomalies.push(Anomaly::damaged(DeviceOffset(OFFSET), error));
            None
        }
    }
}

fn parse(fields: Fields<'_>) -> Result<u64, Error> {
    let kind = fields.u32(20)?;
    if kind != RECORD_TYPE {
        return Err(fields.wrong("record type", kind, "1"));
    }
    fields.u64(48)
}
