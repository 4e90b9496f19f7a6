//! What bounds memory and work, each limit with its name.

use std::fmt;

/// Bounds for one file of images.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Images in a file.
    pub images: u32,
    /// Parts that an image may consist of.
    pub parts: u16,
    /// Entries of the blob tables, all parts together.
    pub blobs: u64,
    /// Bytes of an unpacked chunk. Microsoft's tools write up to 64 MiB.
    pub chunk_bytes: u64,
    /// Chunks of a solid resource, whose sizes are kept in memory.
    pub solid_chunks: u64,
    /// Bytes of unpacked chunks that are kept; the newest chunk is kept in any case.
    pub cached_bytes: u64,
    /// Bytes that are unpacked as long as the file is open, all together: a small file can claim to hold any amount.
    pub unpacked_bytes: u64,
    /// Streams of one file.
    pub streams: u16,
    /// Bytes of the longest content that is compared with its hash when it is read. For that all of it is read, where a hive
    /// is read by some pages.
    pub checked_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            images: 1024,
            parts: 1024,
            blobs: 16 << 20,
            chunk_bytes: 64 << 20,
            solid_chunks: 4 << 20,
            cached_bytes: 256 << 20,
            unpacked_bytes: 256 << 30,
            streams: 1024,
            checked_bytes: 1 << 20,
        }
    }
}

/// Which limit was hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::images`].
    Images,
    /// [`Limits::parts`].
    Parts,
    /// [`Limits::blobs`].
    Blobs,
    /// [`Limits::chunk_bytes`].
    ChunkBytes,
    /// [`Limits::solid_chunks`].
    SolidChunks,
    /// [`Limits::unpacked_bytes`].
    UnpackedBytes,
    /// [`Limits::streams`].
    Streams,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Images => "images",
            Self::Parts => "parts",
            Self::Blobs => "entries of the blob tables",
            Self::ChunkBytes => "bytes of one chunk",
            Self::SolidChunks => "chunks of one solid resource",
            Self::UnpackedBytes => "bytes unpacked",
            Self::Streams => "streams of one file",
        })
    }
}
