//! The SOFTWARE hive.

use super::{Installation, Product};
use crate::hive::{HiveBuilder, Key, Value};
use crate::license::License;
use crate::windows::Windows;

const CURRENT_VERSION: &str = r"Microsoft\Windows NT\CurrentVersion";
const INTERNET_EXPLORER: &str = r"Microsoft\Internet Explorer\Registration";
const WOW64: &str = "WOW6432Node";
/// The application id of Windows under SoftwareProtectionPlatform.
pub(super) const WINDOWS_APPLICATION: &str = "55c92734-d682-4d71-983e-d6ec3f16059f";
/// Application id of Office 2013 and later.
pub(super) const OFFICE_APPLICATION: &str = "0ff1ce15-a989-479d-af46-f275c6370663";
/// A GUID for Office registrations that is obviously none of Microsoft's.
const OFFICE_PRODUCT: &str = "{90140000-0011-0000-1000-7E57C17A0FFC}";

impl Installation {
    /// The SOFTWARE hive.
    pub fn software(&self) -> HiveBuilder {
        let mut hive = HiveBuilder::new();
        hive.last_written(self.last_written).file_name(r"\SystemRoot\System32\Config\SOFTWARE").sequences(241, 241);
        self.current_version(hive.key(CURRENT_VERSION));
        if let Some(license) = &self.default_key {
            let key = hive.key(CURRENT_VERSION).subkey("DefaultProductKey");
            write_ids(self, license, key.last_written(license.installed));
        }
        if let Some(license) = &self.default_key2 {
            let key = hive.key(CURRENT_VERSION).subkey("DefaultProductKey2");
            write_ids(self, license, key.last_written(license.installed));
            key.set("EditionID", Value::sz(&license.edition_id));
        }
        if self.windows.has_dpid4() {
            self.protection_platform(hive.key(CURRENT_VERSION));
        }
        if let Some(license) = &self.internet_explorer {
            write_ids(self, license, hive.key(INTERNET_EXPLORER).last_written(license.installed));
        }
        if self.wow64 {
            let wow64 = format!(r"{WOW64}\{CURRENT_VERSION}");
            self.current_version(hive.key(&wow64));
            if let Some(license) = &self.internet_explorer {
                write_ids(self, license, hive.key(&format!(r"{WOW64}\{INTERNET_EXPLORER}")));
            }
        }
        for product in &self.products {
            write_product(product, &mut hive);
        }
        if let Some((name, port)) = &self.office_kms_host {
            hive.key(r"Microsoft\OfficeSoftwareProtectionPlatform")
                .set("KeyManagementServiceName", Value::sz(name))
                .set("KeyManagementServicePort", Value::sz(port));
        }
        hive.key("Classes").subkey(".txt").set("", Value::sz("txtfile"));
        hive.key(r"Policies\Microsoft\Windows");
        hive
    }

    /// The values of CurrentVersion, in the order in which Windows writes them. Source OS keys hold the same.
    pub(super) fn current_version(&self, key: &mut Key) {
        let facts = self.windows.facts();
        let build = facts.build.to_string();
        let text = |value: Option<&str>| value.map(Value::sz);
        let root = format!(r"C:\{}", self.windows.folder());
        key.last_written(self.last_written)
            .set("SystemRoot", Value::sz(&root))
            .set_some("BuildBranch", text(facts.build_lab.split('.').nth(1)).filter(|_| self.windows.is_ten_or_later()))
            .set("BuildLab", Value::sz(facts.build_lab))
            .set_some("BuildLabEx", text(facts.build_lab_ex))
            .set_some(
                "CompositionEditionID",
                text(self.edition_id.as_deref()).filter(|_| self.windows.is_ten_or_later()),
            )
            .set_some("CSDVersion", text(facts.service_pack))
            .set("CurrentBuild", Value::sz(&build))
            .set("CurrentBuildNumber", Value::sz(&build))
            .set("CurrentType", Value::sz("Multiprocessor Free"))
            .set("CurrentVersion", Value::sz(facts.version));
        if self.windows.is_ten_or_later() {
            key.set("CurrentMajorVersionNumber", Value::dword(10)).set("CurrentMinorVersionNumber", Value::dword(0));
        }
        key.set_some("EditionID", text(self.edition_id.as_deref()))
            .set_some("InstallationType", text(facts.installation_type))
            .set("InstallDate", Value::dword(self.installed.unix() as u32))
            .set("ProductName", Value::sz(&self.product_name))
            .set_some("ReleaseId", text(facts.release_id))
            .set_some("DisplayVersion", text(facts.display_version))
            .set("SoftwareType", Value::sz("System"))
            .set_some("UBR", facts.revision.map(Value::dword))
            .set("PathName", Value::sz(&root))
            .set("RegisteredOrganization", Value::sz(&self.organization))
            .set("RegisteredOwner", Value::sz(&self.owner));
        if self.windows.is_ten_or_later() {
            key.set("InstallTime", Value::qword(self.installed.0));
        }
        write_ids(self, &self.license, key);
        if self.windows == Windows::Xp {
            key.set("LicenseInfo", Value::binary(vec![0x5A; 56]));
        }
    }

    fn protection_platform(&self, current_version: &mut Key) {
        let key = current_version.subkey("SoftwareProtectionPlatform");
        key.last_written(self.last_written)
            .set("VLActivationInterval", Value::dword(120))
            .set("VLRenewalInterval", Value::dword(10_080))
            .set("UserOperations", Value::dword(0))
            .set("SkipRearm", Value::dword(0))
            .set_some("BackupProductKeyDefault", self.backup_key.as_deref().map(Value::sz));
        if let Some((name, port)) = &self.kms_host {
            key.set("KeyManagementServiceName", Value::sz(name)).set("KeyManagementServicePort", Value::sz(port));
        }
        key.subkey("Activation").set("NotificationDisabled", Value::dword(0)).set("Manual", Value::dword(0));
        let application = key.subkey(WINDOWS_APPLICATION);
        if let Some((name, port)) = &self.kms_host {
            application
                .subkey(&self.license.activation_id)
                .set("KeyManagementServiceName", Value::sz(name))
                .set("KeyManagementServicePort", Value::sz(port));
        }
    }
}

/// ProductId, DigitalProductId and DigitalProductId4.
fn write_ids(installation: &Installation, license: &License, key: &mut Key) {
    key.set("ProductId", Value::sz(&license.product_id));
    if installation.dpid {
        key.set("DigitalProductId", Value::binary(license.dpid3()));
        if installation.dpid4 {
            key.set("DigitalProductId4", Value::binary(license.dpid4()));
        }
    }
}

fn write_product(product: &Product, hive: &mut HiveBuilder) {
    match product {
        Product::Office2010(license) => office(hive, "14.0", "Microsoft Office Professional Plus 2010")
            .set("ProductID", Value::sz(&license.product_id))
            .set("DigitalProductID", Value::binary(license.dpid4())),
        Product::Office2007(license) => office(hive, "12.0", "Microsoft Office Enterprise 2007")
            .set("ProductID", Value::sz(&license.product_id))
            .set("DigitalProductID", Value::binary(license.dpid3())),
        Product::SqlServer2008(license) => sql_server(hive, "100", "10.50.6000.34")
            .set("ProductId", Value::sz(&license.product_id))
            .set("DigitalProductID", Value::binary(license.dpid3())),
        Product::SqlServer2012(license) => {
            sql_server(hive, "110", "11.0.7001.0").set("DigitalProductID", Value::binary(*license.key.as_bytes()))
        }
        Product::Exchange(license) => hive
            .key(r"Microsoft\Exchange\Setup")
            .set("ProductId", Value::sz(&license.product_id))
            .set("DigitalProductID", Value::binary(license.dpid3())),
        Product::VisualStudio(license) => hive
            .key(r"Microsoft\VisualStudio\9.0\Registration\1000.0x0000")
            .set("ProductName", Value::sz("Microsoft Visual Studio 2008"))
            .set("PIDKEY", Value::sz(license.typed_key.as_str())),
    };
}

fn office<'a>(hive: &'a mut HiveBuilder, version: &str, name: &str) -> &'a mut Key {
    hive.key(&format!(r"Microsoft\Office\{version}\Registration\{OFFICE_PRODUCT}"))
        .set("ProductName", Value::sz(name))
        .set("ProductNameNonQualified", Value::sz("Microsoft Office"))
}

fn sql_server<'a>(hive: &'a mut HiveBuilder, version: &str, patch_level: &str) -> &'a mut Key {
    hive.key(&format!(r"Microsoft\Microsoft SQL Server\{version}\Tools\Setup"))
        .set("Edition", Value::sz("Standard Edition"))
        .set("PatchLevel", Value::sz(patch_level))
}
