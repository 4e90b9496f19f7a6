//! Marks every cell that the live tree refers to.

use alloc::vec::Vec;
use core::ops::Range;

use crate::big_data;
use crate::budget::Budget;
use crate::cell_set::CellSet;
use crate::error::Structure;
use crate::hive::Hive;
use crate::key::Key;
use crate::key_node;
use crate::key_value::{self, DataPlace};
use crate::offset::{CellOffset, FileOffset};
use crate::read::{ReadAt, u32_at, wide};
use crate::security;
use crate::subkey_list::{List, ListKind};
use crate::value::{DataCell, Value};

/// The shortest record: a value without a name, and the size field before it.
const MIN_SLACK: usize = key_value::LEN + crate::cell::HEADER_LEN;

/// Bytes behind the end of a value list that are taken for former elements.
const MAX_LIST_REST: usize = 4096;

/// What the live tree refers to.
#[derive(Debug, Default)]
pub(crate) struct Reachable {
    cells: CellSet,
    /// Bytes behind the content of cells in use, by their place in the file.
    pub(crate) slack: Vec<Range<u64>>,
    /// Live values and their keys, sorted by the value.
    pub(crate) values: Vec<(CellOffset, CellOffset)>,
    /// References behind the end of live value lists, and their keys.
    pub(crate) former_values: Vec<(CellOffset, CellOffset)>,
}

impl Reachable {
    /// Walks the whole tree.
    pub(crate) fn of<S: ReadAt>(hive: &Hive<S>) -> Self {
        let limits = &hive.options().limits;
        let mut marker = Marker {
            hive,
            found: Self::default(),
            elements: Budget::new(limits.max_elements),
            slack: Budget::new(hive.data_end().get()),
        };
        for item in hive.walk().flatten() {
            marker.key(&item.key);
        }
        marker.found.values.sort_unstable();
        marker.found.former_values.sort_unstable();
        marker.found
    }

    pub(crate) fn contains(&self, at: CellOffset) -> bool {
        self.cells.contains(at)
    }

    /// The cells that start in a part of the file, in order.
    pub(crate) fn cells_between(&self, start: FileOffset, end: FileOffset) -> impl Iterator<Item = CellOffset> + '_ {
        let range = start.cell().zip(FileOffset(end.get().saturating_sub(1)).cell());
        range.into_iter().flat_map(|(first, last)| self.cells.between(first, last))
    }
}

struct Marker<'h, S> {
    hive: &'h Hive<S>,
    found: Reachable,
    /// Elements of lists that may still be gone through, besides those of the walk.
    elements: Budget,
    /// Bytes of slack that may still be noted: as many as the hive has.
    slack: Budget,
}

impl<S: ReadAt> Marker<'_, S> {
    /// Marks a cell whose content takes `used` bytes; whether it was not marked before.
    fn mark(&mut self, structure: Structure, at: CellOffset, used: usize) -> bool {
        if !self.found.cells.insert(at) {
            return false;
        }
        if let Ok(cell) = self.hive.any_cell(structure, at)
            && cell.len.saturating_sub(used) >= MIN_SLACK
        {
            let start = cell.content.plus(wide(used)).get();
            let end = cell.content.plus(wide(cell.len)).get();
            if self.slack.spend(end.saturating_sub(start)) {
                self.found.slack.push(start..end);
            }
        }
        true
    }

    fn key(&mut self, key: &Key<'_, S>) {
        let node = key.node();
        let used = key_node::LEN.saturating_add(usize::from(node.name_len));
        self.mark(Structure::KeyNode, key.cell(), used);
        if let Some(at) = node.class_name {
            self.mark(Structure::ClassName, at, usize::from(node.class_name_len));
        }
        if let Some(at) = node.security.filter(|&at| !self.found.contains(at))
            && let Ok(Some(security)) = key.security()
        {
            self.mark(Structure::Security, at, security::LEN.saturating_add(security.descriptor.len()));
        }
        if let (Some(at), true) = (node.subkey_list, node.subkey_count > 0) {
            self.subkey_list(at);
        }
        if let (Some(at), true) = (node.value_list, key.value_count() > 0) {
            self.value_list(key, at);
        }
        for value in key.values().flatten() {
            self.value(key, &value);
        }
    }

    fn subkey_list(&mut self, at: CellOffset) {
        let Ok(list) = List::read(self.hive, at) else { return };
        if !self.mark(Structure::SubkeyList, at, list.used()) || list.kind != ListKind::IndexRoot {
            return;
        }
        for leaf in (0..list.len).filter_map(|index| list.element(Structure::SubkeyList, index)?.ok()) {
            if self.elements.is_exhausted() {
                return;
            }
            if let Ok(list) = List::read(self.hive, leaf)
                && self.elements.spend(wide(list.len))
            {
                self.mark(Structure::SubkeyList, leaf, list.used());
            }
        }
    }

    fn value_list(&mut self, key: &Key<'_, S>, at: CellOffset) {
        let used = usize::try_from(key.value_count()).unwrap_or(usize::MAX).saturating_mul(4);
        if !self.mark(Structure::ValueList, at, used) {
            return;
        }
        let structure = Structure::ValueList;
        let Ok(cell) = self.hive.any_cell(structure, at) else { return };
        let rest = cell.len.saturating_sub(used).min(MAX_LIST_REST);
        if !self.elements.spend(wide(rest) >> 2) {
            return;
        }
        let Ok(rest) = self.hive.content(structure, cell, used.min(cell.len), rest) else { return };
        let former = (0..rest.len()).step_by(4).filter_map(|at| CellOffset::from_field(u32_at(&rest, at)?));
        self.found.former_values.extend(former.map(|value| (value, key.cell())));
    }

    fn value(&mut self, key: &Key<'_, S>, value: &Value<'_, S>) {
        let record = value.record();
        let used = key_value::LEN.saturating_add(usize::from(record.name_len));
        if !self.mark(Structure::KeyValue, value.cell(), used) {
            return;
        }
        self.found.values.push((value.cell(), key.cell()));
        let (DataPlace::Cell(Some(at)), 1..) = (record.data, record.data_size) else { return };
        let size = usize::try_from(record.data_size).unwrap_or(usize::MAX);
        let structure = Structure::ValueData;
        match self.hive.cell(structure, at).and_then(|cell| DataCell::of(self.hive, cell, record.data_size)) {
            Ok(DataCell::Plain(_)) => {
                self.mark(structure, at, size);
            }
            Ok(DataCell::Big(cell)) => {
                let segments = big_data::segments_of(size);
                if self.mark(Structure::BigData, at, big_data::LEN) && self.elements.spend(segments) {
                    let mut cells = Vec::new();
                    let list = big_data::list_cell(self.hive, cell);
                    let _ = big_data::for_each_segment(self.hive, cell, size, Hive::cell, |segment, len| {
                        cells.push((segment, len));
                    });
                    for (segment, len) in cells {
                        if let Some(at) = segment.offset() {
                            self.mark(Structure::Segment, at, len);
                        }
                    }
                    if let Ok((at, used)) = list {
                        self.mark(Structure::SegmentList, at, used);
                    }
                }
            }
            Err(_) => {}
        }
    }
}
