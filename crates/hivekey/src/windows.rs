//! Facts of `Microsoft\Windows NT\CurrentVersion`: which Windows a SOFTWARE hive belongs to.

use crate::hives::{Hive, HiveKey};
use crate::places::CURRENT_VERSION;
use crate::report::{Timestamp, Windows};

/// First build that is Windows 11 (21H2).
const FIRST_WINDOWS_11_BUILD: u32 = 22_000;

/// Reads the facts of a SOFTWARE hive; `None` where it has no CurrentVersion.
pub(crate) fn current_version(hive: &Hive) -> Option<Windows> {
    let key = hive.key(CURRENT_VERSION).ok().flatten()?;
    Some(facts(&key))
}

/// Reads the facts of any key that holds a copy of CurrentVersion.
pub(crate) fn facts(key: &HiveKey<'_>) -> Windows {
    let text = |name: &str| text(key, name);
    let current_build = text("CurrentBuildNumber").or_else(|| text("CurrentBuild"));
    let build = current_build.map(|build| match number(key, "UBR") {
        Some(revision) => format!("{build}.{revision}"),
        None => build,
    });
    Windows {
        product_name: text("ProductName"),
        edition_id: text("EditionID"),
        installation_type: text("InstallationType"),
        display_version: text("DisplayVersion").or_else(|| text("ReleaseId")).or_else(|| text("CSDVersion")),
        build,
        architecture: text("BuildLabEx").as_deref().and_then(architecture),
        install_date: install_date(key),
        product_id: text("ProductId"),
        registered_owner: text("RegisteredOwner"),
        registered_organization: text("RegisteredOrganization"),
        computer_name: None,
    }
}

/// The build number alone: `17763` of `17763.5576`.
pub(crate) fn build_number(windows: &Windows) -> Option<u32> {
    windows.build.as_deref()?.split('.').next()?.parse().ok()
}

/// Whether the facts are those of Windows 11, which goes on calling itself Windows 10 in `ProductName`.
pub(crate) fn is_misnamed_windows_11(windows: &Windows) -> bool {
    let client = windows.installation_type.as_deref() != Some("Server")
        && windows.product_name.as_deref().is_some_and(|name| name.starts_with("Windows 10"));
    client && build_number(windows).is_some_and(|build| build >= FIRST_WINDOWS_11_BUILD)
}

/// A text value that is there and not empty.
pub(crate) fn text(key: &HiveKey<'_>, name: &str) -> Option<String> {
    let value = key.value(name).ok().flatten()?;
    value.text().ok().filter(|text| !text.is_empty())
}

/// A REG_MULTI_SZ value that is not empty, its texts joined by commas.
pub(crate) fn texts(key: &HiveKey<'_>, name: &str) -> Option<String> {
    let texts = key.value(name).ok().flatten()?.multi_text().ok()?;
    let texts: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

/// A REG_DWORD value.
pub(crate) fn number(key: &HiveKey<'_>, name: &str) -> Option<u32> {
    key.value(name).ok().flatten()?.u32_le().ok()
}

/// `InstallTime` (QWORD FILETIME, Windows 10 and later) is finer than `InstallDate` (DWORD, Unix seconds).
fn install_date(key: &HiveKey<'_>) -> Option<Timestamp> {
    let precise =
        key.value("InstallTime").ok().flatten().and_then(|value| value.u64().ok()).and_then(Timestamp::from_filetime);
    precise.or_else(|| number(key, "InstallDate").and_then(Timestamp::from_unix))
}

/// `17763.1.amd64fre.rs5_release.180914-1434` names the architecture in its third part, before `fre` or `chk`.
fn architecture(build_lab_ex: &str) -> Option<String> {
    let part = build_lab_ex.split('.').nth(2)?;
    let name = part.strip_suffix("fre").or_else(|| part.strip_suffix("chk"))?;
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_as_real_builds_name_them() {
        assert_eq!(architecture("7601.17727.x86fre.win7sp1_gdr.111118-2330").as_deref(), Some("x86"));
        assert_eq!(architecture("17763.1.amd64fre.rs5_release.180914-1434").as_deref(), Some("amd64"));
        assert_eq!(architecture("17763.1"), None);
        assert_eq!(architecture("1.2.fre"), None);
        assert_eq!(architecture(""), None);
    }

    #[test]
    fn windows_11_is_told_from_the_build() {
        let windows = |name: &str, build: &str| Windows {
            product_name: Some(name.into()),
            build: Some(build.into()),
            ..Windows::default()
        };
        assert!(is_misnamed_windows_11(&windows("Windows 10 Pro", "22631.3007")));
        assert!(!is_misnamed_windows_11(&windows("Windows 10 Pro", "19045")));
        assert!(!is_misnamed_windows_11(&windows("Windows Server 2022 Standard", "26100")));
        assert!(!is_misnamed_windows_11(&windows("Windows 10 Pro", "not a number")));
    }
}
