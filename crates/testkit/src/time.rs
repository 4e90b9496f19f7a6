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

    /// That many days later.
    pub const fn plus_days(self, days: i64) -> Self {
        Self::from_unix(self.unix() + days * 86_400)
    }

    /// Year, month and day, UTC.
    pub const fn date(self) -> (i64, i64, i64) {
        civil_from_days(self.unix().div_euclid(86_400))
    }

    /// Day of the year, from 1.
    pub const fn day_of_year(self) -> i64 {
        let (year, _, _) = self.date();
        self.unix().div_euclid(86_400) - days_from_civil(year, 1, 1) + 1
    }

    /// The 16 bytes of a SYSTEMTIME: year, month, day of the week, day, hour, minute, second, milliseconds.
    pub fn system_time(self) -> [u8; 16] {
        let (year, month, day) = self.date();
        let days = self.unix().div_euclid(86_400);
        let second = self.unix().rem_euclid(86_400);
        let fields = [year, month, (days + 4).rem_euclid(7), day, second / 3_600, second / 60 % 60, second % 60, 0];
        let mut bytes = [0; 16];
        for (slot, field) in bytes.chunks_exact_mut(2).zip(fields) {
            slot.copy_from_slice(&(field as u16).to_le_bytes());
        }
        bytes
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

const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_dates() {
        assert_eq!(unix_utc(1970, 1, 1, 0, 0, 0), 0);
        assert_eq!(unix_utc(2000, 3, 1, 0, 0, 0), 951_868_800);
        assert_eq!(unix_utc(2038, 1, 19, 3, 14, 7), i64::from(i32::MAX));
        assert_eq!(Filetime::utc(1970, 1, 1, 0, 0, 0).0, 116_444_736_000_000_000);
        assert_eq!(Filetime::from_unix(1_234_567_890).unix(), 1_234_567_890);
    }

    #[test]
    fn dates_come_back() {
        for (year, month, day) in [(1601, 1, 1), (2000, 2, 29), (2019, 12, 31), (2024, 3, 1)] {
            let time = Filetime::utc(year, month, day, 23, 59, 58);
            assert_eq!(time.date(), (year, month, day));
        }
        assert_eq!(Filetime::utc(2024, 12, 31, 0, 0, 0).day_of_year(), 366);
        // 2024-03-01 was a Friday.
        let bytes = Filetime::utc(2024, 3, 1, 4, 5, 6).system_time();
        assert_eq!(bytes, [0xE8, 7, 3, 0, 5, 0, 1, 0, 4, 0, 5, 0, 6, 0, 0, 0]);
    }
}
