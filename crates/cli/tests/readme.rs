//! The README's commands work as it says, and its report is the program's own.
#![cfg(test)]

use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../../../README.md");
/// What the README puts before the program's own arguments.
const PROGRAM: &str = "cargo run --release -- ";

fn run(command_line: &str) -> String {
    let arguments = command_line.strip_prefix(PROGRAM).expect("a command of the program");
    // Quoting as far as the README needs it: single quotes, no escapes.
    let arguments = arguments.split('\'').enumerate().flat_map(|(index, part)| {
        let words: Vec<&str> = if index % 2 == 0 { part.split_whitespace().collect() } else { vec![part] };
        words
    });
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output =
        Command::new(env!("CARGO_BIN_EXE_hivekey")).args(arguments).current_dir(root).output().expect("it runs");
    assert!(output.status.success(), "{command_line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn every_command_of_the_readme_succeeds() {
    let commands: Vec<&str> =
        README.lines().filter_map(|line| line.strip_prefix("$ ")).filter(|line| line.starts_with(PROGRAM)).collect();
    assert!(commands.len() > 3, "{commands:?}");
    for command in commands {
        assert!(!run(command).is_empty(), "{command}");
    }
}

#[test]
fn the_readmes_report_is_the_programs_own() {
    let shown = README.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a report");
    assert_eq!(run("cargo run --release -- report testdata/server2019-backup").trim_end(), shown.trim_end());
}
