//! The text report, exit codes and standard error.

use std::fs;
use std::process::Command;

use crate::harness::{hivekey, root, testdata};

/// A folder with hives under the names that Windows gives them.
fn config(hives: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, from) in hives {
        fs::copy(testdata(from), folder.path().join(name)).unwrap();
    }
    folder
}

#[test]
fn a_kms_client() {
    let run = hivekey(["report", "testdata/server2019-backup"]).run();
    insta::assert_snapshot!(run.text());
    assert_eq!((run.stderr.as_str(), run.code), ("", 0));
}

#[test]
fn a_key_of_its_own_verified() {
    let run = hivekey(["report", "testdata/hives/retail-SOFTWARE", "--verify", "--hash"]).run();
    insta::assert_snapshot!(run.text());
    assert_eq!((run.stderr.as_str(), run.code), ("", 0));
}

#[test]
fn an_erased_key_whose_end_survives() {
    let folder = config(&[("SOFTWARE", "hives/erased-mak-SOFTWARE"), ("SYSTEM", "hives/erased-mak-SYSTEM")]);
    let run = hivekey(["report", "."]).in_folder(folder.path()).run();
    insta::assert_snapshot!(run.text());
    assert_eq!((run.stderr.as_str(), run.code), ("", 0));
}

#[test]
fn a_key_that_stands_only_in_the_logs() {
    let run = hivekey(["report", "testdata/hives/dirty"]).run();
    insta::assert_snapshot!(run.text());
    assert_eq!((run.stderr.as_str(), run.code), ("", 0));
    let run = hivekey(["report", "--no-replay", "testdata/hives/dirty"]).run();
    assert!(run.text().contains("none stored"), "{}", run.text());
}

#[test]
fn a_damaged_blob_beside_a_whole_one() {
    let run = hivekey(["report", "testdata/hives/damaged-blob-SOFTWARE"]).run();
    insta::assert_snapshot!(run.text());
    assert_eq!(run.code, 0);
}

#[test]
fn several_sources_are_set_apart_and_errors_are_told_twice() {
    let run = hivekey([
        "report",
        "testdata/hives/text.dat",
        "testdata/hives/windows9x.dat",
        "testdata/hives/empty.dat",
        "testdata/nothing-here",
        "testdata/server2019-backup/Windows/System32/config/SAM",
    ])
    .run();
    insta::assert_snapshot!(run.text());
    insta::assert_snapshot!("errors", run.stderr);
    assert_eq!(run.code, 2);
}

#[test]
fn exit_codes() {
    let code = |args: &[&str]| hivekey(args).run().code;
    assert_eq!(code(&["report", "testdata/server2019-backup"]), 0);
    assert_eq!(code(&["report", "testdata/server2019-backup/Windows/System32/config/SAM"]), 1);
    assert_eq!(code(&["report", "testdata/hives/text.dat"]), 2);
    let (good, none, bad) = ("testdata/server2019-backup", "schema", "testdata/hives/empty.dat");
    assert_eq!(code(&["report", good, none]), 1);
    assert_eq!(code(&["report", none, bad, good]), 2);
    assert_eq!(code(&["report"]), 2);
    assert_eq!(code(&["report", "--format", "yaml", good]), 2);
    assert_eq!(code(&["decode", "--format", "csv", "00"]), 2);
    assert_eq!(code(&["nonsense"]), 2);
    assert_eq!(code(&[]), 2);
    assert_eq!(code(&["--help"]), 0);
    assert_eq!(code(&["--version"]), 0);
}

#[test]
fn quiet_says_nothing_about_sources() {
    let run = hivekey(["report", "-q", "testdata/hives/text.dat"]).run();
    assert_eq!((run.stderr.as_str(), run.code), ("", 2));
    assert!(run.text().contains("Could not be read"));
    let run = hivekey(["report", "-q", "testdata/hives/text.dat", "-o", "testdata/hives/text.dat"]).run();
    assert!(run.stderr.contains("refusing to write"), "{}", run.stderr);
}

#[test]
fn in_french() {
    let run = hivekey(["report", "--lang", "fr", "--verify", "testdata/hives/retail-SOFTWARE"]).run();
    insta::assert_snapshot!(run.text());
    let locale = hivekey(["report", "--verify", "testdata/hives/retail-SOFTWARE"]).env("LANG", "fr_FR.UTF-8").run();
    assert_eq!(locale.text(), run.text());
    let english =
        hivekey(["report", "testdata/hives/retail-SOFTWARE"]).env("LC_ALL", "C").env("LANG", "fr_FR.UTF-8").run();
    assert!(english.text().contains("Product key"));
}

#[test]
fn help_names_every_option() {
    insta::assert_snapshot!("help", hivekey(["--help"]).run().text());
    insta::assert_snapshot!("help_report", hivekey(["report", "--help"]).run().text());
}

#[test]
fn colour_only_where_it_is_wanted() {
    let args = ["report", "testdata/server2019-backup"];
    let plain = hivekey(args).run();
    assert!(!plain.text().contains('\x1b'));
    let coloured = hivekey(args.iter().chain(&["--color", "always"])).run();
    assert!(coloured.text().contains("\x1b[1m"));
    let never = hivekey(args.iter().chain(&["--color", "never"])).run();
    assert_eq!(never.text(), plain.text());
    // Colour is the only difference: nothing is told by it alone.
    let mut stripped = String::new();
    let mut rest = coloured.text();
    while let Some((before, after)) = rest.split_once("\x1b[") {
        stripped.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    stripped.push_str(rest);
    assert_eq!(stripped, plain.text());
}

#[test]
fn lines_have_80_columns_at_most() {
    let hives = fs::read_dir(testdata("hives")).unwrap().map(|entry| entry.unwrap().path());
    for path in hives.chain([testdata("server2019-backup")]) {
        let run = hivekey(["report".as_ref(), "--verify".as_ref(), "--hash".as_ref(), path.as_os_str()]).run();
        for line in run.text().lines() {
            assert!(line.chars().count() <= 80, "{}: {line}", path.display());
            assert_eq!(line.trim_end(), line);
        }
    }
}

#[test]
#[cfg(unix)]
fn a_closed_pipe_is_success() {
    // The reading end is gone before the program starts: how fast it is does not matter.
    let run = |arguments: &[&str]| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let command =
            Command::new(env!("CARGO_BIN_EXE_hivekey")).args(arguments).current_dir(root()).stdout(writer).output();
        let output = command.unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let success = (Some(0), String::new());
    assert_eq!(run(&["ls", "-R", "--format", "jsonl", "testdata/hives/retail-SOFTWARE"]), success);
    for format in ["text", "json", "jsonl"] {
        let sources = ["testdata/hives/text.dat", "testdata/server2019-backup"];
        assert_eq!(run(&[&["report", "-q", "--format", format], &sources[..]].concat()), success);
    }
}
