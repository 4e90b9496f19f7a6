//! Cells: what the hive bins are filled with.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | size | bytes of the cell, this field included; negative = in use, positive = free; a multiple of 8 |
//! | 4 | … | content | a record, or raw data |
//!
//! Source: M. Suhanov, "Windows registry file format specification", cell. (Version 1.1 and older had a second field;
//! such hives are refused by their version.)

use alloc::borrow::Cow;

use crate::error::{Error, Structure};
use crate::hive::Hive;
use crate::offset::{CellOffset, FileOffset};
use crate::read::{ReadAt, wide};

/// Length of the size field.
pub(crate) const HEADER_LEN: usize = 4;

/// Smallest cell that Windows makes.
const MIN_LEN: u32 = 8;

/// The header of a cell that passed all checks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    /// Position of the first content byte.
    pub(crate) content: FileOffset,
    /// Bytes of content; fewer than the header says where the file ends.
    pub(crate) len: usize,
    /// Whether it is in use.
    pub(crate) allocated: bool,
}

impl Cell {
    /// The cell as a reference.
    pub(crate) fn offset(self) -> Option<CellOffset> {
        FileOffset(self.content.get().checked_sub(wide(HEADER_LEN))?).cell()
    }
}

impl<S: ReadAt> Hive<S> {
    /// The header of the cell at `at`, in use or free, where a `structure` is expected.
    #[inline]
    pub(crate) fn any_cell(&self, structure: Structure, at: CellOffset) -> Result<Cell, Error> {
        let offset = at.file();
        if !at.get().is_multiple_of(MIN_LEN) {
            return Err(Error::Unaligned { structure, offset });
        }
        let end = self.data_end();
        let mut header = [0u8; HEADER_LEN];
        let left = end.get().saturating_sub(offset.get());
        if left < u64::from(MIN_LEN) {
            return Err(Error::OutOfBounds { structure, offset, end });
        }
        self.source().read_into(offset.get(), &mut header)?;
        let size = i32::from_le_bytes(header);
        let bytes = size.unsigned_abs();
        if bytes < MIN_LEN {
            return Err(Error::CellSize { structure, offset, size });
        }
        let beyond = u64::from(bytes) > left;
        if beyond && self.options().strict {
            return Err(Error::CellSize { structure, offset, size });
        }
        let present = if beyond { left } else { u64::from(bytes) };
        let len = usize::try_from(present).unwrap_or(usize::MAX).saturating_sub(HEADER_LEN);
        Ok(Cell { content: offset.plus(wide(HEADER_LEN)), len, allocated: size < 0 })
    }

    /// The header of the cell at `at`, which must be in use.
    #[inline]
    pub(crate) fn cell(&self, structure: Structure, at: CellOffset) -> Result<Cell, Error> {
        let cell = self.any_cell(structure, at)?;
        if cell.allocated { Ok(cell) } else { Err(Error::Unallocated { structure, offset: at.file() }) }
    }

    /// `len` bytes of a cell's content, from `start` on.
    #[inline]
    pub(crate) fn content(
        &self,
        structure: Structure,
        cell: Cell,
        start: usize,
        len: usize,
    ) -> Result<Cow<'_, [u8]>, Error> {
        self.check_content(structure, cell, start, len)?;
        Ok(self.source().read_at(cell.content.plus(wide(start)).get(), len)?)
    }

    /// Fills `buf` with the first bytes of a cell's content.
    #[inline]
    pub(crate) fn content_into(&self, structure: Structure, cell: Cell, buf: &mut [u8]) -> Result<(), Error> {
        self.check_content(structure, cell, 0, buf.len())?;
        Ok(self.source().read_into(cell.content.get(), buf)?)
    }

    #[inline]
    pub(crate) fn check_content(
        &self,
        structure: Structure,
        cell: Cell,
        start: usize,
        len: usize,
    ) -> Result<(), Error> {
        let needed = start.saturating_add(len);
        if needed <= cell.len {
            return Ok(());
        }
        Err(Error::Truncated { structure, offset: cell.content, needed: wide(needed), available: wide(cell.len) })
    }
}
