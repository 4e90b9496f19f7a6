//! Where something lies inside a source.

use std::ffi::{OsStr, OsString};
use std::fmt;

use crate::escape::Escaped;

/// A path inside a source: the exact names from its root down, none of them for the root itself.
///
/// Its text form (`Display`) joins the names with `/`, is empty for the root, and escapes what is not safe to
/// print (see [`Escaped`]). Names keep their exact bytes, so that a file with a hostile name can still be opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath {
    names: Vec<OsString>,
}

impl TreePath {
    /// The root of the source.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Whether this is the root of the source.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.names.is_empty()
    }

    /// The names, from the root down.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &OsStr> {
        self.names.iter().map(OsString::as_os_str)
    }

    /// How many names the path has: 0 for the root.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.names.len()
    }

    /// The last name; `None` for the root.
    #[must_use]
    pub fn file_name(&self) -> Option<&OsStr> {
        self.names.last().map(OsString::as_os_str)
    }

    /// The folder that holds this; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, names) = self.names.split_last()?;
        Some(Self { names: names.to_vec() })
    }

    /// The path of `name` in this folder.
    #[must_use]
    pub fn child(&self, name: impl Into<OsString>) -> Self {
        let mut names = Vec::with_capacity(self.names.len().saturating_add(1));
        names.extend_from_slice(&self.names);
        names.push(name.into());
        Self { names }
    }

    /// This path as one that begins in `folder`.
    #[must_use]
    pub(crate) fn within(&self, folder: &Self) -> Self {
        folder.names().chain(self.names()).collect()
    }

    /// The rest of the path below `folder`; `None` if it does not lie in it.
    #[must_use]
    pub(crate) fn relative_to(&self, folder: &Self) -> Option<Self> {
        Some(Self { names: self.names.strip_prefix(folder.names.as_slice())?.to_vec() })
    }

    /// Whether this is `folder` or lies somewhere in it (exact names).
    #[must_use]
    pub fn is_inside(&self, folder: &Self) -> bool {
        self.names.starts_with(&folder.names)
    }

    /// Whether both paths are the same but for the case of ASCII letters.
    #[must_use]
    pub fn eq_ignore_case(&self, other: &Self) -> bool {
        self.names.len() == other.names.len()
            && self.names.iter().zip(&other.names).all(|(a, b)| a.eq_ignore_ascii_case(b))
    }
}

impl<N: Into<OsString>> FromIterator<N> for TreePath {
    fn from_iter<I: IntoIterator<Item = N>>(names: I) -> Self {
        Self { names: names.into_iter().map(Into::into).collect() }
    }
}

/// Splits at `/`; empty names are left out. Nothing is unescaped.
impl From<&str> for TreePath {
    fn from(text: &str) -> Self {
        text.split('/').filter(|name| !name.is_empty()).collect()
    }
}

impl fmt::Display for TreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.names.iter().enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            write!(f, "{}", Escaped::name(name))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form() {
        assert_eq!(TreePath::root().to_string(), "");
        assert_eq!(TreePath::from("/Windows//System32/").to_string(), "Windows/System32");
        assert_eq!(TreePath::root().child("a/b\n").to_string(), "a\\x2fb\\n");
    }

    #[test]
    fn family() {
        let path = TreePath::from("C/Windows");
        assert_eq!(path.parent(), Some(TreePath::from("C")));
        assert_eq!(path.file_name(), Some(OsStr::new("Windows")));
        assert_eq!(TreePath::root().parent(), None);
        assert_eq!(TreePath::root().file_name(), None);
        assert!(path.is_inside(&TreePath::root()));
        assert!(path.child("x").is_inside(&path));
        assert!(!TreePath::from("C/Windows2").is_inside(&path));
        assert!(path.eq_ignore_case(&TreePath::from("c/WINDOWS")));
        assert!(!path.eq_ignore_case(&TreePath::from("c")));
    }
}
