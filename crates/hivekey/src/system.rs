//! Facts of the SYSTEM hive: the computer's name, and what the software protection policy says of the key in use.

use crate::hives::{Hive, OpenHive};
use crate::places;
use crate::windows::{number, text};

/// What a SYSTEM hive says beside its product-id blobs.
#[derive(Debug, Clone, Default)]
pub(crate) struct SystemFacts {
    pub computer_name: Option<String>,
    pub policy: Option<PolicyState>,
}

/// The software protection policy's word on the key in use.
#[derive(Debug, Clone, Default)]
pub(crate) struct PolicyState {
    pub partial_product_key: Option<String>,
    pub channel: Option<String>,
    pub activation_id: Option<String>,
    /// In lower case, without its prefix: `licensed`, `notification`.
    pub status: Option<String>,
}

/// Reads the facts; `None` where the hive could not be opened.
pub(crate) fn facts(open: &OpenHive) -> Option<SystemFacts> {
    let hive = open.hive.as_ref()?;
    let control_set = current_control_set(hive);
    let computer_name = hive
        .key(&format!("{control_set}\\{}", places::COMPUTER_NAME))
        .ok()
        .flatten()
        .and_then(|key| text(&key, "ComputerName"));
    Some(SystemFacts {
        computer_name,
        policy: None,
    })
}

/// `Select\Current` names the control set that ran last; offline there is no `CurrentControlSet`.
pub(crate) fn current_control_set(hive: &Hive) -> String {
    let select = hive.key(places::SELECT).ok().flatten();
    let current = select.and_then(|key| number(&key, "Current")).unwrap_or(1);
    format!("ControlSet{current:03}")
}
