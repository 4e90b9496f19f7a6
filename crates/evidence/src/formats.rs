//! The ordered table of what can be opened: each row a probe and an opener, the folder last.
//!
//! To add a container: write `formats/NAME.rs` with one [`Format`], name the module here, and put its row
//! in [`FORMATS`], above the folder. Its opener gives back a [`Tree`]; everything after that is discovery's.

mod archive;
mod folder;
mod hive;
mod image;

use std::fs::Metadata;
use std::path::Path;
use std::sync::Arc;

use hivekey_read_at::ReadAt;

use crate::counter::ByteCounter;
use crate::discover::Start;
use crate::error::Error;
use crate::limits::Options;
use crate::problem::Problem;
use crate::source::SourceKind;
use crate::tree::Tree;

/// One way to open a source.
pub(crate) struct Format {
    /// Whether a source is of this format. Looks at few bytes.
    pub(crate) probe: fn(&Candidate<'_>) -> Result<bool, Error>,
    /// Opens it.
    pub(crate) open: fn(&Candidate<'_>, &Options) -> Result<Opened, Error>,
}

/// The first row whose probe says yes opens the source.
pub(crate) static FORMATS: &[Format] = &[hive::FORMAT, image::FORMAT, archive::FORMAT, folder::FORMAT];

/// What a probe may look at.
pub(crate) struct Candidate<'a> {
    /// The path as the user gave it.
    pub(crate) path: &'a Path,
    /// What it leads to, links followed.
    pub(crate) metadata: &'a Metadata,
    /// Its bytes, if it is a regular file or a block device.
    pub(crate) reader: Option<Arc<dyn ReadAt>>,
    /// Where everything that is read of this source is counted.
    pub(crate) counter: &'a ByteCounter,
}

/// An opened source.
pub(crate) struct Opened {
    /// What the source is called.
    pub(crate) kind: SourceKind,
    /// Its files.
    pub(crate) tree: Box<dyn Tree>,
    /// Where in it the search begins.
    pub(crate) start: Start,
    /// What stood in the way on opening it.
    pub(crate) problems: Vec<Problem>,
}
