//! Streams packed by gzip, bzip2, Zstandard or xz: of a tar, or of one file such as `SOFTWARE.gz`.
//!
//! Each is read to its end where all of it is used, and so are its checksums: CRC-32 in gzip and bzip2, XXH64 in Zstandard (if the
//! stream has one), and what an xz stream names.

use std::io::{self, BufRead, BufReader, Read};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::GzDecoder;
use lzma_rust2::XzReader;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::collector::{Collector, Stated};
use super::input::Input;
use super::tar;
use super::unread::Unread;
use crate::source::SourceKind;

/// Kilobytes of memory that an xz stream may ask for: its best preset takes 65 MB.
const XZ_MEMORY: u32 = 256 << 10;
/// Bytes of a tar's first header.
const TAR_HEADER: u64 = 512;

/// How a stream is packed.
#[derive(Clone, Copy)]
pub(crate) enum Packing {
    Gzip,
    Bzip2,
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
        } else if head.starts_with(b"BZh") && head.get(4..10) == Some(b"\x31\x41\x59\x26\x53\x59") {
            Some(Self::Bzip2)
        } else {
            head.starts_with(b"\xfd7zXZ\0").then_some(Self::Xz)
        }
    }

    /// Endings of file names that the packed file has and the file in it has not.
    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Gzip => &[".gz", ".gzip"],
            Self::Bzip2 => &[".bz2"],
            Self::Zstandard => &[".zst", ".zstd"],
            Self::Xz => &[".xz"],
        }
    }

    fn stream(self, input: Input) -> Box<dyn Read> {
        let packed = BufReader::with_capacity(64 << 10, input);
        match self {
            Self::Gzip => Box::new(Gzip { decoder: Some(GzDecoder::new(packed)) }),
            Self::Bzip2 => Box::new(MultiBzDecoder::new(packed)),
            Self::Zstandard => Box::new(Zstandard { packed, decoder: FrameDecoder::new() }),
            Self::Xz => Box::new(XzReader::new_mem_limit(packed, true, XZ_MEMORY)),
        }
    }
}

/// Goes through what a stream holds, and says what that is.
///
/// # Errors
///
/// If its beginning cannot be unpacked.
pub(super) fn read(
    input: Input,
    packing: Packing,
    name: &str,
    collector: &mut Collector<'_>,
) -> Result<SourceKind, Unread> {
    let mut stream = collector.budget().meter(packing.stream(input));
    let mut head = Vec::new();
    stream.by_ref().take(TAR_HEADER).read_to_end(&mut head).map_err(Unread::of)?;
    let is_tar = tar::begins(&head);
    let mut stream = io::Cursor::new(head).chain(stream);
    if is_tar {
        tar::read_stream(stream, collector)?;
        return Ok(SourceKind::Tar);
    }
    let lower = name.to_ascii_lowercase();
    let ending = packing.endings().iter().find(|ending| lower.ends_with(**ending)).map_or(0, |ending| ending.len());
    let name = name.get(..name.len().saturating_sub(ending)).filter(|name| !name.is_empty()).unwrap_or("file");
    if let Some(path) = collector.place(name.as_bytes())
        && let Err(why) = collector.packed(path.clone(), Stated { size: None, crc32: None }, &mut stream)
    {
        collector.tell(&path, why);
    }
    Ok(SourceKind::Packed)
}

/// Gzip members one after the other, and then at most zeros, as on a tape.
struct Gzip<R> {
    /// `None` behind the last member.
    decoder: Option<GzDecoder<R>>,
}

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.decoder {
            let read = decoder.read(buf)?;
            if read > 0 || buf.is_empty() {
                return Ok(read);
            }
            let Some(mut packed) = self.decoder.take().map(GzDecoder::into_inner) else { break };
            while let padding @ 1.. = packed.fill_buf()?.iter().take_while(|byte| **byte == 0).count() {
                packed.consume(padding);
            }
            if !packed.fill_buf()?.is_empty() {
                self.decoder = Some(GzDecoder::new(packed));
            }
        }
        Ok(0)
    }
}

/// Zstandard frames one after the other, those that hold nothing left out.
struct Zstandard<R> {
    packed: R,
    decoder: FrameDecoder,
}

impl<R: BufRead> Zstandard<R> {
    /// Whether there is a further frame. Its header is read.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.packed.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.packed) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut self.packed.by_ref().take(length.into()), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }

    /// Compares the checksum of a frame that has one and was read to its end.
    fn check(&self) -> Result<(), Unread> {
        match (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum()) {
            (Some(expected), Some(actual)) if actual != expected => {
                Err(Unread::Checksum { name: "XXH64", actual, expected })
            }
            _ => Ok(()),
        }
    }
}

impl<R: BufRead> Read for Zstandard<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        while !buf.is_empty() {
            let read = self.decoder.read(buf)?;
            if read > 0 {
                return Ok(read);
            }
            if self.decoder.is_finished() {
                self.check()?;
                if !self.next_frame()? {
                    return Ok(0);
                }
            } else {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder.decode_blocks(&mut self.packed, one).map_err(io::Error::other)?;
            }
        }
        Ok(0)
    }
}
