//! The ordered table of what can be opened: each row a probe and an opener, the folder last.
//!
//! To add a container: write `formats/NAME.rs` with one [`Format`], name the module here, and put its row
//! in [`FORMATS`], above the folder. Its opener gives back a [`Tree`]; everything after that is discovery's.

mod archive;
mod folder;
mod hive;
mod image;
mod wim;

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;

use hivekey_images::Siblings;
use hivekey_read_at::{ReadAt, ReadError};

use crate::counter::ByteCounter;
use crate::discover::Start;
use crate::error::Error;
use crate::options::Options;
use crate::problem::Problem;
use crate::signature::PROBE_BYTES;
use crate::source::SourceKind;
use crate::tree::Tree;

/// One way to open a source.
struct Format {
    /// Whether a source is of this format. Looks at few bytes.
    probe: fn(&Candidate<'_>) -> Result<bool, Error>,
    /// Opens it.
    open: fn(&Candidate<'_>, &Options) -> Result<Opened, Error>,
}

/// The first row whose probe says yes opens the source.
static FORMATS: &[Format] = &[hive::FORMAT, image::FORMAT, wim::FORMAT, archive::FORMAT, folder::FORMAT];

/// What a probe may look at: what the user named, or a file in what he named.
pub(crate) struct Candidate<'a> {
    /// What errors call it.
    pub(crate) shown: String,
    /// The name of the file itself; empty if it has none.
    pub(crate) name: String,
    /// Its bytes, if it is a regular file or a block device.
    pub(crate) reader: Option<Arc<dyn ReadAt>>,
    /// The files beside it.
    pub(crate) siblings: &'a dyn Siblings,
    /// Bytes of archives' members that the source already holds in memory.
    pub(crate) kept_bytes: &'a Cell<u64>,
    /// Where it is on this machine, if it is not in another source.
    pub(crate) local: Option<Local<'a>>,
}

/// What is known of a path of this machine.
pub(crate) struct Local<'a> {
    /// As the user gave it.
    pub(crate) path: &'a Path,
    pub(crate) is_folder: bool,
    /// Where everything that is read of this source is counted.
    pub(crate) counter: &'a ByteCounter,
}

impl Candidate<'_> {
    /// An error of reading it.
    pub(crate) fn failed(&self, source: ReadError) -> Error {
        Error::Read { path: self.shown.clone(), source }
    }

    /// Its first bytes.
    fn head(&self) -> Result<Vec<u8>, Error> {
        let mut head = vec![0; PROBE_BYTES];
        let read = match &self.reader {
            Some(reader) => reader.read_available(0, &mut head).map_err(|source| self.failed(source))?,
            None => 0,
        };
        head.truncate(read);
        Ok(head)
    }
}

/// Opens a source by the first format that it is of; `None` if it is of none.
pub(crate) fn open(candidate: &Candidate<'_>, options: &Options) -> Result<Option<Opened>, Error> {
    for format in FORMATS {
        if (format.probe)(candidate)? {
            return (format.open)(candidate, options).map(Some);
        }
    }
    Ok(None)
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
    /// The names of the files beside it that it consists of, too.
    pub(crate) parts: Vec<String>,
}
