//! Papers for the administrator's files, filled in with what is proven: the letter that asks for a lost key, and the audit
//! sheet. Plain text, 72 columns wide; what is left to the reader stands in square brackets. No paper holds a product key.

mod letter;
mod record;
mod template;

pub use letter::{Recipient, letter};
pub use record::record;

use hivekey_licensing::Channel;

use self::template::Facts;
use crate::report::{Installation, SourceReport, Timestamp, Tool, Verdict};

/// The facts that both papers have, with the day on which the paper is written.
fn facts(source: &SourceReport, installation: &Installation, date: Timestamp) -> Facts {
    let (windows, license) = (&installation.windows, &installation.license);
    let current = installation.current_key();
    let is_public = current.is_some_and(|key| key.verdict == Verdict::Generic);
    let mut facts = Facts::default();
    facts.fact("date", Some(date.date()));
    facts.fact("tool", Some(Tool::default().version));
    facts.fact("path", Some(&source.path));
    facts.fact("kind", Some(&source.kind));
    facts.fact("root", Some(&installation.root));
    facts.fact("windows", windows.name());
    facts.fact("edition_installed", windows.edition_id.as_ref());
    facts.fact("version", windows.display_version.as_ref());
    facts.fact("build", windows.build.as_ref());
    facts.fact("architecture", windows.architecture.as_ref());
    facts.fact("install_date", windows.install_date.map(Timestamp::date));
    facts.fact("product_id", windows.product_id.as_ref());
    facts.fact("host", windows.computer_name.as_ref());
    facts.fact("owner", windows.registered_owner.as_ref());
    facts.fact("organization", windows.registered_organization.as_ref());
    facts.fact("channel", license.channel.as_ref());
    facts.fact("edition", license.edition.as_ref());
    facts.fact("part_number", license.part_number.as_ref());
    facts.fact("activation_id", license.activation_id.as_ref());
    facts.fact("group", license.group_id.map(|group| group.to_string()));
    facts.fact("serial", license.serial.map(|serial| serial.to_string()));
    facts.fact("status", license.status.as_ref());
    facts.fact("kms_host", license.kms_host.as_ref());
    facts.fact("office_kms_host", license.office_kms_host.as_ref());
    facts.fact("last5", license.partial_product_key.as_ref().filter(|_| !is_public));
    facts.fact("public_last5", license.partial_product_key.as_ref().filter(|_| is_public));

    let verdict = current.map(|key| key.verdict);
    facts.flag("public", is_public);
    facts.flag("erased", verdict == Some(Verdict::Erased));
    facts.flag("damaged", verdict == Some(Verdict::Damaged));
    facts.flag("specific", verdict == Some(Verdict::Specific));
    let is_stored = current.is_some_and(|key| key.key.is_some());
    facts.flag("unproven", is_stored && verdict == Some(Verdict::Unknown));
    facts.flag("gone", !is_stored && verdict != Some(Verdict::Erased) && verdict != Some(Verdict::Damaged));

    let channel = license.channel.as_deref().map(Channel::parse);
    let is = |test: fn(&Channel) -> bool| channel.as_ref().is_some_and(test);
    facts.flag("oem", is(Channel::is_oem));
    facts.flag("oem-dm", channel == Some(Channel::OemDm));
    facts.flag("kms-client", channel == Some(Channel::VolumeGvlk));
    facts.flag("avma", channel == Some(Channel::VirtualMachine));
    facts.flag("volume-key", matches!(channel, Some(Channel::VolumeMak | Channel::VolumeCsvlk)));
    facts.flag("retail", is(Channel::is_retail) && !is(Channel::is_evaluation));
    facts.flag("evaluation", is(Channel::is_evaluation));
    facts
}
