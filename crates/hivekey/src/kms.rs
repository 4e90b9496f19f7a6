//! The KMS host of a client: set by hand in SOFTWARE, or discovered and kept in NetworkService's hive.
//!
//! Value names: Microsoft, "Registry Settings for Volume Activation" (dn502532); slmgr.vbs for the discovered ones.

use crate::hives::{Hive, HiveKey};
use crate::places;
use crate::report::HiveRole;
use crate::windows::text;

/// The port that a host listens on where none is stored.
const DEFAULT_PORT: &str = "1688";
/// Levels below an application: its SKUs.
const SKUS: usize = 1;
/// Levels below a platform: applications, and below each its SKUs.
const APPLICATIONS: usize = 2;
/// Applications and SKUs looked at in one key; real machines have some tens.
const MAX_SIBLINGS: usize = 1024;

/// The host that this hive names for Windows, `host:port`: the application's own one before that of all applications.
pub(crate) fn host(hive: &Hive, role: HiveRole) -> Option<String> {
    let platform = platform(hive, role, places::PROTECTION_PLATFORM)?;
    let own = platform.subkey(places::WINDOWS_APP_ID).ok().flatten().and_then(|windows| search(&windows, SKUS));
    own.or_else(|| search(&platform, 0))
}

/// The host that this hive names for Office alone, `host:port`.
pub(crate) fn office_host(hive: &Hive, role: HiveRole) -> Option<String> {
    let shared = platform(hive, role, places::PROTECTION_PLATFORM);
    let shared = shared.and_then(|platform| platform.subkey(places::OFFICE_APP_ID).ok().flatten());
    shared.and_then(|office| search(&office, SKUS)).or_else(|| {
        let own = platform(hive, role, places::OFFICE_PLATFORM)?;
        search(&own, APPLICATIONS)
    })
}

/// A platform's key: `path` in SOFTWARE, and below `SOFTWARE` in NetworkService's hive.
fn platform<'h>(hive: &'h Hive, role: HiveRole, path: &str) -> Option<HiveKey<'h>> {
    match role {
        HiveRole::Software => hive.key(path).ok().flatten(),
        HiveRole::Ntuser => hive.key(&format!(r"SOFTWARE\{path}")).ok().flatten(),
        _ => None,
    }
}

/// Whether the machine itself answers KMS clients.
pub(crate) fn is_host(hive: &Hive) -> bool {
    let platform = hive.key(places::PROTECTION_PLATFORM).ok().flatten();
    platform.is_some_and(|key| matches!(key.value("KeyManagementServiceListeningPort"), Ok(Some(_))))
}

fn search(key: &HiveKey<'_>, depth: usize) -> Option<String> {
    for (name, port) in [
        ("KeyManagementServiceName", "KeyManagementServicePort"),
        ("DiscoveredKeyManagementServiceName", "DiscoveredKeyManagementServicePort"),
        ("DiscoveredKeyManagementServiceIpAddress", "DiscoveredKeyManagementServicePort"),
    ] {
        if let Some(host) = text(key, name) {
            let port = text(key, port).unwrap_or_else(|| DEFAULT_PORT.to_owned());
            return Some(format!("{host}:{port}"));
        }
    }
    let below = depth.checked_sub(1)?;
    key.subkeys().flatten().take(MAX_SIBLINGS).find_map(|child| search(&child, below))
}
