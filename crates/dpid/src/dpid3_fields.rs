//! The owned form of a version 3 blob, for building one. Layout: `dpid3.rs`.

use crate::dpid3::{
    BUNDLE_ID, CD_KEY, CLONE_STATUS, CRC, DPID3_LENGTH, DPID3_SIZE, DPID3_VERSION, EDITION_ID, HARDWARE_DYNAMIC,
    HARDWARE_STATIC, KEY_INDEX, LICENSE_DATA, LICENSE_TYPE, MAJOR, MINOR, OEM_ID, PRODUCT_ID, RANDOM, SIZE, TIME,
    jamcrc,
};
use crate::field_text::AsciiField;
use crate::hardware::HardwareId;
use crate::key_field::KeyField;
use crate::read::store;

/// Everything that a version 3 blob holds, its size, version and CRC aside: those follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dpid3Fields {
    /// szProductId.
    pub product_id: AsciiField<24>,
    /// uiKeyIdx: group id, or BINK id before Vista.
    pub group_id: u32,
    /// szEditionId: the part number.
    pub part_number: AsciiField<16>,
    /// bCDKey.
    pub key: KeyField,
    /// uiCloneStatus.
    pub clone_status: u32,
    /// uiTime: Unix time at which the key was installed.
    pub time: u32,
    /// uiRandom.
    pub random: u32,
    /// uiLt: 0 retail, 1 upgrade, 2 OEM, 3 volume.
    pub license_type: u32,
    /// uiLicenseData.
    pub license_data: [u32; 2],
    /// sOemId.
    pub oem_id: AsciiField<8>,
    /// uiBundleId.
    pub bundle_id: u32,
    /// The static hardware fields of XP.
    pub hardware_static: HardwareId,
    /// The dynamic hardware fields of XP.
    pub hardware_dynamic: HardwareId,
}

impl Default for Dpid3Fields {
    /// An erased key and zeros everywhere.
    fn default() -> Self {
        Self {
            product_id: AsciiField::default(),
            group_id: 0,
            part_number: AsciiField::default(),
            key: KeyField::ERASED,
            clone_status: 0,
            time: 0,
            random: 0,
            license_type: 0,
            license_data: [0; 2],
            oem_id: AsciiField::default(),
            bundle_id: 0,
            hardware_static: HardwareId::default(),
            hardware_dynamic: HardwareId::default(),
        }
    }
}

impl Dpid3Fields {
    /// The 164 bytes of the blob, with size, version and CRC.
    #[must_use]
    pub fn encode(&self) -> [u8; DPID3_LENGTH] {
        let mut blob = [0; DPID3_LENGTH];
        let (major, minor) = DPID3_VERSION;
        let [first, second] = self.license_data.map(u32::to_le_bytes);
        let [a, b, c, d] = first;
        let [e, f, g, h] = second;
        store(&mut blob, &SIZE, &DPID3_SIZE.to_le_bytes());
        store(&mut blob, &MAJOR, &major.to_le_bytes());
        store(&mut blob, &MINOR, &minor.to_le_bytes());
        store(&mut blob, &PRODUCT_ID, self.product_id.as_bytes());
        store(&mut blob, &EDITION_ID, self.part_number.as_bytes());
        store(&mut blob, &CD_KEY, self.key.as_bytes());
        store(&mut blob, &LICENSE_DATA, &[a, b, c, d, e, f, g, h]);
        store(&mut blob, &OEM_ID, self.oem_id.as_bytes());
        store(&mut blob, &HARDWARE_STATIC, &self.hardware_static.encode());
        store(&mut blob, &HARDWARE_DYNAMIC, &self.hardware_dynamic.encode());
        for (field, value) in [
            (&KEY_INDEX, self.group_id),
            (&CLONE_STATUS, self.clone_status),
            (&TIME, self.time),
            (&RANDOM, self.random),
            (&LICENSE_TYPE, self.license_type),
            (&BUNDLE_ID, self.bundle_id),
        ] {
            store(&mut blob, field, &value.to_le_bytes());
        }
        let covered = blob.get(..CRC.offset.get()).unwrap_or_default();
        let crc = jamcrc(covered);
        store(&mut blob, &CRC, &crc.to_le_bytes());
        blob
    }
}
