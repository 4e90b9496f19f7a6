//! The audit sheet: which license was found, where, and what was checked.

use super::facts;
use super::template::{self, Facts};
use crate::report::{
    Evidence, FoundIn, HiveReport, HiveState, Installation, IntegrityMark, Level, SourceReport, Timestamp,
};
use crate::texts::Lang;

/// The audit sheet. The hives' SHA-256 values are on it where the inspection had [`hash`](crate::Options::hash); an
/// inspection with [`verify`](crate::Options::verify) adds the second reader's word.
///
/// ```
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/server2019-backup");
/// let report = hivekey::inspect(path, &hivekey::Options::new().hash(true));
/// let source = &report.sources[0];
/// let today = hivekey::report::Timestamp::now();
/// let text = hivekey::papers::record(source, &source.installations[0], today, hivekey::Lang::En);
/// assert!(text.contains("SHA-256"));
/// ```
#[must_use]
pub fn record(source: &SourceReport, installation: &Installation, date: Timestamp, lang: Lang) -> String {
    let mut facts = facts(source, installation, date);
    let decided_by = installation.license.decided_by.join(", ");
    facts.fact("decided_by", Some(decided_by));
    let pieces: &[Evidence] = installation.current_key().map_or(&[], |key| key.evidence.as_slice());
    facts.list("places", pieces.iter().map(place).collect());
    facts.list("hives", installation.hives.iter().map(hive).collect());
    let remarks = installation.findings.iter().filter(|finding| finding.level != Level::Info);
    facts.list(
        "remarks",
        remarks
            .map(|finding| {
                let mut facts = Facts::default();
                facts.fact("remark", Some(&finding.message));
                facts.fact("code", Some(finding.code.as_str()));
                facts
            })
            .collect(),
    );
    let marks = || pieces.iter().map(|piece| piece.integrity);
    facts.flag(
        "intact",
        marks().any(|mark| mark == IntegrityMark::Ok) && !marks().any(|mark| mark == IntegrityMark::Bad),
    );
    facts.flag("bad", marks().any(|mark| mark == IntegrityMark::Bad));
    facts.flag("no-check", !pieces.is_empty() && marks().all(|mark| mark == IntegrityMark::None));
    let verified = || pieces.iter().filter_map(|piece| piece.verified);
    facts.flag("verified", verified().next().is_some() && verified().all(|agrees| agrees));
    facts.flag("not-verified", verified().any(|agrees| !agrees));
    facts.flag("hashed", installation.hives.iter().any(|hive| hive.sha256.is_some()));
    template::render(text(lang), &facts)
}

fn place(piece: &Evidence) -> Facts {
    let mut facts = Facts::default();
    facts.fact("hive", Some(&piece.hive));
    facts.fact("key_path", Some(&piece.key_path));
    facts.fact("value", Some(&piece.value));
    facts.fact("offset", piece.offset.map(|offset| format!("{offset:#x}")));
    facts.fact("written", piece.last_written.map(|time| time.to_string()));
    facts.flag("intact", piece.integrity == IntegrityMark::Ok);
    facts.flag("bad", piece.integrity == IntegrityMark::Bad);
    facts.flag("no-check", piece.integrity == IntegrityMark::None);
    facts.flag("not-live", piece.found_in != FoundIn::Live);
    facts.flag("from-log", piece.found_in == FoundIn::Log);
    facts
}

fn hive(hive: &HiveReport) -> Facts {
    let mut facts = Facts::default();
    facts.fact("hive", Some(&hive.path));
    facts.fact("role", Some(hive.role.name()));
    facts.fact("size", Some(hive.size.to_string()));
    facts.fact("sha256", hive.sha256.as_ref());
    facts.fact("logs", Some(hive.logs_applied.join(", ")));
    facts.flag("clean", hive.state == HiveState::Clean);
    facts.flag("replayed", hive.state == HiveState::Replayed);
    facts.flag("dirty", hive.state == HiveState::Dirty);
    facts.flag("damaged", hive.state == HiveState::Damaged);
    facts
}

fn text(lang: Lang) -> &'static str {
    match lang {
        Lang::En => include_str!("../../texts/record.en.txt"),
        Lang::Fr => include_str!("../../texts/record.fr.txt"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_know_the_same_facts() {
        assert_eq!(template::names(text(Lang::En)), template::names(text(Lang::Fr)));
    }
}
