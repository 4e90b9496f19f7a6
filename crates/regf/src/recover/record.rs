//! Records in unused space: found by signature, accepted if every field can be true.

use alloc::borrow::Cow;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use super::unallocated::Unallocated;
use crate::bin;
use crate::cell::HEADER_LEN;
use crate::cell_set::CellSet;
use crate::error::Error;
use crate::hive::Hive;
use crate::key_node::{self, KeyFlags, KeyNode};
use crate::key_value::{self, DataPlace, KeyValue};
use crate::name::Name;
use crate::offset::{BINS_START, CellOffset, FileOffset};
use crate::read::{ReadAt, array, range, wide};
use crate::time::FileTime;

/// Bytes that are searched at once.
const WINDOW: u64 = 1 << 16;

/// Cells start at multiples of this.
const STEP: u64 = 8;

/// Longest name of a key, in bytes: 255 characters of UTF-16.
const MAX_KEY_NAME: u16 = 510;

/// Longest name of a value, in bytes: 16 383 characters of UTF-16.
const MAX_VALUE_NAME: u16 = 32_766;

/// The longest record that a search can meet.
const MAX_RECORD: u64 = 33_000;

/// All flags of a key that have a meaning.
const KNOWN_KEY_FLAGS: u16 = 0x03FF;

/// All flags of a value that have a meaning.
const KNOWN_VALUE_FLAGS: u16 = 0x0003;

/// 1990 to 2100: no key was written before the first registry, or long after this crate.
const PLAUSIBLE_TIMES: core::ops::Range<u64> = 122_756_256_000_000_000..157_469_184_000_000_000;

/// The last type that Windows defines, and the upper half of the types of device properties.
const LAST_TYPE: u32 = 11;
const DEVICE_PROPERTY: u32 = 0xFFFF;

/// A deleted key.
#[derive(Clone, Debug)]
pub(crate) struct KeyRecord {
    pub(crate) at: CellOffset,
    pub(crate) node: KeyNode,
    pub(crate) name: String,
}

/// A deleted value.
#[derive(Clone, Debug)]
pub(crate) struct ValueRecord {
    pub(crate) at: CellOffset,
    pub(crate) record: KeyValue,
    pub(crate) name: String,
}

/// A record in unused space.
#[derive(Clone, Debug)]
pub(crate) enum Record {
    Key(KeyRecord),
    Value(ValueRecord),
}

/// The records of a stretch, in its order.
pub(crate) fn search<'h, S: ReadAt>(hive: &'h Hive<S>, region: &Unallocated) -> Search<'h, S> {
    // A stretch may start with the content of a cell whose size field lies before it (slack); a cell starts at a
    // multiple of 8, counted from the bins as from the file.
    let start = region.offset.get().checked_next_multiple_of(STEP).unwrap_or(u64::MAX);
    Search { hive, at: start, end: region.end().get().min(hive.data_end().get()), found: VecDeque::new() }
}

/// The search of one stretch.
pub(crate) struct Search<'h, S> {
    hive: &'h Hive<S>,
    at: u64,
    end: u64,
    found: VecDeque<Record>,
}

impl<S: ReadAt> Search<'_, S> {
    /// Searches the next window: `WINDOW` bytes of starts, with so many behind them that the longest record fits.
    fn fill(&mut self) -> Result<(), Error> {
        let left = self.end.saturating_sub(self.at);
        let len = usize::try_from(left.min(WINDOW.saturating_add(MAX_RECORD))).unwrap_or(usize::MAX);
        let bytes = self.hive.source().read_at(self.at, len)?;
        let starts = left.min(WINDOW);
        let mut skip = 0u64;
        while skip < starts {
            let record = range_from(&bytes, skip).and_then(|bytes| self.record(self.at.saturating_add(skip), bytes));
            let used = match record {
                Some((record, used)) => {
                    self.found.push_back(record);
                    used
                }
                None => STEP,
            };
            skip = skip.saturating_add(used);
        }
        self.at = self.at.saturating_add(skip);
        Ok(())
    }

    /// The record in a cell that starts with `bytes`, and the bytes that it takes.
    fn record(&self, at: u64, bytes: &[u8]) -> Option<(Record, u64)> {
        let offset = FileOffset(at);
        let content = bytes.get(HEADER_LEN..)?;
        let (record, len) = match &array::<2>(content, 0)? {
            b"nk" => self.key(offset.cell()?, content)?,
            b"vk" => self.value(offset.cell()?, content)?,
            _ => return None,
        };
        Some((record, wide(len.saturating_add(HEADER_LEN)).checked_next_multiple_of(STEP)?))
    }

    fn key(&self, at: CellOffset, content: &[u8]) -> Option<(Record, usize)> {
        let node = KeyNode::parse(content, at.file()).ok()?;
        let compressed = node.flags.contains(KeyFlags::COMPRESSED_NAME);
        let plausible = node.flags.0 & !KNOWN_KEY_FLAGS == 0
            && matches!(node.name_len, 1..=MAX_KEY_NAME)
            && plausible_time(node.last_written)
            && [node.parent, node.subkey_list, node.value_list, node.security, node.class_name]
                .into_iter()
                .all(|reference| self.plausible_reference(reference));
        let name = plausible.then(|| plausible_name(content, key_node::LEN, node.name_len, compressed, true))??;
        let len = key_node::LEN.saturating_add(usize::from(node.name_len));
        Some((Record::Key(KeyRecord { at, node, name }), len))
    }

    fn value(&self, at: CellOffset, content: &[u8]) -> Option<(Record, usize)> {
        let record = KeyValue::parse(content, at.file()).ok()?;
        let reference = match record.data {
            DataPlace::Cell(reference) => reference,
            DataPlace::Resident => None,
        };
        let plausible = record.flags & !KNOWN_VALUE_FLAGS == 0
            && record.name_len <= MAX_VALUE_NAME
            && (record.kind.0 <= LAST_TYPE || record.kind.0 >> 16 == DEVICE_PROPERTY)
            && u64::from(record.data_size) <= self.hive.data_end().get()
            && self.plausible_reference(reference);
        let name = plausible
            .then(|| plausible_name(content, key_value::LEN, record.name_len, record.compressed_name(), false))??;
        let len = key_value::LEN.saturating_add(usize::from(record.name_len));
        Some((Record::Value(ValueRecord { at, record, name }), len))
    }

    /// Whether a reference is empty or names a place where a cell can be.
    fn plausible_reference(&self, reference: Option<CellOffset>) -> bool {
        reference.is_none_or(|at| {
            u64::from(at.get()).is_multiple_of(STEP)
                && u64::from(at.get()) >= wide(bin::LEN)
                && at.file() < self.hive.data_end()
        })
    }
}

fn plausible_time(time: FileTime) -> bool {
    time.is_zero() || PLAUSIBLE_TIMES.contains(&time.ticks())
}

fn range_from(bytes: &[u8], skip: u64) -> Option<&[u8]> {
    let left = bytes.len().checked_sub(usize::try_from(skip).ok()?)?;
    range(bytes, skip, left)
}

/// The name at `start` of a record, if it has no control characters (nor, in a key, a backslash).
fn plausible_name(content: &[u8], start: usize, len: u16, compressed: bool, of_key: bool) -> Option<String> {
    let bytes = content.get(start..start.checked_add(usize::from(len))?)?;
    let name = Name::new(Cow::Borrowed(bytes), compressed);
    let text = name.to_text();
    let clean = !text.chars().any(|c| c.is_control() || (of_key && c == '\\'));
    (clean && name.is_exact()).then_some(text)
}

impl<S: ReadAt> Iterator for Search<'_, S> {
    type Item = Result<Record, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(record) = self.found.pop_front() {
                return Some(Ok(record));
            }
            if self.at.saturating_add(STEP) > self.end {
                return None;
            }
            if let Err(error) = self.fill() {
                self.at = self.end;
                return Some(Err(error));
            }
        }
    }
}

/// Runs of references in a stretch: places of 4 bytes each that name cells in a set, one behind the other.
pub(crate) fn reference_runs<S: ReadAt>(
    hive: &Hive<S>,
    region: &Unallocated,
    known: &CellSet,
    mut run: impl FnMut(&[CellOffset]),
) {
    let mut current = Vec::new();
    let end = region.end().get().min(hive.data_end().get());
    let mut at = region.offset.get().max(BINS_START).checked_next_multiple_of(4).unwrap_or(end);
    while at < end {
        let len = usize::try_from(end.saturating_sub(at).min(WINDOW)).unwrap_or(usize::MAX);
        let Ok(bytes) = hive.source().read_at(at, len) else { break };
        for number in bytes.as_chunks::<4>().0 {
            match CellOffset::from_field(u32::from_le_bytes(*number)).filter(|&cell| known.contains(cell)) {
                Some(cell) => current.push(cell),
                None if current.is_empty() => {}
                None => {
                    run(&current);
                    current.clear();
                }
            }
        }
        at = at.saturating_add(WINDOW);
    }
    if !current.is_empty() {
        run(&current);
    }
}
