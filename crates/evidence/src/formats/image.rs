//! A disk image, a raw disk or a volume, told by its content.

use std::fs;

use hivekey_images::Kind;

use super::{Candidate, Format, Opened};
use crate::error::{Error, Operation};
use crate::escape::Escaped;
use crate::image::{self, FolderSiblings};
use crate::limits::Options;
use crate::signature::{LooksLike, identify};
use crate::source::SourceKind;

pub(super) const FORMAT: Format = Format { probe, open };

fn probe(candidate: &Candidate<'_>) -> Result<bool, Error> {
    let Some(reader) = &candidate.reader else {
        return Ok(false);
    };
    let failed = |source| Error::Read { path: Escaped::path(candidate.path).to_string(), source };
    let kind = image::kind(reader).map_err(failed)?;
    let looks_like = identify(reader).map_err(failed)?;
    Ok(match (kind, looks_like) {
        // Named by what it looks like: version 2 of EWF, and the later segments of an E01.
        (Some(Kind::Ewf2), _) | (Some(Kind::Ewf), LooksLike::Known { .. }) => false,
        (Some(_), _) => true,
        (None, LooksLike::Container { kind: SourceKind::Raw, .. }) => true,
        // A disk whose first sector is lost, or a file system that only its own signature tells.
        (None, LooksLike::Zeros | LooksLike::Unknown) => image::is_disk(reader),
        (None, _) => false,
    })
}

/// The files that belong to the image lie where it really lies.
fn open(candidate: &Candidate<'_>, options: &Options) -> Result<Opened, Error> {
    let shown = || Escaped::path(candidate.path).to_string();
    let real = fs::canonicalize(candidate.path).map_err(|source| Error::Io {
        operation: Operation::Resolve,
        path: shown(),
        source,
    })?;
    let reader = candidate.reader.clone().ok_or_else(|| Error::NotAFile { path: shown(), what: "a folder" })?;
    let siblings = FolderSiblings::of(&real, candidate.counter.clone(), options.limits.folder_entries);
    image::open(&shown(), &image::file_name(real.file_name()), reader, &siblings, options)
}
