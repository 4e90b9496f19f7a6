//! From a secret to the key of the sectors.
//!
//! The secret, stretched with the salt of a protector, decrypts the master key; that one decrypts the key of the volume. Encrypted keys
//! are AES-CCM with 256 bits:
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 12 | nonce | |
//! | 12 | 16 | tag | |
//! | 28 | … | data | 12 bytes of a header, then the key |
//!
//! Source: libbde, "BitLocker Drive Encryption (BDE) format", "AES-CCM encrypted key".

use ccm::aead::{Aead, KeyInit, Payload};
use ccm::consts::{U12, U16};
use zeroize::Zeroizing;

use crate::entry::{
    Entry, MASTER_KEY, VALUE_ENCRYPTED, VALUE_KEY, VALUE_MASTER_KEY, VALUE_STRETCH, VOLUME_KEY, entries,
};
use crate::error::{Error, Structure};
use crate::metadata::{Metadata, protector};
use crate::protector::{Protector, ProtectorKind};
use crate::read::Fields;
use crate::secret::Secret;
use crate::stretch::stretch;

type Ccm = ccm::Ccm<aes::Aes256, U16, U12>;

/// Where the entries of a master key start.
const MASTER_KEY_ENTRIES: usize = 28;
/// Bytes before a decrypted key.
const KEY_HEADER: usize = 12;

/// The key of the volume (what stands behind its header), and the protector that gave it.
pub(crate) fn volume_key(metadata: &Metadata, secrets: &[Secret]) -> Result<(Zeroizing<Vec<u8>>, Protector), Error> {
    let all = metadata.entries();
    let (master, protector) = master_key(&all, secrets)?;
    let mut sealed = all.iter().filter(|entry| (entry.kind, entry.value) == (VOLUME_KEY, VALUE_ENCRYPTED));
    let sealed = sealed.next().ok_or(Error::DamagedKey)?;
    let key = decrypt(&master, &sealed.data)?.ok_or(Error::DamagedKey)?;
    Ok((key, protector))
}

fn master_key(all: &[Entry<'_>], secrets: &[Secret]) -> Result<(Zeroizing<[u8; 32]>, Protector), Error> {
    let mut was_tried = false;
    for entry in all.iter().filter(|entry| (entry.kind, entry.value) == (MASTER_KEY, VALUE_MASTER_KEY)) {
        let properties = entries(&entry.data, MASTER_KEY_ENTRIES)?;
        let property = |value| properties.iter().find(|property| property.value == value);
        let Some(sealed) = property(VALUE_ENCRYPTED) else { continue };
        let protector = protector(entry)?;
        let kind = protector.kind;
        if kind == ProtectorKind::ClearKey {
            if let Some(clear) = property(VALUE_KEY) {
                let key = Zeroizing::new(clear.data.array(4)?);
                if let Some(master) = decrypt(&key, &sealed.data)? {
                    return Ok((first_32(&master)?, protector));
                }
            }
            continue;
        }
        let Some(salt) = property(VALUE_STRETCH) else { continue };
        let salt = salt.data.array(4)?;
        for secret in secrets.iter().filter(|secret| is_for(secret, kind)) {
            was_tried = true;
            let key = stretch(&secret.hash(), &salt);
            if let Some(master) = decrypt(&key, &sealed.data)? {
                return Ok((first_32(&master)?, protector));
            }
        }
    }
    Err(if was_tried { Error::WrongSecret } else { Error::NoProtector })
}

fn is_for(secret: &Secret, kind: ProtectorKind) -> bool {
    matches!(
        (secret, kind),
        (Secret::RecoveryKey(_), ProtectorKind::RecoveryKey) | (Secret::Password(_), ProtectorKind::Password)
    )
}

/// The key in an encrypted one, without its header; `None` if this is not the key that encrypted it.
fn decrypt(key: &[u8; 32], sealed: &Fields<'_>) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    let nonce: [u8; 12] = sealed.array(0)?;
    let tag: [u8; 16] = sealed.array(12)?;
    // The crate wants the tag behind the data.
    let message = [sealed.rest(28)?, &tag].concat();
    let payload = Payload { msg: &message, aad: &[] };
    let Ok(mut opened) = Ccm::new(key.into()).decrypt((&nonce).into(), payload) else {
        return Ok(None);
    };
    let opened_len = opened.len();
    let key = opened.split_off(KEY_HEADER.min(opened_len));
    Ok(Some(Zeroizing::new(key)))
}

fn first_32(key: &[u8]) -> Result<Zeroizing<[u8; 32]>, Error> {
    Fields::new(key, Structure::Key, 0).array(0).map(Zeroizing::new)
}
