//! Which hive of a source a key path means.

use std::path::Path;

use hivekey_evidence::{self as evidence, HiveFile, HivePlace, InstallationPlace, Source, open_source};

use super::{BrowseError, BrowsedHive};
use crate::Options;
use crate::hives::OpenHive;
use crate::report::{HiveReport, HiveRole};

/// What may stand before the name of a hive, as regedit writes it.
const MACHINE: [&str; 2] = ["HKEY_LOCAL_MACHINE", "HKLM"];

/// The hives of a source.
pub struct Hives {
    source: Source,
    options: Options,
}

impl core::fmt::Debug for Hives {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Hives").field("source", &self.source).finish_non_exhaustive()
    }
}

/// A hive file with what decides whether it is meant.
struct Candidate<'s> {
    file: &'s HiveFile,
    /// Of an installation that is no older copy.
    current: bool,
}

impl Hives {
    /// Opens a hive, or a folder with hives.
    ///
    /// # Errors
    ///
    /// [`BrowseError::Source`] if the path cannot be read, [`BrowseError::NoHive`] if it holds no hive.
    pub fn open(path: impl AsRef<Path>, options: &Options) -> Result<Self, BrowseError> {
        let source = open_source(path.as_ref(), &evidence::Options::default().with_images(options.images.clone()))?;
        let hives = Self { source, options: options.clone() };
        if hives.candidates().next().is_none() {
            return Err(BrowseError::NoHive);
        }
        Ok(hives)
    }

    /// Whether the source is one hive, so that keys are counted from its root.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.source.installations.iter().any(|found| found.place == InstallationPlace::SingleHive)
    }

    /// Every hive of the source, as reports describe it. Reads some pages of each.
    pub fn list(&self) -> impl Iterator<Item = HiveReport> {
        self.candidates().map(|candidate| self.read(candidate.file).report)
    }

    /// The hive that a key path means, and the path inside this hive. In a folder with hives the path begins with the
    /// hive's role or file name (`SOFTWARE\Microsoft`, `NTUSER.DAT\Software`), and `HKEY_LOCAL_MACHINE` may stand before.
    /// Hives in use go before copies, and those of the installation that ran last before older ones.
    ///
    /// # Errors
    ///
    /// [`BrowseError::ChooseHive`] and [`BrowseError::Ambiguous`] where it is not clear which; [`BrowseError::Open`] if it
    /// cannot be read.
    pub fn choose<'k>(&self, key: &'k str) -> Result<(BrowsedHive, &'k str), BrowseError> {
        if self.is_single() {
            let candidate = self.candidates().next().ok_or(BrowseError::NoHive)?;
            return Ok((self.hive(self.read(candidate.file))?, key));
        }
        let (mut name, mut rest) = first_component(key);
        if MACHINE.iter().any(|machine| machine.eq_ignore_ascii_case(name)) {
            (name, rest) = first_component(rest);
        }
        let mut fitting: Vec<(Candidate<'_>, OpenHive)> = self
            .candidates()
            .map(|candidate| {
                let open = self.read(candidate.file);
                (candidate, open)
            })
            .filter(|(_, open)| is_called(&open.report, name))
            .collect();
        let rank = |candidate: &Candidate<'_>| (candidate.file.place != HivePlace::Live, !candidate.current);
        fitting.sort_by_key(|(candidate, _)| rank(candidate));
        let best = fitting.first().map(|(candidate, _)| rank(candidate));
        fitting.retain(|(candidate, _)| Some(rank(candidate)) == best);
        let several = fitting.len() > 1;
        match fitting.pop() {
            None => Err(BrowseError::ChooseHive { names: self.names() }),
            Some(last) if several => {
                let paths = fitting.iter().chain([&last]).map(|(_, open)| open.report.path.clone()).collect();
                Err(BrowseError::Ambiguous { name: name.to_owned(), paths })
            }
            Some((_, open)) => Ok((self.hive(open)?, rest)),
        }
    }

    fn candidates(&self) -> impl Iterator<Item = Candidate<'_>> {
        self.source.installations.iter().flat_map(|found| {
            let current = found.is_current();
            found.hives.iter().map(move |file| Candidate { file, current })
        })
    }

    fn read(&self, file: &HiveFile) -> OpenHive {
        OpenHive::open(&self.source, file, &self.options)
    }

    fn hive(&self, open: OpenHive) -> Result<BrowsedHive, BrowseError> {
        BrowsedHive::new(open)
    }

    /// Names that `choose` takes, each once.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for candidate in self.candidates() {
            let name = candidate.file.path.file_name().map(|name| name.to_string_lossy().into_owned());
            if let Some(name) = name.filter(|name| !names.iter().any(|known| known.eq_ignore_ascii_case(name))) {
                names.push(name);
            }
        }
        names
    }
}

fn first_component(path: &str) -> (&str, &str) {
    let path = path.trim_start_matches('\\');
    path.split_once('\\').unwrap_or((path, ""))
}

fn is_called(hive: &HiveReport, name: &str) -> bool {
    let role = match name.to_ascii_lowercase().as_str() {
        "software" => Some(HiveRole::Software),
        "system" => Some(HiveRole::System),
        "sam" => Some(HiveRole::Sam),
        "security" => Some(HiveRole::Security),
        "ntuser" => Some(HiveRole::Ntuser),
        "usrclass" => Some(HiveRole::Usrclass),
        "bcd" => Some(HiveRole::Bcd),
        "amcache" => Some(HiveRole::Amcache),
        _ => None,
    };
    let file_name = hive.path.rsplit('/').next().unwrap_or_default();
    role == Some(hive.role) || file_name.eq_ignore_ascii_case(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_component_names_the_hive() {
        assert_eq!(first_component(r"SOFTWARE\Microsoft\Windows"), ("SOFTWARE", r"Microsoft\Windows"));
        assert_eq!(first_component(r"\SYSTEM"), ("SYSTEM", ""));
        assert_eq!(first_component(""), ("", ""));
    }
}
