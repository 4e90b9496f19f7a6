//! Finding Windows installations in a tree of files, whatever the tree is.
//!
//! The search goes level by level from the start. A folder with `System32/config` in it is a Windows folder,
//! whatever its name; it is taken as a whole and not searched again. In every other folder the files that are hives
//! by content make up an installation of their own. The folders beside a Windows folder are those of a system volume:
//! the large ones that Windows itself fills are left out, the others are searched a few levels deep.
//!
//! Names are compared without regard to the case of ASCII letters, as Windows does (no name looked for here has
//! others). Links to folders come last, after all that was found without them, and only their targets are
//! named, so that nothing is found twice. Every loop is bounded by [`Limits`].

mod hives;
mod search;
mod windows;

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::ffi::{OsStr, OsString};

use crate::installation::{HivePlace, Installation, InstallationPlace};
use crate::limits::{LimitName, Limits};
use crate::path::TreePath;
use crate::problem::{Problem, ProblemKind};
use crate::tree::{Entry, EntryKind, Moment, Tree};
use hives::Gather;
use search::Search;

/// Folders that stand beside the Windows folder on its volume and are not searched: they are large, and
/// Windows keeps no installation in them.
const VOLUME_FOLDERS: &[&str] = &[
    "$Recycle.Bin",
    "$SysReset",
    "$WinREAgent",
    "Boot",
    "Config.Msi",
    "Documents and Settings",
    "EFI",
    "MSOCache",
    "PerfLogs",
    "Program Files",
    "Program Files (Arm)",
    "Program Files (x86)",
    "ProgramData",
    "Recovery",
    "RECYCLED",
    "RECYCLER",
    "System Volume Information",
    "Users",
];

/// Folders inside a config folder that hold no further installation.
const CONFIG_FOLDERS: &[&str] = &["Journal", "RegBack", "systemprofile", "TxR"];

/// Where a search begins.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// At the root of the tree.
    Folder {
        /// The root's own name, if it has one: `config` or `Windows.old` mean something.
        name: Option<OsString>,
    },
    /// At one hive, of which only the transaction logs beside it are looked for.
    Hive(TreePath),
}

/// What a search found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Discovery {
    /// The installations, in the order of their paths.
    pub installations: Vec<Installation>,
    /// What could not be read, or was left out.
    pub problems: Vec<Problem>,
}

/// Searches a tree for Windows installations. Nothing that goes wrong on the way ends the search: it is a
/// [`Problem`].
#[must_use]
pub fn discover(tree: &dyn Tree, start: &Start, limits: &Limits) -> Discovery {
    let mut search = Search::new(tree, limits);
    let mut installations = match start {
        Start::Hive(path) => hives::single(&mut search, path).into_iter().collect(),
        Start::Folder { name } => {
            let mut walk = Walk {
                search: &mut search,
                start_name: name.as_deref(),
                installations: Vec::new(),
                visited: HashSet::new(),
                folders: VecDeque::new(),
                links: VecDeque::new(),
            };
            walk.run();
            walk.installations
        }
    };
    drop_repeated(tree, &mut installations);
    judge_lost(tree, &mut installations);
    installations.sort_by(|a, b| (&a.root, &a.config).cmp(&(&b.root, &b.config)));
    report_case_twins(&mut search, &installations);
    Discovery { installations, problems: search.into_problems() }
}

/// A folder that waits to be searched.
struct Folder {
    path: TreePath,
    /// Levels below the start.
    level: usize,
    /// Below a sibling of a Windows folder: how many levels, this one included, may still be searched.
    beside: Option<usize>,
}

/// What a Windows folder is by the names on the way to it.
pub(crate) fn windows_place<'n>(names: impl IntoIterator<Item = &'n OsStr>) -> InstallationPlace {
    let mut place = InstallationPlace::Windows;
    for name in names {
        let name = name.to_ascii_lowercase();
        let name = name.as_encoded_bytes();
        if name.starts_with(b"windows.old") {
            place = InstallationPlace::WindowsOld;
        } else if name.starts_with(b"$windows.~") {
            place = InstallationPlace::SetupFolder;
        }
    }
    place
}

struct Walk<'w, 't> {
    search: &'w mut Search<'t>,
    start_name: Option<&'w OsStr>,
    installations: Vec<Installation>,
    /// Every folder that was looked at or waits for it.
    visited: HashSet<TreePath>,
    folders: VecDeque<Folder>,
    /// Links, by where they lie; they are followed when there is no folder left.
    links: VecDeque<Folder>,
}

impl Walk<'_, '_> {
    fn run(&mut self) {
        let root = TreePath::root();
        self.visited.insert(root.clone());
        if self.take_windows(&root) {
            return;
        }
        self.folders.push_back(Folder { path: root, level: 0, beside: None });
        while !self.is_full() {
            if let Some(folder) = self.folders.pop_front() {
                self.search_folder(&folder);
            } else if let Some(link) = self.links.pop_front() {
                self.follow(link);
            } else {
                break;
            }
        }
    }

    /// Whether no further installation may be added. Says so, if something is left.
    fn is_full(&mut self) -> bool {
        let full = self.installations.len() >= self.search.limits.installations;
        if full && let Some(next) = self.folders.front().or(self.links.front()) {
            let path = next.path.clone();
            self.search.hit(LimitName::Installations, &path, 0);
        }
        full
    }

    fn search_folder(&mut self, folder: &Folder) {
        let entries = self.search.list(&folder.path);
        let config_like = self.take_hives(&folder.path, &entries);
        let mut others = Vec::new();
        let mut beside_windows = false;
        for entry in &entries {
            let path = folder.path.child(entry.name.clone());
            match entry.kind {
                EntryKind::Folder if config_like && entry.is_named(CONFIG_FOLDERS) => {}
                EntryKind::Folder if self.visited.contains(&path) => {}
                EntryKind::Folder => {
                    self.visited.insert(path.clone());
                    if self.take_windows(&path) {
                        beside_windows = true;
                    } else {
                        others.push((entry, path));
                    }
                }
                EntryKind::Link => {
                    self.links.push_back(Folder { path, level: folder.level.saturating_add(1), beside: folder.beside })
                }
                EntryKind::File | EntryKind::Other => {}
            }
        }
        for (entry, path) in others {
            if beside_windows && entry.is_named(VOLUME_FOLDERS) {
                continue;
            }
            // What is left of deleted and lost folders is little, and of any depth.
            let is_left_over = matches!(self.search.tree.moment(&path), Moment::Deleted | Moment::Lost);
            self.enqueue(Folder {
                path,
                level: folder.level.saturating_add(1),
                beside: if is_left_over {
                    None
                } else if beside_windows {
                    Some(self.search.limits.depth_beside)
                } else {
                    folder.beside.map(|levels| levels.saturating_sub(1))
                },
            });
        }
    }

    fn enqueue(&mut self, folder: Folder) {
        if folder.beside == Some(0) {
            self.search.hit(LimitName::DepthBeside, &folder.path, 1);
        } else if folder.level > self.search.limits.depth {
            self.search.hit(LimitName::Depth, &folder.path, 1);
        } else {
            self.folders.push_back(folder);
        }
    }

    /// Follows a link to a folder that was not met on the way. (Links to files were followed where they lie.)
    fn follow(&mut self, link: Folder) {
        let Some((path, EntryKind::Folder)) = self.search.resolve(&link.path) else {
            return;
        };
        let known = self.installations.iter().any(|found| {
            matches!(
                found.place,
                InstallationPlace::Windows | InstallationPlace::WindowsOld | InstallationPlace::SetupFolder
            ) && path.is_inside(&found.root)
        });
        if known || !self.visited.insert(path.clone()) || self.take_windows(&path) {
            return;
        }
        self.enqueue(Folder { path, ..link });
    }

    /// Takes a folder as an installation if it is a Windows folder.
    fn take_windows(&mut self, path: &TreePath) -> bool {
        let place = windows_place(self.start_name.into_iter().chain(path.names()));
        let Some(found) = windows::recognise(self.search, path, place) else {
            return false;
        };
        self.installations.extend(found);
        true
    }

    /// Takes the hives that lie in a folder as an installation. Says whether the folder is a config folder, or
    /// looks like one.
    fn take_hives(&mut self, path: &TreePath, entries: &[Entry]) -> bool {
        let is_start = path.is_root();
        let name = path.file_name().or(self.start_name);
        let is_named = |wanted: &str| name.is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        let place = if is_named("RegBack") {
            HivePlace::RegBack
        } else if is_named("repair") {
            HivePlace::Repair
        } else {
            HivePlace::Live
        };
        let mut found =
            hives::gather(self.search, path, entries, &Gather { place, keep_named: is_start, images: true });
        if found.is_empty() {
            return false;
        }
        let config_like = found.iter().any(hives::has_standard_name)
            && (is_named("config") || found.iter().all(hives::has_known_name));
        if config_like {
            hives::set_aside(&mut found);
            let copies: Vec<TreePath> = entries
                .iter()
                .filter(|entry| entry.kind == EntryKind::Folder && entry.is_named(&["RegBack"]))
                .map(|entry| path.child(entry.name.clone()))
                .collect();
            for folder in copies {
                found.extend(hives::in_folder(self.search, &folder, HivePlace::RegBack));
            }
        }
        self.installations.push(Installation {
            root: path.clone(),
            moment: self.search.tree.moment(path),
            backup: None,
            place: if config_like { InstallationPlace::Config } else { InstallationPlace::LooseHives },
            config: path.clone(),
            loose: !config_like,
            hives: found,
            files: Vec::new(),
        });
        config_like
    }
}

/// Drops an installation all of whose hives also belong to another one, as links and hard links can bring about: the one with more
/// around it stays, or else the one that needs fewer links.
fn drop_repeated(tree: &dyn Tree, installations: &mut Vec<Installation>) {
    installations.sort_by_cached_key(|found| {
        let linked = found.hives.iter().filter(|hive| !hive.path.is_inside(&found.root)).count();
        (found.place, linked, found.root.clone())
    });
    let identity = |path: &TreePath| match tree.identity(path) {
        Some((volume, number)) => (volume, Some(number)),
        None => (path.clone(), None),
    };
    let mut taken = HashSet::new();
    installations.retain(|found| {
        let new = found.hives.iter().filter(|hive| taken.insert(identity(&hive.path))).count();
        new > 0
    });
}

/// Tells lost installations that stand beside a Windows in place from those that are all that there is.
fn judge_lost(tree: &dyn Tree, installations: &mut [Installation]) {
    let in_place = |found: &&Installation| found.place == InstallationPlace::Windows && found.moment == Moment::Now;
    let beside = |found: &Installation| tree.lost_beside(&found.root);
    let in_place: Vec<(TreePath, Vec<TreePath>)> =
        installations.iter().filter(in_place).map(|found| (found.root.clone(), beside(found))).collect();
    for found in installations.iter_mut().filter(|found| matches!(found.moment, Moment::Now | Moment::Lost)) {
        let places = beside(found);
        if places.is_empty() {
            continue;
        }
        // A Windows on a lost volume is in place for a lost folder of that volume.
        let is_second = in_place.iter().any(|(root, lost)| {
            lost.iter().all(|place| places.contains(place))
                && places.iter().any(|place| root.is_inside(place) && !lost.contains(place))
        });
        found.moment = if is_second { Moment::Lost } else { Moment::Now };
    }
}

/// Two installations whose places differ only by case: Windows could not have made both.
fn report_case_twins(search: &mut Search<'_>, installations: &[Installation]) {
    let mut first = BTreeMap::new();
    for found in installations {
        let folded: TreePath = found.root.names().map(OsStr::to_ascii_lowercase).collect();
        let other = first.entry(folded).or_insert(&found.root);
        if **other != found.root {
            let other = (*other).clone();
            search.report(&found.root, ProblemKind::SameNameButCase { other });
        }
    }
}
