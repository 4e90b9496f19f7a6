//! Which key a deleted record belonged to, and its path.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use super::ByCell;
use super::reachable::Reachable;
use super::record::{KeyRecord, ValueRecord, reference_runs};
use super::unallocated::{self, RegionKind, Unallocated};
use crate::budget::Budget;
use crate::cell_set::CellSet;
use crate::error::Structure;
use crate::hive::Hive;
use crate::key::Key;
use crate::key_node::KeyFlags;
use crate::offset::CellOffset;
use crate::read::{ReadAt, u32_at, wide};

/// A path as far as it is known.
#[derive(Debug, Default)]
pub(crate) struct KnownPath {
    pub(crate) text: String,
    /// Whether it leads to the root.
    pub(crate) complete: bool,
    /// Keys that are known on it.
    pub(crate) levels: usize,
}

/// What a step to a parent takes from the budget of bytes besides its name: work, however short the name. (A few hundred
/// keys with long names, one below the other, and many records below them would otherwise make paths of far more bytes
/// than the hive has.)
const STEP_COST: u64 = 16;

/// The live and the deleted keys together.
pub(crate) struct Owners<'h, 'r, S> {
    hive: &'h Hive<S>,
    reachable: &'r Reachable,
    keys: ByCell<(String, Option<CellOffset>, bool)>,
    values: ByCell<CellOffset>,
}

impl<'h, 'r, S: ReadAt> Owners<'h, 'r, S> {
    /// Finds the keys of all deleted values.
    pub(crate) fn new(
        hive: &'h Hive<S>,
        reachable: &'r Reachable,
        ranges: &[Unallocated],
        keys: &[(KeyRecord, RegionKind)],
        values: &[(ValueRecord, RegionKind)],
    ) -> Self {
        let known = keys
            .iter()
            .map(|(key, _)| (key.at, (key.name.clone(), key.node.parent, key.node.flags.contains(KeyFlags::ROOT))))
            .collect();
        let mut owners = Self { hive, reachable, keys: known, values: ByCell::new() };
        let orphans = values.iter().map(|(value, _)| value.at).collect();
        let mut elements = Budget::new(hive.options().limits.max_elements);
        for (key, _) in keys {
            owners.claim_by_deleted_list(key, ranges, &orphans, &mut elements);
        }
        owners.claim_by_rests(&orphans);
        owners.claim_by_old_lists(ranges, &orphans);
        owners
    }

    /// Values that the list of a deleted key names, if that list is still there.
    fn claim_by_deleted_list(
        &mut self,
        key: &KeyRecord,
        ranges: &[Unallocated],
        orphans: &BTreeSet<CellOffset>,
        elements: &mut Budget,
    ) {
        let (Some(at), 1..) = (key.node.value_list, key.node.value_count) else { return };
        let structure = Structure::ValueList;
        let Ok(cell) = self.hive.any_cell(structure, at) else { return };
        let len = usize::try_from(key.node.value_count).unwrap_or(usize::MAX).saturating_mul(4).min(cell.len);
        if !unallocated::covers(ranges, cell.content, len) || !elements.spend(wide(len) >> 2) {
            return;
        }
        let Ok(list) = self.hive.content(structure, cell, 0, len) else { return };
        for value in (0..list.len()).step_by(4).filter_map(|at| CellOffset::from_field(u32_at(&list, at)?)) {
            if orphans.contains(&value) {
                self.values.entry(value).or_insert(key.at);
            }
        }
    }

    /// Values that stand behind the end of a live list, which has become shorter.
    fn claim_by_rests(&mut self, orphans: &BTreeSet<CellOffset>) {
        for &(value, key) in &self.reachable.former_values {
            if orphans.contains(&value) {
                self.values.entry(value).or_insert(key);
            }
        }
    }

    /// Values that stand in an old copy of a list beside values of a live key.
    fn claim_by_old_lists(&mut self, ranges: &[Unallocated], orphans: &BTreeSet<CellOffset>) {
        if orphans.len() == self.values.len() {
            return;
        }
        let live = &self.reachable.values;
        let owner = |value: CellOffset| {
            let at = live.binary_search_by_key(&value, |&(value, _)| value).ok()?;
            live.get(at).map(|&(_, key)| key)
        };
        let mut known = CellSet::default();
        for value in live.iter().map(|&(value, _)| value).chain(orphans.iter().copied()) {
            known.insert(value);
        }
        let mut found = Vec::new();
        for region in ranges {
            reference_runs(self.hive, region, &known, |run| {
                if let Some(key) = run.iter().find_map(|&value| owner(value)) {
                    found.extend(run.iter().filter(|value| orphans.contains(value)).map(|&value| (value, key)));
                }
            });
        }
        for (value, key) in found {
            self.values.entry(value).or_insert(key);
        }
    }

    /// The key of a deleted value.
    pub(crate) fn of_value(&self, value: CellOffset) -> Option<CellOffset> {
        self.values.get(&value).copied()
    }

    /// Name, parent, and whether it is a root, of a key, live or deleted.
    fn key(&self, at: CellOffset) -> Option<(String, Option<CellOffset>, bool)> {
        if let Some((name, parent, root)) = self.keys.get(&at) {
            return Some((name.clone(), *parent, *root));
        }
        let key = Key::read(self.hive, at).ok().filter(|_| self.reachable.contains(at))?;
        let root = key.flags().contains(KeyFlags::ROOT) || self.hive.root().is_ok_and(|root| root.cell() == at);
        Some((key.name(), key.node().parent, root))
    }

    /// The path of a key as far as its parents are known and the budget lasts.
    pub(crate) fn path(&self, key: CellOffset, budget: &mut Budget) -> KnownPath {
        let mut names = Vec::new();
        let mut next = Some(key);
        let mut complete = false;
        let depth = usize::try_from(self.hive.options().limits.max_depth).unwrap_or(usize::MAX);
        while let Some((name, parent, root)) = next.and_then(|at| self.key(at)) {
            if root {
                complete = true;
                break;
            }
            if names.len() > depth || !budget.spend(wide(name.len()).saturating_add(STEP_COST)) {
                break;
            }
            names.push(name);
            next = parent;
        }
        let levels = names.len();
        let mut text = String::new();
        for name in names.iter().rev() {
            if complete || !text.is_empty() {
                text.push('\\');
            }
            text.push_str(name);
        }
        KnownPath { text, complete, levels }
    }
}
