//! A folder: the last row, since every other format is a file.

use super::{Candidate, Format, Opened};
use crate::discover::Start;
use crate::error::Error;
use crate::folder::FolderTree;
use crate::limits::Options;
use crate::source::SourceKind;

pub(super) const FORMAT: Format = Format { probe: |candidate| Ok(candidate.metadata.is_dir()), open };

fn open(candidate: &Candidate<'_>, options: &Options) -> Result<Opened, Error> {
    let tree = FolderTree::new(candidate.path, options.limits.mapped_bytes, candidate.counter.clone())?;
    let name = tree.name().map(ToOwned::to_owned);
    Ok(Opened {
        kind: SourceKind::Directory,
        tree: Box::new(tree),
        start: Start::Folder { name },
        problems: Vec::new(),
    })
}
