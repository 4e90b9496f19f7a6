//! The ciphers of sectors.
//!
//! | method | key | what the sector's place goes into |
//! |---|---|---|
//! | AES-CBC | one | its first byte, encrypted: the first block is mixed with it |
//! | … with the diffuser | one, and from byte 32 on another | the second encrypts it twice for the key of the sector |
//! | AES-XTS | two, one behind the other | its number, encrypted by the second, doubled for each block |
//!
//! Source: libbde, "BitLocker Drive Encryption (BDE) format", "Encryption methods"; IEEE 1619 for XTS.

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes256, Block};

use crate::elephant;
use crate::error::{Error, Structure};
use crate::method::Method;
use crate::read::Fields;

/// AES with a key of one of two lengths.
enum Aes {
    Short(Box<Aes128>),
    Long(Box<Aes256>),
}

impl Aes {
    fn short(key: &Fields<'_>, at: usize) -> Result<Self, Error> {
        Ok(Self::Short(Box::new(Aes128::new(&key.array::<16>(at)?.into()))))
    }

    fn long(key: &Fields<'_>, at: usize) -> Result<Self, Error> {
        Ok(Self::Long(Box::new(Aes256::new(&key.array::<32>(at)?.into()))))
    }

    fn encrypt(&self, bytes: [u8; 16]) -> [u8; 16] {
        let mut block = Block::from(bytes);
        match self {
            Self::Short(aes) => aes.encrypt_block(&mut block),
            Self::Long(aes) => aes.encrypt_block(&mut block),
        }
        block.into()
    }

    fn decrypt(&self, bytes: [u8; 16]) -> [u8; 16] {
        let mut block = Block::from(bytes);
        match self {
            Self::Short(aes) => aes.decrypt_block(&mut block),
            Self::Long(aes) => aes.decrypt_block(&mut block),
        }
        block.into()
    }
}

enum Mode {
    Cbc(Aes),
    Elephant { cbc: Aes, tweak: Aes },
    Xts { data: Aes, tweak: Aes },
}

/// Decrypts the sectors of a volume.
pub(crate) struct Cipher {
    mode: Mode,
    sector_len: u64,
}

impl Cipher {
    pub(crate) fn new(method: Method, key: &[u8], sector_len: u16) -> Result<Self, Error> {
        let key = Fields::new(key, Structure::Key, 0);
        let mode = match method {
            Method::Cbc128 => Mode::Cbc(Aes::short(&key, 0)?),
            Method::Cbc256 => Mode::Cbc(Aes::long(&key, 0)?),
            Method::Elephant128 => Mode::Elephant { cbc: Aes::short(&key, 0)?, tweak: Aes::short(&key, 32)? },
            Method::Elephant256 => Mode::Elephant { cbc: Aes::long(&key, 0)?, tweak: Aes::long(&key, 32)? },
            Method::Xts128 => Mode::Xts { data: Aes::short(&key, 0)?, tweak: Aes::short(&key, 16)? },
            Method::Xts256 => Mode::Xts { data: Aes::long(&key, 0)?, tweak: Aes::long(&key, 32)? },
        };
        Ok(Self { mode, sector_len: sector_len.into() })
    }

    /// Decrypts one sector, which lies at `offset` of the encrypted volume.
    pub(crate) fn decrypt(&self, offset: u64, sector: &mut [u8]) {
        let place = u128::from(offset).to_le_bytes();
        match &self.mode {
            Mode::Cbc(aes) => cbc(aes, place, sector),
            Mode::Elephant { cbc: aes, tweak } => {
                cbc(aes, place, sector);
                let mut second = place;
                if let Some(last) = second.last_mut() {
                    *last = 0x80;
                }
                let mut key = [0; 32];
                let (first_half, second_half) = key.split_at_mut_checked(16).unwrap_or_default();
                first_half.copy_from_slice(&tweak.encrypt(place));
                second_half.copy_from_slice(&tweak.encrypt(second));
                elephant::undo(sector, &key);
            }
            Mode::Xts { data, tweak } => {
                let number = offset.checked_div(self.sector_len).unwrap_or(0);
                let mut mask = u128::from_le_bytes(tweak.encrypt(u128::from(number).to_le_bytes()));
                for block in sector.as_chunks_mut::<16>().0 {
                    let masked = u128::from_le_bytes(*block) ^ mask;
                    *block = (u128::from_le_bytes(data.decrypt(masked.to_le_bytes())) ^ mask).to_le_bytes();
                    // Doubled in GF(2¹²⁸).
                    let carry = if mask >> 127 == 1 { 0x87 } else { 0 };
                    mask = mask.wrapping_shl(1) ^ carry;
                }
            }
        }
    }
}

fn cbc(aes: &Aes, place: [u8; 16], sector: &mut [u8]) {
    let mut before = u128::from_le_bytes(aes.encrypt(place));
    for block in sector.as_chunks_mut::<16>().0 {
        let encrypted = *block;
        *block = (u128::from_le_bytes(aes.decrypt(encrypted)) ^ before).to_le_bytes();
        before = u128::from_le_bytes(encrypted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_ieee_1619() {
        // Vector 2: key 1 of 0x11, key 2 of 0x22, data unit 0x3333333333; only its block cipher part is of interest here.
        let key = [[0x11; 16], [0x22; 16]].concat();
        let cipher = Cipher::new(Method::Xts128, &key, 512).unwrap();
        let mut bytes: Vec<u8> =
            hex::decode("c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0").unwrap();
        cipher.decrypt(0x33_3333_3333 * 512, &mut bytes);
        assert_eq!(bytes, [0x44; 32]);
    }

    #[test]
    fn keys_that_are_too_short() {
        for method in
            [Method::Cbc128, Method::Cbc256, Method::Elephant128, Method::Elephant256, Method::Xts128, Method::Xts256]
        {
            let error = Cipher::new(method, &[0; 15], 512).err().unwrap();
            assert!(error.to_string().starts_with("BitLocker key at 0x0: needs "), "{error}");
        }
    }
}
