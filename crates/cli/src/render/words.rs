//! The words of the text report that are not facts, one set a language. Messages of findings and steps come from the library.

use hivekey::Lang;
use hivekey::report::{FoundIn, Generic, GenericKind, HiveState, IntegrityMark, Level, Verdict};

/// The words of one language.
#[derive(Debug)]
pub struct Words {
    pub unnamed_windows: &'static str,
    pub version: &'static str,
    pub build: &'static str,
    pub older_installation: &'static str,

    pub product_key: &'static str,
    pub worth: &'static str,
    pub channel: &'static str,
    pub edition: &'static str,
    pub certainty: &'static str,
    pub found_in: &'static str,
    pub machine: &'static str,
    pub installed: &'static str,

    pub evidence: &'static str,
    pub other_keys: &'static str,
    pub findings: &'static str,
    pub next_steps: &'static str,
    pub details: &'static str,
    pub hives: &'static str,

    pub is_installed: &'static str,
    pub empty: &'static str,
    pub edition_installed: &'static str,
    pub architecture: &'static str,
    pub product_id: &'static str,
    pub owner: &'static str,
    pub organization: &'static str,
    pub license_status: &'static str,
    pub last_five: &'static str,
    pub part_number: &'static str,
    pub activation_id: &'static str,
    pub group_and_serial: &'static str,
    pub kms_host: &'static str,
    pub decided_by: &'static str,
    pub blob: &'static str,
    pub extended_pid: &'static str,
    pub eula: &'static str,
    pub license_type: &'static str,
    pub key_installed: &'static str,
    pub upgrade_key: &'static str,
    pub checks: &'static str,
    pub oddities: &'static str,
    pub input: &'static str,

    pub no_key: &'static str,
    pub key_gone: &'static str,
    pub key_lost_with_last5: &'static str,
    pub yes: &'static str,
    pub no: &'static str,
    pub and: &'static str,
    pub found: &'static str,
    pub places: &'static str,
    pub second_reader_agrees: &'static str,
    pub second_reader_disagrees: &'static str,
    pub hive_dirty: &'static str,
    pub hive_damaged: &'static str,
    pub hive_replayed: &'static str,
    pub default_value: &'static str,
    pub offset: &'static str,
    pub written: &'static str,
    pub verified: &'static str,
    pub not_verified: &'static str,
    pub bytes: &'static str,
    pub no_windows: &'static str,
    pub unreadable: &'static str,
    pub not_decoded: &'static str,
    pub check_holds: &'static str,
    pub check_fails: &'static str,
}

/// The words of a language.
pub fn words(lang: Lang) -> &'static Words {
    match lang {
        Lang::En => &ENGLISH,
        // A language that the library has and this program has no words for.
        _ => &ENGLISH,
    }
}

static ENGLISH: Words = Words {
    unnamed_windows: "Windows (its name is not stored)",
    version: "version",
    build: "build",
    older_installation: "older installation or copy",

    product_key: "Product key",
    worth: "Worth",
    channel: "Channel",
    edition: "Edition",
    certainty: "Certainty",
    found_in: "Found in",
    machine: "Machine",
    installed: "Installed",

    evidence: "Evidence",
    other_keys: "Other keys",
    findings: "Findings",
    next_steps: "Next steps",
    details: "Details",
    hives: "Hives",

    is_installed: "installed",
    empty: "empty",
    edition_installed: "Edition installed",
    architecture: "Architecture",
    product_id: "ProductId",
    owner: "Owner",
    organization: "Organization",
    license_status: "License state",
    last_five: "Last five in use",
    part_number: "Part number",
    activation_id: "Activation id",
    group_and_serial: "Group and serial",
    kms_host: "KMS host",
    decided_by: "Decided by",
    blob: "Form",
    extended_pid: "Extended PID",
    eula: "Agreement",
    license_type: "License type",
    key_installed: "Key installed",
    upgrade_key: "Upgrade key",
    checks: "Checks",
    oddities: "Oddities",
    input: "Input",

    no_key: "none stored",
    key_gone: "not stored any more",
    key_lost_with_last5: "gone; it ended in",
    yes: "yes",
    no: "no",
    and: "and",
    found: "found in",
    places: "places",
    second_reader_agrees: "a second, independent reader finds the same bytes",
    second_reader_disagrees: "a second, independent reader finds OTHER bytes",
    hive_dirty: "the hive is dirty: its last changes may be missing",
    hive_damaged: "the hive is damaged",
    hive_replayed: "the hive was recovered from its logs",
    default_value: "(default value)",
    offset: "offset",
    written: "written",
    verified: "verified",
    not_verified: "NOT verified",
    bytes: "bytes",
    no_windows: "No Windows installation was found here.",
    unreadable: "Could not be read:",
    not_decoded: "Not decoded",
    check_holds: "holds",
    check_fails: "FAILS",
};

impl Words {
    /// What a verdict means, in a sentence's half.
    pub fn verdict(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Specific => "a key of its own, as sold to a customer",
            Verdict::Generic => "public key, the same for everybody",
            Verdict::Erased => "erased: the place of the key holds zeros",
            Verdict::Damaged => "damaged: do not use it",
            // `Unknown`, and verdicts that later versions of the library add.
            _ => "not known: nothing proves what it is",
        }
    }

    /// Which public key it is.
    pub fn generic(&self, generic: &Generic) -> String {
        let kind = match generic.kind {
            GenericKind::Gvlk => "KMS client setup key",
            GenericKind::Avma => "automatic virtual machine activation",
            _ => "key of the installation media",
        };
        format!("{kind}, {}", generic.edition)
    }

    /// Whether the checks of the form hold.
    pub fn integrity(&self, mark: IntegrityMark) -> &'static str {
        match mark {
            IntegrityMark::Ok => "integrity checks hold",
            IntegrityMark::Bad => "an integrity check FAILS",
            _ => "this form brings no integrity check along",
        }
    }

    /// The same in a word or two, for one piece of evidence.
    pub fn integrity_mark(&self, mark: IntegrityMark) -> &'static str {
        match mark {
            IntegrityMark::Ok => "intact",
            IntegrityMark::Bad => "DAMAGED",
            _ => "without checksum",
        }
    }

    /// How a piece of evidence was found.
    pub fn found(&self, found_in: FoundIn) -> &'static str {
        match found_in {
            FoundIn::Live => "live",
            FoundIn::Log => "in a transaction log only",
            FoundIn::Deleted => "deleted",
            FoundIn::Carved => "carved from raw bytes",
            _ => "in a snapshot",
        }
    }

    /// How much a finding matters.
    pub fn level(&self, level: Level) -> &'static str {
        match level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Info => "info",
        }
    }

    /// In which state a hive was found.
    pub fn state(&self, state: HiveState) -> &'static str {
        match state {
            HiveState::Clean => "clean",
            HiveState::Replayed => "recovered from its logs",
            HiveState::Dirty => "dirty",
            _ => "damaged",
        }
    }
}
