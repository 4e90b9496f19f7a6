//! One image of a chain, with its parent: the reading, written once for all formats.

use std::sync::Arc;

use hivekey_read_at::{ReadAt, narrow, wide};

use crate::error::{Error, Structure};
use crate::limits::Limits;
use crate::map::{Image, Map, Place};
use crate::offset::{DiskOffset, FileOffset};
use crate::read::{part, read_exact};
use crate::units::Units;

/// An image and what lies below it.
pub(crate) struct Layer {
    map: Box<dyn Map>,
    files: Vec<Arc<dyn ReadAt>>,
    size: u64,
    parent: Option<Box<Self>>,
    units: Units,
}

/// Whether the bytes from some place on are data or a hole, and how many of them are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) is_data: bool,
    pub(crate) length: u64,
}

impl Layer {
    pub(crate) fn new(image: Image, parent: Option<Box<Self>>, limits: &Limits) -> Self {
        let Image { map, files, size, .. } = image;
        Self { map, files, size, parent, units: Units::new(limits.cached_unit_bytes) }
    }

    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// Fills `buf` from `at` on; the caller has checked that this lies on the disk.
    pub(crate) fn read(&self, at: u64, buf: &mut [u8]) -> Result<(), Error> {
        let mut at = at;
        let mut rest = buf;
        while !rest.is_empty() {
            let piece = self.map.locate(DiskOffset(at))?;
            let mut length = piece.length.max(1);
            if let Place::Stored { file, offset, .. } = piece.place {
                length = self.grow(at, file, offset, length, wide(rest.len()));
            }
            let take = narrow(length).min(rest.len());
            let Some((now, later)) = rest.split_at_mut_checked(take) else { break };
            self.fill(piece.place, at, now)?;
            at = at.saturating_add(wide(take));
            rest = later;
        }
        Ok(())
    }

    /// The length of a stored piece together with the pieces that follow it in the same file, so that they are read at once.
    fn grow(&self, at: u64, file: usize, offset: FileOffset, length: u64, wanted: u64) -> u64 {
        let mut length = length;
        while length < wanted && at.saturating_add(length) < self.size {
            match self.map.locate(DiskOffset(at.saturating_add(length))) {
                Ok(next) => match next.place {
                    Place::Stored { file: same, offset: follows, .. }
                        if same == file && follows == offset.plus(length) && next.length > 0 =>
                    {
                        length = length.saturating_add(next.length);
                    }
                    _ => break,
                },
                // It is met again, and then reported, when the reading comes to it.
                Err(_) => break,
            }
        }
        length
    }

    fn fill(&self, place: Place, at: u64, buf: &mut [u8]) -> Result<(), Error> {
        match place {
            Place::Stored { file, offset, structure } => match self.files.get(file) {
                Some(file) => read_exact(file, structure, offset, buf),
                None => Err(Error::Missing { structure, offset, item: "file" }),
            },
            Place::Zero => {
                buf.fill(0);
                Ok(())
            }
            Place::Parent => self.read_parent(at, buf),
            Place::Packed { unit, skip } => {
                let unpacked = self.units.get(unit, || self.map.unpack(unit))?;
                match part(&unpacked.bytes, narrow(skip), buf.len()) {
                    Some(bytes) => {
                        buf.copy_from_slice(bytes);
                        Ok(())
                    }
                    None => Err(unpacked.fault.clone().unwrap_or(Error::Truncated {
                        structure: Structure::CompressedUnit,
                        offset: FileOffset(skip),
                        needed: wide(buf.len()),
                        available: wide(unpacked.bytes.len()).saturating_sub(skip),
                    })),
                }
            }
        }
    }

    /// What lies past the end of a smaller parent was never written: it is zeros.
    fn read_parent(&self, at: u64, buf: &mut [u8]) -> Result<(), Error> {
        let (parent, available) = match &self.parent {
            Some(parent) => (parent, parent.size.saturating_sub(at)),
            None => {
                buf.fill(0);
                return Ok(());
            }
        };
        let count = narrow(available).min(buf.len());
        let Some((inside, past)) = buf.split_at_mut_checked(count) else { return Ok(()) };
        past.fill(0);
        if inside.is_empty() { Ok(()) } else { parent.read(at, inside) }
    }

    /// Whether there is data at `at`, and how far that holds.
    pub(crate) fn run(&self, at: u64) -> Result<Run, Error> {
        let piece = self.map.locate(DiskOffset(at))?;
        let length = piece.length.max(1);
        match (piece.place, &self.parent) {
            (Place::Stored { .. } | Place::Packed { .. }, _) => Ok(Run { is_data: true, length }),
            (Place::Parent, Some(parent)) if at < parent.size => {
                let below = parent.run(at)?;
                let inside = parent.size.saturating_sub(at);
                Ok(Run { is_data: below.is_data, length: length.min(below.length).min(inside) })
            }
            (Place::Zero | Place::Parent, _) => Ok(Run { is_data: false, length }),
        }
    }
}
