//! Activation ids: the GUID that names one licence configuration.
//!
//! Microsoft calls it ActConfigId in pkeyconfig files, activation id in DigitalProductId4, SkuId in the policy state and
//! "Activation ID" in `slmgr /dlv`. It is written with or without braces and in either case; here it is a number, so that
//! two spellings compare equal.

use core::fmt;
use core::str::FromStr;

/// The GUID of one licence configuration. `Display` writes it in lower case without braces, as DigitalProductId4 does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActivationId(u128);

/// Why a text is no GUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActivationIdError {
    /// The text between the braces, if any, is not 36 bytes long.
    #[error("activation id: {actual} bytes between the braces, expected 36")]
    Length {
        /// Bytes found.
        actual: usize,
    },
    /// A byte is neither a hexadecimal digit nor the hyphen that belongs there.
    #[error("activation id: unexpected byte {actual:#04x} at position {position}")]
    Character {
        /// Offset from the first byte after the brace, if any.
        position: usize,
        /// The byte found.
        actual: u8,
    },
}

/// Positions of the hyphens in a GUID text without braces.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

impl ActivationId {
    /// The id from its 32 hexadecimal digits read as one number, first digit highest.
    #[must_use]
    pub const fn from_u128(value: u128) -> Self {
        Self(value)
    }

    /// The 32 hexadecimal digits as one number.
    #[must_use]
    pub const fn as_u128(self) -> u128 {
        self.0
    }
}

impl FromStr for ActivationId {
    type Err = ActivationIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        let bare = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
        if bare.len() != 36 {
            return Err(ActivationIdError::Length { actual: bare.len() });
        }
        let mut value = 0u128;
        for (position, byte) in bare.bytes().enumerate() {
            let wrong = ActivationIdError::Character { position, actual: byte };
            if HYPHENS.contains(&position) {
                if byte != b'-' {
                    return Err(wrong);
                }
                continue;
            }
            let digit = char::from(byte).to_digit(16).ok_or(wrong)?;
            value = (value << 4) | u128::from(digit);
        }
        Ok(Self(value))
    }
}

impl fmt::Display for ActivationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let v = self.0;
        let group = |shift: u32, mask: u128| (v >> shift) & mask;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            group(96, 0xffff_ffff),
            group(80, 0xffff),
            group(64, 0xffff),
            group(48, 0xffff),
            group(0, 0xffff_ffff_ffff)
        )
    }
}

impl fmt::Debug for ActivationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_every_spelling() {
        let id = ActivationId::from_u128(0xde32eafd_aaee_4662_9444_c1befb41bde2);
        for text in [
            "de32eafd-aaee-4662-9444-c1befb41bde2",
            "{de32eafd-aaee-4662-9444-c1befb41bde2}",
            " {DE32EAFD-AAEE-4662-9444-C1BEFB41BDE2}\0\0",
        ] {
            assert_eq!(text.parse(), Ok(id), "{text}");
        }
        assert_eq!(id.to_string(), "de32eafd-aaee-4662-9444-c1befb41bde2");
        assert_eq!(ActivationId::from_u128(0).to_string(), "00000000-0000-0000-0000-000000000000");
    }

    #[test]
    fn names_what_is_wrong() {
        for (text, error) in [
            ("", ActivationIdError::Length { actual: 0 }),
            ("{}", ActivationIdError::Length { actual: 0 }),
            ("{de32eafd-aaee-4662-9444-c1befb41bde2", ActivationIdError::Length { actual: 37 }),
            ("de32eafd-aaee-4662-9444+c1befb41bde2", ActivationIdError::Character { position: 23, actual: b'+' }),
            ("ge32eafd-aaee-4662-9444-c1befb41bde2", ActivationIdError::Character { position: 0, actual: b'g' }),
            ("de32eafd-aaee-4662-9444-c1befb41bd\u{e9}", ActivationIdError::Character { position: 34, actual: 0xc3 }),
        ] {
            assert_eq!(text.parse::<ActivationId>(), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_and_number_invert_each_other(value: u128) {
            let id = ActivationId::from_u128(value);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(format!("{{{id}}}").to_uppercase().parse(), Ok(id));
        }

        #[test]
        fn never_panics(text: String) {
            let _ = text.parse::<ActivationId>();
        }
    }
}
