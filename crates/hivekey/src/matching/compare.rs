//! One trace of a key on a machine against one known key: is it the same, and how sure is that?
//!
//! What the comparison rests on: a key since Windows 8 and Server 2012 carries its group (20 bits) and its serial number in
//! the group (30 bits) as plain bits, and Windows keeps both in ProductId and AdvancedPid when it erases the key. Group and
//! serial number together are the key's number, so they decide. The last five characters do not: they are the key's number
//! modulo 24⁵ = 2¹⁵ · 3⁵, and the lower 15 bits are the group's. So the keys of one group have only 3⁵ = 243 different
//! ends, and one in 243 of them ends as another does. (The bits: `hivekey-dpid`, `pkey2009.rs`; all 85 published keys of
//! this kind have it so.) Older keys keep neither as plain bits, so of them the last five characters are all there is.

use hivekey_licensing::Channel;

use super::known::KnownKey;
use super::{How, Near, Strength};

/// What a machine tells of a key that it does not store any more.
#[derive(Debug, Clone, Default)]
pub(super) struct Trace {
    pub last5: Option<String>,
    pub group: Option<u32>,
    pub serial: Option<u32>,
    pub channel: Option<Channel>,
}

/// What two facts say of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Same,
    Differs,
    /// One of them is not known.
    Open,
}

fn relation<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> Relation {
    match (one, other) {
        (Some(one), Some(other)) if one == other => Relation::Same,
        (Some(_), Some(_)) => Relation::Differs,
        _ => Relation::Open,
    }
}

/// The outcome of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Match(How, Strength),
    Near(Near),
    /// Another key, and no likeness that would need to be told.
    Other,
}

/// Compares a trace with a known key.
pub(super) fn compare(trace: &Trace, known: &KnownKey) -> Outcome {
    use Relation::{Differs, Open, Same};
    let known_last5 = known.last5();
    let end = relation(trace.last5.as_deref().as_ref(), Some(&known_last5.as_str()));
    let group = relation(trace.group.as_ref(), known.group_id.as_ref());
    let channel = relation(trace.channel.as_ref(), known.channel.as_ref());
    // A serial number counts within its group only.
    let serial = if group == Same { relation(trace.serial.as_ref(), known.serial.as_ref()) } else { Open };
    match (end, group, serial, channel) {
        (Same, Same, Same, _) => Outcome::Match(How::LastFive, Strength::Certain),
        (Open, Same, Same, _) => Outcome::Match(How::GroupSerial, Strength::Certain),
        (Differs, Same, Same, _) => Outcome::Near(Near::OtherEndSameSerial),
        (Same, Differs, _, _) => Outcome::Near(Near::OtherGroup),
        (Same, Same, Differs, _) => Outcome::Near(Near::OtherSerial),
        (Same, _, _, Differs) => Outcome::Near(Near::OtherChannel),
        (Same, Same, Open, _) => Outcome::Match(How::LastFive, Strength::Strong),
        (Same, Open, _, _) => Outcome::Match(How::LastFive, Strength::Weak),
        (Differs, Same, _, _) => Outcome::Near(Near::OtherEnd),
        _ => Outcome::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::KnownKeys;
    use hivekey_testkit::license::{pkey2005, pkey2009};

    fn known(text: &str) -> KnownKey {
        KnownKeys::parse(text.as_bytes()).keys()[0].clone()
    }

    fn trace(last5: &str, group: u32, serial: u32, channel: &str) -> Trace {
        let some = |number: u32| (number != 0).then_some(number);
        Trace {
            last5: (!last5.is_empty()).then(|| last5.to_owned()),
            group: some(group),
            serial: some(serial),
            channel: (!channel.is_empty()).then(|| Channel::parse(channel)),
        }
    }

    #[test]
    fn every_likeness_has_its_weight() {
        // An invented MAK of Server 2019 Standard: group 4298.
        let mak = known(&pkey2009(4298, 300_000_001, false).key().unwrap().to_string());
        let end = mak.last5().to_string();
        let near = Outcome::Near;
        for (trace, expected) in [
            (trace(&end, 4298, 300_000_001, "Volume:MAK"), Outcome::Match(How::LastFive, Strength::Certain)),
            (trace(&end, 4298, 300_000_001, "Retail"), Outcome::Match(How::LastFive, Strength::Certain)),
            (trace(&end, 4298, 0, "Volume:MAK"), Outcome::Match(How::LastFive, Strength::Strong)),
            (trace(&end, 4298, 0, ""), Outcome::Match(How::LastFive, Strength::Strong)),
            (trace(&end, 0, 0, "Volume:MAK"), Outcome::Match(How::LastFive, Strength::Weak)),
            (trace(&end, 0, 0, ""), Outcome::Match(How::LastFive, Strength::Weak)),
            (trace("", 4298, 300_000_001, "Volume:MAK"), Outcome::Match(How::GroupSerial, Strength::Certain)),
            (trace(&end, 4298, 7, "Volume:MAK"), near(Near::OtherSerial)),
            (trace(&end, 4299, 0, "Volume:MAK"), near(Near::OtherGroup)),
            (trace(&end, 4298, 0, "Retail"), near(Near::OtherChannel)),
            (trace(&end, 0, 0, "Retail"), near(Near::OtherChannel)),
            (trace("BCDFG", 4298, 0, "Volume:MAK"), near(Near::OtherEnd)),
            (trace("BCDFG", 4298, 300_000_001, "Volume:MAK"), near(Near::OtherEndSameSerial)),
            (trace("BCDFG", 4299, 300_000_001, "Volume:MAK"), Outcome::Other),
            (trace("", 4298, 0, "Volume:MAK"), Outcome::Other),
            (trace("", 4298, 8, "Volume:MAK"), Outcome::Other),
            (trace("", 0, 0, "Volume:MAK"), Outcome::Other),
            (trace("", 0, 300_000_001, ""), Outcome::Other),
        ] {
            assert_eq!(compare(&trace, &mak), expected, "{trace:?}");
        }
    }

    #[test]
    fn old_keys_have_their_end_only() {
        let seven = known(&pkey2005(3).to_string());
        let end = seven.last5().to_string();
        let weak = Outcome::Match(How::LastFive, Strength::Weak);
        assert_eq!(compare(&trace(&end, 172, 50_123_456, "Volume:MAK"), &seven), weak);
        assert_eq!(compare(&trace("", 172, 50_123_456, "Volume:MAK"), &seven), Outcome::Other);
    }

    #[test]
    fn a_group_has_243_ends() {
        let ends = |security_offset: u32| {
            (0..2000u32).map(move |number| {
                let serial = number * 524_287 % (1 << 30) + security_offset;
                pkey2009(4298, serial, false).key().unwrap().last5().to_string()
            })
        };
        let different: std::collections::HashSet<String> = ends(0).chain(ends(1)).collect();
        assert_eq!(different.len(), 243);
    }
}
