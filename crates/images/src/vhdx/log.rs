//! The log of a VHDX: a ring of entries. What the newest complete sequence of them wrote is put over the file in memory.
//!
//! | offset | length | field of an entry's header | meaning |
//! |---|---|---|---|
//! | 0 | 4 | signature | `loge` |
//! | 4 | 4 | checksum | CRC-32C of the entry, these four bytes taken as zeros |
//! | 8 | 4 | entry length | multiple of 4 KiB |
//! | 12 | 4 | tail | where in the log the oldest entry lies that is to be applied with this one |
//! | 16 | 8 | sequence number | one more than that of the entry before; not 0 |
//! | 24 | 4 | descriptor count | |
//! | 32 | 16 | log GUID | as in the header of the file |
//! | 48 | 8 | flushed file offset | the file was at least so long |
//! | 56 | 8 | last file offset | the file is to be made at least so long |
//!
//! From byte 64 on follow the descriptors, 32 bytes each, filled up to 4 KiB; then a data sector for each data descriptor.
//!
//! | offset | length | field of a data descriptor | of a zero descriptor |
//! |---|---|---|---|
//! | 0 | 4 | `desc` | `zero` |
//! | 4 | 4 | the last 4 bytes of the page | – |
//! | 8 | 8 | the first 8 bytes of the page | length of the zeros |
//! | 16 | 8 | file offset | file offset |
//! | 24 | 8 | sequence number of the entry | the same |
//!
//! | offset | length | field of a data sector | meaning |
//! |---|---|---|---|
//! | 0 | 4 | signature | `data` |
//! | 4 | 4 | sequence high | upper half of the entry's sequence number |
//! | 8 | 4084 | data | bytes 8 to 4091 of the page |
//! | 4092 | 4 | sequence low | lower half |
//!
//! Source: \[MS-VHDX\] 2.3.

use std::collections::HashMap;
use std::sync::Arc;

use hivekey_read_at::{ReadAt, narrow, wide};

use super::header::Header;
use crate::anomaly::{Anomaly, Notes};
use crate::crc32c;
use crate::error::{Error, Structure};
use crate::limits::{LimitName, Limits};
use crate::offset::FileOffset;
use crate::patched::{Patched, Patches};
use crate::read::{Fields, part, read_vec};

/// Bytes to which entries and pages are aligned.
const SECTOR: usize = 4096;

/// Entries that are tried as the newest. More than one only if the log is damaged.
const MAX_HEADS: usize = 64;

/// How often the length of the log may be read to check its entries: once if they do not overlap, which only forged ones do.
const MAX_PASSES: u64 = 4;

/// A whole entry, put together where it wraps around the end of the ring.
struct Entry {
    bytes: Vec<u8>,
    sequence: u64,
    tail: u64,
    flushed: u64,
}

/// The ring.
struct Log<'a> {
    bytes: &'a [u8],
    guid: [u8; 16],
    offset: FileOffset,
}

/// `file` as it is once its log is applied.
pub(super) fn replay(
    file: Arc<dyn ReadAt>,
    header: &Header,
    limits: &Limits,
    notes: &Notes,
) -> Result<Arc<dyn ReadAt>, Error> {
    let Some(guid) = header.log_guid else { return Ok(file) };
    Error::check_limit(LimitName::LogBytes, header.log_length, limits.log_bytes)?;
    let structure = Structure::VhdxLogEntry;
    let bytes = read_vec(&file, structure, header.log_offset, narrow(header.log_length))?;
    let log = Log { bytes: &bytes, guid, offset: header.log_offset };
    let Some(sequence) = log.newest_sequence()? else {
        notes.add(Anomaly::LogUnusable);
        return Ok(file);
    };
    if let Some(flushed) = sequence.last().map(|entry| entry.flushed)
        && flushed > file.len()
    {
        notes.add(Anomaly::CutOff { structure, needed: flushed, available: file.len() });
    }
    let mut patches = Patches::default();
    for entry in &sequence {
        entry.apply(&mut patches, log.offset)?;
        Error::check_limit(LimitName::IndexEntries, wide(patches.count()), wide(limits.index_entries))?;
    }
    notes.add(Anomaly::LogReplayed { entries: wide(sequence.len()) });
    Ok(Arc::new(Patched::new(file, patches)))
}

impl Log<'_> {
    /// The entries to be applied, oldest first: those from its tail on, if the numbers between follow each other.
    fn newest_sequence(&self) -> Result<Option<Vec<Entry>>, Error> {
        let mut heads = self.heads()?;
        heads.sort_by_key(|(_, sequence, _)| std::cmp::Reverse(*sequence));
        let numbers: HashMap<usize, u64> = heads.iter().map(|(at, sequence, _)| (*at, *sequence)).collect();
        for (head, _, tail) in heads.iter().take(MAX_HEADS) {
            if let Some(entries) = self.walk(narrow(*tail), *head, &numbers) {
                return Ok(Some(entries));
            }
        }
        Ok(None)
    }

    /// Where whole entries begin, with their sequence numbers and tails.
    fn heads(&self) -> Result<Vec<(usize, u64, u64)>, Error> {
        let mut found = Vec::new();
        let mut checked = 0u64;
        let allowed = wide(self.bytes.len()).saturating_mul(MAX_PASSES);
        for at in (0..self.bytes.len()).step_by(SECTOR) {
            let Some(length) = self.length(at) else { continue };
            checked = checked.saturating_add(wide(length));
            Error::check_limit(LimitName::LogBytes, checked, allowed)?;
            if let Some(entry) = self.entry(at) {
                found.push((at, entry.sequence, entry.tail));
            }
        }
        Ok(found)
    }

    /// The entries from `tail` to `head`.
    fn walk(&self, tail: usize, head: usize, numbers: &HashMap<usize, u64>) -> Option<Vec<Entry>> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut at = tail;
        for _ in 0..numbers.len() {
            let entry = numbers.get(&at).and_then(|_| self.entry(at))?;
            if entries.last().is_some_and(|before| before.sequence.checked_add(1) != Some(entry.sequence)) {
                return None;
            }
            let next = at.checked_add(entry.bytes.len())?.checked_rem(self.bytes.len())?;
            entries.push(entry);
            if at == head {
                return Some(entries);
            }
            at = next;
        }
        None
    }

    const fn fields<'b>(&self, bytes: &'b [u8]) -> Fields<'b> {
        Fields::new(bytes, Structure::VhdxLogEntry, self.offset)
    }

    /// The length of the entry that seems to begin at `at`.
    fn length(&self, at: usize) -> Option<usize> {
        let head = self.fields(part(self.bytes, at, SECTOR)?);
        head.signature(b"loge").ok()?;
        let length = usize::try_from(head.u32(8).ok()?).ok()?;
        let is_of_log = head.array(32).ok()? == self.guid;
        (is_of_log && length != 0 && length.is_multiple_of(SECTOR) && length <= self.bytes.len()).then_some(length)
    }

    /// The entry that begins at `at`, if it is whole.
    fn entry(&self, at: usize) -> Option<Entry> {
        let length = self.length(at)?;
        let straight = self.bytes.get(at..)?;
        let bytes = match straight.get(..length) {
            Some(bytes) => bytes.to_vec(),
            None => [straight, self.bytes.get(..length.checked_sub(straight.len())?)?].concat(),
        };
        let fields = self.fields(&bytes);
        let sequence = fields.u64(16).ok()?;
        if sequence == 0 || fields.u32(4).ok()? != crc32c::with_hole(&bytes, 4) {
            return None;
        }
        let (tail, flushed) = (u64::from(fields.u32(12).ok()?), fields.u64(48).ok()?);
        Some(Entry { sequence, tail, flushed, bytes })
    }
}

impl Entry {
    /// Puts what the entry wrote into `patches`.
    fn apply(&self, patches: &mut Patches, log: FileOffset) -> Result<(), Error> {
        let fields = Fields::new(&self.bytes, Structure::VhdxLogEntry, log);
        let count = usize::try_from(fields.u32(24)?).unwrap_or(usize::MAX);
        let mut data_at = count.saturating_mul(32).saturating_add(64).div_ceil(SECTOR).saturating_mul(SECTOR);
        let descriptors = self.bytes.get(64..).unwrap_or_default().chunks_exact(32).take(count);
        for descriptor in descriptors {
            let descriptor = Fields::new(descriptor, Structure::VhdxLogEntry, log);
            let sequence = descriptor.u64(24)?;
            if sequence != self.sequence {
                return Err(descriptor.wrong("sequence number of a descriptor", sequence, "that of its entry"));
            }
            let target = descriptor.u64(16)?;
            match &descriptor.array::<4>(0)? {
                b"zero" => patches.clear(target, descriptor.u64(8)?),
                b"desc" => {
                    let sector = Fields::new(fields.slice(data_at, SECTOR)?, Structure::VhdxLogEntry, log);
                    sector.signature(b"data")?;
                    let page = [descriptor.slice(8, 8)?, sector.slice(8, 4084)?, descriptor.slice(4, 4)?].concat();
                    patches.put(target, &page);
                    data_at = data_at.saturating_add(SECTOR);
                }
                other => {
                    return Err(descriptor.wrong(
                        "signature of a descriptor",
                        u32::from_le_bytes(*other),
                        "desc or zero",
                    ));
                }
            }
        }
        Ok(())
    }
}
