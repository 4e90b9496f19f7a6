//! All cells of a hive, bin by bin, without following any reference.

use alloc::boxed::Box;
use core::fmt;

use crate::anomaly::{Anomaly, AnomalyKind};
use crate::bin::{self, BinHeader};
use crate::cell::HEADER_LEN;
use crate::error::Error;
use crate::hive::Hive;
use crate::key::Key;
use crate::key_node::KeyFlags;
use crate::offset::{BINS_START, CellOffset, FileOffset};
use crate::read::{ReadAt, wide};

/// Cells are multiples of this size.
const STEP: u32 = 8;

/// A cell as its bin lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellEntry {
    /// Its size field.
    pub offset: FileOffset,
    /// Bytes, the size field included.
    pub len: u32,
    /// Whether it is in use.
    pub allocated: bool,
}

impl CellEntry {
    /// The first byte after its size field.
    #[must_use]
    pub fn content(&self) -> FileOffset {
        self.offset.plus(wide(HEADER_LEN))
    }
}

/// A cell, or what is wrong at a place where one should be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CellItem {
    /// A cell.
    Cell(CellEntry),
    /// Bytes that no bin or no cell covers, because one is damaged.
    Gap {
        /// The first byte.
        offset: FileOffset,
        /// How many there are.
        len: u64,
        /// Why they are no cells.
        anomaly: Anomaly,
    },
    /// Bytes behind the last bin: Windows lets hive files end at multiples of 256 KiB.
    Trailing {
        /// The first byte.
        offset: FileOffset,
        /// How many there are.
        len: u64,
    },
}

/// All cells in the order of the file. Damaged bins are skipped up to the next good one, and given as gaps.
pub struct Cells<'h, S> {
    hive: &'h Hive<S>,
    /// The next place, from the first bin.
    at: u64,
    /// The end of the bin that `at` lies in; equal to `at` where a new bin is due.
    bin_end: u64,
}

impl<S> fmt::Debug for Cells<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cells").field("at", &self.at).finish_non_exhaustive()
    }
}

impl<S: ReadAt> Hive<S> {
    /// All cells in the order of the file, in use or free, without following any reference.
    pub fn cells(&self) -> Cells<'_, S> {
        Cells { hive: self, at: 0, bin_end: 0 }
    }

    /// A key that carries the flag of a root key.
    pub(crate) fn search_root(&self) -> Option<CellOffset> {
        self.cells().find_map(|item| {
            let CellItem::Cell(cell) = item else {
                return None;
            };
            let at = cell.offset.cell()?;
            let key = Key::read(self, at).ok()?;
            key.flags().contains(KeyFlags::ROOT).then_some(at)
        })
    }
}

impl<S: ReadAt> Cells<'_, S> {
    /// Bytes of bins and what follows them.
    fn end(&self) -> u64 {
        self.hive.data_end().get().saturating_sub(BINS_START)
    }

    fn file(at: u64) -> FileOffset {
        FileOffset(BINS_START.saturating_add(at))
    }

    fn header(&self, at: u64) -> Result<BinHeader, Error> {
        let mut bytes = [0u8; bin::LEN];
        self.hive.source().read_into(Self::file(at).get(), &mut bytes)?;
        BinHeader::parse(&bytes, Self::file(at))
    }

    /// What is wrong with the bin at `at`, or its size.
    fn judge_bin(&self, at: u64) -> Result<u32, Anomaly> {
        let offset = Self::file(at);
        let unreadable = |error| Anomaly { offset, kind: AnomalyKind::Unreadable(Box::new(error)) };
        let header = self.header(at).map_err(unreadable)?;
        let expected = u32::try_from(at).unwrap_or(u32::MAX);
        header.anomaly(expected, self.end().saturating_sub(at)).map_or(Ok(header.size), Err)
    }

    /// Enters the bin at the present place, or skips to the next place where a good one starts.
    fn enter_bin(&mut self) -> Option<CellItem> {
        let start = self.at;
        match self.judge_bin(start) {
            Ok(size) => {
                self.bin_end = start.saturating_add(u64::from(size));
                self.at = start.saturating_add(wide(bin::LEN));
                None
            }
            Err(anomaly) => {
                let end = self.end();
                let mut next = start.saturating_add(u64::from(bin::UNIT));
                while next < end && self.judge_bin(next).is_err() {
                    next = next.saturating_add(u64::from(bin::UNIT));
                }
                let next = next.min(end);
                self.at = next;
                self.bin_end = next;
                let offset = Self::file(start);
                let len = next.saturating_sub(start);
                let behind_bins = start >= u64::from(self.hive.base_block().bins_size);
                Some(if behind_bins {
                    CellItem::Trailing { offset, len }
                } else {
                    CellItem::Gap { offset, len, anomaly }
                })
            }
        }
    }

    /// Ends the bin: the rest of it from `at` on cannot be followed.
    fn leave_bin(&mut self, kind: AnomalyKind) -> CellItem {
        let offset = Self::file(self.at);
        let len = self.bin_end.saturating_sub(self.at);
        self.at = self.bin_end;
        CellItem::Gap { offset, len, anomaly: Anomaly { offset, kind } }
    }

    fn next_cell(&mut self) -> CellItem {
        let offset = Self::file(self.at);
        let mut header = [0u8; HEADER_LEN];
        if let Err(error) = self.hive.source().read_into(offset.get(), &mut header) {
            return self.leave_bin(AnomalyKind::Unreadable(Box::new(error.into())));
        }
        let size = i32::from_le_bytes(header);
        let len = size.unsigned_abs();
        let left = self.bin_end.saturating_sub(self.at);
        if len < STEP || !len.is_multiple_of(STEP) || u64::from(len) > left {
            return self.leave_bin(AnomalyKind::CellChain { size });
        }
        self.at = self.at.saturating_add(u64::from(len));
        CellItem::Cell(CellEntry { offset, len, allocated: size < 0 })
    }
}

impl<S: ReadAt> Iterator for Cells<'_, S> {
    type Item = CellItem;

    fn next(&mut self) -> Option<CellItem> {
        loop {
            if self.at < self.bin_end {
                return Some(self.next_cell());
            }
            if self.end().saturating_sub(self.at) < wide(bin::LEN) {
                return None;
            }
            if let Some(gap) = self.enter_bin() {
                return Some(gap);
            }
        }
    }
}
