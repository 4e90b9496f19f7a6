//! What is left in a hive that nothing leads into any more: the facts on its Windows, and the names of values whose data were carved.

use std::collections::BTreeSet;
use std::sync::Arc;

use hivekey_evidence::{ReadAt, Region};
use hivekey_regf::{self as regf, CellItem, FileOffset, KeyFlags};
use memchr::memmem;

use super::stand_in::StandIn;
use crate::gather;
use crate::hives::{self, Bytes, Hive, HiveKey};
use crate::places::{self, CURRENT_VERSION};
use crate::report::Windows;
use crate::windows;

/// Values longer than this hold no product-id blob.
const MAX_VALUE_LEN: u32 = 4096;
/// Registry keys on the way up to the root, at most.
const MAX_DEPTH: usize = 512;
/// Values looked at in one hive. A crafted one may name each of them many times over.
pub(super) const MAX_VALUES: usize = 16_000_000;
/// Keys with the name of CurrentVersion whose facts are read.
const MAX_CANDIDATES: usize = 64;
/// Bytes read at once, and where that fails.
const PIECES: [usize; 2] = [1 << 20, 4096];
/// Values that only CurrentVersion has: BuildLab since Windows XP, BuildLabEx since Windows 7.
const CURRENT_VERSION_VALUE: &[u8; 8] = b"BuildLab";

/// What a hive's cells say of themselves.
#[derive(Default)]
pub(super) struct Remains {
    /// The facts of CurrentVersion.
    pub windows: Option<Windows>,
    pub names: Vec<Named>,
    /// [`MAX_VALUES`] were not enough.
    pub has_more: bool,
}

/// The value that carved data belong to.
pub(super) struct Named {
    /// Where the data lie, in bytes from the start of the hive.
    pub offset: u64,
    pub key_path: String,
    pub value: String,
}

/// Names the values whose data lie at the `wanted` offsets of a hive, by the places where Windows and other products keep them. Gives
/// back the offsets that have no name yet as well.
pub(super) fn in_known_places(hive: Arc<dyn ReadAt>, wanted: BTreeSet<u64>) -> (Vec<Named>, BTreeSet<u64>) {
    let mut search = Search::new(wanted, false);
    let bytes: Bytes = Arc::new(hives::pages(Box::new(hive)));
    if let Ok(hive) = regf::Hive::open(bytes, &regf::OpenOptions::default()) {
        search.known_places(&hive);
    }
    (search.found.names, search.wanted)
}

/// Looks at every cell of a hive that lies in `region`, base block included.
pub(super) fn of_hive(region: &Region<impl ReadAt>, wanted: BTreeSet<u64>, needs_windows: bool) -> Remains {
    of_cells(Arc::new(load(region)), wanted, needs_windows)
}

/// Looks at every cell of bins that lay `place` bytes behind the first one of their hive, if there is something to look for. The `wanted`
/// offsets, and those of the names, count from the first of these bins.
pub(super) fn of_bins(region: &Region<impl ReadAt>, place: u32, wanted: &BTreeSet<u64>) -> Remains {
    if wanted.is_empty() && !may_hold_current_version(region) {
        return Remains::default();
    }
    let stand_in = StandIn::new(load(region), place);
    let start = stand_in.start();
    let wanted = wanted.iter().map(|offset| offset.saturating_add(start)).collect();
    let mut remains = of_cells(Arc::new(stand_in), wanted, true);
    for named in &mut remains.names {
        named.offset = named.offset.saturating_sub(start);
    }
    remains
}

fn of_cells(bytes: Bytes, wanted: BTreeSet<u64>, needs_windows: bool) -> Remains {
    let mut search = Search::new(wanted, needs_windows);
    if let Ok(hive) = regf::Hive::open(bytes, &regf::OpenOptions::default()) {
        search.all_cells(&hive);
    }
    search.found
}

/// Whether the name of a value of CurrentVersion stands anywhere, or may stand in what cannot be read.
fn may_hold_current_version(region: &Region<impl ReadAt>) -> bool {
    let finder = memmem::Finder::new(CURRENT_VERSION_VALUE);
    let [large, _] = PIECES;
    let mut piece = vec![0; large];
    // The name may lie across the end of a piece.
    let step = u64::try_from(large.saturating_sub(CURRENT_VERSION_VALUE.len())).unwrap_or(u64::MAX);
    let mut offset = 0_u64;
    while offset < region.len() {
        let left = usize::try_from(region.len().saturating_sub(offset)).unwrap_or(usize::MAX);
        let bytes = piece.get_mut(..left.min(large)).unwrap_or_default();
        if region.read_into(offset, bytes).is_err() || finder.find(bytes).is_some() {
            return true;
        }
        offset = offset.saturating_add(step);
    }
    false
}

/// The bytes of a region; zeros where they cannot be read.
fn load(region: &Region<impl ReadAt>) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(region.len()).unwrap_or(0)];
    let [large, small] = PIECES;
    let mut offset = 0_u64;
    for piece in bytes.chunks_mut(large) {
        if region.read_into(offset, piece).is_err() {
            let mut inside = offset;
            for page in piece.chunks_mut(small) {
                if region.read_into(inside, page).is_err() {
                    page.fill(0);
                }
                inside = inside.saturating_add(length(page));
            }
        }
        offset = offset.saturating_add(length(piece));
    }
    bytes
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

struct Search {
    /// Offsets that no name was found for yet.
    wanted: BTreeSet<u64>,
    found: Remains,
    needs_windows: bool,
    values_left: usize,
    candidates_left: usize,
}

impl Search {
    fn new(wanted: BTreeSet<u64>, needs_windows: bool) -> Self {
        let found = Remains::default();
        Self { wanted, found, needs_windows, values_left: MAX_VALUES, candidates_left: MAX_CANDIDATES }
    }

    fn is_done(&self) -> bool {
        self.found.has_more || (self.wanted.is_empty() && !self.looks_for_windows())
    }

    fn looks_for_windows(&self) -> bool {
        self.needs_windows && self.found.windows.is_none() && self.candidates_left > 0
    }

    fn known_places(&mut self, hive: &Hive) {
        let software = places::SOFTWARE.iter().flat_map(|place| [place.path.to_owned(), places::wow64_path(place)]);
        let paths: BTreeSet<String> =
            software.chain(places::SYSTEM.iter().map(|place| place.path.to_owned())).collect();
        for path in paths {
            if self.is_done() {
                return;
            }
            for (path, key) in gather::resolve(hive, &path, |_, _| {}) {
                self.values(&key, || path.clone());
            }
        }
    }

    /// Every key in use, whether the tree leads to it or not.
    fn all_cells(&mut self, hive: &Hive) {
        for item in hive.cells() {
            if self.is_done() {
                return;
            }
            let CellItem::Cell(cell) = item else { continue };
            let Some(key) = Some(cell.offset).filter(|_| cell.allocated).and_then(|at| hive.key_at(at).ok()) else {
                continue;
            };
            self.values(&key, || path_of(hive, &key, MAX_DEPTH));
            if self.looks_for_windows() && is_current_version(hive, &key) {
                self.candidates_left = self.candidates_left.saturating_sub(1);
                // Other keys of this name know of no build.
                let facts = windows::facts(&key);
                let tells = facts.product_name.is_some() || facts.edition_id.is_some() || facts.build.is_some();
                self.found.windows = Some(facts).filter(|_| tells);
            }
        }
    }

    /// Names the data of the values of a key. A blob may lie anywhere in them: Windows XP keeps one inside a larger structure.
    fn values(&mut self, key: &HiveKey<'_>, path: impl Fn() -> String) {
        if self.wanted.is_empty() {
            return;
        }
        for value in key.values() {
            let Some(left) = self.values_left.checked_sub(1) else {
                self.found.has_more = true;
                return;
            };
            self.values_left = left;
            let Some(value) = value.ok().filter(|value| value.data_size() <= MAX_VALUE_LEN) else { continue };
            let Some(start) = value.data_offset().map(FileOffset::get) else { continue };
            let end = start.saturating_add(u64::from(value.data_size()));
            let inside: Vec<u64> = self.wanted.range(start..end).copied().collect();
            for offset in inside {
                self.wanted.remove(&offset);
                self.found.names.push(Named { offset, key_path: path(), value: value.name() });
            }
        }
    }
}

/// Whether a key is CurrentVersion, as far as its parents are known.
fn is_current_version(hive: &Hive, key: &HiveKey<'_>) -> bool {
    CURRENT_VERSION.rsplit('\\').next().is_some_and(|name| key.name().eq_ignore_ascii_case(name))
        && is_end_of(&path_of(hive, key, CURRENT_VERSION.split('\\').count().saturating_add(1)), CURRENT_VERSION)
}

/// The path of a key: with a leading backslash from the root on, without one from the first parent that is known.
/// No more than `depth` names.
fn path_of(hive: &Hive, key: &HiveKey<'_>, depth: usize) -> String {
    let mut names = Vec::new();
    let mut next = Some(key.clone());
    while let Some(key) = next.take().filter(|_| names.len() < depth) {
        if key.flags().contains(KeyFlags::ROOT) {
            // The root's own name is no part of a path.
            names.push(String::new());
            break;
        }
        names.push(key.name());
        next = key.parent_offset().and_then(|parent| hive.key_at(parent).ok());
    }
    names.reverse();
    names.join("\\")
}

/// Whether a path is the whole of `path`, or its last components.
fn is_end_of(end: &str, path: &str) -> bool {
    let names = |text: &str| text.split('\\').filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (end, path) = (names(end), names(path));
    let matches = end.iter().rev().zip(path.iter().rev()).all(|(one, other)| one.eq_ignore_ascii_case(other));
    !end.is_empty() && end.len() <= path.len() && matches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_a_path() {
        for end in [r"\Microsoft\Windows NT\CurrentVersion", r"Windows NT\CurrentVersion", "CURRENTVERSION"] {
            assert!(is_end_of(end, CURRENT_VERSION), "{end}");
        }
        for other in ["", r"Windows\CurrentVersion", r"\WOW6432Node\Microsoft\Windows NT\CurrentVersion", "Version"] {
            assert!(!is_end_of(other, CURRENT_VERSION), "{other}");
        }
    }

    #[test]
    fn a_name_is_found_wherever_it_lies() {
        let holds =
            |bytes: Vec<u8>, offset: u64| may_hold_current_version(&Region::new(Arc::new(bytes), offset, u64::MAX));
        let [large, _] = PIECES;
        for place in [0, 1, large - 8, large - 7, large - 1, large, 2 * large - 10, 3 * large - 8] {
            let mut bytes = vec![b'B'; 3 * large];
            bytes[place..place + 8].copy_from_slice(CURRENT_VERSION_VALUE);
            assert!(holds(bytes.clone(), 0), "{place}");
            assert!(!holds(bytes, u64::try_from(place + 1).unwrap()), "{place}");
        }
        assert!(!holds(Vec::new(), 0) && !holds(vec![0; 7], 0));
    }

    #[test]
    fn unreadable_pages_are_zeros() {
        struct Bad;
        impl ReadAt for Bad {
            fn len(&self) -> u64 {
                3 << 20
            }
            fn read_into(&self, offset: u64, buf: &mut [u8]) -> Result<(), hivekey_evidence::ReadError> {
                let end = offset + length(buf);
                if offset <= 5000 && 5000 < end {
                    let source = std::io::Error::from_raw_os_error(5);
                    return Err(hivekey_evidence::ReadError::io(offset, buf.len(), source));
                }
                buf.fill(7);
                Ok(())
            }
        }
        let bytes = load(&Region::new(Arc::new(Bad), 100, 2 << 20));
        assert_eq!(bytes.len(), 2 << 20);
        // Byte 5000 of the source lies in the second page of the region.
        assert!(bytes[4096..8192].iter().all(|byte| *byte == 0));
        assert!(bytes[..4096].iter().chain(&bytes[8192..]).all(|byte| *byte == 7));
    }
}
