//! The list of a key's values.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 × n | value offsets | n stands in the key node; no signature, no order |
//!
//! Source: M. Suhanov, "Windows registry file format specification", key values list.

use alloc::borrow::Cow;
use core::fmt;

use crate::error::{Error, Structure};
use crate::hive::Hive;
use crate::key::Key;
use crate::offset::{CellOffset, FileOffset};
use crate::read::{ReadAt, u32_at, wide};
use crate::value::Value;

const ELEMENT_LEN: usize = 4;

/// The values of a key, in the order of their list. A bad element is one error; the others follow.
pub struct Values<'h, S> {
    hive: &'h Hive<S>,
    list: Cow<'h, [u8]>,
    list_at: FileOffset,
    next: usize,
    /// What is wrong with the list itself, told after the elements that are there.
    trailing: Option<Error>,
}

impl<S> fmt::Debug for Values<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values").field("list_at", &self.list_at).finish_non_exhaustive()
    }
}

impl<'h, S: ReadAt> Values<'h, S> {
    pub(crate) fn new(key: &Key<'h, S>) -> Self {
        let hive = key.hive();
        let empty = Self { hive, list: Cow::Borrowed(&[]), list_at: key.offset(), next: 0, trailing: None };
        let count = key.value_count();
        if count == 0 {
            return empty;
        }
        let Some(at) = key.node().value_list else {
            return Self {
                trailing: Some(Error::NoCell { structure: Structure::ValueList, offset: key.offset() }),
                ..empty
            };
        };
        match Self::read_list(hive, at, count) {
            Ok((list, trailing)) => Self { list, list_at: at.file(), trailing, ..empty },
            Err(error) => Self { trailing: Some(error), ..empty },
        }
    }

    /// A list that is not to be read, for the reason given.
    pub(crate) fn refused(key: &Key<'h, S>, error: Error) -> Self {
        Self { hive: key.hive(), list: Cow::Borrowed(&[]), list_at: key.offset(), next: 0, trailing: Some(error) }
    }

    fn read_list(hive: &'h Hive<S>, at: CellOffset, count: u32) -> Result<(Cow<'h, [u8]>, Option<Error>), Error> {
        let structure = Structure::ValueList;
        let cell = hive.cell(structure, at)?;
        let declared = usize::try_from(count).unwrap_or(usize::MAX);
        let len = declared.min(cell.len.checked_div(ELEMENT_LEN).unwrap_or(0));
        let list = hive.content(structure, cell, 0, len.saturating_mul(ELEMENT_LEN))?;
        let trailing = (declared > len).then(|| Error::Truncated {
            structure,
            offset: cell.content,
            needed: u64::from(count).saturating_mul(wide(ELEMENT_LEN)),
            available: wide(cell.len),
        });
        Ok((list, trailing))
    }
}

impl<'h, S: ReadAt> Iterator for Values<'h, S> {
    type Item = Result<Value<'h, S>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let Some(field) = u32_at(&self.list, self.next) else {
            return self.trailing.take().map(Err);
        };
        self.next = self.next.saturating_add(ELEMENT_LEN);
        Some(match CellOffset::from_field(field) {
            Some(at) => Value::read(self.hive, at),
            None => Err(Error::NoCell { structure: Structure::KeyValue, offset: self.list_at }),
        })
    }
}
