//! The unpackers of NTFS and WIM on arbitrary bytes: no panic, nothing written past the end, the same bytes each time.
//!
//! The first byte chooses the codec, the second the length of the output.
#![no_main]

use hivekey_compression::{CodecError, LZX_CHUNK_LEN, unpack_lzms, unpack_lznt1, unpack_lzx, unpack_xpress};
use libfuzzer_sys::fuzz_target;

fn unpack(kind: u8, input: &[u8], output: &mut [u8]) -> Result<usize, CodecError> {
    let len = output.len();
    match kind % 5 {
        0 => unpack_lznt1(input, output),
        1 => unpack_xpress(input, output).map(|()| len),
        2 => unpack_lzx(input, LZX_CHUNK_LEN, output).map(|()| len),
        3 => unpack_lzx(input, 1 << 17, output).map(|()| len),
        _ => unpack_lzms(input, output).map(|()| len),
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&[kind, len], input)) = data.split_first_chunk() else { return };
    let mut output = vec![0xAA; usize::from(len) * 257];
    let Ok(written) = unpack(kind, input, &mut output) else { return };
    assert!(written <= output.len());
    let mut again = vec![0x55; output.len()];
    assert_eq!(unpack(kind, input, &mut again), Ok(written));
    assert_eq!(output[..written], again[..written]);
});
