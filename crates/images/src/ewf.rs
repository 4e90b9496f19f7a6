//! Expert Witness Format (EWF, E01): as EnCase, FTK Imager, SMART and libewf write it.
//!
//! An image is a series of [`segment`]s, each a chain of [`section`]s. The first has the [`volume`] section with the size of
//! the disk; [`table`]s lead to the [`chunks`]; the last may have the [`digest`]s of the whole disk. Positions in this
//! module count over all segments, one after the other.
//!
//! A chunk whose checksum is wrong is given as it is, and noted as an anomaly. If the image is cut off behind chunks and before
//! the end of their table, they are found without it ([`walk`]). Source: J. Metz, "Expert Witness Compression
//! Format (EWF)", libewf documentation.

mod chunks;
mod digest;
mod section;
mod segment;
mod table;
mod volume;
mod walk;

use std::sync::Arc;

use hivekey_read_at::{ReadAt, wide};

use crate::anomaly::Anomaly;
use crate::error::{Error, Structure};
use crate::identity::Identity;
use crate::limits::LimitName;
use crate::map::{Image, StoredHashes};
use crate::offset::FileOffset;
use crate::open::Context;
use crate::siblings::{Role, SiblingError};
use crate::split::Joined;

use chunks::{ChunkMap, TablePair};
use section::{Section, SectionKind};
use segment::Naming;
use table::Table;
use volume::Volume;
use walk::Walk;

/// Opens an EWF image, given its first segment.
pub(crate) fn open(context: &mut Context<'_>, name: &str, file: Arc<dyn ReadAt>) -> Result<Image, Error> {
    let number = segment::number(&file, FileOffset(0))?;
    if number != 1 {
        return Err(Error::Field {
            structure: Structure::EwfFileHeader,
            offset: FileOffset(9),
            field: "segment number",
            actual: u64::from(number),
            expected: "1: the first segment is to be opened",
        });
    }
    let mut contents = Contents::default();
    let (file, missing) = read_segments(context, name, file, &mut contents)?;
    let volume = contents.volume.ok_or(Error::Missing {
        structure: Structure::EwfSection,
        offset: FileOffset(segment::HEADER),
        item: "volume section",
    })?;
    let available = contents.chunks.saturating_mul(volume.chunks.size()).min(volume.size);
    let walk = contents.lost.map(|(start, end)| {
        context.notes().add(Anomaly::TableLost { structure: Structure::EwfTable, offset: start });
        let most = volume.chunks.index(walk::MAX_BYTES).min(wide(context.limits().index_entries));
        Walk::new(contents.chunks, start, end, most)
    });
    if available < volume.size && walk.is_none() {
        let structure = Structure::EwfChunk;
        context.notes().add(Anomaly::CutOff { structure, needed: volume.size, available });
    }
    let end = FileOffset(file.len());
    let missing = missing.unwrap_or(Error::Missing {
        structure: Structure::EwfTable,
        offset: end,
        item: "entry for a chunk of the disk",
    });
    let map =
        ChunkMap::new(Arc::new(file), volume, contents.tables, (walk, missing), context.limits(), context.notes());
    let mut image = Image::new(map, Vec::new(), volume.size);
    image.hashes = contents.hashes;
    Ok(image)
}

/// How a segment ends.
enum End {
    /// Another one follows.
    Next,
    /// The image ends.
    Done,
    /// The file ends before its last section. The chunks of later segments then cannot be numbered.
    CutOff(Error),
}

/// Reads all segments into `contents`; gives them, and the error for what lies in those that are missing.
fn read_segments(
    context: &mut Context<'_>,
    name: &str,
    first: Arc<dyn ReadAt>,
    contents: &mut Contents,
) -> Result<(Joined, Option<Error>), Error> {
    let naming = Naming::of_first(name);
    let mut file = Joined::default();
    let mut segment = first;
    let mut number = 1u32;
    loop {
        let (start, end) = file.push(segment);
        match read_segment(context, &file, start, end, contents)? {
            End::Done => return Ok((file, None)),
            End::CutOff(error) => return Ok((file, Some(error))),
            End::Next => {}
        }
        number = number.saturating_add(1);
        Error::check_limit(LimitName::Segments, u64::from(number), wide(context.limits().segments))?;
        // The names of the segments are known only if that of the first is as it should be.
        let next = naming.as_ref().and_then(|naming| naming.name(number));
        let opened = match &next {
            Some(next) => context.open_named(Role::Segment, next),
            None => Err(SiblingError::NotFound),
        };
        let reason = match opened {
            Ok(file) if segment::number(&file, FileOffset(0)).is_ok_and(|found| u32::from(found) == number) => {
                segment = file;
                continue;
            }
            Ok(_) => SiblingError::NotFound,
            Err(reason) => reason,
        };
        let name = next.unwrap_or_else(|| format!("segment {number} of {name}"));
        context.notes().add(Anomaly::SegmentMissing { name: name.clone() });
        return Ok((file, Some(Error::MissingSibling { role: Role::Segment, name, identity: Identity::None, reason })));
    }
}

/// What was found in the segments.
#[derive(Default)]
struct Contents {
    volume: Option<Volume>,
    tables: Vec<TablePair>,
    chunks: u64,
    sections: u64,
    hashes: StoredHashes,
    /// From where to where the chunks lie of which no table was read yet.
    sectors: Option<(FileOffset, FileOffset)>,
    /// The same, of a table that is cut off with the image.
    lost: Option<(FileOffset, FileOffset)>,
}

/// Reads the sections of one segment.
fn read_segment(
    context: &Context<'_>,
    file: &Joined,
    start: FileOffset,
    end: FileOffset,
    contents: &mut Contents,
) -> Result<End, Error> {
    let mut at = start.plus(segment::HEADER);
    loop {
        contents.sections = contents.sections.saturating_add(1);
        Error::check_limit(LimitName::IndexEntries, contents.sections, wide(context.limits().index_entries))?;
        let section = match section::read(file, start, at, end, context.notes()) {
            Ok(section) => section,
            Err(error @ Error::Truncated { structure, needed, available, .. }) => {
                context.notes().add(Anomaly::CutOff { structure, needed, available });
                contents.lost = contents.sectors.take();
                return Ok(End::CutOff(error));
            }
            Err(error) => return Err(error),
        };
        match read_section(context, file, &section, (start, end), contents) {
            Err(error @ Error::Truncated { structure, needed, available, .. }) => {
                context.notes().add(Anomaly::CutOff { structure, needed, available });
                contents.lost = contents.sectors.take();
                return Ok(End::CutOff(error));
            }
            other => other?,
        }
        match (section.kind, section.next) {
            (SectionKind::Next, _) => return Ok(End::Next),
            (SectionKind::Done, _) | (_, None) => return Ok(End::Done),
            (_, Some(next)) => at = next,
        }
    }
}

fn read_section(
    context: &Context<'_>,
    file: &Joined,
    section: &Section,
    (start, end): (FileOffset, FileOffset),
    contents: &mut Contents,
) -> Result<(), Error> {
    let (limits, notes) = (context.limits(), context.notes());
    match section.kind {
        SectionKind::Volume if contents.volume.is_none() => {
            contents.volume = Some(volume::read(file, section, limits, notes)?);
        }
        SectionKind::Sectors => {
            let next = section.content.plus(section.length);
            contents.sectors = Some((section.content, next.min(end)));
        }
        SectionKind::Table => {
            let table = table::read(file, section, start, notes)?;
            let available = end.get().saturating_sub(table.place().get());
            if available < table.length() && contents.sectors.is_some() {
                let (structure, offset) = (Structure::EwfTable, table.place());
                return Err(Error::Truncated { structure, offset, needed: table.length(), available });
            }
            contents.add(table, end);
        }
        SectionKind::Table2 => {
            if let Ok(copy) = table::read(file, section, start, notes) {
                contents.add_copy(copy, end);
            }
        }
        SectionKind::Hash | SectionKind::Digest => digest::read_hashes(file, section, &mut contents.hashes, notes)?,
        SectionKind::Errors => digest::note_errors(file, section, limits, notes)?,
        _ => {}
    }
    Ok(())
}

impl Contents {
    fn add(&mut self, table: Table, segment_end: FileOffset) {
        self.sectors = None;
        self.tables.push(TablePair { first: self.chunks, table, copy: None, segment_end });
        self.chunks = self.chunks.saturating_add(table.count);
    }

    /// A copy belongs to the table before it; without one, it is the table.
    fn add_copy(&mut self, copy: Table, segment_end: FileOffset) {
        match self.tables.last_mut() {
            Some(pair) if pair.copy.is_none() && pair.table.count == copy.count && pair.segment_end == segment_end => {
                let (table, other) = pair.table.rank(copy);
                pair.table = table;
                pair.copy = Some(other);
            }
            _ => self.add(copy, segment_end),
        }
    }
}
