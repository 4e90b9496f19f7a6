//! The sections of a segment, each opened by a descriptor of 76 bytes.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 16 | type | text, filled up with zeros |
//! | 16 | 8 | next | where the next descriptor lies in the segment; the last gives its own place |
//! | 24 | 8 | size | of the section, with this descriptor |
//! | 72 | 4 | checksum | Adler-32 of the 72 bytes before |
//!
//! | type | holds |
//! |---|---|
//! | `header`, `header2` | notes of who made the image |
//! | `volume`, `disk` | [`super::volume`] |
//! | `sectors` | chunks |
//! | `table`, `table2` | [`super::table`]; the second is a copy of the first |
//! | `hash`, `digest`, `error2` | [`super::digest`] |
//! | `next` | nothing: another segment follows |
//! | `done` | nothing: the image ends |
//!
//! All numbers are little-endian. Source: libewf documentation, chapter 4.

use hivekey_read_at::ReadAt;

use crate::anomaly::{Anomaly, Notes};
use crate::error::{Error, Structure};
use crate::offset::FileOffset;
use crate::read::{Fields, part, read_array};

/// Bytes of a descriptor.
const DESCRIPTOR: u64 = 76;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SectionKind {
    Volume,
    Sectors,
    Table,
    Table2,
    Hash,
    Digest,
    Errors,
    Next,
    Done,
    /// Not needed to read the disk.
    Other,
}

/// A section.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section {
    pub(super) kind: SectionKind,
    /// Where its content begins.
    pub(super) content: FileOffset,
    /// Bytes of its content, as it says.
    pub(super) length: u64,
    /// Where the next begins, if one follows.
    pub(super) next: Option<FileOffset>,
}

/// The section whose descriptor is at `offset` of the segment that begins at `segment` and ends at `end`; positions in it
/// count from there.
pub(super) fn read(
    file: &dyn ReadAt,
    segment: FileOffset,
    offset: FileOffset,
    end: FileOffset,
    notes: &Notes,
) -> Result<Section, Error> {
    let structure = Structure::EwfSection;
    let available = end.get().saturating_sub(offset.get());
    if available < DESCRIPTOR {
        return Err(Error::Truncated { structure, offset, needed: DESCRIPTOR, available });
    }
    let bytes: [u8; 76] = read_array(file, structure, offset)?;
    let fields = Fields::new(&bytes, structure, offset);
    let (stored, computed) = (fields.u32(72)?, adler(part(&bytes, 0, 72).unwrap_or_default()));
    if stored != computed {
        notes.add(Anomaly::Checksum { structure, offset, stored, computed });
    }
    let name = fields.slice(0, 16)?.split(|byte| *byte == 0).next().unwrap_or_default();
    let kind = match name {
        b"volume" | b"disk" => SectionKind::Volume,
        b"sectors" => SectionKind::Sectors,
        b"table" => SectionKind::Table,
        b"table2" => SectionKind::Table2,
        b"hash" => SectionKind::Hash,
        b"digest" => SectionKind::Digest,
        b"error2" => SectionKind::Errors,
        b"next" => SectionKind::Next,
        b"done" => SectionKind::Done,
        _ => SectionKind::Other,
    };
    let next = segment.plus(fields.u64(16)?);
    let is_last = matches!(kind, SectionKind::Next | SectionKind::Done);
    if !is_last && next <= offset {
        return Err(fields.wrong("next section", fields.u64(16)?, "a place behind this section"));
    }
    Ok(Section {
        kind,
        content: offset.plus(DESCRIPTOR),
        length: fields.u64(24)?.saturating_sub(DESCRIPTOR),
        next: (!is_last).then_some(next),
    })
}

/// Adler-32 (RFC 1950), which guards every structure of the format.
pub(super) fn adler(bytes: &[u8]) -> u32 {
    adler2::adler32_slice(bytes)
}
