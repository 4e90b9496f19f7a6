//! How a source is opened.

use std::path::PathBuf;

use hivekey_bitlocker::Secret;

use crate::limits::Limits;

/// How a source is opened.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// Bounds of the search.
    pub limits: Limits,
    /// Whether hives that were deleted are looked for in the Master File Tables of volumes, which are then read as a whole.
    pub deleted: bool,
    /// How disk images are opened.
    pub images: ImageOptions,
}

impl Options {
    /// The same options with or without a search for deleted hives.
    #[must_use]
    pub fn with_deleted(mut self, deleted: bool) -> Self {
        self.deleted = deleted;
        self
    }

    /// The same options with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same options with other ways to open disk images.
    #[must_use]
    pub fn with_images(mut self, images: ImageOptions) -> Self {
        self.images = images;
        self
    }
}

/// How disk images are opened.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ImageOptions {
    /// What may unlock their BitLocker volumes. Every volume is tried with all of them.
    pub secrets: Vec<Secret>,
    /// The internal snapshot to read instead of the current state, by its name or id. An image that has none of this name is an
    /// error; in a folder this goes for its QCOW2 images.
    pub snapshot: Option<String>,
    /// Folders of this machine, besides the one that an image lies in, where its parents and extents may lie: where the image says or,
    /// if nothing is there, under the same name. Segments are taken from beside the image only.
    pub folders: Vec<PathBuf>,
}

impl ImageOptions {
    /// The same options with secrets for BitLocker volumes.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Vec<Secret>) -> Self {
        self.secrets = secrets;
        self
    }

    /// The same options with an internal snapshot.
    #[must_use]
    pub fn with_snapshot(mut self, snapshot: Option<String>) -> Self {
        self.snapshot = snapshot;
        self
    }

    /// The same options with further folders for the files that images name.
    #[must_use]
    pub fn with_folders(mut self, folders: Vec<PathBuf>) -> Self {
        self.folders = folders;
        self
    }
}
