//! `Security-SPP-Action-StateData`: what Windows itself last knew about its licence, as one line of text.
//!
//! `Name=value` pairs separated by `;`, in alphabetical order, with no escaping. Seen in real hives of Windows 8.1 and 10; absent
//! on Windows 7.
//!
//! | name | meaning | seen |
//! |---|---|---|
//! | `AppId` | GUID of the application: Windows is `55c92734-d682-4d71-983e-d6ec3f16059f` | 8.1, 10 |
//! | `GraceEndDate` | end of the grace or evaluation period, `2017/01/03:17:59:55` | 8.1 evaluation |
//! | `LastConsumptionReason` | HRESULT, `0x4004fc04` (slerror.h) | 8.1, 10 |
//! | `LastNotificationId` | `Cleanup` | 8.1, 10 |
//! | `LicenseState` | `SL_LICENSING_STATUS_…` (slpublic.h) | 8.1, 10 |
//! | `PartialProductKey` | the key's last five characters, also where the key has been erased | 8.1, 10 |
//! | `ProductKeyType` | channel | 8.1, 10 |
//! | `SkuId` | activation id | 8.1, 10 |
//! | `ruleId` | GUID | 8.1, 10 |
//! | `uxDifferentiator` | slmgr's word for the channel: `RETAIL`, `TIMEBASED_EVAL` | 8.1, 10 |

use core::fmt;

use crate::activation_id::ActivationId;
use crate::channel::Channel;
use crate::civil_time::CivilTime;

/// The AppId of Windows itself.
pub const WINDOWS_APP_ID: ActivationId = ActivationId::from_u128(0x55c92734_d682_4d71_983e_d6ec3f16059f);

/// Characters of a partial product key.
const PARTIAL_KEY_LENGTH: usize = 5;

/// The state of a licence (`SLLICENSINGSTATUS` of slpublic.h).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LicenseState {
    /// `SL_LICENSING_STATUS_UNLICENSED`
    Unlicensed,
    /// `SL_LICENSING_STATUS_LICENSED`: activated.
    Licensed,
    /// `SL_LICENSING_STATUS_IN_GRACE_PERIOD`: not activated, time left.
    InGracePeriod,
    /// `SL_LICENSING_STATUS_NOTIFICATION`: not activated, time over.
    Notification,
    /// Any other name, kept as it was written.
    Other(String),
}

/// What the names of all states begin with.
const STATE_PREFIX: &str = "SL_LICENSING_STATUS_";

impl LicenseState {
    /// The state with this name, in any case.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        [Self::Unlicensed, Self::Licensed, Self::InGracePeriod, Self::Notification]
            .into_iter()
            .find(|state| state.as_str().eq_ignore_ascii_case(text))
            .unwrap_or_else(|| Self::Other(text.to_owned()))
    }

    /// Microsoft's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Unlicensed => "SL_LICENSING_STATUS_UNLICENSED",
            Self::Licensed => "SL_LICENSING_STATUS_LICENSED",
            Self::InGracePeriod => "SL_LICENSING_STATUS_IN_GRACE_PERIOD",
            Self::Notification => "SL_LICENSING_STATUS_NOTIFICATION",
            Self::Other(text) => text,
        }
    }

    /// A short form for reports: `licensed`, `unlicensed`, `in-grace-period`, `notification`; others as they are.
    #[must_use]
    pub fn short(&self) -> String {
        self.as_str()
            .strip_prefix(STATE_PREFIX)
            .map_or_else(|| self.as_str().to_owned(), |name| name.to_ascii_lowercase().replace('_', "-"))
    }
}

impl fmt::Display for LicenseState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The fields of the action state. What is absent, or not in its form, is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActionState {
    /// The application: [`WINDOWS_APP_ID`] for Windows.
    pub app_id: Option<ActivationId>,
    /// Whether Windows was activated.
    pub license_state: Option<LicenseState>,
    /// The last five characters of the product key, in capitals.
    pub partial_product_key: Option<String>,
    /// The key's channel.
    pub product_key_type: Option<Channel>,
    /// The key's activation id (`SkuId`).
    pub sku_id: Option<ActivationId>,
    /// End of the grace or evaluation period.
    pub grace_end: Option<CivilTime>,
    /// End of a licence with a time limit (`LicenseExpirationDate`).
    pub license_expiration: Option<CivilTime>,
    /// End of life of a pre-release (`KernelTimebombDate`).
    pub kernel_timebomb: Option<CivilTime>,
    /// HRESULT with the reason of the state.
    pub last_consumption_reason: Option<u32>,
    /// slmgr's word for the channel.
    pub ux_differentiator: Option<String>,
}

impl ActionState {
    /// Reads the text of the value. Unknown names are passed over, the first of a repeated name counts.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let value = |name: &str| {
            let pairs = text.trim_end_matches('\0').split(';').filter_map(|pair| pair.split_once('='));
            let mut values = pairs.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name));
            values.next().map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
        };
        let time = |name: &str| value(name).and_then(|text| text.parse().ok());
        let id = |name: &str| value(name).and_then(|text| text.parse().ok());
        Self {
            app_id: id("AppId"),
            license_state: value("LicenseState").map(LicenseState::parse),
            partial_product_key: value("PartialProductKey").and_then(partial_key),
            product_key_type: value("ProductKeyType").map(Channel::parse),
            sku_id: id("SkuId"),
            grace_end: time("GraceEndDate"),
            license_expiration: time("LicenseExpirationDate"),
            kernel_timebomb: time("KernelTimebombDate"),
            last_consumption_reason: value("LastConsumptionReason").and_then(hresult),
            ux_differentiator: value("uxDifferentiator").map(str::to_owned),
        }
    }

    /// Whether nothing at all was found in the text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn partial_key(text: &str) -> Option<String> {
    let fits = text.len() == PARTIAL_KEY_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    fits.then(|| text.to_ascii_uppercase())
}

fn hresult(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// In the form of the real ones, with a published evaluation key's ending.
    const EVALUATION: &str = "AppId=55c92734-d682-4d71-983e-d6ec3f16059f;GraceEndDate=2017/01/03:17:59:55;\
        LastConsumptionReason=0x4004fc04;LastNotificationId=Cleanup;LicenseState=SL_LICENSING_STATUS_LICENSED;\
        PartialProductKey=Y7XRX;ProductKeyType=Retail:TB:Eval;SkuId=7783a126-c108-4cf7-b59f-13c78c7a7337;\
        ruleId=379cccfb-d4e0-48fe-b0f2-0136097be147;uxDifferentiator=TIMEBASED_EVAL";

    #[test]
    fn an_evaluation() {
        let state = ActionState::parse(EVALUATION);
        assert_eq!(state.app_id, Some(WINDOWS_APP_ID));
        assert_eq!(state.license_state, Some(LicenseState::Licensed));
        assert_eq!(state.partial_product_key.as_deref(), Some("Y7XRX"));
        assert_eq!(state.product_key_type, Some(Channel::RetailEval));
        assert_eq!(state.sku_id.unwrap().to_string(), "7783a126-c108-4cf7-b59f-13c78c7a7337");
        assert_eq!(state.grace_end.unwrap().to_string(), "2017-01-03T17:59:55Z");
        assert_eq!(state.last_consumption_reason, Some(0x4004_fc04));
        assert_eq!(Channel::parse(state.ux_differentiator.as_deref().unwrap()), Channel::RetailEval);
        assert_eq!((state.license_expiration, state.kernel_timebomb), (None, None));
        assert_eq!(ActionState::parse(&format!("{EVALUATION}\0\0")), state);
        assert_eq!(ActionState::parse(&EVALUATION.to_uppercase()).sku_id, state.sku_id);
    }

    #[test]
    fn malformed_fields_are_absent() {
        for text in [
            "",
            ";;==;",
            "PartialProductKey",
            "PartialProductKey=",
            "PartialProductKey=ABCDEF;SkuId=x;AppId=;GraceEndDate=soon;LastConsumptionReason=1",
            "PartialProductKey=ABC\u{e9}",
        ] {
            assert!(ActionState::parse(text).is_empty(), "{text}");
        }
        let twice = ActionState::parse("ProductKeyType=Retail;ProductKeyType=Volume:MAK");
        assert_eq!(twice.product_key_type, Some(Channel::Retail));
    }

    #[test]
    fn states() {
        for (text, short) in [
            ("SL_LICENSING_STATUS_LICENSED", "licensed"),
            ("SL_LICENSING_STATUS_UNLICENSED", "unlicensed"),
            ("SL_LICENSING_STATUS_IN_GRACE_PERIOD", "in-grace-period"),
            ("SL_LICENSING_STATUS_NOTIFICATION", "notification"),
            ("sl_licensing_status_last", "sl_licensing_status_last"),
        ] {
            let state = LicenseState::parse(text);
            assert_eq!((state.as_str(), state.short().as_str()), (text, short));
        }
    }

    proptest! {
        #[test]
        fn never_panics(text: String) {
            let _ = ActionState::parse(&text);
        }
    }
}
