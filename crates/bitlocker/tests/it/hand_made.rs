//! A volume made by hand, with the ciphers of the same crates but the structures written from the description.

use std::sync::Arc;

use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use ccm::aead::Aead;
use ccm::consts::{U12, U16};
use hivekey_bitlocker::{Error, Method, Password, ProtectorKind, ReadAt, RecoveryKey, Secret, Volume};
use sha2::{Digest, Sha256};

pub const SECTOR: usize = 512;
pub const LEN: usize = 0x80000;
/// Where the volume's own first 8 KiB lie, and the copies of the metadata.
pub const HEADER: usize = 0x40000;
pub const COPIES: [usize; 3] = [0x50000, 0x60000, 0x70000];
const HEADER_LEN: usize = 0x2000;
const AREA: usize = 0x10000;

pub fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

fn number(value: usize) -> [u8; 8] {
    u64::try_from(value).unwrap().to_le_bytes()
}

fn entry(kind: u16, value: u16, data: &[u8]) -> Vec<u8> {
    let size = u16::try_from(8 + data.len()).unwrap();
    [size, kind, value, 1].iter().flat_map(|word| word.to_le_bytes()).chain(data.iter().copied()).collect()
}

fn seal(key: &[u8; 32], plain: &[u8]) -> Vec<u8> {
    let nonce = [3; 12];
    let sealed = ccm::Ccm::<aes::Aes256, U16, U12>::new(key.into()).encrypt((&nonce).into(), plain).unwrap();
    let (data, tag) = sealed.split_at(sealed.len() - 16);
    [&nonce, tag, data].concat()
}

fn key_of(hash: [u8; 32], salt: [u8; 16]) -> [u8; 32] {
    let mut state = [0; 88];
    put(&mut state, 32, &hash);
    put(&mut state, 64, &salt);
    for round in 0..1u64 << 20 {
        put(&mut state, 80, &round.to_le_bytes());
        let last = Sha256::digest(state);
        put(&mut state, 0, &last);
    }
    *state.first_chunk().unwrap()
}

/// What the volume holds.
pub fn plain() -> Vec<u8> {
    (0..LEN).map(|at| u8::try_from(at * at / 7 % 253).unwrap()).collect()
}

fn encrypt(key: &[u8; 32], sector: usize, bytes: &[u8]) -> Vec<u8> {
    let aes = |key: &[u8]| Aes128::new(&(*key.first_chunk::<16>().unwrap()).into());
    let block = |aes: &Aes128, bytes: u128| {
        let mut block = bytes.to_le_bytes().into();
        aes.encrypt_block(&mut block);
        u128::from_le_bytes(block.into())
    };
    let (data, tweak) = (aes(&key[..16]), aes(&key[16..]));
    let mut mask = block(&tweak, u128::try_from(sector).unwrap());
    let mut out = Vec::new();
    for chunk in bytes.as_chunks::<16>().0 {
        out.extend((block(&data, u128::from_le_bytes(*chunk) ^ mask) ^ mask).to_le_bytes());
        mask = (mask << 1) ^ if mask >> 127 == 1 { 0x87 } else { 0 };
    }
    out
}

/// An XTS volume with the password `password` and a clear key, if that is wanted.
pub fn volume(suspended: bool) -> Vec<u8> {
    let (key, master, salt) = ([0x5A; 32], [0xA5; 32], [9; 16]);
    let contained = |key: &[u8]| [&[0; 12], key].concat();
    let password: Vec<u8> = "password".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let stretched = key_of(Sha256::digest(Sha256::digest(password)).into(), salt);
    let protector = |kind: u16, id: u8, properties: &[Vec<u8>]| {
        let mut data = vec![id; 16];
        data.extend([0; 10]);
        data.extend(kind.to_le_bytes());
        data.extend(properties.concat());
        entry(2, 8, &data)
    };
    let stretch = entry(0, 3, &[&[0, 0x10, 0, 0][..], &salt].concat());
    let mut entries = protector(0x2000, 0x11, &[stretch, entry(0, 5, &seal(&stretched, &contained(&master)))]);
    entries.extend(protector(0x0100, 0x22, &[]));
    if suspended {
        let clear = [7; 32];
        let key = entry(0, 1, &[&[0; 4][..], &clear].concat());
        entries.extend(protector(0, 0x33, &[key, entry(0, 5, &seal(&clear, &contained(&master)))]));
    }
    entries.extend(entry(3, 5, &seal(&master, &contained(&key))));
    entries.extend(entry(0xF, 0xF, &[number(HEADER), number(HEADER_LEN)].concat()));

    let mut metadata = vec![0; 112];
    put(&mut metadata, 0, b"-FVE-FS-");
    put(&mut metadata, 10, &[2, 0, 4, 0, 4, 0]);
    put(&mut metadata, 16, &number(LEN));
    for (at, copy) in [32, 40, 48].into_iter().zip(COPIES) {
        put(&mut metadata, at, &number(copy));
    }
    put(&mut metadata, 64, &u32::try_from(48 + entries.len()).unwrap().to_le_bytes());
    put(&mut metadata, 80, &[0x44; 16]);
    put(&mut metadata, 100, &0x8004u16.to_le_bytes());
    metadata.extend(entries);

    let plain = plain();
    let mut volume: Vec<u8> =
        plain.chunks(SECTOR).enumerate().flat_map(|(sector, bytes)| encrypt(&key, sector, bytes)).collect();
    for sector in 0..HEADER_LEN / SECTOR {
        let place = HEADER / SECTOR + sector;
        put(&mut volume, place * SECTOR, &encrypt(&key, place, &plain[sector * SECTOR..][..SECTOR]));
    }
    for copy in COPIES {
        put(&mut volume, copy, &metadata);
    }
    put(&mut volume, 0, &[0; HEADER_LEN]);
    put(&mut volume, 0, b"\xEB\x58\x90-FVE-FS-\0\x02");
    let guid = [0x3B, 0xD6, 0x67, 0x49, 0x29, 0x2E, 0xD8, 0x4A, 0x83, 0x99, 0xF6, 0xA3, 0x39, 0xE3, 0xD0, 0x01];
    put(&mut volume, 160, &guid);
    for (at, copy) in [176, 184, 192].into_iter().zip(COPIES) {
        put(&mut volume, at, &number(copy));
    }
    volume
}

fn expected() -> Vec<u8> {
    let mut bytes = plain();
    for (at, len) in COPIES.map(|copy| (copy, AREA)).into_iter().chain([(HEADER, HEADER_LEN)]) {
        bytes[at..at + len].fill(0);
    }
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
