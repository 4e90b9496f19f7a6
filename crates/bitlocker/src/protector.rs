//! What protects the key of a volume: one of several copies, each encrypted in another way.

use std::fmt;

use crate::guid::Guid;

/// One protector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Protector {
    /// Its identifier. Windows shows its first eight digits beside the recovery key that belongs to it ("Key ID").
    pub id: Guid,
    /// What it asks for.
    pub kind: ProtectorKind,
}

/// What a protector asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProtectorKind {
    /// Nothing: protection is suspended.
    ClearKey,
    /// The chip of the machine.
    Tpm,
    /// A file on a stick.
    StartupKey,
    /// The chip and a PIN.
    TpmAndPin,
    /// The 48 digits.
    RecoveryKey,
    /// A smart card or a certificate.
    SmartCard,
    /// A password.
    Password,
    /// Another one, by its number.
    Other(u16),
}

impl ProtectorKind {
    pub(crate) const fn of(number: u16) -> Self {
        match number {
            0x0000 => Self::ClearKey,
            0x0100 => Self::Tpm,
            0x0200 => Self::StartupKey,
            0x0500 => Self::TpmAndPin,
            0x0800 => Self::RecoveryKey,
            0x1000 => Self::SmartCard,
            0x2000 => Self::Password,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for ProtectorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClearKey => "clear key",
            Self::Tpm => "TPM",
            Self::StartupKey => "startup key",
            Self::TpmAndPin => "TPM and PIN",
            Self::RecoveryKey => "recovery key",
            Self::SmartCard => "smart card",
            Self::Password => "password",
            Self::Other(number) => return write!(f, "protector {number:#06x}"),
        })
    }
}
