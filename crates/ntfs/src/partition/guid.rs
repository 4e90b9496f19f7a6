//! GUIDs as the partition tables store them.
//!
//! | offset | length | field | meaning |
//! |---|---|---|---|
//! | 0 | 4 | Data1 | little-endian |
//! | 4 | 2 | Data2 | little-endian |
//! | 6 | 2 | Data3 | little-endian |
//! | 8 | 8 | Data4 | bytes in the order in which they are written |
//!
//! Source: UEFI specification 2.10, appendix A.

use std::fmt;

/// A GUID in the byte order of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// Whether all bytes are zero: an entry that is not used.
    #[must_use]
    pub fn is_nil(&self) -> bool {
        self.0 == [0; 16]
    }

    /// A GUID of its five written groups.
    pub(super) const fn new(one: u32, two: u16, three: u16, rest: [u8; 8]) -> Self {
        let [a, b, c, d] = one.to_le_bytes();
        let [e, f] = two.to_le_bytes();
        let [g, h] = three.to_le_bytes();
        let [i, j, k, l, m, n, o, p] = rest;
        Self([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g, h, i, rest @ ..] = self.0;
        let one = u32::from_le_bytes([a, b, c, d]);
        let two = u16::from_le_bytes([e, g]);
        let three = u16::from_le_bytes([h, i]);
        let [j, k, rest @ ..] = rest;
        write!(f, "{one:08x}-{two:04x}-{three:04x}-{j:02x}{k:02x}-")?;
        for byte in rest {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_as_usual() {
        let guid = Guid::new(0xEBD0_A0A2, 0xB9E5, 0x4433, [0x87, 0xC0, 0x68, 0xB6, 0xB7, 0x26, 0x99, 0xC7]);
        assert_eq!(guid.to_string(), "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7");
        assert_eq!(guid.0[..4], [0xA2, 0xA0, 0xD0, 0xEB]);
        assert!(!guid.is_nil() && Guid([0; 16]).is_nil());
    }
}
