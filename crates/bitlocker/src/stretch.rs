//! How a secret becomes a key: 2²⁰ rounds of SHA-256.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 32 | last | hash of the round before; zeros at first |
//! | 32 | 32 | first | hash of the secret |
//! | 64 | 16 | salt | |
//! | 80 | 8 | round | from 0 |
//!
//! Source: libbde, "BitLocker Drive Encryption (BDE) format", "Stretch key".

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

const ROUNDS: u64 = 1 << 20;

pub(crate) fn stretch(secret: &[u8; 32], salt: &[u8; 16]) -> Zeroizing<[u8; 32]> {
    let mut last = Zeroizing::new([0u8; 32]);
    for round in 0..ROUNDS {
        let mut hash = Sha256::new();
        hash.update(*last);
        hash.update(secret);
        hash.update(salt);
        hash.update(round.to_le_bytes());
        *last = hash.finalize().into();
    }
    last
}
