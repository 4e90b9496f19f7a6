//! With `--mask` no complete key appears anywhere.

use std::fs;

use hivekey_testkit::hive::Value;
use hivekey_testkit::installation::Installation;
use hivekey_testkit::license::Channel;
use hivekey_testkit::windows::Windows;

use crate::harness::{GVLK, MASKED, Run, hivekey, testdata};

/// Whether anything in the text has the shape of a complete key.
fn shows_a_key(text: &str) -> bool {
    let is_key = |window: &[u8]| {
        window.iter().enumerate().all(|(index, byte)| match index % 6 {
            5 => *byte == b'-',
            _ => byte.is_ascii_alphanumeric(),
        })
    };
    text.as_bytes().windows(29).any(is_key)
}

fn assert_masked(run: &Run) {
    assert!(!shows_a_key(run.text()), "{}", run.text());
    assert!(!shows_a_key(&run.stderr), "{}", run.stderr);
}

#[test]
fn reports_of_every_format() {
    for format in ["text", "json", "jsonl"] {
        let plain = hivekey(["report", "--format", format, "testdata/server2019-backup"]).run();
        assert!(plain.text().contains(GVLK));
        let masked = hivekey(["report", "--format", format, "--mask", "testdata/server2019-backup"]).run();
        assert!(masked.text().contains(MASKED));
        assert_masked(&masked);
    }
}

#[test]
fn keys_hidden_in_other_facts() {
    // A person may note a key anywhere: in the owner's name, in a path, in a value that no report understands.
    let mut server = Installation::preset(Windows::Server2019, Channel::Retail).unwrap();
    server.license.erase();
    let mut hive = server.software();
    let version = hive.key(r"Microsoft\Windows NT\CurrentVersion");
    version.set("RegisteredOwner", Value::sz(&format!("key:{GVLK}")));
    version.set("RegisteredOrganization", Value::sz(&GVLK.replace('-', "")));
    let folder = tempfile::tempdir().unwrap();
    let named = folder.path().join(GVLK);
    fs::create_dir(&named).unwrap();
    hive.build().write(named.join("SOFTWARE")).unwrap();
    for format in ["text", "json", "jsonl"] {
        for path in [GVLK, "missing-N69G4-B89J2-4G8F4-WWYCC-J464C"] {
            let run = hivekey(["report", "--mask", "--format", format, path]).in_folder(folder.path()).run();
            assert_masked(&run);
            assert!(!run.text().contains(&GVLK.replace('-', "")));
        }
    }
}

#[test]
fn decode_does_not_repeat_its_input() {
    for format in ["text", "json", "jsonl"] {
        let run = hivekey(["decode", "--mask", "--format", format, GVLK]).run();
        assert_masked(&run);
        assert!(run.text().contains(MASKED));
        // Hex and base64 say the key as well as its letters do.
        let blob = fs::read_to_string(testdata("blobs/dpid3-gvlk.hex")).unwrap();
        let blob = blob.trim();
        let key_field = blob.get(104..134).unwrap();
        let run = hivekey(["decode", "--mask", "--format", format, blob]).run();
        assert_masked(&run);
        assert!(run.text().contains("J464C"));
        assert!(!run.text().contains(key_field));
        let run =
            hivekey(["decode", "--mask", "--format", format, "-"]).input(format!("{blob}\n{GVLK}\nx{GVLK}x\n")).run();
        assert_masked(&run);
        assert!(!run.text().contains(key_field));
    }
}

#[test]
fn messages_about_the_command_line_do_not_repeat_a_key() {
    assert_masked(&hivekey(["decode", "--mask", GVLK, GVLK]).run());
    assert_masked(&hivekey(["decode", "--mask", "--format", GVLK, "-"]).run());
    assert_masked(&hivekey(["report", "--mask", "-o", &format!("/nonexistent/{GVLK}/x"), "testdata"]).run());
    assert_masked(&hivekey(["report", "--mask", "--files-from", GVLK]).run());
}
