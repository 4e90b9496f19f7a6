//! Big data (`db`): values of more than 16 344 bytes, in segments.
//!
//! Offsets count from the content of the cell.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 2 | signature | `db` |
//! | 2 | 2 | number of segments | |
//! | 4 | 4 | segment list | offset of a cell with one 4-byte offset per segment |
//!
//! A segment is a cell of raw data; all but the last carry 16 344 bytes. Hives of version 1.3 have no big data, whatever
//! the size: there a long value is one cell.
//!
//! Source: M. Suhanov, "Windows registry file format specification", big data.

use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::cell::Cell;
use crate::error::{Error, Structure};
use crate::hive::Hive;
use crate::offset::{CellOffset, FileOffset};
use crate::read::{Fields, ReadAt, u32_at, wide};

/// Most bytes of one segment; a longer value of a hive above 1.3 is big data.
pub(crate) const SEGMENT_MAX: u32 = 16_344;

const LEN: usize = 8;

/// The signature of big data.
pub(crate) const SIGNATURE: [u8; 2] = *b"db";

/// The record and its list of segments.
struct Segments<'h> {
    offset: FileOffset,
    list: Cow<'h, [u8]>,
}

impl<'h> Segments<'h> {
    fn read<S: ReadAt>(hive: &'h Hive<S>, cell: Cell) -> Result<Self, Error> {
        let mut head = [0u8; LEN];
        hive.content_into(Structure::BigData, cell, &mut head)?;
        let fields = Fields::new(&head, Structure::BigData, cell.content);
        fields.signature(SIGNATURE)?;
        let count = usize::from(fields.u16(2)?);
        let Some(at) = CellOffset::from_field(fields.u32(4)?) else {
            return Err(Error::NoCell { structure: Structure::SegmentList, offset: cell.content });
        };
        let list_cell = hive.cell(Structure::SegmentList, at)?;
        let list = hive.content(Structure::SegmentList, list_cell, 0, count.saturating_mul(4))?;
        Ok(Self { offset: at.file(), list })
    }

    fn get(&self, index: usize) -> Option<Result<CellOffset, Error>> {
        let field = u32_at(&self.list, index.checked_mul(4)?)?;
        Some(CellOffset::from_field(field).ok_or(Error::NoCell { structure: Structure::Segment, offset: self.offset }))
    }
}

/// Where the first byte of the data lies.
pub(crate) fn first_byte<S: ReadAt>(hive: &Hive<S>, cell: Cell) -> Result<Option<FileOffset>, Error> {
    match Segments::read(hive, cell)?.get(0) {
        Some(first) => Ok(Some(hive.cell(Structure::Segment, first?)?.content)),
        None => Ok(None),
    }
}

/// The `size` bytes of data whose record stands in `cell`. No segment is taken twice, so that the result is never longer
/// than the hive.
pub(crate) fn read<S: ReadAt>(hive: &Hive<S>, cell: Cell, size: usize) -> Result<Vec<u8>, Error> {
    let segments = Segments::read(hive, cell)?;
    let mut data = Vec::new();
    let mut seen = BTreeSet::new();
    let mut index = 0usize;
    while data.len() < size {
        let Some(at) = segments.get(index) else {
            return Err(Error::Truncated {
                structure: Structure::BigData,
                offset: cell.content,
                needed: wide(size),
                available: wide(data.len()),
            });
        };
        let at = at?;
        if !seen.insert(at) {
            return Err(Error::Repeated { structure: Structure::Segment, offset: at.file() });
        }
        let segment = hive.cell(Structure::Segment, at)?;
        let left = size.saturating_sub(data.len());
        let most = usize::try_from(SEGMENT_MAX).unwrap_or(usize::MAX);
        data.extend_from_slice(&hive.content(Structure::Segment, segment, 0, left.min(most))?);
        index = index.saturating_add(1);
    }
    Ok(data)
}
