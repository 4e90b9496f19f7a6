//! Where the bytes of a virtual disk lie: what every format answers, and what the reading asks.

use std::sync::Arc;

use hivekey_read_at::ReadAt;

use crate::error::{Error, Structure};
use crate::identity::Identity;
use crate::kind::Kind;
use crate::offset::{DiskOffset, FileOffset};

/// Where a piece of the disk lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In one of the image's files, as it is.
    Stored {
        /// Which file.
        file: usize,
        /// Where in it.
        offset: FileOffset,
        /// What these bytes are called if they are cut off.
        structure: Structure,
    },
    /// Nowhere: it is zeros.
    Zero,
    /// In the parent; zeros if there is none, or where it has ended.
    Parent,
    /// In a unit of compression.
    Packed {
        /// Which unit, in the terms of the map.
        unit: u64,
        /// Bytes of the unit before the piece.
        skip: u64,
    },
}

/// A piece of the disk that lies in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Where it lies.
    pub(crate) place: Place,
    /// Its length in bytes, never 0. It may reach past the end of the disk.
    pub(crate) length: u64,
}

impl Piece {
    pub(crate) const fn new(place: Place, length: u64) -> Self {
        Self { place, length }
    }
}

/// One image without its parents: says where each byte of its disk lies.
pub(crate) trait Map: Send + Sync {
    /// The piece that begins at `at`, which lies on the disk.
    fn locate(&self, at: DiskOffset) -> Result<Piece, Error>;

    /// Where what the tables lead to ends, for a disk of `size` bytes: as far as a look at a few of their pages tells. `None` if the
    /// format has no tables, or they lead nowhere.
    fn reach(&self, size: u64) -> Option<Reach> {
        let _ = size;
        None
    }

    /// The bytes of a unit of compression that [`locate`](Self::locate) named. Fewer than the unit should have if the
    /// image is damaged there.
    fn unpack(&self, unit: u64) -> Result<Unit, Error> {
        let _ = unit;
        Ok(Unit::default())
    }
}

/// How long a file has to be for what its image's tables say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Which of the image's files.
    pub(crate) file: usize,
    /// What ends there.
    pub(crate) structure: Structure,
    /// The end.
    pub(crate) end: u64,
}

/// An unpacked unit of compression.
#[derive(Debug, Default)]
pub(crate) struct Unit {
    /// What came out.
    pub(crate) bytes: Vec<u8>,
    /// Why not more came out, if it should have been more.
    pub(crate) fault: Option<Error>,
}

/// What the opener of a format gives.
pub(crate) struct Image {
    /// Where the bytes lie.
    pub(crate) map: Box<dyn Map>,
    /// The files in which they lie.
    pub(crate) files: Vec<Arc<dyn ReadAt>>,
    /// Size of the disk in bytes.
    pub(crate) size: u64,
    /// By what a child would know this image.
    pub(crate) identity: Identity,
    /// The parent, if the image has one.
    pub(crate) parent: Option<ParentLink>,
    /// What changes when the image is written, if a child's link tells it from the identity (VDI).
    pub(crate) revision: Option<Identity>,
    /// Hashes of the disk that the image holds.
    pub(crate) hashes: StoredHashes,
    /// Internal snapshots.
    pub(crate) snapshots: Vec<Snapshot>,
}

impl Image {
    /// An image without identity, parent and hashes.
    pub(crate) fn new(map: impl Map + 'static, files: Vec<Arc<dyn ReadAt>>, size: u64) -> Self {
        Self {
            map: Box::new(map),
            files,
            size,
            identity: Identity::None,
            parent: None,
            revision: None,
            hashes: StoredHashes::default(),
            snapshots: Vec::new(),
        }
    }
}

/// What an image says of its parent.
#[derive(Debug)]
pub(crate) struct ParentLink {
    /// Names under which it is to be found, best first; none if the image does not name it.
    pub(crate) stated: Vec<String>,
    /// Identities of which the parent has one; none are known if empty.
    pub(crate) expected: Vec<Identity>,
    /// The revision that the parent has, if the format tells it from the identity.
    pub(crate) revision: Option<Identity>,
    /// Which images nearby are looked at if it is not under these names; none if its identity is not enough to tell it.
    pub(crate) nearby: Option<Nearby>,
    /// The kind that the parent is said to be of; by its signature if `None`.
    pub(crate) kind: Option<Kind>,
}

/// Images among which a parent may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nearby {
    /// Of what kind they are.
    pub(crate) kind: Kind,
    /// How their names end, in lower case.
    pub(crate) endings: &'static [&'static str],
}

/// A state of the disk that the image keeps besides the current one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Its id, unique in the image.
    pub id: String,
    /// Its name, as given by who took it.
    pub name: String,
    /// When it was taken, in seconds since 1970-01-01 UTC.
    pub unix_seconds: u32,
}

/// Hashes of the whole disk that an image holds, from when it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredHashes {
    /// MD5.
    pub md5: Option<[u8; 16]>,
    /// SHA-1.
    pub sha1: Option<[u8; 20]>,
}
