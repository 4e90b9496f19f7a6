//! A folder: the last row, since every other format is a file.

use super::{Candidate, Format, Opened};
use crate::discover::Start;
use crate::error::Error;
use crate::folder::FolderTree;
use crate::options::Options;
use crate::source::SourceKind;

pub(super) const FORMAT: Format =
    Format { probe: |candidate| Ok(candidate.local.as_ref().is_some_and(|local| local.is_folder)), open };

fn open(candidate: &Candidate<'_>, options: &Options) -> Result<Opened, Error> {
    let Some(local) = &candidate.local else {
        return Err(Error::NotAFile { path: candidate.shown.clone(), what: "in another source" });
    };
    let tree = FolderTree::new(local.path, options.limits.mapped_bytes, local.counter.clone())?;
    let name = tree.name().map(ToOwned::to_owned);
    Ok(Opened {
        kind: SourceKind::Directory,
        tree: Box::new(tree),
        start: Start::Folder { name },
        problems: Vec::new(),
        parts: Vec::new(),
    })
}
