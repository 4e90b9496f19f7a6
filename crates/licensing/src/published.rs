//! The keys that Microsoft publishes or ships on its media, the same for everybody.
//!
//! A machine that shows one of them has no key of its own to recover: its licence is a volume agreement's (GVLK), its
//! Hyper-V host's (AVMA), or an entitlement that is stored elsewhere (install keys). Data: `data/published-keys.tsv`, its
//! sources in `data/README.md`.

use core::fmt;

use crate::activation_id::ActivationId;
use crate::channel::Channel;
use crate::groups::{Algorithm, split_edition_ids};
use crate::table::Table;

/// Rows sorted by key.
static PUBLISHED: Table = Table::new(include_str!("../data/published-keys.tsv"));

/// Characters of a product key without its hyphens.
const KEY_LENGTH: usize = 25;

/// The sort of a published key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PublishedKind {
    /// Generic volume licence key: a KMS or Active Directory client.
    Gvlk,
    /// Automatic virtual machine activation.
    Avma,
    /// Default or edition-selector key on Microsoft's installation media.
    Install,
}

impl PublishedKind {
    /// The name in reports: `gvlk`, `avma` or `install`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gvlk => "gvlk",
            Self::Avma => "avma",
            Self::Install => "install",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Gvlk, Self::Avma, Self::Install].into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for PublishedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A published key and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Published {
    /// The key, five groups of five.
    pub key: &'static str,
    /// The product as the publication calls it, such as `Windows Server 2019 Standard`.
    pub edition: &'static str,
    /// The sort of key.
    pub kind: PublishedKind,
    /// How the key is made.
    pub algorithm: Algorithm,
    /// Key group.
    pub group: u32,
    /// Serial number; unknown for PKEY2005 keys, which do not hold it as plain bits.
    pub serial: Option<u32>,
    /// EditionID or a list of them separated by `;`, see [`Published::edition_ids`].
    pub edition_id: &'static str,
    /// Licence channel.
    pub channel: Channel,
    /// Part number, such as `[RS5]X21-83736`; unknown for PKEY2005 keys.
    pub part_number: Option<&'static str>,
    /// The licence configuration.
    pub activation_id: ActivationId,
    /// Where it is published; the abbreviations are resolved in `data/README.md`.
    pub source: &'static str,
}

impl Published {
    /// The editions that the key installs.
    pub fn edition_ids(&self) -> impl Iterator<Item = &'static str> + use<> {
        split_edition_ids(self.edition_id)
    }

    /// The last five characters, which Windows shows as the partial product key.
    #[must_use]
    pub fn last_five(&self) -> &'static str {
        self.key.rsplit('-').next().unwrap_or(self.key)
    }

    fn parse(row: &'static str) -> Option<Self> {
        let mut fields = row.split('\t');
        Some(Self {
            key: fields.next()?,
            kind: PublishedKind::parse(fields.next()?)?,
            edition: fields.next()?,
            algorithm: Algorithm::parse(fields.next()?)?,
            group: fields.next()?.parse().ok()?,
            serial: fields.next().filter(|text| !text.is_empty()).map(str::parse).transpose().ok()?,
            edition_id: fields.next()?,
            channel: Channel::parse(fields.next()?),
            part_number: fields.next().filter(|text| !text.is_empty()),
            activation_id: fields.next()?.parse().ok()?,
            source: fields.next()?,
        })
    }
}

/// The publication of a key, if there is one. Case, hyphens and blanks in `key` do not matter.
#[must_use]
pub fn published(key: &str) -> Option<Published> {
    let wanted = || characters(key);
    if wanted().count() != KEY_LENGTH {
        return None;
    }
    let row = PUBLISHED.rows_from(|row| characters(key_of(row)).lt(wanted())).next()?;
    characters(key_of(row)).eq(wanted()).then(|| Published::parse(row)).flatten()
}

/// The published keys with this group and serial number.
///
/// Finds what a machine was given when only its ProductId is left. PKEY2005 keys are not found: their serial is unknown.
pub fn published_with_serial(group: u32, serial: u32) -> impl Iterator<Item = Published> {
    all_published().filter(move |p| p.group == group && p.serial == Some(serial))
}

/// The published keys that end in these five characters, as a partial product key does.
///
/// Five characters are 1 of about 8 million: strong together with group or channel, a hint alone.
pub fn published_with_last_five(last_five: &str) -> impl Iterator<Item = Published> {
    all_published().filter(move |p| p.last_five().eq_ignore_ascii_case(last_five.trim()))
}

/// All published keys, by key.
pub fn all_published() -> impl Iterator<Item = Published> {
    PUBLISHED.rows().filter_map(Published::parse)
}

/// The published keys of one sort, by key.
pub(crate) fn published_of_kind(kind: PublishedKind) -> impl Iterator<Item = Published> {
    let is_of_kind = move |row: &&str| row.split('\t').nth(1) == Some(kind.as_str());
    PUBLISHED.rows().filter(is_of_kind).filter_map(Published::parse)
}

/// The highest serial number that counts as a placeholder's in [`is_placeholder_serial`].
pub const HIGHEST_PLACEHOLDER_SERIAL: u32 = 20;

/// Whether a PKEY2009 serial number is so low that the key looks like a placeholder even if the table does not list it.
///
/// A heuristic: all published keys have serials from 0 to 11, sold keys have serials in the thousands and up. A hint, no proof.
#[must_use]
pub fn is_placeholder_serial(serial: u32) -> bool {
    serial <= HIGHEST_PLACEHOLDER_SERIAL
}

fn key_of(row: &'static str) -> &'static str {
    row.split('\t').next().unwrap_or(row)
}

/// The characters that count in a product key's text, in upper case.
fn characters(key: &str) -> impl Iterator<Item = char> {
    key.chars().filter(|c| *c != '-' && !c.is_whitespace() && *c != '\0').map(|c| c.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::groups;
    use proptest::prelude::*;

    #[test]
    fn every_key_is_found_in_every_spelling() {
        let all: Vec<Published> = all_published().collect();
        assert_eq!(all.len(), PUBLISHED.rows().count());
        for key in &all {
            assert_eq!(published(key.key).as_ref(), Some(key));
            assert_eq!(published(&key.key.to_lowercase()).as_ref(), Some(key));
            assert_eq!(published(&key.key.replace('-', "")).as_ref(), Some(key));
            assert!(published_with_last_five(key.last_five()).any(|found| found == *key));
            assert!(key.serial.is_none_or(|s| published_with_serial(key.group, s).any(|found| found == *key)));
        }
    }

    #[test]
    fn every_key_lands_in_its_edition_and_channel() {
        for key in all_published() {
            let row = groups::by_activation_id(key.activation_id).unwrap();
            assert_eq!((row.group, &row.channel, row.algorithm), (key.group, &key.channel, key.algorithm), "{key:?}");
            assert!(key.edition_ids().all(|id| row.has_edition(id)), "{key:?} {row:?}");
            assert!(key.edition_ids().count() > 0);
            assert_eq!(key.serial.is_some(), key.algorithm == Algorithm::Pkey2009, "{key:?}");
            assert!(key.serial.is_none_or(is_placeholder_serial));
            match key.kind {
                PublishedKind::Gvlk => assert_eq!(key.channel, Channel::VolumeGvlk),
                PublishedKind::Avma => assert_eq!(key.channel, Channel::VirtualMachine),
                PublishedKind::Install => assert!(key.channel.is_retail()),
            }
        }
    }

    #[test]
    fn server_2019_standard() {
        let key = published("N69G4-B89J2-4G8F4-WWYCC-J464C").unwrap();
        assert_eq!(key.edition, "Windows Server 2019 Standard");
        assert_eq!((key.kind.as_str(), key.group, key.serial), ("gvlk", 4297, Some(0)));
        assert_eq!((key.edition_id, key.part_number), ("ServerStandard", Some("[RS5]X21-83736")));
        let eval = published("J4WNC-H9BG3-6XRX4-3XD8K-Y7XRX").unwrap();
        assert_eq!((eval.kind.to_string().as_str(), eval.channel.as_str()), ("install", "Retail:TB:Eval"));
    }

    #[test]
    fn other_texts_are_not_found() {
        for text in [
            "",
            "-",
            "N69G4-B89J2-4G8F4-WWYCC-J464",
            "N69G4-B89J2-4G8F4-WWYCC-J464CC",
            "N69G4-B89J2-4G8F4-WWYCC-J464D",
            "BBBBB-BBBBB-BBBBB-BBBBB-BBBBB",
            "ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ-ZZZZZ",
            "ééééé-ééééé-ééééé-ééééé-ééééé",
        ] {
            assert_eq!(published(text), None, "{text}");
        }
        assert_eq!(published_with_last_five("").count(), 0);
        assert_eq!(published_with_serial(4297, u32::MAX).count(), 0);
    }

    proptest! {
        #[test]
        fn never_panics(text: String) {
            let _ = published(&text);
        }
    }
}
