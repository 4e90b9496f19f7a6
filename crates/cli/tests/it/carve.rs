//! Sweeps of raw bytes: disks, pipes, what nothing is found in, and what ends early.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use hivekey_testkit::disk::{Disk, Reformatted, reformatted};
use hivekey_testkit::hive::{HiveBuilder, Rng};
use hivekey_testkit::license::{Channel, License};
use hivekey_testkit::windows::Windows;

use crate::harness::{GVLK, MASKED, Run, hivekey, root};

/// A folder with the image of a disk on which a Windows was installed over an older one.
fn old_server() -> (tempfile::TempDir, Reformatted) {
    let folder = tempfile::tempdir().unwrap();
    let made = reformatted();
    made.disk.write_sparse(folder.path().join("old-server.img")).unwrap();
    (folder, made)
}

fn public_blob() -> Vec<u8> {
    License::preset(Windows::Server2019, Channel::Gvlk).unwrap().dpid3()
}

/// A file with noise and a blob at an odd offset.
fn noisy(folder: &Path, name: &str) -> PathBuf {
    let mut bytes = Rng::new(5).bytes(1 << 20);
    let blob = public_blob();
    bytes.splice(777_777..777_777 + blob.len(), blob);
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

/// A text without the line that says how much was swept: file systems know of holes or not.
fn without_amounts(text: &str) -> String {
    text.lines().filter(|line| !line.starts_with("  Swept ")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_documented_example_is_the_programs_own() {
    let (folder, _) = old_server();
    let run = hivekey(["carve", "old-server.img"]).in_folder(folder.path()).run();
    assert_eq!((run.stderr.as_str(), run.code), ("", 0));
    let document = fs::read_to_string(root().join("docs/carving.md")).unwrap();
    let shown = document.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(without_amounts(shown), without_amounts(run.text()));
    // Lines of a terminal.
    for line in run.text().lines() {
        assert!(line.chars().count() <= 80 && line.trim_end() == line, "{line}");
    }
}

#[test]
fn json_says_the_same_in_both_forms() {
    let (folder, made) = old_server();
    let noise = noisy(folder.path(), "noise");
    let document = hivekey(["carve", "--format", "json", "old-server.img", noise.to_str().unwrap()])
        .in_folder(folder.path())
        .run();
    let lines = hivekey(["carve", "--format", "jsonl", "-j", "3", "old-server.img", noise.to_str().unwrap()])
        .in_folder(folder.path())
        .run();
    assert_eq!((document.code, lines.code), (0, 0));
    let document = document.json();
    assert_eq!((&document["schema_version"], &document["tool"]["name"]), (&1.into(), &"hivekey".into()));
    let keys = &document["sources"][0]["product_keys"];
    assert_eq!((&keys[0]["key"], &keys[0]["verdict"]), (&made.old_key.as_str().into(), &"specific".into()));
    assert_eq!(keys[0]["evidence"][0]["partition"]["index"], 2);
    assert_eq!(document["sources"][1]["product_keys"][0]["evidence"][0]["offset"], 777_777);
    for (mut line, source) in lines.lines().into_iter().zip(document["sources"].as_array().unwrap()) {
        assert_eq!(line.as_object_mut().unwrap().remove("schema_version"), Some(1.into()));
        assert_eq!(&line, source);
    }
}

#[test]
fn exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    noisy(folder.path(), "noise");
    fs::write(folder.path().join("nothing"), vec![0; 100_000]).unwrap();
    fs::write(folder.path().join("empty"), []).unwrap();
    let code = |paths: &[&str]| {
        let run = hivekey(["carve"].iter().chain(paths)).in_folder(folder.path()).run();
        (run.code, run.stderr)
    };
    assert_eq!(code(&["noise"]), (0, String::new()));
    assert_eq!(code(&["nothing"]), (1, String::new()));
    assert_eq!(code(&["empty"]).0, 1);
    assert_eq!(code(&["noise", "nothing", "noise"]).0, 1);
    let (missing, message) = code(&["noise", "missing"]);
    assert!(
        missing == 2 && message.starts_with("hivekey: missing: cannot ") && message.ends_with("(os error 2)\n"),
        "{message}"
    );
    assert_eq!(code(&["."]).0, 2);
    assert_eq!(code(&["/dev/null"]).0, 2);
    assert_eq!(code(&[]).0, 2);
    assert_eq!(code(&["-j", "0", "noise"]).0, 2);
    assert_eq!(code(&["-q", "missing"]), (2, String::new()));
}

#[test]
fn nothing_found_and_what_could_not_be_read_are_said() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("nothing"), vec![0; 100_000]).unwrap();
    let mut container = b"QFI\xFB\0\0\0\x03".to_vec();
    container.resize(4096, 0);
    fs::write(folder.path().join("disk.qcow2"), container).unwrap();
    let run = hivekey(["carve", "nothing", "disk.qcow2", "missing"]).in_folder(folder.path()).run();
    insta::assert_snapshot!(run.text());
    let french = hivekey(["carve", "--lang", "fr", "nothing", "disk.qcow2", "missing"]).in_folder(folder.path()).run();
    insta::assert_snapshot!("in_french", french.text());
}

#[test]
fn standard_input_is_swept_as_a_stream_and_by_position() {
    let folder = tempfile::tempdir().unwrap();
    let path = noisy(folder.path(), "noise");
    let bytes = fs::read(&path).unwrap();
    let expected = hivekey(["carve", "noise"]).in_folder(folder.path()).run();
    let piped = hivekey(["carve", "-"]).input(bytes).run();
    assert_eq!(piped.text(), expected.text().replace("noise\n", "-\n").replace(" of 1.0 MiB", ""));
    assert_eq!((piped.stderr.as_str(), piped.code), ("", 0));
    let redirected = Command::new(env!("CARGO_BIN_EXE_hivekey"))
        .args(["carve", "-"])
        .stdin(fs::File::open(&path).unwrap())
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(redirected.stdout).unwrap(), expected.text().replace("noise\n", "-\n"));
    assert_eq!(hivekey(["carve", "-"]).input("").run().code, 1);
}

#[test]
fn keys_written_as_text_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("notes"), format!("the key is {GVLK}\n")).unwrap();
    assert_eq!(hivekey(["carve", "notes"]).in_folder(folder.path()).run().code, 1);
    let run = hivekey(["carve", "--text-keys", "notes"]).in_folder(folder.path()).run();
    insta::assert_snapshot!(run.text());
    assert_eq!(run.code, 0);
}

#[test]
fn masked_output_shows_no_key() {
    let (folder, made) = old_server();
    let last5 = made.old_key.rsplit('-').next().unwrap();
    for format in ["text", "json", "jsonl"] {
        let run = hivekey(["carve", "--mask", "--format", format, "old-server.img"]).in_folder(folder.path()).run();
        for key in [&made.old_key, &made.new_key] {
            assert!(!run.text().contains(key.as_str()), "{format}");
        }
        assert!(run.text().contains(MASKED) && run.text().contains(last5), "{format}");
        let run = hivekey(["carve", "--mask", "--format", format, GVLK]).in_folder(folder.path()).run();
        assert!(!run.text().contains(GVLK) && !run.stderr.contains(GVLK));
    }
}

#[test]
fn text_from_evidence_is_harmless() {
    let mut hive = HiveBuilder::new();
    hive.file_name("\u{1b}[2J\u{202e}EVIL");
    hive.key(r"Microsoft\Windows NT\CurrentVersion")
        .set("ProductName", hivekey_testkit::hive::Value::sz("a\u{1b}[31mb"));
    hive.key(r"Microsoft\Windows\CurrentVersion");
    hive.key("Classes");
    let mut disk = Disk::new(1 << 20);
    disk.plant(65_536, hive.build().bytes());
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("\u{1b}[2Jdisk"), disk.bytes()).unwrap();
    for format in ["text", "json", "jsonl"] {
        let run = hivekey(["carve", "--format", format, "\u{1b}[2Jdisk"]).in_folder(folder.path()).run();
        assert!(!run.text().contains('\u{1b}') && !run.text().contains('\u{202e}'), "{}", run.text());
        assert!(run.text().contains("EVIL"), "{}", run.text());
    }
}

#[test]
fn output_to_a_file_that_is_no_evidence() {
    let folder = tempfile::tempdir().unwrap();
    noisy(folder.path(), "noise");
    let expected = hivekey(["carve", "noise"]).in_folder(folder.path()).run();
    let run = hivekey(["carve", "noise", "-o", "found"]).in_folder(folder.path()).run();
    assert_eq!((run.text(), run.code), ("", 0));
    assert_eq!(fs::read(folder.path().join("found")).unwrap(), expected.stdout);
    let before = fs::read(folder.path().join("noise")).unwrap();
    let run = hivekey(["carve", "noise", "-o", "noise"]).in_folder(folder.path()).run();
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("refusing to write"), "{}", run.stderr);
    assert_eq!(fs::read(folder.path().join("noise")).unwrap(), before);
}

/// Interrupts a sweep of a pipe that stays open, once the program has read what is in it.
fn interrupted(format: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hivekey"))
        .args(["carve", "-", "missing", "--format", format])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // More than a pipe holds: when all is written, the program reads, and has said before how it takes an interrupt.
    input.write_all(&public_blob()).unwrap();
    input.write_all(&vec![0; 4 << 20]).unwrap();
    let sent = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    drop(input);
    let stderr = String::from_utf8(output.stderr).unwrap();
    Run { stdout: output.stdout, stderr, code: output.status.code().expect("not ended by the signal") }
}

#[test]
#[cfg(unix)]
fn an_interrupt_gives_what_was_found() {
    let run = interrupted("text");
    assert_eq!((run.code, run.stderr.as_str()), (130, "hivekey: interrupted: what had been found is reported\n"));
    assert!(run.text().contains(GVLK) && run.text().contains("Interrupted: what lies behind was not looked at."));
    assert!(!run.text().contains("missing"), "{}", run.text());
    let run = interrupted("json");
    let report = run.json();
    assert_eq!((&report["sources"][0]["outcome"], run.code), (&"cancelled".into(), 130));
    assert_eq!(report["sources"].as_array().unwrap().len(), 1);
}

#[test]
fn help_says_what_an_interrupt_does() {
    insta::assert_snapshot!(hivekey(["carve", "--help"]).run().text());
}
