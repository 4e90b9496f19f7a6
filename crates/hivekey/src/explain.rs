//! What a finding or a next step means: what `hivekey explain CODE` says.

use serde::Serialize;

use crate::report::{FindingCode, Level, StepCode};
use crate::texts::{self, Kind, Lang};

/// What a code belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeKind {
    /// A finding.
    Finding,
    /// A next step.
    Step,
}

/// A code with its texts in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The code, for example `erased-key`.
    pub code: &'static str,
    /// Finding or next step.
    pub kind: CodeKind,
    /// How much a finding matters; a step has none.
    pub level: Option<Level>,
    /// The message as reports have it, with the names of facts in braces.
    pub message: &'static str,
    /// What it means.
    pub explanation: &'static str,
    /// Where the claim comes from, in the words of the source.
    pub source: Option<&'static str>,
}

/// Explains a code of a finding or of a next step; `None` where there is no such code.
///
/// ```
/// use hivekey::{Lang, explain};
/// let explanation = explain("erased-key", Lang::En).expect("a code of a finding");
/// assert!(explanation.message.contains("{place}"));
/// assert!(explain("no-such-code", Lang::En).is_none());
/// ```
#[must_use]
pub fn explain(code: &str, lang: Lang) -> Option<Explanation> {
    let finding = FindingCode::parse(code).map(|code| finding(code, lang));
    finding.or_else(|| StepCode::parse(code).map(|code| step(code, lang)))
}

/// Every code explained: the findings, then the next steps, each in the order of its table.
pub fn all(lang: Lang) -> impl Iterator<Item = Explanation> {
    let findings = FindingCode::ALL.iter().map(move |code| finding(*code, lang));
    findings.chain(StepCode::ALL.iter().map(move |code| step(*code, lang)))
}

fn finding(code: FindingCode, lang: Lang) -> Explanation {
    Explanation {
        code: code.as_str(),
        kind: CodeKind::Finding,
        level: Some(code.level()),
        message: text(lang, Kind::Finding, code.as_str()),
        explanation: text(lang, Kind::Explain, code.as_str()),
        source: source(code.as_str()),
    }
}

fn step(code: StepCode, lang: Lang) -> Explanation {
    Explanation {
        code: code.as_str(),
        kind: CodeKind::Step,
        level: None,
        message: text(lang, Kind::Step, code.as_str()),
        explanation: text(lang, Kind::Explain, code.as_str()),
        source: source(code.as_str()),
    }
}

/// Every code has its texts: a test of the catalogues sees to it.
fn text(lang: Lang, kind: Kind, code: &'static str) -> &'static str {
    texts::template(lang, kind, code).unwrap_or(code)
}

/// Titles of documents are quoted as they are, in whatever language.
fn source(code: &str) -> Option<&'static str> {
    texts::entries(include_str!("../texts/sources.txt")).find_map(|(name, text)| (name == code).then_some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_belongs_to_a_code() {
        for (code, _) in texts::entries(include_str!("../texts/sources.txt")) {
            assert!(explain(code, Lang::En).is_some(), "{code}");
        }
    }

    #[test]
    fn every_step_has_a_source() {
        for explanation in all(Lang::En).filter(|explanation| explanation.kind == CodeKind::Step) {
            assert!(explanation.source.is_some(), "{}", explanation.code);
        }
    }

    #[test]
    fn no_code_is_a_finding_and_a_step() {
        for step in StepCode::ALL {
            assert!(FindingCode::parse(step.as_str()).is_none(), "{step}");
        }
        assert_eq!(all(Lang::Fr).count(), FindingCode::ALL.len() + StepCode::ALL.len());
    }
}
