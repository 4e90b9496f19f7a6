//! A WIM, ESD or SWM: Windows images as files, not as disks.

use super::{Candidate, Format, Opened};
use crate::error::Error;
use crate::options::Options;
use crate::wim;

pub(super) const FORMAT: Format = Format {
    // Pipable ones are opened to say that they are not supported.
    probe: |candidate| {
        candidate.head().map(|head| head.starts_with(b"MSWIM\0\0\0") || head.starts_with(b"WLPWM\0\0\0"))
    },
    open,
};

fn open(candidate: &Candidate<'_>, _: &Options) -> Result<Opened, Error> {
    let shown = &candidate.shown;
    let missing = || Error::NotAFile { path: shown.clone(), what: "a folder" };
    let reader = candidate.reader.clone().ok_or_else(missing)?;
    wim::open(shown, &candidate.name, reader, candidate.siblings)
}
