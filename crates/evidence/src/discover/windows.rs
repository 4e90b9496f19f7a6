//! A Windows folder: its hives, the copies that Windows keeps of them, and the files that bear on licensing.
//!
//! | path below the Windows folder | what | Windows version | source |
//! |---|---|---|---|
//! | `System32/config` | the live hives | NT 3.1 and later | Microsoft, "Registry Hives" |
//! | `System32/config/RegBack` | copies by a scheduled task | Vista to 10 1709, empty since 1803 | KB 4509719 |
//! | `repair` | copies by setup and backup programs | NT 4 to Server 2003 | Microsoft, "Windows XP Recovery" |
//! | `ServiceProfiles/NetworkService/NTUSER.DAT` | the licensing service's hive (KMS host found) | 7 and later | slmgr.vbs, NSKeyPath |
//! | `System32/spp/tokens/pkeyconfig/pkeyconfig*.xrm-ms` | key ranges and editions | 7 and later | found on media |
//! | `System32/licensing/pkeyconfig/pkeyconfig*.xrm-ms` | the same | Vista, Server 2008 | found on media |
//! | `System32/spp/store/2.0/{tokens,data}.dat` | licensing store | 10, Server 2016 and later | Microsoft, "Rebuild the Tokens.dat file" |
//! | `System32/spp/store/{tokens,data}.dat` | the same | 8, Server 2012 | the same |
//! | `ServiceProfiles/NetworkService/AppData/Roaming/Microsoft/SoftwareProtectionPlatform/tokens.dat` | the same | 7, Server 2008 R2 | the same |
//! | `Panther/unattend.xml`, `Panther/Unattend/unattend.xml`, `System32/Sysprep/unattend.xml` | setup's answers | Vista and later | Microsoft, "Methods for running Windows Setup" |

use std::ffi::OsStr;

use super::hives;
use super::search::Search;
use crate::installation::{HivePlace, Installation, InstallationPlace, SideFile, SideFileKind};
use crate::path::TreePath;
use crate::problem::ProblemKind;
use crate::tree::EntryKind;

/// Something to look for below a Windows folder.
#[derive(Clone, Copy)]
struct Wanted {
    path: &'static [&'static str],
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Config,
    RegBack,
    Repair,
    NetworkService,
    Side(SideFileKind),
}

const fn side(kind: SideFileKind, path: &'static [&'static str]) -> Wanted {
    Wanted { path, what: What::Side(kind) }
}

/// What lies in `System32`. Its `config` decides whether a folder is a Windows folder.
static IN_SYSTEM32: &[Wanted] = {
    use SideFileKind::{DataDat, PkeyConfig, PkeyConfigCsvlk, PkeyConfigDownlevel, TokensDat};
    &[
        Wanted { path: &["System32", "config"], what: What::Config },
        side(PkeyConfig, &["System32", "spp", "tokens", "pkeyconfig", "pkeyconfig.xrm-ms"]),
        side(PkeyConfig, &["System32", "licensing", "pkeyconfig", "pkeyconfig.xrm-ms"]),
        side(PkeyConfigCsvlk, &["System32", "spp", "tokens", "pkeyconfig", "pkeyconfig-csvlk.xrm-ms"]),
        side(PkeyConfigCsvlk, &["System32", "licensing", "pkeyconfig", "pkeyconfig-csvlk.xrm-ms"]),
        side(PkeyConfigDownlevel, &["System32", "spp", "tokens", "pkeyconfig", "pkeyconfig-downlevel.xrm-ms"]),
        side(PkeyConfigDownlevel, &["System32", "licensing", "pkeyconfig", "pkeyconfig-downlevel.xrm-ms"]),
        side(TokensDat, &["System32", "spp", "store", "2.0", "tokens.dat"]),
        side(TokensDat, &["System32", "spp", "store", "tokens.dat"]),
        side(DataDat, &["System32", "spp", "store", "2.0", "data.dat"]),
        side(DataDat, &["System32", "spp", "store", "data.dat"]),
        side(SideFileKind::Unattend, &["System32", "Sysprep", "unattend.xml"]),
    ]
};

/// What lies elsewhere in a Windows folder.
static ELSEWHERE: &[Wanted] = &[
    Wanted { path: &["repair"], what: What::Repair },
    Wanted { path: &["ServiceProfiles", "NetworkService", "NTUSER.DAT"], what: What::NetworkService },
    side(
        SideFileKind::TokensDat,
        &[
            "ServiceProfiles",
            "NetworkService",
            "AppData",
            "Roaming",
            "Microsoft",
            "SoftwareProtectionPlatform",
            "tokens.dat",
        ],
    ),
    side(SideFileKind::Unattend, &["Panther", "unattend.xml"]),
    side(SideFileKind::Unattend, &["Panther", "Unattend", "unattend.xml"]),
];

/// In a config folder.
static IN_CONFIG: &[Wanted] = &[Wanted { path: &["RegBack"], what: What::RegBack }];

/// Takes a folder as a Windows installation if it has `System32/config`; `None` if it has not.
///
/// Names that differ only by case may make several config folders: each is an installation. A Windows folder without
/// a single hive is a problem and no installation, but a Windows folder all the same.
pub(super) fn recognise(
    search: &mut Search<'_>,
    root: &TreePath,
    place: InstallationPlace,
) -> Option<Vec<Installation>> {
    let mut found = Vec::new();
    find(search, root, IN_SYSTEM32, &mut found);
    let configs: Vec<TreePath> = take(&mut found, What::Config, EntryKind::Folder);
    if configs.is_empty() {
        return None;
    }
    find(search, root, ELSEWHERE, &mut found);
    let mut shared = Vec::new();
    for folder in take(&mut found, What::Repair, EntryKind::Folder) {
        shared.extend(hives::in_folder(search, &folder, HivePlace::Repair));
    }
    for file in take(&mut found, What::NetworkService, EntryKind::File) {
        shared.extend(hives::at(search, &file, HivePlace::NetworkService));
    }
    let mut files: Vec<SideFile> = Vec::new();
    for (what, path, kind) in found {
        if let What::Side(side) = what
            && kind == EntryKind::File
            && let Some(size) = search.size(&path)
        {
            files.push(SideFile { kind: side, path, size });
        }
    }
    files.sort_by_key(|file| file.kind);
    let moment = search.tree.moment(root);
    let installations: Vec<Installation> = configs
        .into_iter()
        .filter_map(|config| {
            let mut all = hives::in_folder(search, &config, HivePlace::Live);
            hives::set_aside(&mut all);
            let mut copies = Vec::new();
            find(search, &config, IN_CONFIG, &mut copies);
            for folder in take(&mut copies, What::RegBack, EntryKind::Folder) {
                all.extend(hives::in_folder(search, &folder, HivePlace::RegBack));
            }
            all.extend(shared.iter().cloned());
            (!all.is_empty()).then(|| Installation {
                root: root.clone(),
                moment,
                backup: None,
                place,
                config,
                loose: false,
                hives: all,
                files: files.clone(),
            })
        })
        .collect();
    if installations.is_empty() {
        search.report(root, ProblemKind::NoHives);
    }
    Some(installations)
}

/// Takes what was found of one sort, if it is of the right kind.
fn take(found: &mut Vec<(What, TreePath, EntryKind)>, wanted: What, wanted_kind: EntryKind) -> Vec<TreePath> {
    found
        .extract_if(.., |(what, ..)| *what == wanted)
        .filter(|(_, _, kind)| *kind == wanted_kind)
        .map(|(_, path, _)| path)
        .collect()
}

/// Finds paths below a folder, whatever their case, listing each folder once. Recurses as deep as the tables go.
fn find(search: &mut Search<'_>, folder: &TreePath, wanted: &[Wanted], found: &mut Vec<(What, TreePath, EntryKind)>) {
    let mut names: Vec<&str> = wanted.iter().filter_map(|w| w.path.first().copied()).collect();
    names.sort_unstable();
    names.dedup();
    let entries = search.lookup(folder, &names);
    for name in names {
        let mut matching: Vec<_> = entries.iter().filter(|entry| entry.is_named(&[name])).collect();
        // The exact name first, then the others.
        matching.sort_by_key(|entry| entry.name != *OsStr::new(name));
        if let [first, others @ ..] = matching.as_slice() {
            for other in others {
                search.report(
                    &folder.child(other.name.clone()),
                    ProblemKind::SameNameButCase { other: folder.child(first.name.clone()) },
                );
            }
        }
        let below: Vec<Wanted> = wanted
            .iter()
            .filter_map(|w| match w.path.split_first() {
                Some((first, path)) if *first == name => Some(Wanted { path, what: w.what }),
                _ => None,
            })
            .collect();
        for entry in matching {
            let Some((path, kind)) = search.settle(folder, entry) else {
                continue;
            };
            for end in below.iter().filter(|w| w.path.is_empty()) {
                found.push((end.what, path.clone(), kind));
            }
            let deeper: Vec<Wanted> = below.iter().filter(|w| !w.path.is_empty()).copied().collect();
            if !deeper.is_empty() && kind == EntryKind::Folder {
                find(search, &path, &deeper, found);
            }
        }
    }
}
