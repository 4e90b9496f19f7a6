//! Where the links of a Windows volume lead, as far as that is inside the volume.
//!
//! | target | taken for |
//! |---|---|
//! | `name\name`, `..\name` | counted from the folder of the link |
//! | `\name` | counted from the root of the volume |
//! | `C:\name`, `\??\C:\name`, `\\?\C:\name` | counted from the root of the volume, whose letter is not known |
//! | the same with another letter | counted so as well, if this volume has the path; otherwise another place |
//! | `\??\Volume{…}\`, `\??\UNC\…`, `\\server\…`, and all else | another place |
//!
//! Source: [MS-FSCC] 2.1.2.4 and 2.1.2.5; Microsoft, "Naming Files, Paths, and Namespaces".

use hivekey_ntfs::Reparse;

/// Reparse tags with this bit stand for another file or folder. Source: [MS-FSCC] 2.1.2.1.
const NAME_SURROGATE: u32 = 0x2000_0000;

/// Where a link leads.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// To a path that is counted from the folder of the link; `..` may be in it.
    Beside(Vec<String>),
    /// To a path that is counted from the root.
    Root(Vec<String>),
    /// To a path on a drive that is not `C:`. If this volume is that drive, it is counted from the root.
    Drive {
        target: Vec<String>,
        /// The path with the letter.
        shown: String,
    },
    /// Out of the volume, or to where it does not say.
    Elsewhere(String),
}

/// Where a reparse point leads, if it is a link.
pub(crate) fn target(reparse: &Reparse) -> Option<Target> {
    match reparse {
        Reparse::MountPoint(link) | Reparse::Symlink(link) => Some(parse(&link.target, &link.shown, link.relative)),
        Reparse::Other { tag } if tag & NAME_SURROGATE != 0 => {
            Some(Target::Elsewhere(format!("what the reparse tag {tag:#010x} stands for")))
        }
        _ => None,
    }
}

fn parse(text: &str, shown: &str, relative: bool) -> Target {
    let elsewhere = || Target::Elsewhere(if shown.is_empty() { text } else { shown }.to_owned());
    let device = [r"\??\", r"\\?\"].iter().find_map(|prefix| text.strip_prefix(prefix));
    let path = device.unwrap_or(text);
    if let Some(target) = after_drive(path).map(names) {
        return match path.starts_with(['C', 'c']) {
            true => Target::Root(target),
            false => Target::Drive { target, shown: path.to_owned() },
        };
    }
    if device.is_some() || text.is_empty() || text.starts_with(r"\\") {
        return elsewhere();
    }
    match text.strip_prefix('\\') {
        Some(path) => Target::Root(names(path)),
        None if relative => Target::Beside(names(text)),
        None => elsewhere(),
    }
}

/// What follows `C:\`.
fn after_drive(path: &str) -> Option<&str> {
    let path = path.strip_prefix(|letter: char| letter.is_ascii_alphabetic())?.strip_prefix(':')?;
    if path.is_empty() { Some(path) } else { path.strip_prefix('\\') }
}

fn names(path: &str) -> Vec<String> {
    path.split(['\\', '/']).filter(|name| !matches!(*name, "" | ".")).map(ToOwned::to_owned).collect()
}

/// The path `from`, with its link at the end replaced by its target, and `rest` behind it. `None` if it leaves the volume.
pub(crate) fn follow(from: &[String], target: Vec<String>, is_beside: bool, rest: &[String]) -> Option<Vec<String>> {
    let mut path = match from.split_last() {
        Some((_, folder)) if is_beside => folder.to_vec(),
        _ => Vec::new(),
    };
    for name in target {
        if name == ".." {
            path.pop()?;
        } else {
            path.push(name);
        }
    }
    path.extend_from_slice(rest);
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn targets() {
        let root = |names: &[&str]| Target::Root(list(names));
        let beside = |names: &[&str]| Target::Beside(list(names));
        let elsewhere = |text: &str| Target::Elsewhere(text.to_owned());
        let cases = [
            (r"\??\C:\Users", false, root(&["Users"])),
            (r"\\?\D:\a\b\", false, Target::Drive { target: list(&["a", "b"]), shown: r"D:\a\b\".to_owned() }),
            (r"C:", false, root(&[])),
            (r"\??\C:", false, root(&[])),
            (r"\Users\All", true, root(&["Users", "All"])),
            (r"..\x\.\y", true, beside(&["..", "x", "y"])),
            ("a/b", true, beside(&["a", "b"])),
            (r"a\b", false, elsewhere(r"a\b")),
            (r"\??\Volume{0}\", false, elsewhere(r"\??\Volume{0}\")),
            (r"\??\UNC\server\share", false, elsewhere(r"\??\UNC\server\share")),
            (r"\\server\share", true, elsewhere(r"\\server\share")),
            ("", true, elsewhere("")),
        ];
        for (text, relative, expected) in cases {
            assert_eq!(parse(text, "", relative), expected, "{text}");
        }
        assert_eq!(parse(r"\??\Volume{0}\", r"E:\", false), elsewhere(r"E:\"));
    }

    #[test]
    fn paths_through_links() {
        let from = list(&["a", "b", "link"]);
        let followed = |target: &[&str], beside| follow(&from, list(target), beside, &list(&["rest"]));
        assert_eq!(followed(&["..", "x"], true), Some(list(&["a", "x", "rest"])));
        assert_eq!(followed(&["x"], false), Some(list(&["x", "rest"])));
        assert_eq!(followed(&["..", "..", ".."], true), None);
        assert_eq!(followed(&[".."], false), None);
        assert_eq!(follow(&[], Vec::new(), true, &[]), Some(Vec::new()));
    }
}
