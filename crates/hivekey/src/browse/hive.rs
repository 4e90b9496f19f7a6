//! One hive, opened for browsing.

use core::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hivekey_regf as regf;

use super::{BrowseError, BrowsedKey};
use crate::hives::{Bytes, Hive, OpenHive};
use crate::report::{Finding, HiveReport, HiveRole};

/// How often over a hive's data may be given. Values do not share data, so once is enough for every hive that Windows
/// wrote; twice leaves room for what logs added.
const DATA_BUDGET_FACTOR: u64 = 2;

/// One hive: its tree, and what a report says about the file.
pub struct BrowsedHive {
    report: HiveReport,
    findings: Vec<Finding>,
    hive: Hive,
}

impl fmt::Debug for BrowsedHive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowsedHive").field("report", &self.report).finish_non_exhaustive()
    }
}

impl BrowsedHive {
    pub(super) fn new(open: OpenHive) -> Result<Self, BrowseError> {
        let OpenHive { report, hive, findings, error, .. } = open;
        match (hive, error) {
            (Some(hive), _) => Ok(Self { report, findings, hive }),
            (None, Some(error)) => Err(BrowseError::open(&report.path, error)),
            (None, None) => Err(BrowseError::NoHive),
        }
    }

    /// Path, role, size and state of the file.
    #[must_use]
    pub fn report(&self) -> &HiveReport {
        &self.report
    }

    /// What is odd about the hive.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Where Windows shows the root of such a hive, as regedit writes it; `None` for hives that are nowhere by default.
    #[must_use]
    pub fn mount_point(&self) -> Option<&'static str> {
        Some(match self.report.role {
            HiveRole::Software => r"HKEY_LOCAL_MACHINE\SOFTWARE",
            HiveRole::System => r"HKEY_LOCAL_MACHINE\SYSTEM",
            HiveRole::Sam => r"HKEY_LOCAL_MACHINE\SAM",
            HiveRole::Security => r"HKEY_LOCAL_MACHINE\SECURITY",
            HiveRole::Bcd => r"HKEY_LOCAL_MACHINE\BCD00000000",
            HiveRole::Ntuser => "HKEY_CURRENT_USER",
            HiveRole::Usrclass => r"HKEY_CURRENT_USER\Software\Classes",
            _ => return None,
        })
    }

    /// The key at a path of names separated by backslashes, in any case; `""` is the root.
    ///
    /// # Errors
    ///
    /// It was not found, and a part of the tree on the way to it cannot be read.
    pub fn key(&self, path: &str) -> Result<Option<BrowsedKey<'_>>, BrowseError> {
        let mut key = BrowsedKey::root(self.hive.root()?, self.budget());
        for name in path.split('\\').filter(|name| !name.is_empty()) {
            match key.subkey(name)? {
                Some(subkey) => key = subkey,
                None => return Ok(None),
            }
        }
        Ok(Some(key))
    }

    fn budget(&self) -> Budget {
        let bytes = regf::ReadAt::len(self.hive.source()).saturating_mul(DATA_BUDGET_FACTOR);
        Budget(Arc::new(bytes.into()))
    }

    /// The key and everything below it, each key before its subkeys. What cannot be read is an error item, and the walk
    /// goes on; limits, and keys that are met twice, are error items too.
    pub fn walk<'h>(&'h self, from: &BrowsedKey<'h>) -> Walk<'h> {
        Walk { walk: self.hive.walk(), start: from.offset(), depth: None, budget: self.budget() }
    }
}

/// Bytes of data that may still be given. A crafted hive can let many values share one piece of data, so that a dump of
/// it would never end.
#[derive(Debug, Clone)]
pub(super) struct Budget(Arc<AtomicU64>);

impl Budget {
    /// Takes from the budget; `false` where it does not suffice.
    pub(super) fn spend(&self, bytes: u64) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes)).is_ok()
    }
}

/// A key and everything below it. See [`BrowsedHive::walk`].
pub struct Walk<'h> {
    walk: regf::Walk<'h, Bytes>,
    start: u64,
    /// Levels of the start below the root, once it was reached.
    depth: Option<u32>,
    budget: Budget,
}

impl fmt::Debug for Walk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Walk").field("start", &self.start).field("depth", &self.depth).finish_non_exhaustive()
    }
}

impl<'h> Iterator for Walk<'h> {
    type Item = Result<BrowsedKey<'h>, BrowseError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match (self.walk.next()?, self.depth) {
                (Ok(item), None) if item.key.offset().get() == self.start => {
                    self.depth = Some(item.depth);
                    return Some(Ok(BrowsedKey::met(item, &self.budget)));
                }
                (Ok(item), Some(start)) if item.depth > start => {
                    return Some(Ok(BrowsedKey::met(item, &self.budget)));
                }
                // The subtree is done.
                (Ok(_), Some(_)) => return None,
                (Err(error), Some(start)) if error.depth >= start => {
                    return Some(Err(error.into()));
                }
                (Err(_), Some(_)) => return None,
                // Not yet there. A walk that ends at a limit before the start says so.
                (Err(error), None) if matches!(error.error, regf::Error::LimitReached { .. }) => {
                    return Some(Err(error.into()));
                }
                (Ok(_) | Err(_), None) => {}
            }
        }
    }
}
