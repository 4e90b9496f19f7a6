//! Streams packed by gzip, Zstandard or xz: of a tar, or of one file such as `SOFTWARE.gz`.

use std::error::Error as StdError;
use std::io::{self, BufReader, Read};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use hivekey_read_at::ReadAt;
use lzma_rust2::XzReader;
use ruzstd::decoding::StreamingDecoder;

use super::collector::Collector;
use super::input::Input;
use super::{is_tar, tar};
use crate::source::SourceKind;

/// Kilobytes of memory that an xz stream may ask for: its best preset takes 65 MB.
const XZ_MEMORY: u32 = 256 << 10;
/// Bytes of a tar's first header.
const TAR_HEADER: usize = 512;

/// How a stream is packed.
#[derive(Clone, Copy)]
pub(crate) enum Packing {
    Gzip,
    Zstandard,
    Xz,
}

impl Packing {
    /// By the first bytes.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"\x1f\x8b\x08") {
            Some(Self::Gzip)
        } else if head.starts_with(b"\x28\xb5\x2f\xfd") {
            Some(Self::Zstandard)
        } else {
            head.starts_with(b"\xfd7zXZ\0").then_some(Self::Xz)
        }
    }

    /// Endings of file names that the packed file has and the file in it has not.
    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Gzip => &[".gz", ".gzip"],
            Self::Zstandard => &[".zst", ".zstd"],
            Self::Xz => &[".xz"],
        }
    }

    fn stream(self, reader: &Arc<dyn ReadAt>) -> io::Result<Box<dyn Read>> {
        let packed = BufReader::with_capacity(64 << 10, Input::new(Arc::clone(reader)));
        Ok(match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(packed)),
            Self::Zstandard => Box::new(StreamingDecoder::new(packed).map_err(io::Error::other)?),
            Self::Xz => Box::new(XzReader::new_mem_limit(packed, true, XZ_MEMORY)),
        })
    }
}

/// Goes through what a stream holds, and says what that is.
///
/// # Errors
///
/// If its beginning cannot be unpacked.
pub(super) fn read(
    reader: &Arc<dyn ReadAt>,
    packing: Packing,
    name: &str,
    collector: &mut Collector<'_>,
) -> Result<SourceKind, Box<dyn StdError + Send + Sync>> {
    let mut stream = packing.stream(reader)?;
    let mut head = Vec::new();
    stream.by_ref().take(u64::try_from(TAR_HEADER)?).read_to_end(&mut head)?;
    let is_tar = is_tar(&head);
    let mut stream = io::Cursor::new(head).chain(stream);
    if is_tar {
        tar::read(stream, None, collector)?;
        return Ok(SourceKind::Tar);
    }
    let lower = name.to_ascii_lowercase();
    let ending = packing.endings().iter().find(|ending| lower.ends_with(**ending)).map_or(0, |ending| ending.len());
    let name = name.get(..name.len().saturating_sub(ending)).filter(|name| !name.is_empty()).unwrap_or("file");
    if let Some(path) = collector.place(name.as_bytes())
        && let Err(error) = collector.packed(path.clone(), 0, &mut stream)
    {
        collector.unreadable_rest(path, 0, error);
    }
    Ok(SourceKind::Packed)
}
