//! What a key is worth. Nothing is called specific unless its own checks hold and nothing speaks for a placeholder.

use hivekey_dpid::KeyFamily;
use hivekey_licensing::{ProductId, published};

use crate::blob::BlobFacts;
use crate::knowledge::Meaning;
use crate::places::Standing;
use crate::report::{IntegrityMark, Verdict};
use crate::witness::Witness;

/// The verdict on one blob that stands alone.
pub(crate) fn of_blob(facts: &BlobFacts, meaning: &Meaning) -> Verdict {
    judge(&[facts], meaning)
}

/// The verdict on a key from all that was found of it. An intact copy outweighs a damaged one.
pub(crate) fn of_witnesses(witnesses: &[Witness], meaning: &Meaning) -> Verdict {
    let facts: Vec<&BlobFacts> = witnesses.iter().map(|witness| &witness.facts).collect();
    let verdict = judge(&facts, meaning);
    let only_default = witnesses.iter().all(|witness| witness.standing == Standing::Default);
    // The media's default key is no customer's, even where Microsoft publishes it nowhere.
    if verdict == Verdict::Specific && only_default { Verdict::Unknown } else { verdict }
}

fn judge(all: &[&BlobFacts], meaning: &Meaning) -> Verdict {
    let marks = || all.iter().map(|facts| facts.checks.mark());
    let intact = marks().any(|mark| mark == IntegrityMark::Ok);
    if !intact && marks().any(|mark| mark == IntegrityMark::Bad) {
        return Verdict::Damaged;
    }
    if all.iter().all(|facts| facts.erased) {
        return Verdict::Erased;
    }
    if all.iter().all(|facts| facts.key.is_none()) {
        return Verdict::Unknown;
    }
    if meaning.generic.is_some() {
        return Verdict::Generic;
    }
    if !intact || all.iter().any(|facts| is_placeholder_like(facts)) {
        return Verdict::Unknown;
    }
    if meaning.may_be_shared || all.iter().any(|facts| is_legacy_oem(facts)) {
        return Verdict::Unknown;
    }
    Verdict::Specific
}

/// Windows XP and Server 2003 tell OEM by the ProductId alone, and not whether the key is the sticker's or the make's.
fn is_legacy_oem(facts: &BlobFacts) -> bool {
    let id = facts.product_id.as_deref().and_then(|text| ProductId::parse(text).ok());
    facts.group.is_none() && matches!(id, Some(ProductId::LegacyOem(_)))
}

/// A serial as low as all published keys have it, on a key whose serial is plain bits.
pub(crate) fn is_placeholder_like(facts: &BlobFacts) -> bool {
    let plain = facts.key.is_some_and(|key| key.encode().family() == KeyFamily::Pkey2009);
    plain && facts.serial.is_some_and(published::is_placeholder_serial)
}
