//! `hivekey ls`, `get` and `export`: hives as they are.

mod data;
mod dump;
pub mod export;
pub mod get;
pub mod ls;
mod reg_text;

use hivekey::browse::{BrowseError, BrowsedHive, BrowsedKey, Hives};

use crate::args::HiveArgs;
use crate::escape::escape;
use crate::failure::{Failure, Outcome};
use crate::messages::Messages;

/// Opens the source.
fn hives(args: &HiveArgs) -> Result<Hives, Failure> {
    Hives::open(&args.path, &args.options()?).map_err(|error| failure(args, error))
}

/// Says what is odd about the hive before its content is shown.
fn tell_findings(hive: &BrowsedHive) {
    for finding in hive.findings() {
        Messages::new(false).note(&finding.message);
    }
}

/// The key at a path, which must be there.
fn key<'h>(args: &HiveArgs, hive: &'h BrowsedHive, path: &str) -> Result<BrowsedKey<'h>, Failure> {
    let key = hive.key(path).map_err(|error| failure(args, error))?;
    key.ok_or_else(|| Failure::NoKey {
        path: args.path.clone(),
        hive: hive.report().path.clone(),
        key: path.to_owned(),
    })
}

fn failure(args: &HiveArgs, error: BrowseError) -> Failure {
    Failure::Browse { path: args.path.clone(), error: Box::new(error) }
}

/// What could not be read on the way: told on standard error, counted, and bounded.
struct Troubles {
    count: u64,
}

impl Troubles {
    /// So many are told one by one.
    const TOLD: u64 = 100;

    fn new() -> Self {
        Self { count: 0 }
    }

    fn tell(&mut self, place: &str, error: &BrowseError) {
        self.tell_text(place, &error.to_string());
    }

    fn tell_text(&mut self, place: &str, text: &str) {
        self.count = self.count.saturating_add(1);
        if self.count <= Self::TOLD {
            Messages::new(false).error(&format!("{place}: {text}"));
        }
    }

    fn finish(self) -> Outcome {
        if let Some(more) = self.count.checked_sub(Self::TOLD).filter(|more| *more > 0) {
            Messages::new(false).error(&format!("{more} more errors"));
        }
        if self.count == 0 { Outcome::Complete } else { Outcome::Unreadable }
    }
}

/// A path as it is shown in a terminal and in messages.
fn shown(path: &str) -> String {
    if path.is_empty() { String::from("\\") } else { escape(path).into_owned() }
}
