//! What is left in a hive that nothing leads into any more: the facts on its Windows, and the names of values whose data were carved.

use std::collections::BTreeSet;
use std::sync::Arc;

use hivekey_evidence::ReadAt;
use hivekey_regf::{self as regf, Recovered};

use crate::hives::{self, Bytes, Hive};
use crate::places::CURRENT_VERSION;
use crate::report::Windows;
use crate::windows;

/// Values longer than this hold no product-id blob.
const MAX_VALUE_LEN: u32 = 4096;

/// What a hive's cells say of themselves.
#[derive(Default)]
pub(super) struct Remains {
    /// The facts of CurrentVersion, where the tree does not lead to it.
    pub windows: Option<Windows>,
    pub names: Vec<Named>,
}

/// The value that carved data belong to.
pub(super) struct Named {
    /// Where the data lie, in bytes from the start of the hive.
    pub offset: u64,
    pub key_path: String,
    pub value: String,
}

/// Finds the values whose data lie at the `wanted` offsets of a hive. With `deep`, and for those that the tree does not lead to, every
/// cell is looked at.
pub(super) fn remains(bytes: Arc<dyn ReadAt>, wanted: BTreeSet<u64>, deep: bool) -> Remains {
    let bytes: Bytes = Arc::new(hives::pages(Box::new(bytes)));
    let Ok(hive) = regf::Hive::open(bytes, &regf::OpenOptions::default()) else {
        return Remains::default();
    };
    let mut search = Search { wanted, names: Vec::new() };
    search.live(&hive);
    if !deep {
        return Remains { windows: None, names: search.names };
    }
    let recovered = regf::recover_deleted(&hive, &regf::Limits::default());
    search.deleted(&recovered);
    Remains { windows: current_version(&hive, &recovered), names: search.names }
}

struct Search {
    /// Offsets that no name was found for yet.
    wanted: BTreeSet<u64>,
    names: Vec<Named>,
}

impl Search {
    fn live(&mut self, hive: &Hive) {
        if self.wanted.is_empty() {
            return;
        }
        for item in hive.walk() {
            let Ok(item) = item else { continue };
            for value in item.key.values().flatten().filter(|value| value.data_size() <= MAX_VALUE_LEN) {
                let data = value.data_offset().map(|offset| offset.get());
                self.name(data, value.data_size(), || (item.path.clone(), value.name()));
            }
            if self.wanted.is_empty() {
                return;
            }
        }
    }

    fn deleted(&mut self, recovered: &Recovered) {
        for value in &recovered.values {
            let data = value.data_offset.map(|offset| offset.get());
            self.name(data, value.record.data_size, || (value.path.clone(), value.name.clone()));
        }
    }

    /// The blob may lie anywhere in the data: Windows XP keeps one inside a larger structure.
    fn name(&mut self, data: Option<u64>, size: u32, name: impl Fn() -> (String, String)) {
        let Some(start) = data else { return };
        let inside: Vec<u64> = self.wanted.range(start..start.saturating_add(u64::from(size))).copied().collect();
        for offset in inside {
            self.wanted.remove(&offset);
            let (key_path, value) = name();
            self.names.push(Named { offset, key_path, value });
        }
    }
}

/// The facts of a key that is CurrentVersion as far as its parents are known.
fn current_version(hive: &Hive, recovered: &Recovered) -> Option<Windows> {
    let candidates = recovered.keys.iter().filter(|key| is_end_of(&key.path, CURRENT_VERSION));
    let mut facts = candidates.filter_map(|key| Some(windows::facts(&hive.key_at(key.offset).ok()?)));
    // Other keys of this name know of no build.
    facts.find(|facts| facts.product_name.is_some() || facts.edition_id.is_some() || facts.build.is_some())
}

/// Whether a path is the whole of `path`, or its last components.
fn is_end_of(end: &str, path: &str) -> bool {
    let names = |text: &str| text.split('\\').filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (end, path) = (names(end), names(path));
    let matches = end.iter().rev().zip(path.iter().rev()).all(|(one, other)| one.eq_ignore_ascii_case(other));
    !end.is_empty() && end.len() <= path.len() && matches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_a_path() {
        for end in [r"\Microsoft\Windows NT\CurrentVersion", r"Windows NT\CurrentVersion", "CURRENTVERSION"] {
            assert!(is_end_of(end, CURRENT_VERSION), "{end}");
        }
        for other in ["", r"Windows\CurrentVersion", r"\WOW6432Node\Microsoft\Windows NT\CurrentVersion", "Version"] {
            assert!(!is_end_of(other, CURRENT_VERSION), "{other}");
        }
    }
}
