//! Big data (db): the data of a value of more than 16344 bytes, in hives of version 1.4 and up.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 2 | `db` |
//! | 2 | 2 | number of segments |
//! | 4 | 4 | offset of the cell that lists the offsets of the segments |
//!
//! Every segment but the last holds 16344 bytes; its cell has 4 more, which are not data.

use super::bins::{Bins, CellOffset};

/// Bytes of data in a full segment.
pub(super) const SEGMENT: usize = 16344;
/// Bytes behind the data in each segment's cell.
const SEGMENT_TAIL: usize = 4;

/// Writes the segments, their list and the db record; gives back the record's cell and all the others.
pub(super) fn write(bins: &mut Bins, data: &[u8]) -> (CellOffset, Vec<CellOffset>) {
    let record = bins.allocate(8);
    let mut cells: Vec<CellOffset> = data
        .chunks(SEGMENT)
        .map(|chunk| {
            let cell = bins.allocate(chunk.len() + SEGMENT_TAIL);
            bins.fill(cell, chunk);
            cell
        })
        .collect();
    let list: Vec<u8> = cells.iter().flat_map(|cell| cell.to_le_bytes()).collect();
    let list = bins.store(&list);
    let mut content = b"db".to_vec();
    content.extend((cells.len() as u16).to_le_bytes());
    content.extend(list.to_le_bytes());
    bins.fill(record, &content);
    cells.push(list);
    (record, cells)
}
