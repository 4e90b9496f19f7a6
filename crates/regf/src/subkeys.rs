//! The subkeys of a key, one after the other.

use alloc::collections::BTreeSet;
use core::fmt;

use crate::budget::Budget;
use crate::error::{Error, Structure};
use crate::hive::Hive;
use crate::key::Key;
use crate::limits::Limit;
use crate::offset::CellOffset;
use crate::read::{ReadAt, wide};
use crate::subkey_list::{List, ListKind};

/// A list with the position reached in it.
struct Cursor<'h> {
    list: List<'h>,
    next: usize,
    told_missing: bool,
}

impl<'h> Cursor<'h> {
    const fn new(list: List<'h>) -> Self {
        Self { list, next: 0, told_missing: false }
    }

    /// The next element, where a `structure` is expected; after the last one the error about those that are missing.
    fn step(&mut self, structure: Structure) -> Option<Result<CellOffset, Error>> {
        if let Some(element) = self.list.element(structure, self.next) {
            self.next = self.next.saturating_add(1);
            return Some(element);
        }
        if self.told_missing {
            return None;
        }
        self.told_missing = true;
        self.list.missing_elements().map(Err)
    }
}

/// The subkeys of a key, in the order of their list. A bad element is one error; the others follow.
///
/// No leaf is entered twice, and the list ends at [`Limits::max_elements`](crate::Limits::max_elements): forged leaves may overlap.
pub struct Subkeys<'h, S> {
    hive: &'h Hive<S>,
    root: Option<Cursor<'h>>,
    leaf: Option<Cursor<'h>>,
    leaves: BTreeSet<CellOffset>,
    pending: Option<Error>,
    /// Elements of leaves that may still be entered.
    budget: Budget,
}

impl<S> fmt::Debug for Subkeys<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subkeys").finish_non_exhaustive()
    }
}

impl<'h, S: ReadAt> Subkeys<'h, S> {
    pub(crate) fn new(key: &Key<'h, S>) -> Self {
        let max = key.hive().options().limits.max_elements;
        let mut subkeys = Self {
            hive: key.hive(),
            root: None,
            leaf: None,
            leaves: BTreeSet::new(),
            pending: None,
            budget: Budget::new(max),
        };
        if key.subkey_count() == 0 {
            return subkeys;
        }
        match key.node().subkey_list.map(|at| List::read(key.hive(), at)) {
            Some(Ok(list)) if list.kind == ListKind::IndexRoot => subkeys.root = Some(Cursor::new(list)),
            Some(Ok(list)) => subkeys.leaf = Some(Cursor::new(list)),
            Some(Err(error)) => subkeys.pending = Some(error),
            None => {
                subkeys.pending = Some(Error::NoCell { structure: Structure::SubkeyList, offset: key.offset() });
            }
        }
        subkeys
    }

    /// Enters the leaf at `at`, which an index root names.
    fn enter(&mut self, at: CellOffset) -> Result<(), Error> {
        if !self.leaves.insert(at) {
            return Err(Error::Repeated { structure: Structure::SubkeyList, offset: at.file() });
        }
        let leaf = read_leaf(self.hive, at)?;
        if !self.budget.spend(wide(leaf.len)) {
            self.root = None;
            let max = self.hive.options().limits.max_elements;
            return Err(Error::LimitReached { limit: Limit::Elements, max });
        }
        self.leaf = Some(Cursor::new(leaf));
        Ok(())
    }
}

/// Reads a list that an index root names: it must be a leaf.
pub(crate) fn read_leaf<S: ReadAt>(hive: &Hive<S>, at: CellOffset) -> Result<List<'_>, Error> {
    let list = List::read(hive, at)?;
    if list.kind == ListKind::IndexRoot {
        let structure = Structure::SubkeyList;
        return Err(Error::Signature { structure, offset: at.file().plus(4), actual: (*b"ri").into() });
    }
    Ok(list)
}

impl<'h, S: ReadAt> Iterator for Subkeys<'h, S> {
    type Item = Result<Key<'h, S>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.pending.take() {
            return Some(Err(error));
        }
        loop {
            if let Some(leaf) = &mut self.leaf {
                if let Some(element) = leaf.step(Structure::KeyNode) {
                    return Some(element.and_then(|at| Key::read(self.hive, at)));
                }
                self.leaf = None;
            }
            let element = self.root.as_mut()?.step(Structure::SubkeyList)?;
            if let Err(error) = element.and_then(|at| self.enter(at)) {
                return Some(Err(error));
            }
        }
    }
}
