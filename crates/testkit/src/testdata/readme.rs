//! The pages of `testdata/`.

use sha2::{Digest, Sha256};

use super::Fixture;

const HEAD: &str = "\
# Test data

Small synthetic files. All of them, and this page, are made by

    cargo run -p hivekey-testkit --bin make-testdata

and a test of `crates/testkit` makes them again and compares byte for byte. Don't edit them by hand: change
`crates/testkit/src/testdata` and run the command.

No file holds a key that was ever sold. The keys are either published by Microsoft for everybody (KMS clients,
installation media), or invented: of the right shape and group, but with a fixed pattern of alternating bits where a
real key has its 53-bit security value, and with a serial number out of the range that Microsoft keeps in reserve. An
invented key can't be installed, let alone activated. Part numbers that begin with `X00-` are invented, too; names and
hosts are those of nobody.

";

/// The page of the folder for inputs that once broke something.
pub(super) const REGRESSIONS: &str = "\
# Regressions

Each input that made a reader crash, hang or lie goes here, named after what it hit and with a line below that says what
it was, what went wrong and which test reads it. Inputs found by fuzzing are minimised first.

| file | what it was | read by |
|---|---|---|
| `blob-all-b.txt` | a key of 25 times `B`, the number 0: the fuzz target took it for a key, the decoder rightly for none | the fuzz target `blob` |
| `recover-live-value-in-slack.hive` | a cell whose size reaches over the next one: the live value in it was given back as deleted | `crates/regf/tests/regressions.rs` |
";

/// The page that lists the fixtures.
pub(super) fn write(fixtures: &[Fixture]) -> String {
    let mut page = String::from(HEAD);
    let mut folder = "";
    for fixture in fixtures {
        let this = fixture.path.split('/').next().unwrap_or_default();
        if this != folder {
            folder = this;
            let generator = match folder {
                "server2019-backup" => "server2019.rs",
                "hives" => "hives.rs",
                _ => "blobs.rs",
            };
            if !page.ends_with("\n\n") {
                page.push('\n');
            }
            page += &format!("## {folder}/\n\nGenerator: `crates/testkit/src/testdata/{generator}`\n\n");
            page += "| file | bytes | SHA-256 | purpose |\n|---|---|---|---|\n";
        }
        let digest: String = Sha256::digest(&fixture.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let name = fixture.path.trim_start_matches(folder).trim_start_matches('/');
        page += &format!("| `{name}` | {} | `{digest}` | {} |\n", fixture.bytes.len(), fixture.purpose);
    }
    page += "\n## regressions/\n\nInputs that once broke something; see its `README.md`.\n";
    page
}
