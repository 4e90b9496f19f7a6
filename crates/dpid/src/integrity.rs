//! The outcome of one check.

use core::fmt;

/// Whether a stored check value fits the bytes that it covers.
///
/// `Ok` shows that the bytes are undamaged. It never shows that a key is genuine: only Microsoft can check that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Integrity {
    /// Stored and computed value agree.
    Ok,
    /// Stored and computed value differ.
    Bad,
    /// The stored value, or a byte that it covers, is not there.
    Absent,
}

impl Integrity {
    /// Whether stored and computed value agree.
    #[must_use]
    pub const fn is_ok(self) -> bool {
        matches!(self, Self::Ok)
    }

    pub(crate) const fn from_match(agrees: bool) -> Self {
        if agrees { Self::Ok } else { Self::Bad }
    }
}

impl fmt::Display for Integrity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Bad => "bad",
            Self::Absent => "absent",
        })
    }
}
