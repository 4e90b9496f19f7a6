//! Every channel of every Windows version, with and without SYSTEM, version 4 blob and pkeyconfig: the right channel,
//! edition, verdict and current key; and every way in which the witnesses can disagree is told.
#![cfg(test)]

use hivekey::report::{FindingCode, Installation as Reported, KeyText, Verdict};
use hivekey::{Options, inspect};
use hivekey_testkit::hive::Remains;
use hivekey_testkit::installation::{Installation, SourceOs};
use hivekey_testkit::license::{Channel, KeyOrigin, License};
use hivekey_testkit::windows::Windows;

/// The report of an installation, through a folder as a backup tool writes it.
fn report(installation: &Installation) -> Vec<Reported> {
    let folder = tempfile::tempdir().expect("a folder");
    installation.write_tree(folder.path()).expect("room for the tree");
    let report = inspect(folder.path(), &Options::new());
    let source = report.sources.into_iter().next().expect("one source");
    assert_eq!(source.error, None);
    source.installations
}

fn only(installation: &Installation) -> Reported {
    let mut all = report(installation);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn codes(reported: &Reported) -> Vec<FindingCode> {
    reported.findings.iter().map(|finding| finding.code).collect()
}

fn has(reported: &Reported, code: FindingCode) -> bool {
    codes(reported).contains(&code)
}

const DISAGREEMENTS: &[FindingCode] = &[
    FindingCode::BlobsDisagree,
    FindingCode::ProductIdMismatch,
    FindingCode::KeyIndexMismatch,
    FindingCode::PartialKeyMismatch,
    FindingCode::ChannelMismatch,
    FindingCode::EditionMismatch,
    FindingCode::GenerationMismatch,
    FindingCode::IntegrityBad,
    FindingCode::MalformedBlob,
    FindingCode::BackupKeyDiffers,
    FindingCode::OtherKey,
    FindingCode::GroupUnknown,
    FindingCode::HiveUnreadable,
    FindingCode::DamagedHive,
    FindingCode::DirtyHive,
];

fn expected_verdict(license: &License) -> Verdict {
    match (license.origin, license.channel) {
        _ if license.key.is_erased() => Verdict::Erased,
        (KeyOrigin::Published, _) => Verdict::Generic,
        (KeyOrigin::Invented, Channel::OemSlp | Channel::Eval) => Verdict::Unknown,
        // XP does not tell the sticker's key from the one that a make installs everywhere.
        (KeyOrigin::Invented, Channel::OemCoa) if license.windows == Windows::Xp => Verdict::Unknown,
        (KeyOrigin::Invented, _) => Verdict::Specific,
    }
}

#[test]
fn every_channel_of_every_version() {
    let presets = Installation::all_presets();
    assert!(presets.len() > 50);
    for preset in presets {
        for variant in 0..8 {
            let (system, dpid4, pkeyconfig) = (variant & 1 == 0, variant & 2 == 0, variant & 4 != 0);
            let mut installation = preset.clone();
            installation.has_system = system;
            installation.dpid4 = installation.dpid4 && dpid4;
            installation.has_pkeyconfig = pkeyconfig && installation.windows.has_dpid4();
            let license = &installation.license;
            let case = format!(
                "{:?} {:?}, SYSTEM {system}, version 4 {}, pkeyconfig {}",
                installation.windows, license.channel, installation.dpid4, installation.has_pkeyconfig
            );
            let reported = only(&installation);
            let xp = installation.windows == Windows::Xp;
            if !xp {
                let channel = reported.license.channel.as_deref().unwrap_or_default();
                let expected = license.channel.key_type();
                if installation.dpid4 || installation.has_pkeyconfig || installation.windows.is_pkey2009() {
                    assert_eq!(channel, expected, "{case}");
                } else {
                    // Windows 7's groups stand for many channels; version 3 alone proves OEM or volume at most.
                    assert!(expected.starts_with(channel), "{case}: {channel}");
                }
                assert_eq!(reported.license.edition.as_deref(), Some(license.edition_id.as_str()), "{case}");
                assert_eq!(reported.license.group_id, Some(license.group), "{case}");
            }
            assert_eq!(reported.license.part_number.as_deref(), Some(license.part_number.as_str()), "{case}");
            assert_eq!(reported.windows.product_id.as_deref(), Some(license.product_id.as_str()), "{case}");
            let computer_name = system.then_some(installation.computer_name.as_str());
            assert_eq!(reported.windows.computer_name.as_deref(), computer_name, "{case}");

            let current: Vec<_> = reported.product_keys.iter().filter(|key| key.current).collect();
            assert_eq!(current.len(), 1, "{case}");
            let key = current[0];
            // Where the channel stays open, the key may be one for many machines.
            let open = !xp && reported.license.channel.as_deref() != Some(license.channel.key_type());
            let closed = expected_verdict(license);
            let expected = if open && closed == Verdict::Specific { Verdict::Unknown } else { closed };
            assert_eq!(key.verdict, expected, "{case}");
            assert_eq!(key.key.as_ref().map(KeyText::product_key), license.key.key().as_ref(), "{case}");
            if license.key.is_erased() {
                let partial = (system && installation.windows.is_pkey2009()).then(|| license.partial_key());
                assert_eq!(key.last5, partial, "{case}");
            }
            for code in DISAGREEMENTS {
                assert!(!has(&reported, *code), "{case}: {code}\n{:#?}", reported.findings);
            }
            assert!(!reported.next_steps.is_empty(), "{case}");
            assert!(!reported.license.decided_by.is_empty() || xp, "{case}");
        }
    }
}

fn server_2019(channel: Channel) -> Installation {
    Installation::preset(Windows::Server2019, channel).expect("a preset")
}

#[test]
fn a_key_of_another_version_of_windows() {
    let mut installation = Installation::preset(Windows::Server2022, Channel::Retail).expect("a preset");
    installation.license = server_2019(Channel::Retail).license;
    installation.partial_key = installation.license.partial_key();
    installation.backup_key = None;
    let reported = only(&installation);
    assert!(has(&reported, FindingCode::GenerationMismatch), "{:?}", codes(&reported));
}

#[test]
fn a_key_of_another_edition() {
    let mut installation = server_2019(Channel::Retail);
    installation.edition_id = Some("ServerDatacenter".to_owned());
    let reported = only(&installation);
    assert!(has(&reported, FindingCode::EditionMismatch), "{:?}", codes(&reported));
    assert!(reported.next_steps.iter().any(|step| step.code.as_str() == "change-edition"));
}

#[test]
fn a_stale_key_gives_way_to_the_policy() {
    let mut installation = server_2019(Channel::Retail);
    installation.partial_key = "QQQQQ".to_owned();
    installation.backup_key = None;
    let reported = only(&installation);
    assert!(has(&reported, FindingCode::PartialKeyMismatch), "{:?}", codes(&reported));
    let current = reported.current_key().expect("the policy names a key");
    assert_eq!((current.last5.as_deref(), current.key.is_none()), (Some("QQQQQ"), true));
    assert_eq!(current.verdict, Verdict::Unknown);
}

#[test]
fn internet_explorer_and_the_default_key_are_never_current() {
    let mut hive = server_2019(Channel::Retail).software();
    let current_version = hive.key(r"Microsoft\Windows NT\CurrentVersion");
    for value in ["DigitalProductId", "DigitalProductId4"] {
        current_version.delete_value(value, Remains::DataOnly);
    }
    hive.key(r"Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform")
        .delete_value("BackupProductKeyDefault", Remains::DataOnly);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("SOFTWARE");
    std::fs::write(&path, hive.build().into_bytes()).expect("room for the hive");
    let report = inspect(&path, &Options::new());
    let reported = &report.sources[0].installations[0];
    assert_eq!(reported.product_keys.len(), 1, "the same key in both places");
    assert!(reported.current_key().is_none(), "{:?}", reported.product_keys);
    assert!(has(reported, FindingCode::KeyNotStored), "{:?} {:?}", codes(reported), reported.product_keys);
    // ProductId alone still proves channel and edition.
    assert_eq!(reported.license.channel.as_deref(), Some("Retail"));
    assert_eq!(reported.license.edition.as_deref(), Some("ServerStandard"));
    assert!(reported.license.decided_by.contains(&"product-id"));
}

#[test]
fn a_product_id_of_another_group() {
    let mut installation = server_2019(Channel::Gvlk);
    installation.license.product_id = "00427-00000-00000-AA696".to_owned();
    assert!(has(&only(&installation), FindingCode::ProductIdMismatch));
}

#[test]
fn internet_explorers_other_key_is_told() {
    let mut installation = server_2019(Channel::Retail);
    installation.internet_explorer = Some(server_2019(Channel::OemNonslp).license);
    let reported = only(&installation);
    assert!(has(&reported, FindingCode::OtherKey), "{:?}", codes(&reported));
    assert_eq!(reported.license.channel.as_deref(), Some("Retail"));
}

#[test]
fn an_evaluation_that_was_not_licensed() {
    let mut installation = server_2019(Channel::Eval);
    installation.license_state = Some("SL_LICENSING_STATUS_NOTIFICATION".to_owned());
    let reported = only(&installation);
    assert!(has(&reported, FindingCode::Evaluation) && has(&reported, FindingCode::NotLicensed));
    assert_eq!(reported.license.status.as_deref(), Some("notification"));
    assert!(reported.next_steps.iter().any(|step| step.code.as_str() == "convert-evaluation"));
}

#[test]
fn an_upgrade_keeps_the_key_before_it() {
    let before = Installation::preset(Windows::Server2016, Channel::Retail).expect("a preset");
    let mut installation = server_2019(Channel::Gvlk);
    installation.source_os = vec![SourceOs { updated: installation.installed, before: Box::new(before.clone()) }];
    installation.windows_old = Some(Box::new(before.clone()));
    let all = report(&installation);
    assert_eq!(all.len(), 2);
    let (new, old) = (&all[0], &all[1]);
    assert!(new.current && !old.current);
    assert_eq!(old.windows.product_name.as_deref(), Some("Windows Server 2016 Standard"));
    assert!(has(new, FindingCode::PreviousKey), "{:?}", codes(new));
    let previous = new.product_keys.iter().find(|key| !key.current).expect("the key of Server 2016");
    assert_eq!(previous.verdict, Verdict::Specific);
    assert_eq!(previous.last5, Some(before.license.partial_key()));
}

#[test]
fn a_discovered_kms_host() {
    let mut installation = server_2019(Channel::Gvlk);
    installation.discovered_kms_host = Some(("kms.example.test".to_owned(), "1688".to_owned()));
    assert_eq!(only(&installation).license.kms_host.as_deref(), Some("kms.example.test:1688"));
    installation.kms_host = Some(("other.example.test".to_owned(), "1700".to_owned()));
    assert_eq!(only(&installation).license.kms_host.as_deref(), Some("other.example.test:1700"));
}

#[test]
fn the_kms_host_of_office_is_its_own() {
    let mut installation = server_2019(Channel::Retail);
    installation.discovered_office_kms_host = Some(("office.example.test".to_owned(), "1689".to_owned()));
    let license = only(&installation).license;
    assert_eq!((license.kms_host, license.office_kms_host.as_deref()), (None, Some("office.example.test:1689")));
    installation.office_kms_host = Some(("set.example.test".to_owned(), "1700".to_owned()));
    installation.kms_host = Some(("windows.example.test".to_owned(), "1688".to_owned()));
    let license = only(&installation).license;
    assert_eq!(license.kms_host.as_deref(), Some("windows.example.test:1688"));
    assert_eq!(license.office_kms_host.as_deref(), Some("set.example.test:1700"));
}

#[test]
fn the_evidences_own_pkeyconfig_decides() {
    let mut installation = server_2019(Channel::Retail);
    installation.has_pkeyconfig = true;
    let reported = only(&installation);
    assert!(has(&reported, FindingCode::PkeyconfigUsed), "{:?}", codes(&reported));
    assert!(reported.license.decided_by.contains(&"pkeyconfig"));
}
