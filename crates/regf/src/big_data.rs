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

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::cell::Cell;
use crate::error::{Error, Structure};
use crate::hive::Hive;
use crate::offset::{CellOffset, FileOffset};
use crate::read::{Fields, ReadAt, wide};

/// Most bytes of one segment; a longer value of a hive above 1.3 is big data.
pub(crate) const SEGMENT_MAX: u32 = 16_344;

/// Length of the record.
pub(crate) const LEN: usize = 8;

/// Length of an element of the list of segments.
const ELEMENT_LEN: usize = 4;

/// The signature of big data.
pub(crate) const SIGNATURE: [u8; 2] = *b"db";

/// The number of segments that data of `size` bytes take.
pub(crate) fn segments_of(size: usize) -> u64 {
    wide(size).div_ceil(u64::from(SEGMENT_MAX))
}

/// Reads the header of a cell that holds a structure; which cells are allowed is the caller's choice.
pub(crate) type CellReader<S> = fn(&Hive<S>, Structure, CellOffset) -> Result<Cell, Error>;

/// The list of segments of the record in `cell`: its cell, and how many bytes it takes.
pub(crate) fn list_cell<S: ReadAt>(hive: &Hive<S>, cell: Cell) -> Result<(CellOffset, usize), Error> {
    let mut head = [0u8; LEN];
    hive.content_into(Structure::BigData, cell, &mut head)?;
    let fields = Fields::new(&head, Structure::BigData, cell.content);
    fields.signature(SIGNATURE)?;
    let count = usize::from(fields.u16(2)?);
    match CellOffset::from_field(fields.u32(4)?) {
        Some(at) => Ok((at, count.saturating_mul(ELEMENT_LEN))),
        None => Err(Error::NoCell { structure: Structure::SegmentList, offset: cell.content }),
    }
}

/// Visits the segments that hold the `size` bytes of the record in `cell`, each with the number of bytes that it
/// contributes; gives back where the first byte lies. No segment is visited twice, and the data are never longer than the
/// hive: forged segments may overlap.
pub(crate) fn for_each_segment<S: ReadAt>(
    hive: &Hive<S>,
    cell: Cell,
    size: usize,
    read: CellReader<S>,
    mut visit: impl FnMut(Cell, usize),
) -> Result<Option<FileOffset>, Error> {
    let hive_len = hive.data_end().get();
    if wide(size) > hive_len {
        let (needed, available) = (wide(size), hive_len);
        return Err(Error::Truncated { structure: Structure::BigData, offset: cell.content, needed, available });
    }
    let (at, len) = list_cell(hive, cell)?;
    let list_cell = read(hive, Structure::SegmentList, at)?;
    let list = hive.content(Structure::SegmentList, list_cell, 0, len)?;
    let most = usize::try_from(SEGMENT_MAX).unwrap_or(usize::MAX);
    let mut seen = BTreeSet::new();
    let mut first = None;
    let mut done = 0usize;
    for field in list.as_chunks::<ELEMENT_LEN>().0 {
        let left = size.saturating_sub(done);
        if left == 0 {
            break;
        }
        let Some(at) = CellOffset::from_field(u32::from_le_bytes(*field)) else {
            return Err(Error::NoCell { structure: Structure::Segment, offset: at.file() });
        };
        if !seen.insert(at) {
            return Err(Error::Repeated { structure: Structure::Segment, offset: at.file() });
        }
        let segment = read(hive, Structure::Segment, at)?;
        let part = left.min(most);
        hive.check_content(Structure::Segment, segment, 0, part)?;
        first = first.or(Some(segment.content));
        visit(segment, part);
        done = done.saturating_add(part);
    }
    if done < size {
        let (needed, available) = (wide(size), wide(done));
        return Err(Error::Truncated { structure: Structure::BigData, offset: cell.content, needed, available });
    }
    Ok(first)
}

/// Where the first byte of the data lies.
pub(crate) fn first_byte<S: ReadAt>(hive: &Hive<S>, cell: Cell) -> Result<Option<FileOffset>, Error> {
    for_each_segment(hive, cell, 1, Hive::cell, |_, _| {})
}

/// The `size` bytes of data whose record stands in `cell`.
pub(crate) fn read<S: ReadAt>(hive: &Hive<S>, cell: Cell, size: usize, read: CellReader<S>) -> Result<Vec<u8>, Error> {
    let mut parts = Vec::new();
    for_each_segment(hive, cell, size, read, |segment, len| parts.push((segment, len)))?;
    let mut data = Vec::with_capacity(size);
    for (segment, len) in parts {
        data.extend_from_slice(&hive.content(Structure::Segment, segment, 0, len)?);
    }
    Ok(data)
}
