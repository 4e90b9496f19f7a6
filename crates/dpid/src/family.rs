//! The families of product keys.

use core::fmt;

/// How the bits of a stored key are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyFamily {
    /// The key bytes are zero: a MAK or KMS host key that Windows does not keep, or `slmgr /cpky`.
    Erased,
    /// Windows 8, Server 2012, Office 2013 and later; the text holds one `N`; group and serial are plain bits.
    Pkey2009,
    /// Windows Vista, 7, Server 2008 and 2008 R2, Office 2010; group and serial are not plain bits.
    Pkey2005,
    /// Windows 98 to XP and Server 2003, Office 2000 to 2007: an elliptic-curve signature under a BINK id.
    Bink,
    /// Before [`Pkey2009`](Self::Pkey2009); the bits alone do not tell whether PKEY2005 or BINK.
    Legacy,
}

impl fmt::Display for KeyFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Erased => "erased",
            Self::Pkey2009 => "PKEY2009",
            Self::Pkey2005 => "PKEY2005",
            Self::Bink => "BINK",
            Self::Legacy => "legacy",
        })
    }
}
