//! XPRESS, LZX and LZMS against chunks packed by wimlib (`tests/data`, see the README there); LZNT1 against itself cut short.

use hivekey_compression::{CodecError, LZX_CHUNK_LEN, unpack_lzms, unpack_lznt1, unpack_lzx, unpack_xpress};
use proptest::prelude::*;

fn packed(hex_lines: &str) -> Vec<u8> {
    hex::decode(hex_lines.split_whitespace().collect::<String>()).expect("hexadecimal digits")
}

fn text(len: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> =
        (0..).map(|i: u64| format!("line {i} of {}\n", i * i)).take(len).collect::<String>().into();
    bytes.truncate(len);
    bytes
}

/// x86 calls, forwards, backwards and far.
fn calls(len: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut i = 0i32;
    while bytes.len() < len {
        let target = (i * 7919) % 40_000 - 15_000 + if i % 5 == 0 { 11_990_000 } else { 0 };
        bytes.push(0xE8);
        bytes.extend(target.to_le_bytes());
        bytes.extend([0x8B, 0xC0, u8::try_from(i * i % 256).unwrap()]);
        i += 1;
    }
    bytes.truncate(len);
    bytes
}

fn runs(len: usize) -> Vec<u8> {
    let run = |i: usize| vec![u8::try_from(65 + i % 26).unwrap(); i * i % 700];
    let mut bytes: Vec<u8> = (0..200).flat_map(run).collect();
    bytes.truncate(len);
    bytes
}

fn mixed() -> Vec<u8> {
    [text(3000), calls(3500), runs(6001)].concat()
}

const LZX: &str = include_str!("../data/lzx.hex");
const LZMS: &str = include_str!("../data/lzms.hex");
const XPRESS_4K: &str = include_str!("../data/xpress4.hex");
const XPRESS_16K: &str = include_str!("../data/xpress16.hex");

#[test]
fn xpress_of_wimlib() {
    for (hex_lines, plain) in [(XPRESS_4K, text(4096)), (XPRESS_16K, runs(16384))] {
        let packed = packed(hex_lines);
        let mut out = vec![0u8; plain.len()];
        unpack_xpress(&packed, &mut out).unwrap();
        assert!(out == plain);
        // Cut anywhere: an error, or, where only padding is cut, the same bytes.
        for len in 0..packed.len() {
            if unpack_xpress(&packed[..len], &mut out).is_ok() {
                assert!(out == plain && len + 4 >= packed.len(), "{len}");
            }
        }
    }
}

#[test]
fn lzx_of_wimlib() {
    let (packed, plain) = (packed(LZX), mixed());
    let mut out = vec![0u8; plain.len()];
    unpack_lzx(&packed, LZX_CHUNK_LEN, &mut out).unwrap();
    assert!(out == plain);
    for len in 0..packed.len() {
        if unpack_lzx(&packed[..len], LZX_CHUNK_LEN, &mut out).is_ok() {
            assert!(out == plain && len + 4 >= packed.len(), "{len}");
        }
    }
}

#[test]
fn lzms_of_wimlib() {
    let (packed, plain) = (packed(LZMS), mixed());
    let mut out = vec![0u8; plain.len()];
    unpack_lzms(&packed, &mut out).unwrap();
    assert!(out == plain);
    // A cut moves the stream that is read from the end.
    for len in 0..packed.len() {
        assert!(unpack_lzms(&packed[..len], &mut out).is_err() || out != plain, "{len}");
    }
    let longer = [packed, vec![0, 0]].concat();
    assert!(unpack_lzms(&longer, &mut out).is_err() || out != plain);
}

#[test]
fn lzx_stored_blocks() {
    // Type 3, 5 bytes; three distances; the bytes and one for padding; then the same with 4 bytes.
    let mut block = vec![0x00, 0x60, 0x00, 0x50];
    block.extend([1u32, 1, 1].iter().flat_map(|distance| distance.to_le_bytes()));
    block.extend(b"hello\0");
    let mut second = vec![0x00, 0x60, 0x00, 0x40];
    second.extend([1u32, 1, 1].iter().flat_map(|distance| distance.to_le_bytes()));
    second.extend(b"moon");
    let both = [block.clone(), second].concat();
    let mut out = [0u8; 9];
    unpack_lzx(&both, LZX_CHUNK_LEN, &mut out).unwrap();
    assert_eq!(&out, b"hellomoon");
    assert_eq!(unpack_lzx(&block, LZX_CHUNK_LEN, &mut out), Err(CodecError::Truncated));
    assert_eq!(unpack_lzx(&[0, 0, 0, 0], LZX_CHUNK_LEN, &mut out), Err(CodecError::BlockType(0)));
    assert_eq!(unpack_lzx(&[], LZX_CHUNK_LEN, &mut out), Err(CodecError::Truncated));
    assert!(unpack_lzx(&[], LZX_CHUNK_LEN, &mut []).is_ok());
    assert!(matches!(unpack_lzx(&both, LZX_CHUNK_LEN, &mut vec![0u8; 32769]), Err(CodecError::Overflow { .. })));
}

proptest! {
    #[test]
    fn any_bytes(input in prop::collection::vec(any::<u8>(), 0..600), len in 0usize..9000) {
        let mut out = vec![0u8; len];
        let _ = unpack_lznt1(&input, &mut out);
        let _ = unpack_lzms(&input, &mut out);
        let _ = unpack_lzx(&input, LZX_CHUNK_LEN, &mut out);
        let _ = unpack_xpress(&input, &mut out);
    }

    #[test]
    fn changed_chunks(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5)) {
        for (hex_lines, lzx, len) in [(LZX, true, 12_501usize), (XPRESS_4K, false, 4096)] {
            let mut packed = packed(hex_lines);
            for (at, byte) in &changes {
                let at = at.index(packed.len());
                packed[at] = *byte;
            }
            let mut out = vec![0u8; len];
            let _ = if lzx { unpack_lzx(&packed, LZX_CHUNK_LEN, &mut out) } else { unpack_xpress(&packed, &mut out) };
        }
    }
}
