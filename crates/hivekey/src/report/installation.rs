//! One Windows installation: what it is, how it is licensed, which hives said so.

use serde::Serialize;

use super::{Finding, NextStep, ProductKey, Timestamp};

/// One Windows installation in a source.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Installation {
    /// Where it lies inside the source (`""`: the source itself), with `/` between components.
    pub root: String,
    /// Whether this is the installation that last ran there, as opposed to one kept beside it (`Windows.old`, `RegBack`).
    pub current: bool,
    /// When the volume shadow copy was made that it stands in; `None` outside of any.
    pub snapshot: Option<Timestamp>,
    /// The backup by Windows Server Backup that it is from; `None` if it is from none.
    pub backup: Option<ServerBackup>,
    /// Which Windows it is.
    pub windows: Windows,
    /// How it is licensed.
    pub license: License,
    /// The hives that were read for it.
    pub hives: Vec<HiveReport>,
    /// Every product key found in it, the current one first.
    pub product_keys: Vec<ProductKey>,
    /// What a reader of the report should know.
    pub findings: Vec<Finding>,
    /// What to do next, in order.
    pub next_steps: Vec<NextStep>,
}

/// A backup that Windows Server Backup made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ServerBackup {
    /// The machine, by the name of the folder of its backups.
    pub machine: Option<String>,
    /// When it was made, by the name of its folder.
    pub made: Option<Timestamp>,
}

impl Installation {
    /// The product key of this installation as it last ran, if it is stored or provably was.
    #[must_use]
    pub fn current_key(&self) -> Option<&ProductKey> {
        self.product_keys.iter().find(|key| key.current)
    }
}

/// Facts of `Microsoft\Windows NT\CurrentVersion` and of the SYSTEM hive, as stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Windows {
    /// `ProductName` as stored; it stays "Windows 10 …" on Windows 11.
    pub product_name: Option<String>,
    /// `EditionID`, for example `ServerStandard`.
    pub edition_id: Option<String>,
    /// `InstallationType`: `Client`, `Server`, `Server Core`.
    pub installation_type: Option<String>,
    /// `DisplayVersion` (20H2 and later), else `ReleaseId`, else `CSDVersion` (service pack).
    pub display_version: Option<String>,
    /// `CurrentBuild` and, where it is stored, `.UBR`: `17763.5576`.
    pub build: Option<String>,
    /// The processor architecture in Microsoft's spelling of `BuildLabEx`: `amd64`, `x86`, `arm64`.
    pub architecture: Option<String>,
    /// `InstallTime`, else `InstallDate`: when this Windows was installed or last upgraded.
    pub install_date: Option<Timestamp>,
    /// `ProductId`; not a product key, but it names group and serial of the key that was installed.
    pub product_id: Option<String>,
    /// `RegisteredOwner`.
    pub registered_owner: Option<String>,
    /// `RegisteredOrganization`.
    pub registered_organization: Option<String>,
    /// `ComputerName` of the SYSTEM hive.
    pub computer_name: Option<String>,
}

impl Windows {
    /// The name of the product: as it is stored, but "Windows 11" where the build says so.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let stored = self.product_name.as_deref()?;
        let is_misnamed = crate::windows::is_misnamed_windows_11(self);
        Some(if is_misnamed { stored.replacen("Windows 10", "Windows 11", 1) } else { stored.to_owned() })
    }
}

/// How an installation is licensed, decided from all witnesses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct License {
    /// Microsoft's channel name: `Retail`, `OEM:DM`, `Volume:MAK`, `Volume:GVLK`, `VT:IA`, …
    pub channel: Option<String>,
    /// `EditionID` that the key is for.
    pub edition: Option<String>,
    /// Part number of the key's agreement, for example `[RS5]X21-83736`.
    pub part_number: Option<String>,
    /// Activation id (SKU id) as a GUID in lower case, without braces.
    pub activation_id: Option<String>,
    /// Key group (`RefGroupId` of pkeyconfig).
    pub group_id: Option<u32>,
    /// Serial number within the group.
    pub serial: Option<u32>,
    /// License state of the software protection policy, in lower case (`licensed`, `notification`, …).
    pub status: Option<String>,
    /// The last five characters of the key that was in use, from the policy blob or the key itself.
    pub partial_product_key: Option<String>,
    /// The KMS host that is set or was discovered, with its port where one is stored: `host:1688`.
    pub kms_host: Option<String>,
    /// The KMS host that is set or was discovered for Office alone, in the same form.
    pub office_kms_host: Option<String>,
    /// Which witnesses decided, strongest first.
    pub decided_by: Vec<&'static str>,
}

/// One hive file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HiveReport {
    /// Path inside the source (for a source that is itself a hive, its path).
    pub path: String,
    /// What the hive holds, recognised by content.
    pub role: HiveRole,
    /// Size of the file in bytes.
    pub size: u64,
    /// Clean, recovered from logs, dirty, or damaged.
    pub state: HiveState,
    /// The logs that were replayed, in order.
    pub logs_applied: Vec<String>,
    /// SHA-256 of the file as it lies in the evidence, in lower-case hex; only when asked for.
    pub sha256: Option<String>,
}

/// What a hive holds, judged by its keys and never by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum HiveRole {
    /// HKLM\SOFTWARE.
    Software,
    /// HKLM\SYSTEM.
    System,
    /// HKLM\SAM.
    Sam,
    /// HKLM\SECURITY.
    Security,
    /// A user's hive (`NTUSER.DAT`, `DEFAULT`).
    Ntuser,
    /// A user's classes (`UsrClass.dat`).
    Usrclass,
    /// Boot configuration data.
    Bcd,
    /// `Amcache.hve`.
    Amcache,
    /// A healthy hive of another kind.
    Other,
    /// Not readable far enough to tell.
    Unknown,
}

impl HiveRole {
    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Software => "software",
            Self::System => "system",
            Self::Sam => "sam",
            Self::Security => "security",
            Self::Ntuser => "ntuser",
            Self::Usrclass => "usrclass",
            Self::Bcd => "bcd",
            Self::Amcache => "amcache",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }
}

/// In which state a hive was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum HiveState {
    /// Written out completely.
    Clean,
    /// Dirty, and recovered from its transaction logs.
    Replayed,
    /// Dirty, and read without (all of) its logs: the last changes may be missing.
    Dirty,
    /// Damaged: parts could not be read.
    Damaged,
}
