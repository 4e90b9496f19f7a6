//! What a live look-up cannot see: keys that stand in logs or in deleted cells only, and damaged hives.
#![cfg(test)]

use hivekey::report::{FindingCode, FoundIn, HiveState, Installation, IntegrityMark, Verdict};
use hivekey::{Options, inspect};

fn testdata(path: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(path)
}

fn only(path: &std::path::Path, options: &Options) -> Installation {
    let report = inspect(path, options);
    let source = report.sources.into_iter().next().expect("one source");
    assert_eq!(source.error, None);
    assert_eq!(source.installations.len(), 1);
    source.installations.into_iter().next().expect("one installation")
}

fn has(installation: &Installation, code: FindingCode) -> bool {
    installation.findings.iter().any(|finding| finding.code == code)
}

#[test]
fn a_key_that_stands_only_in_the_logs() {
    let hive = testdata("hives/dirty/SOFTWARE");
    let installation = only(&hive, &Options::new());
    let key = installation.current_key().expect("the logs bring it");
    assert_eq!(key.verdict, Verdict::Specific);
    assert!(key.evidence.iter().all(|evidence| evidence.found_in == FoundIn::Log));
    assert!(has(&installation, FindingCode::LogOnlyKey) && has(&installation, FindingCode::ReplayedHive));
    assert_eq!(installation.hives[0].state, HiveState::Replayed);
    assert_eq!(installation.hives[0].logs_applied.len(), 2);

    let unreplayed = only(&hive, &Options::new().replay(false));
    assert!(unreplayed.product_keys.is_empty());
    assert_eq!(unreplayed.hives[0].state, HiveState::Dirty);
    assert!(has(&unreplayed, FindingCode::DirtyHive) && !has(&unreplayed, FindingCode::ReplayedHive));
}

#[test]
fn a_deleted_customer_key_beside_a_live_public_one() {
    let hive = testdata("hives/deleted-key-SOFTWARE");
    let installation = only(&hive, &Options::new().recover(true));
    assert_eq!(installation.current_key().map(|key| key.verdict), Some(Verdict::Generic));
    let deleted: Vec<_> = installation.product_keys.iter().filter(|key| !key.current).collect();
    assert_eq!(deleted.len(), 1);
    assert_eq!(deleted[0].verdict, Verdict::Specific);
    for evidence in &deleted[0].evidence {
        assert_eq!((evidence.found_in, evidence.integrity), (FoundIn::Deleted, IntegrityMark::Ok));
        assert!(evidence.offset.is_some());
    }
    assert!(deleted[0].evidence.iter().any(|evidence| evidence.key_path.ends_with("CurrentVersion")));
    assert!(has(&installation, FindingCode::CustomerKeyDeleted));
    assert_eq!(installation.next_steps[0].code.as_str(), "record-key");

    let without = only(&hive, &Options::new());
    assert_eq!(without.product_keys.len(), 1, "nothing deleted is reported unasked");
}

#[test]
fn a_hive_whose_root_is_lost_is_swept() {
    let mut bytes = std::fs::read(testdata("hives/retail-SOFTWARE")).expect("testdata");
    let key = only(&testdata("hives/retail-SOFTWARE"), &Options::new()).current_key().expect("a key").last5.clone();
    // Every key record loses its signature: no tree is left.
    while let Some(at) = bytes.windows(2).position(|pair| pair == b"nk") {
        bytes[at] = b'?';
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("SOFTWARE");
    std::fs::write(&path, bytes).expect("room for the hive");
    let installation = only(&path, &Options::new());
    assert_eq!(installation.hives[0].state, HiveState::Damaged);
    assert!(has(&installation, FindingCode::DamagedHive));
    assert!(installation.current_key().is_none());
    assert!(installation.product_keys.iter().any(|found| found.last5 == key && found.verdict == Verdict::Specific));
}
