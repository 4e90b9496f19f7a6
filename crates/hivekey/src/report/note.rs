//! Findings and next steps: a code, the facts that fill its text, and the text in the language asked for.

use serde::Serialize;

use super::{FindingCode, Level, StepCode};
use crate::texts::{self, Lang};

/// The facts that a text's `{placeholders}` are filled with.
pub type Args = Vec<(&'static str, String)>;

/// Something that a reader of the report should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Stable code.
    pub code: FindingCode,
    /// How much it matters.
    pub level: Level,
    /// One sentence or two, in the language asked for.
    pub message: String,
    /// The facts in the message.
    #[serde(skip)]
    pub args: Args,
}

impl Finding {
    /// A finding with the facts of its text.
    #[must_use]
    pub fn new(code: FindingCode, args: Args) -> Self {
        let message = texts::message(Lang::En, texts::Kind::Finding, code.as_str(), &args);
        Self { code, level: code.level(), message, args }
    }

    /// Puts the message into another language.
    pub fn translate(&mut self, lang: Lang) {
        self.message = texts::message(lang, texts::Kind::Finding, self.code.as_str(), &self.args);
    }
}

/// Something to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NextStep {
    /// Stable code.
    pub code: StepCode,
    /// What to do, with the exact command where there is one.
    pub message: String,
    /// The facts in the message.
    #[serde(skip)]
    pub args: Args,
}

impl NextStep {
    /// A step with the facts of its text.
    #[must_use]
    pub fn new(code: StepCode, args: Args) -> Self {
        let message = texts::message(Lang::En, texts::Kind::Step, code.as_str(), &args);
        Self { code, message, args }
    }

    /// Puts the message into another language.
    pub fn translate(&mut self, lang: Lang) {
        self.message = texts::message(lang, texts::Kind::Step, self.code.as_str(), &self.args);
    }
}
