//! Channels: through which door a licence was bought.
//!
//! Three spellings of the same thing are in use: Microsoft's `ProductKeyType` (pkeyconfig, DigitalProductId4 `szKeyType`,
//! `ProductKeyType=` in the policy state), which this crate writes; the words that `slmgr /dli` prints before "channel"
//! (technet ff793426; `VIRTUAL_MACHINE_ACTIVATION`: Microsoft support, error 0xC004FD02); and the licence-type number of a
//! DigitalProductId ([`LicenseType`](crate::LicenseType)). The first two parse into a [`Channel`].

use core::convert::Infallible;
use core::fmt;
use core::str::FromStr;

/// A licence channel, as pkeyconfig's `ProductKeyType` names it.
///
/// Parsing never fails: a name that is not known is kept as it is. `Display` gives Microsoft's exact spelling.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Channel {
    /// `Retail`: sold as a product of its own, in a box or as a download; digital licences too.
    Retail,
    /// `Retail:TB:Eval`: time-based evaluation.
    RetailEval,
    /// `Retail:TB:Sub`: time-based subscription.
    RetailSubscription,
    /// `Retail:TB:Trial`: time-based trial.
    RetailTrial,
    /// `OEM:DM`: the key lies in the firmware's MSDM table (OEM Activation 3).
    OemDm,
    /// `OEM:NONSLP`: sold with the machine, key on a sticker or card, activated on line.
    OemNonSlp,
    /// `OEM:SLP`: the manufacturer's one key for all its machines, bound to the firmware's SLIC table.
    OemSlp,
    /// `OEM:COA`: the key printed on the certificate of authenticity of a machine.
    OemCoa,
    /// `Volume:GVLK`: the public client key that activates against a KMS host or Active Directory.
    VolumeGvlk,
    /// `Volume:MAK`: a multiple activation key of a volume agreement.
    VolumeMak,
    /// `Volume:CSVLK`: the key of a KMS host.
    VolumeCsvlk,
    /// `VT:IA`: automatic activation of a virtual machine by its Hyper-V Datacenter host (AVMA).
    VirtualMachine,
    /// `PGS:TB`: a time-based channel that appeared with the Windows Server 2025 generation.
    PgsTimeBased,
    /// Any other name, kept as it was written.
    Other(String),
}

/// The three doors of all channels. Witnesses that cannot tell the channel often tell this much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChannelFamily {
    /// Sold as a product of its own.
    Retail,
    /// Sold with a machine.
    Oem,
    /// Sold by volume agreement.
    Volume,
}

/// The channels with a name of their own, and slmgr's words for each.
const KNOWN: [(Channel, &[&str]); 13] = [
    (Channel::Retail, &["RETAIL"]),
    (Channel::RetailEval, &["TIMEBASED_EVAL"]),
    (Channel::RetailSubscription, &["TIMEBASED_SUB"]),
    (Channel::RetailTrial, &["TIMEBASED_TRIAL"]),
    (Channel::OemDm, &["OEM_DM"]),
    (Channel::OemNonSlp, &["OEM_COA_NSLP", "OEM_NONSLP"]),
    (Channel::OemSlp, &["OEM_SLP"]),
    (Channel::OemCoa, &["OEM_COA_SLP", "OEM_COA"]),
    (Channel::VolumeGvlk, &["VOLUME_KMSCLIENT"]),
    (Channel::VolumeMak, &["VOLUME_MAK"]),
    (Channel::VolumeCsvlk, &["VOLUME_KMS"]),
    (Channel::VirtualMachine, &["VIRTUAL_MACHINE_ACTIVATION"]),
    (Channel::PgsTimeBased, &[]),
];

/// slmgr puts the KMS host's key group behind this: `VOLUME_KMS_C`, `VOLUME_KMS_2012-R2`, `VOLUME_KMS_WS19`.
const SLMGR_KMS_HOST: &str = "VOLUME_KMS_";
/// slmgr puts the MAK's key group behind this: `VOLUME_MAK_B`.
const SLMGR_MAK: &str = "VOLUME_MAK_";
/// slmgr's description ends with this word.
const SLMGR_WORD: &str = " channel";

impl Channel {
    /// The channel that `text` names, in Microsoft's or slmgr's spelling, in any case.
    ///
    /// The word "channel" at the end and everything up to the last comma before it are dropped, so that a whole
    /// `slmgr /dli` description line parses: `Windows(R) Operating System, VOLUME_KMSCLIENT channel`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
        let word = strip_suffix_ignoring_case(text, SLMGR_WORD)
            .map_or(text, |line| line.rsplit(',').next().unwrap_or(line).trim());
        let known = KNOWN.into_iter().find(|(channel, slmgr)| {
            channel.as_str().eq_ignore_ascii_case(word) || slmgr.iter().any(|s| s.eq_ignore_ascii_case(word))
        });
        if let Some((channel, _)) = known {
            channel
        } else if has_prefix_ignoring_case(word, SLMGR_KMS_HOST) {
            Self::VolumeCsvlk
        } else if has_prefix_ignoring_case(word, SLMGR_MAK) {
            Self::VolumeMak
        } else {
            Self::Other(text.to_owned())
        }
    }

    /// Microsoft's spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Retail => "Retail",
            Self::RetailEval => "Retail:TB:Eval",
            Self::RetailSubscription => "Retail:TB:Sub",
            Self::RetailTrial => "Retail:TB:Trial",
            Self::OemDm => "OEM:DM",
            Self::OemNonSlp => "OEM:NONSLP",
            Self::OemSlp => "OEM:SLP",
            Self::OemCoa => "OEM:COA",
            Self::VolumeGvlk => "Volume:GVLK",
            Self::VolumeMak => "Volume:MAK",
            Self::VolumeCsvlk => "Volume:CSVLK",
            Self::VirtualMachine => "VT:IA",
            Self::PgsTimeBased => "PGS:TB",
            Self::Other(text) => text,
        }
    }

    /// The family, where it is plain: `None` for time-based channels, virtual machines and unknown names.
    #[must_use]
    pub fn family(&self) -> Option<ChannelFamily> {
        if self.is_oem() {
            Some(ChannelFamily::Oem)
        } else if self.is_volume() {
            Some(ChannelFamily::Volume)
        } else {
            (*self == Self::Retail).then_some(ChannelFamily::Retail)
        }
    }

    /// One of the OEM channels.
    #[must_use]
    pub fn is_oem(&self) -> bool {
        matches!(self, Self::OemDm | Self::OemNonSlp | Self::OemSlp | Self::OemCoa)
    }

    /// One of the volume channels: KMS client, MAK, KMS host.
    #[must_use]
    pub fn is_volume(&self) -> bool {
        matches!(self, Self::VolumeGvlk | Self::VolumeMak | Self::VolumeCsvlk)
    }

    /// Retail, with or without a time limit.
    #[must_use]
    pub fn is_retail(&self) -> bool {
        matches!(self, Self::Retail | Self::RetailEval | Self::RetailSubscription | Self::RetailTrial)
    }

    /// Whether Windows clears a key of this channel from the registry once it is installed.
    ///
    /// MAK and KMS host keys: slmgr's documentation calls `/cpky` not required for them, because clearing is the default.
    #[must_use]
    pub fn erases_key(&self) -> bool {
        matches!(self, Self::VolumeMak | Self::VolumeCsvlk)
    }

    /// An evaluation that ends by itself.
    #[must_use]
    pub fn is_evaluation(&self) -> bool {
        matches!(self, Self::RetailEval)
    }

    /// A licence with a time limit of any kind: evaluation, trial, subscription, `PGS:TB`.
    #[must_use]
    pub fn is_time_based(&self) -> bool {
        matches!(self, Self::RetailEval | Self::RetailSubscription | Self::RetailTrial | Self::PgsTimeBased)
    }

    /// Whether the name is one that this crate knows.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !matches!(self, Self::Other(_))
    }
}

impl FromStr for Channel {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::parse(text))
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

fn has_prefix_ignoring_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

fn strip_suffix_ignoring_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    tail.eq_ignore_ascii_case(suffix).then_some(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_known_name_is_written_as_it_is_read() {
        for (channel, _) in KNOWN {
            let name = channel.to_string();
            assert_eq!(Channel::parse(&name), channel);
            assert_eq!(Channel::parse(&name.to_lowercase()), channel);
            assert_eq!(name.parse(), Ok(channel.clone()));
            assert!(channel.is_known());
        }
    }

    #[test]
    fn slmgr_spellings() {
        for (text, channel) in [
            ("RETAIL", Channel::Retail),
            ("OEM_DM channel", Channel::OemDm),
            ("OEM_SLP", Channel::OemSlp),
            ("OEM_COA_NSLP", Channel::OemNonSlp),
            ("OEM_COA_SLP", Channel::OemCoa),
            ("VOLUME_MAK", Channel::VolumeMak),
            ("VOLUME_MAK_B channel", Channel::VolumeMak),
            ("VOLUME_KMSCLIENT channel", Channel::VolumeGvlk),
            ("volume_kmsclient Channel", Channel::VolumeGvlk),
            ("VOLUME_KMS_C channel", Channel::VolumeCsvlk),
            ("VOLUME_KMS_2012-R2 channel", Channel::VolumeCsvlk),
            ("Windows Operating System - Windows(R) 7, VOLUME_KMSCLIENT channel", Channel::VolumeGvlk),
            ("Windows(R) Operating System, TIMEBASED_EVAL channel", Channel::RetailEval),
            ("VIRTUAL_MACHINE_ACTIVATION channel", Channel::VirtualMachine),
        ] {
            assert_eq!(Channel::parse(text), channel, "{text}");
        }
    }

    #[test]
    fn unknown_names_are_kept() {
        for text in ["", "Retail:WAU", "channel", "OEM", "Volume:", "é channel"] {
            let channel = Channel::parse(text);
            assert_eq!(channel, Channel::Other(text.to_owned()));
            assert_eq!(channel.to_string(), text);
            assert!(!channel.is_known() && !channel.is_oem() && !channel.is_volume() && !channel.erases_key());
        }
    }

    #[test]
    fn predicates() {
        let all: Vec<String> = KNOWN.iter().map(|(c, _)| c.to_string()).collect();
        assert_eq!(
            all.join(" "),
            "Retail Retail:TB:Eval Retail:TB:Sub Retail:TB:Trial OEM:DM OEM:NONSLP OEM:SLP OEM:COA Volume:GVLK Volume:MAK Volume:CSVLK VT:IA PGS:TB"
        );
        let names = |test: fn(&Channel) -> bool| {
            KNOWN.iter().filter(|(c, _)| test(c)).map(|(c, _)| c.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names(Channel::is_oem), ["OEM:DM", "OEM:NONSLP", "OEM:SLP", "OEM:COA"]);
        assert_eq!(names(Channel::is_volume), ["Volume:GVLK", "Volume:MAK", "Volume:CSVLK"]);
        assert_eq!(names(Channel::erases_key), ["Volume:MAK", "Volume:CSVLK"]);
        assert_eq!(names(Channel::is_evaluation), ["Retail:TB:Eval"]);
        assert_eq!(names(Channel::is_retail), ["Retail", "Retail:TB:Eval", "Retail:TB:Sub", "Retail:TB:Trial"]);
        assert_eq!(names(Channel::is_time_based), ["Retail:TB:Eval", "Retail:TB:Sub", "Retail:TB:Trial", "PGS:TB"]);
    }

    #[test]
    fn families() {
        for (channel, family) in [
            (Channel::Retail, Some(ChannelFamily::Retail)),
            (Channel::OemDm, Some(ChannelFamily::Oem)),
            (Channel::VolumeMak, Some(ChannelFamily::Volume)),
            (Channel::RetailEval, None),
            (Channel::VirtualMachine, None),
            (Channel::parse("?"), None),
        ] {
            assert_eq!(channel.family(), family, "{channel}");
        }
    }

    proptest! {
        #[test]
        fn reading_twice_changes_nothing(text: String) {
            let once = Channel::parse(&text);
            prop_assert_eq!(Channel::parse(once.as_str()), once);
        }
    }
}
