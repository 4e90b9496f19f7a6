//! A volume made by hand, with the ciphers of the same crates but the structures written from the description.

use std::sync::Arc;

use hivekey_bitlocker::{Error, Method, Password, ProtectorKind, ReadAt, RecoveryKey, Secret, Tries, Volume};
use hivekey_testkit::disk::bitlocker::{Protector, bitlocker};

pub const LEN: usize = 0x80000;
/// Where the volume's own first 8 KiB lie, and the copies of the metadata.
pub const HEADER: usize = 0x40000;
pub const COPIES: [usize; 3] = [0x50000, 0x60000, 0x70000];

pub fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

/// What the volume holds.
pub fn plain() -> Vec<u8> {
    (0..HEADER).map(|at| u8::try_from(at * at / 7 % 253).unwrap()).collect()
}

/// An XTS volume with the password `password` and a clear key, if that is wanted.
pub fn volume(suspended: bool) -> Vec<u8> {
    let mut protectors = vec![Protector::Password("password"), Protector::Tpm];
    protectors.extend(suspended.then_some(Protector::Clear));
    bitlocker(&plain(), &protectors)
}

fn expected() -> Vec<u8> {
    let mut bytes = plain();
    bytes.resize(LEN, 0);
    bytes
}

fn password(text: &str) -> Secret {
    Secret::Password(Password::new(text))
}

#[test]
fn a_volume_is_unlocked() {
    let locked = Volume::open(Arc::new(volume(false))).unwrap();
    assert_eq!(locked.id().to_string(), "44444444-4444-4444-4444-444444444444");
    assert_eq!(locked.method(), Method::Xts128);
    let kinds: Vec<_> = locked.protectors().iter().map(|protector| protector.kind).collect();
    assert_eq!(kinds, [ProtectorKind::Password, ProtectorKind::Tpm]);
    let unlocked = locked.unlock(&[password("wrong"), password("password")]).unwrap();
    assert_eq!(unlocked.protector(), locked.protectors()[0]);
    let expected = expected();
    let mut bytes = vec![0; LEN];
    unlocked.read_into(0, &mut bytes).unwrap();
    assert!(bytes == expected);
    for (offset, len) in
        [(0, 1), (511, 2), (0x1FFF, 0x203), (HEADER - 3, 600), (COPIES[0] - 1, 2), (LEN - 1, 1), (77, 0)]
    {
        let mut part = vec![0; len];
        unlocked.read_into(u64::try_from(offset).unwrap(), &mut part).unwrap();
        assert_eq!(part, expected[offset..offset + len], "{offset}");
    }
    assert!(unlocked.read_into(unlocked.len(), &mut [0]).is_err());
}

#[test]
fn wrong_and_missing_secrets() {
    let locked = Volume::open(Arc::new(volume(false))).unwrap();
    assert!(matches!(locked.unlock(&[password("Password")]), Err(Error::WrongSecret)));
    let recovery = Secret::RecoveryKey(RecoveryKey::parse(&["000011"; 8].join("-")).unwrap());
    assert!(matches!(locked.unlock(&[recovery]), Err(Error::NoProtector)));
    assert!(matches!(locked.unlock(&[]), Err(Error::NoProtector)));
}

#[test]
fn suspended_protection_needs_no_secret() {
    let unlocked = Volume::open(Arc::new(volume(true))).unwrap().unlock(&[]).unwrap();
    let mut start = [0; 100];
    unlocked.read_into(0, &mut start).unwrap();
    assert_eq!(start, plain()[..100]);
}

#[test]
fn a_damaged_protector_does_not_hide_the_others() {
    let mut bytes = bitlocker(&plain(), &[Protector::Password("first"), Protector::Password("second")]);
    let unlock = |bytes: &[u8], text| Volume::open(Arc::new(bytes.to_vec())).unwrap().unlock(&[password(text)]);
    // The first entry in that of the first master key is longer than it.
    put(&mut bytes, COPIES[0] + 112 + 8 + 28, &[0xFF; 2]);
    assert!(unlock(&bytes, "first").is_ok(), "by another copy");
    for copy in COPIES {
        put(&mut bytes, copy + 112 + 8 + 28, &[0xFF; 2]);
    }
    let second = unlock(&bytes, "second").unwrap();
    assert_eq!(second.protector().id.to_string(), "22222222-2222-2222-2222-222222222222");
    assert!(matches!(unlock(&bytes, "first"), Err(Error::Truncated { .. })));
    // So short that it does not say what it is.
    for copy in COPIES {
        let size = usize::from(u16::from_le_bytes(bytes[copy + 112..][..2].try_into().unwrap()));
        put(&mut bytes, copy + 112, &[16, 0]);
        let rest = u16::try_from(size - 16).unwrap();
        put(&mut bytes, copy + 128, &rest.to_le_bytes());
        put(&mut bytes, copy + 130, &[0; 6]);
    }
    assert_eq!(Volume::open(Arc::new(bytes.clone())).unwrap().protectors().len(), 1);
    assert!(unlock(&bytes, "second").is_ok());
}

#[test]
fn tries_are_bounded() {
    let protectors = ["1", "2", "3"].map(Protector::Password);
    let locked = Volume::open(Arc::new(bitlocker(&plain(), &protectors))).unwrap();
    let last = [password("3")];
    let limit = |error: Option<Error>| match error {
        Some(Error::Limit { what, value }) => Some((what, value)),
        _ => None,
    };
    let few = locked.unlock_within(&last, &mut Tries::new(9, 2)).err();
    assert_eq!(limit(few), Some(("protectors that ask for a secret", 2)));
    // Over more than one volume.
    let mut tries = Tries::new(4, 9);
    assert!(locked.unlock_within(&last, &mut tries).is_ok());
    assert_eq!(limit(locked.unlock_within(&last, &mut tries).err()), Some(("tries of secrets on protectors", 4)));
    // A clear key takes none.
    let suspended = Volume::open(Arc::new(volume(true))).unwrap();
    assert!(suspended.unlock_within(&last, &mut tries).is_ok());
}
