//! How many secrets are tried on how many protectors: each try is 2²⁰ rounds of SHA-256, and a damaged or hostile volume can hold
//! hundreds of protectors.

use crate::error::Error;

/// What is left of the tries of one or more volumes.
#[derive(Clone, Debug)]
pub struct Tries {
    max: usize,
    left: usize,
    protectors: usize,
}

impl Tries {
    /// At most `max` tries of a secret on a protector, over all volumes that are unlocked with these `Tries`; on each volume at most
    /// `protectors` protectors that ask for a secret.
    #[must_use]
    pub const fn new(max: usize, protectors: usize) -> Self {
        Self { max, left: max, protectors }
    }

    /// Takes one try.
    pub(crate) fn take(&mut self) -> Result<(), Error> {
        let left = self.left.checked_sub(1);
        self.left = left.ok_or(Error::Limit { what: "tries of secrets on protectors", value: self.max })?;
        Ok(())
    }

    /// An error if as many protectors of a volume were tried.
    pub(crate) fn check_protectors(&self, tried: usize) -> Result<(), Error> {
        let limit = Error::Limit { what: "protectors that ask for a secret", value: self.protectors };
        if tried < self.protectors { Ok(()) } else { Err(limit) }
    }
}

impl Default for Tries {
    /// 256 tries, 32 protectors. Windows makes a handful of protectors.
    fn default() -> Self {
        Self::new(256, 32)
    }
}
