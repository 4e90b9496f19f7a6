//! A single hive file, with the transaction logs beside it.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use super::{Candidate, Format, Opened};
use crate::discover::Start;
use crate::error::{Error, Operation};
use crate::folder::FolderTree;
use crate::options::Options;
use crate::path::TreePath;
use crate::signature::{is_regf, is_transaction_log};
use crate::source::SourceKind;

pub(super) const FORMAT: Format = Format { probe, open };

fn probe(candidate: &Candidate<'_>) -> Result<bool, Error> {
    let head = candidate.head()?;
    Ok(candidate.local.is_some() && is_regf(&head) && !is_transaction_log(&head))
}

/// The tree is the folder that the hive really lies in, since its logs are there; nothing else of it is looked at.
fn open(candidate: &Candidate<'_>, options: &Options) -> Result<Opened, Error> {
    let Some(local) = &candidate.local else {
        return Err(Error::NotAFile { path: candidate.shown.clone(), what: "in another source" });
    };
    let real = fs::canonicalize(local.path).map_err(|source| Error::Io {
        operation: Operation::Resolve,
        path: candidate.shown.clone(),
        source,
    })?;
    let folder = real.parent().unwrap_or(Path::new("/"));
    let name = real.file_name().unwrap_or(OsStr::new(""));
    let tree = FolderTree::new(folder, options.limits.mapped_bytes, local.counter.clone())?;
    Ok(Opened {
        kind: SourceKind::Hive,
        tree: Box::new(tree),
        start: Start::Hive(TreePath::root().child(name)),
        problems: Vec::new(),
        parts: Vec::new(),
    })
}
