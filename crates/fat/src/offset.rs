//! Positions and numbers, each in a type of its own, so that clusters are never taken for bytes.

use std::fmt;

/// A position in bytes from the start of the volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceOffset(pub u64);

impl DeviceOffset {
    /// The position as a number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The position `bytes` further on; stays at the last number if there is none.
    #[must_use]
    pub const fn plus(self, bytes: u64) -> Self {
        Self(self.0.saturating_add(bytes))
    }
}

impl fmt::Display for DeviceOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// The number of a cluster. The first one of a volume is 2: the table keeps its first two entries for itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cluster(pub u32);

impl Cluster {
    /// The first cluster of every volume.
    pub const FIRST: Self = Self(2);
}

impl fmt::Display for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_do_not_wrap() {
        assert_eq!(DeviceOffset(u64::MAX).plus(1), DeviceOffset(u64::MAX));
        assert_eq!(DeviceOffset(0x10).plus(0x10).to_string(), "0x20");
        assert_eq!(Cluster::FIRST.to_string(), "2");
    }
}
