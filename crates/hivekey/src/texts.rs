//! The texts that users read, kept apart from the code in `texts/*.txt`: `kind.code[.part] = text`, one a line.

/// A language of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

impl Lang {
    /// Every language.
    pub const ALL: &'static [Self] = &[Self::En, Self::Fr];

    /// The language of a locale as POSIX names it, `fr_FR.UTF-8`; English for all that there are no texts in.
    ///
    /// Which locale counts is the caller's to find out: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set and
    /// not empty (POSIX.1-2017, Base Definitions, 8.2).
    ///
    /// ```
    /// use hivekey::Lang;
    /// assert_eq!(Lang::from_locale("fr_CA.UTF-8"), Lang::Fr);
    /// assert_eq!(Lang::from_locale("C.UTF-8"), Lang::En);
    /// ```
    #[must_use]
    pub fn from_locale(locale: &str) -> Self {
        match locale.split(['_', '-', '.', '@']).next() {
            Some(language) if language.eq_ignore_ascii_case("fr") => Self::Fr,
            _ => Self::En,
        }
    }

    fn catalogue(self) -> &'static str {
        match self {
            Self::En => include_str!("../texts/en.txt"),
            Self::Fr => include_str!("../texts/fr.txt"),
        }
    }
}

/// What a text belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A finding's message.
    Finding,
    /// A next step's message.
    Step,
    /// What a finding or a step means.
    Explain,
    /// A word that goes into a message.
    Word,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Finding => "finding",
            Self::Step => "step",
            Self::Explain => "explain",
            Self::Word => "word",
        }
    }
}

/// Marks a fact that is itself made of words of the catalogue, so that a message can be put into another language later.
const WORD: &str = "word:";

/// A fact that is a list of words of the catalogue; their own `{placeholders}` are filled from the same facts.
pub(crate) fn words(names: &[&str]) -> String {
    format!("{WORD}{}", names.join(","))
}

/// The text with its `{placeholders}` filled. A code without a text shows itself: a test sees to it that there is none.
pub(crate) fn message(lang: Lang, kind: Kind, code: &str, args: &[(&'static str, String)]) -> String {
    let Some(template) = template(lang, kind, code) else {
        return code.to_owned();
    };
    fill(template, |name| {
        let (_, value) = args.iter().find(|(key, _)| *key == name)?;
        Some(match value.strip_prefix(WORD) {
            Some(words) => {
                let words: Vec<String> = words.split(',').map(|word| message(lang, Kind::Word, word, args)).collect();
                words.join(", ")
            }
            None => value.clone(),
        })
    })
}

/// The text with its `{placeholders}` as they are.
///
/// Looked up without a table: a report asks for a dozen texts, and start-up is most of its time.
pub(crate) fn template(lang: Lang, kind: Kind, code: &str) -> Option<&'static str> {
    lang.catalogue()
        .lines()
        .find_map(|line| line.strip_prefix(kind.prefix())?.strip_prefix('.')?.strip_prefix(code)?.strip_prefix(" = "))
}

/// The names and texts of a catalogue.
pub(crate) fn entries(catalogue: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    catalogue.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "))
}

/// Fills placeholders from left to right; a fact that holds braces itself is not filled again.
pub(crate) fn fill(template: &str, fact: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match fact(name) {
            Some(value) => out.push_str(&value),
            None => {
                out.push('{');
                out.push_str(name);
                out.push('}');
            }
        }
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{FindingCode, StepCode};

    #[test]
    fn every_code_has_a_text_and_an_explanation() {
        let findings = FindingCode::ALL.iter().map(|code| (Kind::Finding, code.as_str()));
        let steps = StepCode::ALL.iter().map(|code| (Kind::Step, code.as_str()));
        for (kind, code) in findings.chain(steps) {
            assert!(template(Lang::En, kind, code).is_some(), "{kind:?} {code}");
            assert!(template(Lang::En, Kind::Explain, code).is_some(), "explain {code}");
        }
    }

    /// The names in braces, sorted.
    fn placeholders(text: &str) -> Vec<&str> {
        let mut names: Vec<&str> =
            text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn languages_have_the_same_texts_with_the_same_placeholders() {
        for lang in Lang::ALL {
            let names = |lang: Lang| entries(lang.catalogue()).map(|(name, _)| name).collect::<Vec<_>>();
            assert_eq!(names(*lang), names(Lang::En), "{lang:?}");
            for ((name, text), (_, english)) in entries(lang.catalogue()).zip(entries(Lang::En.catalogue())) {
                assert_eq!(placeholders(text), placeholders(english), "{name}");
            }
        }
    }

    #[test]
    fn locales_name_languages() {
        for french in ["fr", "fr_FR", "fr_FR.UTF-8", "FR_be@euro", "fr.ISO-8859-1", "fr-CA"] {
            assert_eq!(Lang::from_locale(french), Lang::Fr, "{french}");
        }
        for other in ["", "C", "POSIX", "C.UTF-8", "en_GB.UTF-8", "de_DE", "fry_NL", "frp"] {
            assert_eq!(Lang::from_locale(other), Lang::En, "{other}");
        }
    }

    #[test]
    fn a_report_can_be_put_into_another_language() {
        let args = [("last5", "J464C".to_owned()), ("kind", words(&["gvlk"])), ("edition", "X".to_owned())];
        let text = message(Lang::Fr, Kind::Finding, "generic-key", &args);
        assert!(text.starts_with("La clé utilisée se termine par J464C"), "{text}");
        assert!(text.contains("(clé d'installation de client KMS, X)"), "{text}");
    }

    #[test]
    fn every_text_has_a_code() {
        for line in Lang::En.catalogue().lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (name, _) = line.split_once(" = ").expect(line);
            let (kind, code) = name.split_once('.').expect(name);
            let known = match kind {
                "finding" => FindingCode::parse(code).is_some(),
                "step" => StepCode::parse(code).is_some(),
                "explain" => FindingCode::parse(code).is_some() || StepCode::parse(code).is_some(),
                "word" => true,
                _ => false,
            };
            assert!(known, "{line}");
        }
    }

    #[test]
    fn facts_are_filled_once() {
        let fact = |name: &str| match name {
            "x" => Some("{y}".to_owned()),
            "y" => Some("Y".to_owned()),
            _ => None,
        };
        assert_eq!(fill("a {x} b {y} {z} {", fact), "a {y} b Y {z} {");
    }

    #[test]
    fn words_are_translated_inside_a_message() {
        let args = [("when", words(&["written"])), ("date", "2024-01-01".to_owned())];
        let text = message(Lang::En, Kind::Finding, "previous-key", &args);
        assert!(text.ends_with("(ending in {last5}), written 2024-01-01."), "{text}");
    }
}
