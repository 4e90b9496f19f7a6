//! The texts that users read, kept apart from the code in `texts/*.txt`: `kind.code[.part] = text`, one a line.

use crate::report::GenericKind;

/// A language of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Lang {
    /// English.
    #[default]
    En,
}

impl Lang {
    fn catalogue(self) -> &'static str {
        match self {
            Self::En => include_str!("../texts/en.txt"),
        }
    }
}

/// What Microsoft publishes a key of this kind for, in words.
pub(crate) fn generic_kind(kind: GenericKind) -> &'static str {
    match kind {
        GenericKind::Gvlk => "KMS client setup key",
        GenericKind::Avma => "automatic virtual machine activation",
        GenericKind::Install => "installation media",
    }
}

/// What a text belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A finding's message.
    Finding,
    /// A next step's message.
    Step,
}

impl Kind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Finding => "finding",
            Self::Step => "step",
        }
    }
}

/// The text with its `{placeholders}` filled. A code without a text shows itself: a test sees to it that there is none.
pub(crate) fn message(lang: Lang, kind: Kind, code: &str, args: &[(&'static str, String)]) -> String {
    let Some(template) = template(lang, kind.prefix(), code) else {
        return code.to_owned();
    };
    fill(template, args)
}

fn template(lang: Lang, kind: &str, code: &str) -> Option<&'static str> {
    lang.catalogue().lines().find_map(|line| {
        let (name, text) = line.split_once(" = ")?;
        let (prefix, rest) = name.split_once('.')?;
        (prefix == kind && rest == code).then_some(text)
    })
}

/// Fills placeholders from left to right; a fact that holds braces itself is not filled again.
fn fill(template: &str, args: &[(&'static str, String)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match args.iter().find(|(key, _)| *key == name) {
            Some((_, value)) => out.push_str(value),
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
    fn every_code_has_a_text() {
        for code in FindingCode::ALL {
            assert!(template(Lang::En, "finding", code.as_str()).is_some(), "finding.{code}");
        }
        for code in StepCode::ALL {
            assert!(template(Lang::En, "step", code.as_str()).is_some(), "step.{code}");
        }
    }

    #[test]
    fn every_text_has_a_code() {
        for line in Lang::En.catalogue().lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (name, _) = line.split_once(" = ").expect(line);
            let (kind, code) = name.split_once('.').expect(name);
            let known = match kind {
                "finding" => FindingCode::parse(code).is_some(),
                "step" => StepCode::parse(code).is_some(),
                _ => false,
            };
            assert!(known, "{line}");
        }
    }

    #[test]
    fn facts_are_filled_once() {
        assert_eq!(fill("a {x} b {y} {", &[("x", "{y}".into()), ("y", "Y".into())]), "a {y} b Y {");
    }
}
