//! The KMS host of a client: set by hand in SOFTWARE, or discovered and kept in NetworkService's hive.
//!
//! Value names: Microsoft, "Registry Settings for Volume Activation" (dn502532); slmgr.vbs for the discovered ones.

use crate::hives::{Hive, HiveKey};
use crate::places;
use crate::report::HiveRole;
use crate::windows::text;

/// The port that a host listens on where none is stored.
const DEFAULT_PORT: &str = "1688";
/// Below SoftwareProtectionPlatform stand an application, and below it its SKUs.
const DEPTH: usize = 2;
/// Applications and SKUs looked at in one key; real machines have some tens.
const MAX_SIBLINGS: usize = 1024;

/// The host that this hive names, `host:port`; the one for Windows before the one for another application.
pub(crate) fn host(hive: &Hive, role: HiveRole) -> Option<String> {
    let path = match role {
        HiveRole::Software => places::PROTECTION_PLATFORM,
        HiveRole::Ntuser => places::NTUSER_PROTECTION_PLATFORM,
        _ => return None,
    };
    let platform = hive.key(path).ok().flatten()?;
    if let Ok(Some(windows)) = platform.subkey(places::WINDOWS_APP_ID)
        && let Some(host) = search(&windows, DEPTH)
    {
        return Some(host);
    }
    search(&platform, DEPTH)
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
