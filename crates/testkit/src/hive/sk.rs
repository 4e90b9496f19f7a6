//! The security record (sk) that all keys share.
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 2 | `sk` |
//! | 2 | 2 | reserved |
//! | 4 | 4 | offset of the next sk cell (here: itself) |
//! | 8 | 4 | offset of the previous sk cell (here: itself) |
//! | 12 | 4 | number of keys that use it |
//! | 16 | 4 | length of the descriptor |
//! | 20 | … | self-relative security descriptor |

use super::bins::{Bins, CellOffset};

/// S-1-5-18, Local System.
const SYSTEM: [u8; 12] = [1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0];
/// S-1-5-32-544, Administrators.
const ADMINISTRATORS: [u8; 16] = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0];
/// KEY_ALL_ACCESS.
const ALL_ACCESS: u32 = 0x000F_003F;

/// Allocates the record; [`fill`] completes it once the number of keys is known.
pub(super) fn allocate(bins: &mut Bins) -> CellOffset {
    bins.allocate(20 + descriptor().len())
}

/// Writes the record.
pub(super) fn fill(bins: &mut Bins, cell: CellOffset, keys: u32) {
    let descriptor = descriptor();
    let mut content = b"sk\0\0".to_vec();
    content.extend(cell.to_le_bytes());
    content.extend(cell.to_le_bytes());
    content.extend(keys.to_le_bytes());
    content.extend((descriptor.len() as u32).to_le_bytes());
    content.extend(descriptor);
    bins.fill(cell, &content);
}

/// Owner Administrators, group System, and full access for both, inherited by subkeys.
fn descriptor() -> Vec<u8> {
    let entries: Vec<u8> = [SYSTEM.as_slice(), &ADMINISTRATORS]
        .iter()
        .flat_map(|sid| {
            let mut entry = vec![0u8, 2]; // ACCESS_ALLOWED, CONTAINER_INHERIT
            entry.extend((8 + sid.len() as u16).to_le_bytes());
            entry.extend(ALL_ACCESS.to_le_bytes());
            entry.extend(*sid);
            entry
        })
        .collect();
    let mut acl = vec![2u8, 0];
    acl.extend((8 + entries.len() as u16).to_le_bytes());
    acl.extend([2, 0, 0, 0]);
    acl.extend(entries);

    let owner = 20 + acl.len() as u32;
    let group = owner + ADMINISTRATORS.len() as u32;
    let mut descriptor = vec![1u8, 0];
    descriptor.extend(0x8004u16.to_le_bytes()); // self-relative, DACL present
    for offset in [owner, group, 0, 20] {
        descriptor.extend(offset.to_le_bytes());
    }
    descriptor.extend(acl);
    descriptor.extend(ADMINISTRATORS);
    descriptor.extend(SYSTEM);
    descriptor
}
