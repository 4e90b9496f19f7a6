//! Damaged volumes.

use std::sync::{Arc, LazyLock};

use hivekey_bitlocker::{Error, ReadAt, Volume};
use proptest::prelude::*;

use crate::hand_made::{COPIES, put, volume};

static SUSPENDED: LazyLock<Vec<u8>> = LazyLock::new(|| volume(true));

fn changed(at: usize, value: &[u8]) -> Result<Volume, Error> {
    let mut bytes = SUSPENDED.clone();
    put(&mut bytes, at, value);
    Volume::open(Arc::new(bytes))
}

#[test]
fn another_copy_of_the_metadata_is_used() {
    let mut bytes = SUSPENDED.clone();
    put(&mut bytes, COPIES[0], &[0; 64]);
    put(&mut bytes, COPIES[1] + 64, &[0xFF; 4]);
    assert!(Volume::open(Arc::new(bytes.clone())).unwrap().unlock(&[]).is_ok());
    put(&mut bytes, COPIES[2] + 112, &[3, 0]);
    let error = Volume::open(Arc::new(bytes)).err().unwrap();
    assert_eq!(
        error.to_string(),
        "no copy of the BitLocker metadata is usable: BitLocker metadata entry at 0x70070: size is 0x3, expected 8 or more"
    );
}

#[test]
fn what_is_wrong_is_named() {
    for (at, value, expected) in [
        (0, &b"\xEB\x52\x90"[..], "BitLocker: a volume of Windows Vista is not supported"),
        (160, &[0; 16], "not a BitLocker volume"),
        (11, &[0, 0], "BitLocker volume header at 0x0: bytes per sector is 0x0, expected 512 or 4096"),
        (11, &[0xFF, 0xFF], "BitLocker volume header at 0x0: bytes per sector is 0xffff, expected 512 or 4096"),
        (COPIES[0] + 10, &[1], "BitLocker: a volume of Windows Vista is not supported"),
        (COPIES[0] + 12, &[5], "BitLocker: a volume that is being encrypted or decrypted is not supported"),
        (COPIES[0] + 100, &[0, 0], "BitLocker: a volume that is not encrypted is not supported"),
        (COPIES[0] + 100, &[6], "BitLocker: this encryption method is not supported"),
    ] {
        assert_eq!(changed(at, value).err().unwrap().to_string(), expected);
    }
    assert!(matches!(Volume::open(Arc::new(vec![0; 511])), Err(Error::NotBitLocker)));
    assert!(matches!(Volume::open(Arc::new(vec![0; 512])), Err(Error::NotBitLocker)));
}

#[test]
fn a_cut_volume_is_no_longer_than_it_is() {
    let mut bytes = SUSPENDED.clone();
    bytes.truncate(COPIES[2]);
    let unlocked = Volume::open(Arc::new(bytes)).unwrap().unlock(&[]).unwrap();
    assert_eq!(unlocked.len(), u64::try_from(COPIES[2]).unwrap());
    assert!(unlocked.read_into(unlocked.len() - 1, &mut [0; 2]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn nothing_panics(
        changes in prop::collection::vec((prop::sample::select(vec![0, COPIES[0]]), 0usize..700, any::<u8>()), 1..8),
        cut in prop::option::of(0..0x80000usize),
    ) {
        let mut bytes = SUSPENDED.clone();
        for (base, at, byte) in changes {
            bytes[base + at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut);
        }
        if let Ok(unlocked) = Volume::open(Arc::new(bytes)).and_then(|volume| volume.unlock(&[])) {
            let mut buf = [0; 5000];
            let _ = unlocked.read_available(0, &mut buf);
            let _ = unlocked.read_available(unlocked.len() / 2, &mut buf);
            let _ = unlocked.read_available(unlocked.len().saturating_sub(100), &mut buf);
        }
    }
}
