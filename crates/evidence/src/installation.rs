//! What discovery finds.

use std::ffi::OsString;

use crate::path::TreePath;
use crate::tree::Moment;

/// One Windows installation, or what is left of it: a place with registry hives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Installation {
    /// Where it lies inside the source: the Windows folder, or the folder with the hives. The root (text form `""`)
    /// if that is the source itself.
    pub root: TreePath,
    /// What kind of place that is.
    pub place: InstallationPlace,
    /// Which state of its volume it is of.
    pub moment: Moment,
    /// The backup by Windows Server Backup that it is from, if it is from one.
    pub backup: Option<Backup>,
    /// The folder that holds the live hives (`…/System32/config` of a Windows folder).
    pub config: TreePath,
    /// Hives that lie together without the names that Windows gives them (`W10.SOFTWARE`, `PC2.SOFTWARE`): they
    /// need not belong to one installation, and only their content can tell.
    pub loose: bool,
    /// The hives: live ones first, then other hives beside them, then the copies that Windows keeps.
    pub hives: Vec<HiveFile>,
    /// Other files that bear on licensing, in the order of [`SideFileKind`].
    pub files: Vec<SideFile>,
}

impl Installation {
    /// Whether this is an installation as it last ran, as opposed to one that stands beside it: `Windows.old`, what a setup put down, a
    /// shadow copy, deleted files, a lost volume or folder beside a Windows that is in place, an older backup of the same machine.
    #[must_use]
    pub fn is_current(&self) -> bool {
        let is_older = matches!(self.place, InstallationPlace::WindowsOld | InstallationPlace::SetupFolder);
        let is_newest = self.backup.as_ref().is_none_or(|backup| backup.is_newest);
        self.moment == Moment::Now && is_newest && !is_older
    }
}

/// A backup that Windows Server Backup made: a folder with images of a machine's volumes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backup {
    /// The machine, by the name of the folder that its backups are in; `None` if the source is below that.
    pub machine: Option<String>,
    /// When it was made, as a FILETIME, by the name of its folder.
    pub made: u64,
    /// Whether none of the backups of this machine in the source is newer.
    pub is_newest: bool,
}

/// What kind of place an installation was found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum InstallationPlace {
    /// A Windows folder: it has `System32/config`, whatever its name.
    Windows,
    /// A Windows folder inside a `Windows.old` (also `Windows.old.000` …): the installation before the last upgrade.
    WindowsOld,
    /// A Windows folder inside `$WINDOWS.~BT`, `$WINDOWS.~Q` or the like: what a setup or an upgrade put down.
    SetupFolder,
    /// A folder with hives under the names that Windows gives them, without the Windows folder around it.
    Config,
    /// A folder with hives under other names.
    LooseHives,
    /// One hive file that was given as the source.
    SingleHive,
}

/// One hive, or a file that stands where a hive should.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HiveFile {
    /// The name under which it was found.
    pub name: OsString,
    /// Where it lies inside the source. Where a link led to it, the last name is another than `name`.
    pub path: TreePath,
    /// Which of the places that Windows keeps hives in.
    pub place: HivePlace,
    /// What its first bytes say.
    pub content: Content,
    /// Length in bytes.
    pub size: u64,
    /// Its transaction logs: `.LOG`, `.LOG1`, `.LOG2` in this order. Empty ones are normal.
    pub logs: Vec<LogFile>,
}

/// Which of the places that Windows keeps hives in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HivePlace {
    /// In use: `config/SOFTWARE` and the like, a hive in a folder of loose hives, or the one that was given.
    Live,
    /// In the config folder, but under a name that Windows does not load (`software.sav`, `SYSTEM.bak`).
    Beside,
    /// `config/RegBack`: the copies of the task RegIdleBackup (Windows Vista to 10 1709; empty files after that).
    RegBack,
    /// `repair`: the copies of setup and of backup programs (Windows 2000, XP, Server 2003).
    Repair,
    /// `ServiceProfiles/NetworkService/NTUSER.DAT`: the licensing service's own hive.
    NetworkService,
}

/// What the first bytes of a candidate say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Content {
    /// `regf`: a hive of Windows NT and later.
    Hive,
    /// `regf`, but its file type (offset 28) is that of a transaction log.
    Log,
    /// `CREG`: a registry file of Windows 95, 98 or ME.
    Windows9x,
    /// No bytes at all.
    Empty,
    /// Something else.
    Other,
    /// Not known: its first bytes cannot be read.
    Unreadable,
}

/// A transaction log beside a hive.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogFile {
    /// Where it lies inside the source.
    pub path: TreePath,
    /// Length in bytes; 0 is normal.
    pub size: u64,
}

/// A file beside the hives that bears on licensing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SideFile {
    /// Which file it is.
    pub kind: SideFileKind,
    /// Where it lies inside the source.
    pub path: TreePath,
    /// Length in bytes.
    pub size: u64,
}

/// Files beside the hives that bear on licensing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SideFileKind {
    /// `System32/spp/tokens/pkeyconfig/pkeyconfig.xrm-ms` (Windows 7 and later) or
    /// `System32/licensing/pkeyconfig/pkeyconfig.xrm-ms` (Vista): key ranges, editions and channels of this build.
    PkeyConfig,
    /// `pkeyconfig-csvlk.xrm-ms` beside it: KMS host keys.
    PkeyConfigCsvlk,
    /// `pkeyconfig-downlevel.xrm-ms` beside it: keys of earlier versions.
    PkeyConfigDownlevel,
    /// `tokens.dat` of the licensing service. Encrypted: its presence is all that it tells.
    TokensDat,
    /// `data.dat`, the trusted store of the licensing service. Encrypted: its presence is all that it tells.
    DataDat,
    /// `Panther/unattend.xml` and its like: answers given to setup, sometimes with a product key.
    Unattend,
}
