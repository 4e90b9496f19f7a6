//! The places where a key was found.

use hivekey::report::{Evidence, FoundIn, IntegrityMark};

use super::page::{Page, Span, join};
use super::words::Words;
use crate::terminal::Style;

/// The places of a key, those of one key path together.
pub fn write_evidence(page: &mut Page, words: &Words, indent: usize, evidence: &[Evidence]) {
    let mut above: Option<&Evidence> = None;
    for piece in evidence {
        let same_hive = above.is_some_and(|above| above.hive == piece.hive);
        let same_key = same_hive
            && above.is_some_and(|above| above.key_path == piece.key_path && above.last_written == piece.last_written);
        if !same_hive {
            page.flow(indent, indent + 2, &[Span::plain(piece.hive.as_str())]);
        }
        if !same_key {
            let mut key = vec![Span::plain(piece.key_path.as_str())];
            if let Some(time) = piece.last_written {
                key.push(Span::new(Style::Dim, format!(" ({} {})", words.written, seconds(&time.to_string()))));
            }
            page.flow(indent + 2, indent + 4, &key);
        }
        let name = if piece.value.is_empty() { words.default_value } else { &piece.value };
        let mut spans = vec![Span::plain(name), Span::plain(words.colon)];
        spans.extend(join(marks(words, piece), ", "));
        page.flow(indent + 4, indent + 6, &spans);
        above = Some(piece);
    }
}

/// What is to be said of one place in a few words.
fn marks(words: &Words, piece: &Evidence) -> Vec<Span> {
    let live = piece.found_in == FoundIn::Live;
    let intact = piece.integrity != IntegrityMark::Bad;
    let mut marks = vec![
        Span::new(if live { Style::Plain } else { Style::Caution }, words.how_found(piece.found_in)),
        Span::new(if intact { Style::Plain } else { Style::Bad }, words.integrity_mark(piece.integrity)),
    ];
    match piece.verified {
        Some(true) => marks.push(Span::plain(words.verified)),
        Some(false) => marks.push(Span::new(Style::Bad, words.not_verified)),
        None => {}
    }
    if let Some(offset) = piece.offset {
        marks.push(Span::plain(format!("{} {offset:#x}", words.offset)));
    }
    marks
}

/// A time without its fraction of a second, which JSON has.
pub fn seconds(time: &str) -> String {
    match time.split_once('.') {
        Some((whole, _)) => format!("{whole}Z"),
        None => time.to_owned(),
    }
}
