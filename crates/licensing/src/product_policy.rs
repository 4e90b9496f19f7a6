//! ProductPolicy: Windows' licence-derived settings, a REG_BINARY value of `ControlSetNNN\Control\ProductOptions` in the
//! SYSTEM hive. It knows the edition's SKU number, the last five characters of the key, its channel and its activation id
//! independently of the SOFTWARE hive.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | total | size of the value |
//! | 4 | 4 | values | size of all entries |
//! | 8 | 4 | marker | size of the end marker: 4 |
//! | 12 | 4 | – | 0 |
//! | 16 | 4 | version | 1 |
//! | 20 | values | entries | one behind the other |
//! | 20 + values | 4 | end marker | 0x45 |
//!
//! An entry:
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 2 | total | size of the entry, padding included |
//! | 2 | 2 | name size | bytes |
//! | 4 | 2 | type | registry type: 1 text, 3 binary, 4 number |
//! | 6 | 2 | data size | bytes |
//! | 8 | 4 | flags | 0 or 2 seen |
//! | 12 | 4 | – | 0 |
//! | 16 | name size | name | UTF-16LE, no NUL |
//! | 16 + name size | data size | data | |
//!
//! Sources: geoffchappell.com, `studies/windows/km/ntoskrnl/api/ex/slmem/productpolicy.htm`; RegRipper `productpolicy`; checked
//! on six values of real hives of Windows 7, 8.1 and 10 (201 to 450 entries).

use crate::action_state::ActionState;
use crate::civil_time::CivilTime;
use crate::read::{slice_at, u16_at, u32_at, u64_at, utf_16_text};
use crate::sku::Sku;

/// Size of the header, and offset of the first entry.
const HEADER_SIZE: usize = 20;
/// Size of an entry before its name.
const ENTRY_HEADER_SIZE: usize = 16;
/// The only version there is.
const VERSION: u32 = 1;
/// What stands behind the entries.
const END_MARKER: u32 = 0x45;

/// Registry type of a text.
const REG_SZ: u16 = 1;
/// Registry type of bytes.
const REG_BINARY: u16 = 3;
/// Registry type of a 32-bit number.
const REG_DWORD: u16 = 4;

/// Names of the policies that have a method here.
mod name {
    pub(super) const SKU: &str = "Kernel-ProductInfo";
    pub(super) const EDITION: &str = "Kernel-EditionName";
    pub(super) const EXPIRATION: &str = "Kernel-ExpirationDate";
    pub(super) const ACTION_STATE: &str = "Security-SPP-Action-StateData";
    pub(super) const ACTIVATION_TIME: &str = "Security-SPP-LastWindowsActivationTime";
    pub(super) const ACTIVATION_RESULT: &str = "Security-SPP-LastWindowsActivationHResult";
    pub(super) const EVALUATION: &str = "Security-SPP-EvaluationModeEnabled";
    pub(super) const GENUINE: &str = "Security-SPP-GenuineLocalStatus";
    pub(super) const MINUTES_LEFT: &str = "Security-SPP-Reserved-TBLRemainingTime";
    pub(super) const PROPERTIES: &str = "Security-SPP-Reserved-LicenseProperties";
}

/// Why a value is no ProductPolicy, or where it stops being one. Offsets count from the start of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProductPolicyError {
    /// Shorter than its header.
    #[error("product policy: {actual} bytes, expected at least {HEADER_SIZE}")]
    Length {
        /// Bytes found.
        actual: usize,
    },
    /// Another version than 1, whose form is not known.
    #[error("product policy, offset 16: version {actual}, expected {VERSION}")]
    Version {
        /// The version found.
        actual: u32,
    },
    /// An entry's header or its sizes reach past the end of the entries.
    #[error("product policy, entry at offset {offset}: needs {needed} bytes, {available} left")]
    Entry {
        /// Where the entry begins.
        offset: usize,
        /// What its sizes ask for.
        needed: usize,
        /// What is left.
        available: usize,
    },
    /// An entry says that it is smaller than what it holds.
    #[error("product policy, entry at offset {offset}: size {size}, but its parts take {needed}")]
    Size {
        /// Where the entry begins.
        offset: usize,
        /// Its size field.
        size: usize,
        /// Header, name and data.
        needed: usize,
    },
}

/// A ProductPolicy value.
#[derive(Debug, Clone, Copy)]
pub struct ProductPolicy<'a> {
    bytes: &'a [u8],
    entries: &'a [u8],
}

/// One policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyEntry<'a> {
    /// Where the entry begins in the value.
    pub offset: usize,
    /// Registry type: 1 text, 3 binary, 4 number.
    pub data_type: u16,
    /// Flags, meaning not known.
    pub flags: u32,
    /// The data.
    pub data: &'a [u8],
    name: &'a [u8],
}

/// A time in units of 100 ns since 1601-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileTime(pub u64);

impl FileTime {
    /// Seconds since 1970-01-01 00:00 UTC, rounded down; negative before.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        const UNITS_PER_SECOND: u64 = 10_000_000;
        const SECONDS_TO_1970: i64 = 11_644_473_600;
        // 2^64 / 10^7 is far below 2^63.
        i64::try_from(self.0 / UNITS_PER_SECOND).unwrap_or(i64::MAX).saturating_sub(SECONDS_TO_1970)
    }
}

impl<'a> ProductPolicy<'a> {
    /// Takes the value's bytes. Sizes in the header that do not fit are corrected to what is there.
    ///
    /// # Errors
    /// If the header is cut or of another version.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ProductPolicyError> {
        let cut = ProductPolicyError::Length { actual: bytes.len() };
        let values = u32_at(bytes, 4).ok_or(cut)?;
        let version = u32_at(bytes, 16).ok_or(cut)?;
        if version != VERSION {
            return Err(ProductPolicyError::Version { actual: version });
        }
        let rest = bytes.get(HEADER_SIZE..).unwrap_or_default();
        let length = usize::try_from(values).unwrap_or(usize::MAX).min(rest.len());
        Ok(Self { bytes, entries: rest.get(..length).unwrap_or_default() })
    }

    /// Whether the sizes of the header fit the value and the end marker is in its place.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let size = |offset| u32_at(self.bytes, offset).and_then(|size| usize::try_from(size).ok());
        size(0) == Some(self.bytes.len())
            && size(4) == Some(self.entries.len())
            && u32_at(self.bytes, HEADER_SIZE.saturating_add(self.entries.len())) == Some(END_MARKER)
    }

    /// The entries in their order. After an error nothing more comes.
    #[must_use]
    pub fn entries(&self) -> PolicyEntries<'a> {
        PolicyEntries { entries: self.entries, position: 0 }
    }

    /// The first entry with this name, whatever its case. Entries behind a broken one are not found.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<PolicyEntry<'a>> {
        self.entries().map_while(Result::ok).find(|entry| entry.has_name(name))
    }

    /// The number of a policy of type number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u32> {
        self.get(name)?.number()
    }

    /// The text of a policy of type text, up to its first NUL.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.text()
    }

    /// The bytes of a policy of type binary.
    #[must_use]
    pub fn binary(&self, name: &str) -> Option<&'a [u8]> {
        let entry = self.get(name)?;
        (entry.data_type == REG_BINARY).then_some(entry.data)
    }

    /// The SKU number that `GetProductInfo` would return (`Kernel-ProductInfo`).
    #[must_use]
    pub fn sku(&self) -> Option<Sku> {
        self.number(name::SKU).map(Sku)
    }

    /// EditionID of the edition that runs (`Kernel-EditionName`, Windows 10 and later).
    #[must_use]
    pub fn edition_name(&self) -> Option<String> {
        self.text(name::EDITION).filter(|text| !text.is_empty())
    }

    /// What Windows last knew about its licence (Windows 8.1 and later).
    #[must_use]
    pub fn action_state(&self) -> Option<ActionState> {
        self.text(name::ACTION_STATE).map(|text| ActionState::parse(&text)).filter(|state| !state.is_empty())
    }

    /// When Windows last tried to activate (Windows 8.1 and later).
    #[must_use]
    pub fn last_activation_time(&self) -> Option<FileTime> {
        u64_at(self.binary(name::ACTIVATION_TIME)?, 0).filter(|time| *time != 0).map(FileTime)
    }

    /// The HRESULT of that try; 0 is success.
    #[must_use]
    pub fn last_activation_result(&self) -> Option<u32> {
        u32_at(self.binary(name::ACTIVATION_RESULT)?, 0)
    }

    /// When the build stops to run, for previews and evaluations; `None` for a build without an end.
    #[must_use]
    pub fn expiration_date(&self) -> Option<CivilTime> {
        CivilTime::from_time_fields(self.binary(name::EXPIRATION)?)
    }

    /// Whether this is an evaluation edition.
    #[must_use]
    pub fn evaluation_mode(&self) -> Option<bool> {
        self.number(name::EVALUATION).map(|number| number != 0)
    }

    /// `Security-SPP-GenuineLocalStatus`; 1 on every licensed machine seen.
    #[must_use]
    pub fn genuine_local_status(&self) -> Option<u32> {
        self.number(name::GENUINE)
    }

    /// Minutes left of a time-based licence; `None` without one. As of the last update of the policy.
    #[must_use]
    pub fn time_based_minutes_left(&self) -> Option<u32> {
        self.number(name::MINUTES_LEFT).filter(|minutes| *minutes != 0)
    }

    /// Group and serial number of the key of a time-based licence, out of `PKeyId='2606000000000'`: the group, then nine
    /// digits of the serial number. Seen on one real evaluation, whose group and activation id agree.
    #[must_use]
    pub fn time_based_key(&self) -> Option<(u32, u32)> {
        const SERIAL_DIGITS: usize = 9;
        let properties = self.text(name::PROPERTIES)?;
        let mut pairs = properties.split(';').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case("PKeyId"))?;
        let digits = value.trim().trim_matches('\'');
        let (group, serial) = digits.split_at_checked(digits.len().checked_sub(SERIAL_DIGITS)?)?;
        Some((group.parse().ok()?, serial.parse().ok()?))
    }
}

impl PolicyEntry<'_> {
    /// The name.
    #[must_use]
    pub fn name(&self) -> String {
        utf_16_text(self.name)
    }

    /// Whether the name is this ASCII text, whatever its case.
    #[must_use]
    pub fn has_name(&self, name: &str) -> bool {
        let units = self.name.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair));
        let lower = |unit: u16| u8::try_from(unit).map_or(unit, |byte| u16::from(byte.to_ascii_lowercase()));
        units.map(lower).eq(name.encode_utf16().map(lower))
    }

    /// The number, if it is one of four bytes.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        (self.data_type == REG_DWORD && self.data.len() == 4).then(|| u32_at(self.data, 0)).flatten()
    }

    /// The text up to its first NUL, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        (self.data_type == REG_SZ).then(|| utf_16_text(self.data))
    }
}

/// The entries of a ProductPolicy, in their order.
#[derive(Debug, Clone)]
pub struct PolicyEntries<'a> {
    entries: &'a [u8],
    position: usize,
}

impl<'a> PolicyEntries<'a> {
    /// The entry at the position, and its size.
    fn read(&self) -> Result<(PolicyEntry<'a>, usize), ProductPolicyError> {
        let available = self.entries.len().saturating_sub(self.position);
        let offset = HEADER_SIZE.saturating_add(self.position);
        let cut = |needed| ProductPolicyError::Entry { offset, needed, available };
        let half =
            |at: usize| u16_at(self.entries, self.position.saturating_add(at)).ok_or_else(|| cut(ENTRY_HEADER_SIZE));
        let (size, name_size, data_type, data_size) =
            (usize::from(half(0)?), usize::from(half(2)?), half(4)?, usize::from(half(6)?));
        let flags = u32_at(self.entries, self.position.saturating_add(8)).ok_or_else(|| cut(ENTRY_HEADER_SIZE))?;
        let needed = ENTRY_HEADER_SIZE.saturating_add(name_size).saturating_add(data_size);
        if size < needed {
            return Err(ProductPolicyError::Size { offset, size, needed });
        }
        let name_at = self.position.saturating_add(ENTRY_HEADER_SIZE);
        let part = |at, length| slice_at(self.entries, at, length).ok_or_else(|| cut(size));
        let name = part(name_at, name_size)?;
        let data = part(name_at.saturating_add(name_size), data_size)?;
        Ok((PolicyEntry { offset, data_type, flags, data, name }, size))
    }
}

impl<'a> Iterator for PolicyEntries<'a> {
    type Item = Result<PolicyEntry<'a>, ProductPolicyError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.position >= self.entries.len() {
            return None;
        }
        Some(match self.read() {
            Ok((entry, size)) => {
                // At least the header's size, so that every step goes forward.
                self.position = self.position.saturating_add(size);
                Ok(entry)
            }
            Err(error) => {
                self.position = self.entries.len();
                Err(error)
            }
        })
    }
}

#[cfg(test)]
mod tests;
