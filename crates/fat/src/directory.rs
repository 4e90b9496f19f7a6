//! The files and folders of a folder, in its order.

use hivekey_read_at::wide;

use crate::anomaly::Anomaly;
use crate::entry::{Entry, Listing};
use crate::entry_set;
use crate::error::{Error, Structure};
use crate::geometry::FatKind;
use crate::limits::{Limit, MAX_BAD_ENTRIES};
use crate::long_name::LongName;
use crate::read::Fields;
use crate::records::{Record, Records};
use crate::short_entry::{self, ShortKind};
use crate::volume::Fat;

/// Goes through a folder. An error is damage that was passed over: what follows it, if anything, can still be had.
pub(crate) struct Walk<'a> {
    records: Records<'a>,
    kind: FatKind,
    long_name: LongName,
    /// An entry that was read and belongs to what comes next.
    pending: Option<Record>,
    damaged: usize,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(volume: &'a Fat, folder: &Entry) -> Result<Self, Error> {
        let records = Records::new(volume, folder)?;
        Ok(Self { records, kind: volume.kind(), long_name: LongName::default(), pending: None, damaged: 0 })
    }

    fn next_fat(&mut self) -> Option<Result<Entry, Error>> {
        loop {
            let record = match self.records.next()? {
                Ok(record) => record,
                Err(error) => {
                    self.long_name.clear();
                    return Some(Err(error));
                }
            };
            let fields = Fields::new(&record.bytes, Structure::DirectoryEntry, record.offset);
            let kind = match short_entry::kind(&fields) {
                Ok(kind) => kind,
                Err(error) => return Some(Err(error)),
            };
            match kind {
                ShortKind::End => {
                    self.records.stop();
                    return None;
                }
                ShortKind::Deleted | ShortKind::LeftOut => self.long_name.clear(),
                ShortKind::LongNamePart => {
                    if let Err(error) = self.long_name.push(&fields) {
                        return Some(Err(error));
                    }
                }
                ShortKind::File => {
                    let entry = short_entry::parse(&fields, record.offset, self.kind, |name| self.long_name.take(name));
                    self.long_name.clear();
                    return Some(entry);
                }
            }
        }
    }

    fn next_exfat(&mut self) -> Option<Result<Entry, Error>> {
        loop {
            let record = match self.pending.take() {
                Some(record) => record,
                None => match self.records.next()? {
                    Ok(record) => record,
                    Err(error) => return Some(Err(error)),
                },
            };
            let [kind, secondaries, ..] = record.bytes;
            match kind {
                entry_set::END => {
                    self.records.stop();
                    return None;
                }
                entry_set::FILE => return Some(self.set(&record, secondaries)),
                // Not in use, or about the volume.
                _ => {}
            }
        }
    }

    /// The set of entries that starts with `first`.
    fn set(&mut self, first: &Record, secondaries: u8) -> Result<Entry, Error> {
        let mut bytes = first.bytes.to_vec();
        for _ in 0..secondaries {
            match self.records.next() {
                Some(Ok(record)) if record.bytes.first().copied().is_some_and(entry_set::is_secondary) => {
                    bytes.extend(record.bytes);
                }
                Some(Err(error)) => return Err(error),
                other => {
                    self.pending = other.and_then(Result::ok);
                    let fields = Fields::new(&bytes, Structure::EntrySet, first.offset);
                    return Err(fields.wrong("number of entries that follow", secondaries, "as many as there are"));
                }
            }
        }
        entry_set::parse(&bytes, first.offset)
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<Entry, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = match self.kind {
            FatKind::ExFat => self.next_exfat(),
            _ => self.next_fat(),
        };
        if !matches!(next, Some(Err(_))) {
            return next;
        }
        self.damaged = self.damaged.saturating_add(1);
        if self.damaged <= MAX_BAD_ENTRIES {
            return next;
        }
        self.records.stop();
        self.pending = None;
        let (limit, max) = (Limit::BadEntries, wide(MAX_BAD_ENTRIES));
        Some(Err(Error::LimitReached { limit, max }))
    }
}

/// What a folder holds, at most `limit` entries.
pub(crate) fn list(volume: &Fat, folder: &Entry, limit: usize) -> Listing {
    let mut listing = Listing { entries: Vec::new(), complete: true };
    let walk = match Walk::new(volume, folder) {
        Ok(walk) => walk,
        Err(error) => {
            note(volume, folder, error);
            listing.complete = false;
            return listing;
        }
    };
    for found in walk {
        match found {
            Ok(_) if listing.entries.len() >= limit => {
                listing.complete = false;
                break;
            }
            Ok(entry) => listing.entries.push(entry),
            Err(error) => {
                note(volume, folder, error);
                listing.complete = false;
            }
        }
    }
    listing
}

/// The entry of a folder with a name. `Ok(None)` only if all of the folder could be read.
pub(crate) fn lookup(volume: &Fat, folder: &Entry, name: &str) -> Result<Option<Entry>, Error> {
    let mut damage = None;
    for found in Walk::new(volume, folder)? {
        match found {
            Ok(entry) if entry.is_named(name) => return Ok(Some(entry)),
            Ok(_) => {}
            Err(error) => {
                note(volume, folder, error.clone());
                damage.get_or_insert(error);
            }
        }
    }
    damage.map_or(Ok(None), Err)
}

fn note(volume: &Fat, folder: &Entry, error: Error) {
    let offset = match &error {
        Error::Field { offset, .. } | Error::Checksum { offset, .. } | Error::Truncated { offset, .. } => *offset,
        _ => folder.offset,
    };
    volume.note(Anomaly::damaged(offset, error));
}
