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

use crate::entry::{Entry, VALUE_ENCRYPTED, VALUE_KEY, VALUE_STRETCH, VOLUME_KEY};
use crate::error::{Error, Structure};
use crate::metadata::{Metadata, is_protector, properties, protector};
use crate::protector::{Protector, ProtectorKind};
use crate::read::Fields;
use crate::secret::Secret;
use crate::stretch::stretch;
use crate::tries::Tries;

type Ccm = ccm::Ccm<aes::Aes256, U16, U12>;

/// Bytes before a decrypted key.
const KEY_HEADER: usize = 12;

/// The key of the volume (what stands behind its header), and the protector that gave it.
pub(crate) fn volume_key(
    metadata: &Metadata,
    secrets: &[Secret],
    tries: &mut Tries,
) -> Result<(Zeroizing<Vec<u8>>, Protector), Error> {
    let all = metadata.entries();
    let (master, protector) = Search { secrets, tries, tried: 0 }.master_key(&all)?;
    let mut sealed = all.iter().filter(|entry| (entry.kind, entry.value) == (VOLUME_KEY, VALUE_ENCRYPTED));
    let sealed = sealed.next().ok_or(Error::DamagedKey)?;
    let key = decrypt(&master, &sealed.data)?.ok_or(Error::DamagedKey)?;
    Ok((key, protector))
}

type MasterKey = (Zeroizing<[u8; 32]>, Protector);

struct Search<'a> {
    secrets: &'a [Secret],
    tries: &'a mut Tries,
    /// Protectors that a secret was tried on.
    tried: usize,
}

impl Search<'_> {
    /// Of the first protector that opens. One that is damaged does not keep the others from it.
    fn master_key(mut self, all: &[Entry<'_>]) -> Result<MasterKey, Error> {
        let mut first_error = None;
        for entry in all.iter().filter(|entry| is_protector(entry)) {
            match self.try_protector(entry) {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => {}
                Err(error) => _ = first_error.get_or_insert(error),
            }
        }
        Err(first_error.unwrap_or(if self.tried > 0 { Error::WrongSecret } else { Error::NoProtector }))
    }

    fn try_protector(&mut self, entry: &Entry<'_>) -> Result<Option<MasterKey>, Error> {
        let protector = protector(entry)?;
        let kind = protector.kind;
        let is_clear = kind == ProtectorKind::ClearKey;
        if !is_clear && !self.secrets.iter().any(|secret| is_for(secret, kind)) {
            return Ok(None);
        }
        let properties = properties(entry)?;
        let property = |value| properties.iter().find(|property| property.value == value);
        let Some(sealed) = property(VALUE_ENCRYPTED) else { return Ok(None) };
        let Some(key) = property(if is_clear { VALUE_KEY } else { VALUE_STRETCH }) else { return Ok(None) };
        if is_clear {
            let master = decrypt(&Zeroizing::new(key.data.array(4)?), &sealed.data)?;
            return master.map(|master| Ok((first_32(&master)?, protector))).transpose();
        }
        let salt = key.data.array(4)?;
        self.tries.check_protectors(self.tried)?;
        for secret in self.secrets.iter().filter(|secret| is_for(secret, kind)) {
            self.tries.take()?;
            if let Some(master) = decrypt(&stretch(&secret.hash(), &salt), &sealed.data)? {
                return Ok(Some((first_32(&master)?, protector)));
            }
        }
        self.tried = self.tried.saturating_add(1);
        Ok(None)
    }
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
