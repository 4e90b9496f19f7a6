//! The folder of an installation, as a backup tool copies it.

use std::path::Path;
use std::{fs, io};

use super::Installation;
use crate::hive::{HiveBuilder, Value};
use crate::pkeyconfig::PkeyConfig;
use crate::windows::Windows;

/// The hives of the `config` folder.
const CONFIG_HIVES: [&str; 5] = ["DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"];
/// As XP writes the names.
const XP_CONFIG_HIVES: [&str; 5] = ["default", "SAM", "SECURITY", "software", "system"];
const XP_REPAIR_HIVES: [&str; 5] = ["default", "sam", "security", "software", "system"];
/// From this build on (Windows 10 1803), the automatic backups of the hives are empty files.
const EMPTY_REG_BACK: u32 = 17134;

impl Installation {
    /// The files of a backup of the system drive: path with `/`, content.
    pub fn tree(&self) -> Vec<(String, Vec<u8>)> {
        let windows = self.windows.folder();
        let mut files = Vec::new();
        if self.windows == Windows::Xp {
            self.add_hives(&format!("{windows}/system32/config"), XP_CONFIG_HIVES, &mut files);
            // The hives as setup left them.
            self.add_hives(&format!("{windows}/repair"), XP_REPAIR_HIVES, &mut files);
        } else {
            let config = format!("{windows}/System32/config");
            self.add_hives(&config, CONFIG_HIVES, &mut files);
            let reg_back = format!("{config}/RegBack");
            if self.windows.facts().build < EMPTY_REG_BACK {
                self.add_hives(&reg_back, CONFIG_HIVES, &mut files);
            } else {
                files.extend(CONFIG_HIVES.map(|name| (format!("{reg_back}/{name}"), Vec::new())));
            }
            let profile = format!("{windows}/ServiceProfiles/NetworkService/NTUSER.DAT");
            files.push((profile, self.network_service().build().into_bytes()));
        }
        if self.has_pkeyconfig {
            let mut pkeyconfig = PkeyConfig::new();
            pkeyconfig.license(&self.license);
            let path = format!("{windows}/System32/spp/tokens/pkeyconfig/pkeyconfig.xrm-ms");
            files.push((path, pkeyconfig.encode()));
        }
        if let Some(old) = &self.windows_old {
            let below = old.tree().into_iter();
            files.extend(below.map(|(path, bytes)| (format!("Windows.old/{path}"), bytes)));
        }
        files
    }

    /// Writes [`tree`](Self::tree) below `root`, which is made if absent.
    ///
    /// # Errors
    /// As of [`fs::create_dir_all`] and [`fs::write`].
    pub fn write_tree(&self, root: impl AsRef<Path>) -> io::Result<()> {
        for (path, bytes) in self.tree() {
            let path = root.as_ref().join(path);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, bytes)?;
        }
        Ok(())
    }

    fn add_hives(&self, folder: &str, names: [&str; 5], files: &mut Vec<(String, Vec<u8>)>) {
        for name in names {
            let hive = match name.to_ascii_uppercase().as_str() {
                "SOFTWARE" => self.software(),
                "SYSTEM" if self.has_system => self.system(),
                "SYSTEM" => continue,
                upper => self.other_hive(upper),
            };
            files.push((format!("{folder}/{name}"), hive.build().into_bytes()));
        }
    }

    /// A hive that says nothing about licences.
    fn other_hive(&self, name: &str) -> HiveBuilder {
        let mut hive = HiveBuilder::new();
        hive.last_written(self.last_written).file_name(&format!(r"\SystemRoot\System32\Config\{name}"));
        match name {
            "SAM" => hive.key(r"SAM\Domains\Account").set("V", Value::binary([0; 32])),
            "SECURITY" => hive.key(r"Policy\PolRevision").set("", Value::binary([0; 8])),
            _ => hive.key(r"Control Panel\Desktop").set("Wallpaper", Value::sz("")),
        };
        hive
    }
}
