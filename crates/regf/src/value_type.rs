//! The types of value data.

use core::fmt;

/// The type of a value as its number; types that are not known, such as the device properties 0xFFFF00xx of the SYSTEM
/// hive, keep theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueType(pub u32);

impl ValueType {
    /// No type.
    pub const NONE: Self = Self(0);
    /// UTF-16LE text, mostly with a NUL at its end.
    pub const SZ: Self = Self(1);
    /// Text with environment variables in it.
    pub const EXPAND_SZ: Self = Self(2);
    /// Bytes.
    pub const BINARY: Self = Self(3);
    /// A 32-bit number, little-endian.
    pub const DWORD: Self = Self(4);
    /// A 32-bit number, big-endian.
    pub const DWORD_BIG_ENDIAN: Self = Self(5);
    /// Target of a symbolic link, UTF-16LE without a NUL.
    pub const LINK: Self = Self(6);
    /// Several texts, each ended by a NUL, the list by another.
    pub const MULTI_SZ: Self = Self(7);
    /// Hardware resources.
    pub const RESOURCE_LIST: Self = Self(8);
    /// Hardware resources.
    pub const FULL_RESOURCE_DESCRIPTOR: Self = Self(9);
    /// Hardware resources.
    pub const RESOURCE_REQUIREMENTS_LIST: Self = Self(10);
    /// A 64-bit number, little-endian.
    pub const QWORD: Self = Self(11);

    /// The name that Windows gives to the type, if it has one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "REG_NONE",
            1 => "REG_SZ",
            2 => "REG_EXPAND_SZ",
            3 => "REG_BINARY",
            4 => "REG_DWORD",
            5 => "REG_DWORD_BIG_ENDIAN",
            6 => "REG_LINK",
            7 => "REG_MULTI_SZ",
            8 => "REG_RESOURCE_LIST",
            9 => "REG_FULL_RESOURCE_DESCRIPTOR",
            10 => "REG_RESOURCE_REQUIREMENTS_LIST",
            11 => "REG_QWORD",
            _ => return None,
        })
    }

    /// Whether data of this type are UTF-16LE text.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::SZ | Self::EXPAND_SZ | Self::LINK | Self::MULTI_SZ)
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{:#x}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ValueType;
    use alloc::string::ToString;

    #[test]
    fn known_and_unknown_types_are_shown() {
        assert_eq!(ValueType::QWORD.to_string(), "REG_QWORD");
        assert_eq!(ValueType(12).to_string(), "0xc");
        assert_eq!(ValueType(0xFFFF_0012).to_string(), "0xffff0012");
        assert!(ValueType::MULTI_SZ.is_text() && !ValueType::BINARY.is_text());
    }
}
