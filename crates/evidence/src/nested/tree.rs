//! A tree in which some files are images, and stand for the trees in them.

use hivekey_read_at::ReadAt;

use crate::error::Error;
use crate::folder::shown;
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};
use crate::tree::{EntryKind, Head, ImageHashes, Listing, Moment, Tree};

/// A tree with images in it.
pub(crate) struct NestedTree {
    outer: Box<dyn Tree>,
    /// Each with the path of its file.
    images: Vec<(TreePath, Box<dyn Tree>)>,
}

/// Where a path leads.
enum Place<'a> {
    Outer,
    /// In an image: its path, its tree, and the path in it.
    Image(&'a TreePath, &'a dyn Tree, TreePath),
}

impl NestedTree {
    pub(super) fn new(outer: Box<dyn Tree>, images: Vec<(TreePath, Box<dyn Tree>)>) -> Self {
        Self { outer, images }
    }

    fn place(&self, path: &TreePath) -> Place<'_> {
        let found = self.images.iter().find_map(|(image, tree)| Some((image, tree, path.relative_to(image)?)));
        found.map_or(Place::Outer, |(image, tree, path)| Place::Image(image, &**tree, path))
    }
}

impl Tree for NestedTree {
    fn entries(&self, folder: &TreePath, limit: usize) -> Result<Listing, Error> {
        match self.place(folder) {
            Place::Outer => self.outer.entries(folder, limit),
            Place::Image(image, tree, folder) => tree.entries(&folder, limit).map_err(|error| inside(image, error)),
        }
    }

    fn lookup(&self, folder: &TreePath, names: &[&str], limit: usize) -> Result<Listing, Error> {
        match self.place(folder) {
            Place::Outer => self.outer.lookup(folder, names, limit),
            Place::Image(image, tree, folder) => {
                tree.lookup(&folder, names, limit).map_err(|error| inside(image, error))
            }
        }
    }

    fn resolve(&self, path: &TreePath) -> Result<(TreePath, EntryKind), Error> {
        match self.place(path) {
            Place::Outer => self.outer.resolve(path),
            Place::Image(image, tree, path) => match tree.resolve(&path) {
                Ok((path, kind)) => Ok((path.within(image), kind)),
                Err(error) => Err(inside(image, error)),
            },
        }
    }

    fn size(&self, file: &TreePath) -> Result<u64, Error> {
        match self.place(file) {
            Place::Outer => self.outer.size(file),
            Place::Image(image, tree, file) => tree.size(&file).map_err(|error| inside(image, error)),
        }
    }

    fn open(&self, file: &TreePath) -> Result<Box<dyn ReadAt>, Error> {
        match self.place(file) {
            Place::Outer => self.outer.open(file),
            Place::Image(image, tree, file) => tree.open(&file).map_err(|error| inside(image, error)),
        }
    }

    fn head(&self, file: &TreePath, buf: &mut [u8]) -> Result<Head, Error> {
        match self.place(file) {
            Place::Outer => self.outer.head(file, buf),
            Place::Image(image, tree, file) => tree.head(&file, buf).map_err(|error| inside(image, error)),
        }
    }

    fn moment(&self, path: &TreePath) -> Moment {
        match self.place(path) {
            Place::Outer => self.outer.moment(path),
            Place::Image(_, tree, path) => tree.moment(&path),
        }
    }

    fn problems(&self) -> Vec<Problem> {
        let of_images = self
            .images
            .iter()
            .flat_map(|(image, tree)| tree.problems().into_iter().map(move |problem| problem_inside(image, problem)));
        self.outer.problems().into_iter().chain(of_images).collect()
    }

    fn check_image_hashes(&self) -> Vec<ImageHashes> {
        let of_image = |(image, tree): &(TreePath, Box<dyn Tree>)| {
            let checked = tree.check_image_hashes();
            checked
                .into_iter()
                .map(|found| ImageHashes { image: found.image.within(image), ..found })
                .collect::<Vec<_>>()
        };
        self.outer.check_image_hashes().into_iter().chain(self.images.iter().flat_map(of_image)).collect()
    }
}

fn inside(image: &TreePath, error: Error) -> Error {
    Error::InImage { image: shown(image), source: Box::new(error) }
}

/// The same problem, seen from the folder that the image lies in.
pub(super) fn problem_inside(image: &TreePath, problem: Problem) -> Problem {
    let kind = match problem.kind {
        ProblemKind::Unreadable(error) => ProblemKind::Unreadable(inside(image, error)),
        ProblemKind::BitLockerUnreadable(error) => ProblemKind::BitLockerUnreadable(inside(image, error)),
        ProblemKind::Link(error) => ProblemKind::Link(inside(image, error)),
        ProblemKind::SameNameButCase { other } => ProblemKind::SameNameButCase { other: other.within(image) },
        kind => kind,
    };
    Problem { path: problem.path.within(image), kind }
}
