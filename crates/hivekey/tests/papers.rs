//! The letter and the audit sheet of every kind of license, in both languages.
#![cfg(test)]

use hivekey::papers::{Recipient, letter, record};
use hivekey::report::{Report, Timestamp};
use hivekey::{Lang, Options, inspect};
use hivekey_testkit::installation::Installation;
use hivekey_testkit::license::Channel;
use hivekey_testkit::windows::Windows;

/// A fixed name for the source, which is a temporary folder.
fn report(installation: &Installation, options: &Options) -> Report {
    let folder = tempfile::tempdir().expect("a folder");
    installation.write_tree(folder.path()).expect("room for the tree");
    let mut report = inspect(folder.path(), options);
    report.sources[0].path = String::from("/mnt/backup");
    report
}

fn today() -> Timestamp {
    // 2026-01-31.
    Timestamp::from_unix(1_769_817_600).expect("a time")
}

fn preset(windows: Windows, channel: Channel) -> Installation {
    Installation::preset(windows, channel).expect("it was sold")
}

fn papers(installation: &Installation, to: Option<Recipient>, lang: Lang) -> (String, String) {
    let report = report(installation, &Options::new().hash(true).lang(lang));
    let source = &report.sources[0];
    let found = &source.installations[0];
    let to = to.unwrap_or_else(|| Recipient::for_installation(found));
    (letter(source, found, to, today(), lang), record(source, found, today(), lang))
}

/// Hashes and sizes change with every change of the testkit; that they are there is enough.
fn steady(record: &str) -> String {
    let mut text = String::new();
    for line in record.lines() {
        match line.split_whitespace().next_back() {
            Some(word) if word.len() == 64 => text.push_str(&line.replace(word, "[64 digits]")),
            Some("bytes" | "octets") => text.push_str("[size]"),
            Some(word) if word.starts_with("0x") => text.push_str(&line.replace(word, "[offset]")),
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

#[test]
fn letters_of_an_erased_mak() {
    for lang in [Lang::En, Lang::Fr] {
        let (letter, record) = papers(&preset(Windows::Server2019, Channel::Mak), None, lang);
        insta::assert_snapshot!(format!("letter-mak-{lang:?}"), letter);
        insta::assert_snapshot!(format!("record-mak-{lang:?}"), steady(&record));
    }
}

#[test]
fn letters_of_other_channels() {
    let mut kms = preset(Windows::Server2019, Channel::Gvlk);
    kms.kms_host = Some((String::from("kms.example.org"), String::from("1688")));
    for (name, installation, to) in [
        ("kms", kms, None),
        ("oem", preset(Windows::Seven, Channel::OemSlp), None),
        ("oem-dm", preset(Windows::Eleven, Channel::OemDm), None),
        ("retail-microsoft", preset(Windows::Server2022, Channel::Retail), Some(Recipient::Microsoft)),
        ("avma", preset(Windows::Server2025, Channel::Avma), None),
        ("evaluation", preset(Windows::Server2016, Channel::Eval), None),
    ] {
        for lang in [Lang::En, Lang::Fr] {
            let (letter, _) = papers(&installation, to, lang);
            insta::assert_snapshot!(format!("letter-{name}-{lang:?}"), letter);
        }
    }
}

#[test]
fn no_paper_shows_a_key_or_is_too_wide() {
    for installation in Installation::all_presets() {
        let key = installation.license.typed_key.to_string();
        let mut hostile = installation.clone();
        hostile.product_name = format!("Windows {key}\n= {}\u{1b}[2J", key.replace('-', ""));
        hostile.owner = format!("Owner of {key}");
        hostile.computer_name = "X".repeat(300);
        for installation in [&installation, &hostile] {
            for lang in [Lang::En, Lang::Fr] {
                let folder = tempfile::tempdir().expect("a folder");
                installation.write_tree(folder.path()).expect("room for the tree");
                let report = inspect(folder.path(), &Options::new().hash(true).verify(true).lang(lang));
                let source = &report.sources[0];
                let found = &source.installations[0];
                let letters = Recipient::ALL.iter().map(|to| letter(source, found, *to, today(), lang));
                for paper in letters.chain([record(source, found, today(), lang)]) {
                    let case =
                        format!("{:?} {:?} {lang:?}\n{paper}", installation.windows, installation.license.channel);
                    assert!(!paper.contains(&key) && !paper.contains(&key.replace('-', "")), "{case}");
                    assert!(!paper.contains('{') || paper.contains("u{1b}"), "{case}");
                    assert!(!paper.contains('\u{1b}'), "{case}");
                    let unbreakable = |line: &&str| line.contains("XXXXXXXX");
                    assert!(paper.lines().filter(|l| !unbreakable(l)).all(|l| l.chars().count() <= 72), "{case}");
                    assert!(!paper.contains("\n\n\n") && !paper.contains(" \n"), "{case}");
                }
            }
        }
    }
}

#[test]
fn the_recipient_follows_from_the_channel() {
    for (channel, to) in [
        (Channel::Retail, Recipient::Vendor),
        (Channel::OemDm, Recipient::Vendor),
        (Channel::Mak, Recipient::LicensingDesk),
        (Channel::Gvlk, Recipient::LicensingDesk),
        (Channel::Avma, Recipient::LicensingDesk),
        (Channel::Eval, Recipient::Vendor),
    ] {
        let report = report(&preset(Windows::Server2019, channel), &Options::new());
        assert_eq!(Recipient::for_installation(&report.sources[0].installations[0]), to, "{channel:?}");
    }
}
