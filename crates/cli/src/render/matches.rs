//! Matches of known keys as text.

use hivekey::Lang;
use hivekey::matching::{How, Match, MatchedKey, Strength};
use hivekey::report::Verdict;

use super::page::{Layout, Page, Span};
use super::words::{Words, words};
use crate::terminal::Style;

/// What one installation has of the known keys.
pub fn text(found: &Match, layout: Layout, lang: Lang) -> String {
    let words = words(lang);
    let mut page = Page::new(layout);
    page.heading(&title(found));
    for (index, matched) in found.matches.iter().enumerate() {
        if index > 0 {
            page.blank();
        }
        page.table(2, &rows(words, matched));
    }
    if let Some(reason) = &found.reason {
        page.table(2, &[(words.no_match, vec![Span::plain(reason.as_str())])]);
    } else if !found.near_misses.is_empty() {
        page.blank();
        for miss in &found.near_misses {
            page.table(2, &[(words.near_miss, vec![Span::plain(miss.message.as_str())])]);
        }
    }
    page.finish()
}

fn title(found: &Match) -> String {
    let mut title = found.path.clone();
    if let Some(root) = found.root.as_deref().filter(|root| !root.is_empty()) {
        if !title.ends_with('/') {
            title.push('/');
        }
        title.push_str(root);
    }
    if let Some(name) = &found.computer_name {
        title.push_str(&format!(" ({name})"));
    }
    title
}

fn rows<'w>(words: &'w Words, matched: &MatchedKey) -> Vec<(&'w str, Vec<Span>)> {
    let key = matched.key.as_ref().map_or_else(|| format!("…{}", matched.last5), ToString::to_string);
    let mut known = vec![Span::new(Style::Bold, key), Span::plain(format!(" ({} {}", words.line, matched.line))];
    if let Some(label) = &matched.label {
        known.push(Span::plain(format!("{}{label}", words.colon)));
    }
    known.push(Span::plain(")"));

    let style = match matched.strength {
        Strength::Certain => Style::Good,
        Strength::Strong => Style::Plain,
        _ => Style::Caution,
    };
    let certainty = vec![
        Span::new(style, words.strength(matched.strength)),
        Span::plain(words.colon),
        Span::plain(words.how_matched(matched.how, matched.strength)),
    ];

    let standing = if matched.current { words.key_in_use } else { words.key_not_in_use };
    let mut was = vec![Span::plain(format!("{}, {standing}", matched.product))];
    if matched.verdict == Verdict::Generic {
        was.push(Span::plain(words.semicolon));
        was.push(Span::new(Style::Caution, words.verdict(matched.verdict)));
    }
    let group = matched.group_id.map(|group| format!("{} {group}", words.group));
    let kind: Vec<String> = matched.channel.iter().cloned().chain(group).collect();

    let mut rows = vec![(words.known_key, known), (words.certainty, certainty), (words.key_of, was)];
    if !kind.is_empty() {
        rows.push((words.channel, vec![Span::plain(kind.join(", "))]));
    }
    if let Some(path) = &matched.key_path {
        rows.push((words.found_in, vec![Span::plain(path.as_str())]));
    }
    rows
}

impl Words {
    fn strength(&self, strength: Strength) -> &'static str {
        match strength {
            Strength::Certain => self.strength_certain,
            Strength::Strong => self.strength_strong,
            _ => self.strength_weak,
        }
    }

    fn how_matched(&self, how: How, strength: Strength) -> &'static str {
        match (how, strength) {
            (How::Full, _) => self.matched_full,
            (How::GroupSerial, _) => self.matched_group_serial,
            (_, Strength::Certain) => self.matched_last_five_serial,
            (_, Strength::Strong) => self.matched_last_five_group,
            _ => self.matched_last_five,
        }
    }
}
