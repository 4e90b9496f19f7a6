//! A bounded walk over all keys.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::budget::Budget;
use crate::cell_set::CellSet;
use crate::error::{Error, Structure};
use crate::hive::Hive;
use crate::key::Key;
use crate::limits::Limit;
use crate::read::{ReadAt, wide};
use crate::subkeys::Subkeys;

/// A key met on a walk.
#[non_exhaustive]
pub struct WalkItem<'h, S> {
    /// The path: empty at the root, then a backslash and the name for each level.
    pub path: String,
    /// Levels below the root, which is 0.
    pub depth: u32,
    /// The key.
    pub key: Key<'h, S>,
}

impl<S> fmt::Debug for WalkItem<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WalkItem").field("path", &self.path).field("key", &self.key).finish_non_exhaustive()
    }
}

/// A part of the tree that a walk could not enter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("below {path:?}: {error}")]
#[non_exhaustive]
pub struct WalkError {
    /// The path of the key whose list of subkeys has the bad element.
    pub path: String,
    /// Levels of that key below the root.
    pub depth: u32,
    /// What is wrong.
    pub error: Error,
}

struct Level<'h, S> {
    subkeys: Subkeys<'h, S>,
    path_len: usize,
}

/// A walk over all keys, depth first, each before its subkeys, in the order of the lists.
///
/// Each key is given once, however often it is referred to; a second reference is an error item. A bad element is an
/// error item, too, and the walk goes on. A list of values that belongs to two keys is read for the first one only. The
/// walk ends early, with [`Error::LimitReached`], at [`Limits::max_keys`](crate::Limits::max_keys),
/// [`Limits::max_elements`](crate::Limits::max_elements) and
/// [`Limits::max_walk_path_bytes`](crate::Limits::max_walk_path_bytes); what lies deeper than
/// [`Limits::max_depth`](crate::Limits::max_depth) is an error item each.
pub struct Walk<'h, S> {
    hive: &'h Hive<S>,
    started: bool,
    ended: bool,
    levels: Vec<Level<'h, S>>,
    path: String,
    met: CellSet,
    keys: u64,
    /// List elements and values that may still be gone through.
    elements: Budget,
    /// Bytes of paths that may still be given.
    path_bytes: Budget,
}

impl<S> fmt::Debug for Walk<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk").field("path", &self.path).field("keys", &self.keys).finish_non_exhaustive()
    }
}

impl<'h, S: ReadAt> Walk<'h, S> {
    pub(crate) fn new(hive: &'h Hive<S>) -> Self {
        let limits = &hive.options().limits;
        Self {
            hive,
            started: false,
            ended: false,
            levels: Vec::new(),
            path: String::new(),
            met: CellSet::default(),
            keys: 0,
            elements: Budget::new(limits.max_elements),
            path_bytes: Budget::new(limits.max_walk_path_bytes),
        }
    }

    /// Levels of the key whose subkeys are being listed.
    fn depth(&self) -> u32 {
        u32::try_from(self.levels.len()).unwrap_or(u32::MAX).saturating_sub(1)
    }

    fn error(&self, error: Error) -> WalkError {
        WalkError { path: self.path.clone(), depth: self.depth(), error }
    }

    fn limit(&mut self, limit: Limit, max: u64) -> WalkError {
        self.ended = true;
        self.error(Error::LimitReached { limit, max })
    }

    /// Takes a key into the walk: notes it as met and enters its list of subkeys.
    fn visit(&mut self, key: Key<'h, S>, depth: u32) -> Result<WalkItem<'h, S>, WalkError> {
        if !self.met.insert(key.cell()) {
            return Err(self.error(Error::Repeated { structure: Structure::KeyNode, offset: key.offset() }));
        }
        let max_keys = self.hive.options().limits.max_keys;
        if self.keys >= max_keys {
            return Err(self.limit(Limit::Keys, max_keys));
        }
        self.keys = self.keys.saturating_add(1);
        if depth > 0 {
            self.path.push('\\');
            self.path.push_str(&key.name());
        }
        let repeated = key.value_count() > 0 && key.node().value_list.is_some_and(|list| !self.met.insert(list));
        let limits = &self.hive.options().limits;
        if !repeated && !self.elements.spend(key.listed_values()) {
            return Err(self.limit(Limit::Elements, limits.max_elements));
        }
        if !self.path_bytes.spend(wide(self.path.len())) {
            return Err(self.limit(Limit::WalkPathBytes, limits.max_walk_path_bytes));
        }
        let path = self.path.clone();
        self.levels.push(Level { subkeys: key.subkeys(), path_len: self.path.len() });
        let key = if repeated { key.with_repeated_values() } else { key };
        Ok(WalkItem { path, depth, key })
    }
}

impl<'h, S: ReadAt> Iterator for Walk<'h, S> {
    type Item = Result<WalkItem<'h, S>, WalkError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        if !self.started {
            self.started = true;
            return Some(match self.hive.root() {
                Ok(root) => self.visit(root, 0),
                Err(error) => Err(self.error(error)),
            });
        }
        loop {
            let level = self.levels.last_mut()?;
            self.path.truncate(level.path_len);
            let Some(subkey) = level.subkeys.next() else {
                self.levels.pop();
                continue;
            };
            let limits = &self.hive.options().limits;
            let (max_elements, max_depth) = (limits.max_elements, limits.max_depth);
            if !self.elements.spend(1) {
                return Some(Err(self.limit(Limit::Elements, max_elements)));
            }
            let depth = self.depth().saturating_add(1);
            return Some(match subkey {
                Ok(_) if depth > max_depth => {
                    Err(self.error(Error::LimitReached { limit: Limit::Depth, max: u64::from(max_depth) }))
                }
                Ok(key) => self.visit(key, depth),
                Err(error) => Err(self.error(error)),
            });
        }
    }
}
