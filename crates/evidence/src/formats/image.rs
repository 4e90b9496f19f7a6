//! A disk image, a raw disk or a volume, told by its content.

use hivekey_images::Kind;

use super::{Candidate, Format, Opened};
use crate::error::Error;
use crate::image;
use crate::options::Options;
use crate::signature::{LooksLike, identify};
use crate::source::SourceKind;

pub(super) const FORMAT: Format = Format { probe, open };

/// Bytes below which no file in a folder is a volume with a Windows on it: copies of boot sectors lie beside many of them.
const SMALLEST_VOLUME: u64 = 1 << 20;

fn probe(candidate: &Candidate<'_>) -> Result<bool, Error> {
    let Some(reader) = &candidate.reader else {
        return Ok(false);
    };
    let kind = image::kind(reader).map_err(|source| candidate.failed(source))?;
    let looks_like = identify(reader).map_err(|source| candidate.failed(source))?;
    Ok(match (kind, looks_like) {
        // Named by what it looks like: version 2 of EWF, and the later segments of an E01.
        (Some(Kind::Ewf2), _) | (Some(Kind::Ewf), LooksLike::Instead { .. }) => false,
        (Some(_), _) => true,
        (None, _) if candidate.local.is_none() && reader.len() < SMALLEST_VOLUME => false,
        (None, LooksLike::Container { kind: SourceKind::Raw, .. }) => {
            candidate.local.is_some() || image::is_disk(reader)
        }
        // A disk whose first sector is lost, or a file system that only its own signature tells.
        (None, LooksLike::Zeros | LooksLike::Unknown) => image::is_disk(reader),
        (None, _) => false,
    })
}

fn open(candidate: &Candidate<'_>, options: &Options) -> Result<Opened, Error> {
    let shown = &candidate.shown;
    let missing = || Error::NotAFile { path: shown.clone(), what: "a folder" };
    let reader = candidate.reader.clone().ok_or_else(missing)?;
    image::open(shown, &candidate.name, reader, candidate.siblings, options)
}
