//! How the sectors of a volume are encrypted. Source: libbde, "BitLocker Drive Encryption (BDE) format", "Encryption methods".

use std::fmt;

/// The cipher of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Method {
    /// AES-CBC, 128 bits, with the Elephant diffuser: the usual one of Windows 7.
    Elephant128,
    /// AES-CBC, 256 bits, with the Elephant diffuser.
    Elephant256,
    /// AES-CBC, 128 bits: of Windows 8, and of removable drives.
    Cbc128,
    /// AES-CBC, 256 bits.
    Cbc256,
    /// AES-XTS, 128 bits: of Windows 10 and later.
    Xts128,
    /// AES-XTS, 256 bits.
    Xts256,
}

impl Method {
    /// By the number in the metadata.
    pub(crate) const fn of(number: u16) -> Option<Self> {
        match number {
            0x8000 => Some(Self::Elephant128),
            0x8001 => Some(Self::Elephant256),
            0x8002 => Some(Self::Cbc128),
            0x8003 => Some(Self::Cbc256),
            0x8004 => Some(Self::Xts128),
            0x8005 => Some(Self::Xts256),
            _ => None,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Elephant128 => "AES-CBC 128 with the Elephant diffuser",
            Self::Elephant256 => "AES-CBC 256 with the Elephant diffuser",
            Self::Cbc128 => "AES-CBC 128",
            Self::Cbc256 => "AES-CBC 256",
            Self::Xts128 => "AES-XTS 128",
            Self::Xts256 => "AES-XTS 256",
        })
    }
}
