//! From witnesses to product keys: the same key in several places is one key with several pieces of evidence; what it is
//! worth; which of them is the installation's own.

use std::collections::HashMap;

use hivekey_dpid as dpid;

use crate::knowledge::{Knowledge, Meaning};
use crate::places::WINDOWS;
use crate::report::{IntegrityMark, ProductKey};
use crate::verdict;
use crate::witness::Witness;

/// What makes two witnesses speak of the same key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Identity {
    Key(dpid::ProductKey),
    /// Of erased keys the group and the serial survive.
    Erased(Option<u32>, Option<u32>),
    /// Bytes that are no key at all.
    Bytes(Vec<u8>),
}

impl Identity {
    fn of(witness: &Witness) -> Self {
        match witness.facts.key {
            Some(key) => Self::Key(key),
            None if witness.facts.erased => Self::Erased(witness.facts.group, witness.facts.serial),
            None => Self::Bytes(witness.data.clone()),
        }
    }
}

/// A product key with the witnesses that it was made from.
#[derive(Debug)]
pub(crate) struct JudgedKey {
    pub key: ProductKey,
    pub witnesses: Vec<Witness>,
    pub meaning: Meaning,
}

/// Merges witnesses into product keys, in the order in which their first witness was found, and judges each.
pub(crate) fn judge(witnesses: Vec<Witness>, edition_installed: Option<&str>, knowledge: &Knowledge) -> Vec<JudgedKey> {
    let mut known: HashMap<(String, Identity), usize> = HashMap::new();
    let mut groups: Vec<(String, Vec<Witness>)> = Vec::new();
    for witness in witnesses {
        let position = *known.entry((witness.product.clone(), Identity::of(&witness))).or_insert(groups.len());
        match groups.get_mut(position) {
            Some((_, members)) => members.push(witness),
            None => groups.push((witness.product.clone(), vec![witness])),
        }
    }
    groups.into_iter().map(|(product, members)| judge_one(product, members, edition_installed, knowledge)).collect()
}

fn judge_one(
    product: String,
    witnesses: Vec<Witness>,
    edition_installed: Option<&str>,
    knowledge: &Knowledge,
) -> JudgedKey {
    // The most telling witness speaks for the key: an intact one before a damaged one, in the order of the places.
    let speaker =
        witnesses.iter().find(|witness| witness.facts.checks.mark() == IntegrityMark::Ok).or_else(|| witnesses.first());
    let installed = (product == WINDOWS).then_some(edition_installed).flatten();
    let meaning = speaker.map_or_else(Meaning::default, |witness| knowledge.meaning(&witness.facts, installed));
    let verdict = verdict::of_witnesses(&witnesses, &meaning);
    let first = |read: fn(&Witness) -> Option<u32>| witnesses.iter().find_map(read);
    let key = witnesses.iter().find_map(|witness| witness.facts.key);
    JudgedKey {
        key: ProductKey {
            product,
            last5: key.map(|key| key.last5().to_string()),
            key: key.map(Into::into),
            verdict,
            generic: meaning.generic.clone(),
            channel: meaning.channel.clone(),
            edition: meaning.edition.clone(),
            part_number: meaning.part_number.clone(),
            group_id: first(|witness| witness.facts.group),
            serial: first(|witness| witness.facts.serial),
            current: false,
            evidence: witnesses.iter().map(Witness::evidence).collect(),
        },
        witnesses,
        meaning,
    }
}
