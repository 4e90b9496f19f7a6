//! Quantities as people read them.

/// Units of 1024 each.
const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/// A number of bytes with one decimal, in the largest unit that it fills.
pub fn bytes(count: u64) -> String {
    if count < 1024 {
        return format!("{count} B");
    }
    // Tenths of the unit, so that no rounding makes 1024.0 of a unit.
    let mut unit = UNITS.iter();
    let mut name = unit.next();
    let mut divisor: u64 = 1024;
    for next in unit {
        if count / divisor < 1024 {
            break;
        }
        divisor = divisor.saturating_mul(1024);
        name = Some(next);
    }
    let tenths = (count % divisor).saturating_mul(10) / divisor.max(1);
    format!("{}.{tenths} {}", count / divisor, name.copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn edges_of_units() {
        let cases = [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            ((1 << 20) - 1, "1023.9 KiB"),
            (1 << 20, "1.0 MiB"),
            (1 << 40, "1.0 TiB"),
            (u64::MAX, "15.9 EiB"),
        ];
        for (count, text) in cases {
            assert_eq!(bytes(count), text);
        }
    }
}
