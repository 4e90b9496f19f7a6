//! A volume as BitLocker encrypts it: AES-XTS with 128 bits.
//!
//! The volume's own bytes are followed by 256 KiB: its first 8 KiB once more (from [`HEADER_LEN`] on they are only here), and three
//! copies of the metadata. The structures are written from the description of libbde ("BitLocker Drive Encryption (BDE) format"),
//! independently of the reader in `hivekey-bitlocker`.

use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use ccm::aead::Aead;
use ccm::consts::{U12, U16};
use sha2::{Digest, Sha256};

/// Bytes of a sector.
const SECTOR: usize = 512;
/// Bytes at the start of the volume that lie elsewhere.
pub const HEADER_LEN: usize = 0x2000;
/// Bytes that each copy of the metadata may take.
pub const AREA: usize = 0x10000;
/// The identifier of the volume.
pub const VOLUME_ID: [u8; 16] = [0x44; 16];

const VOLUME_KEY: [u8; 32] = [0x5A; 32];
const MASTER_KEY: [u8; 32] = [0xA5; 32];
const CLEAR_KEY: [u8; 32] = [7; 32];
const SALT: [u8; 16] = [9; 16];

/// What protects the volume. The identifiers are 0x11… of the first, 0x22… of the second, and so on.
#[derive(Clone, Copy, Debug)]
pub enum Protector {
    /// A password.
    Password(&'static str),
    /// A recovery key: each 16-bit number is an eleventh of a group.
    RecoveryKey([u16; 8]),
    /// The key of the machine's chip, which nothing here holds.
    Tpm,
    /// None: protection is suspended, and the key lies open.
    Clear,
}

/// Encrypts a volume, of which the length is a multiple of 64 KiB.
///
/// # Panics
///
/// If it is not.
pub fn bitlocker(plain: &[u8], protectors: &[Protector]) -> Vec<u8> {
    assert!(plain.len().is_multiple_of(AREA) && plain.len() >= AREA);
    let header = plain.len();
    let copies = [1, 2, 3].map(|number| header + number * AREA);
    let len = header + 4 * AREA;
    let mut bytes = plain.to_vec();
    bytes.resize(len, 0);
    let mut volume: Vec<u8> =
        bytes.chunks(SECTOR).enumerate().flat_map(|(sector, bytes)| encrypt(sector, bytes)).collect();
    for sector in 0..HEADER_LEN / SECTOR {
        let place = header / SECTOR + sector;
        put(&mut volume, place * SECTOR, &encrypt(place, &plain[sector * SECTOR..][..SECTOR]));
    }
    let metadata = metadata(len, header, copies, protectors);
    for copy in copies {
        put(&mut volume, copy, &metadata);
    }
    put(&mut volume, 0, &[0; HEADER_LEN]);
    put(&mut volume, 0, b"\xEB\x58\x90-FVE-FS-\0\x02");
    let guid = [0x3B, 0xD6, 0x67, 0x49, 0x29, 0x2E, 0xD8, 0x4A, 0x83, 0x99, 0xF6, 0xA3, 0x39, 0xE3, 0xD0, 0x01];
    put(&mut volume, 160, &guid);
    for (at, copy) in [176, 184, 192].into_iter().zip(copies) {
        put(&mut volume, at, &number(copy));
    }
    volume
}

fn metadata(len: usize, header: usize, copies: [usize; 3], protectors: &[Protector]) -> Vec<u8> {
    let mut entries = Vec::new();
    for (id, protector) in (1u8..).zip(protectors) {
        entries.extend(master_key_entry(id * 0x11, *protector));
    }
    entries.extend(entry(3, 5, &seal(&MASTER_KEY, &contained(&VOLUME_KEY))));
    entries.extend(entry(0xF, 0xF, &[number(header), number(HEADER_LEN)].concat()));
    let mut metadata = vec![0; 112];
    put(&mut metadata, 0, b"-FVE-FS-");
    put(&mut metadata, 10, &[2, 0, 4, 0, 4, 0]);
    put(&mut metadata, 16, &number(len));
    for (at, copy) in [32, 40, 48].into_iter().zip(copies) {
        put(&mut metadata, at, &number(copy));
    }
    put(&mut metadata, 64, &u32::try_from(48 + entries.len()).unwrap().to_le_bytes());
    put(&mut metadata, 80, &VOLUME_ID);
    put(&mut metadata, 100, &0x8004u16.to_le_bytes());
    metadata.extend(entries);
    metadata
}

fn master_key_entry(id: u8, protector: Protector) -> Vec<u8> {
    let sealed = |key: &[u8; 32]| entry(0, 5, &seal(key, &contained(&MASTER_KEY)));
    let stretched = |hash: [u8; 32]| {
        let stretch = entry(0, 3, &[&[0, 0x10, 0, 0][..], &SALT].concat());
        [stretch, sealed(&stretch_key(hash))].concat()
    };
    let (kind, properties) = match protector {
        Protector::Password(password) => {
            let password: Vec<u8> = password.encode_utf16().flat_map(u16::to_le_bytes).collect();
            (0x2000u16, stretched(Sha256::digest(Sha256::digest(password)).into()))
        }
        Protector::RecoveryKey(key) => {
            let key: Vec<u8> = key.into_iter().flat_map(u16::to_le_bytes).collect();
            (0x0800, stretched(Sha256::digest(key).into()))
        }
        Protector::Tpm => (0x0100, Vec::new()),
        Protector::Clear => {
            let key = entry(0, 1, &[&[0; 4][..], &CLEAR_KEY].concat());
            (0, [key, sealed(&CLEAR_KEY)].concat())
        }
    };
    let mut data = vec![id; 16];
    data.extend([0; 10]);
    data.extend(kind.to_le_bytes());
    data.extend(properties);
    entry(2, 8, &data)
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

fn number(value: usize) -> [u8; 8] {
    (value as u64).to_le_bytes()
}

fn entry(kind: u16, value: u16, data: &[u8]) -> Vec<u8> {
    let size = u16::try_from(8 + data.len()).unwrap();
    [size, kind, value, 1].iter().flat_map(|word| word.to_le_bytes()).chain(data.iter().copied()).collect()
}

/// A key with the header that stands before it when it is sealed.
fn contained(key: &[u8]) -> Vec<u8> {
    [&[0; 12], key].concat()
}

fn seal(key: &[u8; 32], plain: &[u8]) -> Vec<u8> {
    let nonce = [3; 12];
    let sealed = ccm::Ccm::<aes::Aes256, U16, U12>::new(key.into()).encrypt((&nonce).into(), plain).unwrap();
    let (data, tag) = sealed.split_at(sealed.len() - 16);
    [&nonce, tag, data].concat()
}

fn stretch_key(hash: [u8; 32]) -> [u8; 32] {
    let mut state = [0; 88];
    put(&mut state, 32, &hash);
    put(&mut state, 64, &SALT);
    for round in 0..1u64 << 20 {
        put(&mut state, 80, &round.to_le_bytes());
        let last = Sha256::digest(state);
        put(&mut state, 0, &last);
    }
    *state.first_chunk().unwrap()
}

fn encrypt(sector: usize, bytes: &[u8]) -> Vec<u8> {
    let aes = |key: &[u8]| Aes128::new(&(*key.first_chunk::<16>().unwrap()).into());
    let block = |aes: &Aes128, bytes: u128| {
        let mut block = bytes.to_le_bytes().into();
        aes.encrypt_block(&mut block);
        u128::from_le_bytes(block.into())
    };
    let (data, tweak) = (aes(&VOLUME_KEY[..16]), aes(&VOLUME_KEY[16..]));
    let mut mask = block(&tweak, sector as u128);
    let mut out = Vec::new();
    for chunk in bytes.as_chunks::<16>().0 {
        out.extend((block(&data, u128::from_le_bytes(*chunk) ^ mask) ^ mask).to_le_bytes());
        mask = (mask << 1) ^ if mask >> 127 == 1 { 0x87 } else { 0 };
    }
    out
}
