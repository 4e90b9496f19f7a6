//! What a volume keeps of earlier states: shadow copies and deleted hives.
#![cfg(test)]

use std::fs;
use std::io::Write as _;
use std::path::Path;

use hivekey::report::{FindingCode, FoundIn, SourceReport, Verdict};
use hivekey::{Options, inspect};
use hivekey_testkit::disk::ntfs_volume::{make, run};
use hivekey_testkit::disk::with_shadow_copies;
use hivekey_testkit::installation::Installation;
use hivekey_testkit::license::Channel;
use hivekey_testkit::windows::Windows;

/// 2022-03-01 and 2023-03-01, 00:00 UTC.
const DATES: [u64; 2] = [132_905_664_000_000_000, 133_221_024_000_000_000];

fn server(channel: Channel) -> Vec<u8> {
    Installation::preset(Windows::Server2019, channel).unwrap().software().build().into_bytes()
}

/// The same hive file with another content, as it lies on the volume.
fn with_hive(volume: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let length = old.len().max(new.len());
    let at = volume.windows(512).position(|bytes| bytes == &old[..512]).expect("the hive, in one piece");
    let mut changed = volume.to_vec();
    changed[at..at + length].fill(0);
    changed[at..at + new.len()].copy_from_slice(new);
    changed
}

fn report(path: &Path) -> SourceReport {
    let mut report = inspect(path, &Options::default());
    report.sources.remove(0)
}

/// Retail first, then a KMS client's key twice: the second shadow copy holds what the volume holds now.
#[test]
fn a_key_that_only_a_shadow_copy_still_holds() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("volume.raw");
    let (old, new) = (server(Channel::Retail), server(Channel::Gvlk));
    let room = old.len().max(new.len()).next_multiple_of(4096);
    let mut padded = new.clone();
    padded.resize(room, 0);
    if !make(&image, 32 << 20, |top| {
        let config = top.join("Windows/System32/config");
        fs::create_dir_all(&config).unwrap();
        fs::write(config.join("SOFTWARE"), &padded).unwrap();
    }) {
        return;
    }
    let now = fs::read(&image).unwrap();
    let before = with_hive(&now, &new, &old);
    fs::write(&image, with_shadow_copies(now.clone(), &[(DATES[0], before), (DATES[1], now)])).unwrap();

    let report = report(&image);
    let roots: Vec<_> = report.installations.iter().map(|found| (found.root.as_str(), found.current)).collect();
    assert_eq!(
        roots,
        [
            ("Windows", true),
            ("snapshot 2022-03-01T00:00:00Z/Windows", false),
            ("snapshot 2023-03-01T00:00:00Z/Windows", false)
        ]
    );
    let [live, first, second] = report.installations.as_slice() else { panic!() };
    let dates: Vec<_> = report.installations.iter().map(|found| found.snapshot.map(|date| date.date())).collect();
    assert_eq!(dates, [None, Some("2022-03-01".to_owned()), Some("2023-03-01".to_owned())]);
    let verdict = |found: &hivekey::report::Installation| found.current_key().unwrap().verdict;
    assert_eq!(
        [verdict(live), verdict(first), verdict(second)],
        [Verdict::Generic, Verdict::Specific, Verdict::Generic]
    );
    let found_in = |found: &hivekey::report::Installation| found.current_key().unwrap().evidence[0].found_in;
    assert_eq!([found_in(live), found_in(first)], [FoundIn::Live, FoundIn::Snapshot]);
    assert!(first.current_key().unwrap().evidence[0].hive.starts_with("snapshot 2022-03-01T00:00:00Z/Windows/"));
    let told: Vec<_> = live.findings.iter().filter(|it| it.code == FindingCode::SnapshotKeyDiffers).collect();
    let [told] = told.as_slice() else { panic!("{:?}", live.findings) };
    let last5 = first.current_key().unwrap().last5.clone().unwrap();
    assert!(told.message.contains("2022-03-01") && told.message.contains(&last5), "{}", told.message);
    assert!(report.bytes_read < 2 << 20, "{}", report.bytes_read);
}

/// A Windows folder that was deleted as a whole stands in the Master File Table still.
#[test]
fn a_windows_folder_that_was_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("volume.raw");
    let (old, new) = (server(Channel::Retail), server(Channel::Gvlk));
    if !make(&image, 32 << 20, |top| {
        let put = |path: &str, bytes: &[u8]| {
            let path = top.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        put("Windows/System32/config/SOFTWARE", &new);
        put("Gone/WINDOWS/System32/config/SOFTWARE", &old);
        put("Gone/WINDOWS/System32/config/SOFTWARE.LOG1", &[]);
        fs::remove_dir_all(top.join("Gone")).unwrap();
    }) {
        return;
    }
    let plain = report(&image);
    assert_eq!(plain.installations.len(), 1, "without --recover nothing that is deleted is told");
    let recovered = inspect(&image, &Options::default().recover(true)).sources.remove(0);
    let roots: Vec<_> = recovered.installations.iter().map(|it| (it.root.as_str(), it.current)).collect();
    assert_eq!(roots, [("Windows", true), ("deleted/Gone/WINDOWS", false)]);
    let key = recovered.installations[1].current_key().unwrap();
    assert_eq!((key.verdict, key.evidence[0].found_in), (Verdict::Specific, FoundIn::Deleted));
    assert!(
        recovered.findings.iter().all(|it| it.code != FindingCode::DeletedFileOverwritten),
        "{:?}",
        recovered.findings
    );
}

#[test]
fn a_deleted_hive_whose_space_was_given_away() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("volume.raw");
    if !make(&image, 8 << 20, |top| {
        let config = top.join("Gone/WINDOWS/System32/config");
        fs::create_dir_all(&config).unwrap();
        fs::write(config.join("SOFTWARE"), server(Channel::Retail)).unwrap();
        // It has its record before the others lose theirs.
        let mut others = fs::File::create(top.join("others")).unwrap();
        fs::remove_dir_all(top.join("Gone")).unwrap();
        while others.write_all(&[0x55; 4096]).is_ok() {}
    }) {
        return;
    }
    let report = inspect(&image, &Options::default().recover(true)).sources.remove(0);
    assert!(report.installations.is_empty(), "{:?}", report.installations);
    let told: Vec<_> = report.findings.iter().filter(|it| it.code == FindingCode::DeletedFileOverwritten).collect();
    let [told] = told.as_slice() else { panic!("{:?}", report.findings) };
    assert_eq!(
        told.message,
        "deleted/Gone/WINDOWS/System32/config/SOFTWARE: deleted; all its clusters belong to other files by now."
    );
}

/// `WindowsImageBackup/SRV/Backup …/….vhdx`: each backup with its date, the newest as the one that last ran.
#[test]
fn backups_of_windows_server_backup_are_told_by_date() {
    let folder = tempfile::tempdir().unwrap();
    let backups = [
        ("Backup 2021-01-31 220000", server(Channel::Retail)),
        ("Backup 2023-06-30 220007", server(Channel::Gvlk)),
        ("Backup 2022-12-01 000000", server(Channel::Retail)),
    ];
    for (name, hive) in &backups {
        let backup = folder.path().join("WindowsImageBackup/SRV").join(name);
        fs::create_dir_all(&backup).unwrap();
        fs::write(backup.join("BackupSpecs.xml"), "<BackupSpecs/>").unwrap();
        let (raw, image) = (folder.path().join("volume.raw"), backup.join("0f3a.vhdx"));
        let made = make(&raw, 32 << 20, |top| {
            let config = top.join("Windows/System32/config");
            fs::create_dir_all(&config).unwrap();
            fs::write(config.join("SOFTWARE"), hive).unwrap();
        });
        let args = ["convert", "-f", "raw", "-O", "vhdx", raw.to_str().unwrap(), image.to_str().unwrap()];
        if !made || !run("qemu-img", &args) {
            println!("skipped: qemu-img absent, or no volume can be made");
            return;
        }
        fs::remove_file(raw).unwrap();
    }
    let expected = |above: &str, below: &str| {
        let at = |name: &str| format!("{above}{name}{below}");
        [
            (at(backups[1].0), "2023-06-30T22:00:07Z", true),
            (at(backups[2].0), "2022-12-01T00:00:00Z", false),
            (at(backups[0].0), "2021-01-31T22:00:00Z", false),
        ]
    };
    let all = expected("WindowsImageBackup/SRV/", "/0f3a.vhdx/Windows");
    assert_eq!(dated(folder.path()), all.clone().map(owned));
    // Whatever of the names above the installation is given.
    let below = folder.path().join("WindowsImageBackup/SRV");
    assert_eq!(dated(&below), expected("", "/0f3a.vhdx/Windows").map(owned));
    let one = below.join(backups[1].0);
    assert_eq!(dated(&one), [owned(("0f3a.vhdx/Windows".to_owned(), all[0].1, true))]);
    assert_eq!(dated(&one.join("0f3a.vhdx")), [owned(("Windows".to_owned(), all[0].1, true))]);
    // On an image of the disk that the backups are on.
    let disk = folder.path().join("disk.raw");
    let copied = make(&disk, 160 << 20, |top| {
        for (name, _) in &backups {
            let backup = top.join("WindowsImageBackup/SRV").join(name);
            fs::create_dir_all(&backup).unwrap();
            fs::copy(below.join(name).join("0f3a.vhdx"), backup.join("0f3a.vhdx")).unwrap();
        }
    });
    assert!(copied);
    assert_eq!(dated(&disk), all.map(owned));
}

type Dated = (String, String, String, bool);

fn owned((root, made, current): (String, &str, bool)) -> Dated {
    (root, "SRV".to_owned(), made.to_owned(), current)
}

fn dated(path: &Path) -> Vec<Dated> {
    let found = report(path).installations.into_iter().map(|found| {
        let backup = found.backup.unwrap();
        (found.root, backup.machine.unwrap(), backup.made.unwrap().to_string(), found.current)
    });
    found.collect()
}
