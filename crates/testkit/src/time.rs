//! Points in time as Windows stores them.

/// A FILETIME: 100 ns steps since 1601-01-01 00:00:00 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Filetime(pub u64);

/// Seconds between 1601-01-01 and 1970-01-01.
const UNIX_EPOCH_SECONDS: i64 = 11_644_473_600;

impl Filetime {
    /// The FILETIME of a Unix time in seconds.
    pub const fn from_unix(seconds: i64) -> Self {
        Filetime(((seconds + UNIX_EPOCH_SECONDS) * 10_000_000) as u64)
    }

    /// The FILETIME of a date and time of day, UTC.
    pub const fn utc(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> Self {
        Self::from_unix(unix_utc(year, month, day, hour, minute, second))
    }

    /// Unix time in whole seconds.
    pub const fn unix(self) -> i64 {
        (self.0 / 10_000_000) as i64 - UNIX_EPOCH_SECONDS
    }
}

/// The Unix time of a date and time of day, UTC (proleptic Gregorian calendar).
pub const fn unix_utc(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> i64 {
    days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
}

/// Days from 1970-01-01 to a date; years are counted from March so that the leap day comes last.
pub const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_dates() {
        assert_eq!(unix_utc(1970, 1, 1, 0, 0, 0), 0);
        assert_eq!(unix_utc(2000, 3, 1, 0, 0, 0), 951_868_800);
        assert_eq!(unix_utc(2038, 1, 19, 3, 14, 7), i64::from(i32::MAX));
        assert_eq!(
            Filetime::utc(1970, 1, 1, 0, 0, 0).0,
            116_444_736_000_000_000
        );
        assert_eq!(Filetime::from_unix(1_234_567_890).unix(), 1_234_567_890);
    }
}
