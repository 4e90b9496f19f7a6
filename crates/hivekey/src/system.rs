//! Facts of the SYSTEM hive: the computer's name, its edition, and what the software protection policy says of the key in use.

use hivekey_licensing::Sku;
use hivekey_licensing::product_policy::ProductPolicy;

use crate::hives::{Hive, OpenHive};
use crate::places;
use crate::report::{Evidence, Finding, FindingCode, FoundIn, IntegrityMark, Timestamp, Windows};
use crate::windows::{number, text, texts};

/// What a SYSTEM hive says beside its product-id blobs.
#[derive(Debug, Clone, Default)]
pub(crate) struct SystemFacts {
    pub computer_name: Option<String>,
    /// `ProductType`: `WinNT`, `ServerNT`, or `LanmanNT` on a domain controller.
    pub product_type: Option<String>,
    /// `ProductSuite`, joined by commas: `Terminal Server`, `DataCenter`, `Enterprise`.
    pub product_suite: Option<String>,
    /// `TimeZoneKeyName`, for example `W. Europe Standard Time`.
    pub time_zone: Option<String>,
    /// `OSProductPfn`, which names SKU number and part number: `Microsoft.Windows.48.X19-98843_8wekyb3d8bbwe`.
    pub product_pfn: Option<String>,
    pub policy: Option<PolicyState>,
    pub findings: Vec<Finding>,
}

/// The software protection policy's word on the key in use.
#[derive(Debug, Clone)]
pub(crate) struct PolicyState {
    pub partial_product_key: Option<String>,
    pub channel: Option<String>,
    pub activation_id: Option<String>,
    /// In lower case, without its prefix: `licensed`, `notification`.
    pub status: Option<String>,
    /// EditionID of the edition that runs.
    pub edition_id: Option<String>,
    /// When an evaluation or a grace period ends or ended, `2017-01-03`.
    pub ends: Option<String>,
    /// When Windows last tried to activate, and the HRESULT of that try.
    pub last_activation: Option<(Timestamp, u32)>,
    /// Where the policy stands.
    pub evidence: Evidence,
}

impl SystemFacts {
    /// Adds what only SYSTEM knows, and what SOFTWARE should have said.
    pub(crate) fn fill(&self, windows: &mut Windows) {
        windows.computer_name.clone_from(&self.computer_name);
        if windows.edition_id.is_none() {
            let by_policy = self.policy.as_ref().and_then(|policy| policy.edition_id.clone());
            windows.edition_id = by_policy.or_else(|| self.product_edition());
        }
        if windows.installation_type.is_none() {
            let kind = self.product_type.as_deref().map(|kind| if kind == "WinNT" { "Client" } else { "Server" });
            windows.installation_type = kind.map(str::to_owned);
        }
    }

    /// The edition that OSProductPfn names.
    fn product_edition(&self) -> Option<String> {
        let (sku, _) = Sku::of_product_pfn(self.product_pfn.as_deref()?)?;
        sku.edition_id().map(str::to_owned)
    }
}

/// Reads the facts; `None` where the hive could not be opened.
pub(crate) fn facts(open: &OpenHive) -> Option<SystemFacts> {
    let hive = open.hive.as_ref()?;
    let control_set = current_control_set(hive);
    let key = |path: &str| hive.key(&format!("{control_set}\\{path}")).ok().flatten();
    let mut facts = SystemFacts {
        computer_name: key(places::COMPUTER_NAME).and_then(|key| text(&key, "ComputerName")),
        time_zone: key(places::TIME_ZONE).and_then(|key| text(&key, "TimeZoneKeyName")),
        ..SystemFacts::default()
    };
    if let Some(options) = key(places::PRODUCT_OPTIONS) {
        facts.product_type = text(&options, "ProductType");
        facts.product_suite = texts(&options, "ProductSuite");
        facts.product_pfn = text(&options, "OSProductPfn");
        if let Ok(Some(value)) = options.value(places::PRODUCT_POLICY) {
            let evidence = Evidence {
                hive: open.report.path.clone(),
                key_path: format!("\\{control_set}\\{}", places::PRODUCT_OPTIONS),
                value: value.name(),
                offset: Some(value.offset().0),
                last_written: Timestamp::from_filetime(options.last_written().ticks()),
                found_in: FoundIn::Live,
                integrity: IntegrityMark::None,
                verified: None,
            };
            let data = value.data().map_err(|error| error.to_string());
            match data.and_then(|data| policy(&data, evidence.clone())) {
                Ok(policy) => facts.policy = policy,
                Err(problem) => {
                    let place = places::value_place(&evidence.hive, &evidence.key_path, &evidence.value);
                    let args = vec![("place", place), ("problem", problem)];
                    facts.findings.push(Finding::new(FindingCode::Uninterpreted, args));
                }
            }
        }
    }
    Some(facts)
}

/// `Select\Current` names the control set that ran last; offline there is no `CurrentControlSet`.
pub(crate) fn current_control_set(hive: &Hive) -> String {
    let select = hive.key(places::SELECT).ok().flatten();
    let current = select.and_then(|key| number(&key, "Current")).unwrap_or(1);
    format!("ControlSet{current:03}")
}

/// The policy's state; `None` before Windows 8.1, which keeps none there.
fn policy(data: &[u8], evidence: Evidence) -> Result<Option<PolicyState>, String> {
    let policy = ProductPolicy::parse(data).map_err(|error| error.to_string())?;
    let edition_id = policy.edition_name().or_else(|| policy.sku().and_then(|sku| sku.edition_id()).map(str::to_owned));
    let state = policy.action_state().unwrap_or_default();
    if state.is_empty() && edition_id.is_none() {
        return Ok(None);
    }
    let ends = state
        .license_expiration
        .or(state.grace_end)
        .or(policy.expiration_date())
        .map(|end| format!("{:04}-{:02}-{:02}", end.year, end.month, end.day));
    Ok(Some(PolicyState {
        partial_product_key: state.partial_product_key,
        channel: state.product_key_type.map(|channel| channel.to_string()),
        activation_id: state.sku_id.map(|id| id.to_string()),
        status: state.license_state.map(|status| status.short()),
        edition_id,
        ends,
        last_activation: policy
            .last_activation_time()
            .and_then(|time| Timestamp::from_filetime(time.0))
            .zip(policy.last_activation_result().or(Some(0))),
        evidence,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edition_is_filled_in_from_the_product_family_name() {
        let edition = |pfn: &str| {
            let mut windows = Windows::default();
            SystemFacts { product_pfn: Some(pfn.to_owned()), ..SystemFacts::default() }.fill(&mut windows);
            windows.edition_id
        };
        assert_eq!(edition("Microsoft.Windows.48.X19-98843_8wekyb3d8bbwe").as_deref(), Some("Professional"));
        assert_eq!(edition("Microsoft.Windows.4294967295.X19-98843_8wekyb3d8bbwe"), None);
        assert_eq!(edition(""), None);
    }
}
