//! The sections with the hashes of the disk, and with the sectors that could not be read when the image was made.
//!
//! | section | offset | length | field |
//! |---|---|---|---|
//! | `hash` | 0 | 16 | MD5 |
//! | `digest` | 0 | 16 | MD5 |
//! | `digest` | 16 | 20 | SHA-1 |
//! | `error2` | 0 | 4 | number of entries |
//! | `error2` | 520 | n × 8 | first sector (4), sectors (4) |
//!
//! A hash of zeros was not computed. All numbers are little-endian. Source: libewf documentation, "Hash section", "Digest
//! section", "Error2 section".

use hivekey_read_at::{ReadAt, narrow, wide};

use super::section::{Section, SectionKind};
use crate::anomaly::{Anomaly, Notes};
use crate::error::{Error, Structure};
use crate::limits::Limits;
use crate::map::StoredHashes;
use crate::read::{Fields, read_array, read_vec};

/// Bytes before the entries of `error2`.
const ERRORS: u64 = 520;

/// Adds what the section holds to `hashes`.
pub(super) fn read_hashes(
    file: &dyn ReadAt,
    section: &Section,
    hashes: &mut StoredHashes,
    notes: &Notes,
) -> Result<(), Error> {
    let structure = Structure::EwfSection;
    let md5: [u8; 16] = read_array(file, structure, section.content)?;
    match hashes.md5 {
        _ if md5 == [0; 16] => {}
        None => hashes.md5 = Some(md5),
        Some(first) if first == md5 => {}
        Some(first) => {
            notes.add(Anomaly::HashesDiffer { algorithm: "MD5", first: hex(&first), second: hex(&md5) });
        }
    }
    if section.kind == SectionKind::Digest {
        let sha1: [u8; 20] = read_array(file, structure, section.content.plus(16))?;
        if sha1 != [0; 20] {
            hashes.sha1 = Some(sha1);
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Notes the sectors that could not be read.
pub(super) fn note_errors(file: &dyn ReadAt, section: &Section, limits: &Limits, notes: &Notes) -> Result<(), Error> {
    let structure = Structure::EwfSection;
    let count = u64::from(u32::from_le_bytes(read_array(file, structure, section.content)?));
    let first = section.content.plus(ERRORS);
    let room = section.length.saturating_sub(ERRORS) / 8;
    let count = count.min(room).min(wide(limits.anomalies));
    let bytes = read_vec(file, structure, first, narrow(count.saturating_mul(8)))?;
    for entry in bytes.chunks_exact(8) {
        let entry = Fields::new(entry, structure, first);
        notes.add(Anomaly::AcquisitionError { first: u64::from(entry.u32(0)?), count: u64::from(entry.u32(4)?) });
    }
    Ok(())
}
