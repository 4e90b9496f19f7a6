//! Which known key was on which machine: stored, erased, with and without SYSTEM, and everything that comes close.
#![cfg(test)]

use hivekey::matching::{How, KnownKeys, Match, Near, Strength, match_installation, match_source};
use hivekey::report::Verdict;
use hivekey::{Lang, Options, inspect};
use hivekey_dpid::ProductKey;
use hivekey_testkit::installation::{Installation, Product, SourceOs};
use hivekey_testkit::license::{Channel, License, pkey2009};
use hivekey_testkit::windows::Windows;

fn server(channel: Channel) -> Installation {
    Installation::preset(Windows::Server2019, channel).expect("it was sold")
}

/// An erased MAK of Server 2019 Standard.
fn mak() -> Installation {
    server(Channel::Mak)
}

fn key(group: u32, serial: u32) -> ProductKey {
    pkey2009(group, serial, false).key().expect("an invented key has a text")
}

/// A list of keys, one a line, each labelled.
fn list(keys: &[&ProductKey]) -> KnownKeys {
    let lines: Vec<String> = keys.iter().enumerate().map(|(at, key)| format!("{key} # key {at}")).collect();
    KnownKeys::parse(lines.join("\n").as_bytes())
}

fn matched(installation: &Installation, known: &KnownKeys, lang: Lang) -> Match {
    let folder = tempfile::tempdir().expect("a folder");
    installation.write_tree(folder.path()).expect("room for the tree");
    let report = inspect(folder.path(), &Options::new());
    let reported = report.installations().next().expect("an installation");
    match_installation(reported, known, lang)
}

/// What matched: how, how surely, and whether it is the current key's; what came close.
fn outcome(found: &Match) -> (Vec<(How, Strength, bool)>, Vec<Near>) {
    let matches = found.matches.iter().map(|matched| (matched.how, matched.strength, matched.current)).collect();
    (matches, found.near_misses.iter().map(|miss| miss.near).collect())
}

/// Another key of the group that ends like this one.
fn twin(of: &ProductKey, group: u32) -> ProductKey {
    (1..).map(|serial| key(group, serial)).find(|twin| twin.last5() == of.last5() && twin != of).expect("1 in 243")
}

#[test]
fn what_is_known_is_found() {
    let certain = |how| (vec![(how, Strength::Certain, true)], vec![]);
    let near = |near| (vec![], vec![near]);
    let of = |installation: &Installation| installation.license.typed_key;

    let retail = server(Channel::Retail);
    let mut mak_without_system = mak();
    mak_without_system.has_system = false;
    let mut only_end = mak();
    only_end.dpid = false;
    let product_id_gone = {
        let mut installation = only_end.clone();
        installation.license.product_id = String::from("none");
        installation
    };
    let mut stale = mak();
    stale.partial_key = String::from("BCDFG");
    let mut no_blob_no_system = mak_without_system.clone();
    no_blob_no_system.dpid = false;
    let seven = Installation::preset(Windows::Seven, Channel::Mak).expect("it was sold");

    for (case, installation, known, expected) in [
        ("stored", &retail, of(&retail), certain(How::Full)),
        ("erased", &mak(), of(&mak()), certain(How::LastFive)),
        ("erased, no SYSTEM", &mak_without_system, of(&mak()), certain(How::GroupSerial)),
        ("no blob: ProductId tells", &only_end, of(&mak()), (vec![(How::LastFive, Strength::Strong, true)], vec![])),
        (
            "no blob, no ProductId",
            &product_id_gone,
            of(&mak()),
            (vec![(How::LastFive, Strength::Strong, true)], vec![]),
        ),
        ("no blob, no SYSTEM", &no_blob_no_system, of(&mak()), certain(How::GroupSerial)),
        ("older than what is in use", &stale, of(&mak()), near(Near::OtherEndSameSerial)),
        ("a twin by the end", &mak(), twin(&of(&mak()), 4298), near(Near::OtherSerial)),
        ("another key of the group", &mak(), key(4298, 17), near(Near::OtherEnd)),
        ("a key of another group", &mak(), key(4290, 17), (vec![], vec![])),
        ("Windows 7 keeps no end", &seven, of(&seven), (vec![], vec![])),
    ] {
        let found = matched(installation, &list(&[&known]), Lang::En);
        assert_eq!(outcome(&found), expected, "{case}: {found:?}");
        assert_eq!(found.reason.is_none(), !found.matches.is_empty(), "{case}");
        assert!(found.matches.iter().all(|matched| matched.key.is_none()), "{case}");
    }
}

#[test]
fn the_stored_key_is_another_with_the_same_end() {
    let retail = server(Channel::Retail);
    let twin = twin(&retail.license.typed_key, retail.license.group);
    assert_eq!(outcome(&matched(&retail, &list(&[&twin]), Lang::En)), (vec![], vec![Near::OtherKey]));
}

#[test]
fn the_group_must_be_the_same() {
    // A blob that names another group than the key that was in use: it is stale, or of a relabelled group.
    let mut installation = mak();
    installation.license.group = 4542;
    installation.internet_explorer = None;
    let found = matched(&installation, &list(&[&mak().license.typed_key]), Lang::En);
    assert_eq!(found.matches, []);
    assert_eq!(found.near_misses.first().map(|miss| miss.near), Some(Near::OtherGroup), "{found:?}");
}

#[test]
fn a_public_key_on_the_list_is_called_one() {
    let gvlk = server(Channel::Gvlk);
    let found = matched(&gvlk, &list(&[&gvlk.license.typed_key]), Lang::En);
    assert_eq!(found.matches.first().map(|matched| matched.verdict), Some(Verdict::Generic));
    let none = matched(&gvlk, &list(&[&key(4298, 5)]), Lang::En);
    assert!(none.reason.is_some_and(|reason| reason.contains("publishes for everybody")));
}

#[test]
fn the_medias_key_was_never_the_machines() {
    // The media of a MAK client bring the KMS client key along, as DefaultProductKey.
    let gvlk = License::preset(Windows::Server2019, Channel::Gvlk).expect("it was sold");
    let found = matched(&mak(), &list(&[&gvlk.typed_key]), Lang::En);
    assert_eq!(found.matches, []);
    assert!(found.reason.is_some_and(|reason| reason.starts_with("The key itself is not stored")));
}

#[test]
fn keys_of_earlier_installations_and_other_products_are_found() {
    let mut upgraded = server(Channel::Retail);
    let before = Installation::preset(Windows::Server2016, Channel::Retail).expect("it was sold");
    upgraded.source_os.push(SourceOs { updated: upgraded.installed, before: Box::new(before.clone()) });
    let found = matched(&upgraded, &list(&[&before.license.typed_key, &upgraded.license.typed_key]), Lang::En);
    let lines: Vec<(usize, bool)> = found.matches.iter().map(|matched| (matched.line, matched.current)).collect();
    assert_eq!(lines, [(2, true), (1, false)]);
}

#[test]
fn many_near_misses_are_cut_and_counted() {
    let keys: Vec<ProductKey> = (1..40).map(|serial| key(4298, serial)).collect();
    let found = matched(&mak(), &list(&keys.iter().collect::<Vec<_>>()), Lang::Fr);
    assert_eq!(found.near_misses.len(), hivekey::matching::MAX_NEAR_MISSES);
    let reason = found.reason.expect("no match");
    assert!(reason.contains("29 autres quasi-correspondances"), "{reason}");
}

#[test]
fn reasons_in_both_languages() {
    let mut text = String::new();
    for lang in [Lang::En, Lang::Fr] {
        let mut mak_without_system = mak();
        mak_without_system.has_system = false;
        let mut nothing = mak_without_system.clone();
        nothing.dpid = false;
        nothing.default_key = None;
        nothing.internet_explorer = None;
        nothing.license.product_id = String::from("none");
        let mut only_another = nothing.clone();
        let license = License::preset(Windows::Seven, Channel::Retail).expect("it was sold");
        only_another.products.push(Product::Exchange(license));
        let twin = twin(&mak().license.typed_key, 4298);
        for (installation, known) in [
            (server(Channel::Gvlk), key(4298, 5)),
            (server(Channel::Retail), key(4298, 5)),
            (mak(), twin),
            (mak_without_system, key(4298, 5)),
            (nothing, key(4298, 5)),
            (only_another, key(4298, 5)),
        ] {
            let found = matched(&installation, &list(&[&known]), lang);
            text.push_str(&format!("{}\n", found.reason.expect("no match")));
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_source_without_windows_has_a_reason_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let known = list(&[&key(4298, 5)]);
    for (path, start) in
        [(folder.path().to_owned(), "No Windows"), (folder.path().join("absent"), "It could not be read")]
    {
        let report = inspect(&path, &Options::new());
        let all = match_source(&report.sources[0], &known, Lang::En);
        assert_eq!((all.len(), all[0].root.as_deref()), (1, None));
        assert!(all[0].reason.as_deref().is_some_and(|reason| reason.starts_with(start)), "{all:?}");
        assert_eq!(all[0].path, path.display().to_string());
    }
}

#[test]
fn json_has_no_key_until_it_is_asked_for() {
    let retail = server(Channel::Retail);
    let known = list(&[&retail.license.typed_key]);
    let mut found = matched(&retail, &known, Lang::En);
    let written = retail.license.typed_key.to_string();
    let json = serde_json::to_string(&found).expect("JSON");
    assert!(!json.contains(&written) && !json.contains("\"key\""), "{json}");
    found.show_keys(&known);
    let json: serde_json::Value = serde_json::to_value(&found).expect("JSON");
    assert_eq!(json["matches"][0]["key"], written);
    assert_eq!(json["matches"][0]["how"], "full");
    assert_eq!(json["matches"][0]["group_id"], 4290);
    assert_eq!(json["matches"][0]["key_path"], r"\Microsoft\Windows NT\CurrentVersion");
    assert_eq!(json["reason"], serde_json::Value::Null);
}
