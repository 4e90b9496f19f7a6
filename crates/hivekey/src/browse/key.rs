//! Keys and values.

use core::fmt;
use std::borrow::Cow;

use hivekey_regf as regf;

use super::BrowseError;
use super::hive::Budget;
use crate::hives::{Bytes, HiveKey, HiveValue};
use crate::report::Timestamp;

/// A key of a hive.
#[derive(Clone)]
pub struct BrowsedKey<'h> {
    path: String,
    depth: u32,
    key: HiveKey<'h>,
    budget: Budget,
}

impl fmt::Debug for BrowsedKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowsedKey").field("path", &self.path).field("offset", &self.offset()).finish_non_exhaustive()
    }
}

impl<'h> BrowsedKey<'h> {
    pub(super) fn root(key: HiveKey<'h>, budget: Budget) -> Self {
        Self { path: String::new(), depth: 0, key, budget }
    }

    /// A key met on a walk: the data of its values count against the walk's budget.
    pub(super) fn met(item: regf::WalkItem<'h, Bytes>, budget: &Budget) -> Self {
        Self { path: item.path, depth: item.depth, key: item.key, budget: budget.clone() }
    }

    fn below(&self, key: HiveKey<'h>) -> Self {
        let path = format!("{}\\{}", self.path, key.name());
        Self { path, depth: self.depth.saturating_add(1), key, budget: self.budget.clone() }
    }

    /// The path as it is spelled in the hive: `""` at the root, then a backslash and the name for each level.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Levels below the root, which is 0.
    #[must_use]
    pub fn depth(&self) -> u32 {
        self.depth
    }

    /// The name. Halves of surrogate pairs that stand alone become U+FFFD.
    #[must_use]
    pub fn name(&self) -> String {
        self.key.name()
    }

    /// The name as UTF-16, exactly as stored.
    #[must_use]
    pub fn name_units(&self) -> Vec<u16> {
        self.key.raw_name().units().collect()
    }

    /// When the key, one of its values or its list of subkeys was last changed.
    #[must_use]
    pub fn last_written(&self) -> Option<Timestamp> {
        Timestamp::from_filetime(self.key.last_written().ticks())
    }

    /// Bytes from the start of the hive file to the key's cell.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.key.offset().get()
    }

    /// The number of subkeys that the key names.
    #[must_use]
    pub fn subkey_count(&self) -> u32 {
        self.key.subkey_count()
    }

    /// The number of values that the key names.
    #[must_use]
    pub fn value_count(&self) -> u32 {
        self.key.value_count()
    }

    /// The target of a symbolic link; `None` for other keys.
    ///
    /// # Errors
    ///
    /// The value with the target cannot be read.
    pub fn link_target(&self) -> Result<Option<String>, BrowseError> {
        Ok(self.key.symlink_target()?)
    }

    /// The subkey of this name, in any case.
    ///
    /// # Errors
    ///
    /// It was not found, and a part of the list cannot be read.
    pub fn subkey(&self, name: &str) -> Result<Option<Self>, BrowseError> {
        Ok(self.key.subkey(name)?.map(|key| self.below(key)))
    }

    /// The subkeys in the order of their list. A bad element is an error, and the others follow.
    #[must_use]
    pub fn subkeys(&self) -> Subkeys<'h> {
        Subkeys { parent: self.clone(), subkeys: self.key.subkeys() }
    }

    /// The values in the order of their list. A bad element is an error, and the others follow.
    #[must_use]
    pub fn values(&self) -> Values<'h> {
        Values { budget: self.budget.clone(), values: self.key.values() }
    }

    /// The value of this name, in any case; `""` is the default value.
    ///
    /// # Errors
    ///
    /// It was not found, and a part of the list cannot be read.
    pub fn value(&self, name: &str) -> Result<Option<BrowsedValue<'h>>, BrowseError> {
        Ok(self.key.value(name)?.map(|value| BrowsedValue { budget: self.budget.clone(), value }))
    }
}

/// The subkeys of a key. See [`BrowsedKey::subkeys`].
pub struct Subkeys<'h> {
    parent: BrowsedKey<'h>,
    subkeys: regf::Subkeys<'h, Bytes>,
}

impl fmt::Debug for Subkeys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subkeys").field("parent", &self.parent).finish_non_exhaustive()
    }
}

impl<'h> Iterator for Subkeys<'h> {
    type Item = Result<BrowsedKey<'h>, BrowseError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.subkeys.next()?.map(|key| self.parent.below(key)).map_err(Into::into))
    }
}

/// The values of a key. See [`BrowsedKey::values`].
pub struct Values<'h> {
    budget: Budget,
    values: regf::Values<'h, Bytes>,
}

impl fmt::Debug for Values<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values").finish_non_exhaustive()
    }
}

impl<'h> Iterator for Values<'h> {
    type Item = Result<BrowsedValue<'h>, BrowseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let value = self.values.next()?;
        Some(value.map(|value| BrowsedValue { budget: self.budget.clone(), value }).map_err(Into::into))
    }
}

/// A value of a key.
#[derive(Clone)]
pub struct BrowsedValue<'h> {
    budget: Budget,
    value: HiveValue<'h>,
}

impl fmt::Debug for BrowsedValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowsedValue")
            .field("name", &self.name())
            .field("offset", &self.offset())
            .finish_non_exhaustive()
    }
}

impl<'h> BrowsedValue<'h> {
    /// The name; `""` is the default value. Halves of surrogate pairs that stand alone become U+FFFD.
    #[must_use]
    pub fn name(&self) -> String {
        self.value.name()
    }

    /// The name as UTF-16, exactly as stored.
    #[must_use]
    pub fn name_units(&self) -> Vec<u16> {
        self.value.raw_name().units().collect()
    }

    /// The number of the type.
    #[must_use]
    pub fn kind(&self) -> u32 {
        self.value.kind().0
    }

    /// The type as Windows calls it, else its number: `REG_SZ`, `0xffff0012`.
    #[must_use]
    pub fn kind_name(&self) -> String {
        self.value.kind().to_string()
    }

    /// The length of the data in bytes, as the value names it.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.value.data_size()
    }

    /// Bytes from the start of the hive file to the value's cell.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.value.offset().get()
    }

    /// The data.
    ///
    /// # Errors
    ///
    /// They cannot be read, or are more than the limit for one value; [`BrowseError::TooMuchData`] if the values of one
    /// walk, or of one key from [`BrowsedHive::key`](super::BrowsedHive::key) and all that was reached from it, together
    /// gave more data than the hive can hold.
    pub fn data(&self) -> Result<Cow<'h, [u8]>, BrowseError> {
        if !self.budget.spend(u64::from(self.size())) {
            return Err(BrowseError::TooMuchData { offset: self.offset() });
        }
        Ok(self.value.data()?)
    }
}
