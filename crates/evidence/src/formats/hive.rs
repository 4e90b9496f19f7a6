//! A single hive file, with the transaction logs beside it.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use super::{Candidate, Format, Opened};
use crate::discover::Start;
use crate::error::{Error, Operation};
use crate::escape::Escaped;
use crate::folder::FolderTree;
use crate::limits::Options;
use crate::path::TreePath;
use crate::signature::{PROBE_BYTES, is_regf, is_transaction_log};
use crate::source::SourceKind;

pub(super) const FORMAT: Format = Format { probe, open };

fn probe(candidate: &Candidate<'_>) -> Result<bool, Error> {
    let Some(reader) = &candidate.reader else {
        return Ok(false);
    };
    let mut buf = [0u8; PROBE_BYTES];
    let read = reader
        .read_available(0, &mut buf)
        .map_err(|source| Error::Read { path: Escaped::path(candidate.path).to_string(), source })?;
    let head = buf.get(..read).unwrap_or_default();
    Ok(is_regf(head) && !is_transaction_log(head))
}

/// The tree is the folder that the hive really lies in, since its logs are there; nothing else of it is looked at.
fn open(candidate: &Candidate<'_>, options: &Options) -> Result<Opened, Error> {
    let real = fs::canonicalize(candidate.path).map_err(|source| Error::Io {
        operation: Operation::Resolve,
        path: Escaped::path(candidate.path).to_string(),
        source,
    })?;
    let folder = real.parent().unwrap_or(Path::new("/"));
    let name = real.file_name().unwrap_or(OsStr::new(""));
    let tree = FolderTree::new(folder, options.limits.mapped_bytes, candidate.counter.clone())?;
    Ok(Opened {
        kind: SourceKind::Hive,
        tree: Box::new(tree),
        start: Start::Hive(TreePath::root().child(name)),
        problems: Vec::new(),
    })
}
