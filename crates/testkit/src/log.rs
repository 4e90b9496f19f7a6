//! Writes transaction logs of hives, in the old and in the new format.
//!
//! A log is made from images of the same hive: what is on disk, and what it should become. The pages in which they
//! differ are its dirty pages.

mod marvin;
mod new_format;
mod old_format;

pub use marvin::marvin32;
pub use new_format::{EntryDamage, NewLog};
pub use old_format::old_log;

use crate::hive::BASE_BLOCK_SIZE;

/// Grain of the pages that a log holds, as Windows writes them.
const PAGE: usize = 4096;
/// Bytes of a base block that a log starts with.
const LOG_HEADER: usize = 512;

/// The runs of pages of the bins in which `to` differs from `from` or goes beyond it: offset from the first bin,
/// length.
fn dirty_runs(from: &[u8], to: &[u8]) -> Vec<(usize, usize)> {
    let (from, to) = (&from[BASE_BLOCK_SIZE..], &to[BASE_BLOCK_SIZE..]);
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (index, page) in to.chunks(PAGE).enumerate() {
        let offset = index * PAGE;
        if from.get(offset..offset + page.len()) == Some(page) {
            continue;
        }
        match runs.last_mut() {
            Some((start, length)) if *start + *length == offset => *length += page.len(),
            _ => runs.push((offset, page.len())),
        }
    }
    runs
}

/// The first 512 bytes of a hive, changed into those of a log.
fn log_header(hive: &[u8], sequence: u32, file_type: u32, bins_size: u32) -> Vec<u8> {
    let mut header = hive[..LOG_HEADER].to_vec();
    for (offset, word) in [(4, sequence), (8, sequence), (28, file_type), (40, bins_size)] {
        header[offset..offset + 4].copy_from_slice(&word.to_le_bytes());
    }
    crate::hive::seal(&mut header);
    header
}

fn word(bytes: &[u8], offset: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[offset..offset + 4]);
    u32::from_le_bytes(word)
}
