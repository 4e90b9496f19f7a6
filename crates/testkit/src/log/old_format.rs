//! The log format up to Windows 8.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 512 | base block with file type 1 (2 in Windows 2000) |
//! | 512 | 4 | `DIRT` |
//! | 516 | … | one bit for each 512 bytes of the bins, lowest bit first |
//! | next multiple of 512 | … | the 512-byte pages whose bit is set, one after the other |

use super::{LOG_HEADER, log_header, word};
use crate::hive::BASE_BLOCK_SIZE;

const PAGE: usize = 512;

/// A log in the old format (`.LOG`, `.LOG1`) that turns the bins of one image of a hive into those of another.
/// It carries the time of `to`'s base block, which Windows compares with the hive's.
pub fn old_log(from: &[u8], to: &[u8]) -> Vec<u8> {
    let (before, after) = (&from[BASE_BLOCK_SIZE..], &to[BASE_BLOCK_SIZE..]);
    let mut log = log_header(to, word(to, 4), 1, after.len() as u32);
    log.extend(b"DIRT");
    let mut bitmap = vec![0u8; (after.len() / PAGE).div_ceil(8)];
    let mut pages: Vec<u8> = Vec::new();
    for (index, page) in after.chunks(PAGE).enumerate() {
        let offset = index * PAGE;
        if before.get(offset..offset + page.len()) != Some(page) {
            bitmap[index / 8] |= 1 << (index % 8);
            pages.extend(page);
        }
    }
    log.extend(bitmap);
    log.resize(log.len().next_multiple_of(PAGE), 0);
    log.extend(pages);
    log
}

const _: () = assert!(LOG_HEADER == PAGE);
