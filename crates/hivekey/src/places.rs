//! Where Windows and other products keep product ids: the only table of registry paths in the workspace.
//!
//! Sources: fox-it/dissect.target and PKeyMaster for Windows, ekeyfinder's configuration for Office, SQL Server, Exchange and
//! Visual Studio, Microsoft's volume activation documents for SoftwareProtectionPlatform; checked on real hives where one
//! was at hand. Offline there is no redirection, so the 32-bit copies under `WOW6432Node` are read by their own path.

use crate::report::HiveRole;

/// The product that installations are of.
pub(crate) const WINDOWS: &str = "Windows";
/// `Microsoft\Windows NT\CurrentVersion`, below the root of a SOFTWARE hive.
pub(crate) const CURRENT_VERSION: &str = r"Microsoft\Windows NT\CurrentVersion";
/// The prefix of the 32-bit view in a SOFTWARE hive.
const WOW64: &str = "WOW6432Node";
/// Where KMS host names are kept, in SOFTWARE (set by hand) and below `SOFTWARE` in NetworkService's hive (discovered).
pub(crate) const PROTECTION_PLATFORM: &str = r"Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform";

/// A value as messages name it, in any language: `\Microsoft\Windows NT\CurrentVersion\ProductId (config/SOFTWARE)`.
pub(crate) fn value_place(hive: &str, key_path: &str, value: &str) -> String {
    format!("{key_path}\\{value} ({hive})")
}

/// What standing a place has among the places that hold keys of Windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// The key that Windows itself reports: CurrentVersion.
    Current,
    /// SoftwareProtectionPlatform's BackupProductKeyDefault: of undocumented meaning.
    Backup,
    /// The 32-bit view's copy.
    Copy,
    /// Internet Explorer's copy, which other tools fall back to silently.
    InternetExplorer,
    /// The default key of the installation media.
    Default,
    /// A key of an earlier installation.
    Previous,
    /// A product id of `SYSTEM\WPA` (Windows XP and Server 2003).
    Wpa,
    /// What stood in a place before the transaction logs were replayed.
    Superseded,
    /// A value that was deleted.
    Deleted,
    /// A key of another product.
    OtherProduct,
}

/// The form in which a place keeps its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A product-id blob, told apart by its length and size field.
    Blob,
    /// The key as text.
    Text,
}

/// A place that may hold key material.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// The product in words. `Product::from_value` of the same key may refine it.
    pub product: &'static str,
    /// Components joined by `\`; `*` at the end of a component stands for the rest of the name.
    pub path: &'static str,
    /// Value name; a final `*` stands for the rest of the name, an empty name is the default value.
    pub value: &'static str,
    pub form: Form,
    pub standing: Standing,
}

const fn windows(path: &'static str, value: &'static str, standing: Standing) -> Place {
    Place { product: WINDOWS, path, value, form: Form::Blob, standing }
}

const fn other(product: &'static str, path: &'static str, value: &'static str) -> Place {
    Place { product, path, value, form: Form::Blob, standing: Standing::OtherProduct }
}

const fn key_text(product: &'static str, path: &'static str, value: &'static str) -> Place {
    Place { product, path, value, form: Form::Text, standing: Standing::OtherProduct }
}

/// The places of a SOFTWARE hive. Version 4 stands before version 3: it says more.
pub(crate) const SOFTWARE: &[Place] = &[
    windows(CURRENT_VERSION, "DigitalProductId4", Standing::Current),
    windows(CURRENT_VERSION, "DigitalProductId", Standing::Current),
    windows(r"Microsoft\Windows NT\CurrentVersion\DefaultProductKey", "DigitalProductId4", Standing::Default),
    windows(r"Microsoft\Windows NT\CurrentVersion\DefaultProductKey", "DigitalProductId", Standing::Default),
    windows(r"Microsoft\Windows NT\CurrentVersion\DefaultProductKey2", "DigitalProductId4", Standing::Default),
    windows(r"Microsoft\Windows NT\CurrentVersion\DefaultProductKey2", "DigitalProductId", Standing::Default),
    Place {
        product: WINDOWS,
        path: PROTECTION_PLATFORM,
        value: "BackupProductKeyDefault",
        form: Form::Text,
        standing: Standing::Backup,
    },
    windows(r"Microsoft\Internet Explorer\Registration", "DigitalProductId4", Standing::InternetExplorer),
    windows(r"Microsoft\Internet Explorer\Registration", "DigitalProductId", Standing::InternetExplorer),
    other("Office XP", r"Microsoft\Office\10.0\Registration\*", "DigitalProductID"),
    other("Office 2003", r"Microsoft\Office\11.0\Registration\*", "DigitalProductID"),
    other("Office 2007", r"Microsoft\Office\12.0\Registration\*", "DigitalProductID"),
    other("Office 2010", r"Microsoft\Office\14.0\Registration\*", "DigitalProductID"),
    other("Office 2013", r"Microsoft\Office\15.0\Registration\*", "DigitalProductID"),
    other("Office 2016", r"Microsoft\Office\16.0\Registration\*", "DigitalProductID"),
    other("SQL Server 2005", r"Microsoft\Microsoft SQL Server\90\ProductID", "DigitalProductID*"),
    other("SQL Server 2008", r"Microsoft\Microsoft SQL Server\100\Tools\Setup", "DigitalProductID"),
    other("SQL Server 2008", r"Microsoft\Microsoft SQL Server\100\DTS\Setup", "DigitalProductID"),
    other("SQL Server 2008 R2", r"Microsoft\Microsoft SQL Server\105\Tools\Setup", "DigitalProductID"),
    other("SQL Server 2008 R2", r"Microsoft\Microsoft SQL Server\105\DTS\Setup", "DigitalProductID"),
    other("SQL Server 2012", r"Microsoft\Microsoft SQL Server\110\Tools\Setup", "DigitalProductID"),
    other("SQL Server 2012", r"Microsoft\Microsoft SQL Server\MSSQL11.*\Setup", "DigitalProductID"),
    other("SQL Server 2014", r"Microsoft\Microsoft SQL Server\120\Tools\Setup", "DigitalProductID"),
    other("SQL Server 2014", r"Microsoft\Microsoft SQL Server\MSSQL12.*\Setup", "DigitalProductID"),
    other("SQL Server 2016", r"Microsoft\Microsoft SQL Server\130\Tools\Setup", "DigitalProductID"),
    other("SQL Server 2016", r"Microsoft\Microsoft SQL Server\MSSQL13.*\Setup", "DigitalProductID"),
    other("SQL Server 2017", r"Microsoft\Microsoft SQL Server\140\Tools\Setup", "DigitalProductID"),
    other("SQL Server 2017", r"Microsoft\Microsoft SQL Server\MSSQL14.*\Setup", "DigitalProductID"),
    other("SQL Server 2019", r"Microsoft\Microsoft SQL Server\150\Tools\Setup", "DigitalProductID"),
    other("SQL Server 2019", r"Microsoft\Microsoft SQL Server\MSSQL15.*\Setup", "DigitalProductID"),
    other("SQL Server 2022", r"Microsoft\Microsoft SQL Server\160\Tools\Setup", "DigitalProductID"),
    other("SQL Server 2022", r"Microsoft\Microsoft SQL Server\MSSQL16.*\Setup", "DigitalProductID"),
    other("Exchange Server", r"Microsoft\Exchange\Setup", "DigitalProductID"),
    key_text("Visual Studio 2005", r"Microsoft\VisualStudio\8.0\Registration", "PIDKEY"),
    key_text("Visual Studio 2005", r"Microsoft\VisualStudio\8.0\Registration\*", "PIDKEY"),
    key_text("Visual Studio 2008", r"Microsoft\VisualStudio\9.0\Registration", "PIDKEY"),
    key_text("Visual Studio 2008", r"Microsoft\VisualStudio\9.0\Registration\*", "PIDKEY"),
];

/// The places of a SYSTEM hive.
pub(crate) const SYSTEM: &[Place] = &[
    windows(r"Setup\Source OS*", "DigitalProductId4", Standing::Previous),
    windows(r"Setup\Source OS*", "DigitalProductId", Standing::Previous),
    windows(r"WPA\Key-*", "DigitalProductID", Standing::Wpa),
];

/// The same place in the 32-bit view of a SOFTWARE hive.
pub(crate) fn wow64_path(place: &Place) -> String {
    format!(r"{WOW64}\{}", place.path)
}

/// Whether a name matches a component of a place.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix)),
        None => pattern.eq_ignore_ascii_case(name),
    }
}

/// The product whose place a key path is, in either view; a path that begins in the middle is compared from there.
pub(crate) fn product_at(path: &str) -> Option<&'static str> {
    let path = path.trim_start_matches('\\');
    let path = path
        .get(..WOW64.len())
        .filter(|start| start.eq_ignore_ascii_case(WOW64))
        .map_or(path, |_| path.split_once('\\').map_or(path, |(_, rest)| rest));
    let names = |text: &'static str| text.split('\\');
    let place = SOFTWARE.iter().chain(SYSTEM).find(|place| {
        let wanted = names(place.path);
        wanted.clone().count() == path.split('\\').count()
            && wanted.zip(path.split('\\')).all(|(pattern, name)| matches(pattern, name))
    });
    place.map(|place| place.product)
}

/// A product's name from a key path: vendor and product, without `WOW6432Node`.
pub(crate) fn product_by_path(key_path: &str) -> String {
    let mut names = key_path.split('\\').filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(WOW64));
    match (names.next(), names.next()) {
        (Some(vendor), Some(product)) => format!("{vendor} {product}"),
        (Some(only), None) => only.to_owned(),
        _ => "unknown".to_owned(),
    }
}

/// Value names that hold a product-id blob wherever they stand, for the walk of the whole hive.
pub(crate) fn is_product_id_name(name: &str) -> bool {
    matches("DigitalProductId*", name)
}

/// What tells the hives apart: keys that each kind has, and no other. The first row that fits decides.
pub(crate) const ROLES: &[(HiveRole, &[&str])] = &[
    (HiveRole::Software, &[CURRENT_VERSION]),
    (HiveRole::System, &["Select"]),
    (HiveRole::System, &["ControlSet001"]),
    (HiveRole::Sam, &[r"SAM\Domains"]),
    (HiveRole::Security, &[r"Policy\Accounts"]),
    (HiveRole::Ntuser, &[r"Software\Microsoft", "Control Panel"]),
    (HiveRole::Ntuser, &[r"Software\Microsoft", "Environment"]),
    (HiveRole::Usrclass, &[r"Local Settings\Software"]),
    (HiveRole::Bcd, &["Objects", "Description"]),
    (HiveRole::Amcache, &[r"Root\InventoryApplicationFile"]),
    (HiveRole::Amcache, &[r"Root\File"]),
    // A SOFTWARE hive whose CurrentVersion is lost.
    (HiveRole::Software, &["Microsoft", "Classes"]),
    (HiveRole::Software, &["Microsoft", "Policies"]),
];

/// `Select`: which control set is which.
pub(crate) const SELECT: &str = "Select";
/// Below a control set.
pub(crate) const COMPUTER_NAME: &str = r"Control\ComputerName\ComputerName";
/// Below a control set: which kind of Windows it is, and the software protection policy.
pub(crate) const PRODUCT_OPTIONS: &str = r"Control\ProductOptions";
/// The policy blob in it.
pub(crate) const PRODUCT_POLICY: &str = "ProductPolicy";
/// The application id of Windows itself in SoftwareProtectionPlatform.
pub(crate) const WINDOWS_APP_ID: &str = "55c92734-d682-4d71-983e-d6ec3f16059f";
/// That of Office 2013 and later, from Windows 8 on in the same place. Source: Microsoft, "Tools to manage volume activation of
/// Office" (ospp.vbs) and "Configure a KMS host" for Office.
pub(crate) const OFFICE_APP_ID: &str = "0ff1ce15-a989-479d-af46-f275c6370663";
/// Where Office 2010, and Office 2013 on Windows 7, keep their own KMS settings, below the root of a SOFTWARE hive and below
/// `SOFTWARE` in NetworkService's hive.
pub(crate) const OFFICE_PLATFORM: &str = r"Microsoft\OfficeSoftwareProtectionPlatform";
/// Below a control set: the time zone.
pub(crate) const TIME_ZONE: &str = r"Control\TimeZoneInformation";
