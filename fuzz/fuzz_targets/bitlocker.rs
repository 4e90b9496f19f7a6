//! BitLocker metadata: no panic, no hang; of a volume that a clear key opens, each read gives the same bytes.
//!
//! The header is planted and leads to the input as metadata. No secret is tried: each costs a million rounds by design.
#![no_main]

use std::sync::Arc;

use hivekey_bitlocker::{ReadAt, Volume};
use libfuzzer_sys::fuzz_target;

const HEADER: [u8; 11] = *b"\xEB\x58\x90-FVE-FS-";
const GUID: [u8; 16] =
    [0x3B, 0xD6, 0x67, 0x49, 0x29, 0x2E, 0xD8, 0x4A, 0x83, 0x99, 0xF6, 0xA3, 0x39, 0xE3, 0xD0, 0x01];
const METADATA: usize = 512;

fuzz_target!(|data: &[u8]| {
    let mut bytes = vec![0; METADATA];
    bytes[..11].copy_from_slice(&HEADER);
    bytes[11..13].copy_from_slice(&512u16.to_le_bytes());
    bytes[160..176].copy_from_slice(&GUID);
    for at in [176, 184, 192] {
        bytes[at..at + 8].copy_from_slice(&512u64.to_le_bytes());
    }
    bytes.extend(data);
    if let Some(signature) = bytes.get_mut(METADATA..METADATA + 8) {
        signature.copy_from_slice(b"-FVE-FS-");
    }
    let Ok(volume) = Volume::open(Arc::new(bytes)) else { return };
    for protector in volume.protectors() {
        let _ = (protector.id.to_string(), protector.kind.to_string());
    }
    let _ = (volume.id().to_string(), volume.method().to_string());
    let Ok(unlocked) = volume.unlock(&[]) else { return };
    for offset in [0, 511, 700] {
        let (mut buf, mut again) = ([0; 600], [0; 600]);
        if unlocked.read_into(offset, &mut buf).is_ok() {
            unlocked.read_into(offset, &mut again).unwrap();
            assert_eq!(buf, again);
        }
    }
});
