//! The folder of an installation, as a backup tool copies it.

use std::path::Path;
use std::{fs, io};

use super::Installation;
use crate::hive::{HiveBuilder, Value};
use crate::pkeyconfig::PkeyConfig;
use crate::windows::Windows;

/// The hives of the `config` folder.
const CONFIG_HIVES: [&str; 5] = ["DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"];

impl Installation {
    /// Writes the folders and files of a backup of the system drive below `root`, which is made if absent.
    ///
    /// # Errors
    /// As of [`fs::create_dir_all`] and [`fs::write`].
    pub fn write_tree(&self, root: impl AsRef<Path>) -> io::Result<()> {
        let root = root.as_ref();
        let windows = root.join(self.windows.folder());
        if self.windows == Windows::Xp {
            let config = windows.join("system32").join("config");
            self.write_config(&config, ["default", "SAM", "SECURITY", "software", "system"])?;
            // Setup leaves the hives as they were at its end.
            self.write_config(&windows.join("repair"), ["default", "sam", "security", "software", "system"])?;
        } else {
            let config = windows.join("System32").join("config");
            self.write_config(&config, CONFIG_HIVES)?;
            self.write_reg_back(&config.join("RegBack"))?;
            let profile = windows.join("ServiceProfiles").join("NetworkService");
            fs::create_dir_all(&profile)?;
            fs::write(profile.join("NTUSER.DAT"), self.network_service().build().bytes())?;
        }
        if self.has_pkeyconfig {
            let folder = windows.join("System32/spp/tokens/pkeyconfig");
            fs::create_dir_all(&folder)?;
            let mut file = PkeyConfig::new();
            file.license(&self.license);
            fs::write(folder.join("pkeyconfig.xrm-ms"), file.encode())?;
        }
        match &self.windows_old {
            Some(old) => old.write_tree(root.join("Windows.old")),
            None => Ok(()),
        }
    }

    fn write_config(&self, folder: &Path, names: [&str; 5]) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        for name in names {
            let hive = match name.to_ascii_uppercase().as_str() {
                "SOFTWARE" => self.software(),
                "SYSTEM" if self.has_system => self.system(),
                "SYSTEM" => continue,
                upper => self.other_hive(upper),
            };
            fs::write(folder.join(name), hive.build().bytes())?;
        }
        Ok(())
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

    /// From Windows 10 1803 on, the automatic backups of the hives are empty files.
    fn write_reg_back(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        for name in CONFIG_HIVES {
            let bytes = match (self.windows.facts().build >= 17134, name) {
                (false, "SOFTWARE") => self.software().build().into_bytes(),
                (false, "SYSTEM") if self.has_system => self.system().build().into_bytes(),
                _ => Vec::new(),
            };
            fs::write(folder.join(name), bytes)?;
        }
        Ok(())
    }
}
