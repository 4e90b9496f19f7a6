//! The hive of the NetworkService account, under which the software-protection service looks for KMS hosts.

use super::Installation;
use super::software::{OFFICE_APPLICATION, WINDOWS_APPLICATION};
use crate::hive::{HiveBuilder, Value};

impl Installation {
    /// NTUSER.DAT of the NetworkService account.
    pub fn network_service(&self) -> HiveBuilder {
        let mut hive = HiveBuilder::new();
        hive.minor_version(3)
            .last_written(self.last_written)
            .file_name(r"\Windows\ServiceProfiles\NetworkService\NTUSER.DAT")
            .sequences(33, 33);
        hive.key("Environment").set("TEMP", Value::expand_sz(r"%USERPROFILE%\AppData\Local\Temp"));
        if let Some((name, port)) = &self.discovered_kms_host {
            hive.key(r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform")
                .subkey(WINDOWS_APPLICATION)
                .subkey(&self.license.activation_id)
                .set("DiscoveredKeyManagementServiceName", Value::sz(name))
                .set("DiscoveredKeyManagementServicePort", Value::sz(port))
                .set("DiscoveredKeyManagementServiceTimestamp", Value::qword(self.last_written.0));
        }
        if let Some((name, port)) = &self.discovered_office_kms_host {
            hive.key(r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform")
                .subkey(OFFICE_APPLICATION)
                .subkey("b322da9c-a2e2-4058-9e4e-f59a6970bd69")
                .set("DiscoveredKeyManagementServiceName", Value::sz(name))
                .set("DiscoveredKeyManagementServicePort", Value::sz(port));
        }
        hive
    }
}
