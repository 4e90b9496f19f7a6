//! A decoded blob as text.

use hivekey::Lang;
use hivekey::decode::{Check, Decoded};
use hivekey::report::Verdict;

use super::page::{Layout, Page, Span};
use super::words::{Words, words};
use crate::terminal::Style;

/// Characters of an input that are repeated beside an error.
const INPUT_SHOWN: usize = 48;

/// The text of one decoded blob.
pub fn text(decoded: &Decoded, layout: Layout, lang: Lang) -> String {
    let words = words(lang);
    let mut page = Page::new(layout);
    let mut rows: Vec<(&str, Vec<Span>)> = Vec::new();
    if let Some(error) = &decoded.error {
        rows.push((words.not_decoded, vec![Span::new(Style::Bad, error.message.as_str())]));
        if let Some(input) = &decoded.input {
            rows.push((words.input, vec![Span::plain(shortened(input))]));
        }
        page.table(0, &rows);
        return page.finish();
    }
    let key = match &decoded.key {
        Some(key) => Span::new(Style::Bold, key.to_string()),
        None => Span::new(Style::Caution, words.key_gone),
    };
    rows.push((words.product_key, vec![key]));
    if let Some(verdict) = decoded.verdict {
        let style = match verdict {
            Verdict::Specific => Style::Good,
            Verdict::Damaged => Style::Bad,
            _ => Style::Caution,
        };
        let mut worth = vec![Span::new(style, words.verdict(verdict))];
        if let Some(generic) = &decoded.generic {
            worth.push(Span::plain(format!(" ({})", words.generic(generic))));
        }
        rows.push((words.worth, worth));
    }
    rows.extend(facts(words, decoded).into_iter().filter_map(|(label, fact)| Some((label, vec![Span::plain(fact?)]))));
    let checks = checks(words, decoded);
    if !checks.is_empty() {
        rows.push((words.checks, checks));
    }
    for anomaly in &decoded.anomalies {
        rows.push((words.oddities, vec![Span::new(Style::Caution, anomaly.as_str())]));
    }
    page.table(0, &rows);
    page.finish()
}

/// The beginning of a long input: enough to find it again.
fn shortened(input: &str) -> String {
    match input.char_indices().nth(INPUT_SHOWN) {
        Some((end, _)) => format!("{}…", input.get(..end).unwrap_or_default()),
        None => input.to_owned(),
    }
}

fn facts<'w>(words: &'w Words, decoded: &Decoded) -> [(&'w str, Option<String>); 12] {
    let group = decoded.group_id.map(|group| match decoded.serial {
        Some(serial) => format!("{group} {} {serial}", words.and),
        None => group.to_string(),
    });
    [
        (words.channel, decoded.key_type.clone()),
        (words.edition, decoded.edition_id.clone()),
        (words.part_number, decoded.part_number.clone()),
        (words.group_and_serial, group),
        (words.product_id, decoded.product_id.clone()),
        (words.extended_pid, decoded.extended_pid.clone()),
        (words.activation_id, decoded.activation_id.clone()),
        (words.eula, decoded.eula.clone()),
        (words.license_type, decoded.license_type.map(|code| code.to_string())),
        (words.key_installed, decoded.key_installed_at.map(|time| time.to_string())),
        (words.upgrade_key, decoded.is_upgrade.map(|is| String::from(if is { words.yes } else { words.no }))),
        (words.blob, decoded.blob_type.map(str::to_owned)),
    ]
}

fn checks(words: &Words, decoded: &Decoded) -> Vec<Span> {
    let integrity = decoded.integrity;
    let mut spans = Vec::new();
    for (name, check) in [
        ("CRC-32", integrity.crc32),
        ("SHA-256 (key)", integrity.key_hash),
        ("SHA-256 (blob)", integrity.blob_hash),
        ("checksum", integrity.checksum),
    ] {
        let Some(check) = check else { continue };
        if !spans.is_empty() {
            spans.push(Span::plain(words.semicolon));
        }
        spans.push(match check {
            Check::Ok => Span::plain(format!("{name} {}", words.check_holds)),
            Check::Bad => Span::new(Style::Bad, format!("{name} {}", words.check_fails)),
        });
    }
    spans
}
