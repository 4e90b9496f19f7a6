//! What a group, serial and key mean: edition and channel, from the blob itself, the evidence's own pkeyconfig or the
//! built-in table, in this order.

use hivekey_evidence::{SideFileKind, Source};
use hivekey_licensing::pkeyconfig::{self, PkeyConfig};
use hivekey_licensing::{
    ActivationId, Channel, ChannelFamily, LicenseType, PublishedKind, Resolution, Witnesses, groups, published,
};

use crate::blob::BlobFacts;
use crate::report::{Finding, FindingCode, Generic, GenericKind};

/// A pkeyconfig file of a real system has about one megabyte.
const MAX_PKEYCONFIG_LEN: usize = 32 << 20;

/// What is said of a key that is some OEM's, where nothing tells which of the OEM channels it is.
pub(crate) const OEM: &str = "OEM";

/// The tables that an installation's keys are looked up in.
#[derive(Debug, Default)]
pub(crate) struct Knowledge {
    /// The evidence's own files, with their paths.
    files: Vec<(String, PkeyConfig)>,
}

/// What the look-ups say about one blob.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meaning {
    pub channel: Option<String>,
    pub edition: Option<String>,
    pub part_number: Option<String>,
    pub activation_id: Option<String>,
    pub eula: Option<String>,
    pub generic: Option<Generic>,
    /// Microsoft's description of the configuration, for example `Windows Server 2019 RTM ServerStandard Volume:GVLK`.
    pub description: Option<String>,
    pub table: Table,
    /// Whether it is, or for all that is known may be, one key for many machines: a make's OEM:SLP key or an evaluation's.
    pub may_be_shared: bool,
}

/// Where group and serial were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Table {
    /// In none.
    #[default]
    None,
    /// In the built-in one.
    BuiltIn,
    /// In this pkeyconfig file of the evidence.
    Evidence(String),
}

/// One row of a table, whichever it is of.
struct Row {
    activation_id: ActivationId,
    edition_id: String,
    channel: Channel,
    description: String,
    part_number: Option<String>,
    eula: Option<String>,
}

impl Knowledge {
    /// Reads the pkeyconfig files that lie beside the hives.
    pub(crate) fn of(source: &Source, files: &[hivekey_evidence::SideFile], findings: &mut Vec<Finding>) -> Self {
        let mut knowledge = Self::default();
        for file in files {
            let is_pkeyconfig = matches!(
                file.kind,
                SideFileKind::PkeyConfig | SideFileKind::PkeyConfigCsvlk | SideFileKind::PkeyConfigDownlevel
            );
            if !is_pkeyconfig {
                continue;
            }
            let path = file.path.to_string();
            let bytes = source.read_small_file(&file.path, MAX_PKEYCONFIG_LEN).map_err(|error| error.to_string());
            let parsed = bytes.and_then(|bytes| PkeyConfig::parse(&bytes).map_err(|error| error.to_string()));
            match parsed {
                Ok(parsed) => knowledge.files.push((path, parsed)),
                Err(problem) => {
                    let args = vec![("path", path), ("problem", problem)];
                    findings.push(Finding::new(FindingCode::PkeyconfigBad, args));
                }
            }
        }
        knowledge
    }

    /// Looks up what a blob means. `edition_installed` narrows groups that stand for many editions (PKEY2005).
    pub(crate) fn meaning(&self, facts: &BlobFacts, edition_installed: Option<&str>) -> Meaning {
        let stored = facts.key_type.as_deref().map(Channel::parse);
        let witnesses = Witnesses {
            activation_id: facts.activation_id.as_deref().and_then(|id| id.parse::<ActivationId>().ok()),
            channel: stored.as_ref(),
            edition_id: facts.edition_id.as_deref().or(edition_installed),
        };
        let family = family(facts);
        let mut meaning =
            facts.group.map_or_else(Meaning::default, |group| self.group(group, facts.serial, &witnesses, family));
        let listed = facts.key.and_then(|key| published(key.as_str()));
        // The blob's own word comes before any table.
        if let Some(channel) = stored {
            meaning.may_be_shared = is_shared(&channel);
            meaning.channel = Some(channel.to_string());
        }
        prefer(&mut meaning.edition, &facts.edition_id);
        prefer(&mut meaning.part_number, &facts.part_number);
        prefer(&mut meaning.activation_id, &facts.activation_id);
        prefer(&mut meaning.eula, &facts.eula);
        if let Some(listed) = listed {
            let kind = match listed.kind {
                PublishedKind::Avma => GenericKind::Avma,
                PublishedKind::Install => GenericKind::Install,
                _ => GenericKind::Gvlk,
            };
            meaning.generic = Some(Generic::new(kind, listed.edition));
            meaning.channel = meaning.channel.or_else(|| Some(listed.channel.to_string()));
            meaning.edition = meaning.edition.or_else(|| Some(listed.edition_id.to_owned()));
            meaning.part_number = meaning.part_number.or_else(|| listed.part_number.map(str::to_owned));
        }
        meaning
    }

    /// What group and serial mean by the tables alone.
    pub(crate) fn group(
        &self,
        group: u32,
        serial: Option<u32>,
        witnesses: &Witnesses<'_>,
        family: Option<ChannelFamily>,
    ) -> Meaning {
        for (path, file) in &self.files {
            let mut rows = from_file(file, group, serial, witnesses);
            if rows.is_empty() {
                continue;
            }
            narrow_to_family(&mut rows, family);
            return meaning_of(&Resolution::from_rows(rows), witnesses, Table::Evidence(path.clone()));
        }
        let known = groups::resolve(group, witnesses);
        let rows = known.rows().iter().map(|row| Row {
            activation_id: row.activation_id,
            edition_id: row.edition_id.to_owned(),
            channel: row.channel.clone(),
            description: row.description.to_owned(),
            part_number: None,
            eula: None,
        });
        let mut rows: Vec<Row> = rows.collect();
        narrow_to_family(&mut rows, family);
        match rows.as_slice() {
            [] => Meaning::default(),
            _ => meaning_of(&Resolution::from_rows(rows), witnesses, Table::BuiltIn),
        }
    }
}

/// The rows of a pkeyconfig; by range where the serial is known, since that is what makes a row the right one.
fn from_file(file: &PkeyConfig, group: u32, serial: Option<u32>, witnesses: &Witnesses<'_>) -> Vec<Row> {
    let row = |configuration: &pkeyconfig::Configuration, range: Option<&pkeyconfig::KeyRange>| Row {
        activation_id: configuration.activation_id,
        edition_id: configuration.edition_id.to_string(),
        channel: configuration.channel.clone(),
        description: configuration.description.to_string(),
        part_number: range.map(|range| range.part_number.to_string()),
        eula: range.map(|range| range.eula.to_string()),
    };
    let mut rows: Vec<Row> = match serial {
        Some(serial) => {
            file.resolve(group, serial).rows().iter().map(|found| row(found.configuration, Some(found.range))).collect()
        }
        None => Vec::new(),
    };
    if rows.is_empty() {
        rows = file.group(group).iter().map(|configuration| row(configuration, None)).collect();
    }
    narrow(&mut rows, |row| witnesses.activation_id == Some(row.activation_id));
    narrow(&mut rows, |row| witnesses.channel == Some(&row.channel));
    narrow(&mut rows, |row| witnesses.edition_id.is_some_and(|wanted| names(&row.edition_id, wanted)));
    rows
}

/// Whether a `;` list of editions names this one.
fn names(editions: &str, edition: &str) -> bool {
    editions.split(';').any(|listed| listed.trim().eq_ignore_ascii_case(edition))
}

/// What the license type in the blob says of the channel. Only a blob of Vista or later names a group, and from then on
/// the type is a proof.
fn family(facts: &BlobFacts) -> Option<ChannelFamily> {
    LicenseType::from_raw(facts.license_type?).family(u32::MAX)
}

/// Drops the rows of other families. An evaluation's type is not documented, so those rows stay.
fn narrow_to_family(rows: &mut Vec<Row>, family: Option<ChannelFamily>) {
    if family.is_some() {
        narrow(rows, |row| row.channel.family().is_none_or(|other| Some(other) == family));
    }
}

fn is_shared(channel: &Channel) -> bool {
    *channel == Channel::OemSlp || channel.is_evaluation()
}

/// Keeps the rows that fit; a witness that fits none contradicts the table and is passed over.
fn narrow(rows: &mut Vec<Row>, fits: impl Fn(&Row) -> bool) {
    if rows.iter().any(&fits) {
        rows.retain(fits);
    }
}

fn meaning_of(rows: &Resolution<Row>, witnesses: &Witnesses<'_>, table: Table) -> Meaning {
    // A row may stand for several editions; the one that is installed is then the one meant.
    let meant = |editions: String| match witnesses.edition_id {
        Some(installed) if names(&editions, installed) => installed.to_owned(),
        _ => editions,
    };
    Meaning {
        channel: channel_of(rows),
        edition: rows.agreed(|row| row.edition_id.clone()).map(meant),
        part_number: rows.agreed(|row| row.part_number.clone()).flatten(),
        activation_id: rows.agreed(|row| row.activation_id).map(|id| id.to_string()),
        eula: rows.agreed(|row| row.eula.clone()).flatten(),
        generic: None,
        description: rows.agreed(|row| row.description.clone()),
        table,
        may_be_shared: rows.rows().iter().any(|row| is_shared(&row.channel)),
    }
}

/// The channel, or as much of it as all rows agree on: `OEM`, `Volume`.
fn channel_of(rows: &Resolution<Row>) -> Option<String> {
    let family = || match rows.agreed(|row| row.channel.family())?? {
        ChannelFamily::Oem => Some(OEM.to_owned()),
        ChannelFamily::Volume => Some("Volume".to_owned()),
        ChannelFamily::Retail => None,
    };
    rows.agreed(|row| row.channel.clone()).map(|channel| channel.to_string()).or_else(family)
}

fn prefer(slot: &mut Option<String>, stored: &Option<String>) {
    if stored.is_some() {
        slot.clone_from(stored);
    }
}
