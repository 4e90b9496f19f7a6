//! Hive bins and cells.
//!
//! | offset | size | field of a hive bin (hbin) |
//! |---|---|---|
//! | 0 | 4 | `hbin` |
//! | 4 | 4 | offset of this bin from the first bin |
//! | 8 | 4 | size, a multiple of 4096 |
//! | 12 | 8 | reserved |
//! | 20 | 8 | timestamp; meaningful in the first bin only |
//! | 28 | 4 | spare |
//! | 32 | … | cells |
//!
//! A cell is an `i32` size (a multiple of 8, its own 4 bytes included; negative while in use) and its content.

use crate::time::Filetime;

const BIN_HEADER: usize = 32;
const PAGE: usize = 4096;
/// Bins with room left that are tried before a new one is opened.
const OPEN_BINS: usize = 8;

/// Offset of a cell from the first bin, as stored in hives.
pub(super) type CellOffset = u32;
/// The stored form of "no cell".
pub(super) const NIL: CellOffset = u32::MAX;

struct OpenBin {
    next: usize,
    end: usize,
}

/// The growing bins area of a hive.
pub(super) struct Bins {
    bytes: Vec<u8>,
    open: Vec<OpenBin>,
    time: Filetime,
}

impl Bins {
    pub(super) fn new(time: Filetime) -> Self {
        Bins { bytes: Vec::new(), open: Vec::new(), time }
    }

    /// Allocates a cell for `content` bytes.
    pub(super) fn allocate(&mut self, content: usize) -> CellOffset {
        let size = (content + 4).next_multiple_of(8);
        let index = match self.open.iter().position(|bin| bin.end - bin.next >= size) {
            Some(index) => index,
            None => self.open_bin(size),
        };
        let bin = &mut self.open[index];
        let offset = bin.next;
        bin.next += size;
        if bin.next == bin.end {
            self.open.remove(index);
        }
        self.put_size(offset, -(size as i32));
        offset as CellOffset
    }

    /// Allocates a cell and fills it.
    pub(super) fn store(&mut self, content: &[u8]) -> CellOffset {
        let offset = self.allocate(content.len());
        self.fill(offset, content);
        offset
    }

    /// Writes the content of a cell.
    pub(super) fn fill(&mut self, cell: CellOffset, content: &[u8]) {
        let start = cell as usize + 4;
        self.bytes[start..start + content.len()].copy_from_slice(content);
    }

    /// Marks a cell as free and leaves its content alone.
    pub(super) fn free(&mut self, cell: CellOffset) {
        let size = self.size(cell as usize);
        self.put_size(cell as usize, size.abs());
    }

    /// Overwrites the content of a cell, as a later allocation would have.
    pub(super) fn overwrite(&mut self, cell: CellOffset) {
        let start = cell as usize;
        let end = start + self.size(start).unsigned_abs() as usize;
        for (index, byte) in self.bytes[start + 4..end].iter_mut().enumerate() {
            *byte = 0xA0 | (index as u8 & 0x0F);
        }
    }

    /// Closes all bins and gives the finished area. `coalesce` joins neighbouring free cells, as Windows does.
    pub(super) fn finish(mut self, coalesce: bool) -> Vec<u8> {
        for bin in std::mem::take(&mut self.open) {
            self.close(&bin);
        }
        if coalesce {
            self.coalesce();
        }
        self.bytes
    }

    fn open_bin(&mut self, cell_size: usize) -> usize {
        let start = self.bytes.len();
        let size = (cell_size + BIN_HEADER).next_multiple_of(PAGE);
        self.bytes.resize(start + size, 0);
        let header = &mut self.bytes[start..start + BIN_HEADER];
        header[..4].copy_from_slice(b"hbin");
        header[4..8].copy_from_slice(&(start as u32).to_le_bytes());
        header[8..12].copy_from_slice(&(size as u32).to_le_bytes());
        if start == 0 {
            header[20..28].copy_from_slice(&self.time.0.to_le_bytes());
        }
        if self.open.len() == OPEN_BINS {
            let oldest = self.open.remove(0);
            self.close(&oldest);
        }
        self.open.push(OpenBin { next: start + BIN_HEADER, end: start + size });
        self.open.len() - 1
    }

    fn close(&mut self, bin: &OpenBin) {
        self.put_size(bin.next, (bin.end - bin.next) as i32);
    }

    fn coalesce(&mut self) {
        let mut bin = 0;
        while bin < self.bytes.len() {
            let end = bin + self.number(bin + 8) as usize;
            let mut cell = bin + BIN_HEADER;
            while cell < end {
                let mut size = self.size(cell);
                if size > 0 {
                    let mut next = cell + size as usize;
                    while next < end && self.size(next) > 0 {
                        size += self.size(next);
                        next = cell + size as usize;
                    }
                    self.put_size(cell, size);
                }
                cell += size.unsigned_abs() as usize;
            }
            bin = end;
        }
    }

    fn number(&self, offset: usize) -> u32 {
        let mut word = [0; 4];
        word.copy_from_slice(&self.bytes[offset..offset + 4]);
        u32::from_le_bytes(word)
    }

    fn size(&self, offset: usize) -> i32 {
        self.number(offset) as i32
    }

    fn put_size(&mut self, offset: usize, size: i32) {
        self.bytes[offset..offset + 4].copy_from_slice(&size.to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(area: &[u8]) -> Vec<(usize, i32)> {
        let word = |at: usize| i32::from_le_bytes(area[at..at + 4].try_into().unwrap());
        let mut found = Vec::new();
        let mut bin = 0;
        while bin < area.len() {
            assert_eq!(&area[bin..bin + 4], b"hbin");
            assert_eq!(word(bin + 4) as usize, bin);
            let end = bin + word(bin + 8) as usize;
            let mut cell = bin + BIN_HEADER;
            while cell < end {
                found.push((cell, word(cell)));
                cell += word(cell).unsigned_abs() as usize;
            }
            assert_eq!(cell, end, "cells fill their bin");
            bin = end;
        }
        found
    }

    #[test]
    fn cells_tile_the_bins() {
        let mut bins = Bins::new(Filetime(1));
        for size in [1, 4, 5, 4000, 60, 16344, 0, 4060, 4064, 100_000] {
            bins.allocate(size);
        }
        let area = bins.finish(true);
        assert!(area.len().is_multiple_of(PAGE));
        let used = cells(&area).iter().filter(|(_, size)| *size < 0).count();
        assert_eq!(used, 10);
    }

    #[test]
    fn freed_neighbours_join() {
        let mut bins = Bins::new(Filetime(1));
        let first = bins.store(&[1; 12]);
        let second = bins.store(&[2; 12]);
        bins.free(first);
        bins.free(second);
        let joined = bins.finish(true);
        assert_eq!(cells(&joined), [(32, 4064)]);
        assert_eq!(joined[36], 1, "the content stays");
        assert_eq!(joined[52], 2);
    }
}
