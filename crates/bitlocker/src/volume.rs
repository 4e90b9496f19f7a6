//! An encrypted volume.

use std::sync::Arc;

use hivekey_read_at::ReadAt;

use crate::cipher::Cipher;
use crate::error::Error;
use crate::guid::Guid;
use crate::key_chain::volume_key;
use crate::metadata::Metadata;
use crate::method::Method;
use crate::protector::Protector;
use crate::secret::Secret;
use crate::tries::Tries;
use crate::unlocked::Unlocked;
use crate::volume_header::{self, VolumeHeader};

/// An encrypted volume, of which the metadata have been read.
pub struct Volume {
    device: Arc<dyn ReadAt>,
    sector_len: u16,
    metadata: Metadata,
}

impl Volume {
    /// Reads the metadata: the first copy that can be read counts, and of these the first one without a damaged protector.
    ///
    /// # Errors
    ///
    /// [`Error::NotBitLocker`], [`Error::Unsupported`] for what this crate does not read, [`Error::NoMetadata`] if all copies are
    /// damaged.
    pub fn open(device: Arc<dyn ReadAt>) -> Result<Self, Error> {
        let mut header = [0; volume_header::LEN];
        if device.read_available(0, &mut header)? < header.len() {
            return Err(Error::NotBitLocker);
        }
        let header = VolumeHeader::parse(&header)?;
        let (mut last, mut damaged) = (None, None);
        for offset in header.metadata {
            match Metadata::read(&*device, offset, header.sector_len) {
                Ok(metadata) if metadata.is_whole => {
                    return Ok(Self { device, sector_len: header.sector_len, metadata });
                }
                Ok(metadata) => _ = damaged.get_or_insert(metadata),
                Err(error @ Error::Unsupported(_)) if damaged.is_none() => return Err(error),
                Err(error) => last = Some(error),
            }
        }
        let none = || Error::NoMetadata { last: Box::new(last.unwrap_or(Error::NotBitLocker)) };
        Ok(Self { device, sector_len: header.sector_len, metadata: damaged.ok_or_else(none)? })
    }

    /// The identifier of the volume.
    #[must_use]
    pub fn id(&self) -> Guid {
        self.metadata.id
    }

    /// How it is encrypted.
    #[must_use]
    pub fn method(&self) -> Method {
        self.metadata.method
    }

    /// What protects its key.
    #[must_use]
    pub fn protectors(&self) -> &[Protector] {
        &self.metadata.protectors
    }

    /// Unlocks it with the first of the secrets that fits; without any, if its protection is suspended. Each try takes part of a
    /// second; there are no more than [`Tries::default`].
    ///
    /// # Errors
    ///
    /// [`Error::WrongSecret`] if none fits, [`Error::NoProtector`] if none is of a kind that the volume asks for, [`Error::Limit`] if
    /// some were not tried; if none fits and a protector that a secret is for is damaged, what is wrong with it.
    pub fn unlock(&self, secrets: &[Secret]) -> Result<Unlocked, Error> {
        self.unlock_within(secrets, &mut Tries::default())
    }

    /// As [`unlock`](Self::unlock), with what other volumes left of `tries`.
    ///
    /// # Errors
    ///
    /// As [`unlock`](Self::unlock).
    pub fn unlock_within(&self, secrets: &[Secret], tries: &mut Tries) -> Result<Unlocked, Error> {
        let (key, protector) = volume_key(&self.metadata, secrets, tries)?;
        let cipher = Cipher::new(self.metadata.method, &key, self.sector_len)?;
        Ok(Unlocked::new(Arc::clone(&self.device), cipher, self.sector_len, &self.metadata, protector))
    }
}
