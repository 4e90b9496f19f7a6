//! The words of the text report that are not facts, one set a language. Messages of findings and steps come from the library.

mod english;
mod french;

use hivekey::Lang;
use hivekey::report::{FoundIn, Generic, GenericKind, HiveState, IntegrityMark, Level, Verdict};

/// The words of one language.
#[derive(Debug)]
pub struct Words {
    pub(super) unnamed_windows: &'static str,
    pub(super) version: &'static str,
    pub(super) build: &'static str,
    pub(super) older_installation: &'static str,
    pub(super) snapshot: &'static str,
    pub(super) backup_of: &'static str,

    pub(super) product_key: &'static str,
    pub(super) worth: &'static str,
    pub(super) channel: &'static str,
    pub(super) edition: &'static str,
    pub(super) certainty: &'static str,
    pub(super) found_in: &'static str,
    pub(super) machine: &'static str,
    pub(super) installed: &'static str,

    pub(super) evidence: &'static str,
    pub(super) other_keys: &'static str,
    pub(super) findings: &'static str,
    pub(super) next_steps: &'static str,
    pub(super) details: &'static str,
    pub(super) hives: &'static str,

    pub(super) is_installed: &'static str,
    pub(super) empty: &'static str,
    pub(super) edition_installed: &'static str,
    pub(super) architecture: &'static str,
    pub(super) product_id: &'static str,
    pub(super) owner: &'static str,
    pub(super) organization: &'static str,
    pub(super) license_status: &'static str,
    pub(super) last_five: &'static str,
    pub(super) part_number: &'static str,
    pub(super) activation_id: &'static str,
    pub(super) group_and_serial: &'static str,
    pub(super) kms_host: &'static str,
    pub(super) office_kms_host: &'static str,
    pub(super) decided_by: &'static str,
    pub(super) blob: &'static str,
    pub(super) extended_pid: &'static str,
    pub(super) eula: &'static str,
    pub(super) license_type: &'static str,
    pub(super) key_installed: &'static str,
    pub(super) upgrade_key: &'static str,
    pub(super) checks: &'static str,
    pub(super) oddities: &'static str,
    pub(super) input: &'static str,

    pub(super) no_key: &'static str,
    pub(super) key_gone: &'static str,
    pub(super) key_lost_with_last5: &'static str,
    pub(super) yes: &'static str,
    pub(super) no: &'static str,
    pub(super) and: &'static str,
    pub(super) found: &'static str,
    pub(super) places: &'static str,
    pub(super) second_reader_agrees: &'static str,
    pub(super) second_reader_disagrees: &'static str,
    pub(super) hive_dirty: &'static str,
    pub(super) hive_damaged: &'static str,
    pub(super) hive_replayed: &'static str,
    pub(super) default_value: &'static str,
    pub(super) offset: &'static str,
    pub(super) written: &'static str,
    pub(super) verified: &'static str,
    pub(super) not_verified: &'static str,
    pub(super) bytes: &'static str,
    pub(super) no_windows: &'static str,
    pub(super) unreadable: &'static str,
    pub(super) not_decoded: &'static str,
    pub(super) check_holds: &'static str,
    pub(super) check_fails: &'static str,

    pub(super) verdict_specific: &'static str,
    pub(super) verdict_generic: &'static str,
    pub(super) verdict_erased: &'static str,
    pub(super) verdict_damaged: &'static str,
    pub(super) verdict_unknown: &'static str,
    pub(super) generic_gvlk: &'static str,
    pub(super) generic_avma: &'static str,
    pub(super) generic_install: &'static str,
    pub(super) integrity_ok: &'static str,
    pub(super) integrity_bad: &'static str,
    pub(super) integrity_none: &'static str,
    pub(super) mark_ok: &'static str,
    pub(super) mark_bad: &'static str,
    pub(super) mark_none: &'static str,
    pub(super) found_live: &'static str,
    pub(super) found_log: &'static str,
    pub(super) found_deleted: &'static str,
    pub(super) found_carved: &'static str,
    pub(super) found_snapshot: &'static str,
    pub(super) level_error: &'static str,
    pub(super) level_warning: &'static str,
    pub(super) level_info: &'static str,
    pub(super) state_clean: &'static str,
    pub(super) state_replayed: &'static str,
    pub(super) state_dirty: &'static str,
    pub(super) state_damaged: &'static str,
    pub(super) message: &'static str,
    pub(super) meaning: &'static str,
    pub(super) source: &'static str,
    pub(super) table: &'static str,
    pub(super) maker: &'static str,
    pub(super) checksum: &'static str,
    pub(super) cut_off: &'static str,
    pub(super) windows_marker: &'static str,
    pub(super) no_match: &'static str,
    pub(super) near_miss: &'static str,
    pub(super) known_key: &'static str,
    pub(super) line: &'static str,
    pub(super) key_of: &'static str,
    pub(super) key_in_use: &'static str,
    pub(super) key_not_in_use: &'static str,
    pub(super) group: &'static str,
    pub(super) strength_certain: &'static str,
    pub(super) strength_strong: &'static str,
    pub(super) strength_weak: &'static str,
    pub(super) matched_full: &'static str,
    pub(super) matched_group_serial: &'static str,
    pub(super) matched_last_five_serial: &'static str,
    pub(super) matched_last_five_group: &'static str,
    pub(super) matched_last_five: &'static str,

    pub(super) report_title: &'static str,
    pub(super) made_by: &'static str,
    pub(super) column_hive: &'static str,
    pub(super) column_found: &'static str,
    pub(super) column_checks: &'static str,
    pub(super) column_offset: &'static str,
    pub(super) column_written: &'static str,
    pub(super) column_kind: &'static str,
    pub(super) column_state: &'static str,
    pub(super) colon: &'static str,
    pub(super) semicolon: &'static str,
}

/// The words of a language.
pub fn words(lang: Lang) -> &'static Words {
    match lang {
        Lang::Fr => &french::WORDS,
        // English, and languages that the library has and this program has no words for.
        _ => &english::WORDS,
    }
}

impl Words {
    /// What a verdict means, in a sentence's half.
    pub fn verdict(&self, verdict: Verdict) -> &'static str {
        match verdict {
            Verdict::Specific => self.verdict_specific,
            Verdict::Generic => self.verdict_generic,
            Verdict::Erased => self.verdict_erased,
            Verdict::Damaged => self.verdict_damaged,
            // `Unknown`, and verdicts that later versions of the library add.
            _ => self.verdict_unknown,
        }
    }

    /// Which public key it is.
    pub fn generic(&self, generic: &Generic) -> String {
        let kind = match generic.kind {
            GenericKind::Gvlk => self.generic_gvlk,
            GenericKind::Avma => self.generic_avma,
            _ => self.generic_install,
        };
        format!("{kind}, {}", generic.edition)
    }

    /// Whether the checks of the form hold.
    pub fn integrity(&self, mark: IntegrityMark) -> &'static str {
        match mark {
            IntegrityMark::Ok => self.integrity_ok,
            IntegrityMark::Bad => self.integrity_bad,
            _ => self.integrity_none,
        }
    }

    /// The same in a word or two, for one piece of evidence.
    pub fn integrity_mark(&self, mark: IntegrityMark) -> &'static str {
        match mark {
            IntegrityMark::Ok => self.mark_ok,
            IntegrityMark::Bad => self.mark_bad,
            _ => self.mark_none,
        }
    }

    /// How a piece of evidence was found.
    pub fn how_found(&self, found_in: FoundIn) -> &'static str {
        match found_in {
            FoundIn::Live => self.found_live,
            FoundIn::Log => self.found_log,
            FoundIn::Deleted => self.found_deleted,
            FoundIn::Carved => self.found_carved,
            _ => self.found_snapshot,
        }
    }

    /// How much a finding matters.
    pub fn level(&self, level: Level) -> &'static str {
        match level {
            Level::Error => self.level_error,
            Level::Warning => self.level_warning,
            Level::Info => self.level_info,
        }
    }

    /// In which state a hive was found.
    pub fn state(&self, state: HiveState) -> &'static str {
        match state {
            HiveState::Clean => self.state_clean,
            HiveState::Replayed => self.state_replayed,
            HiveState::Dirty => self.state_dirty,
            _ => self.state_damaged,
        }
    }
}
