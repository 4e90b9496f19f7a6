//! Reports as one HTML file that stands alone: it loads nothing, runs nothing, and prints black on white.
//!
//! Everything that comes from the evidence passes `element.rs`: masked where asked for, without characters that steer or
//! hide text, and with the characters that HTML takes for its own written as references. The content security policy lets
//! the browser use the style sheet of this file and nothing else.

mod element;

use hivekey::Lang;
use hivekey::report::{
    Evidence, Finding, FoundIn, HiveReport, Installation, IntegrityMark, Level, NextStep, ProductKey, SourceReport,
    Tool,
};

use self::element::{Cell, Content, Piece, box_class, pieces, plain};
use super::evidence::seconds;
use super::facts::{self, Row};
use super::page::{Span, join};
use super::words::{Words, words};

/// The style sheet, inlined.
const CSS: &str = include_str!("report.css");
/// The SHA-256 of the style sheet, in base64, by which the content security policy knows it; a test compares.
const CSS_HASH: &str = "X9Cf0TzT3nA5pXrOS1HLqdyB/L2vCwcUPA8pPtDLUGk=";

/// Writes a report source by source.
#[derive(Debug, Clone, Copy)]
pub struct Html {
    lang: Lang,
    masked: bool,
}

impl Html {
    pub fn new(lang: Lang, masked: bool) -> Self {
        Self { lang, masked }
    }

    /// The file up to the first source.
    pub fn opening(self) -> String {
        let words = words(self.lang);
        let language = match self.lang {
            Lang::Fr => "fr",
            _ => "en",
        };
        format!(
            "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{CSS_HASH}'; \
             base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>{title}</title>\n<style>{CSS}</style>\n</head>\n<body>\n\
             <header><strong>{title}</strong><span>{made_by} {version}</span></header>\n<main>\n",
            title = words.report_title,
            made_by = words.made_by,
            version = Tool::default().version,
        )
    }

    /// One source.
    pub fn source(self, report: &SourceReport) -> String {
        let words = words(self.lang);
        let mut content = Content::new(self.masked);
        for installation in &report.installations {
            content.block("article", "", |content| write_installation(content, words, report, installation));
        }
        if report.error.is_some() || report.installations.is_empty() || !report.findings.is_empty() {
            content.block("article", "source", |content| write_source(content, words, report));
        }
        content.finish()
    }

    /// The end of the file.
    pub fn ending(self) -> &'static str {
        "</main>\n</body>\n</html>\n"
    }
}

/// What concerns the source as a whole.
fn write_source(content: &mut Content, words: &Words, report: &SourceReport) {
    content.line("h1", "", &[plain(&report.path)]);
    if let Some(error) = &report.error {
        let message = format!("{} {} ", words.unreadable, facts::error_message(report, error));
        content.line("p", "error", &[plain(message), code(error.code)]);
    } else if report.installations.is_empty() {
        content.line("p", "", &[plain(words.no_windows)]);
    }
    write_findings(content, words, &report.findings);
}

fn write_installation(content: &mut Content, words: &Words, source: &SourceReport, installation: &Installation) {
    content.line("h1", "", &[plain(facts::title(words, installation))]);
    write_answer(content, words, &facts::answer(words, source, installation));
    if let Some(key) = installation.current_key() {
        write_places(content, words, &key.evidence);
    }
    let others: Vec<&ProductKey> = installation.product_keys.iter().filter(|key| !key.current).collect();
    write_other_keys(content, words, &others);
    write_findings(content, words, &installation.findings);
    write_steps(content, words, &installation.next_steps);
    let details = facts::details(words, installation);
    if !details.is_empty() {
        content.heading(words.details);
        content.facts(&details);
    }
    write_hives(content, words, &installation.hives);
}

/// The key and its worth stand in a box; the other facts of the answer follow below.
fn write_answer(content: &mut Content, words: &Words, rows: &[Row<'_>]) {
    let (boxed, below): (Vec<_>, Vec<_>) =
        rows.iter().cloned().partition(|(name, _)| *name == words.product_key || *name == words.worth);
    let style = boxed.first().and_then(|(_, key)| key.first()).map_or("", |key| box_class(key.style()));
    content.block("div", &format!("answer {style}"), |content| {
        for (name, spans) in &boxed {
            if *name == words.worth {
                content.line("div", "worth", &pieces(spans));
            } else {
                content.line("div", "name", &[plain(*name)]);
                content.line("div", "key", &spans.iter().map(key_piece).collect::<Vec<_>>());
            }
        }
    });
    content.facts(&below);
}

/// A key is set in type of one width; the words that stand where there is none are not.
fn key_piece(span: &Span) -> Piece {
    let is_key = span.text().split('-').count() == 5;
    plain(span.text()).class(if is_key { "code" } else { "" })
}

/// The columns of a table of places; [`place`] fills them.
fn place_columns(words: &Words) -> [&'static str; 5] {
    [words.found_in, words.column_written, words.column_found, words.column_checks, words.column_offset]
}

fn place(words: &Words, piece: &Evidence) -> Vec<Cell> {
    let name = if piece.value.is_empty() { words.default_value } else { &piece.value };
    let how = match piece.found_in {
        FoundIn::Live => plain(words.how_found(piece.found_in)),
        _ => plain(words.how_found(piece.found_in)).class("caution-text"),
    };
    let mark = plain(words.integrity_mark(piece.integrity));
    let mut checks = vec![if piece.integrity == IntegrityMark::Bad { mark.class("bad-text") } else { mark }];
    match piece.verified {
        Some(true) => checks.push(plain(format!(", {}", words.verified))),
        Some(false) => checks.extend([plain(", "), plain(words.not_verified).class("bad-text")]),
        None => {}
    }
    let written = piece.last_written.map(|time| seconds(&time.to_string())).unwrap_or_default();
    vec![
        Cell::new(
            "mono",
            vec![
                plain(name).class("strong"),
                plain(piece.key_path.as_str()).class("below"),
                plain(piece.hive.as_str()).class("below soft"),
            ],
        ),
        Cell::text("tight", written),
        Cell::new("", vec![how]),
        Cell::new("", checks),
        Cell::text("mono tight", piece.offset.map(|offset| format!("{offset:#x}")).unwrap_or_default()),
    ]
}

fn write_places(content: &mut Content, words: &Words, places: &[Evidence]) {
    if places.is_empty() {
        return;
    }
    content.heading(words.evidence);
    let rows: Vec<Vec<Cell>> = places.iter().map(|piece| place(words, piece)).collect();
    content.table(&place_columns(words), &rows);
}

fn write_other_keys(content: &mut Content, words: &Words, keys: &[&ProductKey]) {
    if keys.is_empty() {
        return;
    }
    content.heading(words.other_keys);
    for key in keys {
        let mut name = vec![plain(format!("{}{}", key.product, words.colon))];
        name.extend(facts::key_text(words, key).iter().map(key_piece));
        content.line("h3", "", &name);
        let mut worth = pieces(&facts::worth(words, key));
        let facts = [&key.channel, &key.edition, &key.part_number];
        worth.extend(facts.into_iter().flatten().map(|fact| plain(format!("{}{fact}", words.semicolon))));
        content.line("p", "", &worth);
        let rows: Vec<Vec<Cell>> = key.evidence.iter().map(|piece| place(words, piece)).collect();
        content.table(&place_columns(words), &rows);
    }
}

/// Findings by weight, each with its level.
fn write_findings(content: &mut Content, words: &Words, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    content.heading(words.findings);
    content.block("ul", "findings", |content| {
        for level in [Level::Error, Level::Warning, Level::Info] {
            for finding in findings.iter().filter(|finding| finding.level == level) {
                content.block("li", "", |content| {
                    let class = match level {
                        Level::Error => "level bad-text",
                        Level::Warning => "level caution-text",
                        Level::Info => "level soft",
                    };
                    content.line("span", class, &[plain(words.level(level))]);
                    let message = format!("{} ", finding.message);
                    content.line("span", "", &[plain(message), code(finding.code.as_str())]);
                });
            }
        }
    });
}

fn code(code: &str) -> Piece {
    plain(format!("[{code}]")).class("code-name")
}

fn write_steps(content: &mut Content, words: &Words, steps: &[NextStep]) {
    if steps.is_empty() {
        return;
    }
    content.heading(words.next_steps);
    content.block("ol", "", |content| {
        for step in steps {
            content.line("li", "", &[plain(step.message.as_str())]);
        }
    });
}

fn write_hives(content: &mut Content, words: &Words, hives: &[HiveReport]) {
    if hives.is_empty() {
        return;
    }
    content.heading(words.hives);
    let rows: Vec<Vec<Cell>> = hives
        .iter()
        .map(|hive| {
            let mut name = vec![plain(hive.path.as_str())];
            name.extend(hive.sha256.as_ref().map(|hash| plain(format!("SHA-256 {hash}")).class("below soft")));
            let state = pieces(&join(facts::hive_state(words, hive), ", "));
            vec![Cell::new("mono", name), Cell::text("tight", hive.role.name()), Cell::new("", state)]
        })
        .collect();
    content.table(&[words.column_hive, words.column_kind, words.column_state], &rows);
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    use sha2::{Digest as _, Sha256};

    #[test]
    fn the_policy_names_the_style_sheet() {
        assert_eq!(BASE64_STANDARD.encode(Sha256::digest(CSS)), CSS_HASH);
    }

    #[test]
    fn the_style_sheet_loads_nothing() {
        for forbidden in ["url(", "@import", "</style", "expression("] {
            assert!(!CSS.contains(forbidden), "{forbidden}");
        }
    }
}
