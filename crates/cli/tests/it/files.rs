//! `-o` and `--files-from`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::harness::{Run, hivekey, root, testdata};

/// A copy of the backup that a test may spoil.
fn backup() -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                copy(&entry.path(), &target)
            } else {
                drop(fs::copy(entry.path(), target))
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    copy(&testdata("server2019-backup"), &folder.path().join("backup"));
    folder
}

fn snapshot(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(snapshot(&path));
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

#[test]
fn a_report_is_written_to_a_file() {
    let folder = backup();
    for format in ["text", "json", "jsonl"] {
        let expected = hivekey(["report", "--format", format, "backup"]).in_folder(folder.path()).run();
        let run = hivekey(["report", "--format", format, "backup", "-o", "out"]).in_folder(folder.path()).run();
        assert_eq!((run.text(), run.stderr.as_str(), run.code), ("", "", 0));
        assert_eq!(fs::read(folder.path().join("out")).unwrap(), expected.stdout);
    }
    let colour = hivekey(["report", "backup", "-o", "out", "--color", "auto"]).in_folder(folder.path()).run();
    assert_eq!(colour.code, 0);
    assert!(!fs::read_to_string(folder.path().join("out")).unwrap().contains('\x1b'));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left");
}

#[test]
fn the_evidence_is_never_written_to() {
    let folder = backup();
    let before = snapshot(folder.path());
    let hive = "backup/Windows/System32/config/SOFTWARE";
    let refused = |args: &[&str]| -> Run {
        let run = hivekey(args).in_folder(folder.path()).run();
        assert_eq!(run.code, 2, "{args:?}");
        assert_eq!(run.text(), "", "{args:?}");
        run
    };
    let run = refused(&["report", "backup", "-o", "backup/report.txt"]);
    assert_eq!(run.stderr, "hivekey: refusing to write backup/report.txt: it belongs to the evidence at backup\n");
    refused(&["report", "backup", "-o", "backup/Windows/../report.txt"]);
    refused(&["report", hive, "-o", hive]);
    refused(&["report", hive, "-o", "backup/Windows/System32/config/software.LOG1"]);
    let run = refused(&["report", "backup/Windows/System32/config/SYSTEM", "-o", hive]);
    assert!(run.stderr.contains("registry hive"), "{}", run.stderr);
    refused(&["export", hive, "Microsoft", "-o", hive]);
    refused(&["export", "backup", "SOFTWARE", "-o", "backup/x.reg"]);
    let list =
        hivekey(["report", "--files-from", "-", "-o", "backup/x"]).in_folder(folder.path()).input("backup\n").run();
    assert_eq!(list.code, 2);
    refused(&["report", "backup", "-o", "nowhere/report.txt"]);
    refused(&["report", "backup", "-o", "."]);
    assert_eq!(snapshot(folder.path()), before);
}

#[test]
fn reading_leaves_the_evidence_as_it_is() {
    let folder = backup();
    let before = snapshot(folder.path());
    let run = hivekey(["report", "backup", "--deep", "--verify", "--hash", "--recover"]).in_folder(folder.path()).run();
    assert_eq!(run.code, 0);
    assert_eq!(hivekey(["ls", "-R", "backup", "SYSTEM"]).in_folder(folder.path()).run().code, 0);
    assert_eq!(snapshot(folder.path()), before);
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_no_file_is_written_directly() {
    // Not by the name /dev/stdout: should this ever fail, it must not replace a device of the machine.
    let stdout = "/proc/self/fd/1";
    let run = hivekey(["report", "testdata/server2019-backup", "-o", stdout]).run();
    assert!(run.text().starts_with("Windows Server 2019 Standard"), "{}", run.stderr);
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_hivekey"))
        .args(["report", "testdata/server2019-backup"])
        .current_dir(root())
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot write"));
}

#[test]
fn paths_from_a_list() {
    let paths = |run: &Run| -> Vec<String> {
        run.lines().iter().map(|line| line["path"].as_str().unwrap().to_owned()).collect()
    };
    let input = "testdata/server2019-backup\n\nschema\n";
    let run = hivekey(["report", "--format", "jsonl", "testdata/hives/dirty", "--files-from", "-"]).input(input).run();
    assert_eq!(paths(&run), ["testdata/hives/dirty", "testdata/server2019-backup", "schema"]);
    assert_eq!(run.code, 1);
    let run =
        hivekey(["report", "--format", "jsonl", "--files-from", "-", "-0"]).input(input.replace('\n', "\0")).run();
    assert_eq!(paths(&run), ["testdata/server2019-backup", "schema"]);
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list");
    fs::write(&list, "schema").unwrap();
    let run = hivekey(["report", "--format", "jsonl", "--files-from", list.to_str().unwrap()]).run();
    assert_eq!(paths(&run), ["schema"]);
}

#[test]
fn lists_that_cannot_be_read() {
    assert_eq!(hivekey(["report", "--files-from", "testdata/missing"]).run().code, 2);
    let long = format!("schema\n{}\nschema\n", "x".repeat(100_000));
    let run = hivekey(["report", "--format", "jsonl", "--files-from", "-"]).input(long).run();
    assert_eq!((run.lines().len(), run.code), (1, 2), "what came before is reported");
    assert!(run.stderr.contains("list of paths"), "{}", run.stderr);
    let run = hivekey(["report", "--files-from", "-"]).input("").run();
    assert_eq!((run.text(), run.code), ("", 0));
    let run = hivekey(["report", "-0", "schema"]).run();
    assert_eq!(run.code, 2);
}

#[test]
#[cfg(unix)]
fn paths_that_are_not_text() {
    let mut input = b"testdata/\xff\x1b[2J\n".to_vec();
    input.extend_from_slice(b"schema\n");
    let run = hivekey(["report", "--format", "text", "--files-from", "-"]).input(input).run();
    assert_eq!(run.code, 2);
    assert!(!run.text().contains('\x1b') && !run.stderr.contains('\x1b'));
    assert!(run.text().contains("\\u{1b}[2J"), "{}", run.text());
}
