//! The log format of Windows 8.1 and later.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 512 | base block with file type 6; its sequence numbers are that of the first entry |
//! | 512 | … | entries, each a multiple of 512 bytes |
//!
//! | offset | size | field of an entry |
//! |---|---|---|
//! | 0 | 4 | `HvLE` |
//! | 4 | 4 | size of the entry |
//! | 8 | 4 | flags of the hive |
//! | 12 | 4 | sequence number |
//! | 16 | 4 | size of the bins after this entry |
//! | 20 | 4 | number of runs of pages |
//! | 24 | 8 | Marvin32 of bytes 40 to the end |
//! | 32 | 8 | Marvin32 of bytes 0 to 31 |
//! | 40 | 8 each | offset of a run from the first bin, and its size |
//! | … | … | the bytes of the runs, one after the other |

use super::{LOG_HEADER, dirty_runs, log_header, marvin32, word};
use crate::hive::BASE_BLOCK_SIZE;

/// Entries are padded to this.
const SECTOR: usize = 512;
const ENTRY_HEADER: usize = 40;

/// A fault of one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryDamage {
    /// A byte of a page is changed, so that the first hash fails.
    Page,
    /// A byte of the header is changed, so that the second hash fails.
    Header,
    /// The sequence number leaves a gap; both hashes are right.
    SequenceGap,
    /// The size is 0; the second hash is right.
    SizeZero,
    /// The size reaches past the end of the log; the second hash is right.
    SizePastEnd,
    /// A run lies at 0xFFFFF000; both hashes are right.
    RunPastEnd,
    /// The bins are said to grow to 0xFFFFF000 bytes; both hashes are right.
    BinsHuge,
    /// There are said to be 0xFFFFFFFF runs; both hashes are right.
    RunCountHuge,
}

/// A log in the new format (`.LOG1` or `.LOG2`).
#[derive(Clone, Debug)]
pub struct NewLog {
    header: Vec<u8>,
    next_sequence: u32,
    entries: Vec<Vec<u8>>,
}

impl NewLog {
    /// An empty log for a hive whose entries begin with this sequence number; for a dirty primary that is its
    /// secondary sequence number.
    pub fn new(hive: &[u8], first_sequence: u32) -> Self {
        NewLog {
            header: log_header(hive, first_sequence, 6, word(hive, 40)),
            next_sequence: first_sequence,
            entries: Vec::new(),
        }
    }

    /// Appends an entry that turns the bins of one image of the hive into those of another.
    pub fn entry(&mut self, from: &[u8], to: &[u8]) -> &mut Self {
        let runs = dirty_runs(from, to);
        let mut entry = b"HvLE".to_vec();
        let references: Vec<u8> =
            runs.iter().flat_map(|(offset, size)| [*offset as u32, *size as u32]).flat_map(u32::to_le_bytes).collect();
        let pages: usize = runs.iter().map(|(_, size)| size).sum();
        let size = (ENTRY_HEADER + references.len() + pages).next_multiple_of(SECTOR);
        let bins_size = (to.len() - BASE_BLOCK_SIZE) as u32;
        for number in [size as u32, 0, self.next_sequence, bins_size, runs.len() as u32] {
            entry.extend(number.to_le_bytes());
        }
        entry.resize(ENTRY_HEADER, 0);
        entry.extend(references);
        for (offset, size) in runs {
            let start = BASE_BLOCK_SIZE + offset;
            entry.extend(&to[start..start + size]);
        }
        entry.resize(size, 0);
        hash(&mut entry);
        self.entries.push(entry);
        self.next_sequence += 1;
        self
    }

    /// Damages the entry of that index, counted from 0.
    ///
    /// # Panics
    /// If there is no such entry.
    pub fn damage(&mut self, index: usize, damage: EntryDamage) -> &mut Self {
        let entry = &mut self.entries[index];
        let mut put = |offset: usize, word: u32| {
            entry[offset..offset + 4].copy_from_slice(&word.to_le_bytes());
        };
        match damage {
            EntryDamage::Page => {
                let last = entry.len() - 1;
                entry[last] ^= 0xFF;
            }
            EntryDamage::Header => entry[8] ^= 0xFF,
            EntryDamage::SizeZero => {
                put(4, 0);
                hash_header(entry);
            }
            EntryDamage::SizePastEnd => {
                put(4, 0x7FFF_FE00);
                hash_header(entry);
            }
            EntryDamage::SequenceGap => {
                let sequence = word(entry, 12);
                entry[12..16].copy_from_slice(&(sequence + 5).to_le_bytes());
                hash(entry);
            }
            EntryDamage::RunPastEnd => {
                put(40, 0xFFFF_F000);
                hash(entry);
            }
            EntryDamage::BinsHuge => {
                put(16, 0xFFFF_F000);
                hash(entry);
            }
            EntryDamage::RunCountHuge => {
                put(20, u32::MAX);
                hash(entry);
            }
        }
        self
    }

    /// The sequence number that the next entry, or the next log, begins with.
    pub fn next_sequence(&self) -> u32 {
        self.next_sequence
    }

    /// The file.
    pub fn build(&self) -> Vec<u8> {
        let mut log = self.header.clone();
        log.extend(self.entries.concat());
        log
    }

    /// The file with the remains of an older, longer log behind its entries, as Windows leaves them.
    pub fn build_over(&self, older: &NewLog) -> Vec<u8> {
        let mut log = self.build();
        let remains = older.build();
        if remains.len() > log.len() {
            let start = log.len();
            log.extend(&remains[start..]);
        }
        log
    }
}

const _: () = assert!(LOG_HEADER == SECTOR);

fn hash(entry: &mut [u8]) {
    let pages = marvin32(&entry[ENTRY_HEADER..]);
    entry[24..32].copy_from_slice(&pages.to_le_bytes());
    hash_header(entry);
}

fn hash_header(entry: &mut [u8]) {
    let header = marvin32(&entry[..32]);
    entry[32..40].copy_from_slice(&header.to_le_bytes());
}
