//! What unlocks a volume.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// Something that may unlock a volume. `Debug` never shows it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Secret {
    /// The 48 digits that Windows keeps in Active Directory, in the Microsoft account, or on paper.
    RecoveryKey(RecoveryKey),
    /// What the user types.
    Password(Password),
}

/// A recovery key.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryKey(Zeroizing<[u8; 16]>);

/// A password.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

/// Why text is no recovery key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not eight groups.
    #[error("a recovery key has 8 groups of 6 digits, this has {0}")]
    Groups(usize),
    /// A group is not six digits.
    #[error("group {0} of the recovery key is not 6 digits")]
    Digits(usize),
    /// A group is no multiple of eleven, or too great: mistyped.
    #[error("group {0} of the recovery key is mistyped: it is no multiple of 11 below 720896")]
    Mistyped(usize),
}

impl RecoveryKey {
    const GROUPS: usize = 8;

    /// Takes eight groups of six digits, with anything but digits between them. Each group is a multiple of 11, so that
    /// mistyped ones are told by their number, from 1.
    ///
    /// # Errors
    ///
    /// [`KeyError`] if this is no recovery key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let digits = |c: char| c.is_ascii_digit();
        let mut groups: Vec<&str> = text.split(|c| !digits(c)).filter(|group| !group.is_empty()).collect();
        // Written without anything in between.
        if let [all] = groups[..]
            && all.len() == Self::GROUPS.saturating_mul(6)
        {
            groups = (0..Self::GROUPS).filter_map(|group| all.get(group.saturating_mul(6)..)?.get(..6)).collect();
        }
        if groups.len() != Self::GROUPS {
            return Err(KeyError::Groups(groups.len()));
        }
        let mut key = Zeroizing::new([0; 16]);
        for ((number, group), place) in (1usize..).zip(groups).zip(key.as_chunks_mut::<2>().0) {
            let value: u32 = Some(group)
                .filter(|group| group.len() == 6)
                .and_then(|group| group.parse().ok())
                .ok_or(KeyError::Digits(number))?;
            let eleventh = value.checked_div(11).filter(|_| value.is_multiple_of(11));
            let eleventh = eleventh.and_then(|eleventh| u16::try_from(eleventh).ok());
            *place = eleventh.ok_or(KeyError::Mistyped(number))?.to_le_bytes();
        }
        Ok(Self(key))
    }
}

impl Password {
    /// Takes a password as it is typed.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl Secret {
    /// What is stretched to a key.
    pub(crate) fn hash(&self) -> Zeroizing<[u8; 32]> {
        match self {
            Self::RecoveryKey(RecoveryKey(key)) => Zeroizing::new(Sha256::digest(**key).into()),
            Self::Password(Password(text)) => {
                let units: Zeroizing<Vec<u8>> =
                    Zeroizing::new(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
                Zeroizing::new(Sha256::digest(Sha256::digest(&*units)).into())
            }
        }
    }
}

impl fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryKey(..)")
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_keys() {
        let key = RecoveryKey::parse("042647-302313-590458-071500-554323-116567-412181-516978").unwrap();
        assert_eq!(key, RecoveryKey::parse("042647302313590458071500554323116567412181516978").unwrap());
        assert_eq!(key, RecoveryKey::parse(" 042647 302313 590458 071500 554323 116567 412181 516978\n").unwrap());
        assert_eq!(key.0[..2], (42647u16 / 11).to_le_bytes());
        let zero = ["000000"; 8].join("-");
        assert_eq!(*RecoveryKey::parse(&zero).unwrap().0, [0; 16]);
        let with = |group: &str| RecoveryKey::parse(&zero.replacen("000000-", &format!("{group}-"), 1));
        assert_eq!(with("720885").unwrap().0[..2], [0xFF, 0xFF]);
        assert_eq!(with("720896"), Err(KeyError::Mistyped(1)));
        assert_eq!(with("000012"), Err(KeyError::Mistyped(1)));
        assert_eq!(with("00011"), Err(KeyError::Digits(1)));
        assert_eq!(with("0000000011"), Err(KeyError::Digits(1)));
        assert_eq!(RecoveryKey::parse("123456-123456"), Err(KeyError::Groups(2)));
        assert_eq!(RecoveryKey::parse(""), Err(KeyError::Groups(0)));
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = format!("{:?}", [Secret::Password(Password::new("anaconda"))]);
        assert_eq!(shown, "[Password(Password(..))]");
    }
}
