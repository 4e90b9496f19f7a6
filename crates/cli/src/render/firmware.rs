//! A firmware table as text.

use hivekey::Lang;
use hivekey::decode::Check;
use hivekey::firmware::TableKind;

use super::decoded;
use super::page::{Layout, Page, Span};
use super::words::words;
use crate::firmware::Answer;
use crate::terminal::Style;

/// The table, its key and what is to be known of it.
pub fn text(answer: &Answer, layout: Layout, lang: Lang) -> String {
    let words = words(lang);
    let table = &answer.table;
    let mut page = Page::new(layout);
    let name = match table.table {
        TableKind::Slic => "SLIC",
        _ => "MSDM",
    };
    let makers: Vec<&str> = [&table.oem_id, &table.oem_table_id].into_iter().flatten().map(String::as_str).collect();
    let mut rows = vec![(words.table, vec![Span::plain(format!("{name} ({})", answer.path))])];
    if !makers.is_empty() {
        rows.push((words.maker, vec![Span::plain(makers.join(" "))]));
    }
    let checksum = match table.checksum {
        Some(Check::Ok) => Span::plain(words.check_holds),
        Some(Check::Bad) => Span::new(Style::Bad, words.check_fails),
        None => Span::new(Style::Caution, words.cut_off),
    };
    rows.push((words.checksum, vec![checksum]));
    if let Some(marker) = table.windows_marker {
        rows.push((words.windows_marker, vec![Span::plain(if marker { words.yes } else { words.no })]));
    }
    for anomaly in &table.anomalies {
        rows.push((words.oddities, vec![Span::new(Style::Caution, anomaly.as_str())]));
    }
    page.table(0, &rows);
    let mut text = page.finish();
    if let Some(key) = &table.product_key {
        text.push('\n');
        text.push_str(&decoded::text(key, layout, lang));
    }
    let mut page = Page::new(layout);
    for note in &answer.notes {
        page.blank();
        page.paragraph(0, &[Span::plain(note.message)]);
    }
    text.push_str(&page.finish());
    text
}
