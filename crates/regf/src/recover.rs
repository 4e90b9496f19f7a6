//! Deleted keys and values: records in space that no live key refers to.
//!
//! A deleted record stays where it was until its space is used again: in a free cell (which may have grown over several
//! old cells), in a cell that is marked used but referred to by nothing, behind the content of a cell that was used again
//! for something shorter, or in a stretch where the chain of bins or cells is broken. All of these are searched at every
//! place where a record can start. In a hive whose tree is beyond repair all cells are referred to by nothing, so that
//! the whole file is searched.
//!
//! A key names its parent, which gives its path as far as the parents are still there. A value names no key: its key is
//! the deleted one whose list names it, or the live one whose list once did, as the rest of the list cell or an old copy
//! of the list in free space shows.

mod owners;
mod reachable;
mod record;
mod unallocated;

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::anomaly::{Anomaly, AnomalyKind};
use crate::big_data;
use crate::budget::Budget;
use crate::cell::Cell;
use crate::error::{Error, Structure};
use crate::hive::Hive;
use crate::key_node::KeyNode;
use crate::key_value::{DataPlace, KeyValue};
use crate::limits::{Limit, Limits};
use crate::offset::{CellOffset, FileOffset};
use crate::read::ReadAt;
use crate::value::DataCell;
use owners::Owners;
use reachable::Reachable;
use record::Record;
pub use unallocated::{RegionKind, Unallocated};

/// How sure it is that a recovered record is what it seems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// The record is whole, but the cells of its data are used again (or gone): what is read there may be something
    /// else. A key of which not one parent is known.
    Low,
    /// The record and its data are whole, but which key it belonged to is not known; a key whose path is known in part.
    Medium,
    /// The record and its data are whole, and its key is known.
    High,
}

/// What became of the data of a recovered value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DataState {
    /// There are none, or they stand in the record itself.
    Resident,
    /// Their cells are still unused.
    Intact,
    /// A cell of theirs is in use by something else.
    Reused,
    /// The reference leads nowhere.
    Missing,
}

/// A deleted key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoveredKey {
    /// Where its cell lies, as [`Key::offset`](crate::Key::offset).
    pub offset: FileOffset,
    /// Its name, lossily decoded.
    pub name: String,
    /// Its fixed fields; subkey and value lists may be used again.
    pub node: KeyNode,
    /// Its path, as far as its parents are known: with a leading backslash from the root on, without one from the first
    /// parent that is known.
    pub path: String,
    /// Whether the path leads to the root.
    pub path_complete: bool,
    /// What the space is now.
    pub region: RegionKind,
    /// How sure it is.
    pub certainty: Certainty,
}

/// A deleted value.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoveredValue {
    /// Where its cell lies, as [`Value::offset`](crate::Value::offset).
    pub offset: FileOffset,
    /// Its name, lossily decoded.
    pub name: String,
    /// Its fixed fields.
    pub record: KeyValue,
    /// Its key, live or deleted, if that could be found.
    pub key: Option<FileOffset>,
    /// The path of its key, as in [`RecoveredKey::path`]; empty for the root and if the key is not known.
    pub path: String,
    /// Whether the path leads to the root.
    pub path_complete: bool,
    /// Where the first byte of the data lies.
    pub data_offset: Option<FileOffset>,
    /// What became of the data.
    pub data_state: DataState,
    /// What the space of the record is now.
    pub region: RegionKind,
    /// How sure it is.
    pub certainty: Certainty,
}

impl RecoveredValue {
    /// The data, as they stand now at the place that the record names.
    ///
    /// # Errors
    /// The reference leads nowhere, or there are fewer bytes than the record names.
    pub fn data<'h, S: ReadAt>(&self, hive: &'h Hive<S>) -> Result<Cow<'h, [u8]>, Error> {
        match locate(hive, self.offset, &self.record)? {
            Data::None => Ok(Cow::Borrowed(&[])),
            Data::Resident(at) => Ok(hive.source().read_at(at.get(), data_len(&self.record))?),
            Data::Cell(DataCell::Plain(cell)) => hive.content(Structure::ValueData, cell, 0, data_len(&self.record)),
            Data::Cell(DataCell::Big(cell)) => {
                big_data::read(hive, cell, data_len(&self.record), Hive::any_cell).map(Cow::Owned)
            }
        }
    }
}

/// What [`recover_deleted`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovered {
    /// Deleted keys, in the order of the file.
    pub keys: Vec<RecoveredKey>,
    /// Deleted values, in the order of the file.
    pub values: Vec<RecoveredValue>,
    /// The space that was searched, in the order of the file: for callers that look for data without a record.
    pub ranges: Vec<Unallocated>,
    /// What is wrong with bins and cells.
    pub anomalies: Vec<Anomaly>,
    /// The limit that ended the search early.
    pub limit_reached: Option<Limit>,
}

/// Searches the space that no live key refers to for keys and values.
///
/// Reads the whole hive. What is found is never among the live keys and values of the same hive.
pub fn recover_deleted<S: ReadAt>(hive: &Hive<S>, limits: &Limits) -> Recovered {
    let reachable = Reachable::of(hive);
    let (ranges, anomalies) = unallocated::ranges(hive, &reachable);
    let mut found = Recovered { ranges, anomalies, ..Recovered::default() };
    let mut keys = Vec::new();
    let mut values = Vec::new();
    'search: for region in &found.ranges {
        for item in record::search(hive, region) {
            let count = keys.len().saturating_add(values.len());
            if crate::read::wide(count) >= limits.max_recovered {
                found.limit_reached = Some(Limit::Recovered);
                break 'search;
            }
            match item {
                // In a broken hive the slack of one cell may hold another one that is live.
                Ok(Record::Key(key)) if reachable.contains(key.at) => {}
                Ok(Record::Value(value)) if reachable.contains(value.at) => {}
                Ok(Record::Key(key)) => keys.push((key, region.kind)),
                Ok(Record::Value(value)) => values.push((value, region.kind)),
                Err(error) => {
                    let kind = AnomalyKind::Unreadable(Box::new(error));
                    found.anomalies.push(Anomaly { offset: region.offset, kind });
                    break;
                }
            }
        }
    }
    let owners = Owners::new(hive, &reachable, &found.ranges, &keys, &values);
    let mut budget = Budget::new(limits.max_path_bytes);
    let mut segments = Budget::new(limits.max_elements);
    for (key, region) in keys {
        found.keys.push(recovered_key(&owners, &mut budget, key, region));
    }
    for (value, region) in values {
        let value = recovered_value(hive, &found.ranges, &owners, (&mut budget, &mut segments), value, region);
        found.values.push(value);
    }
    if segments.is_exhausted() {
        found.limit_reached = Some(Limit::Elements);
    }
    if budget.is_exhausted() {
        found.limit_reached = Some(Limit::PathBytes);
    }
    found
}

fn recovered_key<S: ReadAt>(
    owners: &Owners<'_, '_, S>,
    budget: &mut Budget,
    key: record::KeyRecord,
    region: RegionKind,
) -> RecoveredKey {
    let path = owners.path(key.at, budget);
    let certainty = if path.complete {
        Certainty::High
    } else if path.levels > 1 {
        Certainty::Medium
    } else {
        Certainty::Low
    };
    RecoveredKey {
        offset: key.at.file(),
        name: key.name,
        node: key.node,
        path: path.text,
        path_complete: path.complete,
        region,
        certainty,
    }
}

fn recovered_value<S: ReadAt>(
    hive: &Hive<S>,
    ranges: &[Unallocated],
    owners: &Owners<'_, '_, S>,
    (paths, segments): (&mut Budget, &mut Budget),
    value: record::ValueRecord,
    region: RegionKind,
) -> RecoveredValue {
    let owner = owners.of_value(value.at);
    let path = owner.map(|key| owners.path(key, paths)).unwrap_or_default();
    let offset = value.at.file();
    let (data_offset, data_state) = judge_data(hive, ranges, segments, offset, &value.record);
    let certainty = match data_state {
        DataState::Reused | DataState::Missing => Certainty::Low,
        DataState::Resident | DataState::Intact if owner.is_some() => Certainty::High,
        DataState::Resident | DataState::Intact => Certainty::Medium,
    };
    RecoveredValue {
        offset,
        name: value.name,
        record: value.record,
        key: owner.map(CellOffset::file),
        path: path.text,
        path_complete: path.complete,
        data_offset,
        data_state,
        region,
        certainty,
    }
}

/// Where the data of a record are.
enum Data {
    None,
    Resident(FileOffset),
    Cell(DataCell),
}

fn data_len(record: &KeyValue) -> usize {
    usize::try_from(record.data_size).unwrap_or(usize::MAX)
}

fn locate<S: ReadAt>(hive: &Hive<S>, offset: FileOffset, record: &KeyValue) -> Result<Data, Error> {
    if record.data_size == 0 {
        return Ok(Data::None);
    }
    let max = hive.options().limits.max_value_len;
    if record.data_size > max {
        return Err(Error::LimitReached { limit: Limit::ValueLen, max: u64::from(max) });
    }
    match record.data {
        DataPlace::Resident => Ok(Data::Resident(crate::value::resident_offset(offset))),
        DataPlace::Cell(None) => Err(Error::NoCell { structure: Structure::ValueData, offset }),
        DataPlace::Cell(Some(at)) => {
            let cell = hive.any_cell(Structure::ValueData, at)?;
            DataCell::of(hive, cell, record.data_size).map(Data::Cell)
        }
    }
}

/// Where the data start and whether their space is still unused.
fn judge_data<S: ReadAt>(
    hive: &Hive<S>,
    ranges: &[Unallocated],
    segments: &mut Budget,
    offset: FileOffset,
    record: &KeyValue,
) -> (Option<FileOffset>, DataState) {
    let unused = |cell: Cell, len: usize| len <= cell.len && unallocated::covers(ranges, cell.content, len);
    let state = |unused: bool| if unused { DataState::Intact } else { DataState::Reused };
    match locate(hive, offset, record) {
        Ok(Data::None) => (None, DataState::Resident),
        Ok(Data::Resident(at)) => (Some(at), DataState::Resident),
        Ok(Data::Cell(DataCell::Plain(cell))) => {
            let len = data_len(record);
            if len > cell.len { (None, DataState::Missing) } else { (Some(cell.content), state(unused(cell, len))) }
        }
        Ok(Data::Cell(DataCell::Big(cell))) => {
            if !segments.spend(big_data::segments_of(data_len(record))) {
                return (None, DataState::Missing);
            }
            let mut all_unused = true;
            let first = big_data::for_each_segment(hive, cell, data_len(record), Hive::any_cell, |segment, len| {
                all_unused &= unused(segment, len);
            });
            match first {
                Ok(first) => (first, state(all_unused)),
                Err(_) => (None, DataState::Missing),
            }
        }
        Err(_) => (None, DataState::Missing),
    }
}

/// Records by their cells.
type ByCell<T> = BTreeMap<CellOffset, T>;
