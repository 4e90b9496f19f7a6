//! The files beside an image: its parents, segments, extents, and how their names are looked for.

use std::fmt;
use std::sync::Arc;

use hivekey_read_at::ReadAt;

/// Opens the files that an image names. This crate opens none itself: who implements this decides what may be opened.
pub trait Siblings {
    /// Opens the file `name`, read-only.
    ///
    /// `name` is a path with `/` between its parts, counted from the folder of the image that was opened first. It comes
    /// from the image, which may be hostile: it may be absolute or hold `..`, and an implementation refuses what lies
    /// outside of the evidence. Names from Windows may differ from those on disk in upper and lower case.
    ///
    /// # Errors
    ///
    /// A [`SiblingError`] that says why there is nothing to read.
    fn open(&self, name: &str) -> Result<Box<dyn ReadAt>, SiblingError>;

    /// Opens a file by its name alone in another folder than that of the image, for parents and extents that are nowhere else. Only
    /// folders that somebody chose for it: a file of the same name need not be the one that is meant.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    fn open_moved(&self, name: &str) -> Result<Box<dyn ReadAt>, SiblingError> {
        let _ = name;
        Err(SiblingError::NotFound)
    }

    /// The names of the files in `folder` (a path as in [`open`](Self::open), empty for the folder of the image), without
    /// that folder. Needed for parents that are not under the name that their child gives (a VDI gives none), and to notice that a
    /// piece of a split image is missing.
    fn list(&self, folder: &str) -> Vec<String> {
        let _ = folder;
        Vec::new()
    }
}

/// No files beside the image: every parent or segment is missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSiblings;

impl Siblings for NoSiblings {
    fn open(&self, _name: &str) -> Result<Box<dyn ReadAt>, SiblingError> {
        Err(SiblingError::NotFound)
    }
}

/// Why a file beside an image was not opened.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SiblingError {
    /// There is no such file.
    #[error("there is no such file")]
    NotFound,
    /// The file lies where the image has no business.
    #[error("it lies outside of the folders that may be read")]
    Refused,
    /// The file cannot be read.
    #[error("{0}")]
    Failed(Arc<dyn std::error::Error + Send + Sync>),
}

impl SiblingError {
    /// A failure in the words of the system.
    pub fn failed(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Failed(Arc::new(source))
    }
}

/// What a file is to the image that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Holds what the child does not.
    Parent,
    /// The next part of the same file.
    Segment,
    /// A part of the disk (VMDK).
    Extent,
    /// Holds the data of the whole disk (QCOW2).
    DataFile,
    /// Describes the image and others of its bundle (Parallels).
    Descriptor,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Parent => "parent",
            Self::Segment => "segment",
            Self::Extent => "extent",
            Self::DataFile => "data file",
            Self::Descriptor => "descriptor",
        })
    }
}

/// The part of `name` before its last `/`, that one included.
pub(crate) fn folder_of(name: &str) -> &str {
    name.rfind('/').and_then(|at| name.get(..=at)).unwrap_or_default()
}

/// The part of `name` after its last `/`.
pub(crate) fn base_of(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

/// A name beside `own`.
pub(crate) fn beside(own: &str, base: &str) -> String {
    format!("{}{base}", folder_of(own))
}

/// Takes `.` and inner `..` out of a path.
pub(crate) fn tidy(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

/// The names under which the file `stated` by the image `own` is looked for, best first: where the image says, then
/// under the same name beside the image, since images are moved together.
pub(crate) fn candidates(own: &str, stated: &str) -> Vec<String> {
    let path = stated.trim().replace('\\', "/");
    let path = path.strip_prefix("file://").unwrap_or(&path);
    // `//?/C:/…` and `C:/…` say nothing on another machine than the one that wrote them.
    let has_drive = |text: &str| text.as_bytes().get(1) == Some(&b':') && text.is_char_boundary(2);
    let foreign = path.starts_with("//") || has_drive(path) || has_drive(path.trim_start_matches('/'));
    let base = base_of(path);
    let mut names = Vec::new();
    if !foreign {
        names.push(if path.starts_with('/') { tidy(path) } else { tidy(&beside(own, path)) });
    }
    let here = tidy(&beside(own, base));
    if !names.contains(&here) {
        names.push(here);
    }
    names.retain(|name| !matches!(base_of(name), "" | "." | "..") && !name.contains('\0'));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_looked_for_where_stated_then_beside() {
        assert_eq!(candidates("disk.qcow2", "base.qcow2"), ["base.qcow2"]);
        assert_eq!(candidates("a/disk.qcow2", "./base.qcow2"), ["a/base.qcow2"]);
        assert_eq!(candidates("a/disk.avhdx", r"..\base\disk.vhdx"), ["base/disk.vhdx", "a/disk.vhdx"]);
        assert_eq!(candidates("disk.avhdx", r"..\base\disk.vhdx"), ["../base/disk.vhdx", "disk.vhdx"]);
        assert_eq!(candidates("disk.avhdx", r"C:\VMs\disk.vhdx"), ["disk.vhdx"]);
        assert_eq!(candidates("disk.avhdx", r"\\?\C:\VMs\disk.vhdx"), ["disk.vhdx"]);
        assert_eq!(candidates("x", "/etc/shadow"), ["/etc/shadow", "shadow"]);
        assert_eq!(candidates("x", "file:///C:/VMs/p.vhd"), ["p.vhd"]);
        assert_eq!(candidates("x", "../../p"), ["../../p", "p"]);
        assert!(candidates("x", "").is_empty());
        assert!(candidates("x", "..").is_empty());
        assert!(candidates("x", "a\0b").is_empty());
        assert_eq!(candidates("x", "é:/p"), ["é:/p", "p"]);
    }
}
