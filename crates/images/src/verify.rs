//! The hashes that an image stores of its disk, compared with those of what is read.

use hivekey_read_at::{ReadAt, ReadError, narrow, wide};
use md5::Md5;
use sha1::{Digest, Sha1};

use crate::disk::Disk;

/// Bytes hashed at a time.
const WINDOW: u64 = 1 << 20;

/// A hash that an image stores, and that of what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HashCheck {
    /// `MD5` or `SHA-1`.
    pub algorithm: &'static str,
    /// As the image has it.
    pub stored: Vec<u8>,
    /// Of the disk as it is read now.
    pub computed: Vec<u8>,
}

impl HashCheck {
    /// Whether both are the same.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.stored == self.computed
    }
}

impl Disk {
    /// Computes the hashes that the image stores of its disk (EWF), and compares them. Reads the whole disk; without a stored hash
    /// nothing.
    ///
    /// # Errors
    ///
    /// The first [`ReadError`]: a disk that cannot be read as a whole has no hash.
    pub fn check_hashes(&self) -> Result<Vec<HashCheck>, ReadError> {
        let stored = self.stored_hashes();
        let mut md5 = stored.md5.map(|stored| (stored, Md5::new()));
        let mut sha1 = stored.sha1.map(|stored| (stored, Sha1::new()));
        if md5.is_none() && sha1.is_none() {
            return Ok(Vec::new());
        }
        let size = self.virtual_size();
        let mut buf = vec![0; narrow(WINDOW.min(size))];
        let mut at = 0;
        while at < size {
            let read = self.read_available(at, &mut buf)?;
            let bytes = buf.get(..read).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            md5.iter_mut().for_each(|(_, hash)| hash.update(bytes));
            sha1.iter_mut().for_each(|(_, hash)| hash.update(bytes));
            at = at.saturating_add(wide(read));
        }
        let md5 = md5.map(|(stored, hash)| HashCheck {
            algorithm: "MD5",
            stored: stored.to_vec(),
            computed: hash.finalize().to_vec(),
        });
        let sha1 = sha1.map(|(stored, hash)| HashCheck {
            algorithm: "SHA-1",
            stored: stored.to_vec(),
            computed: hash.finalize().to_vec(),
        });
        Ok(md5.into_iter().chain(sha1).collect())
    }
}
