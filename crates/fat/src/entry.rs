//! What a folder holds.

use crate::chain::Run;
use crate::offset::{Cluster, DeviceOffset};

/// Where the content of an entry lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The root folder, wherever the boot sector says that it is.
    Root,
    Chain(Cluster),
    /// Clusters in one piece, without a chain: exFAT.
    Contiguous(Cluster),
}

/// A file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The name, long if it has one; a lone surrogate becomes U+FFFD. Empty for the root folder.
    pub name: String,
    /// Whether it is a folder.
    pub is_directory: bool,
    /// Bytes of the content. FAT12, FAT16 and FAT32 do not say it of a folder: 0.
    pub size: u64,
    /// Where the entry lies on the volume; 0 for the root folder.
    pub offset: DeviceOffset,
    pub(crate) place: Place,
    /// Bytes of the content that were written; zeros follow.
    pub(crate) valid: u64,
}

impl Entry {
    pub(crate) const fn root() -> Self {
        Self { name: String::new(), is_directory: true, size: 0, offset: DeviceOffset(0), place: Place::Root, valid: 0 }
    }

    /// Whether the entry has that name, without regard to case.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.name.chars().map(upper).eq(name.chars().map(upper))
    }
}

/// The upper case of a character where it is one character, as in the tables of the file systems.
fn upper(character: char) -> char {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(single), None) => single,
        _ => character,
    }
}

/// What a folder holds, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing {
    /// Files and folders in the order of the folder.
    pub entries: Vec<Entry>,
    /// Whether that is all: `false` where damage or a limit hid a part.
    pub complete: bool,
}

/// The run that covers a cluster of a file.
pub(crate) fn covering(runs: &[Run], index: u32) -> Option<Run> {
    let behind = runs.partition_point(|run| run.before <= index);
    runs.get(behind.checked_sub(1)?).copied().filter(|run| index < run.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_regard_to_case() {
        let entry = Entry { name: "Straße Änderung.reg".to_owned(), ..Entry::root() };
        assert!(entry.is_named("STRAßE äNDERUNG.REG"));
        assert!(!entry.is_named("STRASSE ÄNDERUNG.REG"));
        assert!(!entry.is_named("Straße Änderung.re"));
        assert!(!entry.is_named(""));
    }

    #[test]
    fn runs_that_cover() {
        let run = |before, first, clusters| Run { before, first: Cluster(first), clusters };
        let runs = [run(0, 9, 2), run(2, 5, 1)];
        assert_eq!(covering(&runs, 1).unwrap().first, Cluster(9));
        assert_eq!(covering(&runs, 2).unwrap().first, Cluster(5));
        assert!(covering(&runs, 3).is_none() && covering(&[], 0).is_none());
    }
}
