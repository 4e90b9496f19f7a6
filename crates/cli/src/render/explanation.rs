//! Explanations of codes as text.

use hivekey::Lang;
use hivekey::explain::{CodeKind, Explanation};

use super::facts::style_of_level;
use super::page::{Layout, Page, Span};
use super::words::{Words, words};
use crate::terminal::Style;

/// Each code with its message, its meaning and its source.
pub fn text(explanations: &[Explanation], layout: Layout, lang: Lang) -> String {
    let words = words(lang);
    let mut page = Page::new(layout);
    for (index, explanation) in explanations.iter().enumerate() {
        if index > 0 {
            page.blank();
        }
        page.paragraph(
            0,
            &[Span::new(Style::Bold, explanation.code), Span::plain(" ("), kind(words, explanation), Span::plain(")")],
        );
        let mut rows = vec![
            (words.message, vec![Span::plain(explanation.message)]),
            (words.meaning, vec![Span::plain(explanation.explanation)]),
        ];
        rows.extend(explanation.source.map(|source| (words.source, vec![Span::plain(source)])));
        page.table(2, &rows);
    }
    page.finish()
}

/// A line for each code: its level, and its message.
pub fn list(explanations: &[Explanation], layout: Layout, lang: Lang) -> String {
    let words = words(lang);
    let mut page = Page::new(layout);
    for (title, of_kind) in [(words.findings, CodeKind::Finding), (words.next_steps, CodeKind::Step)] {
        if of_kind == CodeKind::Step {
            page.blank();
        }
        page.heading(title);
        for explanation in explanations.iter().filter(|explanation| explanation.kind == of_kind) {
            let mut line = vec![Span::new(Style::Bold, explanation.code)];
            if explanation.level.is_some() {
                line.extend([Span::plain(" ("), kind(words, explanation), Span::plain(")")]);
            }
            page.paragraph(2, &line);
            page.paragraph(4, &[Span::plain(explanation.message)]);
        }
    }
    page.finish()
}

/// The level of a finding, or that it is a step.
fn kind(words: &Words, explanation: &Explanation) -> Span {
    match explanation.level {
        Some(level) => Span::new(style_of_level(level), words.level(level)),
        None => Span::new(Style::Dim, words.next_steps),
    }
}
