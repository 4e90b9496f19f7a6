//! The text report: the answer on top, then evidence, findings, next steps, and the details last.

use hivekey::Lang;
use hivekey::report::{Finding, HiveReport, Installation, Level, NextStep, ProductKey, SourceReport};

use super::evidence::write_evidence;
use super::facts;
use super::page::{Layout, Page, Span, join};
use super::words::{Words, words};
use crate::terminal::Style;

/// The text of one source. `rule` sets it off from the source before it.
pub fn source(report: &SourceReport, layout: Layout, lang: Lang, rule: bool) -> String {
    let words = words(lang);
    let mut page = Page::new(layout);
    if rule {
        page.rule('=');
    }
    for (index, installation) in report.installations.iter().enumerate() {
        if index > 0 {
            page.blank();
            page.rule('-');
        }
        write_installation(&mut page, words, report, installation);
    }
    if let Some(error) = &report.error {
        if !report.installations.is_empty() {
            page.blank();
        }
        page.heading(&report.path);
        page.paragraph(
            2,
            &[
                Span::new(Style::Bad, words.unreadable),
                Span::plain(format!(" {} ", facts::error_message(report, error))),
                code(error.code),
            ],
        );
    } else if report.installations.is_empty() {
        page.heading(&report.path);
        page.paragraph(2, &[Span::plain(words.no_windows)]);
    }
    if !report.findings.is_empty() {
        if !report.installations.is_empty() {
            page.blank();
            page.heading(&report.path);
        }
        write_findings(&mut page, words, &report.findings);
    }
    page.finish()
}

fn write_installation(page: &mut Page, words: &Words, source: &SourceReport, installation: &Installation) {
    page.heading(&facts::title(words, installation));
    page.blank();
    page.table(2, &facts::answer(words, source, installation));
    if repeats(source, installation) {
        return;
    }
    let current = installation.current_key();
    if let Some(key) = current.filter(|key| !key.evidence.is_empty()) {
        section(page, words.evidence);
        write_evidence(page, words, 2, &key.evidence);
    }
    let others: Vec<&ProductKey> = installation.product_keys.iter().filter(|key| !key.current).collect();
    if !others.is_empty() {
        section(page, words.other_keys);
        for (index, key) in others.into_iter().enumerate() {
            if index > 0 {
                page.blank();
            }
            write_other_key(page, words, key);
        }
    }
    if !installation.findings.is_empty() {
        section(page, words.findings);
        write_findings(page, words, &installation.findings);
    }
    if !installation.next_steps.is_empty() {
        section(page, words.next_steps);
        write_steps(page, &installation.next_steps);
    }
    let details = facts::details(words, installation);
    if !details.is_empty() {
        section(page, words.details);
        page.table(2, &details);
    }
    if !installation.hives.is_empty() {
        section(page, words.hives);
        for hive in &installation.hives {
            write_hive(page, words, hive);
        }
    }
}

/// Whether a shadow copy only shows the key and build that the installation still has.
fn repeats(source: &SourceReport, installation: &Installation) -> bool {
    let facts = |it: &Installation| {
        let key = it.current_key().map(|key| (key.last5.clone(), key.verdict, key.key.is_some()));
        (key, it.product_keys.len(), it.windows.build.clone(), it.windows.computer_name.clone())
    };
    let mut live = source.installations.iter().filter(|other| other.snapshot.is_none());
    installation.snapshot.is_some() && live.any(|live| facts(live) == facts(installation))
}

fn section(page: &mut Page, title: &str) {
    page.blank();
    page.heading(title);
}

fn write_other_key(page: &mut Page, words: &Words, key: &ProductKey) {
    let mut heading = vec![Span::plain(format!("{}{}", key.product, words.colon))];
    heading.extend(match (&key.key, &key.last5) {
        (Some(text), _) => vec![Span::plain(text.to_string())],
        _ => facts::key_text(words, key),
    });
    page.paragraph(2, &heading);
    let mut worth = facts::worth(words, key);
    for fact in [&key.channel, &key.edition, &key.part_number].into_iter().flatten() {
        worth.push(Span::plain(format!("{}{fact}", words.semicolon)));
    }
    page.paragraph(4, &worth);
    write_evidence(page, words, 4, &key.evidence);
}

/// Findings by weight, each under its level.
fn write_findings(page: &mut Page, words: &Words, findings: &[Finding]) {
    let levels = [Level::Error, Level::Warning, Level::Info];
    let column = 4 + levels.iter().map(|level| words.level(*level).chars().count()).max().unwrap_or(0);
    for level in levels {
        let style = facts::style_of_level(level);
        for finding in findings.iter().filter(|finding| finding.level == level) {
            let spans = [Span::plain(finding.message.as_str()), Span::plain(" "), code(finding.code.as_str())];
            page.hanging(2, &Span::new(style, words.level(level)), column, &spans);
        }
    }
}

fn code(code: &str) -> Span {
    Span::new(Style::Dim, format!("[{code}]"))
}

fn write_steps(page: &mut Page, steps: &[NextStep]) {
    let column = 2 + steps.len().to_string().len() + 2;
    for (number, step) in (1..).zip(steps) {
        page.hanging(2, &Span::plain(format!("{number}.")), column, &[Span::plain(step.message.as_str())]);
    }
}

fn write_hive(page: &mut Page, words: &Words, hive: &HiveReport) {
    let mut spans = vec![Span::plain(format!("{}{}", hive.path, words.colon))];
    spans.extend(join(facts::hive_state(words, hive), ", "));
    page.flow(2, 4, &spans);
    if let Some(hash) = &hive.sha256 {
        page.flow(4, 6, &[Span::plain(format!("SHA-256 {hash}"))]);
    }
}
