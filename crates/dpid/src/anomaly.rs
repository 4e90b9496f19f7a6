//! What is odd about a structure that can still be read.

use crate::{Offset, Structure};

/// An oddity that does not stop the reading: the key bytes and every other field that is there stay accessible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Anomaly {
    /// More or fewer bytes than the structure has.
    #[error("{structure}: {expected} bytes expected, {actual} are there")]
    Length {
        /// The structure.
        structure: Structure,
        /// Its length in bytes.
        expected: usize,
        /// The bytes given.
        actual: usize,
    },
    /// The size field does not hold the size of the structure.
    #[error("{structure}: size field at offset {offset} is {actual}, not {expected}")]
    SizeField {
        /// The structure.
        structure: Structure,
        /// Where the size field lies.
        offset: Offset,
        /// The size that belongs there.
        expected: u32,
        /// The number found.
        actual: u32,
    },
    /// The version fields do not hold the version of the structure.
    #[error(
        "{structure}: version at offset {offset} is {}.{}, not {}.{}",
        actual.0, actual.1, expected.0, expected.1
    )]
    Version {
        /// The structure.
        structure: Structure,
        /// Where the major version lies.
        offset: Offset,
        /// Major and minor version that belong there.
        expected: (u16, u16),
        /// Major and minor version found.
        actual: (u16, u16),
    },
    /// The 16th key byte is zero in every blob of a healthy system.
    #[error("{structure}: the 16th key byte at offset {offset} is {actual:#04x}, not 0")]
    KeyTail {
        /// The structure.
        structure: Structure,
        /// Where the byte lies.
        offset: Offset,
        /// The byte found.
        actual: u8,
    },
    /// The key bytes are a number that no 25 symbols stand for.
    #[error("{structure}: the key bytes at offset {offset} stand for no product key")]
    KeyRange {
        /// The structure.
        structure: Structure,
        /// Where the key bytes begin.
        offset: Offset,
    },
    /// Bytes after the end of the structure that are not zero.
    #[error("{structure}: byte at offset {offset}, after the end, is {actual:#04x}, not 0")]
    Trailing {
        /// The structure.
        structure: Structure,
        /// Where the first such byte lies.
        offset: Offset,
        /// The byte found.
        actual: u8,
    },
}

/// No structure has more kinds of oddities than this.
const CAPACITY: usize = 6;

/// The oddities of one structure; a small list that lives on the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Anomalies {
    items: [Option<Anomaly>; CAPACITY],
}

impl Anomalies {
    pub(crate) fn push(&mut self, anomaly: Anomaly) {
        if let Some(free) = self.items.iter_mut().find(|item| item.is_none()) {
            *free = Some(anomaly);
        }
    }

    /// Compares length, size field (offset 0) and version fields (offset 4) of a blob, each given as expected and actual.
    pub(crate) fn head(
        &mut self,
        structure: Structure,
        (length, actual_length): (usize, usize),
        (size, actual_size): (u32, u32),
        (version, actual_version): ((u16, u16), (u16, u16)),
    ) {
        if actual_length != length {
            self.push(Anomaly::Length { structure, expected: length, actual: actual_length });
        }
        if actual_size != size {
            self.push(Anomaly::SizeField { structure, offset: Offset::new(0), expected: size, actual: actual_size });
        }
        if actual_version != version {
            self.push(Anomaly::Version {
                structure,
                offset: Offset::new(4),
                expected: version,
                actual: actual_version,
            });
        }
    }

    /// Whether nothing odd was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many oddities were seen.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.iter().flatten().count()
    }

    /// The oddities, the one of the whole before those of its fields.
    #[must_use]
    pub fn iter(&self) -> AnomaliesIter {
        self.into_iter()
    }
}

impl IntoIterator for &Anomalies {
    type Item = Anomaly;
    type IntoIter = AnomaliesIter;

    fn into_iter(self) -> AnomaliesIter {
        (*self).into_iter()
    }
}

impl IntoIterator for Anomalies {
    type Item = Anomaly;
    type IntoIter = AnomaliesIter;

    fn into_iter(self) -> AnomaliesIter {
        AnomaliesIter { items: self.items.into_iter().flatten() }
    }
}

/// Iterates over [`Anomalies`] by value.
#[derive(Debug, Clone)]
pub struct AnomaliesIter {
    items: core::iter::Flatten<core::array::IntoIter<Option<Anomaly>, CAPACITY>>,
}

impl Iterator for AnomaliesIter {
    type Item = Anomaly;

    fn next(&mut self) -> Option<Anomaly> {
        self.items.next()
    }
}
