//! A zip or tar archive, or one packed file, told by its content.

use super::{Candidate, Format, Opened};
use crate::archive;
use crate::error::Error;
use crate::escape::Escaped;
use crate::image;
use crate::limits::Options;

pub(super) const FORMAT: Format = Format { probe, open };

fn recognise(candidate: &Candidate<'_>) -> Result<Option<archive::Archive>, Error> {
    let failed = |source| Error::Read { path: Escaped::path(candidate.path).to_string(), source };
    candidate.reader.as_ref().map_or(Ok(None), archive::recognise).map_err(failed)
}

fn probe(candidate: &Candidate<'_>) -> Result<bool, Error> {
    recognise(candidate).map(|archive| archive.is_some())
}

fn open(candidate: &Candidate<'_>, options: &Options) -> Result<Opened, Error> {
    let shown = Escaped::path(candidate.path).to_string();
    let name = image::file_name(candidate.path.file_name());
    match (recognise(candidate)?, candidate.reader.clone()) {
        (Some(archive), Some(reader)) => archive::open(&shown, &name, reader, archive, &options.limits),
        _ => Err(Error::NotAFile { path: shown, what: "no archive" }),
    }
}
