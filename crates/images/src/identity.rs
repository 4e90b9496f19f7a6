//! By what a child image knows its parent.

use std::fmt;

/// What tells one image from another, in the terms of its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Identity {
    /// A UUID: VHD's unique id, VHDX's data write GUID, VDI's UUID.
    Uuid(u128),
    /// A content id: VMDK.
    ContentId(u32),
    /// The format gives its images no identity, or this one has none.
    None,
}

impl Identity {
    /// A UUID whose bytes are stored in the order in which they are written.
    pub(crate) const fn from_uuid(bytes: [u8; 16]) -> Self {
        Self::Uuid(u128::from_be_bytes(bytes))
    }

    /// A GUID as Microsoft stores it: the first three fields little-endian.
    pub(crate) const fn from_guid(bytes: [u8; 16]) -> Self {
        let [a, b, c, d, e, f, g, h, rest @ ..] = bytes;
        let [i, j, k, l, m, n, o, p] = rest;
        Self::from_uuid([d, c, b, a, f, e, h, g, i, j, k, l, m, n, o, p])
    }

    /// A UUID as text, with or without braces.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('{').trim_end_matches('}');
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        let is_uuid = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_uuid { u128::from_str_radix(&digits, 16).ok().map(Self::Uuid) } else { None }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uuid(value) => {
                let text = format!("{value:032x}");
                let at = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
                write!(f, "{}-{}-{}-{}-{}", at(0, 8), at(8, 12), at(12, 16), at(16, 20), at(20, 32))
            }
            Self::ContentId(value) => write!(f, "{value:08x}"),
            Self::None => f.write_str("none"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_uuid_in_every_spelling() {
        let text = "2dc27766-f623-4200-9d64-115e9bfd4a08";
        let guid = [0x66, 0x77, 0xC2, 0x2D, 0x23, 0xF6, 0, 0x42, 0x9D, 0x64, 0x11, 0x5E, 0x9B, 0xFD, 0x4A, 0x08];
        let identity = Identity::parse(text).unwrap();
        assert_eq!(identity.to_string(), text);
        assert_eq!(Identity::from_guid(guid), identity);
        assert_eq!(Identity::parse("{2DC27766-F623-4200-9D64-115E9BFD4A08}"), Some(identity));
        assert_eq!(Identity::parse("{2DC27766}"), None);
        assert_eq!(Identity::parse("+dc27766f62342009d64115e9bfd4a08"), None);
        assert_eq!(Identity::ContentId(0xAB).to_string(), "000000ab");
    }
}
