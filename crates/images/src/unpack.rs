//! Decompression of one unit at a time, into memory of the unit's size and not more.

use std::cell::RefCell;
use std::io::Read;

use flate2::{Decompress, FlushDecompress, Status};
use hivekey_read_at::wide;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::error::{Error, Structure};
use crate::map::Unit;
use crate::offset::FileOffset;

/// Bytes that a zstd frame may ask for as its window. QEMU's encoder stays below, whatever the cluster size.
const MAX_WINDOW: u64 = 16 << 20;

/// How a unit is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// Deflate with the header and checksum of zlib (RFC 1950).
    Zlib,
    /// Deflate alone (RFC 1951).
    Deflate,
    /// Zstandard (RFC 8878).
    Zstd,
}

/// What came out.
#[derive(Debug)]
pub(crate) struct Unpacked {
    /// The unit's bytes, at most as many as were expected.
    pub(crate) bytes: Vec<u8>,
    /// Bytes of the compressed data, if they are deflated.
    pub(crate) taken: u64,
    /// Whether the end of the compressed data was met, and its checksum, if there is one, was right.
    pub(crate) is_sound: bool,
}

/// Unpacks `packed`, of which `expected` bytes should come out. What follows the compressed data is not looked at.
pub(crate) fn unpack(method: Method, packed: &[u8], expected: usize) -> Unpacked {
    match method {
        Method::Zlib => INFLATER.with_borrow_mut(|decoder| inflate(decoder, packed, expected, true)),
        Method::Deflate => INFLATER.with_borrow_mut(|decoder| inflate(decoder, packed, expected, false)),
        Method::Zstd => UNZSTD.with_borrow_mut(|decoder| unzstd(decoder, packed, expected)),
    }
}

impl Unpacked {
    /// The unit, with the error for what is missing from it if it is too short.
    pub(crate) fn into_unit(self, structure: Structure, offset: FileOffset, expected: usize) -> Unit {
        let fault = (self.bytes.len() < expected).then(|| Error::Unpack {
            structure,
            offset,
            unpacked: wide(self.bytes.len()),
            expected: wide(expected),
        });
        Unit { bytes: self.bytes, fault }
    }
}

thread_local! {
    // A decoder's tables and window cost more to set up than a small unit to unpack.
    static INFLATER: RefCell<Decompress> = RefCell::new(Decompress::new(true));
    static UNZSTD: RefCell<FrameDecoder> = RefCell::new(zstd_decoder());
}

fn zstd_decoder() -> FrameDecoder {
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(MAX_WINDOW);
    decoder
}

fn inflate(decoder: &mut Decompress, packed: &[u8], expected: usize, has_header: bool) -> Unpacked {
    decoder.reset(has_header);
    let mut bytes = vec![0u8; expected];
    let mut is_sound = false;
    // Once the unit is full, the end of the data and the checksum are still to be read.
    let mut beyond = [0u8; 1];
    loop {
        let taken = usize::try_from(decoder.total_in()).unwrap_or(usize::MAX);
        let made = usize::try_from(decoder.total_out()).unwrap_or(usize::MAX);
        let Some(input) = packed.get(taken..) else { break };
        let output = match bytes.get_mut(made..) {
            Some(rest) if !rest.is_empty() => rest,
            _ => &mut beyond[..],
        };
        match decoder.decompress(input, output, FlushDecompress::None) {
            Ok(Status::StreamEnd) => {
                is_sound = true;
                break;
            }
            Ok(Status::Ok | Status::BufError) => {
                let before = (wide(taken), wide(made));
                let is_full = decoder.total_out() > wide(expected);
                if before == (decoder.total_in(), decoder.total_out()) || is_full {
                    break;
                }
            }
            Err(_) => break,
        }
    }
    bytes.truncate(usize::try_from(decoder.total_out()).unwrap_or(usize::MAX));
    Unpacked { bytes, taken: decoder.total_in(), is_sound }
}

fn unzstd(decoder: &mut FrameDecoder, packed: &[u8], expected: usize) -> Unpacked {
    let mut bytes = vec![0u8; expected];
    let mut input = packed;
    let mut made = 0usize;
    let mut is_sound = decoder.init(&mut input).is_ok();
    while is_sound && made < expected {
        let missing = expected.saturating_sub(made);
        is_sound = decoder.decode_blocks(&mut input, BlockDecodingStrategy::UptoBytes(missing)).is_ok();
        let Some(rest) = bytes.get_mut(made..) else { break };
        let count = decoder.read(rest).unwrap_or(0);
        made = made.saturating_add(count);
        if count == 0 && decoder.is_finished() {
            break;
        }
    }
    bytes.truncate(made);
    Unpacked { bytes, taken: 0, is_sound }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::DeflateEncoder, write::ZlibEncoder};
    use std::io::Write;

    fn sample() -> Vec<u8> {
        (0u32..20_000).flat_map(|number| (number * number % 1009).to_le_bytes()).collect()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn deflate_with_and_without_header() {
        let bytes = sample();
        let mut packed = zlib(&bytes);
        packed.extend_from_slice(b"what follows");
        let unpacked = unpack(Method::Zlib, &packed, bytes.len());
        assert!(unpacked.is_sound && unpacked.bytes == bytes);
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&bytes).unwrap();
        let unpacked = unpack(Method::Deflate, &encoder.finish().unwrap(), bytes.len());
        assert!(unpacked.is_sound && unpacked.bytes == bytes);
    }

    #[test]
    fn what_is_damaged_gives_what_came_out_before() {
        let bytes = sample();
        let packed = zlib(&bytes);
        let cut = unpack(Method::Zlib, &packed[..packed.len() / 2], bytes.len());
        assert!(!cut.is_sound && !cut.bytes.is_empty() && bytes.starts_with(&cut.bytes));
        let mut wrong_sum = packed.clone();
        *wrong_sum.last_mut().unwrap() ^= 1;
        let unpacked = unpack(Method::Zlib, &wrong_sum, bytes.len());
        assert!(!unpacked.is_sound && unpacked.bytes == bytes);
        for method in [Method::Zlib, Method::Zstd] {
            let nothing = unpack(method, &[], 10);
            assert!(!nothing.is_sound && nothing.bytes.is_empty());
        }
        let unit = unpack(Method::Zlib, &packed[..9], 10).into_unit(Structure::EwfChunk, FileOffset(1), 10);
        assert!(unit.fault.is_some());
    }

    #[test]
    fn more_than_expected_is_left_out() {
        let bytes = sample();
        let unpacked = unpack(Method::Zlib, &zlib(&bytes), 100);
        assert_eq!(unpacked.bytes, bytes[..100]);
        // A frame of zstd with one raw block.
        let frame = [0x28, 0xB5, 0x2F, 0xFD, 0x20, 4, 0x21, 0, 0, b'a', b'b', b'c', b'd'];
        assert_eq!(unpack(Method::Zstd, &frame, 4).bytes, b"abcd");
        assert_eq!(unpack(Method::Zstd, &frame, 2).bytes, b"ab");
        assert_eq!(unpack(Method::Zstd, &frame, 9).bytes, b"abcd");
        // The window of 2 GiB that this frame asks for is refused.
        let greedy = [0x28, 0xB5, 0x2F, 0xFD, 0, 0xA8, 0x21, 0, 0, b'a', b'b', b'c', b'd'];
        assert!(unpack(Method::Zstd, &greedy, 4).bytes.is_empty());
    }
}
