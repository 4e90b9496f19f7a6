//! All entries of a directory, also of a damaged one.

use std::collections::HashSet;

use hivekey_read_at::{narrow, wide};

use super::index::Index;
use super::{Entry, EntryKind, Listing, is_listed};
use crate::anomaly::{Anomaly, AnomalyKind};
use crate::error::{Error, Structure};
use crate::limits::{Limit, MAX_ANOMALIES, MAX_INDEX_DEPTH};
use crate::ntfs::file::{File, record_names};
use crate::ntfs::file_name::{FileName, Namespace};
use crate::ntfs::index_entry::{IndexEntry, Node};
use crate::offset::{FileReference, RecordNumber, Vcn};

/// Lists a directory: by its tree; where that is damaged, by what other blocks hold, and by a search of all files.
pub(in crate::ntfs) fn list(directory: &File) -> Result<Listing, Error> {
    let mut lister =
        Lister { directory, listing: Listing::default(), visited: HashSet::new(), damaged: false, full: false };
    match Index::open(directory) {
        Ok(mut index) => {
            let root = index.take_root();
            lister.tree(&index, root);
            if lister.damaged && !lister.full {
                lister.sweep(&index);
            }
        }
        Err(error) if !directory.is_directory() => {
            return Err(match error {
                Error::NotADirectory(_) => error,
                _ => Error::NotADirectory(directory.reference()),
            });
        }
        Err(error) => lister.damage(Anomaly::damaged(directory.record_offset(), error)),
    }
    let searched = lister.damaged && !lister.full && lister.search_parents();
    lister.listing.complete = !lister.full && (!lister.damaged || searched);
    Ok(lister.listing)
}

struct Lister<'a> {
    directory: &'a File,
    listing: Listing,
    visited: HashSet<Vcn>,
    damaged: bool,
    full: bool,
}

/// A node on the way down: what is left of it, and the entry that follows the node below.
struct Frame {
    entries: std::vec::IntoIter<IndexEntry>,
    pending: Option<IndexEntry>,
}

impl Frame {
    fn new(node: Node) -> Self {
        Self { entries: node.entries.into_iter(), pending: None }
    }
}

impl Lister<'_> {
    fn damage(&mut self, anomaly: Anomaly) {
        self.damaged = true;
        if self.listing.anomalies.len() < MAX_ANOMALIES {
            self.listing.anomalies.push(anomaly);
        }
    }

    fn fail(&mut self, error: Error) {
        self.damage(Anomaly::damaged(self.directory.record_offset(), error));
    }

    fn limit(&mut self, limit: Limit, max: u64) {
        self.full = true;
        self.fail(Error::LimitReached { limit, max });
    }

    /// The entries in order.
    fn tree(&mut self, index: &Index<'_>, mut root: Node) {
        root.fault.take().into_iter().for_each(|fault| self.damage(fault));
        let mut stack = vec![Frame::new(root)];
        while let Some(frame) = stack.last_mut() {
            if self.full {
                return;
            }
            let entry = match frame.pending.take() {
                Some(entry) => entry,
                None => match frame.entries.next() {
                    None => {
                        stack.pop();
                        continue;
                    }
                    Some(mut entry) => {
                        if let Some(below) = entry.below.take() {
                            frame.pending = Some(entry);
                            let depth = stack.len();
                            stack.extend(self.node(index, below, depth).map(Frame::new));
                            continue;
                        }
                        entry
                    }
                },
            };
            self.entry(&entry);
        }
    }

    /// A node below, if it can be read and is met for the first time.
    fn node(&mut self, index: &Index<'_>, number: Vcn, depth: usize) -> Option<Node> {
        if depth >= MAX_INDEX_DEPTH {
            self.fail(Error::LimitReached { limit: Limit::IndexDepth, max: wide(MAX_INDEX_DEPTH) });
            return None;
        }
        if !self.visited.insert(number) {
            self.fail(Error::Repeated { structure: Structure::IndexBlock, offset: self.directory.record_offset() });
            return None;
        }
        let max = self.directory.volume().limits().max_index_blocks;
        if wide(self.visited.len()) > max {
            self.limit(Limit::IndexBlocks, max);
            return None;
        }
        match index.block(number) {
            Ok(mut node) => {
                node.fault.take().into_iter().for_each(|fault| self.damage(fault));
                Some(node)
            }
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    fn entry(&mut self, entry: &IndexEntry) {
        let Some(name) = &entry.name else {
            return;
        };
        if is_listed(self.directory, entry.reference, name) {
            self.push(Entry::new(entry.reference, name));
        }
    }

    fn push(&mut self, entry: Entry) {
        let max = self.directory.volume().limits().max_entries;
        if self.listing.entries.len() < max {
            self.listing.entries.push(entry);
        } else if !self.full {
            self.limit(Limit::Entries, wide(max));
        }
    }

    /// What is listed, for what is then added to.
    fn known(&self) -> HashSet<(RecordNumber, String)> {
        self.listing.entries.iter().map(|entry| (entry.reference.record, entry.name.clone())).collect()
    }

    /// The blocks that the tree does not lead to any more but that are in use.
    fn sweep(&mut self, index: &Index<'_>) {
        let max = self.directory.volume().limits().max_index_blocks;
        let count = index.block_count();
        if count > max {
            self.limit(Limit::IndexBlocks, max);
            return;
        }
        let bitmap = index.bitmap();
        let mut known = self.known();
        for place in 0..count {
            let bit = place % 8;
            let used = bitmap.as_ref().is_none_or(|bits| {
                bits.get(narrow(place / 8))
                    .is_some_and(|byte| byte.wrapping_shr(u32::try_from(bit).unwrap_or(0)) & 1 != 0)
            });
            let number = index.block_number(place);
            if !used || !self.visited.insert(number) {
                continue;
            }
            let Ok(node) = index.block(number) else {
                continue;
            };
            for entry in &node.entries {
                let Some(name) = &entry.name else {
                    continue;
                };
                if known.insert((entry.reference.record, name.text())) {
                    self.entry(entry);
                }
            }
        }
    }

    /// The files that name this directory as their parent. Says whether all files were looked at.
    fn search_parents(&mut self) -> bool {
        let volume = self.directory.volume();
        if volume.limits().max_scanned_records == 0 {
            return false;
        }
        let own = self.directory.reference();
        let mut known = self.known();
        let parents = volume.parents();
        for holder in parents.holders(own.record) {
            let Ok(record) = volume.load(holder) else {
                continue;
            };
            let base = record.base.map_or(record.number, |base| base.record);
            let Ok(child) = volume.record(base) else {
                continue;
            };
            if !child.is_in_use() || base == own.record {
                continue;
            }
            for name in record_names(&record) {
                let here = name.parent == own && name.namespace != Namespace::Dos;
                if here && known.insert((base, name.text())) {
                    self.push(from_record(&child, &name));
                }
            }
        }
        let complete = parents.is_complete() && !self.full;
        self.say_rebuilt(complete);
        complete
    }

    /// One anomaly for the directory in place of all that were met in it.
    fn say_rebuilt(&mut self, complete: bool) {
        let Some(first) = self.listing.anomalies.drain(..).next() else {
            return;
        };
        let kind =
            AnomalyKind::IndexRebuilt { directory: self.directory.reference(), complete, cause: Box::new(first.kind) };
        self.listing.anomalies.push(Anomaly::new(self.directory.record_offset(), kind));
    }
}

/// An entry from the file's own record, which knows sizes better than the name in it.
fn from_record(file: &File, name: &FileName) -> Entry {
    let reference: FileReference = file.reference();
    let mut entry = Entry::new(reference, name);
    if entry.kind == EntryKind::File {
        entry.size = file.size().unwrap_or(entry.size);
    }
    if entry.kind == EntryKind::File && file.is_directory() {
        entry.kind = EntryKind::Directory;
    }
    entry
}
