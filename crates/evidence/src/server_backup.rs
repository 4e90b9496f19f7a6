//! Backups by Windows Server Backup, and by the system image of Windows 7 to 11: which of several an installation is from.
//!
//! ```text
//! WindowsImageBackup/SRV-FILE01/Backup 2023-01-15 190012/0f3a….vhdx, BackupSpecs.xml, …
//! ```
//!
//! The folder below `WindowsImageBackup` has the name of the machine; each backup has a folder with its date and time in UTC, and in it an
//! image of each volume. Source: Microsoft, "Windows Server Backup" (Win32), and folders that it made.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::Path;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::installation::{Backup, Installation};
use crate::path::TreePath;

/// Says of each installation from which backup it is, and which of a machine's backups is the newest. `source` is where the source
/// really lies, if it is a path of this machine: it may itself be in such a backup.
pub(crate) fn mark(installations: &mut [Installation], source: Option<&Path>) {
    let outer = source.into_iter().flat_map(Path::components);
    let outer = outer.fold(TreePath::root(), |path, part| path.child(part.as_os_str()));
    let mut newest: HashMap<TreePath, u64> = HashMap::new();
    let mut found: Vec<Option<(TreePath, u64)>> = Vec::new();
    for installation in installations.iter() {
        let backup = backup_of(&installation.root.within(&outer));
        if let Some((machine, made)) = &backup {
            let newest = newest.entry(machine.clone()).or_insert(*made);
            *newest = (*newest).max(*made);
        }
        found.push(backup);
    }
    for (installation, backup) in installations.iter_mut().zip(found) {
        installation.backup = backup.map(|(folder, made)| Backup {
            machine: folder.file_name().map(|name| name.to_string_lossy().into_owned()),
            made,
            is_newest: newest.get(&folder) == Some(&made),
        });
    }
}

/// The folder of the machine, and when the backup was made, as a FILETIME.
fn backup_of(root: &TreePath) -> Option<(TreePath, u64)> {
    let mut machine = TreePath::root();
    for name in root.names() {
        if let Some(made) = made(name) {
            return Some((machine, made));
        }
        machine = machine.child(name);
    }
    None
}

/// The time in a name such as `Backup 2023-01-15 190012`.
fn made(name: &OsStr) -> Option<u64> {
    /// Seconds from 1601-01-01 to 1970-01-01 (MS-DTYP 2.3.3).
    const UNIX_EPOCH: i64 = 11_644_473_600;
    let text = name.to_str()?.strip_prefix("Backup ")?;
    let is_like = |pattern: &str| {
        text.len() == pattern.len()
            && text
                .chars()
                .zip(pattern.chars())
                .all(|(c, like)| if like == '0' { c.is_ascii_digit() } else { c == like })
    };
    if !is_like("0000-00-00 000000") {
        return None;
    }
    let time = DateTime::strptime("%Y-%m-%d %H%M%S", text).ok()?.to_zoned(TimeZone::UTC).ok()?;
    let seconds = time.timestamp().as_second().checked_add(UNIX_EPOCH)?;
    u64::try_from(seconds).ok()?.checked_mul(10_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_backups() {
        assert_eq!(made("Backup 2023-01-15 190012".as_ref()), Some(133_182_828_120_000_000));
        for name in [
            "Backup 2023-13-15 190012",
            "Backup 2023-01-15",
            "Backup 2023-01-15 1900123",
            "backup",
            "Backup +023-01-15 190012",
        ] {
            assert_eq!(made(name.as_ref()), None, "{name}");
        }
        let path = ["WindowsImageBackup", "SRV", "Backup 2023-01-15 190012", "0f.vhdx", "Windows"];
        let path = path.iter().fold(TreePath::root(), |path, name| path.child(*name));
        let (machine, _) = backup_of(&path).unwrap();
        assert_eq!(machine.to_string(), "WindowsImageBackup/SRV");
        assert_eq!(backup_of(&machine), None);
    }
}
