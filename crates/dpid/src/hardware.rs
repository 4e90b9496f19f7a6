//! The hardware fields of a version 3 blob, written by Windows XP and Server 2003 and zero since Vista.
//!
//! A blob holds the block twice, "static" at offset 104 and "dynamic" at 132. Offsets within the block:
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 8 | sHardwareId | ASCII digits, e.g. `81026` |
//! | 8 | 4 | uiHardwareIdType | |
//! | 12 | 4 | uiBiosChecksum | |
//! | 16 | 4 | uiVolSer | serial number of the system volume |
//! | 20 | 4 | uiTotalRam | MiB |
//! | 24 | 4 | uiVideoBiosChecksum | |
//!
//! Source: PKeyMaster `DigitalProductId.ps1`; values checked on XP blobs of two machines.

use crate::error::{Error, Structure};
use crate::field_text::AsciiField;
use crate::read::{Field, Source, store};

pub(crate) const HARDWARE_LENGTH: usize = 28;

const ID: Field = Field::new("sHardwareId", 0, 8);
const ID_TYPE: Field = Field::new("uiHardwareIdType", 8, 4);
const BIOS_CHECKSUM: Field = Field::new("uiBiosChecksum", 12, 4);
const VOLUME_SERIAL: Field = Field::new("uiVolSer", 16, 4);
const TOTAL_RAM: Field = Field::new("uiTotalRam", 20, 4);
const VIDEO_BIOS_CHECKSUM: Field = Field::new("uiVideoBiosChecksum", 24, 4);

/// What Windows XP noted of the machine's hardware.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct HardwareId {
    /// The hardware id, ASCII digits.
    pub id: AsciiField<8>,
    /// The kind of id.
    pub id_type: u32,
    /// Checksum of the BIOS.
    pub bios_checksum: u32,
    /// Serial number of the system volume.
    pub volume_serial: u32,
    /// Main memory in MiB.
    pub total_ram: u32,
    /// Checksum of the video BIOS.
    pub video_bios_checksum: u32,
}

impl HardwareId {
    /// Whether all of it is zero, as on Vista and later.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn read(block: &[u8; HARDWARE_LENGTH]) -> Result<Self, Error> {
        let source = Source::new(Structure::Dpid3, block);
        Ok(Self {
            id: AsciiField::from_bytes(source.array(&ID)?),
            id_type: source.u32(&ID_TYPE)?,
            bios_checksum: source.u32(&BIOS_CHECKSUM)?,
            volume_serial: source.u32(&VOLUME_SERIAL)?,
            total_ram: source.u32(&TOTAL_RAM)?,
            video_bios_checksum: source.u32(&VIDEO_BIOS_CHECKSUM)?,
        })
    }

    pub(crate) fn encode(&self) -> [u8; HARDWARE_LENGTH] {
        let mut block = [0; HARDWARE_LENGTH];
        store(&mut block, &ID, self.id.as_bytes());
        for (field, value) in [
            (&ID_TYPE, self.id_type),
            (&BIOS_CHECKSUM, self.bios_checksum),
            (&VOLUME_SERIAL, self.volume_serial),
            (&TOTAL_RAM, self.total_ram),
            (&VIDEO_BIOS_CHECKSUM, self.video_bios_checksum),
        ] {
            store(&mut block, field, &value.to_le_bytes());
        }
        block
    }
}
