//! Where a resource lies.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 7 | stored size | bytes in the file; of a blob in a solid resource: its unpacked bytes |
//! | 7 | 1 | flags | 1 free, 2 metadata of an image, 4 packed, 8 in another part too, 0x10 solid |
//! | 8 | 8 | offset | in the file; of a blob in a solid resource: in the unpacked bytes of its run of resources |
//! | 16 | 8 | size | unpacked bytes; 2³² marks a solid resource itself |
//!
//! Source: Microsoft, "Windows Imaging File Format (WIM)" (2012), "Resource header"; wimlib for solid resources.

use crate::error::{Error, FileOffset};
use crate::fields::Fields;

const METADATA: u8 = 2;
const PACKED: u8 = 4;
const SOLID: u8 = 0x10;
/// What a solid resource has in place of its size.
const SOLID_SIZE: u64 = 1 << 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ResourceHeader {
    pub(crate) stored: u64,
    flags: u8,
    pub(crate) offset: FileOffset,
    pub(crate) size: u64,
}

impl ResourceHeader {
    pub(crate) const LEN: usize = 24;

    pub(crate) fn parse(fields: &Fields<'_>, at: usize) -> Result<Self, Error> {
        let [a, b, c, d, e, f, g, flags] = fields.array::<8>(at)?;
        Ok(Self {
            stored: u64::from_le_bytes([a, b, c, d, e, f, g, 0]),
            flags,
            offset: FileOffset(fields.u64(at.saturating_add(8))?),
            size: fields.u64(at.saturating_add(16))?,
        })
    }

    pub(crate) const fn is_metadata(&self) -> bool {
        self.flags & METADATA != 0
    }

    pub(crate) const fn is_packed(&self) -> bool {
        self.flags & PACKED != 0
    }

    /// Whether it is a solid resource, or something in one.
    pub(crate) const fn is_solid(&self) -> bool {
        self.flags & SOLID != 0
    }

    /// Whether it is a solid resource itself.
    pub(crate) const fn is_solid_resource(&self) -> bool {
        self.is_solid() && self.size == SOLID_SIZE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Structure;

    #[test]
    fn seven_bytes_of_size() {
        let mut bytes = [0xFF; 24];
        let parse = |bytes: &[u8]| ResourceHeader::parse(&Fields::new(bytes, Structure::Header, FileOffset(0)), 0);
        let header = parse(&bytes).unwrap();
        assert_eq!((header.stored, header.offset.0, header.size), (u64::MAX >> 8, u64::MAX, u64::MAX));
        assert!(header.is_metadata() && header.is_packed() && header.is_solid() && !header.is_solid_resource());
        bytes[16..].copy_from_slice(&(1u64 << 32).to_le_bytes());
        assert!(parse(&bytes).unwrap().is_solid_resource());
        assert!(parse(&bytes[..23]).is_err());
    }
}
