//! The licence-type number of a DigitalProductId (`uiLt`, offset 80) and of an AdvancedPid (fifth field).
//!
//! | number | meaning | source |
//! |---|---|---|
//! | 0 | full packaged product: retail | Microsoft ConfigMgr SDK, `ChannelCode` of `SMS_InstalledSoftware` |
//! | 1 | compliance-checked product: retail upgrade | the same |
//! | 2 | OEM | the same |
//! | 3 | volume | the same |
//! | 4 | `PGS:TB` | ntriver-org/PKeyMaster; not seen in a blob |
//!
//! Seen in 20 pairs of real v3 and v4 blobs of Windows 8 to 11: 0, 2 and 3, each in agreement with the channel.

use crate::channel::ChannelFamily;

/// The first build of Windows Vista.
const FIRST_VISTA_BUILD: u32 = 6000;

/// A licence type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LicenseType {
    /// 0: full packaged product.
    Retail,
    /// 1: compliance-checked product, an upgrade.
    Upgrade,
    /// 2: OEM.
    Oem,
    /// 3: volume.
    Volume,
    /// 4: `PGS:TB`, by one source only.
    PgsTimeBased,
    /// Any other number; Microsoft calls them undefined.
    Other(u32),
}

impl LicenseType {
    /// The type with this number.
    #[must_use]
    pub const fn from_raw(number: u32) -> Self {
        match number {
            0 => Self::Retail,
            1 => Self::Upgrade,
            2 => Self::Oem,
            3 => Self::Volume,
            4 => Self::PgsTimeBased,
            other => Self::Other(other),
        }
    }

    /// The number.
    #[must_use]
    pub const fn as_raw(self) -> u32 {
        match self {
            Self::Retail => 0,
            Self::Upgrade => 1,
            Self::Oem => 2,
            Self::Volume => 3,
            Self::PgsTimeBased => 4,
            Self::Other(number) => number,
        }
    }

    /// What the type proves about the channel on a Windows of this build.
    ///
    /// Nothing before Vista: a real XP blob of a volume licence (channel 640) has 0 here, as the retail ones do.
    #[must_use]
    pub fn family(self, build: u32) -> Option<ChannelFamily> {
        if build < FIRST_VISTA_BUILD {
            return None;
        }
        match self {
            Self::Retail | Self::Upgrade => Some(ChannelFamily::Retail),
            Self::Oem => Some(ChannelFamily::Oem),
            Self::Volume => Some(ChannelFamily::Volume),
            Self::PgsTimeBased | Self::Other(_) => None,
        }
    }

    /// The type in words, as Microsoft calls it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Retail => "full packaged product (retail)",
            Self::Upgrade => "compliance-checked product (upgrade)",
            Self::Oem => "OEM",
            Self::Volume => "volume",
            Self::PgsTimeBased => "time-based (PGS:TB)",
            Self::Other(_) => "undefined",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_families() {
        for (number, family) in [
            (0, Some(ChannelFamily::Retail)),
            (1, Some(ChannelFamily::Retail)),
            (2, Some(ChannelFamily::Oem)),
            (3, Some(ChannelFamily::Volume)),
            (4, None),
            (5, None),
            (u32::MAX, None),
        ] {
            let lt = LicenseType::from_raw(number);
            assert_eq!(lt.as_raw(), number);
            assert_eq!(lt.family(17_763), family, "{number}");
            assert_eq!(lt.family(6000), family, "{number}");
            assert_eq!(lt.family(2600), None, "XP: {number}");
            assert_eq!(lt.family(3790), None, "Server 2003: {number}");
        }
        assert_eq!(LicenseType::from_raw(9).words(), "undefined");
    }
}
