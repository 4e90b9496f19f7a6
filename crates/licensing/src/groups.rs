//! The group table: which licence configurations a key group stands for.
//!
//! A group id comes out of a PKEY2009 key, a ProductId, a DigitalProductId's key index or an AdvancedPid. From Windows 8 on
//! one group is one configuration. The PKEY2005 groups of Windows Vista, 7 and Server 2008 hold up to 68 configurations each,
//! told apart by ranges of serial numbers that only a pkeyconfig file has ([`crate::pkeyconfig`]); the table has no
//! ranges, so [`resolve`] narrows such a group by what else is known and otherwise answers "one of these".
//!
//! Data: `data/groups.tsv`, its sources in `data/README.md`.

use crate::activation_id::ActivationId;
use crate::channel::Channel;
use crate::generation::Generation;
use crate::resolution::Resolution;
use crate::table::Table;

/// Rows sorted by group id, then activation id.
static GROUPS: Table = Table::new(include_str!("../data/groups.tsv"));
/// Rows `activation id, group id`, sorted by activation id.
static ACTIVATION_IDS: Table = Table::new(include_str!("../data/activation-ids.tsv"));

/// How the keys of a group are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// PKEY2005: Windows Vista, 7, Server 2008 and 2008 R2, Office 2010; group and serial are not plain bits of the key.
    Pkey2005,
    /// PKEY2009: Windows 8 and Server 2012 on; the key holds group and serial as plain bits.
    Pkey2009,
}

impl Algorithm {
    /// The algorithm behind pkeyconfig's `AlgorithmId`, such as `msft:rm/algorithm/pkey/2009`, or behind its last part.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().rsplit('/').next() {
            Some("2005") => Some(Self::Pkey2005),
            Some("2009") => Some(Self::Pkey2009),
            _ => None,
        }
    }
}

/// One licence configuration of a group.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GroupRow {
    /// Key group (pkeyconfig `RefGroupId`).
    pub group: u32,
    /// The configuration's GUID.
    pub activation_id: ActivationId,
    /// How the keys of the group are made.
    pub algorithm: Algorithm,
    /// EditionID as pkeyconfig writes it: one id, a list separated by `;`, or `n/a`. See [`GroupRow::edition_ids`].
    pub edition_id: &'static str,
    /// Licence channel.
    pub channel: Channel,
    /// Microsoft's description, such as `Windows Server 2019 RTM ServerStandard Volume:GVLK`. Mind its names: Windows Server
    /// 2022 is called "Windows Server 2021"; [`GroupRow::generation`] knows.
    pub description: &'static str,
    /// The newest pkeyconfig file in which the configuration was seen, by Windows build.
    pub newest_build: &'static str,
}

impl GroupRow {
    /// The editions that a key of this configuration opens; none where pkeyconfig says `n/a`.
    pub fn edition_ids(&self) -> impl Iterator<Item = &'static str> + use<> {
        split_edition_ids(self.edition_id)
    }

    /// Whether the configuration names this edition. An `n/a` row names none.
    #[must_use]
    pub fn has_edition(&self, edition_id: &str) -> bool {
        self.edition_ids().any(|id| id.eq_ignore_ascii_case(edition_id))
    }

    /// The generation of Windows that the keys are for; `None` for previews and where the description does not say it.
    #[must_use]
    pub fn generation(&self) -> Option<Generation> {
        Generation::of_configuration(self.description, self.edition_id)
    }

    fn parse(row: &'static str) -> Option<Self> {
        let mut fields = row.split('\t');
        Some(Self {
            group: fields.next()?.parse().ok()?,
            activation_id: fields.next()?.parse().ok()?,
            algorithm: Algorithm::parse(fields.next()?)?,
            edition_id: fields.next()?,
            channel: Channel::parse(fields.next()?),
            description: fields.next()?,
            newest_build: fields.next()?,
        })
    }
}

/// The ids in an EditionId field of pkeyconfig: separated by `;`, blanks around them, `n/a` for none.
pub(crate) fn split_edition_ids(list: &str) -> impl Iterator<Item = &str> {
    list.split(';').map(str::trim).filter(|id| !id.is_empty() && *id != "n/a")
}

/// What is known besides the group, to tell the configurations of one group apart. All fields are optional.
#[derive(Debug, Clone, Copy, Default)]
pub struct Witnesses<'a> {
    /// The activation id, from DigitalProductId4 or the policy state. Decides alone if the group has it.
    pub activation_id: Option<ActivationId>,
    /// The channel, from DigitalProductId4 or the policy state.
    pub channel: Option<&'a Channel>,
    /// The edition, from DigitalProductId4 or CurrentVersion.
    pub edition_id: Option<&'a str>,
}

/// All configurations of a group, by activation id; none if the group is not in the table.
pub fn groups(group: u32) -> impl Iterator<Item = GroupRow> {
    GROUPS
        .rows_from(move |row| group_of(row) < Some(group))
        .take_while(move |row| group_of(row) == Some(group))
        .filter_map(GroupRow::parse)
}

/// The configuration with this activation id.
#[must_use]
pub fn by_activation_id(id: ActivationId) -> Option<GroupRow> {
    let text = id.to_string();
    let row = ACTIVATION_IDS.rows_from(|row| row < text.as_str()).next()?;
    let (found, group) = row.split_once('\t')?;
    if found != text {
        return None;
    }
    groups(group.parse().ok()?).find(|row| row.activation_id == id)
}

/// All configurations in the table.
pub fn all_groups() -> impl Iterator<Item = GroupRow> {
    GROUPS.rows().filter_map(GroupRow::parse)
}

/// What a group stands for, as far as the built-in table and the witnesses tell.
///
/// Each witness narrows the configurations that are left; one that would leave none contradicts the group and is passed
/// over, so that the answer is always about the group itself. Compare it with the witnesses to find the contradiction.
#[must_use]
pub fn resolve(group: u32, witnesses: &Witnesses<'_>) -> Resolution<GroupRow> {
    let mut rows: Vec<GroupRow> = groups(group).collect();
    if let Some(id) = witnesses.activation_id {
        narrow(&mut rows, |row| row.activation_id == id);
    }
    if let Some(channel) = witnesses.channel {
        narrow(&mut rows, |row| row.channel == *channel);
    }
    if let Some(edition) = witnesses.edition_id {
        narrow(&mut rows, |row| row.has_edition(edition));
    }
    Resolution::from_rows(rows)
}

fn narrow(rows: &mut Vec<GroupRow>, fits: impl Fn(&GroupRow) -> bool) {
    if rows.iter().any(&fits) {
        rows.retain(fits);
    }
}

fn group_of(row: &str) -> Option<u32> {
    row.split('\t').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_read_and_found_again_both_ways() {
        let all: Vec<GroupRow> = all_groups().collect();
        assert_eq!(all.len(), GROUPS.rows().count());
        assert_eq!(all.len(), ACTIVATION_IDS.rows().count());
        for row in &all {
            assert!(row.channel.is_known(), "{row:?}");
            assert_eq!(by_activation_id(row.activation_id).as_ref(), Some(row));
            assert!(groups(row.group).any(|found| found == *row));
        }
        for group in (0..6000).chain([99_999, 999_999, 1_000_000, u32::MAX]) {
            let expected: Vec<&GroupRow> = all.iter().filter(|row| row.group == group).collect();
            assert!(groups(group).eq(expected.into_iter().cloned()), "{group}");
        }
    }

    #[test]
    fn absent_ids_are_not_found() {
        for id in [0, 1, u128::MAX, 0xde32eafd_aaee_4662_9444_c1befb41bde3] {
            assert_eq!(by_activation_id(ActivationId::from_u128(id)), None);
        }
    }

    #[test]
    fn windows_8_and_later_groups_have_one_configuration() {
        for row in all_groups().filter(|row| row.algorithm == Algorithm::Pkey2009) {
            assert_eq!(resolve(row.group, &Witnesses::default()), Resolution::Unique(row));
        }
    }

    #[test]
    fn server_2019_standard_channels() {
        // The ProductId prefixes 00429-0 to 00429-9, and 00431-1.
        for (group, channel, edition) in [
            (4290, "Retail", "ServerStandard"),
            (4291, "OEM:NONSLP", "ServerStandard"),
            (4292, "OEM:NONSLP", "ServerStandard"),
            (4293, "OEM:SLP", "ServerStandard"),
            (4294, "OEM:SLP", "ServerStandard"),
            (4295, "OEM:DM", "ServerStandard"),
            (4296, "OEM:DM", "ServerStandard"),
            (4297, "Volume:GVLK", "ServerStandard"),
            (4298, "Volume:MAK", "ServerStandard"),
            (4299, "VT:IA", "ServerStandard"),
            (4311, "Retail:TB:Eval", "ServerStandardEval"),
        ] {
            let row = groups(group).next().unwrap();
            assert_eq!(row.channel.as_str(), channel, "{group}");
            assert!(row.has_edition(edition), "{row:?}");
        }
    }

    #[test]
    fn witnesses_narrow_a_group_of_many() {
        let none = Witnesses::default();
        assert!(matches!(resolve(170, &none), Resolution::Ambiguous(rows) if rows.len() == 28));
        let gvlk = Channel::VolumeGvlk;
        let both = Witnesses { channel: Some(&gvlk), edition_id: Some("Professional"), ..none };
        let Resolution::Unique(row) = resolve(170, &both) else { panic!("not unique") };
        assert_eq!(row.activation_id.to_string(), "b92e9980-b9d5-4821-9c94-140f632f6312");
        let by_id = Witnesses { activation_id: Some(row.activation_id), ..none };
        assert_eq!(resolve(170, &by_id), Resolution::Unique(row));
    }

    #[test]
    fn a_contradicting_witness_is_passed_over() {
        let channel = Channel::Retail;
        let witnesses = Witnesses {
            activation_id: Some(ActivationId::from_u128(1)),
            channel: Some(&channel),
            edition_id: Some("ServerDatacenter"),
        };
        let Resolution::Unique(row) = resolve(4297, &witnesses) else { panic!("not unique") };
        assert_eq!((row.edition_id, row.channel), ("ServerStandard", Channel::VolumeGvlk));
        assert_eq!(resolve(1, &witnesses), Resolution::Unknown);
    }

    #[test]
    fn edition_lists() {
        assert!(split_edition_ids("Enterprise;ProfessionalN ;;").eq(["Enterprise", "ProfessionalN"]));
        assert_eq!(split_edition_ids("n/a").count(), 0);
        assert_eq!(split_edition_ids("").count(), 0);
    }
}
