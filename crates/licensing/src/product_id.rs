//! ProductId: the string that Windows shows as "Product ID". It is not a product key, but it names the key's group and
//! serial number, and with them edition, channel and part number, even where the key itself has been erased.
//!
//! Both notations are 23 ASCII characters.
//!
//! Windows 8 and Server 2012 on (PKEY2009), `GGGGG-GSSSS-SSSSS-TT###`, such as `00429-70000-00000-AA123`:
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0, 6 | 5 + 1 | G | key group, six digits around the first hyphen |
//! | 7, 12 | 4 + 5 | S | serial number, nine digits around the second hyphen |
//! | 18 | 2 | T | `AA`; `AB` has been seen on 8.1 |
//! | 20 | 3 | # | noise, or `OEM` for a key of some OEM channel |
//!
//! Windows XP to 7, Server 2003 to 2008 R2, Office up to 2010, `MMMMM-CCC-NNNNNNk-DDEEE`, such as `76500-006-3255411-20680`:
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 5 | M | Microsoft product code (MPC) |
//! | 6 | 3 | C | channel or site number: the serial's millions |
//! | 10 | 6 | N | sequence: the serial's lower six digits |
//! | 16 | 1 | k | check digit: the sum of N and k is a multiple of 7 |
//! | 18 | 2 | D | half the BINK id (XP) or half the key group (Vista, 7) |
//! | 20 | 3 | E | random |
//!
//! the same in its OEM form, `MMMMM-OEM-PPSSSSk-SSSSS`, such as `00371-OEM-8992671-00437`:
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 10 | 2 | P | 89 on Windows 7; other numbers on other versions |
//! | 12, 18 | 4 + 5 | S | serial number without its leading digits, where P is 89 |
//! | 16 | 1 | k | check digit: the sum of P, the four S and k is a multiple of 7 |
//!
//! Sources: 22 real ProductIds of Windows 8 to 11, compared with the blobs beside them; real ones of XP, 7 and Office 2010;
//! the OEM form on one real Windows 7 machine, whose serial falls into the range of its part number.

use core::fmt;
use core::str::FromStr;

use crate::channel::ChannelFamily;

/// Length of a ProductId of either notation.
const LENGTH: usize = 23;
/// The second hyphen of the Windows 8 notation; the older one has a digit or letter here.
const HYPHEN_MODERN: usize = 11;
/// The second hyphen of the older notation.
const HYPHEN_LEGACY: usize = 9;
/// The prefix of the OEM form whose serial is known to be readable.
const OEM_PREFIX_WINDOWS_7: u32 = 89;

/// A ProductId of either notation. `Display` writes it as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProductId {
    /// Windows 8, Server 2012 and later.
    Modern(ModernProductId),
    /// Windows XP to 7 and their servers, Office up to 2010.
    Legacy(LegacyProductId),
    /// The OEM form of the older notation.
    LegacyOem(LegacyOemProductId),
}

/// `GGGGG-GSSSS-SSSSS-TT###`, Windows 8 and later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ModernProductId {
    /// Key group, 0 to 999 999.
    pub group: u32,
    /// Serial number, 0 to 999 999 999.
    pub serial: u32,
    /// The last five characters.
    pub tail: Tail,
}

/// The last five characters of a Windows 8 ProductId: two letters, then three digits or `OEM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tail([u8; 5]);

/// `MMMMM-CCC-NNNNNNk-DDEEE`, Windows XP to 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LegacyProductId {
    /// Microsoft product code.
    pub mpc: u32,
    /// Channel or site number, 0 to 999.
    pub site: u32,
    /// Sequence number, 0 to 999 999.
    pub sequence: u32,
    /// The check digit as written.
    pub check: u32,
    /// Half the BINK id or key group, 0 to 99.
    pub half_index: u32,
    /// The random last three digits.
    pub random: u32,
}

/// `MMMMM-OEM-PPSSSSk-SSSSS`, Windows XP to 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LegacyOemProductId {
    /// Microsoft product code.
    pub mpc: u32,
    /// The first two digits after `OEM`: 89 on Windows 7.
    pub prefix: u32,
    /// The next four digits.
    pub middle: u32,
    /// The check digit as written.
    pub check: u32,
    /// The last five digits.
    pub last: u32,
}

/// What should have stood at a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Expected {
    /// `0` to `9`.
    Digit,
    /// `A` to `Z`.
    Letter,
    /// `-`.
    Hyphen,
    /// `O`, `E`, `M` in this order.
    Oem,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Digit => "a digit",
            Self::Letter => "a capital letter",
            Self::Hyphen => "a hyphen",
            Self::Oem => "the letters OEM",
        })
    }
}

/// Why a text is no ProductId. Positions count bytes from the start of the text without the white space around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProductIdError {
    /// Not 23 bytes.
    #[error("product id: {actual} bytes, expected {LENGTH}")]
    Length {
        /// Bytes found.
        actual: usize,
    },
    /// The second hyphen stands neither at 9 nor at 11, so that the notation cannot be told.
    #[error("product id: no hyphen at position {HYPHEN_LEGACY} or {HYPHEN_MODERN}")]
    Notation,
    /// A byte does not belong where it stands.
    #[error("product id: unexpected byte {actual:#04x} at position {position}, expected {expected}")]
    Character {
        /// Where.
        position: usize,
        /// What the notation wants there.
        expected: Expected,
        /// The byte found.
        actual: u8,
    },
}

impl ProductId {
    /// Reads a ProductId of either notation. White space and NUL around it are dropped.
    ///
    /// # Errors
    /// The first thing that fits neither notation, with its position. A wrong check digit is no error: see
    /// [`ProductId::check_digit_ok`].
    pub fn parse(text: &str) -> Result<Self, ProductIdError> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        let bytes: &[u8; LENGTH] =
            text.as_bytes().try_into().map_err(|_| ProductIdError::Length { actual: text.len() })?;
        let mut cursor = Cursor { bytes, position: 0 };
        if bytes.get(HYPHEN_MODERN) == Some(&b'-') {
            cursor.modern().map(Self::Modern)
        } else if bytes.get(HYPHEN_LEGACY) == Some(&b'-') {
            cursor.legacy()
        } else {
            Err(ProductIdError::Notation)
        }
    }

    /// The key group, where the notation holds it.
    ///
    /// The older notation holds it halved and in two digits: the group (Vista, 7) or BINK id (XP) is this number, or odd by
    /// one, and group 200 and above do not fit. The OEM form does not hold it at all.
    #[must_use]
    pub fn group(&self) -> Option<u32> {
        match self {
            Self::Modern(id) => Some(id.group),
            Self::Legacy(id) => Some(id.half_index * 2),
            Self::LegacyOem(_) => None,
        }
    }

    /// The serial number of the key within its group, where the notation holds it readably.
    #[must_use]
    pub fn serial(&self) -> Option<u32> {
        match self {
            Self::Modern(id) => Some(id.serial),
            Self::Legacy(id) => Some(id.site * 1_000_000 + id.sequence),
            Self::LegacyOem(id) => (id.prefix == OEM_PREFIX_WINDOWS_7).then_some(id.middle * 100_000 + id.last),
        }
    }

    /// What the ProductId alone proves about the channel: OEM, or nothing.
    #[must_use]
    pub fn family(&self) -> Option<ChannelFamily> {
        let oem = match self {
            Self::Modern(id) => id.tail.is_oem(),
            Self::Legacy(_) => false,
            Self::LegacyOem(_) => true,
        };
        oem.then_some(ChannelFamily::Oem)
    }

    /// Whether the check digit of the older notation is right; `None` for the Windows 8 notation, which has none.
    #[must_use]
    pub fn check_digit_ok(&self) -> Option<bool> {
        match self {
            Self::Modern(_) => None,
            Self::Legacy(id) => Some((digit_sum(id.sequence) + id.check).is_multiple_of(7)),
            Self::LegacyOem(id) => Some((digit_sum(id.prefix) + digit_sum(id.middle) + id.check).is_multiple_of(7)),
        }
    }
}

impl Tail {
    /// The five characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether it ends in `OEM`: a key of some OEM channel.
    #[must_use]
    pub fn is_oem(&self) -> bool {
        self.0.ends_with(b"OEM")
    }
}

impl FromStr for ProductId {
    type Err = ProductIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for ProductId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Modern(id) => write!(
                f,
                "{:05}-{}{:04}-{:05}-{}",
                id.group / 10,
                id.group % 10,
                id.serial / 100_000,
                id.serial % 100_000,
                id.tail.as_str()
            ),
            Self::Legacy(id) => write!(
                f,
                "{:05}-{:03}-{:06}{}-{:02}{:03}",
                id.mpc, id.site, id.sequence, id.check, id.half_index, id.random
            ),
            Self::LegacyOem(id) => {
                write!(f, "{:05}-OEM-{:02}{:04}{}-{:05}", id.mpc, id.prefix, id.middle, id.check, id.last)
            }
        }
    }
}

fn digit_sum(mut number: u32) -> u32 {
    let mut sum = 0;
    while number > 0 {
        sum += number % 10;
        number /= 10;
    }
    sum
}

/// Reads the 23 bytes from left to right.
struct Cursor<'a> {
    bytes: &'a [u8; LENGTH],
    position: usize,
}

impl Cursor<'_> {
    fn modern(&mut self) -> Result<ModernProductId, ProductIdError> {
        let group_high = self.number(5)?;
        self.hyphen()?;
        let group_low = self.number(1)?;
        let serial_high = self.number(4)?;
        self.hyphen()?;
        let serial_low = self.number(5)?;
        self.hyphen()?;
        Ok(ModernProductId {
            group: group_high * 10 + group_low,
            serial: serial_high * 100_000 + serial_low,
            tail: self.tail()?,
        })
    }

    fn legacy(&mut self) -> Result<ProductId, ProductIdError> {
        let mpc = self.number(5)?;
        self.hyphen()?;
        if self.peek() == b'O' {
            self.oem()?;
            self.hyphen()?;
            let (prefix, middle, check) = (self.number(2)?, self.number(4)?, self.number(1)?);
            self.hyphen()?;
            let last = self.number(5)?;
            return Ok(ProductId::LegacyOem(LegacyOemProductId { mpc, prefix, middle, check, last }));
        }
        let site = self.number(3)?;
        self.hyphen()?;
        let (sequence, check) = (self.number(6)?, self.number(1)?);
        self.hyphen()?;
        let (half_index, random) = (self.number(2)?, self.number(3)?);
        Ok(ProductId::Legacy(LegacyProductId { mpc, site, sequence, check, half_index, random }))
    }

    fn tail(&mut self) -> Result<Tail, ProductIdError> {
        let first = self.take(Expected::Letter, |byte| byte.is_ascii_uppercase())?;
        let second = self.take(Expected::Letter, |byte| byte.is_ascii_uppercase())?;
        if self.peek() == b'O' {
            self.oem()?;
            return Ok(Tail([first, second, b'O', b'E', b'M']));
        }
        let mut digit = || self.take(Expected::Digit, |byte| byte.is_ascii_digit());
        Ok(Tail([first, second, digit()?, digit()?, digit()?]))
    }

    fn oem(&mut self) -> Result<(), ProductIdError> {
        for letter in *b"OEM" {
            self.take(Expected::Oem, |byte| byte == letter)?;
        }
        Ok(())
    }

    fn hyphen(&mut self) -> Result<(), ProductIdError> {
        self.take(Expected::Hyphen, |byte| byte == b'-').map(drop)
    }

    /// At most nine digits, so that the number fits.
    fn number(&mut self, digits: u32) -> Result<u32, ProductIdError> {
        let mut number = 0;
        for _ in 0..digits {
            let digit = self.take(Expected::Digit, |byte| byte.is_ascii_digit())?;
            number = number * 10 + u32::from(digit - b'0');
        }
        Ok(number)
    }

    fn peek(&self) -> u8 {
        self.bytes.get(self.position).copied().unwrap_or_default()
    }

    fn take(&mut self, expected: Expected, fits: impl Fn(u8) -> bool) -> Result<u8, ProductIdError> {
        let (position, actual) = (self.position, self.peek());
        if !fits(actual) {
            return Err(ProductIdError::Character { position, expected, actual });
        }
        self.position += 1;
        Ok(actual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn windows_8_notation() {
        for (text, group, serial, oem) in [
            ("00429-70000-00000-AA123", 4297, 0, false),
            ("00330-80000-00000-AA965", 3308, 0, false),
            ("00330-80123-45678-AA362", 3308, 12_345_678, false),
            ("00331-20300-00000-AA219", 3312, 30_000_000, false),
            ("00329-00000-00003-AB163", 3290, 3, false),
            ("00436-40000-00000-AAOEM", 4364, 0, true),
            ("00000-00000-00000-AA000", 0, 0, false),
            ("99999-99999-99999-ZZ999", 999_999, 999_999_999, false),
        ] {
            let id = ProductId::parse(text).unwrap();
            assert_eq!((id.group(), id.serial()), (Some(group), Some(serial)), "{text}");
            assert_eq!(id.family(), oem.then_some(ChannelFamily::Oem), "{text}");
            assert_eq!(id.check_digit_ok(), None);
            assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn windows_xp_to_7_notation() {
        for (text, index, serial) in [
            ("76500-006-3255411-20680", 40, 6_325_541),
            ("00426-065-0381817-86216", 172, 65_038_181),
            ("00426-067-1817155-86250", 172, 67_181_715),
            ("82503-029-3907432-11272", 22, 29_390_743),
            ("55034-292-0000007-85329", 170, 292_000_000),
        ] {
            let id: ProductId = text.parse().unwrap();
            assert_eq!((id.group(), id.serial()), (Some(index), Some(serial)), "{text}");
            assert_eq!((id.check_digit_ok(), id.family()), (Some(true), None), "{text}");
            assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn oem_form() {
        let id = ProductId::parse("00371-OEM-8992671-00437").unwrap();
        assert_eq!((id.group(), id.serial()), (None, Some(926_700_437)));
        assert_eq!((id.check_digit_ok(), id.family()), (Some(true), Some(ChannelFamily::Oem)));
        assert_eq!(id.to_string(), "00371-OEM-8992671-00437");
        // Another prefix: the form is the same, what the digits mean is not known.
        let other = ProductId::parse("00371-OEM-7332157-00061").unwrap();
        assert_eq!((other.serial(), other.check_digit_ok()), (None, Some(true)));
    }

    #[test]
    fn a_wrong_check_digit_is_told_and_no_error() {
        for text in ["76500-006-3255412-20680", "00371-OEM-8992672-00437"] {
            assert_eq!(ProductId::parse(text).unwrap().check_digit_ok(), Some(false), "{text}");
        }
    }

    #[test]
    fn surroundings_do_not_matter() {
        assert!(ProductId::parse(" 00429-70000-00000-AA123\r\n\0\0").is_ok());
    }

    #[test]
    fn errors_name_the_position() {
        let character = |position, expected, actual| ProductIdError::Character { position, expected, actual };
        for (text, error) in [
            ("", ProductIdError::Length { actual: 0 }),
            ("00429-70000-00000-AA12", ProductIdError::Length { actual: 22 }),
            ("00429-70000-00000-AA1234", ProductIdError::Length { actual: 24 }),
            ("00429-70000-00000-AA12\u{e9}", ProductIdError::Length { actual: 24 }),
            ("00429070000000000AA1234", ProductIdError::Notation),
            ("N69G4-B89J2-4G8F4-WWYCC", character(0, Expected::Digit, b'N')),
            ("0042970000--00000-AA123", character(5, Expected::Hyphen, b'7')),
            ("00429-7000x-00000-AA123", character(10, Expected::Digit, b'x')),
            ("00429-70000-00000-1A123", character(18, Expected::Letter, b'1')),
            ("00429-70000-00000-AAOEN", character(22, Expected::Oem, b'N')),
            ("00429-70000-00000-AA12\u{7f}", character(22, Expected::Digit, 0x7f)),
            ("76500-O06-3255411-20680", character(7, Expected::Oem, b'0')),
            ("76500-006-3255411+20680", character(17, Expected::Hyphen, b'+')),
        ] {
            assert_eq!(ProductId::parse(text), Err(error), "{text}");
        }
        assert_eq!(
            ProductId::parse("00429-7000x-00000-AA123").unwrap_err().to_string(),
            "product id: unexpected byte 0x78 at position 10, expected a digit"
        );
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_again(
            text in "[0-9]{5}-([0-9]{5}-[0-9]{5}-[A-Z]{2}([0-9]{3}|OEM)|([0-9]{3}|OEM)-[0-9]{7}-[0-9]{5})"
        ) {
            prop_assert_eq!(ProductId::parse(&text).unwrap().to_string(), text);
        }

        #[test]
        fn never_panics(text: String, close in "[0-9A-Z-]{23}") {
            let _ = ProductId::parse(&text);
            let _ = ProductId::parse(&close);
        }
    }
}
