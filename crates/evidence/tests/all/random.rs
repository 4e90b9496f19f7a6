//! Trees that nobody would think of: whatever lies where, the search ends, says the same twice, and names only
//! what can be opened inside the evidence.

use std::fs;
use std::path::PathBuf;

use hivekey_evidence::{Content, Limits};
use proptest::prelude::*;

use crate::support::{Evidence, base_block};

#[derive(Clone, Debug)]
enum Thing {
    Folder,
    Hive,
    Log,
    Empty,
    Text,
    Link(PathBuf),
}

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "Windows",
        "windows",
        "Windows.old",
        "System32",
        "SYSTEM32",
        "config",
        "RegBack",
        "repair",
        "Users",
        "SOFTWARE",
        "software",
        "SYSTEM",
        "SOFTWARE.LOG1",
        "software.log2",
        "a.hiv",
        "x",
    ])
}

fn path() -> impl Strategy<Value = PathBuf> {
    prop::collection::vec(name(), 1..6).prop_map(|names| names.into_iter().collect())
}

fn thing() -> impl Strategy<Value = Thing> {
    prop_oneof![
        3 => Just(Thing::Folder),
        4 => Just(Thing::Hive),
        2 => Just(Thing::Log),
        1 => Just(Thing::Empty),
        1 => Just(Thing::Text),
        3 => (0usize..5, path()).prop_map(|(up, path)| Thing::Link(PathBuf::from("../".repeat(up)).join(path))),
        1 => prop::sample::select(vec!["..", ".", "/", "/dev", "/etc/passwd"]).prop_map(|t| Thing::Link(t.into())),
    ]
}

/// Puts down what can be put down: things may be in each other's way.
fn build(things: &[(PathBuf, Thing)]) -> Evidence {
    let evidence = Evidence::new();
    for (path, thing) in things {
        let full = evidence.path("evidence").join(path);
        // A parent may be a link that leads anywhere; nothing is built through it.
        let through_link = path.ancestors().skip(1).any(|parent| evidence.path("evidence").join(parent).is_symlink());
        if through_link || fs::create_dir_all(full.parent().unwrap()).is_err() || full.symlink_metadata().is_ok() {
            continue;
        }
        match thing {
            Thing::Folder => fs::create_dir(&full),
            Thing::Hive => fs::write(&full, base_block(0)),
            Thing::Log => fs::write(&full, base_block(6)),
            Thing::Empty => fs::write(&full, ""),
            Thing::Text => fs::write(&full, "text"),
            Thing::Link(target) => std::os::unix::fs::symlink(target, &full),
        }
        .unwrap();
    }
    fs::create_dir_all(evidence.path("evidence")).unwrap();
    evidence
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tree(things in prop::collection::vec((path(), thing()), 0..25)) {
        let evidence = build(&things);
        let source = evidence.open("evidence");
        prop_assert_eq!(evidence.show(&source), evidence.outline("evidence"));
        for installation in &source.installations {
            prop_assert!(!installation.hives.is_empty());
            for hive in &installation.hives {
                let reader = source.open(&hive.path).unwrap();
                prop_assert_eq!(reader.len(), hive.size);
                if hive.content == Content::Hive {
                    let mut magic = [0; 4];
                    reader.read_into(0, &mut magic).unwrap();
                    prop_assert_eq!(&magic, b"regf");
                }
                for log in &hive.logs {
                    prop_assert_eq!(source.open(&log.path).unwrap().len(), log.size);
                }
            }
        }
    }

    #[test]
    fn any_tree_within_narrow_limits(
        things in prop::collection::vec((path(), thing()), 0..25),
        bounds in prop::array::uniform6(0usize..4),
    ) {
        let [depth, depth_beside, folder_entries, probes, installations, problems] = bounds;
        let entries = folder_entries * 4;
        let limits = Limits {
            depth, depth_beside, folder_entries, entries, probes, installations, problems, ..Limits::default()
        };
        let source = build(&things).open_within("evidence", limits);
        // One Windows folder may bring several installations at once, if names differ only by case.
        prop_assert!(source.installations.len() <= installations + 8);
        prop_assert!(source.problems.len() <= problems + 7);
    }
}
