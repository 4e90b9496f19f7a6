//! The value `DigitalProductID` of a key `SYSTEM\WPA\Key-…` of Windows XP: 256 bytes.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 164 | blob | DigitalProductId version 3, see `dpid3.rs` |
//! | 164 | 92 | – | 0 |
//!
//! Source: both such values of an XP SYSTEM hive; the CRC of the blob holds.

use crate::anomaly::{Anomalies, Anomaly};
use crate::dpid3::{DPID3_LENGTH, Dpid3};
use crate::error::{Error, Structure};
use crate::read::Offset;

pub(crate) const WPA_LENGTH: usize = 256;

/// A 256-byte value that begins with a version 3 blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WpaDpid3<'a> {
    dpid3: Dpid3<'a>,
    trailing: &'a [u8],
}

impl<'a> WpaDpid3<'a> {
    /// Length of the value in bytes.
    pub const LENGTH: usize = WPA_LENGTH;

    /// Reads 256 bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] for any other number of bytes.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Error> {
        let (WPA_LENGTH, Some((_, trailing))) = (bytes.len(), bytes.split_at_checked(DPID3_LENGTH)) else {
            return Err(Error::Length { structure: Structure::WpaDpid3, expected: WPA_LENGTH, actual: bytes.len() });
        };
        Ok(Self { dpid3: Dpid3::new(bytes)?.trimmed(), trailing })
    }

    /// The blob, 164 bytes.
    #[must_use]
    pub const fn dpid3(&self) -> Dpid3<'a> {
        self.dpid3
    }

    /// The 92 bytes after the blob.
    #[must_use]
    pub const fn trailing(&self) -> &'a [u8] {
        self.trailing
    }

    /// What is odd about the blob, and a byte after it that is not 0.
    #[must_use]
    pub fn anomalies(&self) -> Anomalies {
        let mut anomalies = self.dpid3.anomalies();
        let mut odd = self.trailing.iter().enumerate().filter(|&(_, &b)| b != 0);
        if let Some((at, &actual)) = odd.next() {
            anomalies.push(Anomaly::Trailing {
                structure: Structure::WpaDpid3,
                offset: Offset::new(DPID3_LENGTH).plus(at),
                actual,
            });
        }
        anomalies
    }
}
