#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod bits;
mod huffman;
mod lengths;
mod lzms;
mod lznt1;
mod lzx;
mod output;
mod range_coder;
mod words;
mod x86;
mod xpress;

pub use lzms::unpack_lzms;
pub use lznt1::unpack_lznt1;
pub use lzx::{LZX_CHUNK_LEN, LZX_MAX_CHUNK_LEN, unpack_lzx};
pub use xpress::unpack_xpress;

/// Why packed bytes cannot be unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The packed bytes end before the output is full.
    #[error("packed data ends too early")]
    Truncated,
    /// The lengths of the codes of a Huffman table contradict each other.
    #[error("a Huffman table is over-full")]
    Table,
    /// Bits that stand for no symbol of the table.
    #[error("bits that stand for no symbol")]
    Symbol,
    /// A match starts before the first byte of the output.
    #[error("a match reaches back {distance} bytes, {written} are there")]
    Distance {
        /// How far back.
        distance: usize,
        /// Bytes written so far.
        written: usize,
    },
    /// More bytes come out than may.
    #[error("more comes out than the {max} bytes that may")]
    Overflow {
        /// Bytes that may come out.
        max: usize,
    },
    /// A header that the format does not know.
    #[error("unknown block type {0}")]
    BlockType(u32),
}

/// `N` bytes at `at`, if there are so many.
#[inline]
fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk::<N>().copied()
}
