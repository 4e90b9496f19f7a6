//! Finding a subkey by its name.
//!
//! Three searches, each with another weakness: by order (wrong in a list that is not sorted), by hint or hash (wrong if
//! the hash is), and by comparing every name (slow: it reads every key). The first two read few pages. A name is taken
//! as absent without the third only if both of them, which fail for different reasons, do not find it and met nothing
//! that could not be read.

use core::cmp::Ordering;

use crate::budget::Budget;
use crate::error::{Error, Structure};
use crate::hive::Hive;
use crate::key::Key;
use crate::limits::Limit;
use crate::name::WantedName;
use crate::offset::CellOffset;
use crate::read::{ReadAt, wide};
use crate::subkey_list::{List, ListKind};
use crate::subkeys::read_leaf;

/// Searches the list at `at` for `wanted`.
pub(crate) fn find<'h, S: ReadAt>(
    hive: &'h Hive<S>,
    at: CellOffset,
    wanted: &WantedName,
) -> Result<Option<Key<'h, S>>, Error> {
    let list = List::read(hive, at)?;
    let search = Search { hive, wanted, hash: wanted.hash() };
    if list.kind == ListKind::IndexRoot { search.in_index_root(&list) } else { search.in_leaf(&list) }
}

struct Search<'h, 'w, S> {
    hive: &'h Hive<S>,
    wanted: &'w WantedName,
    hash: u32,
}

/// The outcome of one kind of search.
enum Outcome<K> {
    Found(K),
    /// Not found, and nothing that was looked at is damaged.
    Absent,
    /// Not found, but that proves nothing.
    Unsure,
}

impl<'h, S: ReadAt> Search<'h, '_, S> {
    fn in_leaf(&self, leaf: &List<'h>) -> Result<Option<Key<'h, S>>, Error> {
        match self.by_hint_then_order(leaf) {
            Outcome::Found(key) => return Ok(Some(key)),
            Outcome::Absent if leaf.missing_elements().is_none() => return Ok(None),
            Outcome::Absent | Outcome::Unsure => {}
        }
        let mut damage = leaf.missing_elements();
        match self.by_name(leaf, &mut damage) {
            Some(key) => Ok(Some(key)),
            None => damage.map_or(Ok(None), Err),
        }
    }

    fn in_index_root(&self, root: &List<'h>) -> Result<Option<Key<'h, S>>, Error> {
        if let Some(leaf) = self.leaf_by_order(root)
            && let Outcome::Found(key) = self.by_hint_then_order(&leaf)
        {
            return Ok(Some(key));
        }
        // Not where the order says: the hashes of all leaves, then all names.
        let mut budget = Budget::new(self.hive.options().limits.max_elements);
        let mut damage = root.missing_elements();
        let mut sure = damage.is_none();
        for index in 0..root.len {
            match self.leaf(root, index) {
                Some(Ok(leaf)) => {
                    self.spend(&mut budget, &leaf)?;
                    match self.by_hint_then_order(&leaf) {
                        Outcome::Found(key) => return Ok(Some(key)),
                        Outcome::Absent => sure &= leaf.missing_elements().is_none(),
                        Outcome::Unsure => sure = false,
                    }
                }
                Some(Err(error)) => {
                    sure = false;
                    damage = damage.or(Some(error));
                }
                None => {}
            }
        }
        if sure {
            return Ok(None);
        }
        for index in 0..root.len {
            if let Some(Ok(leaf)) = self.leaf(root, index) {
                self.spend(&mut budget, &leaf)?;
                if let Some(key) = self.by_name(&leaf, &mut damage) {
                    return Ok(Some(key));
                }
                damage = damage.or_else(|| leaf.missing_elements());
            }
        }
        damage.map_or(Ok(None), Err)
    }

    /// Counts the elements of a leaf.
    fn spend(&self, budget: &mut Budget, leaf: &List<'h>) -> Result<(), Error> {
        let max = self.hive.options().limits.max_elements;
        if budget.spend(wide(leaf.len)) { Ok(()) } else { Err(Error::LimitReached { limit: Limit::Elements, max }) }
    }

    fn leaf(&self, root: &List<'h>, index: usize) -> Option<Result<List<'h>, Error>> {
        let at = root.element(Structure::SubkeyList, index)?;
        Some(at.and_then(|at| read_leaf(self.hive, at)))
    }

    fn key(&self, leaf: &List<'h>, index: usize) -> Option<Result<Key<'h, S>, Error>> {
        let at = leaf.element(Structure::KeyNode, index)?;
        Some(at.and_then(|at| Key::read(self.hive, at)))
    }

    /// How the name of element `index` stands to the wanted one.
    fn compare(&self, leaf: &List<'h>, index: usize) -> Option<(Ordering, Key<'h, S>)> {
        let key = self.key(leaf, index)?.ok()?;
        Some((key.raw_name().compare(self.wanted), key))
    }

    /// The leaf between whose first and last name the wanted one lies.
    fn leaf_by_order(&self, root: &List<'h>) -> Option<List<'h>> {
        let (mut low, mut high) = (0, root.len);
        while low < high {
            let middle = low.midpoint(high);
            let leaf = self.leaf(root, middle)?.ok()?;
            let (first, _) = self.compare(&leaf, 0)?;
            let (last, _) = self.compare(&leaf, leaf.len.checked_sub(1)?)?;
            if first == Ordering::Greater {
                high = middle;
            } else if last == Ordering::Less {
                low = middle.checked_add(1)?;
            } else {
                return Some(leaf);
            }
        }
        None
    }

    fn by_hint_then_order(&self, leaf: &List<'h>) -> Outcome<Key<'h, S>> {
        if !leaf.has_hints() {
            return match self.by_order(leaf) {
                Outcome::Found(key) => Outcome::Found(key),
                Outcome::Absent | Outcome::Unsure => Outcome::Unsure,
            };
        }
        match self.by_hint(leaf) {
            Outcome::Absent => self.by_order(leaf),
            found_or_unsure => found_or_unsure,
        }
    }

    fn by_hint(&self, leaf: &List<'h>) -> Outcome<Key<'h, S>> {
        let mut outcome = Outcome::Absent;
        for index in (0..leaf.len).filter(|&index| leaf.hint_allows(index, self.wanted, self.hash)) {
            match self.compare(leaf, index) {
                Some((Ordering::Equal, key)) => return Outcome::Found(key),
                Some(_) => {}
                None => outcome = Outcome::Unsure,
            }
        }
        outcome
    }

    fn by_order(&self, leaf: &List<'h>) -> Outcome<Key<'h, S>> {
        let (mut low, mut high) = (0, leaf.len);
        while low < high {
            let middle = low.midpoint(high);
            match self.compare(leaf, middle) {
                Some((Ordering::Equal, key)) => return Outcome::Found(key),
                Some((Ordering::Less, _)) => low = middle.saturating_add(1),
                Some((Ordering::Greater, _)) => high = middle,
                None => return Outcome::Unsure,
            }
        }
        Outcome::Absent
    }

    fn by_name(&self, leaf: &List<'h>, damage: &mut Option<Error>) -> Option<Key<'h, S>> {
        for index in 0..leaf.len {
            match self.key(leaf, index)? {
                Ok(key) if key.raw_name().compare(self.wanted) == Ordering::Equal => {
                    return Some(key);
                }
                Ok(_) => {}
                Err(error) if damage.is_none() => *damage = Some(error),
                Err(_) => {}
            }
        }
        None
    }
}
