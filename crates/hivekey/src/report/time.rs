//! Times as Windows stores them, shown as RFC 3339 UTC.

use core::fmt;

use serde::{Serialize, Serializer};

/// 100-nanosecond intervals between 1601-01-01 and 1970-01-01 (MS-DTYP § 2.3.3).
const FILETIME_UNIX_EPOCH: i128 = 116_444_736_000_000_000;

/// A point in time, UTC. `Display` and JSON are RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// From a FILETIME (100-nanosecond intervals since 1601). Zero and times past the year 9999 are `None`.
    #[must_use]
    pub fn from_filetime(filetime: u64) -> Option<Self> {
        if filetime == 0 {
            return None;
        }
        let intervals = i128::from(filetime).checked_sub(FILETIME_UNIX_EPOCH)?;
        jiff::Timestamp::from_nanosecond(intervals.checked_mul(100)?).ok().map(Self)
    }

    /// From seconds since 1970. Zero is `None`: Windows writes it where nothing is known.
    #[must_use]
    pub fn from_unix(seconds: u32) -> Option<Self> {
        if seconds == 0 {
            return None;
        }
        jiff::Timestamp::from_second(i64::from(seconds)).ok().map(Self)
    }

    /// Now, by the clock of the running machine.
    #[must_use]
    pub fn now() -> Self {
        Self(jiff::Timestamp::now())
    }

    /// The day alone, `2024-03-12`.
    #[must_use]
    pub fn date(self) -> String {
        self.0.strftime("%Y-%m-%d").to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filetimes_are_shown_as_rfc_3339() {
        // 2024-01-01 00:00:00 UTC, and the largest value that FILETIME holds.
        assert_eq!(Timestamp::from_filetime(133_485_408_000_000_000).unwrap().to_string(), "2024-01-01T00:00:00Z");
        assert_eq!(Timestamp::from_filetime(1).unwrap().to_string(), "1601-01-01T00:00:00.0000001Z");
        assert_eq!(Timestamp::from_filetime(0), None);
        assert_eq!(Timestamp::from_filetime(u64::MAX), None);
    }

    #[test]
    fn unix_times_are_seconds() {
        assert_eq!(Timestamp::from_unix(1_289_406_535).unwrap().to_string(), "2010-11-10T16:28:55Z");
        assert_eq!(Timestamp::from_unix(0), None);
        assert_eq!(Timestamp::from_unix(u32::MAX).unwrap().date(), "2106-02-07");
    }
}
