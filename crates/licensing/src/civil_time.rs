//! Dates of the policy: text in the action state, eight 16-bit fields in `Kernel-ExpirationDate`. Both in UTC.

use core::fmt;
use core::str::FromStr;

use crate::read::u16_at;

/// A date and time of day in UTC, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CivilTime {
    /// Year, 1601 or later.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
    /// Second, 0 to 59.
    pub second: u8,
}

/// Why a text is no date of the action state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("date: expected YYYY/MM/DD:hh:mm:ss within the calendar")]
pub struct CivilTimeError;

impl CivilTime {
    /// The kernel's `TIME_FIELDS`: year, month, day, hour, minute, second, milliseconds, weekday, two bytes each.
    ///
    /// `None` for fewer bytes, for all zero (which says "no date") and for fields outside the calendar.
    #[must_use]
    pub fn from_time_fields(bytes: &[u8]) -> Option<Self> {
        let field = |index: usize| u16_at(bytes, index * 2);
        let byte = |index: usize| u8::try_from(field(index)?).ok();
        field(7)?;
        Self { year: field(0)?, month: byte(1)?, day: byte(2)?, hour: byte(3)?, minute: byte(4)?, second: byte(5)? }
            .checked()
    }

    fn checked(self) -> Option<Self> {
        let leap = self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        let fits = self.year >= 1601
            && (1..=days).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60;
        fits.then_some(self)
    }
}

impl FromStr for CivilTime {
    type Err = CivilTimeError;

    /// Reads `2017/01/03:17:59:55`, as the action state writes it.
    fn from_str(text: &str) -> Result<Self, CivilTimeError> {
        let mut fields = text.trim().split(['/', ':']);
        let mut next = |digits: usize| {
            let field = fields.next().filter(|f| f.len() == digits && f.bytes().all(|b| b.is_ascii_digit()));
            field.and_then(|f| f.parse::<u16>().ok()).ok_or(CivilTimeError)
        };
        let year = next(4)?;
        let mut byte = || u8::try_from(next(2)?).map_err(|_| CivilTimeError);
        let time = Self { year, month: byte()?, day: byte()?, hour: byte()?, minute: byte()?, second: byte()? };
        if fields.next().is_some() {
            return Err(CivilTimeError);
        }
        time.checked().ok_or(CivilTimeError)
    }
}

/// RFC 3339: `2017-01-03T17:59:55Z`.
impl fmt::Display for CivilTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            self.year, self.month, self.day, self.hour, self.minute, self.second
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fields(values: [u16; 8]) -> Vec<u8> {
        values.iter().flat_map(|v| v.to_le_bytes()).collect()
    }

    #[test]
    fn texts() {
        let time: CivilTime = "2017/01/03:17:59:55".parse().unwrap();
        assert_eq!(time.to_string(), "2017-01-03T17:59:55Z");
        assert_eq!("2024/02/29:00:00:00".parse::<CivilTime>().unwrap().day, 29);
        for text in [
            "",
            "2017/01/03",
            "2017/01/03:17:59:55:00",
            "2017/1/03:17:59:55",
            "2017/13/03:17:59:55",
            "2023/02/29:00:00:00",
            "2017/00/03:17:59:55",
            "2017/01/00:17:59:55",
            "2017/01/03:24:00:00",
            "1600/01/03:17:59:55",
            "2017/01/03:+7:59:55",
        ] {
            assert_eq!(text.parse::<CivilTime>(), Err(CivilTimeError), "{text}");
        }
    }

    #[test]
    fn time_fields() {
        let sound = fields([2025, 9, 15, 6, 59, 59, 999, 1]);
        assert_eq!(CivilTime::from_time_fields(&sound).unwrap().to_string(), "2025-09-15T06:59:59Z");
        for bytes in [
            fields([0; 8]),
            fields([2025, 9, 31, 0, 0, 0, 0, 0]),
            fields([2025, 256 + 9, 15, 0, 0, 0, 0, 0]),
            fields([u16::MAX; 8]),
            sound[..15].to_vec(),
            Vec::new(),
        ] {
            assert_eq!(CivilTime::from_time_fields(&bytes), None, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text: String, close in "[0-9]{4}/[0-9]{2}/[0-9]{2}:[0-9]{2}:[0-9]{2}:[0-9]{2}", bytes: Vec<u8>) {
            let _ = text.parse::<CivilTime>();
            let _ = close.parse::<CivilTime>();
            let _ = CivilTime::from_time_fields(&bytes);
        }
    }
}
