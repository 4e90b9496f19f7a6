//! FILETIME, the only time format of a hive.

/// 1601-01-01 to 1970-01-01 in seconds.
const EPOCH_DIFFERENCE: i64 = 11_644_473_600;

/// Ticks of 100 nanoseconds in a second.
const TICKS: u64 = 10_000_000;

/// A time as Windows stores it: 100-nanosecond ticks since 1601-01-01 00:00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileTime(pub u64);

impl FileTime {
    /// The ticks as they are stored.
    #[must_use]
    pub const fn ticks(self) -> u64 {
        self.0
    }

    /// Whether the field is 0, which writers other than Windows leave and which means "not known".
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whole seconds since 1970-01-01 00:00:00 UTC, rounded down; negative before.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        let seconds = self.0.checked_div(TICKS).unwrap_or(0);
        i64::try_from(seconds).unwrap_or(i64::MAX).saturating_sub(EPOCH_DIFFERENCE)
    }

    /// Nanoseconds after [`unix_seconds`](Self::unix_seconds), 0 to 999 999 900.
    #[must_use]
    pub fn subsec_nanos(self) -> u32 {
        let ticks = self.0.checked_rem(TICKS).unwrap_or(0);
        u32::try_from(ticks).unwrap_or(0).saturating_mul(100)
    }
}

#[cfg(test)]
mod tests {
    use super::FileTime;

    #[test]
    fn known_times() {
        // 1970-01-01, and 2009-07-14 04:34:14.2253846 UTC of a Windows 7 installation medium.
        assert_eq!(FileTime(116_444_736_000_000_000).unix_seconds(), 0);
        let t = FileTime(128_920_016_542_253_846);
        assert_eq!((t.unix_seconds(), t.subsec_nanos()), (1_247_528_054, 225_384_600));
    }

    #[test]
    fn edges() {
        assert_eq!(FileTime(0).unix_seconds(), -11_644_473_600);
        assert!(FileTime(0).is_zero());
        assert_eq!(FileTime(1).subsec_nanos(), 100);
        assert_eq!(FileTime(9_999_999).subsec_nanos(), 999_999_900);
        assert_eq!(FileTime(u64::MAX).unix_seconds(), 1_844_674_407_370 - 11_644_473_600);
        assert_eq!(FileTime(u64::MAX).subsec_nanos(), 955_161_500);
    }
}
