//! The SYSTEM hive.

use super::software::WINDOWS_APPLICATION;
use super::{Installation, SourceOs};
use crate::hive::{HiveBuilder, Value};
use crate::license::Channel;
use crate::product_policy::ProductPolicy;
use crate::windows::Windows;

/// Days that an evaluation runs.
const EVALUATION_DAYS: i64 = 180;

impl Installation {
    /// The SYSTEM hive.
    pub fn system(&self) -> HiveBuilder {
        let mut hive = HiveBuilder::new();
        hive.last_written(self.last_written).file_name(r"\SystemRoot\System32\Config\SYSTEM").sequences(97, 97);
        hive.key("Select")
            .set("Current", Value::dword(self.control_set))
            .set("Default", Value::dword(self.control_set))
            .set("Failed", Value::dword(0))
            .set("LastKnownGood", Value::dword(self.control_set));
        let control = format!(r"ControlSet{:03}\Control", self.control_set);
        self.product_options(&mut hive, &control);
        hive.key(&format!(r"{control}\ComputerName\ComputerName"))
            .set("", Value::sz("mnmsrvc"))
            .set("ComputerName", Value::sz(&self.computer_name));
        hive.key(&format!(r"{control}\TimeZoneInformation"))
            .set("Bias", Value::dword(0xFFFF_FFC4))
            .set("ActiveTimeBias", Value::dword(0xFFFF_FFC4))
            .set("StandardName", Value::sz("@tzres.dll,-322"))
            .set("TimeZoneKeyName", Value::sz(&self.time_zone));
        hive.key(&format!(r"{control}\Windows"))
            .set("Directory", Value::expand_sz("%SystemRoot%"))
            .set("ShutdownTime", Value::binary(self.last_written.0.to_le_bytes()));
        hive.key(&format!(r"{control}\Session Manager\Environment"))
            .set("PROCESSOR_ARCHITECTURE", Value::sz(if self.windows == Windows::Xp { "x86" } else { "AMD64" }))
            .set("OS", Value::sz("Windows_NT"))
            .set("windir", Value::expand_sz("%SystemRoot%"));
        hive.key("Setup")
            .set("CmdLine", Value::sz(""))
            .set("OsLoaderPath", Value::sz("\\"))
            .set("SetupType", Value::dword(0))
            .set("SystemSetupInProgress", Value::dword(0));
        hive.key(r"Setup\Pid").set("Pid", Value::sz("00000270"));
        for source in &self.source_os {
            write_source_os(source, &mut hive);
        }
        if self.windows == Windows::Xp {
            // A 164-byte id at the start of a 256-byte value, as XP keeps it.
            let mut value = self.license.dpid3();
            value.resize(256, 0);
            hive.key(r"WPA\Key-BCDFGHJKMPQRTVWXY2346").set("ProductID", Value::binary(value));
        }
        hive
    }

    fn product_options(&self, hive: &mut HiveBuilder, control: &str) {
        let key = hive.key(&format!(r"{control}\ProductOptions"));
        let product_type = match (self.windows.is_server(), self.domain_controller) {
            (false, _) => "WinNT",
            (true, false) => "ServerNT",
            (true, true) => "LanmanNT",
        };
        let suite: &[&str] = match self.windows {
            Windows::Xp => &[],
            _ => &["Terminal Server"],
        };
        key.last_written(self.last_written)
            .set("ProductType", Value::sz(product_type))
            .set("ProductSuite", Value::multi_sz(suite));
        if !self.windows.has_dpid4() {
            return;
        }
        if self.windows.is_ten_or_later() && !self.windows.is_server() {
            let part = self.license.part_number.trim_start_matches(self.windows.facts().part_prefix);
            let family = format!("Microsoft.Windows.{}.{part}_8wekyb3d8bbwe", self.sku());
            key.set("OSProductPfn", Value::sz(&family));
        }
        key.set("ProductPolicy", Value::binary(self.product_policy().encode()));
    }

    /// The SKU number of the edition.
    fn sku(&self) -> u32 {
        match self.license.edition_id.as_str() {
            "ServerStandardEval" => 0x4F,
            "EnterpriseEval" => 0x48,
            "Enterprise" => 4,
            _ => self.windows.facts().sku,
        }
    }

    /// The policies of SYSTEM's ProductPolicy value.
    pub fn product_policy(&self) -> ProductPolicy {
        let mut policy = ProductPolicy::new();
        let is_eval = self.license.channel == Channel::Eval;
        let expires = self.installed.plus_days(EVALUATION_DAYS);
        policy
            .number("Kernel-ProductInfo", self.sku())
            .number("Kernel-NativeVHDBoot", 1)
            .number("Kernel-VirtualDynamicPartitioningSupported", 1)
            .binary("Kernel-ExpirationDate", if is_eval { expires.system_time() } else { [0; 16] })
            .number("Security-SPP-EvaluationModeEnabled", u32::from(is_eval))
            .number("Security-SPP-GenuineLocalStatus", 1)
            .number("TerminalServices-RemoteConnectionManager-AllowRemoteConnections", 1)
            .text("Security-SPP-KmsCountedIdList", "");
        if self.windows.is_pkey2009() {
            policy
                .binary("Security-SPP-LastWindowsActivationTime", self.license.installed.0.to_le_bytes())
                .binary("Security-SPP-LastWindowsActivationHResult", [0; 4]);
        }
        if let Some(state) = &self.license_state {
            policy.text("Security-SPP-Action-StateData", &self.action_state(state));
        }
        policy
    }

    /// The text of the action state, in the order of real ones.
    fn action_state(&self, state: &str) -> String {
        format!(
            "AppId={WINDOWS_APPLICATION};LastConsumptionReason=0x4004f401;LastNotificationId=Cleanup;\
             LicenseState={state};PartialProductKey={};ProductKeyType={};SkuId={};\
             ruleId=379cccfb-d4e0-48fe-b0f2-0136097be147;uxDifferentiator={}",
            self.partial_key,
            self.license.channel.key_type(),
            self.license.activation_id,
            self.license.channel.ux_differentiator(),
        )
    }
}

fn write_source_os(source: &SourceOs, hive: &mut HiveBuilder) {
    let (year, month, day) = source.updated.date();
    let second = source.updated.unix().rem_euclid(86_400);
    let name = format!(
        "Source OS (Updated on {month}/{day}/{year} {:02}:{:02}:{:02})",
        second / 3_600,
        second / 60 % 60,
        second % 60
    );
    let key = hive.key("Setup").subkey(name);
    source.before.current_version(key);
    key.last_written(source.updated);
}
