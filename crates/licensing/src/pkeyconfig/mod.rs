//! pkeyconfig files: what every product key of one Windows build stands for, in Windows' own words.
//!
//! A Windows volume has them under `System32\spp\tokens\pkeyconfig\` (`pkeyconfig.xrm-ms`, `pkeyconfig-csvlk.xrm-ms` for KMS host
//! keys, `pkeyconfig-downlevel.xrm-ms`), Vista under `System32\licensing\pkeyconfig\`. The one of the evidence is exact for its
//! build, so it comes before the built-in table ([`mod@crate::groups`]) wherever it is at hand.
//!
//! The file is an XrML licence around base64 around another XML text. Look-up, as Windows does it: group, then all
//! configurations of that group, then the key range of one of them that holds the serial number; it gives edition, channel,
//! part number and EULA. Compared with the fields of 20 real DigitalProductId4 blobs: equal in all.
//!
//! Entries of group 999999 are pseudo entries, some with product keys for names; they are left out.

mod error;
mod records;
mod text;
mod xml;
mod xrm;

pub use error::{Anomaly, Field, Layer, PkeyConfigError, RecordKind};
pub use xml::{MAX_DEPTH, XmlFault};

use crate::activation_id::ActivationId;
use crate::channel::Channel;
use crate::generation::Generation;
use crate::groups::{Algorithm, split_edition_ids};
use crate::resolution::Resolution;

/// Largest file that is read. The largest real one has 1.0 MB.
pub const MAX_FILE_BYTES: usize = 16 * 1024 * 1024;
/// Most records (configurations, ranges and public keys) that are read. The largest real file has 2 246.
pub const MAX_RECORDS: usize = 100_000;
/// Longest field that is kept whole. The longest real one, an edition list, has less than 400 bytes.
pub const MAX_FIELD_BYTES: usize = 4096;
/// Most anomalies that are kept.
pub const MAX_ANOMALIES: usize = 100;

/// A pkeyconfig file.
#[derive(Debug, Clone)]
pub struct PkeyConfig {
    /// Sorted by group.
    configurations: Vec<Configuration>,
    /// Sorted by activation id, then start.
    ranges: Vec<KeyRange>,
    /// Sorted by group.
    algorithms: Vec<(u32, Algorithm)>,
    anomalies: Vec<Anomaly>,
}

/// One licence configuration (`Configuration`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// Its GUID (`ActConfigId`).
    pub activation_id: ActivationId,
    /// Key group (`RefGroupId`).
    pub group: u32,
    /// EditionId as written: one id, a list separated by `;`, or `n/a`.
    pub edition_id: Box<str>,
    /// Microsoft's description.
    pub description: Box<str>,
    /// Channel (`ProductKeyType`).
    pub channel: Channel,
    /// `IsRandomized`; false in every file seen.
    pub is_randomized: bool,
}

impl Configuration {
    /// The editions that a key of this configuration opens; none where the file says `n/a`.
    pub fn edition_ids(&self) -> impl Iterator<Item = &str> {
        split_edition_ids(&self.edition_id)
    }

    /// Whether the configuration names this edition.
    #[must_use]
    pub fn has_edition(&self, edition_id: &str) -> bool {
        self.edition_ids().any(|id| id.eq_ignore_ascii_case(edition_id))
    }

    /// The generation of Windows that the keys are for; `None` for previews and where the description does not say it.
    #[must_use]
    pub fn generation(&self) -> Option<Generation> {
        Generation::of_configuration(&self.description, &self.edition_id)
    }
}

/// A range of serial numbers of one configuration (`KeyRange`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    /// The configuration that it belongs to (`RefActConfigId`).
    pub activation_id: ActivationId,
    /// Part number, such as `[RS5]X21-83736` or `X15-37377`, some with `:Virtual` behind.
    pub part_number: Box<str>,
    /// EULA type: `Retail`, `OEM`, `Volume`, `MSDN`, `EVAL`, `Retail:WAU…`.
    pub eula: Box<str>,
    /// `IsValid`; true in every file seen.
    pub is_valid: bool,
    /// First serial number.
    pub start: u32,
    /// Last serial number, inclusive.
    pub end: u32,
}

/// A configuration and the range of it that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match<'a> {
    /// The configuration.
    pub configuration: &'a Configuration,
    /// The range.
    pub range: &'a KeyRange,
}

impl PkeyConfig {
    /// Reads a pkeyconfig file: XrML, or the configuration already unpacked from it; UTF-8 or UTF-16.
    ///
    /// A file that is broken somewhere gives what could be read, and the rest in [`PkeyConfig::anomalies`].
    ///
    /// # Errors
    /// If no configuration could be read: see [`PkeyConfigError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, PkeyConfigError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(PkeyConfigError::TooLarge { actual: bytes.len() });
        }
        let mut anomalies = Vec::new();
        let outer = text::decode(bytes);
        let records = match xrm::unpack(&outer, &mut anomalies)? {
            xrm::Outer::Inner => records::read(&outer, &mut anomalies),
            xrm::Outer::Payload(payload) => records::read(&text::decode(&payload), &mut anomalies),
        };
        let records::Records { mut configurations, mut ranges, mut algorithms } = records;
        if configurations.is_empty() {
            return Err(empty(&anomalies));
        }
        let read = configurations.len();
        // The first of several with the same id counts; the sorts are stable.
        configurations.sort_by_key(|configuration| configuration.activation_id);
        configurations.dedup_by_key(|configuration| configuration.activation_id);
        if configurations.len() < read {
            anomalies.push(Anomaly::Duplicates { count: read - configurations.len() });
        }
        configurations.sort_by_key(|configuration| configuration.group);
        ranges.sort_by_key(|range| (range.activation_id, range.start));
        algorithms.sort_by_key(|(group, _)| *group);
        Ok(Self { configurations, ranges, algorithms, anomalies })
    }

    /// What a key of this group and serial number stands for.
    ///
    /// `Unknown` if the group is not in the file, or is but none of its ranges holds the serial number: ask
    /// [`PkeyConfig::group`] to tell the two apart. `Ambiguous` if ranges overlap, which they do in no file seen.
    #[must_use]
    pub fn resolve(&self, group: u32, serial: u32) -> Resolution<Match<'_>> {
        let matches = self
            .group(group)
            .iter()
            .flat_map(|configuration| self.matches_of(configuration))
            .filter(|found| (found.range.start..=found.range.end).contains(&serial))
            .collect();
        Resolution::from_rows(matches)
    }

    /// All configurations of a group.
    #[must_use]
    pub fn group(&self, group: u32) -> &[Configuration] {
        let start = self.configurations.partition_point(|c| c.group < group);
        let end = self.configurations.partition_point(|c| c.group <= group);
        self.configurations.get(start..end).unwrap_or_default()
    }

    /// The configuration with this activation id.
    #[must_use]
    pub fn by_activation_id(&self, id: ActivationId) -> Option<&Configuration> {
        self.configurations.iter().find(|configuration| configuration.activation_id == id)
    }

    /// The configurations and ranges with this part number, compared by [`same_part_number`].
    pub fn by_part_number(&self, part_number: &str) -> impl Iterator<Item = Match<'_>> {
        self.configurations
            .iter()
            .flat_map(|configuration| self.matches_of(configuration))
            .filter(move |found| same_part_number(&found.range.part_number, part_number))
    }

    /// The ranges of a configuration, by first serial number.
    #[must_use]
    pub fn ranges_of(&self, id: ActivationId) -> &[KeyRange] {
        let start = self.ranges.partition_point(|range| range.activation_id < id);
        let end = self.ranges.partition_point(|range| range.activation_id <= id);
        self.ranges.get(start..end).unwrap_or_default()
    }

    /// How the keys of a group are made, if the file has the group's public key.
    #[must_use]
    pub fn algorithm(&self, group: u32) -> Option<Algorithm> {
        let at = self.algorithms.binary_search_by_key(&group, |(known, _)| *known).ok()?;
        self.algorithms.get(at).map(|(_, algorithm)| *algorithm)
    }

    /// All configurations, by group.
    #[must_use]
    pub fn configurations(&self) -> &[Configuration] {
        &self.configurations
    }

    /// What was wrong with the file, about [`MAX_ANOMALIES`] of it at most; empty for a sound one.
    #[must_use]
    pub fn anomalies(&self) -> &[Anomaly] {
        &self.anomalies
    }

    fn matches_of<'a>(&'a self, configuration: &'a Configuration) -> impl Iterator<Item = Match<'a>> {
        self.ranges_of(configuration.activation_id).iter().map(move |range| Match { configuration, range })
    }
}

/// Whether two spellings name the same part: a prefix in brackets (the Windows release), what follows a colon (`:Virtual`) and
/// case do not matter. `[RS5]X21-83749:Virtual` is `X21-83749`.
#[must_use]
pub fn same_part_number(a: &str, b: &str) -> bool {
    let (a, b) = (bare_part_number(a), bare_part_number(b));
    !a.is_empty() && a.eq_ignore_ascii_case(b)
}

/// A part number without release prefix and suffix.
#[must_use]
pub fn bare_part_number(part_number: &str) -> &str {
    let part = part_number.trim();
    let part = part.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(part, |(_, rest)| rest);
    part.split(':').next().unwrap_or(part).trim()
}

/// Why a file without any configuration has none.
fn empty(anomalies: &[Anomaly]) -> PkeyConfigError {
    match anomalies.first() {
        Some(Anomaly::Xml { layer, offset, fault }) => {
            PkeyConfigError::Xml { layer: *layer, offset: *offset, fault: *fault }
        }
        Some(Anomaly::Base64 { offset }) => PkeyConfigError::Base64 { offset: *offset },
        _ => PkeyConfigError::NoConfiguration,
    }
}

#[cfg(test)]
mod tests;
