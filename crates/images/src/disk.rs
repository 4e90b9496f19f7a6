//! The virtual disk that an image and its parents make up.

use std::fmt;
use std::ops::Range;

use hivekey_read_at::{ReadAt, ReadError, check_range};

use crate::anomaly::{Anomaly, Notes};
use crate::kind::Kind;
use crate::layer::{Layer, Run};
use crate::map::{Snapshot, StoredHashes};
use crate::siblings::Role;

/// Pieces that one call of [`Disk::data_extent`] looks at before it takes the next one for data.
const MAX_PIECES: usize = 1 << 16;

/// Bytes that are taken for data where the image does not say what is there.
const UNKNOWN: u64 = 64 << 10;

/// A file that was opened besides the image.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenedFile {
    /// What it is to the image that names it.
    pub role: Role,
    /// The name under which it was found, counted from the folder of the image.
    pub name: String,
}

/// A virtual disk: read by position, from many threads if wanted.
///
/// A read that meets a damaged or cut-off part of the image fails with [`ReadError::Damaged`]; other parts stay readable.
/// What the image does not hold is never made up: zeros are given only where it says so.
pub struct Disk {
    pub(crate) kind: Kind,
    pub(crate) layer: Layer,
    pub(crate) opened: Vec<OpenedFile>,
    pub(crate) hashes: StoredHashes,
    pub(crate) snapshots: Vec<Snapshot>,
    pub(crate) notes: Notes,
}

impl Disk {
    /// The kind of the image that was opened; its parents may be of another.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Size of the disk in bytes, as its users saw it.
    #[must_use]
    pub const fn virtual_size(&self) -> u64 {
        self.layer.size()
    }

    /// What is wrong with the image, as far as it was met; reading more may add to it.
    #[must_use]
    pub fn anomalies(&self) -> Vec<Anomaly> {
        self.notes.list()
    }

    /// The names of the parents that were opened, nearest first.
    #[must_use]
    pub fn parents(&self) -> Vec<&str> {
        self.opened.iter().filter(|file| file.role == Role::Parent).map(|file| file.name.as_str()).collect()
    }

    /// All files that were opened besides the image.
    #[must_use]
    pub fn files(&self) -> &[OpenedFile] {
        &self.opened
    }

    /// Hashes of the disk that the image holds, to be compared with those of what is read.
    #[must_use]
    pub const fn stored_hashes(&self) -> &StoredHashes {
        &self.hashes
    }

    /// The internal snapshots of the image that was opened (QCOW2). To read one, open the image again with its name in
    /// [`Options::snapshot`](crate::Options::snapshot).
    #[must_use]
    pub fn snapshots(&self) -> &[Snapshot] {
        &self.snapshots
    }

    /// The next range with data at or after `offset`, so that a sweep can skip holes, which are zeros. `None` if there is
    /// none up to the end. A range may hold zeros, and may end where another one follows at once.
    #[must_use]
    pub fn data_extent(&self, offset: u64) -> Option<Range<u64>> {
        let size = self.virtual_size();
        let run_at = |at: u64| self.layer.run(at).unwrap_or(Run { is_data: true, length: UNKNOWN });
        let mut start = None;
        let mut at = offset;
        for _ in 0..MAX_PIECES {
            if at >= size {
                break;
            }
            let run = run_at(at);
            match (run.is_data, start) {
                (true, None) => start = Some(at),
                (false, Some(start)) => return Some(start..at),
                (true, Some(_)) | (false, None) => {}
            }
            at = at.saturating_add(run.length).min(size);
        }
        match start {
            Some(start) => Some(start..at),
            // So many holes were met that the question is left to the next call.
            None if at < size => Some(at..at.saturating_add(run_at(at).length).min(size)),
            None => None,
        }
    }
}

impl ReadAt for Disk {
    fn len(&self) -> u64 {
        self.virtual_size()
    }

    fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), ReadError> {
        check_range(offset, buf.len(), self.virtual_size())?;
        self.layer.read(offset, buf).map_err(ReadError::from)
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk")
            .field("kind", &self.kind)
            .field("virtual_size", &self.virtual_size())
            .field("opened", &self.opened)
            .finish_non_exhaustive()
    }
}
