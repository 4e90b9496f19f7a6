//! A zip or tar archive, or one packed file, told by its content.

use super::{Candidate, Format, Opened};
use crate::archive;
use crate::error::Error;
use crate::options::Options;

pub(super) const FORMAT: Format =
    Format { probe: |candidate| recognise(candidate).map(|archive| archive.is_some()), open };

fn recognise(candidate: &Candidate<'_>) -> Result<Option<archive::Archive>, Error> {
    let archive = candidate.reader.as_ref().map_or(Ok(None), archive::recognise);
    archive.map_err(|source| candidate.failed(source))
}

fn open(candidate: &Candidate<'_>, options: &Options) -> Result<Opened, Error> {
    match (recognise(candidate)?, candidate.reader.clone()) {
        (Some(archive), Some(reader)) => archive::open(candidate, reader, archive, &options.limits),
        _ => Err(Error::NotAFile { path: candidate.shown.clone(), what: "no archive" }),
    }
}
