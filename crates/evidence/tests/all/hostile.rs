//! Links, special files, unreadable folders, odd names, and evidence that is too large.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Evidence, base_block, inside};
use hivekey_evidence::{Error, Limits, TreePath};

#[test]
fn links_that_stay_inside_are_followed_once() {
    let evidence = Evidence::new()
        .hives(&["real/Windows/System32/config/SOFTWARE"])
        .link("again", "real")
        .link("real/Windows/System32/deeper", "../..")
        .link("loop/a", "../loop")
        .link("loop/b", ".")
        .link("up", ".");
    let expected = "\
Windows at \"real/Windows\", hives in \"real/Windows/System32/config\"
  Live Hive real/Windows/System32/config/SOFTWARE 4096
";
    assert_eq!(evidence.outline(""), expected);
}

#[test]
fn links_as_parts_of_a_windows_folder() {
    let evidence = Evidence::new()
        .hives(&["store/config/SYSTEM", "store/content/1f", "Windows/x"])
        .link("Windows/System32", "../store")
        .link("store/config/SOFTWARE", "../content/1f");
    assert_eq!(
        evidence.outline(""),
        "\
Windows at \"Windows\", hives in \"store/config\"
  Live Hive store/content/1f 4096
  Live Hive store/config/SYSTEM 4096
"
    );
}

#[test]
fn links_that_leave_are_named_and_not_followed() {
    let elsewhere = Evidence::new().hives(&["Windows/System32/config/SOFTWARE", "SOFTWARE"]);
    let evidence = Evidence::new()
        .hives(&["Windows/System32/config/SYSTEM"])
        .link("Windows/System32/config/SOFTWARE", elsewhere.path("SOFTWARE"))
        .link("other", elsewhere.path("Windows"))
        .link("Windows/repair", "/etc")
        .link("Windows/Panther/unattend.xml", "../../../../../../../../../../etc/passwd");
    let text = evidence.outline("").replace(elsewhere.path("").to_str().unwrap(), "ELSEWHERE/");
    assert_eq!(
        text,
        "\
Windows at \"Windows\", hives in \"Windows/System32/config\"
  Live Hive Windows/System32/config/SYSTEM 4096
! link-leaves-evidence: Windows/Panther/unattend.xml: a link leads out of the evidence, to /etc/passwd; not followed
! link-leaves-evidence: Windows/System32/config/SOFTWARE: a link leads out of the evidence, to ELSEWHERE/SOFTWARE; not followed
! link-leaves-evidence: Windows/repair: a link leads out of the evidence, to /etc; not followed
! link-leaves-evidence: other: a link leads out of the evidence, to ELSEWHERE/Windows; not followed
"
    );
}

#[test]
fn nothing_outside_can_be_opened_by_its_path() {
    let evidence = Evidence::new()
        .hives(&["inner/SOFTWARE"])
        .file("secret", "s")
        .link("inner/way-out", "../secret")
        .link("inner/folder-out", "..");
    let source = evidence.open("inner");
    for path in ["way-out", "folder-out/secret"] {
        let error = source.open(&inside(path)).err().unwrap();
        assert!(matches!(error, Error::LinkLeaves { .. }), "{error}");
    }
    for name in ["..", ".", "", "../secret", "/etc/passwd", "a/b", "nul\0"] {
        let path = TreePath::root().child(name);
        let error = source.open(&path).err().unwrap();
        assert!(matches!(error, Error::InvalidPath { .. }), "{error}");
    }
}

#[test]
fn dead_and_circular_links() {
    let evidence = Evidence::new()
        .hives(&["Windows/System32/config/SOFTWARE"])
        .link("Windows/System32/config/SYSTEM", "nowhere")
        .link("Windows/System32/config/RegBack", "RegBack")
        .link("dead", "nothing");
    assert_eq!(
        evidence.outline(""),
        "\
Windows at \"Windows\", hives in \"Windows/System32/config\"
  Live Hive Windows/System32/config/SOFTWARE 4096
! link-broken: Windows/System32/config/RegBack: cannot follow the path: Too many levels of symbolic links (os error 40)
! link-broken: Windows/System32/config/SYSTEM: cannot follow the path: No such file or directory (os error 2)
! link-broken: dead: cannot follow the path: No such file or directory (os error 2)
"
    );
}

#[test]
fn the_path_itself_may_be_a_link() {
    let evidence = Evidence::new()
        .hives(&["disk/Windows/System32/config/SOFTWARE"])
        .logs(&["disk/Windows/System32/config/SOFTWARE.LOG1"])
        .link("to-folder", "disk")
        .link("to-hive", "disk/Windows/System32/config/SOFTWARE");
    assert_eq!(evidence.outline("to-folder"), evidence.outline("disk"));
    assert_eq!(
        evidence.outline("to-hive"),
        "\
SingleHive at \"\", hives in \"\"
  Live Hive SOFTWARE 4096 + SOFTWARE.LOG1 512
"
    );
}

#[test]
fn special_files_are_never_opened() {
    let evidence = Evidence::new()
        .hives(&["Windows/System32/config/SYSTEM"])
        .fifo("Windows/System32/config/SOFTWARE")
        .fifo("Windows/System32/config/SYSTEM.LOG1")
        .fifo("Windows/Panther/unattend.xml")
        .fifo("pipe")
        .link("device", "/dev/zero");
    let _socket = std::os::unix::net::UnixListener::bind(evidence.path("socket")).unwrap();
    assert_eq!(
        evidence.outline(""),
        "\
Windows at \"Windows\", hives in \"Windows/System32/config\"
  Live Hive Windows/System32/config/SYSTEM 4096
! link-leaves-evidence: device: a link leads out of the evidence, to /dev/zero; not followed
"
    );
    let source = evidence.open("");
    let error = source.open(&inside("pipe")).err().unwrap();
    assert_eq!(error.to_string(), "pipe: is a FIFO; only regular files and folders are read");
    let error = source.open(&inside("Windows")).err().unwrap();
    assert_eq!(error.to_string(), "Windows: is a folder; only regular files and folders are read");
}

/// Root reads everything, so what cannot be read is then shown by links alone (above).
#[test]
fn unreadable_folders_and_files_are_problems() {
    let evidence = Evidence::new()
        .hives(&["Windows/System32/config/SYSTEM", "Windows/System32/config/SOFTWARE"])
        .folder("locked")
        .folder("Windows/repair");
    let locked = ["locked", "Windows/repair", "Windows/System32/config/SOFTWARE"];
    for path in locked {
        fs::set_permissions(evidence.path(path), fs::Permissions::from_mode(0o000)).unwrap();
    }
    if fs::read_dir(evidence.path("locked")).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    let text = evidence.outline("");
    for path in &locked[..2] {
        fs::set_permissions(evidence.path(path), fs::Permissions::from_mode(0o700)).unwrap();
    }
    assert_eq!(
        text,
        "\
Windows at \"Windows\", hives in \"Windows/System32/config\"
  Live Hive Windows/System32/config/SYSTEM 4096
! unreadable: Windows/System32/config/SOFTWARE: cannot open the file: Permission denied (os error 13)
! unreadable: Windows/repair: cannot list the folder: Permission denied (os error 13)
! unreadable: locked: cannot list the folder: Permission denied (os error 13)
"
    );
}

#[test]
fn hostile_names_are_shown_escaped_and_opened_exactly() {
    let name = OsStr::from_bytes(b"pc\xff\n\x1b[2J");
    let evidence = Evidence::new();
    let folder = evidence.path("").join(name).join("Windows/System32/config");
    let evidence = evidence.file(folder.join("SOFTWARE"), base_block(0));
    let source = evidence.open("");
    let hive = &source.installations[0].hives[0];
    assert_eq!(hive.path.to_string(), "pc\\xff\\n\\u{1b}[2J/Windows/System32/config/SOFTWARE");
    assert_eq!(source.open(&hive.path).unwrap().len(), 4096);
}

#[test]
fn ten_thousand_files_in_one_folder() {
    let mut evidence = Evidence::new().hives(&["zzz-export.SOFTWARE", "zzz"]);
    for number in 0..10_000 {
        evidence = evidence.file(format!("{number:05}.txt"), "text");
    }
    let source = evidence.open("");
    assert_eq!(source.installations.len(), 1);
    assert_eq!(source.installations[0].hives.len(), 2);
    assert!(source.problems.is_empty());

    // With too few looks, the likely names still come first.
    let limits = Limits { probes: 100, ..Limits::default() };
    assert_eq!(
        evidence.show(&evidence.open_within("", limits)),
        "\
LooseHives at \"\", hives in \"\", loose
  Live Hive zzz-export.SOFTWARE 4096
! limit-reached: 00099.txt: more than 100 files whose content was looked at; left out: this and 9901 more
"
    );
    let limits = Limits { folder_entries: 500, ..Limits::default() };
    let text = evidence.show(&evidence.open_within("", limits));
    assert!(
        text.ends_with("! limit-reached: .: more than 500 entries of one folder; the rest was not looked at\n"),
        "{text}"
    );
    let limits = Limits { entries: 500, ..Limits::default() };
    let text = evidence.show(&evidence.open_within("", limits));
    assert!(text.contains("! limit-reached: .: more than 500 entries of all folders"), "{text}");
}

#[test]
fn deep_nesting_ends_at_a_named_limit() {
    let evidence = Evidence::new()
        .hives(&["1/2/3/4/5/6/Windows/System32/config/SOFTWARE", "1/2/3/4/5/6/7/Windows/System32/config/SOFTWARE"]);
    assert_eq!(
        evidence.outline(""),
        "\
Windows at \"1/2/3/4/5/6/Windows\", hives in \"1/2/3/4/5/6/Windows/System32/config\"
  Live Hive 1/2/3/4/5/6/Windows/System32/config/SOFTWARE 4096
! limit-reached: 1/2/3/4/5/6/7: more than 6 levels of folders; left out: this and 0 more
"
    );
    let deep = (0..200).map(|level| level.to_string()).collect::<Vec<_>>().join("/");
    let evidence = Evidence::new().folder(&deep);
    assert!(evidence.outline("").contains("limit-reached"));
}

#[test]
fn folders_beside_windows_are_searched_less_deeply() {
    let evidence = Evidence::new().hives(&[
        "Windows/System32/config/SOFTWARE",
        "backup/pc1/Windows/System32/config/SOFTWARE",
        "backup/2024/pc2/Windows/System32/config/SOFTWARE",
        "Users/somebody/Windows/System32/config/SOFTWARE",
    ]);
    assert_eq!(
        evidence.outline(""),
        "\
Windows at \"Windows\", hives in \"Windows/System32/config\"
  Live Hive Windows/System32/config/SOFTWARE 4096
Windows at \"backup/pc1/Windows\", hives in \"backup/pc1/Windows/System32/config\"
  Live Hive backup/pc1/Windows/System32/config/SOFTWARE 4096
! not-searched: backup/2024/pc2: more than 2 levels of folders beside a Windows folder; left out: this and 0 more
"
    );
}

#[test]
fn too_many_installations_and_too_many_problems() {
    let mut evidence = Evidence::new();
    for number in 0..20 {
        let hive = format!("pc{number:02}/Windows/System32/config/SOFTWARE");
        evidence = evidence.hives(&[&hive]).link(&format!("dead{number:02}"), "nowhere");
    }
    let limits = Limits { installations: 5, problems: 3, ..Limits::default() };
    let source = evidence.open_within("", limits);
    assert_eq!(source.installations.len(), 5);
    let last = source.problems.last().unwrap().to_string();
    assert!(last.contains("more than 5 installations; the rest was not looked at"), "{last}");

    let limits = Limits { problems: 3, ..Limits::default() };
    let source = evidence.open_within("", limits);
    assert_eq!(source.installations.len(), 20);
    assert_eq!(source.problems.len(), 4);
    let last = source.problems.last().unwrap().to_string();
    assert_eq!(last, "dead03: more than 3 problems; left out: this and 16 more");
}
