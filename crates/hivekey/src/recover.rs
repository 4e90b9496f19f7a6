//! Product ids in the free space of a hive: deleted values, and blobs whose record is gone.

use std::collections::BTreeSet;

use hivekey_carve::{Carver, Certainty, Control, Options as CarveOptions};
use hivekey_regf::{self as regf, DataState, ReadAt, RecoveredValue, Unallocated};

use crate::blob::{self, BlobFacts};
use crate::hives::{Hive, OpenHive};
use crate::places::{self, Standing};
use crate::report::{Finding, FindingCode, FoundIn, Timestamp};
use crate::witness::Witness;

/// A stretch of free space that is searched at once; real ones are far smaller.
const MAX_RANGE_LEN: u64 = 64 << 20;
/// The product of a key of which nothing tells it.
pub(crate) const UNKNOWN_PRODUCT: &str = "unknown";
/// What stands in a path's place where the parents of a value are not known.
const UNKNOWN_PATH: &str = "(unknown key)";

/// Searches the free space of a hive. What is found is never mixed up with live values: its standing says so.
pub(crate) fn deleted(open: &OpenHive, hive: &Hive) -> (Vec<Witness>, Vec<Finding>) {
    let recovered = regf::recover_deleted(hive, &regf::Limits::default());
    let mut search = Search { open, hive, witnesses: Vec::new(), data_offsets: BTreeSet::new() };
    for value in &recovered.values {
        search.value(value);
    }
    for range in &recovered.ranges {
        search.range(range);
    }
    let mut findings = Vec::new();
    if let Some(limit) = recovered.limit_reached {
        let args = vec![("problem", format!("{}: {limit}", open.report.path))];
        findings.push(Finding::new(FindingCode::LimitReached, args));
    }
    (search.witnesses, findings)
}

struct Search<'a> {
    open: &'a OpenHive,
    hive: &'a Hive,
    witnesses: Vec<Witness>,
    /// Where the data of the recovered values lie: the blobs in them are not found a second time.
    data_offsets: BTreeSet<u64>,
}

impl Search<'_> {
    fn value(&mut self, value: &RecoveredValue) {
        let Ok(data) = value.data(self.hive) else { return };
        let whole = matches!(value.data_state, DataState::Intact | DataState::Resident);
        let named = places::is_product_id_name(&value.name) && whole;
        if !named && !blob::is_intact_product_id(&data) {
            return;
        }
        let Ok(facts) = blob::read(&data) else { return };
        let (path, name) = (value.path.clone(), value.name.clone());
        self.data_offsets.extend(value.data_offset.map(|offset| offset.get()));
        self.witness(path, name, Some(value.offset.get()), facts, data.into_owned());
    }

    fn range(&mut self, range: &Unallocated) {
        let len = usize::try_from(range.len.min(MAX_RANGE_LEN)).unwrap_or(0);
        let Ok(bytes) = self.hive.source().read_at(range.offset.get(), len) else { return };
        let carver = Carver::new(CarveOptions { hives: false, ..CarveOptions::default() });
        for hit in carver.sweep(&*bytes, &Control::default()).hits {
            let offset = range.offset.get().saturating_add(hit.offset);
            if hit.certainty != Certainty::Verified || self.data_offsets.contains(&offset) {
                continue;
            }
            let Ok(facts) = blob::read(&hit.bytes) else { continue };
            self.witness(String::new(), String::new(), Some(offset), facts, hit.bytes.to_vec());
        }
    }

    fn witness(&mut self, path: String, value: String, offset: Option<u64>, facts: BlobFacts, data: Vec<u8>) {
        self.witnesses.push(Witness {
            product: product(&path, &facts),
            standing: Standing::Deleted,
            from_live_hive: self.open.is_live(),
            hive: self.open.report.path.clone(),
            key_path: if path.is_empty() { UNKNOWN_PATH.to_owned() } else { path },
            value,
            offset,
            last_written: None::<Timestamp>,
            found_in: FoundIn::Deleted,
            verified: None,
            facts,
            data,
        });
    }
}

/// The product by the place that the value was deleted from; where that is not known up to the root, Windows if the group is one
/// of Windows.
pub(crate) fn product(path: &str, facts: &BlobFacts) -> String {
    if let Some(product) = places::product_at(path) {
        return product.to_owned();
    }
    let of_windows = facts.group.is_some_and(|group| hivekey_licensing::groups(group).next().is_some());
    match path.starts_with('\\') {
        false if of_windows => places::WINDOWS.to_owned(),
        false if path.is_empty() => UNKNOWN_PRODUCT.to_owned(),
        _ => places::product_by_path(path),
    }
}
