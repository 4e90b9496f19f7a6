//! The history of an installation's key, as shadow copies of its volume keep it.

use crate::report::{Finding, FindingCode, Installation};

/// Tells each installation of the snapshots of itself that hold another key than it does now.
pub(crate) fn compare_snapshots(installations: &mut [Installation]) {
    let mut older: Vec<Older> = installations.iter().filter_map(Older::of).collect();
    older.sort_by(|a, b| a.date.cmp(&b.date));
    for live in installations.iter_mut().filter(|installation| installation.snapshot.is_none()) {
        let own = last5(live);
        for older in older.iter().filter(|older| older.live_root == live.root && own.as_ref() != Some(&older.last5)) {
            let args =
                vec![("snapshot", older.root.clone()), ("date", older.date.clone()), ("last5", older.last5.clone())];
            live.findings.push(Finding::new(FindingCode::SnapshotKeyDiffers, args));
        }
    }
}

/// What a snapshot of an installation tells.
struct Older {
    root: String,
    /// The root of the same installation outside of the snapshot.
    live_root: String,
    date: String,
    last5: String,
}

impl Older {
    fn of(installation: &Installation) -> Option<Self> {
        let date = installation.snapshot?;
        let mut names = installation.root.split('/');
        let is_snapshot = |name: &&str| name.starts_with("snapshot ");
        let before: Vec<&str> = names.by_ref().take_while(|name| !is_snapshot(name)).collect();
        let live_root = before.into_iter().chain(names).collect::<Vec<_>>().join("/");
        let last5 = last5(installation)?;
        Some(Self { root: installation.root.clone(), live_root, date: date.date(), last5 })
    }
}

/// The end of the key in use: of the stored one, or as the policy says it.
fn last5(installation: &Installation) -> Option<String> {
    let stored = installation.current_key().and_then(|key| key.last5.clone());
    stored.or_else(|| installation.license.partial_product_key.clone())
}
