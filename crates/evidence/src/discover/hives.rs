//! The hives of one folder, and their transaction logs.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use super::search::Search;
use crate::installation::{Content, HiveFile, HivePlace, Installation, InstallationPlace, LogFile};
use crate::path::TreePath;
use crate::problem::ProblemKind;
use crate::tree::{Entry, EntryKind};

/// Hives that Windows keeps under these names in `System32/config`.
const STANDARD_NAMES: &[&str] = &[
    "SOFTWARE",
    "SYSTEM",
    "SAM",
    "SECURITY",
    "DEFAULT",
    "COMPONENTS",
    "DRIVERS",
    "BBI",
    "BCD-Template",
    "ELAM",
    "VSMIDK",
    "userdiff",
];

/// Hives that are kept elsewhere, of which an installation has one or several: found beside the above, they make
/// no second installation.
const OTHER_KNOWN_NAMES: &[&str] = &["NTUSER.DAT", "UsrClass.dat", "Amcache.hve", "BCD"];

/// Files that are handed up under these names even if they are no hives, since the user must hear of it.
const MISSED_NAMES: &[&str] = &["SOFTWARE", "SYSTEM", "SAM", "SECURITY", "DEFAULT"];

/// Hives whose absence is said when their log is there.
const KEY_NAMES: &[&str] = &["SOFTWARE", "SYSTEM"];

/// Endings of the names of transaction logs, in the order in which Windows knows them.
const LOG_ENDINGS: [&[u8]; 3] = [b".log", b".log1", b".log2"];

/// What to gather in a folder.
pub(super) struct Gather {
    /// Which place the folder is.
    pub(super) place: HivePlace,
    /// Hand up files that are named like hives but are none, even if there is no true hive beside them.
    pub(super) keep_named: bool,
    /// Report disk images.
    pub(super) images: bool,
}

/// A file of the folder, under the name by which it was found there.
struct Found {
    name: OsString,
    path: TreePath,
    content: Content,
    size: u64,
}

/// The hives among the entries of a folder, sorted by name, each with its logs.
pub(super) fn gather(search: &mut Search<'_>, folder: &TreePath, entries: &[Entry], what: &Gather) -> Vec<HiveFile> {
    // Likely names first, in case the files are more than may be looked at.
    let (likely, others): (Vec<_>, Vec<_>) = entries.iter().partition(|e| is_likely(&e.name));
    let mut hives = Vec::new();
    let mut named = Vec::new();
    let mut logs = Vec::new();
    for entry in likely.into_iter().chain(others) {
        let Some(path) = file_of(search, folder, entry) else {
            continue;
        };
        let Some(probed) = search.probe(&path) else {
            // That there is a hive which cannot be read is more than that there is none.
            if entry.is_named(MISSED_NAMES) {
                let size = search.tree.size(&path).unwrap_or(0);
                named.push(Found { name: entry.name.clone(), path, content: Content::Unreadable, size });
            }
            continue;
        };
        let found = Found { name: entry.name.clone(), path, content: probed.content, size: probed.size };
        match probed.content {
            Content::Hive | Content::Windows9x => hives.push(found),
            _ if log_of(&found.name).is_some() => logs.push(found),
            _ if entry.is_named(MISSED_NAMES) => named.push(found),
            _ => {
                if let Some(format) = probed.image.filter(|_| what.images) {
                    search.report(&found.path, ProblemKind::ImageInFolder { format });
                }
            }
        }
    }
    if what.keep_named || !hives.is_empty() {
        hives.append(&mut named);
    }
    hives.sort_by(|a, b| a.name.cmp(&b.name));
    join(search, hives, logs, what.place)
}

/// Lists a folder and gathers its hives.
pub(super) fn in_folder(search: &mut Search<'_>, folder: &TreePath, place: HivePlace) -> Vec<HiveFile> {
    let entries = search.list(folder);
    gather(search, folder, &entries, &Gather { place, keep_named: true, images: false })
}

/// One hive that was given by its path, with the logs beside it. `None`, and a problem, if it cannot be read.
pub(super) fn single(search: &mut Search<'_>, path: &TreePath) -> Option<Installation> {
    let folder = path.parent()?;
    let name = path.file_name()?;
    let mut hive = one(search, path, HivePlace::Live)?;
    let wanted: Vec<String> = LOG_ENDINGS
        .iter()
        .filter_map(|ending| Some(name.to_str()?.to_owned() + std::str::from_utf8(ending).ok()?))
        .collect();
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    // The folder may be large, and only these names matter.
    for entry in search.lookup(&folder, &wanted) {
        if let Some(file) = file_of(search, &folder, &entry)
            && let Some(size) = search.size(&file)
        {
            hive.logs.push(LogFile { path: file, size });
        }
    }
    hive.logs.sort_by_key(log_rank);
    Some(Installation {
        root: TreePath::root(),
        moment: search.tree.moment(path),
        backup: None,
        place: InstallationPlace::SingleHive,
        config: folder,
        loose: false,
        hives: vec![hive],
        files: Vec::new(),
    })
}

/// One file as a candidate, without its logs.
fn one(search: &mut Search<'_>, path: &TreePath, place: HivePlace) -> Option<HiveFile> {
    let probed = search.probe(path)?;
    Some(HiveFile {
        name: path.file_name()?.to_owned(),
        path: path.clone(),
        place,
        content: probed.content,
        size: probed.size,
        logs: Vec::new(),
    })
}

/// A hive under a known path, if it is one, with its logs.
pub(super) fn at(search: &mut Search<'_>, path: &TreePath, place: HivePlace) -> Option<HiveFile> {
    let mut found = single(search, path)?.hives.pop()?;
    found.place = place;
    Some(found).filter(|hive| hive.content == Content::Hive)
}

/// Whether Windows keeps a hive under this name in its config folder.
pub(super) fn has_standard_name(hive: &HiveFile) -> bool {
    is_one_of(&hive.name, STANDARD_NAMES)
}

/// Whether Windows keeps a hive under this name anywhere.
pub(super) fn has_known_name(hive: &HiveFile) -> bool {
    has_standard_name(hive) || is_one_of(&hive.name, OTHER_KNOWN_NAMES)
}

/// Marks the live hives that Windows would not load, and puts them behind the others.
pub(super) fn set_aside(hives: &mut [HiveFile]) {
    for hive in hives.iter_mut() {
        if hive.place == HivePlace::Live && !has_standard_name(hive) {
            hive.place = HivePlace::Beside;
        }
    }
    hives.sort_by_key(|hive| hive.place);
}

/// The path of an entry if it is a regular file, or a link to one inside the tree.
fn file_of(search: &mut Search<'_>, folder: &TreePath, entry: &Entry) -> Option<TreePath> {
    match search.settle(folder, entry)? {
        (path, EntryKind::File) => Some(path),
        _ => None,
    }
}

/// Gives each log to the hive of the same stem: the same to the letter, or else but for case.
fn join(search: &mut Search<'_>, hives: Vec<Found>, logs: Vec<Found>, place: HivePlace) -> Vec<HiveFile> {
    let mut by_stem: BTreeMap<OsString, Vec<usize>> = BTreeMap::new();
    for (index, hive) in hives.iter().enumerate() {
        let twins = by_stem.entry(hive.name.to_ascii_lowercase()).or_default();
        if let Some(other) = twins.first().and_then(|&twin| hives.get(twin)) {
            let other = other.path.clone();
            search.report(&hive.path, ProblemKind::SameNameButCase { other });
        }
        twins.push(index);
    }
    let mut of_hive: Vec<Vec<LogFile>> = hives.iter().map(|_| Vec::new()).collect();
    for log in logs {
        let Some((stem, _)) = log_of(&log.name) else {
            continue;
        };
        let twins = by_stem.get(&stem.to_ascii_lowercase()).map(Vec::as_slice).unwrap_or_default();
        let exact = twins.iter().find(|&&index| hives.get(index).is_some_and(|hive| hive.name == stem));
        match exact.or(twins.first()).and_then(|&index| of_hive.get_mut(index)) {
            Some(list) => list.push(LogFile { path: log.path, size: log.size }),
            None if is_one_of(stem, KEY_NAMES) && log.size > 0 => {
                search.report(&log.path, ProblemKind::LogWithoutHive);
            }
            None => {}
        }
    }
    hives
        .into_iter()
        .zip(of_hive)
        .map(|(hive, mut logs)| {
            logs.sort_by_key(log_rank);
            HiveFile { name: hive.name, path: hive.path, place, content: hive.content, size: hive.size, logs }
        })
        .collect()
}

/// The stem and the rank (0 `.LOG`, 1 `.LOG1`, 2 `.LOG2`) of a log's name.
fn log_of(name: &OsStr) -> Option<(&OsStr, usize)> {
    let bytes = name.as_bytes();
    LOG_ENDINGS.iter().enumerate().find_map(|(rank, ending)| {
        let (stem, end) = bytes.split_at_checked(bytes.len().checked_sub(ending.len())?)?;
        (end.eq_ignore_ascii_case(ending) && !stem.is_empty()).then(|| (OsStr::from_bytes(stem), rank))
    })
}

fn log_rank(log: &LogFile) -> usize {
    log.path.file_name().and_then(log_of).map_or(LOG_ENDINGS.len(), |(_, rank)| rank)
}

fn is_one_of(name: &OsStr, names: &[&str]) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether a name speaks for a hive or its log. Only the order of looking depends on it.
fn is_likely(name: &OsStr) -> bool {
    let name = name.to_ascii_lowercase();
    let text = name.to_string_lossy();
    ["software", "system", "ntuser", "hive", ".hiv", ".hve"].iter().any(|part| text.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_names() {
        let cases = [
            ("SOFTWARE.LOG", Some(("SOFTWARE", 0))),
            ("Software.log1", Some(("Software", 1))),
            ("W10.SOFTWARE.Log2", Some(("W10.SOFTWARE", 2))),
            (".LOG", None),
            ("SOFTWARE.LOG3", None),
            ("LOG1", None),
            ("SOFTWARE", None),
        ];
        for (name, expected) in cases {
            let found = log_of(OsStr::new(name));
            assert_eq!(found, expected.map(|(stem, rank)| (OsStr::new(stem), rank)), "{name}");
        }
    }
}
