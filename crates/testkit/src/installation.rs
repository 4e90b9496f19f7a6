//! A whole Windows installation: the hives of its `config` folder, filled consistently, and the folder itself.

mod network_service;
mod software;
mod system;
mod tree;

use crate::license::{Channel, License};
use crate::time::Filetime;
use crate::windows::Windows;

/// A product other than Windows that stores a product id in the SOFTWARE hive.
#[derive(Clone, Debug)]
pub enum Product {
    /// Office 2010: a DigitalProductId4 in `Office\14.0\Registration\{…}`.
    Office2010(License),
    /// Office 2007: a DigitalProductId in `Office\12.0\Registration\{…}`.
    Office2007(License),
    /// SQL Server 2008 R2: a DigitalProductId in `Microsoft SQL Server\100\Tools\Setup`.
    SqlServer2008(License),
    /// SQL Server 2012: the 16 bytes of the key field in `Microsoft SQL Server\110\Tools\Setup`.
    SqlServer2012(License),
    /// Exchange: a DigitalProductId in `Exchange\Setup`.
    Exchange(License),
    /// Visual Studio 2008: the key as text, without hyphens, in `VisualStudio\9.0\Registration\…`.
    VisualStudio(License),
}

/// An earlier state that SYSTEM keeps under `Setup\Source OS (…)` after an in-place upgrade.
#[derive(Clone, Debug)]
pub struct SourceOs {
    /// When the upgrade was made; it is part of the key's name.
    pub updated: Filetime,
    /// What was installed before it.
    pub before: Box<Installation>,
}

/// A description of an installation. The fields may be changed at will; [`Installation::preset`] fills them so that all
/// facts agree.
#[derive(Clone, Debug)]
pub struct Installation {
    /// Version.
    pub windows: Windows,
    /// The licence that CurrentVersion shows.
    pub license: License,
    /// `ProductName`.
    pub product_name: String,
    /// `EditionID` and `CompositionEditionID`; what is installed, which need not be what the key is for.
    pub edition_id: Option<String>,
    /// `RegisteredOwner`.
    pub owner: String,
    /// `RegisteredOrganization`.
    pub organization: String,
    /// Computer name in SYSTEM.
    pub computer_name: String,
    /// `TimeZoneKeyName`.
    pub time_zone: String,
    /// `InstallDate` and `InstallTime`.
    pub installed: Filetime,
    /// When the hives were last written.
    pub last_written: Filetime,
    /// Whether there is a DigitalProductId4.
    pub dpid4: bool,
    /// Whether DigitalProductId and DigitalProductId4 are there at all.
    pub dpid: bool,
    /// The licence under `DefaultProductKey`.
    pub default_key: Option<License>,
    /// The licence under `DefaultProductKey2`.
    pub default_key2: Option<License>,
    /// The licence under `Internet Explorer\Registration`.
    pub internet_explorer: Option<License>,
    /// Whether `WOW6432Node` has copies of CurrentVersion's and Internet Explorer's values.
    pub wow64: bool,
    /// `BackupProductKeyDefault`.
    pub backup_key: Option<String>,
    /// `KeyManagementServiceName` and `KeyManagementServicePort`.
    pub kms_host: Option<(String, String)>,
    /// The KMS host that was found by DNS; it stands in NetworkService's hive.
    pub discovered_kms_host: Option<(String, String)>,
    /// KMS host and port for Office alone: for all its versions in OfficeSoftwareProtectionPlatform of SOFTWARE.
    pub office_kms_host: Option<(String, String)>,
    /// The same, discovered by Office 2013 or later and kept in NetworkService's hive.
    pub discovered_office_kms_host: Option<(String, String)>,
    /// Other products.
    pub products: Vec<Product>,
    /// The state of the licence in SYSTEM's policy, `SL_LICENSING_STATUS_…`; none leaves the action state out.
    pub license_state: Option<String>,
    /// The last five characters in SYSTEM's policy.
    pub partial_key: String,
    /// The control set that SYSTEM uses.
    pub control_set: u32,
    /// Whether it is a domain controller.
    pub domain_controller: bool,
    /// Earlier states in SYSTEM.
    pub source_os: Vec<SourceOs>,
    /// Whether the tree has a SYSTEM hive.
    pub has_system: bool,
    /// Whether the tree has a pkeyconfig file, made for this licence.
    pub has_pkeyconfig: bool,
    /// An installation in `Windows.old`.
    pub windows_old: Option<Box<Installation>>,
}

impl Installation {
    /// An installation whose facts all agree, or none if Microsoft sold no such thing.
    pub fn preset(windows: Windows, channel: Channel) -> Option<Self> {
        let license = License::preset(windows, channel)?;
        let facts = windows.facts();
        let is_eval = channel == Channel::Eval;
        let product_name = match (windows, is_eval) {
            (Windows::Seven, true) => String::from("Windows 7 Enterprise"),
            (Windows::Ten | Windows::Eleven, true) => String::from("Windows 10 Enterprise Evaluation"),
            (_, true) => format!("{} Evaluation", facts.product_name),
            (_, false) => facts.product_name.to_owned(),
        };
        let edition_id = facts.edition_id.map(|_| license.edition_id.clone());
        // What the installation medium brought along, before any other key was entered.
        let default_channel = match (windows, channel) {
            (_, Channel::Eval) => Channel::Eval,
            (Windows::Ten | Windows::Eleven, _) => Channel::RetailDefault,
            (_, Channel::Mak) => Channel::Gvlk,
            (_, channel) => channel,
        };
        let default_key = License::preset(windows, default_channel).filter(|_| windows.has_dpid4());
        Some(Installation {
            windows,
            product_name,
            edition_id,
            owner: String::from("Windows User"),
            organization: String::new(),
            computer_name: String::from(if windows.is_server() { "WIN-TESTKIT01" } else { "DESKTOP-TESTKIT" }),
            time_zone: String::from("W. Europe Standard Time"),
            installed: license.installed,
            last_written: license.installed.plus_days(500),
            dpid4: windows.has_dpid4(),
            dpid: true,
            default_key,
            default_key2: None,
            internet_explorer: Some(license.clone()),
            wow64: false,
            backup_key: windows
                .is_pkey2009()
                .then(|| license.typed_key.to_string())
                .filter(|_| channel != Channel::Mak),
            kms_host: None,
            discovered_kms_host: None,
            office_kms_host: None,
            discovered_office_kms_host: None,
            products: Vec::new(),
            license_state: windows.is_pkey2009().then(|| String::from("SL_LICENSING_STATUS_LICENSED")),
            partial_key: license.partial_key(),
            control_set: 1,
            domain_controller: false,
            source_os: Vec::new(),
            has_system: true,
            has_pkeyconfig: false,
            windows_old: None,
            license,
        })
    }

    /// Every version in every channel that it was sold in.
    pub fn all_presets() -> Vec<Self> {
        let pairs =
            Windows::ALL.iter().flat_map(|windows| Channel::ALL.iter().map(move |channel| (*windows, *channel)));
        pairs.filter_map(|(windows, channel)| Installation::preset(windows, channel)).collect()
    }
}
