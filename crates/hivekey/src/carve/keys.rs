//! From hits to product keys: the same key in many places is one key, judged as in every other report.

use std::collections::{BTreeMap, HashMap};

use hivekey_carve::{Carved, Certainty, Hit, HitKind};
use hivekey_dpid::ProductKey;

use super::lost::Name;
use super::partitions::Partitions;
use super::report::{BlobForm, CarvedEvidence, CarvedKey, FindCertainty};
use crate::blob::{self, BlobFacts};
use crate::keys::{self, JudgedKey};
use crate::knowledge::Knowledge;
use crate::places::{Standing, WINDOWS};
use crate::recover;
use crate::report::{FoundIn, Verdict};
use crate::witness::Witness;

/// How many runs of bins before an offset are looked at for the one around it: they hardly ever overlap.
const RUNS_BEFORE: usize = 8;

/// What the hits of a sweep come to.
#[derive(Default)]
pub(super) struct Judged {
    pub product_keys: Vec<CarvedKey>,
    pub key_texts: Vec<CarvedKey>,
}

/// Judges all hits of a sweep over `path`.
pub(super) fn judge(path: &str, carved: &Carved, names: &BTreeMap<u64, Name>, partitions: &Partitions) -> Judged {
    let mut judged = Judged::default();
    let (mut blobs, mut texts) = (Vec::new(), Vec::new());
    for hit in &carved.hits {
        // The sweep gives nothing that does not hold a key's place.
        let Some(facts) = facts(hit) else { continue };
        let witnesses = if hit.certainty == Certainty::Hint { &mut texts } else { &mut blobs };
        witnesses.push(witness(path, hit, facts, names.get(&hit.offset)));
    }
    agree_on_products(&mut blobs);
    let place = Places { carved, names, partitions };
    judged.product_keys = place.keys(blobs);
    judged.key_texts = place.keys(texts);
    for text in judged.key_texts.iter_mut().filter(|text| text.verdict == Verdict::Specific) {
        // Ten bits of checksum prove nothing of a text that may stand in any list of keys.
        text.verdict = Verdict::Unknown;
    }
    judged
}

/// A key is of one product, whatever the names of the places tell where it stands: Windows if one of them says so.
fn agree_on_products(witnesses: &mut [Witness]) {
    let mut products: HashMap<ProductKey, String> = HashMap::new();
    let is_better = |product: &str, than: &str| than == recover::UNKNOWN_PRODUCT || product == WINDOWS;
    for witness in witnesses.iter() {
        let Some(key) = witness.facts.key else { continue };
        let product = products.entry(key).or_insert_with(|| witness.product.clone());
        if is_better(&witness.product, product) {
            product.clone_from(&witness.product);
        }
    }
    for witness in witnesses {
        let product = witness.facts.key.and_then(|key| products.get(&key));
        if let Some(product) = product {
            witness.product.clone_from(product);
        }
    }
}

fn facts(hit: &Hit) -> Option<BlobFacts> {
    match hit.kind {
        HitKind::KeyTextAscii | HitKind::KeyTextUtf16 => blob::read_text(hit.product_key()?.as_str()).ok(),
        _ => blob::read(&hit.bytes).ok(),
    }
}

fn witness(path: &str, hit: &Hit, facts: BlobFacts, name: Option<&Name>) -> Witness {
    let key_path = name.map(|name| name.key_path.clone()).unwrap_or_default();
    Witness {
        product: recover::product(&key_path, &facts),
        standing: Standing::Deleted,
        from_live_hive: false,
        hive: path.to_owned(),
        key_path,
        value: name.map(|name| name.value.clone()).unwrap_or_default(),
        offset: Some(hit.offset),
        last_written: None,
        found_in: FoundIn::Carved,
        verified: None,
        facts,
        data: hit.bytes.to_vec(),
    }
}

/// Where the hits lie.
struct Places<'a> {
    carved: &'a Carved,
    names: &'a BTreeMap<u64, Name>,
    partitions: &'a Partitions,
}

impl Places<'_> {
    fn keys(&self, witnesses: Vec<Witness>) -> Vec<CarvedKey> {
        let judged = keys::judge(witnesses, None, &Knowledge::default());
        let mut keys: Vec<CarvedKey> = judged.into_iter().map(|judged| self.key(judged)).collect();
        keys.sort_by_key(|key| (rank(key.verdict), key.evidence.first().map(|place| place.offset)));
        keys
    }

    fn key(&self, judged: JudgedKey) -> CarvedKey {
        let JudgedKey { key, witnesses, meaning } = judged;
        let mut evidence: Vec<CarvedEvidence> = witnesses.iter().filter_map(|witness| self.evidence(witness)).collect();
        evidence.sort_by_key(|place| place.offset);
        CarvedKey {
            product: key.product,
            key: key.key,
            last5: key.last5,
            verdict: key.verdict,
            generic: key.generic,
            channel: key.channel,
            edition: key.edition,
            part_number: key.part_number,
            group_id: key.group_id,
            serial: key.serial,
            description: meaning.description,
            product_id: witnesses.iter().find_map(|witness| witness.facts.product_id.clone()),
            key_installed_at: witnesses.iter().filter_map(|witness| witness.facts.installed_at).max(),
            evidence,
        }
    }

    fn evidence(&self, witness: &Witness) -> Option<CarvedEvidence> {
        let offset = witness.offset?;
        let hits = &self.carved.hits;
        let hit = hits.get(hits.binary_search_by_key(&offset, |hit| hit.offset).ok()?)?;
        let name = self.names.get(&offset);
        let hive = name.and_then(|name| name.hive).or_else(|| self.carved.hive_at(offset).map(|hive| hive.offset));
        Some(CarvedEvidence {
            offset,
            length: length(hit),
            partition: self.partitions.place(offset),
            form: form(hit.kind),
            certainty: certainty(hit.certainty),
            integrity: witness.facts.checks.mark(),
            found_in: witness.found_in,
            cut_at: hit.cut.and_then(|cut| u64::try_from(cut.at).ok()),
            rest_offset: hit.cut.and_then(|cut| cut.rest),
            hive,
            bins: hive.is_none().then(|| self.run_around(offset)).flatten(),
            key_path: name.map(|name| name.key_path.clone()).filter(|path| !path.is_empty()),
            value: name.map(|name| name.value.clone()),
        })
    }

    fn run_around(&self, offset: u64) -> Option<u64> {
        let before = self.carved.bins.partition_point(|run| run.offset <= offset);
        let mut runs = self.carved.bins.iter().take(before).rev().take(RUNS_BEFORE);
        runs.find(|run| offset < run.end()).map(|run| run.offset)
    }
}

/// What an administrator looks for comes first.
fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Specific => 0,
        Verdict::Unknown => 1,
        Verdict::Generic => 2,
        Verdict::Erased => 3,
        Verdict::Damaged => 4,
    }
}

fn length(hit: &Hit) -> u64 {
    hit.end().saturating_sub(hit.offset)
}

fn form(kind: HitKind) -> BlobForm {
    match kind {
        HitKind::Dpid3 => BlobForm::Dpid3,
        HitKind::Dpid4 => BlobForm::Dpid4,
        HitKind::KeyTextAscii => BlobForm::KeyTextAscii,
        HitKind::KeyTextUtf16 => BlobForm::KeyTextUtf16,
        _ => BlobForm::Msdm,
    }
}

fn certainty(certainty: Certainty) -> FindCertainty {
    match certainty {
        Certainty::Verified => FindCertainty::Verified,
        Certainty::Rejoined => FindCertainty::Rejoined,
        Certainty::Hint => FindCertainty::Hint,
        _ => FindCertainty::Damaged,
    }
}
