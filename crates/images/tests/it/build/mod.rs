//! Writers of small images, after the specifications: for cases that the usual tools do not write.

pub mod clones;
pub mod ewf;
pub mod qcow2;
pub mod vdi;
pub mod vhd;
pub mod vhdx;
pub mod vmdk;

/// Puts `bytes` at `at`, making the file longer if it must be.
pub fn put(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if file.len() < at + bytes.len() {
        file.resize(at + bytes.len(), 0);
    }
    file[at..at + bytes.len()].copy_from_slice(bytes);
}

/// UTF-16, little-endian.
pub fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub fn u32_of(number: usize) -> u32 {
    u32::try_from(number).unwrap()
}
