//! The images of a WIM as one tree: each a folder, or the only image the tree itself.

use std::cell::RefCell;
use std::sync::Arc;

use hivekey_images::Siblings;
use hivekey_ntfs::Reparse;
use hivekey_read_at::ReadAt;
use hivekey_wim::{Entry, Error as WimError, Header, Limits, Listing, Wim, part_name};

use crate::discover::Start;
use crate::error::Error;
use crate::file_system::{FileSystem, FileSystemTree, Listed, Stopped};
use crate::formats::Opened;
use crate::link::{self, Target};
use crate::parts::{Part, Parts};
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};
use crate::source::SourceKind;
use crate::tree::Moment;

/// What a reparse point may hold (MAXIMUM_REPARSE_DATA_BUFFER_SIZE, [MS-FSCC] 2.1.2).
const MAX_REPARSE_DATA: u64 = 16 << 10;

/// One image of a WIM.
struct WimImage {
    wim: Wim,
    root: Entry,
}

impl FileSystem for WimImage {
    type Node = Entry;
    type Error = WimError;

    fn root(&self) -> Entry {
        self.root.clone()
    }

    fn list(&self, folder: &Entry, limit: usize) -> Result<Listed<Entry, WimError>, WimError> {
        let Listing { entries, stopped, .. } = self.wim.entries(folder, limit)?;
        Ok(Listed { nodes: entries, stopped: stopped.map(Stopped::Error) })
    }

    fn name<'n>(&self, entry: &'n Entry) -> &'n str {
        &entry.name
    }

    fn is_folder(&self, entry: &Entry) -> bool {
        entry.is_directory()
    }

    fn may_be_link(&self, entry: &Entry) -> bool {
        // Other kinds of reparse points are files with their content elsewhere; opening them says so.
        const NAME_SURROGATE: u32 = 0x2000_0000;
        entry.reparse_tag().is_some_and(|tag| tag & NAME_SURROGATE != 0)
    }

    fn target(&self, entry: &Entry) -> Result<Option<Target>, WimError> {
        let Some(tag) = entry.reparse_tag().filter(|_| self.may_be_link(entry)) else {
            return Ok(None);
        };
        let file = self.wim.open_file(entry)?;
        let mut data = vec![0; usize::try_from(file.len().min(MAX_REPARSE_DATA)).unwrap_or(0)];
        file.read_into(0, &mut data)?;
        // Damaged ones lead to where nobody can follow.
        let reparse = Reparse::from_data(tag, &data).unwrap_or(Reparse::Other { tag });
        Ok(link::target(&reparse))
    }

    fn size(&self, entry: &Entry) -> u64 {
        self.wim.size(entry)
    }

    fn open(&self, entry: &Entry) -> Result<Box<dyn ReadAt>, WimError> {
        self.wim.open_file(entry).map(|file| -> Box<dyn ReadAt> { Box::new(file) })
    }

    fn at(&self, path: String, source: WimError) -> Error {
        Error::Wim { path, source: Box::new(source) }
    }

    fn problems(&self, top: &TreePath) -> Vec<Problem> {
        let differing = self.wim.differing(&self.root).into_iter();
        differing.map(|found| Problem { path: top.clone(), kind: ProblemKind::DamagedWim(found) }).collect()
    }
}

/// Opens a WIM, with its other parts among the `siblings`. `path` is what errors call it, `name` that of its file.
///
/// # Errors
///
/// [`Error::Wim`] if none of it can be read. What is wrong further inside is a problem.
pub(crate) fn open(path: &str, name: &str, reader: Arc<dyn ReadAt>, siblings: &dyn Siblings) -> Result<Opened, Error> {
    let failed = |source| Error::Wim { path: path.to_owned(), source: Box::new(source) };
    let own = Header::read(&reader).map_err(failed)?.part;
    let parts = RefCell::new(Vec::new());
    let other = |part| -> Option<Arc<dyn ReadAt>> {
        let name = part_name(name, own, part)?;
        let file = siblings.open(&name).ok()?;
        parts.borrow_mut().push(name);
        Some(Arc::from(file))
    };
    let wim = Wim::open(reader, other, &Limits::default()).map_err(failed)?;
    let problem = |kind| Problem { path: TreePath::root(), kind };
    let mut problems: Vec<Problem> =
        wim.anomalies().iter().map(|anomaly| problem(ProblemKind::DamagedWim(anomaly.clone()))).collect();
    let images = wim.images();
    if images.is_empty() {
        problems.push(problem(ProblemKind::NoVolume));
    }
    let image_part = |(number, image): (usize, &hivekey_wim::Image)| {
        let top = match images.len() {
            1 => TreePath::root(),
            _ => TreePath::root().child(format!("image {}", number.saturating_add(1))),
        };
        let image = WimImage { wim: wim.clone(), root: image.root() };
        Part { tree: Box::new(FileSystemTree::new(image, top.clone())), top, moment: Moment::Now, beside: None }
    };
    let tree = Parts::new(images.iter().enumerate().map(image_part).collect());
    let (kind, start) = (SourceKind::Wim, Start::Folder { name: None });
    Ok(Opened { kind, tree: Box::new(tree), start, problems, parts: parts.into_inner() })
}
