//! The owned form of a version 4 blob, for building one. Layout: `dpid4.rs`.

use crate::dpid4::{
    ACTIVATION_ID, ADVANCED_PID, BLOB_HASH, CD_KEY, DPID4_LENGTH, DPID4_SIZE, DPID4_VERSION, EDITION_ID, EDITION_TYPE,
    EULA, IS_UPGRADE, KEY_HASH, KEY_TYPE, MAJOR, MINOR, OEM_ID, RESERVED, SIZE, blob_hash, key_hash,
};
use crate::field_text::WideField;
use crate::key_field::KeyField;
use crate::read::store;

/// Everything that a version 4 blob holds, its size, version and hashes aside: those follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dpid4Fields {
    /// szAdvancedPid, the text of an [`ExtendedPid`](crate::ExtendedPid).
    pub advanced_pid: WideField<128>,
    /// szActivationId: GUID without braces.
    pub activation_id: WideField<128>,
    /// szOemID.
    pub oem_id: WideField<16>,
    /// szEditionType: the EditionID.
    pub edition_type: WideField<520>,
    /// bIsUpgrade.
    pub upgrade: u8,
    /// The bytes after bIsUpgrade.
    pub reserved: [u8; 7],
    /// bCDKey.
    pub key: KeyField,
    /// szEditionId: the part number.
    pub part_number: WideField<128>,
    /// szKeyType: the channel.
    pub key_type: WideField<128>,
    /// szEULA.
    pub eula: WideField<128>,
}

impl Default for Dpid4Fields {
    /// An erased key, empty texts and zeros.
    fn default() -> Self {
        Self {
            advanced_pid: WideField::default(),
            activation_id: WideField::default(),
            oem_id: WideField::default(),
            edition_type: WideField::default(),
            upgrade: 0,
            reserved: [0; 7],
            key: KeyField::ERASED,
            part_number: WideField::default(),
            key_type: WideField::default(),
            eula: WideField::default(),
        }
    }
}

impl Dpid4Fields {
    /// The 1272 bytes of the blob, with size, version and both hashes.
    #[must_use]
    pub fn encode(&self) -> [u8; DPID4_LENGTH] {
        let mut blob = [0; DPID4_LENGTH];
        let (major, minor) = DPID4_VERSION;
        store(&mut blob, &SIZE, &DPID4_SIZE.to_le_bytes());
        store(&mut blob, &MAJOR, &major.to_le_bytes());
        store(&mut blob, &MINOR, &minor.to_le_bytes());
        store(&mut blob, &ADVANCED_PID, self.advanced_pid.as_bytes());
        store(&mut blob, &ACTIVATION_ID, self.activation_id.as_bytes());
        store(&mut blob, &OEM_ID, self.oem_id.as_bytes());
        store(&mut blob, &EDITION_TYPE, self.edition_type.as_bytes());
        store(&mut blob, &IS_UPGRADE, &[self.upgrade]);
        store(&mut blob, &RESERVED, &self.reserved);
        store(&mut blob, &CD_KEY, self.key.as_bytes());
        store(&mut blob, &KEY_HASH, &key_hash(&self.key));
        store(&mut blob, &EDITION_ID, self.part_number.as_bytes());
        store(&mut blob, &KEY_TYPE, self.key_type.as_bytes());
        store(&mut blob, &EULA, self.eula.as_bytes());
        let range = BLOB_HASH.range();
        let before = blob.get(..range.start).unwrap_or_default();
        let after = blob.get(range.end..).unwrap_or_default();
        let hash = blob_hash(before, after);
        store(&mut blob, &BLOB_HASH, &hash);
        blob
    }
}
