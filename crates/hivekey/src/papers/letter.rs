//! The letter that asks for a key, or for the way to activate without one.

use hivekey_licensing::Channel;

use super::{facts, template};
use crate::report::{Installation, SourceReport, Timestamp};
use crate::texts::Lang;

/// Whom the letter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Recipient {
    /// Who sold the machine or the license.
    Vendor,
    /// Microsoft's support.
    Microsoft,
    /// Who looks after the organisation's volume license agreement.
    LicensingDesk,
}

impl Recipient {
    /// Every recipient.
    pub const ALL: &'static [Self] = &[Self::Vendor, Self::Microsoft, Self::LicensingDesk];

    /// Who can help with a license of this installation's channel: the licensing desk with a volume license, the vendor
    /// with all others.
    #[must_use]
    pub fn for_installation(installation: &Installation) -> Self {
        match installation.license.channel.as_deref().map(Channel::parse) {
            Some(channel) if channel.is_volume() || channel == Channel::VirtualMachine => Self::LicensingDesk,
            _ => Self::Vendor,
        }
    }
}

/// The letter, with gaps in square brackets for what no hive knows: names, invoice, serial number of the machine.
///
/// ```
/// use hivekey::papers::{Recipient, letter};
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/server2019-backup");
/// let report = hivekey::inspect(path, &hivekey::Options::default());
/// let source = &report.sources[0];
/// let today = hivekey::report::Timestamp::now();
/// let text = letter(source, &source.installations[0], Recipient::LicensingDesk, today, hivekey::Lang::En);
/// assert!(text.contains("Windows Server 2019 Standard"));
/// assert!(text.lines().all(|line| line.chars().count() <= 72));
/// ```
#[must_use]
pub fn letter(
    source: &SourceReport,
    installation: &Installation,
    to: Recipient,
    date: Timestamp,
    lang: Lang,
) -> String {
    let mut facts = facts(source, installation, date);
    facts.flag("to-vendor", to == Recipient::Vendor);
    facts.flag("to-microsoft", to == Recipient::Microsoft);
    facts.flag("to-licensing-desk", to == Recipient::LicensingDesk);
    template::render(text(lang), &facts)
}

fn text(lang: Lang) -> &'static str {
    match lang {
        Lang::En => include_str!("../../texts/letter.en.txt"),
        Lang::Fr => include_str!("../../texts/letter.fr.txt"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_know_the_same_facts() {
        assert_eq!(template::names(text(Lang::En)), template::names(text(Lang::Fr)));
    }
}
